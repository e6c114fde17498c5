"""What people say of images, and taking it back."""

from __future__ import annotations

import re
import secrets
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import apsw

from schema.errors import BadEdit, NotFound
from schema.filter.nodes import Origin
from schema.graph import TagKind
from schema.index.bitmaps import BitMap
from schema.sqlite import bulk, feed, files
from schema.sqlite.edges import Makers, Tags
from schema.sqlite.imports import write_places
from schema.sqlite.values import micros, path_bytes, text

KEPT = 500
"""How many edits can be undone."""
_SYNSET = re.compile(r".+\.[nvasr]\.\d{2,}")
_UNDOABLE = ("image_edit", "image_tag", "tag_removed", "album_image")


def edit_images(db: apsw.Connection, tags: Tags, ids: Sequence[int], edit: Mapping[str, Any]) -> str:
    """See `GraphStore.edit_images`. Returns a token that undoes exactly what this edit changed."""
    unknown = edit.keys() - _FIELDS.keys() - _EDGES.keys() - {"places"}
    if unknown:
        raise BadEdit(f"Images have no {', '.join(sorted(unknown))} to edit: choose among {', '.join(_EDITABLE)}.")
    write_places(db, edit.get("places", ()))
    values = {name: _FIELDS[name](db, value) for name, value in edit.items() if name in _FIELDS}
    if len(ids) > bulk.MANY:
        return bulk.begin(db, _parts(db, tags, bulk.of_ids(ids), values, edit))
    bulk.settle(db, ids)
    _choose(db, ids)
    if values:  # first a row for each: then what is recorded, and undone, is single columns
        db.execute("INSERT INTO image_edit (image_id) SELECT id FROM temp.chosen WHERE true ON CONFLICT DO NOTHING")
    token = secrets.token_urlsafe(12)
    db.execute("INSERT INTO undo (token) VALUES (?)", (token,))
    undo_id = db.last_insert_rowid()
    for name, value in values.items():
        with _recorded(db, undo_id):
            query = f"UPDATE image_edit SET {name} = ? WHERE image_id IN (SELECT id FROM temp.chosen)"
            db.execute(query, (value,))
    with _recorded(db, undo_id):
        for name, change in _EDGES.items():  # in this order: what is added last wins
            if edit.get(name):
                change(db, tags, edit[name])
    db.execute("DELETE FROM undo WHERE id <= ?", (undo_id - KEPT,))
    feed.touched_where(db, feed.IMAGE, "SELECT id FROM temp.chosen")
    db.execute("DELETE FROM temp.chosen")
    return token


def _parts(
    db: apsw.Connection, tags: Tags, images: BitMap, values: Mapping[str, Any], edit: Mapping[str, Any]
) -> list[bulk.Part]:
    """The same edit as what is set for all images, in the same order."""
    parts = [bulk.Part(name, value, images) for name, value in values.items()]
    for name in _tag_names(edit.get("remove_tags") or ()):
        for tag in _named(db, name):
            parts += [bulk.Part("tag", None, images, tag), bulk.Part("removed", 1, images, tag)]
    for name in _tag_names(edit.get("add_tags") or ()):
        parts.append(bulk.Part("tag", 1, images, tags.id(db, name, _kind_of(name))))
        parts += [bulk.Part("removed", None, images, tag) for tag in _named(db, name)]
    for name, value in (("remove_albums", None), ("add_albums", 1)):
        parts += [bulk.Part("album", value, images, album) for album in _manual_albums(db, edit.get(name) or ())]
    return parts


@contextmanager
def _recorded(db: apsw.Connection, undo_id: int) -> Iterator[None]:
    """What is changed inside becomes the next step of an undo."""
    session = apsw.Session(db, "main")
    try:
        for table in _UNDOABLE:
            session.attach(table)
        yield
        changeset = session.changeset()
    finally:
        session.close()
    if changeset:
        db.execute(
            "INSERT INTO undo_step SELECT ?1, count(*), ?2 FROM undo_step WHERE undo_id = ?1",
            (undo_id, apsw.Changeset.invert(changeset)),
        )


def undo(db: apsw.Connection, token: str) -> None:
    """Put back what an edit changed; what was changed again since, or deleted, is left alone."""
    undo_id = db.execute("SELECT id FROM undo WHERE token = ?", (token,)).get
    if undo_id is None and bulk.undo(db, token):
        return
    if undo_id is None:
        raise NotFound("This edit can no longer be undone: it was undone already, or too many were made since.")
    steps: list[Any] = db.execute("SELECT changeset FROM undo_step WHERE undo_id = ?", (undo_id,)).fetchall()
    for (changeset,) in steps:
        _put_back(db, changeset)
    db.execute("DELETE FROM undo WHERE id = ?", (undo_id,))


