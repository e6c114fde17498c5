"""Sets of rows as roaring bitmaps, and the fast ways between them, masks and arrays.

pyroaring takes Python integers one by one (30 ms for 300,000 rows); building its portable serialized form
(https://github.com/RoaringBitmap/RoaringFormatSpec) with numpy takes 0.3 ms.
"""

from __future__ import annotations

import array
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap as BitMap

Rows = BitMap
"""A set of row numbers of the index. Treat it as immutable unless you made it."""

RowArray = NDArray[np.uint32]
Mask = NDArray[np.bool_]

_NO_RUNS = 12346
_WITH_RUNS = 12347
_MANY = 4
"""From so many containers on, a bitmap with runs has offsets too."""
_BLOCK = 65536
_DENSE = 8
"""From one row in so many on, a mask is the faster way."""
_ARRAY_MAX = 4096
"""A container holds up to this many rows as a list, more as a bit set."""


def from_mask(mask: Mask) -> BitMap:
    """The set bits of a mask."""
    packed = np.packbits(mask, bitorder="little")
    keys, sizes, bodies = [], [], []
    for key, start in enumerate(range(0, len(mask), _BLOCK)):
        block = mask[start : start + _BLOCK]
        size = int(np.count_nonzero(block))
        if not size:
            continue
        keys.append(key)
        sizes.append(size)
        if size > _ARRAY_MAX:
            bodies.append(packed[start // 8 : (start + _BLOCK) // 8].tobytes().ljust(_BLOCK // 8, b"\0"))
        else:
            bodies.append(np.flatnonzero(block).astype("<u2").tobytes())
    return _assemble(keys, sizes, bodies)


def from_rows(rows: NDArray[np.integer]) -> BitMap:
    """Of rows in ascending order, each once."""
    if len(rows) < 256:
        return BitMap(array.array("I", rows.astype(np.uint32, copy=False).tobytes()))
    if len(rows) * _DENSE > int(rows[-1]):
        mask = np.zeros(int(rows[-1]) + 1, dtype=np.bool_)
        mask[rows] = True
        return from_mask(mask)
    high = rows >> 16
    starts = np.concatenate(([0], np.flatnonzero(high[1:] != high[:-1]) + 1))
    keys, ends = high[starts], [*starts[1:].tolist(), len(rows)]
    low = rows.astype("<u2")
    sizes, bodies = [], []
    for start, end in zip(starts.tolist(), ends, strict=True):
        sizes.append(end - start)
        if end - start > _ARRAY_MAX:
            bits = np.zeros(_BLOCK, dtype=np.bool_)
            bits[low[start:end]] = True
            bodies.append(np.packbits(bits, bitorder="little").tobytes())
        else:
            bodies.append(low[start:end].tobytes())
    return _assemble(keys.tolist(), sizes, bodies)


def from_any_rows(rows: NDArray[np.integer], count: int) -> BitMap:
    """Of rows in any order, repeated or not; about `count` rows there are."""
    if len(rows) * 16 < count:
        rows = np.sort(rows)
        return from_rows(rows[np.concatenate((rows[:1] >= 0, rows[1:] != rows[:-1]))])
    mask = np.zeros(max(count, int(rows.max(initial=0)) + 1), dtype=np.bool_)
    mask[rows] = True
    return from_mask(mask)


def to_array(rows: BitMap) -> RowArray:
    """Ascending row numbers."""
    return np.frombuffer(rows.to_array(), dtype=np.uint32)


def to_mask(rows: BitMap, count: int) -> Mask:
    """A mask of `count` rows; rows from `count` on are left out."""
    mask = np.zeros(-(-max(count, 1) // _BLOCK) * _BLOCK, dtype=np.bool_)
    data = rows.serialize()
    cookie, size = np.frombuffer(data, dtype="<u4", count=2).tolist() if len(data) > 4 else (0, 0)
    runs = np.zeros(size, dtype=np.bool_)
    at = 8
    if cookie & 0xFFFF == _WITH_RUNS:
        size = (cookie >> 16) + 1
        flags = -(-size // 8)
        runs = np.unpackbits(np.frombuffer(data, dtype=np.uint8, count=flags, offset=4), bitorder="little")[:size]
        at = 4 + flags
    pairs = np.frombuffer(data, dtype="<u2", count=2 * size, offset=at).reshape(-1, 2).tolist()
    at += 4 * size + (0 if cookie & 0xFFFF == _WITH_RUNS and size < _MANY else 4 * size)
    for (key, last), run in zip(pairs, runs.tolist(), strict=True):
        block = mask[key * _BLOCK : (key + 1) * _BLOCK]
        if not len(block):
            break
        at += _fill(block, data, at, last + 1, run=bool(run))
    return mask[:count]


def _fill(block: Mask, data: bytes, at: int, size: int, *, run: bool) -> int:
    """Set the rows of one container; returns its length in bytes."""
    if run:
        count = int.from_bytes(data[at : at + 2], "little")
        for start, length in np.frombuffer(data, dtype="<u2", count=2 * count, offset=at + 2).reshape(-1, 2).tolist():
            block[start : start + length + 1] = True
        return 2 + 4 * count
    if size > _ARRAY_MAX:
        bits = np.frombuffer(data, dtype=np.uint8, count=_BLOCK // 8, offset=at)
        block[:] = np.unpackbits(bits, bitorder="little").view(np.bool_)
        return _BLOCK // 8
    block[np.frombuffer(data, dtype="<u2", count=size, offset=at)] = True
    return 2 * size


def union(sets: Iterable[BitMap]) -> BitMap:
    """All rows of any set; always a new bitmap."""
    found = list(sets)
    if len(found) > 1:
        return BitMap.union(*found)
    return found[0].copy() if found else BitMap()


class Survivors:
    """Rows that are kept when dead ones are cleared away, and the numbers they get."""

    def __init__(self, alive: BitMap, count: int) -> None:
        self.alive = alive
        self.mask = to_mask(alive, count)
        self.rows = to_array(alive)
        self.number = np.zeros(count, dtype=np.uint32)
        self.number[self.rows] = np.arange(len(self.rows), dtype=np.uint32)

    def of(self, rows: BitMap) -> BitMap:
        return from_rows(self.number[to_array(rows & self.alive)])


def _assemble(keys: list[int], sizes: list[int], bodies: list[bytes]) -> BitMap:
    count = len(keys)
    pairs = np.empty((count, 2), dtype="<u2")
    pairs[:, 0] = keys
    pairs[:, 1] = np.array(sizes, dtype=np.int64) - 1
    lengths = np.array([len(body) for body in bodies], dtype=np.int64)
    offsets = (8 + 8 * count + np.concatenate(([0], np.cumsum(lengths)[:-1])) if count else lengths).astype("<u4")
    head = np.array([_NO_RUNS, count], dtype="<u4").tobytes()
    return BitMap.deserialize(b"".join((head, pairs.tobytes(), offsets.tobytes(), *bodies)))
