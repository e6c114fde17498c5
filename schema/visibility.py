"""What a viewer's rights hide: questions that may not be asked, and fields that are not shown. Pure rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from schema.errors import Refused
from schema.filter.compose import parts, rewrite, step
from schema.filter.nodes import EVERYTHING, ImageFilter, Origin, TextField
from schema.filter.paths import matcher
from schema.graph import AssetFile, Image, TagKind
from schema.policy import Capability, Viewer, ViewerKind
from schema.query import FacetBy

_PLACE_WORDS = re.compile(r"gps|latitude|longitude|location|city|country|province|state|district|landmark|place", re.I)
"""Names of metadata fields that say where a picture was taken."""


def sees_everything(viewer: Viewer) -> bool:
    return viewer.scope == EVERYTHING


def sees_places(viewer: Viewer) -> bool:
    return viewer.may(Capability.LOCATION)


def sees_paths(viewer: Viewer) -> bool:
    return viewer.may(Capability.IMPORT) or viewer.may(Capability.ADMIN)


def sees_cameras(viewer: Viewer) -> bool:
    return viewer.may(Capability.CAMERA)


def sees_names(viewer: Viewer) -> bool:
    return viewer.may(Capability.NAMES)


def sees_words(viewer: Viewer) -> bool:
    """Tags made of path parts and camera names (`TagKind.WORD`)."""
    return sees_paths(viewer) and sees_cameras(viewer)


def allowed(asked: ImageFilter, viewer: Viewer) -> ImageFilter:
    """The question, without what this viewer may not find out by asking. Raises Refused where it asks outright."""
    if sees_places(viewer) and sees_words(viewer) and sees_names(viewer):
        return asked
    for path, part in parts(asked):
        for name, fact in _asked_outright(part, viewer):
            raise Refused(f"{step(path, name)}: {viewer.name} may not know {fact}; leave it out.")
    if not sees_paths(viewer):
        asked = rewrite(asked, _without_path_text)
    return asked if sees_words(viewer) else rewrite(asked, _without_word_tags)


def _asked_outright(part: ImageFilter, viewer: Viewer) -> Iterator[tuple[str, str]]:
    """Fields of one filter that ask what this viewer may not know, and what that is."""
    if part.place is not None and not sees_places(viewer):
        yield "place", "where pictures were taken"
    if not sees_paths(viewer):
        if part.path is not None:
            yield "path", "where files lie"
        if part.text is not None and TextField.PATH in part.text.fields:
            yield "text.fields", "where files lie"
    if not sees_cameras(viewer):
        if part.camera is not None:
            yield "camera", "what pictures were taken with"
        if part.lens is not None:
            yield "lens", "what pictures were taken with"
    if not sees_names(viewer):
        if part.person is not None:
            yield "person", "who is in the pictures"
        if part.face is not None and (part.face.person or part.face.named is not None):
            yield "face", "who is in the pictures"
        if part.album is not None:
            yield "album", "in which albums pictures lie"
    if part.share is not None and viewer.kind not in (ViewerKind.OWNER, ViewerKind.ACCOUNT):
        yield "share", "what is shared"
    if part.tag is not None and part.tag.origin == (Origin.RULE,) and not sees_words(viewer):
        yield "tag.origin", "where files lie"


def _without_path_text(part: ImageFilter) -> ImageFilter:
    if part.text is None or part.text.fields:
        return part
    fields = tuple(field for field in TextField if field is not TextField.PATH)
    return part.model_copy(update={"text": part.text.model_copy(update={"fields": fields})})


def _without_word_tags(part: ImageFilter) -> ImageFilter:
    """Tags that rules make are words of paths and cameras."""
    if part.tag is None:
        return part
    origins = tuple(origin for origin in part.tag.origin or Origin if origin is not Origin.RULE)
    return part.model_copy(update={"tag": part.tag.model_copy(update={"origin": origins})})


def require_facet(by: FacetBy, viewer: Viewer) -> None:
    """Raises Refused for a facet whose values this viewer may not see."""
    for facets, sees, fact in _GUARDED:
        if by in facets and not sees(viewer):
            raise Refused(f"{viewer.name} may not know {fact}; ask for another facet than {by}.")


_GUARDED: tuple[tuple[set[FacetBy], Callable[[Viewer], bool], str], ...] = (
    ({FacetBy.PLACE, FacetBy.COUNTRY}, sees_places, "where pictures were taken"),
    ({FacetBy.FOLDER}, sees_paths, "where files lie"),
    ({FacetBy.CAMERA, FacetBy.LENS}, sees_cameras, "what pictures were taken with"),
    ({FacetBy.PERSON}, sees_names, "who is in the pictures"),
)


def shown(image: Image, viewer: Viewer) -> Image:
    """An image as this viewer sees it: without place, camera, names and paths where the right to them is missing."""
    if not sees_places(viewer):
        image = replace(
            image,
            lat=None,
            lon=None,
            altitude=None,
            place=None,
            near_city=None,
            metadata={name: value for name, value in image.metadata.items() if not _PLACE_WORDS.search(name)},
        )
    if not sees_cameras(viewer):
        image = replace(image, **_NO_CAMERA)
    if not sees_names(viewer):
        image = replace(image, faces=tuple(replace(face, person_id=None) for face in image.faces))
    if not sees_everything(viewer) and len(image.files) > 1:
        image = _with_files_in_scope(image, viewer.scope)
    if not sees_paths(viewer):
        image = replace(image, files=tuple(_nameless(file) for file in image.files))
    if not sees_words(viewer):
        image = replace(image, tags=tuple(tag for tag in image.tags if tag.kind is not TagKind.WORD))
    return image


def files_in_scope(files: Sequence[AssetFile], scope: ImageFilter) -> tuple[AssetFile, ...]:
    """Of the copies of a picture those that do not lie where the scope does not reach."""
    return tuple(file for file in files if _lies_in(scope, file.path) is not False)


def _lies_in(scope: ImageFilter, path: str) -> bool | None:
    """Whether a path meets what is said of paths; None where something else decides (Kleene's logic)."""
    told: list[bool | None] = [_lies_in(part, path) for part in scope.and_]
    if scope.or_:
        either = [_lies_in(part, path) for part in scope.or_]
        told.append(True if True in either else None if None in either else False)
    if scope.not_ is not None:
        inside = _lies_in(scope.not_, path)
        told.append(None if inside is None else not inside)
    if scope.path is not None:
        told.append(matcher(scope.path)(path))
    told += [None] * any(getattr(scope, name) not in ((), None) for name in _OF_NO_PATH)
    return False if False in told else None if None in told else True


_OF_NO_PATH = tuple(name for name in ImageFilter.model_fields if name not in ("and_", "or_", "not_", "path"))


def _with_files_in_scope(image: Image, scope: ImageFilter) -> Image:
    kept = files_in_scope(image.files, scope)
    names = [file.path.rpartition("/")[2] for file in kept]
    return replace(image, files=kept, name=image.name if image.name in names or not names else names[0])


_NO_CAMERA: dict[str, Any] = {
    **dict.fromkeys(("make", "model", "lens", "software"), ""),
    **dict.fromkeys(("iso", "aperture", "exposure", "focal", "focal35", "flash")),
    "lens_words": (),
    "metadata": {},
}


def _nameless(file: AssetFile) -> AssetFile:
    """A file without where it lies; its stages stay out too, since their reasons may quote the path."""
    return replace(file, path=file.path.rpartition("/")[2], root="", inode=0, device=0, stages=())