def _put_back(db: apsw.Connection, changeset: bytes) -> None:
    images: set[int] = set()
    albums: set[int] = set()
    for change in apsw.Changeset.iter(changeset):
        album, image = _nodes(change)
        images.add(image)
        albums |= {album} - {0}
    left, shown = _standing(db, "image", images), _standing(db, "album", albums)
    bulk.settle(db, left)

    def possible(change: apsw.TableChange) -> bool:
        album, image = _nodes(change)
        return image in left and (not album or album in shown)

    apsw.Changeset.apply(
        changeset, db, filter_change=possible, conflict=lambda reason, change: apsw.SQLITE_CHANGESET_OMIT
    )
    feed.touched(db, feed.IMAGE, sorted(left))
    feed.touched(db, feed.ALBUM, sorted(shown))


def _nodes(change: apsw.TableChange) -> tuple[int, int]:
    """Album (0: none) and image that a row of an undoable table belongs to."""
    row: Any = change.old or change.new
    return (row[0], row[1]) if change.name == "album_image" else (0, row[0])


def _standing(db: apsw.Connection, table: str, ids: set[int]) -> set[int]:
    """Those that still exist."""
    if not ids:
        return set()
    return {
        row[0] for row in db.execute(f"SELECT id FROM {table} WHERE id IN (SELECT value FROM carray(?))", (_ids(ids),))
    }


def delete_images(db: apsw.Connection, ids: Sequence[int]) -> None:
    """See `GraphStore.delete_images`."""
    _choose(db, ids)
    db.execute("INSERT OR IGNORE INTO forgotten SELECT content_hash FROM image WHERE id IN (SELECT id FROM chosen)")
    held = [row[0] for row in db.execute("SELECT id FROM file WHERE image_id IN (SELECT id FROM chosen)")]
    if held:
        files.skip_forgotten(db, held)
        feed.touched(db, feed.FILE, held)
    drop_chosen(db)


def purge_absent(db: apsw.Connection, root: str) -> int:
    """See `GraphStore.purge_absent`; absent files that held no image, or one that lives on elsewhere, go as well."""
    key = db.execute("SELECT id FROM root WHERE path = ?", (path_bytes(root),)).get
    _choose(db, ())
    db.execute(
        "INSERT INTO chosen SELECT i.id FROM image i WHERE EXISTS"
        " (SELECT 1 FROM file WHERE image_id = i.id AND root_id = ?1) AND NOT EXISTS"
        " (SELECT 1 FROM file WHERE image_id = i.id AND (present = 1 OR root_id <> ?1))",
        (key,),
    )
    gone = [
        row[0]
        for row in db.execute(
            "DELETE FROM file WHERE present = 0 AND root_id = ? AND (image_id IS NULL OR image_id IN"
            " (SELECT id FROM chosen) OR EXISTS (SELECT 1 FROM file other WHERE other.image_id = file.image_id"
            " AND other.present = 1)) RETURNING id",
            (key,),
        )
    ]
    feed.removed(db, feed.FILE, gone)
    return drop_chosen(db)


def drop_chosen(db: apsw.Connection) -> int:
    """Delete the chosen images with all their edges; how many."""
    covers = "(SELECT id FROM face WHERE image_id IN (SELECT id FROM chosen))"
    people = f"UPDATE person SET cover_face_id = NULL WHERE cover_face_id IN {covers} RETURNING id"
    feed.touched(db, feed.PERSON, [row[0] for row in db.execute(people)])
    albums = "UPDATE album SET cover_image_id = NULL WHERE cover_image_id IN (SELECT id FROM chosen) RETURNING id"
    feed.touched(db, feed.ALBUM, [row[0] for row in db.execute(albums)])
    for group in ("duplicate_of", "burst_of"):
        twins = f"UPDATE image SET {group} = NULL WHERE {group} IN (SELECT id FROM chosen) RETURNING id"
        feed.touched(db, feed.IMAGE, [row[0] for row in db.execute(twins)])
    gone = [row[0] for row in db.execute("DELETE FROM image WHERE id IN (SELECT id FROM chosen) RETURNING id")]
    feed.removed(db, feed.IMAGE, gone)
    db.execute("DELETE FROM temp.chosen")
    return len(gone)


def _choose(db: apsw.Connection, ids: Sequence[int]) -> None:
    """Those of the ids that are images, in the temporary table `chosen`."""
    db.execute("CREATE TEMP TABLE IF NOT EXISTS chosen (id INTEGER PRIMARY KEY)")
    db.execute("DELETE FROM temp.chosen")
    if len(ids):
        db.execute(
            "INSERT OR IGNORE INTO temp.chosen SELECT value FROM carray(?) JOIN image ON image.id = value",
            (_ids(ids),),
        )


