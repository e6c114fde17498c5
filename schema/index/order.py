"""Rows in the order of a column, kept sorted while rows come, and walked from a cursor on."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schema.facts import NO_TIME
from schema.index.bitmaps import BitMap, Mask, RowArray, to_array, to_mask
from schema.index.table import Table
from schema.query import SortBy

_STEP = 2048
_FEW = 500
"""Up to so many rows are sorted themselves; more are found by walking the order of all."""
_SOME = 20_000

Key = tuple[Any, int]
"""(value, or None where unknown; image id)."""
Parts = tuple[RowArray, RowArray]
"""Two stretches of one order."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """Rows ascending by (value, id); those without a value apart, ascending by id: they come last either way."""

    known: RowArray
    unknown: RowArray
    built: int = 0
    """Of rows 0 .. built-1, dead ones too."""

    def parts(self, *, descending: bool) -> Parts:
        return (self.known[::-1], self.unknown[::-1]) if descending else (self.known, self.unknown)


class Order:
    """The order of all rows by one column."""

    def __init__(self, by: SortBy) -> None:
        self.by = by
        self.sorted = Sorted(np.empty(0, np.uint32), np.empty(0, np.uint32))
        self._building = threading.Lock()

    def __getstate__(self) -> tuple[SortBy, Sorted]:
        return self.by, self.sorted

    def __setstate__(self, state: tuple[SortBy, Sorted]) -> None:
        self.by, self.sorted = state
        self._building = threading.Lock()

    def current(self, table: Table, count: int) -> Sorted:
        """The order of at least `count` rows."""
        with self._building:
            if self.sorted.built < count:
                self.sorted = _extended(self.by, table, self.sorted, count)
            return self.sorted


class Walk:
    """The rows of an answer in one order, one way."""

    def __init__(self, order: Order, table: Table, hits: BitMap, count: int, *, descending: bool) -> None:
        self.order, self.by, self.table = order, order.by, table
        self.hits, self.count, self.descending = hits, count, descending

    def rows(self) -> RowArray:
        """All rows of the answer, in order."""
        few = len(self.hits) <= (_FEW if self.by is SortBy.NAME else _SOME)
        found, mask = self._sequence(few=few)
        return np.concatenate([rows[mask[rows]] for rows in found.parts(descending=self.descending)])

    def page(self, limit: int, after: Key | None, before: Key | None) -> tuple[list[int], bool, bool]:
        """Up to `limit` rows, whether there are more behind them, whether there are more ahead."""
        found, mask = self._sequence(few=len(self.hits) <= _FEW)
        parts = found.parts(descending=self.descending)
        back = (parts[1][::-1], parts[0][::-1])
        size = len(parts[0]) + len(parts[1])
        start = self._position(found, after)[1] if after is not None else 0
        stop = self._position(found, before)[0] if before is not None else size
        if before is not None and after is None:
            rows, used = _walk(back, mask, size - stop, size, limit)
            rows.reverse()
            start, end = size - used, stop
        else:
            rows, end = _walk(parts, mask, start, stop, limit)
        behind = bool(_walk(parts, mask, max(start, end), size, 1)[0])
        ahead = bool(_walk(back, mask, size - start, size, 1)[0])
        return rows, behind, ahead

    def _sequence(self, *, few: bool) -> tuple[Sorted, Mask]:
        if few:
            rows = to_array(self.hits)
            has = has_value(self.by, self.table, rows)
            found = Sorted(_ascending(self.by, self.table, rows[has]), _by_id(self.table, rows[~has]))
        else:
            found = self.order.current(self.table, self.count)
        return found, to_mask(self.hits, max(self.count, found.built))

    def _position(self, found: Sorted, key: Key) -> tuple[int, int]:
        """How many rows come before a key, and how many before or at it."""
        value, number = key
        ids = self.table.id.values
        if value is None:
            among, base = found.unknown, len(found.known)
            low, high = (cut(range(len(among)), number, key=lambda i: int(ids[among[i]])) for cut in _CUTS)
        else:
            among, base = found.known, 0
            low, high = (
                cut(range(len(among)), key, key=lambda i: key_of(self.by, self.table, int(among[i]))) for cut in _CUTS
            )
        if self.descending:
            low, high = len(among) - high, len(among) - low
        return base + low, base + high


_CUTS = (bisect_left, bisect_right)


def _walk(parts: Parts, mask: Mask, start: int, stop: int, limit: int) -> tuple[list[int], int]:
    """The first `limit` set rows at positions start .. stop-1, and the position after the last one looked at."""
    found: list[int] = []
    step = _STEP
    while start < stop and len(found) < limit:
        first = len(parts[0])
        rows = parts[0][start : min(stop, start + step)] if start < first else parts[1][start - first :][: stop - start]
        rows = rows[:step]
        hits = np.flatnonzero(mask[rows])[: limit - len(found)]
        found += rows[hits].tolist()
        start += int(hits[-1]) + 1 if len(found) == limit else len(rows)
        step *= 2
    return found, start


def has_value(by: SortBy, table: Table, rows: RowArray) -> Mask:
    match by:
        case SortBy.NAME:
            return np.ones(len(rows), dtype=np.bool_)
        case SortBy.TAKEN | SortBy.ADDED:
            return np.asarray(value_of(by, table, rows) != NO_TIME, dtype=np.bool_)
        case _:
            return np.asarray(~np.isnan(value_of(by, table, rows)), dtype=np.bool_)


def value_of(by: SortBy, table: Table, rows: RowArray) -> NDArray[Any]:
    """For every order but by name."""
    numbers = table.numbers
    match by:
        case SortBy.TAKEN:
            return np.asarray(table.taken.seconds.values[rows])
        case SortBy.ADDED:
            return np.asarray(table.added.seconds.values[rows])
        case SortBy.BYTES:
            return np.asarray(numbers["file_size"].values[rows])
        case SortBy.RATING:
            return np.asarray(numbers["rating"].values[rows])
        case _:
            width = numbers["width"].values[rows].astype(np.float64)
            return np.asarray(width * numbers["height"].values[rows])


def key_of(by: SortBy, table: Table, row: int) -> Key:
    return keys_of(by, table, [row])[0]


def keys_of(by: SortBy, table: Table, rows: Sequence[int]) -> list[Key]:
    numbers = table.id.values[rows].tolist() if rows else []
    if by is SortBy.NAME:
        return [(table.name(row), number) for row, number in zip(rows, numbers, strict=True)]
    at = np.array(rows, dtype=np.uint32)
    values = zip(value_of(by, table, at).tolist(), has_value(by, table, at).tolist(), numbers, strict=True)
    return [(value if known else None, number) for value, known, number in values]


def _by_id(table: Table, rows: RowArray) -> RowArray:
    return np.asarray(rows[np.argsort(table.id.values[rows], kind="stable")])


def _ascending(by: SortBy, table: Table, rows: RowArray) -> RowArray:
    """Rows that have a value, by it and by id."""
    if by is SortBy.NAME:
        return _by_name(table, rows)
    by_id = _by_id(table, rows)
    return np.asarray(by_id[np.argsort(value_of(by, table, by_id), kind="stable")])


def _by_name(table: Table, rows: RowArray) -> RowArray:
    """By the first bytes of the names, eight at a time, and by all of the name where those are the same."""
    if len(rows) <= _FEW:
        return np.array(sorted(rows.tolist(), key=lambda row: key_of(SortBy.NAME, table, row)), dtype=np.uint32)
    heads = table.name_heads(rows)
    order = np.lexsort((table.id.values[rows], *heads.T[::-1]))
    rows, heads = rows[order], heads[order]
    cuts = np.flatnonzero(np.concatenate(([True], np.any(heads[1:] != heads[:-1], axis=1), [True])))
    long = heads[:, -1].astype(np.uint64) & np.uint64(0xFF) != 0
    for start, stop in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
        if stop - start > 1 and long[start]:
            rows[start:stop] = sorted(rows[start:stop].tolist(), key=lambda row: key_of(SortBy.NAME, table, row))
    return rows


def _extended(by: SortBy, table: Table, old: Sorted, count: int) -> Sorted:
    new = np.arange(old.built, count, dtype=np.uint32)
    has = has_value(by, table, new)
    unknown = _by_id(table, np.concatenate([old.unknown, new[~has]]))
    new = new[has]
    if len(new) * 16 > len(old.known):
        return Sorted(_ascending(by, table, np.concatenate([old.known, new])), unknown, count)
    new = _ascending(by, table, new)
    if by is SortBy.NAME:
        rows = old.known.tolist()
        for row in new.tolist():
            insort(rows, row, key=lambda row: key_of(by, table, row))
        return Sorted(np.array(rows, dtype=np.uint32), unknown, count)
    return Sorted(np.insert(old.known, _places(by, table, old.known, new), new), unknown, count)


def _places(by: SortBy, table: Table, known: RowArray, new: RowArray) -> NDArray[np.int64]:
    """Where each new row belongs: a binary search of all at once, by value and then by id."""
    ids = table.id.values
    value, number = value_of(by, table, new), ids[new]
    low, high = np.zeros(len(new), dtype=np.int64), np.full(len(new), len(known), dtype=np.int64)
    while bool(np.any(low < high)):
        middle = (low + high) // 2
        rows = known[np.minimum(middle, len(known) - 1)]
        there = value_of(by, table, rows)
        before = (low < high) & ((there < value) | ((there == value) & (ids[rows] < number)))
        after = (low < high) & ~before
        low, high = np.where(before, middle + 1, low), np.where(after, middle, high)
    return low
