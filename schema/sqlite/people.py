"""People and albums: what a person names and groups."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import apsw

from schema.errors import BadEdit, NotFound
from schema.filter.nodes import Origin
from schema.graph import Album, Person
from schema.sqlite import feed
from schema.sqlite.values import text


def save_person(db: apsw.Connection, person: Person) -> Person:
    values = (text(person.name), person.hidden, person.cover_face_id, person.birthday)
    if person.id:
        before = db.execute("SELECT birthday FROM person WHERE id = ?", (person.id,)).fetchone()
        if before is None:
            raise _no_person(person.id)
        db.execute(
            "UPDATE person SET name = ?, hidden = ?, cover_face_id = ?, birthday = ? WHERE id = ?", (*values, person.id)
        )
        if before[0] != person.birthday:  # the ages of these faces are others now
            feed.touched_where(
                db, feed.IMAGE, "SELECT DISTINCT image_id AS id FROM face WHERE person_id = ?", (person.id,)
            )
    else:
        db.execute("INSERT INTO person (name, hidden, cover_face_id, birthday) VALUES (?, ?, ?, ?)", values)
        person = replace(person, id=db.last_insert_rowid())
    feed.touched(db, feed.PERSON, [person.id])
    return person


def assign_faces(db: apsw.Connection, face_ids: Sequence[int], person_id: int | None, by_user: bool) -> None:
    """Set whose faces these are. A machine never overrules a person, nor her "nobody", nor what the file says."""
    if not face_ids:
        drop_empty(db)
        return
    if person_id is not None:
        _require_person(db, person_id)
    rows: list[Any] = db.execute(
        "UPDATE face SET person_id = ?, person_origin = ? WHERE id IN (SELECT value FROM carray(?))"
        " AND (? OR person_origin NOT IN ('USER', 'METADATA')) RETURNING image_id",
        (person_id, Origin.USER if by_user else Origin.MODEL, apsw.carray(array("q", face_ids)), by_user),
    ).fetchall()
    feed.touched(db, feed.IMAGE, sorted({row[0] for row in rows}))
    if person_id is not None:
        feed.touched(db, feed.PERSON, [person_id])
    drop_empty(db)


def drop_empty(db: apsw.Connection) -> None:
    """People of whom nothing was said, and who have no face any more."""
    empty = db.execute(
        "DELETE FROM person WHERE name = '' AND hidden = 0 AND birthday IS NULL AND cover_face_id IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM face WHERE person_id = person.id) RETURNING id"
    ).fetchall()
    feed.removed(db, feed.PERSON, [row[0] for row in empty])


def merge_people(db: apsw.Connection, keep: int, merge: Sequence[int]) -> None:
    """All faces become those of `keep`, which takes a name, birthday and cover it lacks."""
    _require_person(db, keep)
    others = [other for other in dict.fromkeys(merge) if other != keep]
    for other in others:
        _require_person(db, other)
        rows = db.execute(
            "UPDATE face SET person_id = ?, person_origin = 'USER' WHERE person_id = ? RETURNING image_id",
            (keep, other),
        )
        feed.touched(db, feed.IMAGE, sorted({row[0] for row in rows}))
        db.execute(
            "UPDATE person SET name = coalesce(nullif(person.name, ''), other.name),"
            " birthday = coalesce(person.birthday, other.birthday),"
            " cover_face_id = coalesce(person.cover_face_id, other.cover_face_id)"
            " FROM person other WHERE person.id = ? AND other.id = ?",
            (keep, other),
        )
        db.execute("DELETE FROM person WHERE id = ?", (other,))
    if others:
        db.execute("UPDATE face SET person_origin = 'USER' WHERE person_id = ?", (keep,))
    feed.removed(db, feed.PERSON, others)
    feed.touched(db, feed.PERSON, [keep])


def save_album(db: apsw.Connection, album: Album) -> Album:
    """Insert when `id` is 0, else update. A parent inside the album itself is refused."""
    smart = None
    if album.filter is not None:
        smart = album.filter.model_dump_json(by_alias=True, exclude_defaults=True)
    values = (text(album.name), album.parent_id, smart, album.cover_image_id)
    _check_parent(db, album)
    if album.cover_image_id is not None:
        known = db.execute("SELECT 1 FROM image WHERE id = ?", (album.cover_image_id,)).get
        if not known:
            raise NotFound(f"There is no image {album.cover_image_id} to be the cover: choose another.")
    if album.id:
        db.execute(
            "UPDATE album SET name = ?, parent_id = ?, filter = ?, cover_image_id = ? WHERE id = ?", (*values, album.id)
        )
        if not db.changes():
            raise _no_album(album.id)
        if smart is not None:
            _empty(db, album.id)
    else:
        db.execute("INSERT INTO album (name, parent_id, filter, cover_image_id) VALUES (?, ?, ?, ?)", values)
        album = replace(album, id=db.last_insert_rowid())
    feed.touched(db, feed.ALBUM, [album.id])
    return album


def delete_album(db: apsw.Connection, album_id: int) -> None:
    """Its images stay; albums inside it move up to where it was."""
    parent = db.execute("SELECT parent_id FROM album WHERE id = ?", (album_id,)).fetchone()
    if parent is None:
        raise _no_album(album_id)
    inside = db.execute("UPDATE album SET parent_id = ? WHERE parent_id = ? RETURNING id", (parent[0], album_id))
    feed.touched(db, feed.ALBUM, [row[0] for row in inside])
    _empty(db, album_id)
    db.execute("DELETE FROM album WHERE id = ?", (album_id,))
    feed.removed(db, feed.ALBUM, [album_id])


def _empty(db: apsw.Connection, album_id: int) -> None:
    rows: list[Any] = db.execute(
        "DELETE FROM album_image WHERE album_id = ? RETURNING image_id", (album_id,)
    ).fetchall()
    feed.touched(db, feed.IMAGE, [row[0] for row in rows])


def _check_parent(db: apsw.Connection, album: Album) -> None:
    above = album.parent_id
    while above is not None:
        if above == album.id:
            raise BadEdit("An album cannot lie inside itself: choose another parent.")
        row = db.execute("SELECT parent_id FROM album WHERE id = ?", (above,)).fetchone()
        if row is None:
            raise _no_album(above)
        above = row[0]


def _require_person(db: apsw.Connection, person_id: int) -> None:
    if not db.execute("SELECT 1 FROM person WHERE id = ?", (person_id,)).get:
        raise _no_person(person_id)


def _no_person(person_id: int) -> NotFound:
    return NotFound(f"There is no person {person_id}: they may have been merged with another.")


def _no_album(album_id: int) -> NotFound:
    return NotFound(f"There is no album {album_id}: it may have been deleted.")
