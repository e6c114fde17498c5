"""What can be asked of the library, whoever answers: the read index from memory, or a store by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from schema.filter.nodes import Box, ImageFilter


class SortBy(StrEnum):
    TAKEN = "TAKEN"
    """Undated images come last either way, as do unknown values of every other order. Ties by id, which runs the same
    way as the order."""
    ADDED = "ADDED"
    NAME = "NAME"
    """By `schema.words.fold` of the name."""
    BYTES = "BYTES"
    PIXELS = "PIXELS"
    RATING = "RATING"
    RANDOM = "RANDOM"
    """A fixed shuffle for each `seed`, the same for every viewer."""
    SIMILARITY = "SIMILARITY"
    """Nearest first, by the first `similar` or `semantic` that the filter demands (itself or below `and`); else as
    RELEVANCE. Ties by newest. `descending` is not heard."""
    RELEVANCE = "RELEVANCE"
    """Best matches first: the sum, over the concepts named outside of `not` and `none`, of the best score of an edge
    that meets each, times its weight, and of the cosines of the texts of `semantic` that are met; in steps of a tenth,
    and of those as good the newest first. `descending` is not heard."""


@dataclass(frozen=True, slots=True)
class Sort:
    by: SortBy = SortBy.TAKEN
    descending: bool = True
    seed: int = 0
    weights: tuple[tuple[str, float], ...] = ()
    """For RELEVANCE: (concept, how much it counts), see `schema.rarity`; without any, all count 1."""


class FacetBy(StrEnum):
    FOLDER = "FOLDER"
    """Every folder that an image lies in or below, but the root; the value is what `path.under` takes."""
    PLACE = "PLACE"
    """Every key that `place.within` would find the image by, of any level."""
    COUNTRY = "COUNTRY"
    TAG = "TAG"
    """Tags as they stand on the image: synset names, and `label_key` of keywords and user tags; no narrower terms."""
    PERSON = "PERSON"
    """`person:12`; the label is the name, empty while unnamed."""
    FACES = "FACES"
    """How many faces: 0, 1, 2 ..."""
    CAMERA = "CAMERA"
    """The model, or the make where there is none."""
    LENS = "LENS"
    YEAR = "YEAR"
    MONTH = "MONTH"
    """Of the year, over all years: 1..12."""
    FORMAT = "FORMAT"
    CONDITION = "CONDITION"
    SIZE = "SIZE"
    RATING = "RATING"


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    """What a filter takes: a synset name, a place key, a folder..."""
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Page:
    ids: NDArray[np.uint32]
    cursors: list[str]
    """Opaque, one per id; stable while images come and go."""
    total: int
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True)
class Bucket:
    key: str
    """`2019-08`, or `undated`."""
    count: int


@dataclass(frozen=True, slots=True)
class Grid:
    """n images as columns, in order."""

    id: NDArray[np.uint32]
    aspect: NDArray[np.float32]
    """Upright width / height; 1.5 when unknown."""
    taken: NDArray[np.int64]
    """Local seconds; NO_TIME if unknown."""
    version: NDArray[np.int32]
    flags: NDArray[np.uint8]
    """1 favorite, 2 offline, 4 NSFW (score > .5), 8 trashed."""
    thumbhash: list[bytes]


@dataclass(frozen=True, slots=True)
class Cluster:
    lat: float
    lon: float
    count: int
    box: Box
    image_id: int
    """One to show."""


class QueryEngine(Protocol):
    """Answers are exact. Raises `BadFilter` for what cannot be asked; names that do not exist match nothing."""

    def count(self, filter: ImageFilter) -> int: ...

    def ids(self, filter: ImageFilter) -> NDArray[np.uint32]:
        """All that match, ascending: for edits by filter."""

    def page(
        self, filter: ImageFilter, sort: Sort, limit: int, *, after: str | None = None, before: str | None = None
    ) -> Page:
        """`limit` images after a cursor (or the last `limit` before one). A foreign cursor raises BadFilter."""

    def facets(self, filter: ImageFilter, by: FacetBy, limit: int) -> list[FacetValue]:
        """Most frequent first, then by value."""

    def timeline(self, filter: ImageFilter) -> list[Bucket]:
        """Newest month first, undated last."""

    def grid(
        self, filter: ImageFilter, bucket: str | None, sort: Sort, *, offset: int = 0, limit: int | None = None
    ) -> Grid:
        """All images of a bucket (or of the whole answer) as columns."""

    def map_clusters(self, filter: ImageFilter, box: Box, zoom: int) -> list[Cluster]:
        """Clusters of about 60 screen pixels at web-mercator `zoom` 0..20, in no particular order."""

    def visible(self, filter: ImageFilter, ids: Sequence[int]) -> list[bool]:
        """Which of the ids match."""
