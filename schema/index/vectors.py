"""Embeddings, searched exactly: copies in eight bits find candidates, double precision decides.

Vectors lie in blocks. A full block never changes: on disk it is a file of its own, which the system keeps in memory as
it sees fit and no snapshot writes again. What is hardly ever read of it, all but the copies, needs no memory.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import numkong
import numpy as np
from numpy.typing import DTypeLike, NDArray

from schema.index.columns import Column

Rough = NDArray[np.int8]
"""Vectors as whole numbers, each of which has a factor."""

_BLOCK = 32_768
"""Vectors that are looked through at once."""
_SOME = 4096
"""Vectors that are gathered at once."""
_REMEMBERED = 2
"""Searches whose outcome is kept: a filter, its order and its next pages all ask the same."""
_SEARCHERS = ThreadPoolExecutor(2, thread_name_prefix="vectors")
SLACK = 2e-5
"""More than single precision may be wrong for normalized vectors."""
FILES = "vectors-"
"""How the names of the files of blocks begin."""


class Matrix:
    """Vectors of one length in blocks, so that growing copies nothing."""

    def __init__(self, length: int, dtype: DTypeLike) -> None:
        self.length, self.dtype = length, np.dtype(dtype)
        self.rows = Column(np.uint32)
        self.blocks: list[NDArray[Any]] = []
        self.rough: list[Rough] = []
        """The same in eight bits."""
        self.factors = Column(np.float32)
        self.off = 0.0
        """How far the rough vectors are from the true ones at most."""
        self.files: dict[int, str] = {}
        """Of full blocks that are on disk."""
        self._recent: tuple[tuple[bytes, NDArray[np.float32]], ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def append(self, vectors: NDArray[Any], rows: NDArray[np.uint32]) -> None:
        done, at = 0, len(self.rows)
        while done < len(vectors):
            number, inside = divmod(at, _BLOCK)
            some = vectors[done : done + min(_SOME, _BLOCK - inside)]
            rough, factors, off = _roughly(some)
            _write(self.blocks, number, inside, some)
            _write(self.rough, number, inside, rough)
            self.factors.append(factors)
            self.off = max(self.off, off)
            done, at = done + len(some), at + len(some)
        self.rows.append(rows)

    def __getstate__(self) -> dict[str, Any]:
        """Without blocks that have files, and without room to grow: the last block of a snapshot is copied before it
        is written to."""
        kept = {
            name: [b[:0] if n in self.files else b for n, (_, b) in enumerate(self.used(blocks))]
            for name, blocks in (("blocks", self.blocks), ("rough", self.rough))
        }
        return {**vars(self), **kept, "_recent": ()}

    def store(self, folder: Path) -> None:
        """Write the full blocks that are not there yet, and use them where they lie. Raises OSError."""
        for number, (_, block) in enumerate(list(self.used(self.blocks))):
            if len(block) < _BLOCK or (number in self.files and (folder / self.files[number]).exists()):
                continue
            name = f"{FILES}{uuid4().hex}"
            with (folder / name).open("xb") as file:
                file.write(self.rough[number].data)
                file.write(block.data)
                file.flush()
                os.fsync(file.fileno())
            self._map(number, folder / name)
            self.files[number] = name

    def fetch(self, folder: Path) -> None:
        """Find the blocks that have files. Raises OSError, or ValueError where one is not whole."""
        for number, name in self.files.items():
            self._map(number, folder / name)

    def _map(self, number: int, path: Path) -> None:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        size = _BLOCK * self.length
        self.rough[number] = np.frombuffer(data, np.int8, size).reshape(_BLOCK, self.length)
        self.blocks[number] = np.frombuffer(data, self.dtype, offset=size).reshape(_BLOCK, self.length)

    def used(self, blocks: Sequence[NDArray[Any]]) -> Iterator[tuple[int, NDArray[Any]]]:
        """(first slot, vectors) of each block."""
        count = len(self.rows)
        for number, block in enumerate(list(blocks)):
            start = number * _BLOCK
            yield start, block[: max(0, min(_BLOCK, count - start))]

    def at(self, slots: NDArray[np.integer]) -> NDArray[Any]:
        return _gathered(self.blocks, slots, np.empty((len(slots), self.length), dtype=self.dtype))

    def slack(self, query: NDArray[Any]) -> float:
        """How wrong `roughly` may be."""
        _, _, off = _roughly(query[None])
        return off * (1 + self.off) + self.off + SLACK

    def roughly(self, query: NDArray[Any], slots: NDArray[np.integer] | None = None) -> NDArray[np.float32]:
        """Cosines of all vectors, or of some slots, with one of their kind; to within `slack`."""
        (rough,), (factor,), _ = _roughly(query[None])
        if slots is not None:
            return np.asarray(self._some(self.rough, np.int8, rough, slots) * (self.factors.values[slots] * factor))
        key, count = query.tobytes(), len(self.rows)
        for known, found in self._recent:
            if known == key and len(found) == count:
                return found
        blocks = [block for _, block in self.used(self.rough) if len(block)]
        found = _joined(_SEARCHERS.map(lambda block: _products(block, rough), blocks))[:count]
        found *= self.factors.values[:count] * factor
        self._recent = ((key, found), *self._recent)[:_REMEMBERED]
        return found

    def cosines(self, query: NDArray[Any], slots: NDArray[np.integer]) -> NDArray[np.float32]:
        """Of some slots; to within SLACK."""
        return self._some(self.blocks, self.dtype, query, slots)

    def exact(self, query: NDArray[np.floating], slots: NDArray[np.integer]) -> NDArray[np.float64]:
        """In double precision, the same for the same vector wherever it is."""
        double = query.astype(np.float64)
        found = [
            np.array([vector @ double for vector in self.at(slots[at : at + 1024]).astype(np.float64)])
            for at in range(0, len(slots), 1024)
        ]
        return np.concatenate(found) if found else np.empty(0, np.float64)

    def _some(
        self, blocks: Sequence[NDArray[Any]], dtype: DTypeLike, query: NDArray[Any], slots: NDArray[np.integer]
    ) -> NDArray[np.float32]:
        parts = [slots[at : at + _SOME] for at in range(0, len(slots), _SOME)]

        def products(part: NDArray[np.integer]) -> NDArray[np.float32]:
            return _products(_gathered(blocks, part, np.empty((len(part), self.length), dtype)), query)

        return _joined(_SEARCHERS.map(products, parts))


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

    def store(self, folder: Path) -> list[str]:
        """See `Matrix.store`; returns the names of the files in use."""
        for matrix in self.matrices.values():
            matrix.store(folder)
        return [name for matrix in self.matrices.values() for name in matrix.files.values()]

    def fetch(self, folder: Path) -> None:
        for matrix in self.matrices.values():
            matrix.fetch(folder)

    def of(self, row: int) -> tuple[Matrix, NDArray[Any]] | None:
        """The vector of a row, and those it can be compared with."""
        for matrix in list(self.matrices.values()):
            rows = matrix.rows.values
            slot = int(np.searchsorted(rows, row))
            if slot < len(rows) and rows[slot] == row:
                return matrix, matrix.at(np.array([slot]))[0]
        return None


def _roughly(vectors: NDArray[Any]) -> tuple[Rough, NDArray[np.float32], float]:
    """Whole numbers, the factor of each vector, and how far it is from the true one at most."""
    single = vectors.astype(np.float32)
    factors = np.maximum(np.abs(single).max(axis=1, initial=0), np.float32(1e-30)) / np.float32(127)
    with np.errstate(invalid="ignore"):
        rough = np.rint(single / factors[:, None]).clip(-127, 127).astype(np.int8)
    single -= rough * factors[:, None]
    off = np.sqrt(np.einsum("ij,ij->i", single, single))
    return rough, factors, float(np.fmax.reduce(off, initial=0))


def _write(blocks: list[NDArray[Any]], number: int, at: int, vectors: NDArray[Any]) -> None:
    """From a place in a block on, which gets room for it."""
    if number == len(blocks):
        blocks.append(vectors[:0])
    block, need = blocks[number], at + len(vectors)
    if need > len(block):
        blocks[number] = np.empty((min(_BLOCK, max(need, 2 * len(block))), vectors.shape[1]), dtype=vectors.dtype)
        blocks[number][:at] = block[:at]
    blocks[number][at:need] = vectors


def _gathered(blocks: Sequence[NDArray[Any]], slots: NDArray[np.integer], into: NDArray[Any]) -> NDArray[Any]:
    number = slots // _BLOCK
    for one in np.unique(number).tolist():
        mine = np.flatnonzero(number == one)
        into[mine] = blocks[one][slots[mine] % _BLOCK]
    return into


def _products(vectors: NDArray[Any], query: NDArray[Any]) -> NDArray[np.float32]:
    found = np.asarray(numkong.cdist(query.reshape(1, -1), vectors, "dot"))
    return found.ravel().astype(np.float32)


def _joined(parts: Iterator[NDArray[np.float32]]) -> NDArray[np.float32]:
    found = list(parts)
    return np.concatenate(found) if found else np.empty(0, np.float32)
