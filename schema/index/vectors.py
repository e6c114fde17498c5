"""Embeddings, searched exactly: SIMD kernels in about single precision find the candidates, double precision decides.

Vectors lie in blocks. A full block never changes: on disk it is a file of its own, which the system keeps in memory as
it sees fit and no snapshot writes again.
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
        self.files: dict[int, str] = {}
        """Of full blocks that are on disk."""
        self._recent: tuple[tuple[bytes, NDArray[np.float32]], ...] = ()

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
        """Without blocks that have files, and without room to grow: the last block of a snapshot is copied before it
        is written to."""
        blocks = [
            np.empty((0, self.length), self.dtype) if n in self.files else b for n, (_, b) in enumerate(self.used())
        ]
        return {**vars(self), "blocks": blocks, "_recent": ()}

    def store(self, folder: Path) -> None:
        """Write the full blocks that are not there yet, and use them where they lie. Raises OSError."""
        for number, (_, block) in enumerate(list(self.used())):
            if len(block) < _BLOCK or (number in self.files and (folder / self.files[number]).exists()):
                continue
            name = f"{FILES}{uuid4().hex}"
            with (folder / name).open("xb") as file:
                file.write(block.data)
                file.flush()
                os.fsync(file.fileno())
            self.blocks[number] = self._mapped(folder / name)
            self.files[number] = name

    def fetch(self, folder: Path) -> None:
        """Find the blocks that have files. Raises OSError, or ValueError where one is not whole."""
        for number, name in self.files.items():
            self.blocks[number] = self._mapped(folder / name)

    def _mapped(self, path: Path) -> NDArray[Any]:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return np.frombuffer(data, dtype=self.dtype).reshape(_BLOCK, self.length)

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

    def cosines(self, query: NDArray[Any], slots: NDArray[np.integer] | None = None) -> NDArray[np.float32]:
        """Of all vectors, or of some slots, with one of their kind; to within SLACK."""
        if slots is not None:
            parts = [slots[at : at + _SOME] for at in range(0, len(slots), _SOME)]
            return _joined(_SEARCHERS.map(lambda part: _products(self.at(part), query), parts))
        key, count = query.tobytes(), len(self.rows)
        for known, found in self._recent:
            if known == key and len(found) == count:
                return found
        blocks = [block for _, block in self.used() if len(block)]
        found = _joined(_SEARCHERS.map(lambda block: _products(block, query), blocks))[:count]
        self._recent = ((key, found), *self._recent)[:_REMEMBERED]
        return found

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


def _products(vectors: NDArray[Any], query: NDArray[Any]) -> NDArray[np.float32]:
    found = np.asarray(numkong.cdist(query.reshape(1, -1), vectors, "dot"))
    return found.ravel().astype(np.float32)


def _joined(parts: Iterator[NDArray[np.float32]]) -> NDArray[np.float32]:
    found = list(parts)
    return np.concatenate(found) if found else np.empty(0, np.float32)
