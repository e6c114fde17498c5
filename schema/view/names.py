"""What images lead to, as far as a viewer's images do: people, places, albums, tags, and their names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from schema.errors import NotFound, Refused
from schema.filter.compose import Refers, change_references, conjoin
from schema.filter.english import describe
from schema.filter.nodes import AlbumFilter, ImageFilter, PlaceFilter, SetFilter, TagFilter
from schema.filter.photo import numbered
from schema.filter.wording import plain_name
from schema.graph import Album, NodeKind, Person, Place, TagKind
from schema.policy import Capability
from schema.query import FacetBy, QueryEngine
from schema.view.authors import AuthorsView
from schema.visibility import allowed, sees_everything, sees_names, sees_places
from schema.words import label_key, words

MOST = 1_000_000
"""Facet values, when all are wanted."""


@dataclass(frozen=True, slots=True)
class TagCount:
    name: str
    """Synset name, or the word."""
    label: str
    kind: TagKind
    count: int


class NamesView(AuthorsView):
    """The part of `View` that answers with other nodes. A viewer without scope also sees those without images."""

    async def people(self, ids: Collection[int] | None = None) -> list[Person]:
        """Those of the ids, or all who are not hidden, the most photographed first; none without the right to names."""
        if not sees_names(self.viewer):
            return []
        counts = await self._counts(FacetBy.PERSON, None if ids is None else [f"person:{number}" for number in ids])
        found = [
            person
            for person in self.library.people.values()
            if (ids is None and not person.hidden) or (ids is not None and person.id in ids)
        ]
        own = await self._authored(NodeKind.PERSON)
        found = self._ranked(found, lambda person: counts.get(f"person:{person.id}", 0), own)
        covers = sorted({person.cover_face_id for person in found if person.cover_face_id is not None})
        faces = {face.id: face.image_id for face in (await self.library.store.faces(covers) if covers else [])}
        seen = await self._seen(faces.values())
        return [
            person if faces.get(person.cover_face_id or 0) in seen else replace(person, cover_face_id=None)
            for person in found
        ]

    async def person(self, person_id: int) -> Person:
        """Raises NotFound when no image in scope shows them."""
        for person in await self.people([person_id]):
            return person
        raise NotFound(f"There is no person {person_id}.")

    async def places(self, keys: Collection[str]) -> list[Place]:
        """Those of the keys that images in scope were taken in; none without the right to places."""
        if not sees_places(self.viewer):
            return []
        known = [self.library.places[key] for key in dict.fromkeys(keys) if key in self.library.places]
        counts = await self._counts(FacetBy.PLACE, [place.key for place in known])
        return [place for place in known if sees_everything(self.viewer) or counts.get(place.key)]

    async def place(self, key: str) -> Place:
        self.viewer.require(Capability.LOCATION)
        for place in await self.places([key]):
            return place
        raise NotFound(f"No picture was taken at {key}.")

    async def find_places(self, search: str = "", parent: str | None = None, limit: int = 50) -> list[Place]:
        """Places of images, most images first; `search`: words that begin words of the name."""
        self.viewer.require(Capability.LOCATION)
        counts = await self._counts(FacetBy.PLACE, None)
        found = [
            self.library.places[key]
            for key in counts
            if key in self.library.places
            and (parent is None or self.library.places[key].parent == parent)
            and begins(search, self.library.places[key].name)
        ]
        return found[:limit]

    async def albums(self, ids: Collection[int] | None = None) -> list[Album]:
        """Those of the ids, or all, by name. A viewer with a scope sees albums that hold an image in it; one without
        the right to names none."""
        if not sees_names(self.viewer):
            return []
        found = [album for album in self.library.albums.values() if ids is None or album.id in ids]
        own: Collection[int] = ()
        if not sees_everything(self.viewer):
            own = await self._authored(NodeKind.ALBUM)
            found = [album for album in found if album.id in own or await self._holds_any(album)]
        covers = await self._seen(album.cover_image_id for album in found if album.cover_image_id is not None)
        there = {album.id for album in found} if ids is None else None
        return [
            replace(
                album,
                cover_image_id=album.cover_image_id if album.cover_image_id in covers else None,
                parent_id=album.parent_id if there is None or album.parent_id in there else None,
                filter=album.filter if album.id in own else self._shown_filter(album.filter),
            )
            for album in sorted(found, key=lambda album: (label_key(album.name), album.id))
        ]

    async def album(self, album_id: int) -> Album:
        for album in await self.albums([album_id]):
            return album
        raise NotFound(f"There is no album {album_id}.")

    async def tags(self, asked: ImageFilter, search: str = "", limit: int = 50) -> list[TagCount]:
        """Tags as they stand on the images, most frequent first; `search`: words that begin words of a label."""
        found: list[TagCount] = []
        for value in await self.facets(asked, FacetBy.TAG, MOST if search else limit):
            synset = self.library.lexicon.synset(value.value)
            labels = synset.lemmas if synset is not None else (value.label,)
            if not any(begins(search, label) for label in labels):
                continue
            kind = TagKind.KEYWORD if synset is None else TagKind.CONCEPT
            found.append(TagCount(value.value, labels[0], kind, value.count))
            if len(found) == limit:
                break
        return found

    async def synset_counts(self, names: Sequence[str], asked: ImageFilter | None = None) -> dict[str, int]:
        """Images with each meaning or a narrower one, in one go."""
        question = await self._below_scope(asked or ImageFilter())

        def counts(index: QueryEngine) -> dict[str, int]:
            return {name: index.count(conjoin(ImageFilter(tag=TagFilter(any=(name,))), question)) for name in names}

        return await self.library.ask(counts)

    async def _counts(self, by: FacetBy, values: Sequence[str] | None) -> dict[str, int]:
        """Images in scope per person or place, the trash included: of these values, or of all, most first."""
        if values is not None and (not values or sees_everything(self.viewer)):
            return {}
        question = await self._below_scope(ImageFilter(), trash=True)
        if values is None or len(values) > 20:
            found = await self.library.ask(lambda index: index.facets(question, by, MOST))
            return {value.value: value.count for value in found}

        def counts(index: QueryEngine) -> dict[str, int]:
            return {value: index.count(conjoin(_leading_to(by, value), question)) for value in values}

        return await self.library.ask(counts)

    def _ranked(self, people: list[Person], count: Callable[[Person], int], own: Collection[int]) -> list[Person]:
        """Those in scope or made by the viewer; a viewer of everything also sees those without images."""
        there = [person for person in people if sees_everything(self.viewer) or count(person) or person.id in own]
        return sorted(there, key=lambda person: (-count(person), not person.name, label_key(person.name), person.id))

    async def _holds_any(self, album: Album) -> bool:
        question = await self._below_scope(ImageFilter(), trash=True)
        inside = conjoin(ImageFilter(album=AlbumFilter(any=(f"album:{album.id}",))), question)
        return await self.library.ask(lambda index: index.count(inside)) > 0

    def _shown_filter(self, asked: ImageFilter | None) -> ImageFilter | None:
        """A smart album's filter names what others may not know of: only who sees everything, and could ask it
        themselves, may read it."""
        if asked is None or not sees_everything(self.viewer):
            return None
        try:
            allowed(asked, self.viewer)
        except Refused:
            return None
        return asked

    async def describe(self, asked: ImageFilter) -> str:
        """The question in English, with the names the viewer may know."""
        given: dict[Refers, set[str]] = {kind: set() for kind in Refers}

        def collect(kind: Refers, reference: str) -> tuple[str, ...]:
            given[kind].add(reference)
            return (reference,)

        change_references(asked, collect)
        people = [number for reference in given[Refers.PERSON] if (number := numbered("person", reference))]
        albums = [number for reference in given[Refers.ALBUM] if (number := numbered("album", reference))]
        names = {f"person:{person.id}": person.name for person in await self.people(people) if person.name}
        names |= {f"album:{album.id}": album.name for album in await self.albums(albums)}
        places = {key: self.library.gazetteer.place(key) or self.library.places.get(key) for key in given[Refers.PLACE]}
        names |= {key: place.name for key, place in places.items() if place is not None}

        def name(reference: str) -> str:
            synset = self.library.lexicon.synset(reference)
            return names.get(reference) or (synset.lemmas[0] if synset else plain_name(reference))

        return describe(asked, name)


def begins(search: str, text: str) -> bool:
    """Whether every word of a search begins a word of a text."""
    there = words(text)
    return all(any(word.startswith(part) for word in there) for part in words(search))


def _leading_to(by: FacetBy, value: str) -> ImageFilter:
    """Images of one person or place."""
    if by is FacetBy.PERSON:
        return ImageFilter(person=SetFilter(any=(value,)))
    return ImageFilter(place=PlaceFilter(within=(value,)))
