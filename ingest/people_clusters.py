"""Which faces are of one person: average linkage over pairs of near faces. Pure; the same faces, the same groups.

A group grows only while the *mean* cosine between its faces and those that join stays high. One look-alike pair, of
which a large library has thousands, therefore never joins two people, as it would where single links are followed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SAME = 0.40
"""Mean cosine from which faces are one person's. SFace's publisher gives 0.363 for single pairs of LFW (OpenCV Zoo,
face_recognition_sface); from 0.38 to 0.40 all ten faces of one man (sunglasses, hat, paint, profile) were one pure
group of a mean, at 0.42 one was missing."""
STRANGERS = 0.45
"""Cosine from which two faces of nobody are somebody new: a single pair has no mean to lean on."""
MAYBE = 0.34
"""Mean cosine from which a person is asked whether two are the same."""
SURE_SCORE = 0.8
"""A detection that is less certain is nobody's by itself: blurred and half-hidden faces resemble each other."""

ROWS, COLUMNS = 2048, 8192
_WORD = 8
MOST_NEAR = 24
"""Near faces kept per face and block of columns: enough to lead a group together, and memory stays bounded."""


def near_pairs(vectors: Floats, least: float) -> tuple[NDArray[np.int32], NDArray[np.int32], Floats]:
    """Pairs i < j of (n, d) normalized vectors with a cosine of at least `least`, nearest first, ties by i, then j."""
    parts = list(_blocks(vectors, least))
    if not parts:
        return np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32)
    i, j, near = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((j, i, -near))
    return i[order], j[order], near[order]


def _blocks(vectors: Floats, least: float) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32], Floats]]:
    count = len(vectors)
    padded = np.zeros((-(-count // _WORD) * _WORD, vectors.shape[1]), np.float32)  # zeros are near to nothing
    padded[:count] = vectors
    for top in range(0, count, ROWS):
        rows = vectors[top : top + ROWS]
        for left in range(top, count, COLUMNS):
            cosines = rows @ padded[left : left + COLUMNS].T
            i, j = _found(cosines >= least)
            if left < top + len(rows):  # on and below the diagonal every pair has been seen
                later = j + left > i + top
                i, j = i[later], j[later]
            near = cosines[i, j]
            if len(i) and np.bincount(i).max() > MOST_NEAR:
                order = np.lexsort((j, -near, i))
                i, j, near = i[order], j[order], near[order]
                rank = np.arange(len(i)) - np.searchsorted(i, i)
                i, j, near = i[rank < MOST_NEAR], j[rank < MOST_NEAR], near[rank < MOST_NEAR]
            if len(i):
                yield (i + top).astype(np.int32), (j + left).astype(np.int32), near


def _found(meets: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the few that are true, eight looked at at once."""
    words = np.flatnonzero(meets.reshape(-1).view(np.uint64))
    word, bit = np.nonzero(meets.reshape(-1, _WORD)[words])
    at = words[word] * _WORD + bit
    return at // meets.shape[1], at % meets.shape[1]


class Groups:
    """Faces in groups; a group is known by its first face. No group holds two faces of one picture."""

    def __init__(self, vectors: Floats, images: NDArray[np.int64], apart: Collection[tuple[int, int]] = ()) -> None:
        """`apart`: pairs of faces (by position) that a person keeps apart."""
        self._above = list(range(len(vectors)))
        self._sums = vectors.astype(np.float32, copy=True)
        self._counts = [1] * len(vectors)
        self._images = [{image} for image in images.tolist()]
        self._apart: dict[int, set[int]] = {}
        for a, b in apart:
            self._apart.setdefault(a, set()).add(b)
            self._apart.setdefault(b, set()).add(a)

    def of(self, face: int) -> int:
        above = self._above
        while above[face] != face:
            above[face] = above[above[face]]
            face = above[face]
        return face

    def join(self, a: int, b: int, least: float) -> bool:
        """Make the groups of two faces one, if they may be and are near enough on the average."""
        a, b = self.of(a), self.of(b)
        if a == b:
            return False
        if self._counts[a] == self._counts[b] == 1:
            least = max(least, STRANGERS)
        if self._sums[a] @ self._sums[b] < least * self._counts[a] * self._counts[b]:
            return False
        if not self._images[a].isdisjoint(self._images[b]) or self._kept_apart(a, b):
            return False
        a, b = min(a, b), max(a, b)
        self._above[b] = a
        self._sums[a] += self._sums[b]
        self._counts[a] += self._counts[b]
        self._images[a] |= self._images[b]
        self._images[b] = set()
        if b in self._apart:
            self._apart.setdefault(a, set()).update(self._apart.pop(b))
        return True

    def _kept_apart(self, a: int, b: int) -> bool:
        return any(self.of(other) == b for other in self._apart.get(a, ()))


def grouped(
    vectors: Floats, images: NDArray[np.int64], apart: Collection[tuple[int, int]] = (), least: float = SAME
) -> NDArray[np.int64]:
    """For each of n faces the position of the first face of its group.

    vectors: float32 (n, d), L2-normalized; images: (n,) the picture of each.
    """
    groups = Groups(vectors, images, apart)
    i, j, _ = near_pairs(vectors, least)
    joined = True
    while joined and len(i):
        joined = False
        for a, b in zip(i.tolist(), j.tolist(), strict=True):
            joined |= groups.join(a, b, least)
        of = np.array([groups.of(face) for face in range(len(vectors))], np.int64)
        between = of[i] != of[j]
        i, j = i[between], j[between]
    return np.array([groups.of(face) for face in range(len(vectors))], np.int64)