def _ids(ids: Any) -> apsw.CArrayBinding:
    return apsw.carray(array("q", ids))


def _rating(db: apsw.Connection, value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 5:
        raise BadEdit("A rating is a whole number from 1 to 5, or none: choose one of these.")
    return value


def _favorite(db: apsw.Connection, value: Any) -> int:
    return int(bool(value))


def _words(db: apsw.Connection, value: Any) -> str:
    return text(str(value or ""))


def _trashed(db: apsw.Connection, value: Any) -> int | None:
    """A moment, or true for now; none or false restores."""
    if not value:
        return None
    return micros(value if isinstance(value, datetime) else datetime.now(UTC))


def _place(db: apsw.Connection, value: Any) -> str:
    """Key of a place the library knows, or none."""
    if value and not db.execute("SELECT 1 FROM place WHERE key = ?", (value,)).get:
        raise BadEdit(f"The library has no place {value}: give the place with its chain, as `places`.")
    return value or ""


def _tag_names(value: Any) -> list[str]:
    names = [value] if isinstance(value, str) else list(value)
    if not all(name.strip() for name in names):
        raise BadEdit("A tag needs a name: leave out the empty ones.")
    return [text(name.strip()) for name in names]


def _kind_of(name: str) -> TagKind:
    return TagKind.CONCEPT if _SYNSET.fullmatch(name) else TagKind.USER


def _named(db: apsw.Connection, name: str) -> list[int]:
    """Tags of a name, of every kind."""
    rows: list[Any] = db.execute("SELECT id FROM tag WHERE name = ?", (name,)).fetchall()
    return [row[0] for row in rows]


def _add_tags(db: apsw.Connection, tags: Tags, value: Any) -> None:
    user = Makers(db).id(Origin.USER, "", "")
    for name in _tag_names(value):
        tag = tags.id(db, name, _kind_of(name))
        db.execute(
            "INSERT INTO image_tag SELECT id, ?, ?, 1.0, 1, x'', x'', '', NULL FROM temp.chosen WHERE true"
            " ON CONFLICT DO NOTHING",
            (tag, user),
        )
        db.execute(
            "DELETE FROM tag_removed WHERE image_id IN (SELECT id FROM temp.chosen)"
            " AND tag_id IN (SELECT id FROM tag WHERE name = ?)",
            (name,),
        )


def _remove_tags(db: apsw.Connection, tags: Tags, value: Any) -> None:
    user = Makers(db).id(Origin.USER, "", "")
    for name in _tag_names(value):
        for tag in _named(db, name):
            db.execute(
                "DELETE FROM image_tag WHERE tag_id = ? AND maker_id = ? AND image_id IN (SELECT id FROM temp.chosen)",
                (tag, user),
            )
            db.execute(
                "INSERT INTO tag_removed SELECT id, ? FROM temp.chosen WHERE true ON CONFLICT DO NOTHING", (tag,)
            )


def _manual_albums(db: apsw.Connection, value: Any) -> list[int]:
    albums = [int(key) for key in value]
    for album in albums:
        row = db.execute("SELECT filter FROM album WHERE id = ?", (album,)).fetchone()
        if row is None:
            raise NotFound(f"There is no album {album}: it may have been deleted.")
        if row[0] is not None:
            raise BadEdit(f"Album {album} is filled by its filter: edit the filter, or choose another album.")
    feed.touched(db, feed.ALBUM, albums)
    return albums


def _add_albums(db: apsw.Connection, tags: Tags, value: Any) -> None:
    for album in _manual_albums(db, value):
        db.execute("INSERT INTO album_image SELECT ?, id FROM temp.chosen WHERE true ON CONFLICT DO NOTHING", (album,))


def _remove_albums(db: apsw.Connection, tags: Tags, value: Any) -> None:
    for album in _manual_albums(db, value):
        db.execute("DELETE FROM album_image WHERE album_id = ? AND image_id IN (SELECT id FROM temp.chosen)", (album,))


_FIELDS: dict[str, Callable[[apsw.Connection, Any], Any]] = {
    "rating": _rating,
    "favorite": _favorite,
    "title": _words,
    "caption": _words,
    "place": _place,
    "near_city": _place,
    "trashed": _trashed,
}
_EDGES: dict[str, Callable[[apsw.Connection, Tags, Any], None]] = {
    "remove_tags": _remove_tags,
    "add_tags": _add_tags,
    "remove_albums": _remove_albums,
    "add_albums": _add_albums,
}
_EDITABLE = (*_FIELDS, *_EDGES)
