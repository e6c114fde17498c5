"""Whose faces they are: every face near to somebody is theirs, near faces of nobody become somebody without a name.

What a person or a file has said is never changed, and two people somebody has named are never made one. The truth is
in the store: everything here is read from it, follows its feed, and is written in single transactions that may be
repeated, so a process that is killed leaves nothing undone for ever.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ingest.people_clusters import MAYBE, SAME, STRANGERS, SURE_SCORE, grouped
from ingest.people_known import Floats, Known, KnownFace
from schema.entries import Entry
from schema.graph import NodeKind, Person
from schema.likeness import NOBODY, FaceGroup, FaceRows
from schema.people import APART, SUGGESTED, Suggested, apart_pairs
from schema.store import GraphStore

log = logging.getLogger("pigallery.people")

CURSOR = "people.cursor"
"""Setting in the store: up to where the feed was read, with the version below."""
VERSION = 1
"""Raised when grouping is done differently: all faces of nobody are then looked at again."""
MANY = 400
"""From so many new faces on they are grouped together, not one after the other."""
SUGGESTIONS = 120


@dataclass
class Found:
    """What is to be written."""

    faces: dict[int, list[int]] = field(default_factory=dict)
    absorbs: dict[int, list[int]] = field(default_factory=dict)

    def groups(self, freed: Mapping[int, int], taken: Collection[int]) -> list[tuple[int, FaceGroup]]:
        """`freed`: whose faces were until now; somebody new inherits the number of whom most of theirs were, unless
        that is `taken`. Those of `freed` who are nobody's now come first."""
        people = sorted({*self.faces, *self.absorbs}, key=lambda person: (person < 0, abs(person)))
        written: list[tuple[int, FaceGroup]] = []
        taken = set(taken)
        for person in people:
            faces = tuple(sorted(self.faces.get(person, ())))
            number = max(person, 0)
            if number == 0 and (before := _before(faces, freed, taken)):
                number = min(before, key=lambda one: (-before[one], one))
                taken.add(number)
            written.append((person, FaceGroup(faces, number, tuple(self.absorbs.get(person, ())))))
        alone = freed.keys() - {face for _, group in written for face in group.faces}
        return [(NOBODY, FaceGroup(tuple(sorted(alone)), NOBODY)), *written] if alone else written


