"""Who people are, said by a viewer: naming, splitting, answering whether two are the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from schema.entries import Entry
from schema.errors import BadEdit
from schema.explicit import is_explicit
from schema.filter.compose import conjoin
from schema.filter.nodes import ImageFilter, SetFilter
from schema.graph import Face, NodeKind, Person
from schema.people import APART, SUGGESTED, apart_entry, apart_pairs, suggested_pairs
from schema.policy import Capability
from schema.query import FacetBy, QueryEngine
from schema.view.edits import EditsView
from schema.view.names import begins
from schema.visibility import sees_names
from schema.words import label_key

COVER_CANDIDATES = 4
"""Pictures looked at for a cover that nobody chose."""
MOST_FACES = 5_000
"""Of somebody, at once."""


@dataclass(frozen=True, slots=True)
class MaybeSame:
    """Two faces that may be one person's, and who they are thought to be now."""

    a: Face
    b: Face
    cosine: float


class PeopleView(EditsView):
    """The part of `View` for people."""

    async def list_people(
        self, *, named: bool | None = None, hidden: bool = False, search: str = "", offset: int = 0, limit: int = 200
    ) -> tuple[list[Person], int]:
        """People, those with a name first, the most photographed first; and how many there are.

        `named`: only those with, or only those without a name; `hidden`: only those who were hidden, else only others;
        `search`: words that begin words of the name.
        """
        ids = {person.id for person in self.library.people.values() if person.hidden == hidden}
        found = [
            person
            for person in await self.people(ids)
            if (named is None or bool(person.name) == named) and (not search or begins(search, person.name))
        ]
        counts = await self._counts(FacetBy.PERSON, None)
        found.sort(key=lambda person: (not person.name, -counts.get(f"person:{person.id}", 0), person.id))
        return found[offset : offset + limit], len(found)

    async def covers(self, people: Sequence[Person]) -> dict[int, Face]:
        """A face of each in a picture that the viewer's lists show: the one chosen, else the largest in one of their
        pictures, of which explicit ones are the last resort."""
        if not sees_names(self.viewer):
            return {}
        question = await self._below_scope(ImageFilter())
        chosen = {person.id: person.cover_face_id for person in people if person.cover_face_id is not None}
        found = await self._chosen_covers(chosen)
        left = [person.id for person in people if person.id not in found]
        if not left:
            return found

        def pictures(index: QueryEngine) -> dict[int, list[int]]:
            return {
                number: index.ids(conjoin(_showing(number), question))[:COVER_CANDIDATES].tolist() for number in left
            }

        shown = await self.library.ask(pictures)
        ids = sorted({image for images in shown.values() for image in images})
        images = {
            image.id: image for image in await self.library.store.images(ids, frozenset({"faces"})) if image is not None
        }
        for number, candidates in shown.items():
            safe = [at for at in candidates if at in images and not is_explicit(images[at].nsfw)]
            theirs = [
                face
                for at in safe or candidates
                if at in images
                for face in images[at].faces
                if face.person_id == number
            ]
            if theirs:
                found[number] = max(theirs, key=lambda face: (_area(face), -face.id))
        return found

    async def _chosen_covers(self, chosen: Mapping[int, int]) -> dict[int, Face]:
        """By person the face chosen, where lists show its picture."""
        faces = await self._listed_faces(chosen.values())
        return {person: faces[face_id] for person, face_id in chosen.items() if face_id in faces}

    async def _listed_faces(self, face_ids: Iterable[int]) -> dict[int, Face]:
        """Those of these faces that are in pictures which the viewer's lists show."""
        wanted = sorted(set(face_ids))
        if not wanted:
            return {}
        faces = await self.library.store.faces(wanted)
        images = sorted({face.image_id for face in faces})
        question = await self._below_scope(ImageFilter())
        listed = await self.library.ask(lambda index: index.visible(question, images))
        there = {image for image, is_there in zip(images, listed, strict=True) if is_there}
        return {face.id: face for face in faces if face.image_id in there}

    async def face(self, face_id: int) -> Face:
        """A face in a picture that the viewer sees. Raises NotFound."""
        await self._require_faces([face_id])
        return (await self.library.store.faces([face_id]))[0]

    async def name_faces(self, face_ids: Sequence[int], name: str) -> Person:
        """These faces are somebody of that name: who bears it already, else somebody new."""
        self.viewer.require(Capability.EDIT)
        name = " ".join(name.split())
        if not name:
            raise BadEdit("A person needs a name; write one, or choose somebody.")
        await self._require_faces(face_ids)
        key = label_key(name)
        same = sorted(p.id for p in self.library.people.values() if p.name and label_key(p.name) == key)
        theirs = await self.people(same)
        person = theirs[0] if theirs else await self.save_person(Person(name))
        await self.assign_faces(face_ids, person.id)
        return person

    async def split_person(self, person_id: int, face_ids: Sequence[int], name: str = "") -> Person:
        """Some faces of a person are somebody else, for ever: somebody of that name, else somebody without."""
        self.viewer.require(Capability.EDIT)
        before = await self.person(person_id)
        faces = await self._faces_of(before)
        chosen = set(face_ids)
        left = [face for face in faces if face.id not in chosen]
        if not chosen or chosen - {face.id for face in faces}:
            raise BadEdit("Choose faces that are this person's.")
        if not left:
            raise BadEdit(f"All faces were chosen; then {before.name or 'the person'} is given another name instead.")
        if name.strip():
            other = await self.name_faces(sorted(chosen), name)
        else:
            other = await self.save_person(Person(""))
            await self.assign_faces(sorted(chosen), other.id)
        if other.id != person_id:
            one, two = (max(some, key=_area) for some in (left, [face for face in faces if face.id in chosen]))
            await self.library.store.put_entry(apart_entry(one.id, two.id))
        return other

    async def dismiss_person(self, person_id: int) -> int:
        """No face of theirs is a person, or one to speak of: nobody is asked about them again. How many faces."""
        self.viewer.require(Capability.EDIT)
        person = await self.person(person_id)
        await self._require_theirs(NodeKind.PERSON, person_id)
        faces = await self._faces_of(person)
        await self.library.store.save_person(replace(person, name="", hidden=False, cover_face_id=None, birthday=None))
        await self.assign_faces([face.id for face in faces], None)
        return len(faces)

    async def _faces_of(self, person: Person) -> list[Face]:
        ids = (await self.ids(conjoin(_showing(person.id))))[:MOST_FACES].tolist()
        images = await self.library.store.images(ids, frozenset({"faces"}))
        return [face for image in images if image is not None for face in image.faces if face.person_id == person.id]

    async def suggested(self, limit: int = 50) -> list[MaybeSame]:
        """Pairs to be asked about, the likeliest first. What was answered is not asked again."""
        if not sees_names(self.viewer):
            return []
        store = self.library.store
        pairs = suggested_pairs(await store.entry(SUGGESTED, "all"))
        if not pairs:
            return []
        faces = await self._listed_faces(number for pair in pairs for number in (pair.a, pair.b))
        apart = await self._apart()
        found: list[MaybeSame] = []
        asked: set[frozenset[int]] = set()
        for pair in pairs:
            a, b = faces.get(pair.a), faces.get(pair.b)
            if a is None or b is None:
                continue
            who = frozenset((_known_as(a), _known_as(b)))
            if len(who) < 2 or who in asked or who in apart or not self._may_ask(a, b):
                continue
            asked.add(who)
            found.append(MaybeSame(a, b, pair.cosine))
            if len(found) == limit:
                break
        return found

    def _may_ask(self, a: Face, b: Face) -> bool:
        people = [self.library.people.get(face.person_id or 0) for face in (a, b)]
        if any(person is not None and person.hidden for person in people):
            return False
        return not all(person is not None and person.name for person in people)

    async def _apart(self) -> set[frozenset[int]]:
        """Pairs, as `_known_as` tells them, of which somebody said that they are two."""
        entries: list[Entry] = []
        while page := await self.library.store.entries(APART, after=entries[-1].key if entries else ""):
            entries += page
        pairs = apart_pairs(entries)
        ids = sorted({number for pair in pairs for number in pair})
        faces = {face.id: face for face in (await self.library.store.faces(ids) if ids else [])}
        return {frozenset((_known_as(faces[a]), _known_as(faces[b]))) for a, b in pairs if a in faces and b in faces}

    async def answer(self, a: int, b: int, *, same: bool) -> None:
        """Two faces are one person's, or never are."""
        self.viewer.require(Capability.EDIT)
        await self._require_faces([a, b])
        faces = {face.id: face for face in await self.library.store.faces([a, b])}
        if not same:
            await self.library.store.put_entry(apart_entry(a, b))
            return
        people = await self.people([p for p in (faces[a].person_id, faces[b].person_id) if p is not None])
        if len(people) == 2:
            keep, other = sorted(people, key=lambda person: (not person.name, person.id))
            await self.merge_people(keep.id, [other.id])
        elif not people:
            await self.assign_faces([a, b], (await self.save_person(Person(""))).id)
        else:
            await self.assign_faces([a, b], people[0].id)


def _showing(person_id: int) -> ImageFilter:
    return ImageFilter(person=SetFilter(any=(f"person:{person_id}",)))


def _known_as(face: Face) -> int:
    """Whom a face stands for: its person, else itself alone."""
    return face.person_id if face.person_id is not None else -face.id


def _area(face: Face) -> float:
    x0, y0, x1, y1 = face.box
    return (x1 - x0) * (y1 - y0)
