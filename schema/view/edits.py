"""What a viewer may change, below the same scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from schema.errors import BadFilter, NotFound
from schema.filter.compose import Refers, change_references
from schema.filter.nodes import AlbumFilter, ImageFilter
from schema.filter.validate import check
from schema.graph import Album, Image, NodeKind, Person, Place
from schema.policy import Capability
from schema.query import Sort
from schema.view.watching import WatchingView
from schema.visibility import allowed
from schema.words import label_key

Node = TypeVar("Node", Album, Person)


_BATCH = 1_000


class EditsView(WatchingView):
    """The part of `View` that changes what images are, and what they lead to."""

    async def edit(self, asked: ImageFilter, edit: Mapping[str, Any]) -> tuple[int, str]:
        """Change all images of a filter at once: see `GraphStore.edit_images`. Returns how many, and the undo token.

        `place` may be any key of the gazetteer. The viewer's own next question sees the change.
        """
        self.viewer.require(Capability.EDIT)
        edit = dict(edit)
        if "place" in edit:
            self.viewer.require(Capability.LOCATION)
            edit |= self._placed(edit["place"])
        albums = {int(key) for name in ("add_albums", "remove_albums") for key in edit.get(name) or ()}
        there = {album.id for album in await self.albums(albums)} if albums else set()
        if albums - there:
            raise NotFound(f"There is no album {min(albums - there)}.")
        ids = await self.ids(asked)
        token = await self.library.store.edit_images(ids.tolist(), edit)
        await self._note_edit(token)
        await self._audit("edit", f"{len(ids):,} pictures: {', '.join(sorted(edit.keys() - {'near_city', 'places'}))}")
        await self.library.refresh()
        return len(ids), token

    def _placed(self, key: str | None) -> dict[str, Any]:
        """A place with its chain, and the large city near it, so that a corrected picture is grouped rightly."""
        if key is None:
            return {"place": None, "near_city": None}
        place = self.library.gazetteer.place(key) or self.library.places.get(key)
        if place is None:
            raise NotFound(f"There is no place {key}; search for it by name and give its key.")
        chain = {place.key: place}
        while (above := place.parent) is not None and above not in chain:
            place = self.library.gazetteer.place(above) or self.library.places[above]
            chain[above] = place
        located = self.library.gazetteer.locate(chain[key].lat, chain[key].lon)
        chain |= {each.key: each for each in located.near_chain}
        return {"place": key, "near_city": located.near_city, "places": tuple(chain.values())}

    async def gazetteer(self, search: str, limit: int) -> list[tuple[Place, list[Place]]]:
        """Places of the world by name, the whole name first, each with those around it."""
        self.viewer.require(Capability.LOCATION)
        gazetteer = self.library.gazetteer
        named = dict.fromkeys((*gazetteer.find(search, limit), *gazetteer.complete(search, limit)))
        return [(place, self._around(place)) for place in list(named)[:limit]]

    def _around(self, place: Place) -> list[Place]:
        found: list[Place] = []
        while (key := place.parent) is not None and (above := self.library.gazetteer.place(key)) is not None:
            found.append(above)
            place = above
        return found

    async def files_of(self, asked: ImageFilter) -> tuple[list[int], int]:
        """Ids of the files that hold the images of a filter, to be read anew, and how many images these are."""
        self.viewer.require(Capability.IMPORT)
        ids = (await self.ids(asked)).tolist()
        files: list[int] = []
        for start in range(0, len(ids), _BATCH):
            images = await self.library.store.images(ids[start : start + _BATCH], frozenset({"files"}))
            files += [file.id for image in images if image is not None for file in image.files if file.present]
        return files, len(ids)

    async def undo(self, token: str) -> None:
        """Take an edit back, by the token that only its author was given."""
        self.viewer.require(Capability.EDIT)
        await self._require_own_edit(token)
        await self.library.store.undo(token)
        await self.library.refresh()

    async def delete(self, asked: ImageFilter) -> int:
        """Forget images, never their files; how many."""
        self.viewer.require(Capability.EDIT)
        ids = await self.ids(asked)
        await self.library.store.delete_images(ids.tolist())
        await self._audit("edit.deleted", f"{len(ids):,} pictures forgotten")
        await self.library.refresh()
        return len(ids)

    async def save_album(self, album: Album) -> Album:
        """Insert when `id` is 0, else change one that the viewer sees. Raises BadFilter when it would hold itself."""
        self.viewer.require(Capability.EDIT)
        before = Album("")
        if album.id:
            shown, before = await self.album(album.id), self.library.albums[album.id]
            await self._require_theirs(NodeKind.ALBUM, album.id)
            album = _as_stored(album, shown, before, "parent_id", "cover_image_id", "filter")
        if album.parent_id and album.parent_id != before.parent_id:
            await self.album(album.parent_id)
        cover = album.cover_image_id
        if cover is not None and cover != before.cover_image_id and not (await self.visible([cover]))[0]:
            raise NotFound(f"There is no image {cover} to be the cover.")
        if album.filter is not None:
            if album.filter != before.filter:
                allowed(check(album.filter), self.viewer)
            self._check_albums_in(album)
        saved = await self.library.store.save_album(album)
        if not album.id:
            await self._note_author(NodeKind.ALBUM, saved.id)
        await self.library.refresh()
        return saved

    def _check_albums_in(self, album: Album) -> None:
        """An album may not ask for itself, not even by way of others."""
        albums = {**self.library.albums, album.id: album}
        inside: dict[int, set[int]] = {number: set() for number in albums}
        for number, each in albums.items():
            if each.parent_id in inside:
                inside[each.parent_id].add(number)
            for reference in _albums_named(each.filter) if each.filter is not None else ():
                named = {n for n, a in albums.items() if label_key(a.name) == label_key(reference)}
                inside[number] |= named | {n for n in albums if reference == f"album:{n}"}
        reached, todo = set[int](), [album.id]
        while todo:
            below = inside[todo.pop()] - reached
            if album.id in below:
                raise BadFilter(f"the album '{album.name}' would hold itself; leave it out of its own filter", "album")
            reached |= below
            todo += below

    async def album_cover(self, album: Album) -> Image | None:
        """The image chosen to show an album by, else its newest."""
        chosen = await self.image(album.cover_image_id, frozenset()) if album.cover_image_id is not None else None
        if chosen is not None:
            return chosen
        inside = ImageFilter(album=AlbumFilter(any=(f"album:{album.id}",)))
        return next(iter((await self.page(inside, Sort(), 1, fields=frozenset()))[1]), None)

    async def delete_album(self, album_id: int) -> None:
        self.viewer.require(Capability.EDIT)
        album = await self.album(album_id)
        await self._require_theirs(NodeKind.ALBUM, album_id)
        await self.library.store.delete_album(album_id)
        await self._audit("album.deleted", album.name)
        await self.library.refresh()

    async def save_person(self, person: Person) -> Person:
        """Name or change somebody; a new one has `id` 0 and no image yet."""
        self.viewer.require(Capability.EDIT)
        before = Person("")
        if person.id:
            shown, before = await self.person(person.id), self.library.people[person.id]
            if before.name or person.hidden != before.hidden:  # anybody may say who an unnamed person is
                await self._require_theirs(NodeKind.PERSON, person.id)
            person = _as_stored(person, shown, before, "cover_face_id")
        if person.cover_face_id is not None and person.cover_face_id != before.cover_face_id:
            await self._require_faces([person.cover_face_id])
        saved = await self.library.store.save_person(person)
        if not person.id:
            await self._note_author(NodeKind.PERSON, saved.id)
        await self.library.refresh()
        return saved

    async def assign_faces(self, face_ids: Sequence[int], person_id: int | None) -> None:
        """Say whose faces these are (None: nobody's)."""
        self.viewer.require(Capability.EDIT)
        await self._require_faces(face_ids)
        if person_id is not None:
            await self.person(person_id)
        await self.library.store.assign_faces(face_ids, person_id, by_user=True)
        await self.library.refresh()

    async def merge_people(self, keep: int, merge: Sequence[int]) -> None:
        self.viewer.require(Capability.EDIT)
        for person_id in (keep, *merge):
            await self.person(person_id)
            await self._require_theirs(NodeKind.PERSON, person_id)
        await self.library.store.merge_people(keep, merge)
        await self._audit("people.merged", f"{len(merge)} into {self.library.people[keep].name or 'somebody'}")
        await self.library.refresh()

    async def _require_faces(self, face_ids: Sequence[int]) -> None:
        faces = await self.library.store.faces(face_ids)
        seen = await self._seen(face.image_id for face in faces)
        there = {face.id for face in faces if face.image_id in seen}
        for number in face_ids:
            if number not in there:
                raise NotFound(f"There is no face {number}.")


def _as_stored(changed: Node, shown: Node, stored: Node, *names: str) -> Node:
    """What its editor was shown and left alone stays as it is, where more is stored than was shown."""
    same = [name for name in names if getattr(changed, name) == getattr(shown, name)]
    return replace(changed, **{name: getattr(stored, name) for name in same})


def _albums_named(asked: ImageFilter) -> set[str]:
    found: set[str] = set()

    def collect(kind: Refers, reference: str) -> tuple[str, ...]:
        if kind is Refers.ALBUM:
            found.add(reference)
        return (reference,)

    change_references(asked, collect)
    return found
