"""The identities of a library in memory: a mean face for everybody, the faces of nobody, and who may not be whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numkong
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class KnownFace:
    """A face that can be told by its vector: float32 (d,), L2-normalized."""

    id: int
    image: int
    vector: Floats


class Keyed:
    """Rows of a matrix by key, no longer than 1 each; all that are near to a vector.

    Of each row there is a rough copy in whole numbers (-127..127, times a scale of its own). It is a quarter as large,
    and memory is what a search through very many rows waits for: the copies say which rows may be near, and only these
    are looked at.
    """

    def __init__(self, width: int) -> None:
        self._rows: Floats = np.zeros((256, width), np.float32)
        self._rough = np.zeros((256, width), np.int8)
        self._scales = np.zeros(256, np.float32)
        self._keys = np.zeros(256, np.int64)
        self._at: dict[int, int] = {}
        self._off = 0.0
        """How far a rough copy is from its row at most."""

    def __len__(self) -> int:
        return len(self._at)

    def __contains__(self, key: int) -> bool:
        return key in self._at

    def __getitem__(self, key: int) -> Floats:
        row: Floats = self._rows[self._at[key]]
        return row

    @property
    def keys(self) -> NDArray[np.int64]:
        return self._keys[: len(self._at)]

    @property
    def rows(self) -> Floats:
        return self._rows[: len(self._at)]

    def put(self, key: int, row: Floats) -> None:
        at = self._at.setdefault(key, len(self._at))
        if at == len(self._rows):
            self._rows, self._rough = _doubled(self._rows), _doubled(self._rough)
            self._scales, self._keys = _doubled(self._scales), _doubled(self._keys)
        self._rows[at], self._keys[at] = row, key
        self._rough[at], self._scales[at], off = _roughly(row)
        self._off = max(self._off, off)

    def drop(self, key: int) -> None:
        """The last row takes its place."""
        at, last = self._at.pop(key), len(self._at)
        if at != last:
            for values in (self._rows, self._rough, self._scales, self._keys):
                values[at] = values[last]
            self._at[int(self._keys[at])] = at

    def near(self, vector: Floats, least: float) -> Iterator[tuple[int, float]]:
        """(key, cosine) from `least` on, the nearest first, ties by key. The vector, too, is no longer than 1."""
        count = len(self._at)
        rough, scale, off = _roughly(vector)
        products = np.asarray(numkong.cdist(rough[None], self._rough[:count], "dot")).ravel() if count else np.empty(0)
        slack = self._off + off * (1 + self._off) + SINGLE
        there = np.flatnonzero(products * self._scales[:count] >= (least - slack) / scale)
        cosines = self._rows[there] @ vector
        there, cosines = there[cosines >= least], cosines[cosines >= least]
        order = np.lexsort((self._keys[there], -cosines))
        return zip(self._keys[there[order]].tolist(), cosines[order].tolist(), strict=True)


SINGLE = 1e-5
"""More than products in single precision are off."""


def _roughly(row: Floats) -> tuple[NDArray[np.int8], float, float]:
    """Whole numbers, what they are to be multiplied by, and how far that is from the row."""
    scale = max(float(np.abs(row).max(initial=0.0)), 1e-9) / 127
    rough = np.rint(row / scale).astype(np.int8)
    return rough, scale, float(np.linalg.norm(row - rough * np.float32(scale)))


def _doubled(values: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([values, np.zeros_like(values)])


@dataclass(slots=True)
class _Somebody:
    total: NDArray[np.float64]
    faces: set[int] = field(default_factory=set)
    images: Counter[int] = field(default_factory=Counter)


class Known:
    """Who is known. People by id (new ones by negative numbers until they are written), faces by id."""

    def __init__(self, width: int) -> None:
        self.means = Keyed(width)
        """Means of a person's vectors, not normalized: times a face, it is the mean cosine with all of theirs."""
        self.free = Keyed(width)
        """Faces of nobody."""
        self.faces: dict[int, KnownFace] = {}
        self.person_of: dict[int, int] = {}
        self.decided: set[int] = set()
        """People somebody said something of: named, hidden, given a cover. Two of them are never made one."""
        self._people: dict[int, _Somebody] = {}
        self._images: dict[int, set[int]] = {}
        self._apart: set[tuple[int, int]] = set()
        self._apart_of: dict[int, set[int]] = {}

    # -- faces come and go
    def add(self, face: KnownFace, person: int | None) -> None:
        self.faces[face.id] = face
        self._images.setdefault(face.image, set()).add(face.id)
        if person is None:
            self.free.put(face.id, face.vector)
        else:
            self._count(face, person)

    def give(self, face_id: int, person: int) -> None:
        """A face of nobody becomes somebody's."""
        self.free.drop(face_id)
        self._count(self.faces[face_id], person)

    def _count(self, face: KnownFace, person: int) -> None:
        somebody = self._people.get(person)
        if somebody is None:
            somebody = self._people[person] = _Somebody(np.zeros(len(face.vector), np.float64))
        somebody.total += face.vector
        somebody.faces.add(face.id)
        somebody.images[face.image] += 1
        self.person_of[face.id] = person
        self._renew(person)

    def _renew(self, person: int) -> None:
        somebody = self._people[person]
        self.means.put(person, (somebody.total / len(somebody.faces)).astype(np.float32))

    def forget_image(self, image: int) -> list[int]:
        """The faces of a picture leave; their ids."""
        gone = sorted(self._images.pop(image, ()))
        for face_id in gone:
            face = self.faces.pop(face_id)
            person = self.person_of.pop(face_id, None)
            if person is None:
                self.free.drop(face_id)
                continue
            somebody = self._people[person]
            somebody.faces.discard(face_id)
            somebody.total -= face.vector
            somebody.images -= Counter([face.image])
            if somebody.faces:
                self._renew(person)
            else:
                del self._people[person]
                self.means.drop(person)
        return gone

    def merge(self, keep: int, other: int) -> None:
        mine, theirs = self._people[keep], self._people.pop(other)
        self.means.drop(other)
        mine.total += theirs.total
        mine.faces |= theirs.faces
        mine.images += theirs.images
        for face_id in theirs.faces:
            self.person_of[face_id] = keep
        self._renew(keep)

    def rename(self, person: int, written: int) -> None:
        """A new person has been given an id."""
        somebody = self._people[written] = self._people.pop(person)
        self.means.drop(person)
        for face_id in somebody.faces:
            self.person_of[face_id] = written
        self._renew(written)

    # -- who is who
    def people(self) -> Iterable[int]:
        return self._people.keys()

    def faces_of(self, person: int) -> set[int]:
        return self._people[person].faces

    def keep_apart(self, pairs: Iterable[tuple[int, int]]) -> None:
        """All pairs of faces of which somebody said that they are two people."""
        self._apart = set(pairs)
        self._apart_of = {}
        for a, b in self._apart:
            self._apart_of.setdefault(a, set()).add(b)
            self._apart_of.setdefault(b, set()).add(a)

    def apart(self, faces: Iterable[int]) -> list[tuple[int, int]]:
        """The pairs among these faces."""
        inside = set(faces)
        return [(a, b) for a, b in sorted(self._apart) if a in inside and b in inside]

    def may_join(self, face: KnownFace, person: int) -> bool:
        """A person is in a picture once, and is nobody of whom somebody said they are not."""
        if face.image in self._people[person].images:
            return False
        return all(self.person_of.get(other) != person for other in self._apart_of.get(face.id, ()))

    def may_pair(self, a: KnownFace, b: KnownFace) -> bool:
        return a.image != b.image and b.id not in self._apart_of.get(a.id, ())

    def may_merge(self, a: int, b: int) -> bool:
        if a == b or (a in self.decided and b in self.decided) or self.are_apart(a, b):
            return False
        return self._people[a].images.keys().isdisjoint(self._people[b].images.keys())

    def are_apart(self, a: int, b: int) -> bool:
        return any({self.person_of.get(x), self.person_of.get(y)} == {a, b} for x, y in self._apart)
