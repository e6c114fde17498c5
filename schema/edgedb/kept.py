"""All that is kept of one image: what was read, what people said of it, and what holds of both."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from schema.filter.nodes import Origin
from schema.graph import AssetFile, Image, TagEdge
from schema.sqlite.files import stages_of

SAID = ("rating", "favorite", "title", "caption", "place", "near_city", "trashed")
"""What a person can say of an image. rating 0, place '' and near_city '': she said "none"."""
Named = tuple[str, str]
"""Kind and name of a tag."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One image of the library."""

    image: Image
    """As it was read, with all edges, those that a person took away too."""
    said: dict[str, Any] = field(default_factory=dict)
    """Of SAID, as an export has it: `trashed` is ISO 8601."""
    removed: frozenset[Named] = frozenset()
    """Tags that a person took away."""
    albums: tuple[int, ...] = ()
    """Manual albums, ascending."""
    copied: bool = False
    """Another image is a duplicate of this one."""
    shot: bool = False
    """Others were taken in one go with this one, the best."""
    ages: dict[int, float | None] = field(default_factory=dict)
    """How old each face is shown to be, by its id: full years where the birthday is known, else as estimated."""

    def is_hidden(self, edge: TagEdge) -> bool:
        return edge.origin is not Origin.USER and (str(edge.kind), edge.tag) in self.removed

    @property
    def effective(self) -> Image:
        """The image as everybody sees it."""
        said, image = self.said, self.image
        trashed = said.get("trashed")
        return replace(
            image,
            rating=(said["rating"] or None) if "rating" in said else image.rating,
            favorite=bool(said.get("favorite")),
            title=said.get("title", image.title),
            caption=said.get("caption", image.caption),
            place=said.get("place", image.place) or None,
            near_city=said.get("near_city", image.near_city) or None,
            place_origin=Origin.USER if "place" in said else image.place_origin,
            trashed=None if trashed is None else datetime.fromisoformat(trashed),
            tags=tuple(edge for edge in image.tags if not self.is_hidden(edge)),
        )


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file, with where each stage stands: an index into `schema.sqlite.files.STATES`, None when not asked for."""

    path: str
    root: str
    file_size: int
    mtime_ns: int
    inode: int
    device: int
    content_hash: str = ""
    present: bool = True
    id: int = 0
    image_id: int | None = None
    states: tuple[int | None, ...] = (None, None, None, None)
    notes: str = ""

    @property
    def asset(self) -> AssetFile:
        return AssetFile(
            path=self.path,
            root=self.root,
            file_size=self.file_size,
            mtime_ns=self.mtime_ns,
            inode=self.inode,
            device=self.device,
            content_hash=self.content_hash,
            present=self.present,
            id=self.id,
            image_id=self.image_id,
            stages=stages_of(self.states, self.notes),
        )
