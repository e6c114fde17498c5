"""Every error a person may meet. Each message is one clear sentence that ends with what to do."""

from __future__ import annotations


class PiGalleryError(Exception):
    """Root of all errors that are meant to be shown to a person as they are."""


class BadFilter(PiGalleryError):
    """An ImageFilter is malformed, contradictory in form, too deep or too large.

    `path` names the wrong part, e.g. `and.1.taken.months.0`.
    """

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path


class BadFile(PiGalleryError):
    """One asset file cannot be imported; the rest of the library is not affected."""


class BadConfig(PiGalleryError):
    """A setting, a model card or the environment is wrong."""


class NotFound(PiGalleryError):
    """Nothing by that id, or the viewer may not know that there is."""


class Refused(PiGalleryError):
    """The viewer may not do this."""


class LoginNeeded(Refused):
    """Nobody in particular asks; whoever it is may log in and ask again."""


class StoreUnavailable(PiGalleryError):
    """The database or queue cannot be reached; try again."""


class BadEdit(PiGalleryError):
    """What was asked to be written cannot be: a rating of 7, an album inside itself."""


class BadExport(PiGalleryError):
    """An exported library is damaged, cut off, or of a version this program does not know."""


class Conflict(PiGalleryError):
    """Another writer came first; read again and decide anew."""
