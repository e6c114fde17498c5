"""Columns that grow: plain numbers, repeated values, bytes. Rows are only ever appended, so readers need no lock."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from schema.index.bitmaps import BitMap, Survivors, from_mask, from_rows, to_array, union

V = TypeVar("V", bound=Hashable)

_FEW = 600
"""Up to so many bitmaps are united faster than a column is looked through (2 ms at a million rows)."""


def runs(values: NDArray[Any]) -> list[tuple[int, int]]:
    """Where equal neighbors begin and end."""
    cuts = np.flatnonzero(values[1:] != values[:-1]) + 1
    return list(zip([0, *cuts.tolist()], [*cuts.tolist(), len(values)], strict=True)) if len(values) else []


class Column:
    """A growing one-dimensional array; appending costs amortized constant time.

    It may start as a read-only view of a snapshot, which is copied at the first append.
    """

    __slots__ = ("_count", "_data")

    def __init__(self, dtype: DTypeLike, data: NDArray[Any] | None = None) -> None:
        self._data: NDArray[Any] = np.empty(0, dtype=dtype) if data is None else data
        self._count = len(self._data)

    def __len__(self) -> int:
        return self._count

    @property
    def values(self) -> NDArray[Any]:
        return self._data[: self._count]

    @property
    def nbytes(self) -> int:
        return self._data.nbytes

    def append(self, values: NDArray[Any]) -> None:
        if not len(values):
            return
        need = self._count + len(values)
        if need > len(self._data):
            grown = np.empty(max(need, len(self._data) * 9 // 8 + 64), dtype=self._data.dtype)
            grown[: self._count] = self._data[: self._count]
            self._data = grown
        self._data[self._count : need] = values
        self._count = need

    def kept(self, which: NDArray[Any]) -> Column:
        return Column(self._data.dtype, self.values[which])

    def __getstate__(self) -> NDArray[Any]:
        return self.values

    def __setstate__(self, data: NDArray[Any]) -> None:
        self._data, self._count = data, len(data)

    def widen(self, dtype: DTypeLike) -> None:
        """Hold larger numbers from now on."""
        self._data = self._data[: self._count].astype(dtype)


class Pieces:
    """A byte string per row, end to end in one array."""

    __slots__ = ("data", "ends")

    def __init__(self, data: NDArray[np.uint8] | None = None, ends: NDArray[np.uint64] | None = None) -> None:
        self.data = Column(np.uint8, data)
        self.ends = Column(np.uint64, ends)

    def __len__(self) -> int:
        return len(self.ends)

    def append(self, pieces: Sequence[bytes]) -> None:
        lengths = np.fromiter(map(len, pieces), dtype=np.uint64, count=len(pieces))
        self.data.append(np.frombuffer(b"".join(pieces), dtype=np.uint8))
        self.ends.append((np.cumsum(lengths) + np.uint64(len(self.data) - int(lengths.sum()))).astype(np.uint64))

    def at(self, row: int) -> bytes:
        ends = self.ends.values
        return self.data.values[int(ends[row - 1]) if row else 0 : int(ends[row])].tobytes()

    def kept(self, rows: NDArray[np.integer]) -> Pieces:
        found = Pieces()
        for at in range(0, len(rows), 65_536):
            found.append(self.many(rows[at : at + 65_536]))
        return found

    def many(self, rows: NDArray[np.integer]) -> list[bytes]:
        ends, at = self.ends.values, rows.astype(np.int64)
        starts = np.where(at > 0, ends[at - 1], 0).astype(np.int64)
        lengths = ends[at].astype(np.int64) - starts
        stops = np.cumsum(lengths)
        joined = self.data.values[
            np.arange(int(lengths.sum())) + np.repeat(starts - stops + lengths, lengths)
        ].tobytes()
        return [joined[stop - length : stop] for stop, length in zip(stops.tolist(), lengths.tolist(), strict=True)]


class Coded(Generic[V]):
    """A column of values that repeat: a small code per row, and per value the bitmap of its rows."""

    __slots__ = ("_totals", "bitmaps", "code_of", "codes", "values")

    def __init__(self) -> None:
        self.values: list[V] = []
        self.code_of: dict[V, int] = {}
        self.codes = Column(np.uint8)
        self.bitmaps: list[BitMap] = []
        self._totals = 0, np.zeros(0, np.intp)

    def append(self, values: Sequence[V]) -> None:
        first = len(self.codes)
        code_of = self.code_of
        for value in dict.fromkeys(values):
            if value not in code_of:
                code_of[value] = len(self.values)
                self.bitmaps.append(BitMap())
                self.values.append(value)
        codes = np.fromiter((code_of[value] for value in values), dtype=np.uint32, count=len(values))
        self._append_codes(codes, first)

    def _append_codes(self, codes: NDArray[np.uint32], first: int) -> None:
        if len(self.values) > np.iinfo(self.codes.values.dtype).max + 1:
            self.codes.widen(np.uint16 if len(self.values) <= 65536 else np.uint32)
        order = np.argsort(codes, kind="stable")
        for start, end in runs(codes[order]):
            self.bitmaps[int(codes[order[start]])] |= from_rows(order[start:end] + first)
        self.codes.append(codes)

    def rows(self, codes: NDArray[np.integer]) -> BitMap:
        """Rows whose code is one of these."""
        if len(codes) <= _FEW:
            return union(self.bitmaps[code] for code in codes.tolist())
        column = self.codes.values
        chosen = np.zeros(len(self.values), dtype=np.bool_)
        chosen[codes] = True
        return from_mask(chosen.take(column))

    def counts(self, rows: BitMap, count: int) -> NDArray[np.intp]:
        """How many of some of the first `count` rows have each code. Where they are most, the others are counted."""
        codes, size = self.codes.values[:count], len(self.values)
        if len(rows) * 2 <= count:
            return np.bincount(codes.take(to_array(rows)), minlength=size)
        known, totals = self._totals
        if known != count or len(totals) < size:
            totals = np.bincount(codes, minlength=size)
            self._totals = count, totals
        left_out = to_array(BitMap(range(count)) - rows)
        return totals - np.bincount(codes.take(left_out), minlength=len(totals))

    def kept(self, survivors: Survivors) -> Coded[V]:
        found: Coded[V] = Coded()
        found.values, found.code_of = self.values, self.code_of
        found.codes = self.codes.kept(survivors.rows)
        found.bitmaps = [survivors.of(rows) for rows in self.bitmaps]
        return found
