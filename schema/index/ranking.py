"""Orders that are computed for each question: shuffled, nearest first, best match first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schema.facts import NO_TIME
from schema.filter.nodes import ImageFilter, SemanticFilter
from schema.index.answer import Answer
from schema.index.bitmaps import BitMap, RowArray, to_array
from schema.index.similar import NOTHING, Distances, semantic, similar
from schema.index.vectors import SLACK
from schema.query import Sort, SortBy
from schema.rarity import AS_GOOD

Positions = NDArray[np.intp]
_FEW = 2000
"""Of so many rows all distances are made exact, of more only those near the page."""
_MANY = 50_000
_LATE = np.iinfo(np.int64).max


class Ranking:
    """The rows of an answer by a computed number, then newest first (shuffled: by nothing more)."""

    def __init__(self, asked: ImageFilter, sort: Sort, answer: Answer, hits: BitMap) -> None:
        self.table, self.answer = answer.table, answer
        self.rows_ = to_array(hits)
        self.shuffled = sort.by is SortBy.RANDOM
        self.distances: Distances | None = None
        if self.shuffled:
            self.first: NDArray[Any] = shuffled(self.table.ids_of(self.rows_), sort.seed)
        else:
            far = _nearness(asked, answer, hits) if sort.by is SortBy.SIMILARITY else None
            if far is None:
                self.first = -relevance(asked, sort, answer, hits)[self.rows_]
            else:
                self.distances = far
                self.first = far.of(self.rows_)

    def rows(self) -> RowArray:
        at = np.arange(len(self.rows_))
        if len(at) <= _MANY:
            self._refine(at)
        return np.asarray(self.rows_[self._in_order(at)])

    def page(
        self, limit: int, after: Sequence[Any] | None, before: Sequence[Any] | None
    ) -> tuple[list[int], bool, bool]:
        """Up to `limit` rows, whether there are more behind them, whether there are more ahead."""
        some, out_ahead, out_behind = self._stretch(limit, after, before)
        self._refine(some)
        at = some if after is None else self._beyond(some, after)
        ahead = out_ahead + len(some) - len(at)
        to = at if before is None else self._beyond(at, before, earlier=True)
        behind = out_behind + len(at) - len(to)
        if before is not None and after is None:
            found = self._least(to, limit, most=True)
            ahead += len(to) - len(found)
        else:
            found = self._least(to, limit)
            behind += len(to) - len(found)
        return self.rows_[self._in_order(found)].tolist(), behind > 0, ahead > 0

    def keys_of(self, rows: Sequence[int]) -> list[list[Any]]:
        """What the cursors of some rows hold: their keys."""
        at = np.searchsorted(self.rows_, np.array(rows, dtype=np.uint32))
        return [list(keys) for keys in zip(*(self._key(level, at).tolist() for level in self._levels), strict=True)]

    @property
    def _levels(self) -> range:
        return range(2 if self.shuffled else 3)

    def _key(self, level: int, at: Positions) -> NDArray[Any]:
        """One column to sort by, ascending, of some positions in `rows_`. The last one differs for all."""
        if level == 0:
            return self.first[at]
        rows = self.rows_[at]
        if level == 1 and not self.shuffled:
            taken = self.table.taken.seconds.values[rows]
            return np.where(taken == NO_TIME, _LATE, -taken)
        ids = self.table.ids_of(rows).astype(np.int64)
        return ids if self.shuffled else -ids

    def _in_order(self, at: Positions) -> Positions:
        return np.asarray(at[np.lexsort([self._key(level, at) for level in reversed(self._levels)])])

    def _beyond(self, at: Positions, key: Sequence[Any], level: int = 0, *, earlier: bool = False) -> Positions:
        """Of some positions those behind a key, or before it."""
        column = self._key(level, at)
        one = np.array(key[level], dtype=column.dtype)
        sure = at[column < one] if earlier else at[column > one]
        same = at[column == one]
        if not len(same) or level == self._levels[-1]:
            return sure
        return np.concatenate([sure, self._beyond(same, key, level + 1, earlier=earlier)])

    def _least(self, at: Positions, k: int, level: int = 0, *, most: bool = False) -> Positions:
        """The first (or last) k of some positions, in no order."""
        if len(at) <= k or k == 0:
            return at[:k]
        column = self._key(level, at)
        place = len(at) - k if most else k - 1
        edge = np.partition(column, place)[place]
        sure = at[column > edge] if most else at[column < edge]
        return np.concatenate([sure, self._least(at[column == edge], k - len(sure), level + 1, most=most)])

    def _stretch(
        self, limit: int, after: Sequence[Any] | None, before: Sequence[Any] | None
    ) -> tuple[Positions, int, int]:
        """Positions the page is sure to lie in though distances are a little wrong; how many are left out each side."""
        far, at = self.distances, np.arange(len(self.rows_))
        if far is None or not far.slack or len(at) <= _FEW or (after is not None and before is not None):
            return at, 0, 0
        at, ahead, behind = self._around(at, 2 * far.slack, limit, after, before)
        if far.closer is None or len(at) <= _FEW:
            return at, ahead, behind
        known = at[np.isfinite(self.first[at])]
        self.first[known] = far.closer(self.rows_[known])
        at, more_ahead, more_behind = self._around(at, 2 * SLACK, limit, after, before)
        return at, ahead + more_ahead, behind + more_behind

    def _around(
        self, at: Positions, slack: float, limit: int, after: Sequence[Any] | None, before: Sequence[Any] | None
    ) -> tuple[Positions, int, int]:
        """Of some positions those that the page is sure to lie in, and how many are left out each side."""
        first = self.first if len(at) == len(self.first) else self.first[at]
        if before is None:
            low = -np.inf if after is None else after[0] - slack
            some = first if after is None else first[first >= low]
            k = limit + int(np.count_nonzero(some <= low + 2 * slack))
            high = np.inf if k >= len(some) else np.partition(some, k)[k] + slack
        else:
            high = before[0] + slack
            some = first[first <= high]
            k = limit + int(np.count_nonzero(some >= high - 2 * slack))
            low = -np.inf if k >= len(some) else np.partition(some, len(some) - 1 - k)[len(some) - 1 - k] - slack
        ahead = int(np.count_nonzero(first < low)) if np.isfinite(low) else 0
        found = at[(first >= low) & (first <= high) if np.isfinite(low) else first <= high]
        return found, ahead, len(at) - len(found) - ahead

    def _refine(self, at: Positions) -> None:
        """Make the distances at some positions exact."""
        if self.distances is not None and self.distances.slack:
            known = at[np.isfinite(self.first[at])]
            self.first[known] = self.distances.exact(self.rows_[known])


def shuffled(ids: NDArray[np.uint32], seed: int) -> NDArray[np.uint64]:
    """SplitMix64 of id and seed (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014)."""
    start = ((seed % 2**64) * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) % 2**64
    z = ids.astype(np.uint64) + np.uint64(start)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def _nearness(asked: ImageFilter, answer: Answer, hits: BitMap) -> Distances | None:
    """Distances by the first `similar` or `semantic` demanded."""
    if asked.similar is not None:
        return similar(asked.similar, answer.table, hits)
    if asked.semantic is not None:
        found = [distances for distances, _ in semantic(asked.semantic, answer.table, hits, answer.embed)]
        return _least_of(found)
    return next((far for part in asked.and_ if (far := _nearness(part, answer, hits)) is not None), None)


def _least_of(found: Sequence[Distances]) -> Distances:
    """The smaller of one or two distances of each row."""
    if len(found) < 2:
        return found[0] if found else NOTHING
    rows = np.union1d(found[0].rows, found[1].rows).astype(np.uint32)

    def exact(of: RowArray) -> NDArray[np.float64]:
        return np.minimum(*(_exact_or_far(one, of) for one in found))

    return Distances(rows, np.minimum(*(one.of(rows) for one in found)), max(one.slack for one in found), exact)


def _exact_or_far(one: Distances, rows: RowArray) -> NDArray[np.float64]:
    far = one.of(rows)
    known = np.isfinite(far)
    far[known] = one.exact(rows[known])
    return far


def relevance(asked: ImageFilter, sort: Sort, answer: Answer, hits: BitMap) -> NDArray[np.float64]:
    """Per row, of the hits at least: the sum over the concepts named (not in `not`, `none`) of the best score of an
    edge that meets them, times their weight, and of the cosines of the texts that are met; in tenths, rounded down."""
    count, tags = answer.count, answer.table.tags
    best: dict[str, NDArray[np.float64]] = {}
    meant: dict[SemanticFilter, NDArray[np.float64]] = {}

    def look(part: ImageFilter) -> None:
        if (tag := part.tag) is not None:
            of = tag.at_least.of if tag.at_least else ()
            for concept in (*tag.any, *tag.all, *tag.only, *of):
                edges = tags.passing(tag, tags.terms.named(concept, narrower=tag.narrower), "row", "score")
                known = edges["row"] < count
                scores = best.setdefault(concept, np.zeros(count))
                np.maximum.at(scores, edges["row"][known], edges["score"][known].astype(np.float64))
        if part.semantic is not None and part.semantic.text:
            text = SemanticFilter(text=part.semantic.text, min_score=part.semantic.min_score)
            meant[text] = _meant(text, answer, hits)
        for below in (*part.and_, *part.or_):
            look(below)

    look(asked)
    weights = dict(sort.weights)
    total = np.zeros(count)
    for concept, scores in best.items():
        total += scores * (weights.get(concept, 0.0) if weights else 1.0)
    for scores in meant.values():
        total += scores
    return np.asarray(np.floor(total * AS_GOOD))


def _meant(text: SemanticFilter, answer: Answer, hits: BitMap) -> NDArray[np.float64]:
    """Per row the cosine with a text, 0 where the picture does not mean it."""
    scores = np.zeros(answer.count)
    ((far, limit),) = semantic(text, answer.table, hits, answer.embed)
    met = to_array(far.within(limit) & hits)
    if len(met):
        scores[met] = 1 - far.exact(met)
    return scores