class People:
    """Of one library. `catch_up` is all there is to do, however often."""

    def __init__(self, store: GraphStore) -> None:
        self.moved = False
        """Whether anything is other than when suggestions were made."""
        self._store = store
        self._known: Known | None = None
        self._cursor: str | None = None
        self._kept: list[Any] = []
        """What is written of cursor and model; an older cursor only means that pictures are looked at again."""
        self._freed: dict[int, int] = {}
        """Faces that are placed again because another model found whose they are, and whose that was."""
        self._next = NOBODY - 1

    async def catch_up(self) -> int:
        """Take in what changed and place new faces; how many found somebody."""
        placed = 0
        while True:
            fresh, model = self._known is None, ""
            if fresh:
                model = await self._kept_model()
            changed = await self._changed()
            if changed is None:
                await self._keep_cursor(None)
                self._known = None
                continue
            images, people, cursor = changed
            if cursor == self._cursor and not fresh:
                await self._keep_cursor(cursor)
                return placed
            if fresh:
                new = await self._read_all(images, model)
            else:
                new = await self._reread(images, people)
            self.moved |= bool(fresh or images or people)
            if self._known is not None and self._known.prevailing != self._known.model:
                self._known = None  # most faces are known by another model now
                continue
            placed += await self._place(new)
            self._cursor = cursor

    async def _changed(self) -> tuple[list[int], list[int], str | None] | None:
        """Images and people that changed since, and the cursor after that; None where that is not known."""
        nodes: dict[NodeKind, set[int]] = {NodeKind.IMAGE: set(), NodeKind.PERSON: set()}
        cursor = self._cursor
        while True:
            changes, cursor, reset = await self._store.changes(cursor)
            if reset:
                return None
            for change in changes:
                if change.kind in nodes:
                    nodes[change.kind].add(int(change.id))
            if not changes:
                return sorted(nodes[NodeKind.IMAGE]), sorted(nodes[NodeKind.PERSON]), cursor

    async def _keep_cursor(self, cursor: str | None) -> None:
        kept = [VERSION, cursor, self._known.model if self._known else ""]
        if kept != self._kept:
            await self._store.put_setting(CURSOR, json.dumps(kept))
            self._kept = kept

    async def _kept_model(self) -> str:
        """From the cursor that was kept changes are read; the model that people were found with."""
        written = await self._store.get_setting(CURSOR)
        version, cursor, model = (*json.loads(written), "")[:3] if written else (0, None, "")
        self._cursor, self._kept = cursor if version == VERSION else None, []
        return str(model)

    async def _read_all(self, images: Sequence[int], model: str) -> list[int]:
        """All faces as they are; those of nobody in these pictures, which changed since the cursor was kept.

        When most faces are known by another model than people were found with, they are found anew: whoever somebody
        said something of keeps the faces that are still like them, all others are free.
        """
        known = await self._all_faces(model)
        if known.prevailing != known.model:
            known = await self._all_faces(known.prevailing)
        known.decided = {person.id for person in await self._store.people() if _is_decided(person)}
        known.keep_apart(apart_pairs(await all_entries(self._store, APART)))
        self._known = known
        if not model or known.model == model:
            return known.free_in(images)
        log.info("People are found anew, by their faces as %s knows them", known.model)
        self._freed = known.set_free(SAME)
        return [int(face) for face in known.free.keys]

    async def _all_faces(self, model: str) -> Known:
        known = Known(0, model)
        async for rows in self._store.face_rows():
            known, _ = _take_in(known, rows)
        return known

    async def _reread(self, images: Sequence[int], people: Sequence[int]) -> list[int]:
        """Pictures and people that changed, anew; faces of nobody in them that were not looked at before, also because
        another model knew them until now."""
        known = self._known
        assert known is not None
        again = known.with_others(images)
        tried = {face.id: face.vector for image in images for face in known.forget_image(image)}
        new: list[int] = []
        if images:
            async for rows in self._store.face_rows(images):
                known, faces = _take_in(known, rows)
                new += [at for at in faces if at not in tried or not np.array_equal(known.faces[at].vector, tried[at])]
        self._known = known
        if people:
            known.decided.difference_update(people)
            known.decided |= {person.id for person in await self._store.people(people) if _is_decided(person)}
        known.keep_apart(apart_pairs(await all_entries(self._store, APART)))
        self._freed = known.set_free(SAME, again) if again else {}
        return [*new, *self._freed]

    async def _place(self, new: Sequence[int]) -> int:
        known = self._known
        assert known is not None
        if not len(known.faces):
            return 0
        before = set(known.people())
        found = await asyncio.to_thread(self.place, known, new)
        groups = found.groups(self._freed, before)
        if groups:
            written = await self._store.group_faces([group for _, group in groups])
            for (person, group), number in zip(groups, written, strict=True):
                if number == NOBODY and group.person != NOBODY:
                    self._known = None  # made one with another meanwhile: all is read again
                elif person < NOBODY:
                    known.rename(person, number)
        self._freed = {}
        return sum(len(group.faces) for person, group in groups if person != NOBODY)

    def place(self, known: Known, new: Sequence[int]) -> Found:
        """Whose these faces are, as far as anybody is near; nothing is written."""
        found = Found()
        touched: set[int] = set()
        if len(new) >= MANY:
            touched |= self._place_many(known, new, found)
        else:
            for face_id in new:
                person = self._place_one(known, known.faces[face_id], found)
                if person is not None:
                    touched.add(person)
        self._settle(known, touched, found)
        return found

    def _place_one(self, known: Known, face: KnownFace, found: Found) -> int | None:
        """Somebody it is near to, else another face of nobody: then they are somebody new."""
        if face.id not in known.free:
            return None
        for person, _ in known.means.near(face.vector, SAME):
            if known.may_join(face, person):
                self._give(known, face.id, person, found)
                return person
        for other, _ in known.free.near(face.vector, STRANGERS):
            if other != face.id and known.may_pair(face, known.faces[other]):
                return self._new(known, (other, face.id), found)
        return None

    def _place_many(self, known: Known, new: Sequence[int], found: Found) -> set[int]:
        """The same for thousands at once: those near to somebody, then the rest among themselves."""
        touched: set[int] = set()
        for start in range(0, len(new), 4096):
            some = [known.faces[face_id] for face_id in new[start : start + 4096]]
            if not len(known.means):
                break
            keys = known.means.keys.copy()
            near = np.stack([face.vector for face in some]) @ known.means.rows.T
            best = near.argmax(axis=1)
            for face, at, cosine in zip(some, best.tolist(), near.max(axis=1).tolist(), strict=True):
                if cosine >= SAME and known.may_join(face, person := int(keys[at])):
                    self._give(known, face.id, person, found)
                    touched.add(person)
        left = np.sort(known.free.keys).tolist()
        faces = [known.faces[face_id] for face_id in left]
        if not faces:
            return touched
        at_of = {face_id: at for at, face_id in enumerate(left)}
        of = grouped(
            np.stack([face.vector for face in faces]),
            np.array([face.image for face in faces], np.int64),
            [(at_of[a], at_of[b]) for a, b in known.apart(left)],
        )
        members: dict[int, list[int]] = {}
        for face_id, first in zip(left, of.tolist(), strict=True):
            members.setdefault(first, []).append(face_id)
        return touched | {self._new(known, group, found) for group in members.values() if len(group) > 1}

    def _settle(self, known: Known, touched: set[int], found: Found) -> None:
        """People who grew may have become the same as others, or near to faces of nobody."""
        todo = sorted(touched if len(touched) < MANY else restless(known, touched))
        while todo:
            person = todo.pop(0)
            if person not in known.means:
                continue
            near = known.means.near(known.means[person], SAME)
            other = next((one for one, _ in near if known.may_merge(person, one)), None)
            if other is not None:
                keep, gone = sorted((person, other), key=lambda one: (one not in known.decided, one < 0, abs(one)))
                self._merge(known, keep, gone, found)
                todo.insert(0, keep)
                continue
            for face_id, _ in known.free.near(known.means[person], SAME):
                face = known.faces[face_id]
                if float(known.means[person] @ face.vector) >= SAME and known.may_join(face, person):
                    self._give(known, face_id, person, found)

    def _give(self, known: Known, face_id: int, person: int, found: Found) -> None:
        known.give(face_id, person)
        found.faces.setdefault(person, []).append(face_id)

    def _new(self, known: Known, faces: Iterable[int], found: Found) -> int:
        person, self._next = self._next, self._next - 1
        for face_id in faces:
            self._give(known, face_id, person, found)
        return person

    def _merge(self, known: Known, keep: int, gone: int, found: Found) -> None:
        known.merge(keep, gone)
        faces = found.faces.pop(gone, [])
        if faces:
            found.faces.setdefault(keep, []).extend(faces)
        absorbed = [*found.absorbs.pop(gone, []), *([gone] if gone > 0 else [])]
        if absorbed:
            found.absorbs.setdefault(keep, []).extend(absorbed)

    # -- maybe the same
    async def suggest(self) -> int:
        """Keep the likeliest pairs that are not near enough to be made one; how many."""
        known, self.moved = self._known, False
        if known is None:
            return 0
        hidden = {person.id for person in await self._store.people() if person.hidden}
        pairs = await asyncio.to_thread(suggestions, known, hidden)
        await self._store.put_entry(Entry(SUGGESTED, "all", {"pairs": [pair.to_json() for pair in pairs]}))
        return len(pairs)


