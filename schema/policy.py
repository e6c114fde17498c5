"""Who may see and do what: one viewer, one scope, decided in one place.

A viewer is a scope (an `ImageFilter`) and capabilities. Everything a request reads passes through
`schema.library.View`, which ANDs the scope below every question; nothing above has another way to the graph.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from schema.errors import LoginNeeded, Refused
from schema.filter.nodes import EVERYTHING, ImageFilter


class Capability(StrEnum):
    READ = "read"
    ORIGINALS = "originals"
    """Download the files themselves."""
    LOCATION = "location"
    """See where pictures were taken."""
    CAMERA = "camera"
    """See what they were taken with, and the other fields of their files."""
    NAMES = "names"
    """See who is in them, and the albums that hold them."""
    EDIT = "edit"
    """Ratings, tags, titles, albums, people."""
    WEBHOOKS = "webhooks"
    """Have addresses called when photos match."""
    IMPORT = "import"
    """Start, stop and retry imports; see file paths and failures."""
    ADMIN = "admin"


class ViewerKind(StrEnum):
    """As what somebody asks."""

    OWNER = "owner"
    """The one local user of a gallery without accounts, or a command on the gallery's own machine."""
    ACCOUNT = "account"
    SHARE = "share"
    APP = "app"
    ANONYMOUS = "anonymous"


class Role(StrEnum):
    """What an account may do at most; each can do what those before it can."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"
    OWNER = "owner"
    """An administrator whom only another owner can demote, disable or remove."""


_VIEWER = frozenset(
    {
        Capability.READ,
        Capability.ORIGINALS,
        Capability.LOCATION,
        Capability.CAMERA,
        Capability.NAMES,
        Capability.WEBHOOKS,
    }
)
CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.VIEWER: _VIEWER,
    Role.EDITOR: _VIEWER | {Capability.EDIT},
    Role.ADMIN: frozenset(Capability),
    Role.OWNER: frozenset(Capability),
}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. `scope` is ANDed below every read and write."""

    name: str
    """As people read it."""
    scope: ImageFilter
    capabilities: frozenset[Capability]
    kind: ViewerKind = ViewerKind.ANONYMOUS
    account: str = ""
    """Key of the account that asks, or in whose name an app asks; '' where there is none."""
    role: Role | None = None
    """Of the account itself; what an app may do is only in `capabilities`."""
    credential: str = field(default="", compare=False)
    """Key of the entry that proved it (session, token, share), for the audit and for ending it."""

    def may(self, capability: Capability) -> bool:
        return capability in self.capabilities

    def require(self, capability: Capability) -> None:
        """Raises LoginNeeded for somebody unknown, Refused for anybody else without the right."""
        if capability in self.capabilities:
            return
        if self.kind is ViewerKind.ANONYMOUS:
            raise LoginNeeded("Log in to see this.")
        raise Refused(
            f"This needs the right '{capability.value}', which {self.name} does not have. Ask the owner for it."
        )


OWNER = Viewer(
    name="owner", scope=EVERYTHING, capabilities=frozenset(Capability), kind=ViewerKind.OWNER, role=Role.OWNER
)
"""The one local user of a gallery without accounts."""
NOBODY = Viewer(name="nobody", scope=ImageFilter(ids=()), capabilities=frozenset())
