"""Who the file says is where: areas with names, as editors write them, become faces with people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from schema.edgedb import statements
from schema.edgedb.people import all_people
from schema.edgedb.things import person_row
from schema.edgedb.values import text
from schema.edgedb.writing import Writing
from schema.filter.nodes import Origin
from schema.graph import Face, NodeKind, Person
from schema.likeness import NamedRegion
from schema.sqlite.edges import pair_faces


class Regions:
    """Of one batch of imports."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing
        self._people: dict[str, int] = {}
        self._new: list[Person] = []
        self._named: set[int] = set()
        self.emptied = False
        """People may be left without a face."""

    async def begin(self) -> None:
        """Know the people by name, the first of several."""
        for person in sorted((await all_people(self._writing)).values(), key=lambda person: -person.id):
            self._people[_plain(person.name)] = person.id

    def name(self, image_id: int, regions: Sequence[NamedRegion]) -> None:
        """Names in place of those that the file gave earlier. What a person has said of a face stays."""
        kept = self._writing.images[image_id]
        old = kept.image.faces
        pairs = pair_faces([face.box for face in old], [region.box for region in regions])
        faces = list(old)
        for index, region in enumerate(regions):
            if index in pairs and old[pairs[index]].person_origin is Origin.USER:
                continue
            person = self._person(text(region.name))
            if index in pairs:
                at = pairs[index]
                faces[at] = replace(old[at], person_id=person, person_origin=Origin.METADATA)
            else:
                number = self._writing.next("faces")
                faces.append(
                    Face(region.box, 1.0, person_id=person, person_origin=Origin.METADATA, id=number, image_id=image_id)
                )
        named = set(pairs.values())
        for index, face in enumerate(old):
            if index not in named and face.person_origin is Origin.METADATA:
                faces[index] = replace(face, person_id=None, person_origin=Origin.MODEL)
        gone = {
            face.id
            for index, face in enumerate(old)
            if index not in named and face.person_origin is Origin.METADATA and not face.model
        }
        self.emptied |= len(named) < len(old)
        left = tuple(face for face in faces if face.id not in gone)
        self._writing.put(replace(kept, image=replace(kept.image, faces=left)))

    def _person(self, name: str) -> int:
        """Somebody of that name, else somebody new."""
        number = self._people.get(_plain(name))
        if number is None:
            number = self._people[_plain(name)] = self._writing.next("people")
            self._new.append(Person(name, number))
        self._named.add(number)
        return number

    async def finish(self) -> None:
        """Before the faces are written, so that there is somebody to lead to."""
        await self._writing.run(statements.INSERT_PEOPLE, [person_row(person) for person in self._new])
        self._writing.touch(NodeKind.PERSON, sorted(self._named))


def _plain(name: str) -> str:
    """Without the case of Latin letters."""
    return "".join(c.lower() if c.isascii() else c for c in name)
