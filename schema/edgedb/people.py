"""People and albums: what a person names and groups."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from schema.edgedb import statements
from schema.edgedb.connection import rows
from schema.edgedb.things import album_of, album_row, person_of, person_row
from schema.edgedb.values import Row, text
from schema.edgedb.writing import Writing, parts
from schema.errors import BadEdit, NotFound
from schema.filter.nodes import Origin
from schema.graph import Album, NodeKind, Person

SETTLED = (Origin.USER, Origin.METADATA)
"""Who has said whose a face is: no machine changes that."""


async def all_people(writing: Writing) -> dict[int, Person]:
    found = map(person_of, await rows(writing.asks, statements.PEOPLE))
    return {person.id: person for person in found}


async def save_person(writing: Writing, person: Person) -> Person:
    if person.id:
        before = (await all_people(writing)).get(person.id)
        if before is None:
            raise _no_person(person.id)
        await writing.run(statements.UPDATE_PEOPLE, [person_row(person)])
        if before.birthday != person.birthday:  # the ages of these faces are others now
            faces = await rows(writing.asks, statements.FACES_OF_PERSON, person=person.id)
            writing.touch(NodeKind.IMAGE, sorted({face["image_number"] for face in faces}))
    else:
        person = replace(person, id=writing.next("people"))
        await writing.run(statements.INSERT_PEOPLE, [person_row(person)])
    writing.touch(NodeKind.PERSON, [person.id])
    return person


async def assign_faces(writing: Writing, face_ids: Sequence[int], person_id: int | None, by_user: bool) -> None:
    """Set whose faces these are. A machine never overrules a person, nor her "nobody", nor what the file says."""
    if not face_ids:
        return
    if person_id is not None:
        await require_people(writing, [person_id])
    for part in parts(sorted(set(face_ids))):
        found = await rows(writing.asks, statements.FACES, keys=part)
        chosen = [face for face in found if by_user or face["person_origin"] not in SETTLED]
        await give(writing, chosen, person_id, Origin.USER if by_user else Origin.MODEL)
    if person_id is not None:
        writing.touch(NodeKind.PERSON, [person_id])
    await drop_empty(writing)


async def give(writing: Writing, faces: Sequence[Row], person_id: int | None, origin: Origin) -> None:
    """Faces to a person, or to nobody, as somebody says."""
    for part in parts([face["number"] for face in faces]):
        await writing.asks.execute(statements.ASSIGN_FACES, keys=part, person=person_id, origin=str(origin))
    writing.touch(NodeKind.IMAGE, sorted({face["image_number"] for face in faces}))


async def drop_empty(writing: Writing) -> None:
    """People of whom nothing was said, and who have no face any more."""
    empty = [row["number"] for row in await rows(writing.asks, statements.EMPTY_PEOPLE)]
    if empty:
        await writing.asks.execute(statements.DELETE_PEOPLE, keys=empty)
        writing.touch(NodeKind.PERSON, empty, gone=True)


async def merge_people(writing: Writing, keep: int, merge: Sequence[int]) -> None:
    """All faces become those of `keep`, which takes a name, birthday and cover it lacks."""
    known = await all_people(writing)
    others = [other for other in dict.fromkeys(merge) if other != keep]
    for number in (keep, *others):
        if number not in known:
            raise _no_person(number)
    kept = known[keep]
    for number in others:
        other = known[number]
        faces = await rows(writing.asks, statements.FACES_OF_PERSON, person=number)
        await give(writing, faces, keep, Origin.USER)
        kept = replace(
            kept,
            name=kept.name or other.name,
            birthday=other.birthday if kept.birthday is None else kept.birthday,
            cover_face_id=other.cover_face_id if kept.cover_face_id is None else kept.cover_face_id,
        )
    if others:
        own = await rows(writing.asks, statements.FACES_OF_PERSON, person=keep)
        for part in parts([face["number"] for face in own]):
            await writing.asks.execute(statements.ASSIGN_FACES, keys=part, person=keep, origin=str(Origin.USER))
    await writing.run(statements.UPDATE_PEOPLE, [person_row(kept)])
    await writing.asks.execute(statements.DELETE_PEOPLE, keys=others)
    writing.touch(NodeKind.PERSON, others, gone=True)
    writing.touch(NodeKind.PERSON, [keep])


async def all_albums(writing: Writing) -> dict[int, Album]:
    found = map(album_of, await rows(writing.asks, statements.ALBUMS))
    return {album.id: album for album in found}


async def save_album(writing: Writing, album: Album) -> Album:
    """Insert when `id` is 0, else update. A parent inside the album itself is refused."""
    known = await all_albums(writing)
    _check_parent(known, album)
    if album.cover_image_id is not None:
        there = await rows(writing.asks, statements.images(()), keys=[album.cover_image_id])
        if not there:
            raise NotFound(f"There is no image {album.cover_image_id} to be the cover: choose another.")
    if album.id and album.id not in known:
        raise no_album(album.id)
    statement = statements.UPDATE_ALBUMS
    if not album.id:
        album, statement = replace(album, id=writing.next("albums")), statements.INSERT_ALBUMS
    await writing.run(statement, [album_row(album)])
    await writing.run(statements.LINK_ALBUMS, [album_row(album)])
    if album.id in known and album.filter is not None:
        await _empty(writing, album.id)
    writing.touch(NodeKind.ALBUM, [album.id])
    return replace(album, name=text(album.name))


async def delete_album(writing: Writing, album_id: int) -> None:
    """Its images stay; albums inside it move up to where it was."""
    known = await all_albums(writing)
    if album_id not in known:
        raise no_album(album_id)
    inside = [
        replace(album, parent_id=known[album_id].parent_id) for album in known.values() if album.parent_id == album_id
    ]
    await writing.run(statements.LINK_ALBUMS, [album_row(album) for album in inside])
    writing.touch(NodeKind.ALBUM, [album.id for album in inside])
    await _empty(writing, album_id)
    await writing.asks.execute(statements.DELETE_ALBUMS, keys=[album_id])
    writing.touch(NodeKind.ALBUM, [album_id], gone=True)


async def _empty(writing: Writing, album_id: int) -> None:
    members = sorted(await rows(writing.asks, statements.ALBUM_MEMBERS, album=album_id))
    await change_members(writing, album_id, members, "-=")
    writing.touch(NodeKind.IMAGE, members)


async def change_members(writing: Writing, album_id: int, images: Sequence[int], operator: str) -> None:
    for part in parts(images):
        await writing.asks.execute(statements.change_members(operator), album=album_id, keys=part)


def _check_parent(known: dict[int, Album], album: Album) -> None:
    above = album.parent_id
    while above is not None:
        if above == album.id:
            raise BadEdit("An album cannot lie inside itself: choose another parent.")
        if above not in known:
            raise no_album(above)
        above = known[above].parent_id


async def require_people(writing: Writing, wanted: Collection[int]) -> None:
    missing = set(wanted) - (await all_people(writing)).keys() if wanted else set()
    if missing:
        raise _no_person(min(missing))


def _no_person(person_id: int) -> NotFound:
    return NotFound(f"There is no person {person_id}: they may have been merged with another.")


def no_album(album_id: int) -> NotFound:
    return NotFound(f"There is no album {album_id}: it may have been deleted.")
