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
    settled: bool = False
    """A person or the file has said whose it is."""


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
    """Who is known. People by id (new ones by negative numbers until they are written), faces by id.

    Only faces of one model are here: vectors of different models are not comparable.
    """

    def __init__(self, width: int, model: str = "") -> None:
        self.model = model
        """`model@version` of the vectors; '' while none is known, and then any of this length will do."""
        self._left_out: dict[int, Counter[str]] = {}
        """Of each picture, how many faces are known by which other model."""
        self._others: Counter[str] = Counter()
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

    # -- models
    def comparable(self, width: int, model: str) -> bool:
        """Whether a vector is of the same kind as those that are here."""
        if self.faces and width != self.means.rows.shape[1]:
            return False
        return model == self.model or not model or not self.model

    def of_width(self, width: int) -> Known:
        """The same, where there is no face yet, for vectors of this length."""
        other = Known(width, self.model)
        other._left_out, other._others, other.decided = self._left_out, self._others, self.decided
        other.keep_apart(self._apart)
        return other

    def leave_out(self, image: int, model: str) -> None:
        """A face that is known by another model."""
        self._left_out.setdefault(image, Counter())[model] += 1
        self._others[model] += 1

    @property
    def prevailing(self) -> str:
        """The model by which most faces are known."""
        for model, count in self._others.most_common(1):
            if model and count > len(self.faces):
                return model
        return self.model

    def with_others(self, images: Iterable[int]) -> set[int]:
        """Those of these pictures that have faces known by another model."""
        return {image for image in images if image in self._left_out}

    def set_free(self, least: float, images: Iterable[int] | None = None) -> dict[int, int]:
        """Faces (in these pictures, else all) that machines gave to people are nobody's again, but for those of people
        somebody said something of that are near enough to them; whose they were."""
        chosen = self.person_of if images is None else [i for image in images for i in self._images.get(image, ())]
        freed: dict[int, int] = {}
        for face_id in chosen:
            face, person = self.faces[face_id], self.person_of.get(face_id)
            if person is None or face.settled:
                continue
            if person not in self.decided or float(self.means[person] @ face.vector) < least:
                freed[face_id] = person
        for face_id in freed:
            self._leave(self.faces[face_id])
            self.free.put(face_id, self.faces[face_id].vector)
        return freed

    # -- faces come and go
    def free_in(self, images: Iterable[int]) -> list[int]:
        """Faces of nobody in these pictures."""
        return [face for image in images for face in sorted(self._images.get(image, ())) if face not in self.person_of]

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

    def forget_image(self, image: int) -> list[KnownFace]:
        """The faces of a picture leave; those of them that were nobody's."""
        self._others -= self._left_out.pop(image, Counter())
        free: list[KnownFace] = []
        for face_id in sorted(self._images.pop(image, ())):
            face = self.faces.pop(face_id)
            if face_id in self.person_of:
                self._leave(face)
            else:
                self.free.drop(face_id)
                free.append(face)
        return free

    def _leave(self, face: KnownFace) -> None:
        """Whose it was has it no longer."""
        person = self.person_of.pop(face.id)
        somebody = self._people[person]
        somebody.faces.discard(face.id)
        somebody.total -= face.vector
        somebody.images -= Counter([face.image])
        if somebody.faces:
            self._renew(person)
        else:
            del self._people[person]
            self.means.drop(person)

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
