"""Embeddings, searched exactly: single precision finds the candidates, double precision decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from schema.index.columns import Column

_BLOCK = 32_768
"""Vectors that are looked through at once."""
_TILE = 512
_SEARCHERS = ThreadPoolExecutor(2, thread_name_prefix="vectors")
SLACK = 2e-5
"""More than single precision may be wrong for normalized vectors."""


class Matrix:
    """Vectors of one length in blocks, so that growing copies nothing; a snapshot's blocks are views of its file."""

    def __init__(self, length: int, dtype: DTypeLike) -> None:
        self.length, self.dtype = length, np.dtype(dtype)
        self.rows = Column(np.uint32)
        self.blocks: list[NDArray[Any]] = []

    def __len__(self) -> int:
        return len(self.rows)

    def append(self, vectors: NDArray[Any], rows: NDArray[np.uint32]) -> None:
        done, at = 0, len(self.rows)
        while done < len(vectors):
            number, inside = divmod(at, _BLOCK)
            if number == len(self.blocks):
                self.blocks.append(np.empty((0, self.length), dtype=self.dtype))
            some = vectors[done : done + _BLOCK - inside]
            if inside + len(some) > len(self.blocks[number]):
                size = min(_BLOCK, max(inside + len(some), 2 * len(self.blocks[number])))
                grown = np.empty((size, self.length), dtype=self.dtype)
                grown[:inside] = self.blocks[number][:inside]
                self.blocks[number] = grown
            self.blocks[number][inside : inside + len(some)] = some
            done, at = done + len(some), at + len(some)
        self.rows.append(rows)

    def __getstate__(self) -> dict[str, Any]:
        """Without room to grow: a block that came from a snapshot is full, or copied before it is written to."""
        return {**vars(self), "blocks": [block for _, block in self.used()]}

    def used(self) -> Iterator[tuple[int, NDArray[Any]]]:
        """(first slot, vectors) of each block."""
        count = len(self.rows)
        for number, block in enumerate(list(self.blocks)):
            start = number * _BLOCK
            yield start, block[: max(0, min(_BLOCK, count - start))]

    def at(self, slots: NDArray[np.integer]) -> NDArray[Any]:
        found = np.empty((len(slots), self.length), dtype=self.dtype)
        for number in np.unique(slots // _BLOCK).tolist():
            mine = slots // _BLOCK == number
            found[mine] = self.blocks[number][slots[mine] % _BLOCK]
        return found

    def cosines(self, query: NDArray[np.floating], slots: NDArray[np.integer] | None = None) -> NDArray[np.float32]:
        """Of all vectors, or of some slots, with one; to within SLACK."""
        single = query.astype(np.float32)
        if slots is not None:
            parts = [self.at(slots[at : at + _BLOCK]) for at in range(0, len(slots), _BLOCK)]
        else:
            parts = [block for _, block in self.used()]
        found = list(_SEARCHERS.map(lambda part: _products(part, single), parts))
        return np.concatenate(found) if found else np.empty(0, np.float32)

    def exact(self, query: NDArray[np.floating], slots: NDArray[np.integer]) -> NDArray[np.float64]:
        """In double precision, the same for the same vector wherever it is."""
        double = query.astype(np.float64)
        found = [
            np.array([vector @ double for vector in self.at(slots[at : at + 1024]).astype(np.float64)])
            for at in range(0, len(slots), 1024)
        ]
        return np.concatenate(found) if found else np.empty(0, np.float64)


class Vectors:
    """The vectors of rows, by their length: those of different models are never compared."""

    def __init__(self, dtype: DTypeLike) -> None:
        self.dtype = np.dtype(dtype)
        self.matrices: dict[int, Matrix] = {}

    def append(self, vectors: Sequence[bytes], first: int) -> None:
        for size in {len(vector) for vector in vectors} - {0}:
            if size % self.dtype.itemsize:
                continue
            rows = np.array([row for row, v in enumerate(vectors, first) if len(v) == size], dtype=np.uint32)
            joined = np.frombuffer(b"".join(v for v in vectors if len(v) == size), dtype=self.dtype)
            length = size // self.dtype.itemsize
            if length not in self.matrices:
                self.matrices[length] = Matrix(length, self.dtype)
            self.matrices[length].append(joined.reshape(-1, length), rows)

    def kept(self, which: NDArray[np.bool_], number: NDArray[np.uint32]) -> Vectors:
        """Those of some rows, which have new numbers."""
        found = Vectors(self.dtype)
        for length, matrix in self.matrices.items():
            rows = matrix.rows.values
            slots = np.flatnonzero(which[rows])
            found.matrices[length] = Matrix(length, self.dtype)
            for at in range(0, len(slots), _BLOCK):
                some = slots[at : at + _BLOCK]
                found.matrices[length].append(matrix.at(some), number[rows[some]])
        return found

    def of(self, row: int) -> tuple[Matrix, NDArray[Any]] | None:
        """The vector of a row, and those it can be compared with."""
        for matrix in list(self.matrices.values()):
            rows = matrix.rows.values
            slot = int(np.searchsorted(rows, row))
            if slot < len(rows) and rows[slot] == row:
                return matrix, matrix.at(np.array([slot]))[0]
        return None


def _products(vectors: NDArray[Any], query: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of each vector with one, a few at a time, so that what is widened stays in the cache."""
    found = np.empty(len(vectors), dtype=np.float32)
    for at in range(0, len(vectors), _TILE):
        found[at : at + _TILE] = _single(vectors[at : at + _TILE]) @ query
    return found


def _single(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """In single precision. Half precision is widened by moving its bits, twice as fast as numpy casts."""
    if vectors.dtype != np.float16:
        return vectors.astype(np.float32, copy=False)
    half = vectors.view(np.uint16).astype(np.uint32)
    bits = (half & 0x7FFF) << 13
    bits |= (half & 0x8000) << 16
    wide = bits.view(np.float32)
    wide *= np.float32(2.0**112)  # the difference of the exponents' biases, 127 - 15
    return wide