def restless(known: Known, people: Collection[int]) -> list[int]:
    """Those of these people who have somebody else, or a face of nobody, near."""
    found: list[int] = []
    everybody = known.means.keys
    ids = np.array(sorted(people), np.int64)
    for start in range(0, len(ids), 256):
        some = ids[start : start + 256]
        means = np.stack([known.means[person] for person in some.tolist()])
        others = (means @ known.means.rows.T >= SAME) & (everybody != some[:, None])
        found += some[others.any(axis=1) | (means @ known.free.rows.T >= SAME).any(axis=1)].tolist()
    return found


def suggestions(known: Known, hidden: set[int], most: int = SUGGESTIONS) -> list[Suggested]:
    """Pairs of people, and of named people and faces of nobody, the likeliest first."""
    people = np.array(sorted(set(known.people()) - hidden), np.int64)
    if not len(people):
        return []
    means = np.stack([known.means[int(person)] for person in people])
    found: list[tuple[float, int, int]] = []
    for start in range(0, len(people), 1024):
        cosines = means[start : start + 1024] @ means.T
        later = np.arange(len(people)) > np.arange(start, start + len(cosines))[:, None]
        rows, columns = np.nonzero((cosines >= MAYBE) & later)
        for row, column in zip((rows + start).tolist(), columns.tolist(), strict=True):
            a, b = int(people[row]), int(people[column])
            both = a in known.decided and b in known.decided
            if not both and not known.are_apart(a, b):
                found.append((float(cosines[row - start, column]), a, b))
    pairs = [
        Suggested(_like(known, a, known.means[b]), _like(known, b, known.means[a]), round(cosine, 4))
        for cosine, a, b in sorted(found, key=lambda one: (-one[0], one[1], one[2]))[:most]
    ]
    for person in people.tolist():
        if person in known.decided:
            for face_id, cosine in known.free.near(known.means[person], MAYBE):
                if known.may_join(known.faces[face_id], person):
                    like = _like(known, person, known.faces[face_id].vector)
                    pairs.append(Suggested(like, face_id, round(cosine, 4)))
    return sorted(pairs, key=lambda pair: (-pair.cosine, pair.a, pair.b))[:most]


