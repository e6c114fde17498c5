"""Who may see and do what: one viewer, one scope, decided in one place.

A viewer is a scope (an `ImageFilter`) and capabilities. Everything a request reads passes through
`schema.library.View`, which ANDs the scope below every question; nothing above has another way to the graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from schema.errors import Refused
from schema.filter.nodes import EVERYTHING, ImageFilter


class Capability(StrEnum):
    READ = "read"
    ORIGINALS = "originals"
    """Download the files themselves."""
    LOCATION = "location"
    """See where pictures were taken."""
    EDIT = "edit"
    """Ratings, tags, titles, albums, people."""
    IMPORT = "import"
    """Start, stop and retry imports; see file paths and failures."""
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. `scope` is ANDed below every read and write."""

    name: str
    scope: ImageFilter
    capabilities: frozenset[Capability]

    def may(self, capability: Capability) -> bool:
        return capability in self.capabilities

    def require(self, capability: Capability) -> None:
        if capability not in self.capabilities:
            raise Refused(
                f"This needs the right '{capability.value}', which {self.name} does not have. Ask the owner for it."
            )


OWNER = Viewer(name="owner", scope=EVERYTHING, capabilities=frozenset(Capability))
"""The one local user of a gallery without accounts."""
NOBODY = Viewer(name="nobody", scope=ImageFilter(ids=()), capabilities=frozenset())
