"""Columns that grow: plain numbers, repeated values, bytes. Rows are only ever appended, so readers need no lock."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from schema.index.bitmaps import BitMap, Survivors, from_mask, from_rows, union

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
            found.append(self.many(rows[at : at + 65_536].tolist()))
        return found

    def many(self, rows: Iterable[int]) -> list[bytes]:
        ends, data = self.ends.values, self.data.values
        return [data[int(ends[row - 1]) if row else 0 : int(ends[row])].tobytes() for row in rows]


class Coded(Generic[V]):
    """A column of values that repeat: a small code per row, and per value the bitmap of its rows."""

    __slots__ = ("bitmaps", "code_of", "codes", "values")

    def __init__(self) -> None:
        self.values: list[V] = []
        self.code_of: dict[V, int] = {}
        self.codes = Column(np.uint8)
        self.bitmaps: list[BitMap] = []

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

    def kept(self, survivors: Survivors) -> Coded[V]:
        found: Coded[V] = Coded()
        found.values, found.code_of = self.values, self.code_of
        found.codes = self.codes.kept(survivors.rows)
        found.bitmaps = [survivors.of(rows) for rows in self.bitmaps]
        return found