def _like(known: Known, person: int, vector: Floats) -> int:
    """The face of a person that is nearest to a vector."""
    return max(sorted(known.faces_of(person)), key=lambda face_id: float(known.faces[face_id].vector @ vector))


def _take_in(known: Known, rows: FaceRows) -> tuple[Known, list[int]]:
    """Faces into memory; ids of those that may be given to somebody."""
    new: list[int] = []
    for at, vector in enumerate(rows.vector):
        if not vector:
            continue
        values = np.frombuffer(vector, np.float32)
        image, person, model = int(rows.image[at]), int(rows.person[at]), rows.model[at]
        if person == NOBODY and (rows.settled[at] or rows.score[at] < SURE_SCORE):
            continue
        if not known.comparable(len(values), model):
            known.leave_out(image, model)
            continue
        if not known.faces:
            known = known.of_width(len(values))
        known.model = known.model or model
        face = KnownFace(int(rows.id[at]), image, values, bool(rows.settled[at]))
        known.add(face, None if person == NOBODY else person)
        if person == NOBODY:
            new.append(face.id)
    return known, new


def _before(faces: Iterable[int], freed: Mapping[int, int], taken: Collection[int]) -> Counter[int]:
    """Whose these faces were, leaving out those who are `taken`."""
    return Counter(freed[face] for face in faces if face in freed and freed[face] not in taken)


def _is_decided(person: Person) -> bool:
    return bool(person.name or person.hidden or person.birthday or person.cover_face_id)


async def all_entries(store: GraphStore, kind: str) -> list[Entry]:
    found: list[Entry] = []
    while page := await store.entries(kind, after=found[-1].key if found else ""):
        found += page
    return found
