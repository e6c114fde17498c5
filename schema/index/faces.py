"""Faces as columns: a condition on a face is asked of all faces at once, then mapped to the images they are in."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from schema.facts import FactBatch
from schema.filter.nodes import Emotion, FaceFilter, Gender
from schema.index.bitmaps import BitMap, Survivors, from_any_rows, from_mask, from_rows
from schema.index.columns import Column
from schema.index.names import Names
from schema.index.numbers import in_range

_GENDERS = {"": 0, **{gender.value: code for code, gender in enumerate(Gender, 1)}}
_EMOTIONS = {"": 0, **{emotion.value: code for code, emotion in enumerate(Emotion, 1)}}
NOBODY = -1


class Faces:
    """One entry per face, in row order."""

    def __init__(self) -> None:
        self.row = Column(np.uint32)
        self.person = Column(np.int32)
        """Index in `people`, NOBODY where unknown."""
        self.age = Column(np.float32)
        self.gender = Column(np.uint8)
        self.emotion = Column(np.uint8)
        self.score = Column(np.float32)
        self.count = 0
        """Faces whose every column is there."""
        self.per_row = Column(np.uint16)
        """How many faces each row has."""
        self.people: list[int] = []
        self.code_of: dict[int, int] = {}
        self.rows_of: list[BitMap] = []
        """Per person in `people`."""

    def append(self, batch: FactBatch, first: int) -> None:
        order = np.argsort(batch.face_row, kind="stable")
        row = batch.face_row[order].astype(np.uint32) + np.uint32(first)
        persons = batch.face_person[order]
        for person in np.unique(persons[persons >= 0]).tolist():
            if person not in self.code_of:
                self.rows_of.append(BitMap())
                self.people.append(person)
                self.code_of[person] = len(self.people) - 1
        codes = np.array([self.code_of.get(person, NOBODY) for person in persons.tolist()], dtype=np.int32)
        genders, emotions = batch.face_gender, batch.face_emotion
        self.row.append(row)
        self.person.append(codes)
        self.age.append(batch.face_age[order])
        self.gender.append(np.array([_GENDERS.get(genders[i], 0) for i in order.tolist()], dtype=np.uint8))
        self.emotion.append(np.array([_EMOTIONS.get(emotions[i], 0) for i in order.tolist()], dtype=np.uint8))
        self.score.append(batch.face_score[order])
        self.per_row.append(np.bincount(batch.face_row, minlength=len(batch)).astype(np.uint16))
        self.count = len(self.row)
        where: dict[int, list[int]] = defaultdict(list)
        for code, at in zip(codes.tolist(), row.tolist(), strict=True):
            where[code].append(at)
        for code, rows in where.items():
            if code != NOBODY:
                self.rows_of[code] |= from_rows(np.unique(rows))

    def kept(self, survivors: Survivors) -> tuple[Faces, NDArray[np.bool_]]:
        """And which entries they are."""
        found = Faces()
        which = survivors.mask[self.row.values]
        for name in ("person", "age", "gender", "emotion", "score"):
            setattr(found, name, getattr(self, name).kept(which))
        found.row = Column(np.uint32, survivors.number[self.row.values[which]])
        found.count = len(found.row)
        found.per_row = self.per_row.kept(survivors.rows)
        found.people, found.code_of = self.people, self.code_of
        found.rows_of = [survivors.of(rows) for rows in self.rows_of]
        return found, which

    def codes(self, people: set[int]) -> list[int]:
        return [self.code_of[person] for person in people if person in self.code_of]

    def with_others(self, people: set[int], count: int) -> BitMap:
        """Rows with a face of nobody among these people."""
        person = self.person.values[: self.count]
        inside = np.zeros(len(self.people) + 1, dtype=np.bool_)
        inside[self.codes(people)] = True
        return from_any_rows(self.row.values[: len(person)][~inside[person]], count)

    def matching(self, asked: FaceFilter, names: Names, count: int) -> BitMap:
        """Rows whose faces meet the filter. Every condition is asked of one and the same face."""
        faces = self.count
        row = self.row.values[:faces]
        seen = self.score.values[:faces] >= np.float32(asked.min_score)
        meets = self._meeting(asked, names, seen)
        if asked.count is None and not asked.every:
            return from_any_rows(row[meets], count)
        meeting = np.bincount(row[meets], minlength=count)[:count]
        enough = meeting >= 1 if asked.count is None else in_range(asked.count, meeting)
        if asked.every:
            all_seen = np.bincount(row[seen], minlength=count)[:count]
            enough &= (all_seen > 0) & (meeting == all_seen)
        return from_mask(enough)

    def _meeting(self, asked: FaceFilter, names: Names, seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        meets, faces = seen, len(seen)
        person = self.person.values[:faces]
        if asked.person:
            wanted = set().union(*(names.people_of(reference) for reference in asked.person))
            chosen = np.zeros(len(self.people) + 1, dtype=np.bool_)
            chosen[self.codes(wanted)] = True
            meets = meets & chosen[person]
        if asked.named is not None:
            named = [bool(names.people.get(p)) == asked.named for p in list(self.people)]
            meets = meets & np.array([*named, not asked.named], dtype=np.bool_)[person]
        if asked.age is not None:
            meets = meets & in_range(asked.age, self.age.values[:faces])
        if asked.gender is not None:
            meets = meets & (self.gender.values[:faces] == _GENDERS[asked.gender.value])
        if asked.emotion:
            wanted_codes = [_EMOTIONS[emotion.value] for emotion in asked.emotion]
            meets = meets & _any_of(self.emotion.values[:faces], wanted_codes)
        return meets

    def counts(self, rows: NDArray[np.uint32]) -> NDArray[np.intp]:
        """How many of the rows have 0, 1, 2 ... faces."""
        return np.bincount(self.per_row.values[rows])


def _any_of(values: NDArray[np.uint8], wanted: list[int]) -> NDArray[np.bool_]:
    meets: NDArray[np.bool_] = values == wanted[0]
    for code in wanted[1:]:
        meets = meets | (values == code)
    return meets
