"""What `understand` gives: the filter, and how it came about."""

from __future__ import annotations

from dataclasses import dataclass, field

from api.search.leaf import Leaf
from api.search.logic import Tree, Whole
from api.search.pieces import Alternative
from schema.filter.nodes import EVERYTHING, ImageFilter
from schema.query import Sort


@dataclass(frozen=True, slots=True)
class Chip:
    """A stretch of the sentence and what it was taken for."""

    start: int
    end: int
    """Characters of the sentence, end exclusive."""
    text: str
    kind: str
    """tag person face place time camera ...; `unknown`: not understood, searched as text; `ignored`: says nothing
    about pictures; `order`."""
    description: str
    filter: ImageFilter | None
    """This part alone, as it is in the whole: with its `not`. None where it adds no condition."""
    negated: bool = False
    alternatives: tuple[Alternative, ...] = ()
    """Other readings, with the same negation."""
    spans: tuple[tuple[int, int], ...] = ()
    """All stretches, as words may stand apart (`dude with sunglasses smiling`); the first is start..end."""
    leaf: Leaf | None = field(default=None, repr=False, compare=False)
    """The condition itself, where it stands in `Understood.tree`."""

    @property
    def edited(self) -> bool:
        """Whether it says something else than its words, because somebody turned it."""
        return self.leaf is not None and self.leaf.edited


@dataclass(frozen=True, slots=True)
class Understood:
    text: str
    filter: ImageFilter = EVERYTHING
    chips: tuple[Chip, ...] = ()
    """In the order of the sentence; they do not overlap."""
    unknown: tuple[str, ...] = ()
    """Words that were not understood; the filter looks for them as text."""
    sort: Sort | None = None
    limit: int | None = None
    description: str = field(default="all photos")
    tree: Tree = field(default_factory=lambda: Whole("all", ()), repr=False, compare=False)
    """How the conditions are joined."""
