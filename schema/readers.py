"""What readers of the change feed who see a part of the library were told of: nobody hears that something is gone, or
even that it was there, unless they were told of it before.

Kept in memory. A reader whose cursor is not known any more starts anew.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TypeAlias

from schema.graph import NodeKind
from schema.index.bitmaps import BitMap
from schema.policy import Viewer, ViewerKind

MOST = 1_000
"""Cursors kept; those that were not used for the longest time are forgotten."""
MOST_BYTES = 32_000_000


Reader: TypeAlias = tuple[Viewer, str]


@dataclass(slots=True)
class Told:
    """What one reader knows."""

    reader: Reader
    position: str | None = None
    """How far the feed was read; None: not at all."""
    images: BitMap = field(default_factory=BitMap)
    others: frozenset[tuple[NodeKind, int | str]] = frozenset()
    begins: bool = False
    """They read the feed from its beginning and have not come to its end."""

    @property
    def size(self) -> int:
        """About, in bytes: two for each image, or a bit for each that could be between."""
        return 100 + min(2 * len(self.images), self.images.max() // 8 + 1 if self.images else 0) + 50 * len(self.others)


def reader_of(viewer: Viewer) -> Reader:
    """A session ends, its person reads on; whoever's scope or rights change starts anew."""
    credential = viewer.credential if viewer.kind in (ViewerKind.SHARE, ViewerKind.APP) else ""
    return (viewer, credential)


class Readers:
    """Cursors, and what those who have them were told."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, Told] = OrderedDict()
        self._size = 0

    def find(self, cursor: str, reader: Reader) -> Told | None:
        """None: it was never this reader's, or is forgotten."""
        told = self._told.get(cursor)
        if told is None or told.reader != reader:
            return None
        self._told.move_to_end(cursor)
        return told

    def keep(self, told: Told) -> str:
        """A new cursor; it says nothing about the library."""
        cursor = secrets.token_urlsafe(12)
        self._told[cursor] = told
        self._size += told.size
        while len(self._told) > 1 and (len(self._told) > MOST or self._size > MOST_BYTES):
            self._size -= self._told.popitem(last=False)[1].size
        return cursor
