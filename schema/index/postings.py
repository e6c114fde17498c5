"""Postings: for each key, the rows that have it, with what is known of each such edge.

Edges come in row order and are kept in segments sorted by key, each segment at least twice as long as the next
(a log-structured merge), so that appending costs amortized O(log n) and a question looks into few segments. A segment
is of the rows that come after those of the one before; where a sum for each row is wanted, segments have a size at most
that lets the sums lie in the cache of a processor. Where
edges have a score, the best of each key come first, so that "at least so sure" is the beginning of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schema.index.bitmaps import Survivors

_MANY = 20_000
"""So many edges of one key may be a segment of their own."""
_SEGMENTS = 16

Edges = dict[str, NDArray[Any]]
"""Parallel columns; `row` is always one of them."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Edges sorted by key; within a key by score, the greatest first, if they have one, and then by row."""

    keys: NDArray[np.uint32]
    """Ascending, each once."""
    ends: NDArray[np.uint32]
    """Where the edges of each key end."""
    edges: Edges

    def __len__(self) -> int:
        return len(self.edges["row"])

    def find(self, keys: NDArray[np.uint32], least: float = 0.0) -> list[slice]:
        """Where the edges of some keys are, of those with a score of at least `least` when it is given."""
        at = np.searchsorted(self.keys, keys)
        at = at[(at < len(self.keys))][self.keys[at[at < len(self.keys)]] == keys[at < len(self.keys)]]
        return self.spans(at, least)

    def spans(self, at: NDArray[np.integer], least: float = 0.0) -> list[slice]:
        """As `find`, of keys by their places in `keys`."""
        starts = np.where(at > 0, self.ends[at - 1], 0).astype(np.int64)
        ends = self.ends[at].astype(np.int64)
        if least:
            ends = self._falling_below(starts, ends, np.float32(least))
        if not len(starts):
            return []
        cuts = np.flatnonzero(ends[:-1] != starts[1:])
        runs = zip(starts[[0, *(cuts + 1)]].tolist(), ends[[*cuts, -1]].tolist(), strict=True)
        return [slice(start, end) for start, end in runs if start < end]

    def _falling_below(self, low: NDArray[np.int64], high: NDArray[np.int64], least: np.float32) -> NDArray[np.int64]:
        """Where the score first is too low: a binary search in many stretches at once."""
        score, low = self.edges["score"], low.copy()
        while bool(np.any(low < high)):
            middle = (low + high) // 2
            enough = score[np.minimum(middle, len(score) - 1)] >= least
            enough &= low < high
            low, high = np.where(enough, middle + 1, low), np.where(enough, high, middle)
        return low

    def every_key(self) -> NDArray[np.uint32]:
        lengths = np.diff(self.ends, prepend=np.uint32(0))
        return np.repeat(self.keys, lengths)


class Postings:
    """A growing index of edges by a 32-bit key."""

    __slots__ = ("dtypes", "most", "segments")

    def __init__(self, most: int = 2**32, **dtypes: Any) -> None:
        """`dtypes`: the columns besides `row`. `most`: edges in a segment that others were merged into."""
        self.most = most
        self.dtypes = {"row": np.uint32, **dtypes}
        self.segments: tuple[Segment, ...] = ()

    def __len__(self) -> int:
        return sum(map(len, self.segments))

    def append(self, keys: NDArray[np.integer], edges: Mapping[str, NDArray[Any]]) -> None:
        """Edges of new rows, in row order."""
        if not len(keys):
            return
        segments = [*self.segments, _sorted_by_key(keys.astype(np.uint32), self._typed(edges))]
        while len(segments) > 1 and len(segments[-2]) < min(2 * len(segments[-1]), self.most - len(segments[-1])):
            last, before = segments.pop(), segments.pop()
            keys_of_both = np.concatenate([before.every_key(), last.every_key()])
            both = {name: np.concatenate([before.edges[name], last.edges[name]]) for name in self.dtypes}
            segments.append(_sorted_by_key(keys_of_both, both))
        self.segments = tuple(segments)

    def put(self, key: int, edges: Mapping[str, NDArray[Any]]) -> None:
        """Edges of one key, in row order and of one score. Very many are put in order with the rest only later."""
        count = len(edges["row"])
        if count < _MANY or len(self.segments) > _SEGMENTS:
            self.append(np.full(count, key, dtype=np.uint32), edges)
        else:
            own = Segment(np.array([key], dtype=np.uint32), np.array([count], dtype=np.uint32), self._typed(edges))
            self.segments = (*self.segments, own)

    def find(self, keys: NDArray[np.integer], *columns: str, least: float = 0.0) -> Edges:
        """The edges of these keys (ascending, each once), of score `least` or more; columns asked for, else all."""
        wanted = columns or tuple(self.dtypes)
        parts: list[tuple[Segment, slice]] = []
        for segment in self.segments:
            parts += [(segment, part) for part in segment.find(keys.astype(np.uint32), least)]
        if not parts:
            return {name: np.empty(0, dtype=self.dtypes[name]) for name in wanted}
        if len(parts) == 1:
            segment, part = parts[0]
            return {name: segment.edges[name][part] for name in wanted}
        return {name: np.concatenate([segment.edges[name][part] for segment, part in parts]) for name in wanted}

    def since(self, known: tuple[Segment, ...]) -> Postings:
        """With what has come since there were these segments, and some of what was there already."""
        found = Postings(self.most)
        found.dtypes = self.dtypes
        found.segments = tuple(one for one in self.segments if not any(one is old for old in known))
        return found

    def widen(self, name: str, dtype: Any) -> None:
        """Hold larger numbers in a column from now on."""
        if self.dtypes[name] != dtype:
            self.dtypes[name] = dtype
            self.segments = tuple(
                Segment(one.keys, one.ends, {**one.edges, name: one.edges[name].astype(dtype)}) for one in self.segments
            )

    def kept(self, survivors: Survivors) -> Postings:
        found = Postings(self.most)
        found.dtypes = self.dtypes
        found.segments = tuple(_kept(segment, survivors) for segment in self.segments)
        return found

    def _typed(self, edges: Mapping[str, NDArray[Any]]) -> Edges:
        return {name: np.asarray(edges[name]).astype(dtype, copy=False) for name, dtype in self.dtypes.items()}


def _kept(segment: Segment, survivors: Survivors) -> Segment:
    inside = survivors.mask[segment.edges["row"]]
    edges = {name: column[inside] for name, column in segment.edges.items()}
    edges["row"] = survivors.number[edges["row"]]
    return _sorted_by_key(segment.every_key()[inside], edges)


def _sorted_by_key(keys: NDArray[np.uint32], edges: Edges) -> Segment:
    order = np.argsort(_rank(keys, edges.get("score")), kind="stable")
    keys = keys[order]
    last = np.flatnonzero(np.concatenate((keys[1:] != keys[:-1], [True]))) if len(keys) else order
    return Segment(keys[last], (last + 1).astype(np.uint32), {name: column[order] for name, column in edges.items()})


def _rank(keys: NDArray[np.uint32], score: NDArray[np.float32] | None) -> NDArray[Any]:
    """What edges are sorted by. The bits of a float, with those of a negative one turned over, rise as it does."""
    if score is None:
        return keys
    bits = score.view(np.uint32)
    rising = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
    return keys.astype(np.uint64) << np.uint64(32) | ~rising
