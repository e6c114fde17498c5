"""How far images are from one image, or from a text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schema.errors import BadFilter
from schema.filter.nodes import (
    SEMANTIC_IMAGE_SCORE,
    SIMILAR_DISTANCE,
    SemanticFilter,
    SimilarBy,
    SimilarFilter,
)
from schema.filter.photo import Embed, numbered
from schema.index.bitmaps import BitMap, RowArray, from_rows, to_array, to_mask
from schema.index.table import Table
from schema.index.vectors import SLACK, Matrix

NO_TEXT = "there is no model for meaning; import with a text-image model, or leave this out"
_SPARSE = 16
"""Below one vector in so many, only those are looked at."""


Measure = Callable[[RowArray], NDArray[np.float64]]
"""How far some rows (ascending) are."""


@dataclass(frozen=True, slots=True)
class Distances:
    """Some rows (ascending) and how far each is; `slack`: how wrong that may be; `exact` knows better. `closer`, wrong
    by SLACK, takes a fraction of the time."""

    rows: RowArray
    far: NDArray[np.floating]
    slack: float
    exact: Measure
    closer: Measure | None = None

    def within(self, limit: float) -> BitMap:
        if not self.slack:
            return from_rows(self.rows[self.far <= limit])
        near = self.far <= limit + self.slack
        sure = near & (self.far <= limit - self.slack)
        unsure = self.rows[near & ~sure]
        if self.closer is not None:
            far = self.closer(unsure)
            sure[np.searchsorted(self.rows, unsure[far <= limit - SLACK])] = True
            unsure = unsure[np.abs(far - limit) <= SLACK]
        sure[np.searchsorted(self.rows, unsure[self.exact(unsure) <= limit])] = True
        return from_rows(self.rows[sure])

    def of(self, rows: RowArray) -> NDArray[np.float64]:
        """Of rows in ascending order; infinite where not comparable."""
        if len(rows) == len(self.rows) and bool(np.all(rows == self.rows)):
            return self.far.astype(np.float64)
        found = np.full(int(max(rows.max(initial=0), self.rows.max(initial=0))) + 1, np.inf)
        found[self.rows] = self.far
        return np.asarray(found[rows])


NOTHING = Distances(np.empty(0, np.uint32), np.empty(0, np.float64), 0.0, lambda rows: np.full(len(rows), np.inf))


def row_of(reference: str, table: Table) -> int | None:
    """Of an image that is there."""
    number = numbered("image", reference)
    if number is None or number >= 2**32:
        return None
    row = int(table.rows_of_ids(np.array([number], dtype=np.uint32))[0])
    return None if row < 0 else row


def similar(asked: SimilarFilter, table: Table, among: BitMap) -> Distances:
    """Of some rows from the image asked for."""
    row = row_of(asked.to, table)
    if row is None:
        return NOTHING
    match asked.by:
        case SimilarBy.HASH:
            return _by_hash(row, table, among)
        case SimilarBy.LOOK:
            found = table.embeddings.of(row)
            return NOTHING if found is None else _by_vector(*found, among, table.count)
        case SimilarBy.FACES:
            return _by_faces(row, table, among)
        case SimilarBy.DESCRIPTION:
            return _by_tags(row, table, among)


def limit_of(asked: SimilarFilter) -> float:
    return SIMILAR_DISTANCE[asked.by] if asked.distance is None else asked.distance


def semantic(asked: SemanticFilter, table: Table, among: BitMap, embed: Embed | None) -> list[tuple[Distances, float]]:
    """Distances (1 - cosine) from the text and the image that are asked for, with the limit of each."""
    found: list[tuple[Distances, float]] = []
    if asked.text:
        if embed is None:
            raise BadFilter(NO_TEXT, "semantic.text")
        meaning = embed(asked.text)
        vector = np.asarray(meaning.vector, np.float16)
        matrix = table.meanings.matrices.get(len(vector))
        limit = 1 - (meaning.cutoff if asked.min_score is None else asked.min_score)
        found.append((NOTHING if matrix is None else _by_vector(matrix, vector, among, table.count), limit))
    if asked.image:
        row = row_of(asked.image, table)
        of = None if row is None else table.meanings.of(row)
        limit = 1 - (SEMANTIC_IMAGE_SCORE if asked.min_score is None else asked.min_score)
        found.append((NOTHING if of is None else _by_vector(*of, among, table.count), limit))
    return found


def _by_hash(row: int, table: Table, among: BitMap) -> Distances:
    rows = to_array(among & table.flags["hashed"]) if row in table.flags["hashed"] else np.empty(0, np.uint32)
    hashes = table.number("phash")

    def bits(of: RowArray) -> NDArray[np.float64]:
        some = hashes if len(of) == len(hashes) else hashes[of]
        return np.asarray(np.bitwise_count(some ^ hashes[row]), dtype=np.float64)

    return Distances(rows, bits(rows), 0.0, bits)


def _by_vector(matrix: Matrix, vector: NDArray[Any], among: BitMap, count: int) -> Distances:
    rows = matrix.rows.values
    if len(rows) and int(rows[-1]) == len(rows) - 1:  # every row has one
        slots = to_array(among & BitMap(range(min(len(rows), count)))).astype(np.intp)
    else:
        slots = np.flatnonzero(to_mask(among, count)[rows[: np.searchsorted(rows, count)]])
    near = _roughly(matrix, vector, slots)
    rows = rows if len(slots) == len(rows) else rows[slots]

    def exact(of: RowArray) -> NDArray[np.float64]:
        return 1 - matrix.exact(vector, slots[np.searchsorted(rows, of)])

    def closer(of: RowArray) -> NDArray[np.float64]:
        return 1 - matrix.cosines(vector, slots[np.searchsorted(rows, of)]).astype(np.float64)

    return Distances(rows, 1 - near, matrix.slack(vector), exact, closer)


def _roughly(matrix: Matrix, vector: NDArray[Any], slots: NDArray[np.int64]) -> NDArray[np.float32]:
    """Of few vectors these alone, for many all: what is read in order comes many times as fast."""
    if len(slots) * _SPARSE < len(matrix):
        return matrix.roughly(vector, slots)
    found = matrix.roughly(vector)
    return found if len(slots) == len(found) else found[slots]


def _by_faces(row: int, table: Table, among: BitMap) -> Distances:
    """Distance of the nearest pair of faces."""
    face_row = table.faces.row.values
    start, stop = np.searchsorted(face_row, [row, row + 1]).tolist()
    mine = [found for entry in range(start, stop) if (found := table.face_vectors.of(entry)) is not None]
    if not mine:
        return NOTHING
    inside = to_mask(among, table.count)
    parts: list[tuple[NDArray[np.uint32], NDArray[np.floating]]] = []
    for matrix, vector in mine:
        entries = matrix.rows.values
        rows = face_row[entries[: np.searchsorted(entries, len(face_row))]]
        known = int(np.searchsorted(rows, table.count))
        slots = np.flatnonzero(inside[rows[:known]])
        parts.append((rows[slots], 1 - _roughly(matrix, vector, slots)))
    at = np.concatenate([rows for rows, _ in parts])
    far = np.full(table.count, np.inf)
    np.minimum.at(far, at, np.concatenate([distances for _, distances in parts]))
    found_rows = np.flatnonzero(np.isfinite(far)).astype(np.uint32)

    def exact(of: RowArray) -> NDArray[np.float64]:
        best = []
        for one in of.tolist():
            entries = np.arange(*np.searchsorted(face_row, [one, one + 1]))
            pairs = [1.0 - c for matrix, vector in mine for c in _entry_cosines(matrix, vector, entries)]
            best.append(min(pairs, default=np.inf))
        return np.array(best, dtype=np.float64)

    slack = max(matrix.slack(vector) for matrix, vector in mine)
    return Distances(found_rows, far[found_rows], slack, exact)


def _entry_cosines(matrix: Matrix, vector: NDArray[Any], entries: NDArray[np.integer]) -> list[float]:
    rows = matrix.rows.values
    slots = np.searchsorted(rows, entries)
    known = slots < len(rows)
    slots, entries = slots[known], entries[known]
    found: list[float] = matrix.exact(vector, slots[rows[slots] == entries]).tolist()
    return found


def _by_tags(row: int, table: Table, among: BitMap) -> Distances:
    """1 - weighted Jaccard: the sum of the smaller over the sum of the larger of the scores of each tag."""
    mine = table.tags.weights(row)
    if not mine:
        return NOTHING
    count, tags = table.count, table.tags
    rows_of, shared = [], []
    for group, weight in mine.items():
        edges = tags.edges.find(tags.terms.of_group(group), "row", "score")
        rows, scores = edges["row"], edges["score"]
        if len(tags.of_group(group)) < len(rows):  # some have several edges of the group: the best one counts
            order = np.lexsort((-scores, rows))
            rows, scores = rows[order], scores[order]
            best = np.concatenate(([True], rows[1:] != rows[:-1]))
            rows, scores = rows[best], scores[best]
        rows_of.append(rows)
        shared.append(np.minimum(scores.astype(np.float64), weight))
    both = np.bincount(np.concatenate(rows_of), np.concatenate(shared), minlength=count)[:count]
    total, own = tags.total.values[:count], sum(mine.values())
    far: NDArray[np.float64] = own + total - both
    with np.errstate(invalid="ignore"):  # rows without scores are left out below
        np.divide(both, far, out=far)
    np.subtract(1, far, out=far)
    rows = to_array(among & tags.described)
    if own <= 0:
        rows = rows[total[rows] > 0]

    def known_far(of: RowArray) -> NDArray[np.float64]:
        return np.asarray(far[of])

    return Distances(rows, far[rows], 0.0, known_far)
