"""Near 64-bit hashes without comparing all pairs: multi-index hashing (Norouzi, Punjani and Fleet, CVPR 2012).

Two hashes that differ in at most 8 bits differ in at most 2 bits of one of their four 16-bit quarters. So only those
are compared that share a quarter up to 2 bits: of a million evenly spread hashes about eight thousand.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

NEAR_BITS = 8
"""Bits two hashes may differ in. Distinct pictures differed in 16 and more (110 photos, pHash)."""
_QUARTERS = 4
_FLIPS = np.array(
    [0, *(1 << a for a in range(16)), *((1 << a) | (1 << b) for a, b in combinations(range(16), 2))], np.uint32
)
"""All changes of up to two bits."""
_TAIL = 4096
"""So many new hashes are compared one by one before the index is made anew."""


class NearHashes:
    """Hashes by key. Keys that were taken away stay in the index until it is made anew, unseen."""

    def __init__(self) -> None:
        self._hash: dict[int, int] = {}
        self._keys = np.empty(0, np.int64)
        self._hashes = np.empty(0, np.uint64)
        self._orders: list[NDArray[np.int64]] = []
        self._starts: list[NDArray[np.int64]] = []
        self._tail: dict[int, None] = {}

    def __len__(self) -> int:
        return len(self._hash)

    def put(self, key: int, value: int) -> None:
        if self._hash.get(key) != value:
            self._hash[key] = value
            self._tail[key] = None

    def drop(self, key: int) -> None:
        self._hash.pop(key, None)
        self._tail.pop(key, None)

    def near(self, key: int, bits: int = NEAR_BITS) -> list[int]:
        """Keys of hashes that differ in at most `bits` (up to 8), ascending, itself left out."""
        value = self._hash.get(key)
        if value is None:
            return []
        if len(self._tail) > _TAIL:
            self._build()
        wanted = np.uint64(value)
        found = {int(k) for k in self._indexed(wanted, bits) if self._is_current(int(k), wanted, bits)}
        if self._tail:
            tail = np.fromiter(self._tail, np.int64)
            hashes = np.array([self._hash[int(k)] for k in tail.tolist()], np.uint64)
            found.update(tail[np.bitwise_count(hashes ^ wanted) <= bits].tolist())
        found.discard(key)
        return sorted(found)

    def _is_current(self, key: int, wanted: np.uint64, bits: int) -> bool:
        value = self._hash.get(key)
        return value is not None and int(value ^ int(wanted)).bit_count() <= bits

    def _indexed(self, wanted: np.uint64, bits: int) -> NDArray[np.int64]:
        if not len(self._keys):
            return self._keys
        slots: list[NDArray[np.int64]] = []
        for quarter, (order, starts) in enumerate(zip(self._orders, self._starts, strict=True)):
            values = _quarter(wanted, quarter) ^ _FLIPS
            first, sizes = starts[values], starts[values + 1] - starts[values]
            full = np.flatnonzero(sizes)
            first, sizes = first[full], sizes[full]
            if len(full):
                steps = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
                slots.append(order[np.repeat(first, sizes) + steps])
        if not slots:
            return np.empty(0, np.int64)
        near = np.concatenate(slots)
        return np.unique(self._keys[near[np.bitwise_count(self._hashes[near] ^ wanted) <= bits]])

    def _build(self) -> None:
        self._keys = np.fromiter(self._hash, np.int64, len(self._hash))
        self._hashes = np.fromiter(self._hash.values(), np.uint64, len(self._hash))
        self._orders, self._starts = [], []
        for quarter in range(_QUARTERS):
            values = _quarter(self._hashes, quarter)
            self._orders.append(np.argsort(values, kind="stable"))
            self._starts.append(np.concatenate([[0], np.cumsum(np.bincount(values, minlength=1 << 16))]))
        self._tail = {}


def _quarter(hashes: Hashes | np.uint64, quarter: int) -> NDArray[np.uint32]:
    return np.asarray((hashes >> np.uint64(16 * quarter)) & np.uint64(0xFFFF)).astype(np.uint32)
