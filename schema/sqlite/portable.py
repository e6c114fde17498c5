"""The whole library as records that any store can read, and such records written into an empty library.

One record each: header, settings, entries, places, people, albums, removed images, images (with their edges, files,
albums and what people said, apart from what was read), files without an image, end. The end says how many came before
it, so that a cut-off export is noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import apsw

from schema.entries import Entry
from schema.errors import BadConfig, BadExport
from schema.graph import Album, AssetFile, Image, Person, Place, TagKind
from schema.records import from_json, to_json
from schema.sqlite import entries, feed, files, reading
from schema.sqlite.edges import FACE_COLUMNS, Makers, Tags, face_values, write_tags, write_texts
from schema.sqlite.imports import IMAGE_DEFAULTS, image_values, place_values
from schema.sqlite.values import micros, moment, path_bytes, text
from schema.sqlite.values import to_json as encoded

FORMAT = 1
NUMBERED = ("image", "file", "person", "face", "album")
"""Tables whose ids are never given twice."""
_SAID = ("rating", "favorite", "title", "caption", "place", "near_city", "trashed")
_BATCH = 500


def export(db: apsw.Connection) -> Iterator[dict[str, Any]]:
    """All records, from one snapshot of the library."""
    count = 0
    db.execute("BEGIN")
    try:
        for record in _records(db):
            count += 1
            yield record
        yield {"type": "end", "records": count}
    finally:
        db.execute("ROLLBACK")


def _records(db: apsw.Connection) -> Iterator[dict[str, Any]]:
    last = dict(db.execute("SELECT name, seq FROM sqlite_sequence"))
    images = db.execute("SELECT count(*) FROM image").get
    yield {
        "type": "header",
        "program": "pigallery",
        "format": FORMAT,
        "images": images,
        "last_ids": {table: last.get(table, 0) for table in NUMBERED},
    }
    for key, value in db.execute("SELECT key, value FROM setting ORDER BY key"):
        yield {"type": "setting", "key": key, "value": value}
    for entry in entries.everything(db):
        yield {"type": "entry", **to_json(entry)}
    for kind, nodes in (
        ("place", reading.places(db, None)),
        ("person", reading.people(db, None)),
        ("album", reading.albums(db, None)),
    ):
        for node in nodes:
            yield {"type": kind, **to_json(node)}
    for (digest,) in db.execute("SELECT content_hash FROM forgotten ORDER BY content_hash"):
        yield {"type": "removed_image", "content_hash": digest}
    after = 0
    while ids := [
        row[0] for row in db.execute("SELECT id FROM image WHERE id > ? ORDER BY id LIMIT ?", (after, _BATCH))
    ]:
        yield from _image_records(db, ids)
        after = ids[-1]
    for row in db.execute(f"SELECT {files.COLUMNS} FROM file WHERE image_id IS NULL ORDER BY id"):
        yield {"type": "file", **to_json(files.asset_file(row))}


def _image_records(db: apsw.Connection, ids: list[int]) -> Iterator[dict[str, Any]]:
    said = {
        row[0]: {name: value for name, value in zip(_SAID, row[1:], strict=True) if value is not None}
        for row in db.execute(
            f"SELECT image_id, {', '.join(_SAID)} FROM image_edit WHERE image_id BETWEEN ? AND ?", (ids[0], ids[-1])
        )
    }
    removed: dict[int, list[list[str]]] = {}
    for image_id, name, kind in db.execute(
        "SELECT r.image_id, tag.name, tag.kind FROM tag_removed r JOIN tag ON tag.id = r.tag_id"
        " WHERE r.image_id BETWEEN ? AND ?",
        (ids[0], ids[-1]),
    ):
        removed.setdefault(image_id, []).append([name, kind])
    albums: dict[int, list[int]] = {}
    for image_id, album in db.execute(
        "SELECT image_id, album_id FROM album_image WHERE image_id BETWEEN ? AND ? ORDER BY 1, 2", (ids[0], ids[-1])
    ):
        albums.setdefault(image_id, []).append(album)
    for image in reading.images(db, ids, None, as_read=True):
        assert image is not None
        opinion = said.get(image.id, {})
        if "trashed" in opinion:
            opinion["trashed"] = to_json(moment(opinion["trashed"]))
        yield {
            "type": "image",
            **to_json(replace(image, favorite=False, trashed=None)),
            **({"said": opinion} if opinion else {}),
            **({"removed_tags": removed[image.id]} if image.id in removed else {}),
            **({"albums": albums[image.id]} if image.id in albums else {}),
        }


class Restore:
    """Records into an empty library, in one transaction."""

    def __init__(self, db: apsw.Connection, tags: Tags) -> None:
        self._db = db
        self._tags = tags
        self._makers = Makers(db)
        self._last_ids: dict[str, int] = {}
        self._take: dict[str, Callable[[dict[str, Any]], None]] = {
            "setting": self._setting,
            "entry": lambda record: entries.write(self._db, from_json(Entry, record)),
            "place": self._place,
            "person": self._person,
            "album": self._album,
            "removed_image": self._removed,
            "image": self._image,
            "file": lambda record: self._file(from_json(AssetFile, record), None),
        }

    def write(self, records: Iterable[dict[str, Any]]) -> int:
        """How many records were written, header and end not counted."""
        if any(self._db.execute(f"SELECT 1 FROM {table} LIMIT 1").get for table in NUMBERED):
            raise BadConfig("This library is not empty: import into a new one (set PIGALLERY_HOME to an empty folder).")
        self._db.execute("PRAGMA defer_foreign_keys = ON")
        count, ended = 0, False
        for count, record in enumerate(records, start=1):
            if ended:
                raise BadExport(f"Record {count} follows the end of the export: use the file as it was written.")
            try:
                ended = self._record(count, record)
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError, apsw.ConstraintError) as error:
                reason = f"{error} is missing" if isinstance(error, KeyError) else error
                raise BadExport(f"Record {count} cannot be read ({reason}): export the library again.") from error
        if not ended:
            raise BadExport(f"The export ends after record {count} without its end: it was cut off; export again.")
        self._finish()
        return count - 2

    def _record(self, number: int, record: dict[str, Any]) -> bool:
        """Write one; whether it was the end."""
        values = dict(record)
        kind = values.pop("type")
        if number == 1:
            self._header(kind, values)
        elif kind == "end":
            if values["records"] != number - 1:
                raise ValueError(f"{values['records']} records were written, {number - 1} came")
            return True
        elif kind in self._take:
            self._take[kind](values)
        else:
            raise ValueError(f"unknown type {kind}")
        return False

    def _header(self, kind: str, values: dict[str, Any]) -> None:
        if kind != "header" or values.get("program") != "pigallery":
            raise BadExport("This is not an export of a PiGallery library: give a file that `pigallery export` wrote.")
        if values["format"] != FORMAT:
            raise BadExport(
                f"This export has format {values['format']}, this program reads {FORMAT}: update PiGallery."
            )
        self._last_ids = {table: int(values["last_ids"].get(table, 0)) for table in NUMBERED}

    def _setting(self, values: dict[str, Any]) -> None:
        self._db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (values["key"], values["value"]))

    def _place(self, values: dict[str, Any]) -> None:
        place = from_json(Place, values)
        self._db.execute(f"INSERT OR REPLACE INTO place VALUES ({', '.join('?' * 8)})", place_values(place))

    def _person(self, values: dict[str, Any]) -> None:
        person = from_json(Person, values)
        self._db.execute(
            "INSERT INTO person (id, name, hidden, cover_face_id, birthday) VALUES (?, ?, ?, ?, ?)",
            (person.id, text(person.name), person.hidden, person.cover_face_id, person.birthday),
        )

    def _album(self, values: dict[str, Any]) -> None:
        album = from_json(Album, values)
        smart = album.filter.model_dump_json(by_alias=True, exclude_defaults=True) if album.filter is not None else None
        self._db.execute(
            "INSERT INTO album (id, name, parent_id, filter, cover_image_id) VALUES (?, ?, ?, ?, ?)",
            (album.id, text(album.name), album.parent_id, smart, album.cover_image_id),
        )

    def _removed(self, values: dict[str, Any]) -> None:
        self._db.execute("INSERT INTO forgotten VALUES (?)", (values["content_hash"],))

    def _image(self, values: dict[str, Any]) -> None:
        said, removed, albums = values.pop("said", {}), values.pop("removed_tags", ()), values.pop("albums", ())
        image = from_json(Image, values)
        self._db.execute(_INSERT_IMAGE, (*image_values(image)[:-1], micros(image.added), image.id))
        if image.metadata:
            fields = encoded(image.metadata)
            self._db.execute("INSERT INTO image_metadata VALUES (?, ?)", (image.id, fields))
        if image.embedding:
            self._db.execute("INSERT INTO image_embedding VALUES (?, ?)", (image.id, image.embedding))
        if image.meaning:
            self._db.execute("INSERT INTO image_meaning VALUES (?, ?)", (image.id, image.meaning))
        write_tags(self._db, self._tags, self._makers, image.id, image.tags)
        write_texts(self._db, self._makers, image.id, (), image.texts)
        for face in image.faces:
            self._db.execute(
                _INSERT_FACE,
                (face.id, image.id, *face_values(self._makers, face), face.person_id, face.person_origin),
            )
        for file in image.files:
            self._file(file, image.id)
        self._said(image.id, said)
        for name, kind in removed:
            tag = self._tags.id(self._db, name, TagKind(kind))
            self._db.execute("INSERT INTO tag_removed VALUES (?, ?)", (image.id, tag))
        for album in albums:
            self._db.execute("INSERT INTO album_image VALUES (?, ?)", (album, image.id))

    def _said(self, image_id: int, said: dict[str, Any]) -> None:
        if not said:
            return
        if said.keys() - set(_SAID):
            raise ValueError(f"nobody can say {min(said.keys() - set(_SAID))} of an image")
        if "trashed" in said:
            said = {**said, "trashed": micros(datetime.fromisoformat(said["trashed"]))}
        self._db.execute(
            f"INSERT INTO image_edit (image_id, {', '.join(_SAID)}) VALUES ({', '.join('?' * (len(_SAID) + 1))})",
            (image_id, *(said.get(name) for name in _SAID)),
        )

    def _file(self, file: AssetFile, image_id: int | None) -> None:
        states, notes = files.apply_stages(file.stages, [None] * len(files.STAGES), "")
        self._db.execute(
            "INSERT INTO file (id, path, root_id, file_size, mtime_ns, inode, device, content_hash, present, image_id,"
            " identify, metadata, pixels, analysis, notes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                file.id,
                path_bytes(file.path),
                files.root_id(self._db, file.root),
                *files.stamp_values(file),
                file.content_hash,
                file.present,
                image_id,
                *states,
                notes,
            ),
        )

    def _finish(self) -> None:
        """No edge leads nowhere; ids go on where they were; every node is news to readers of the feed."""
        loose = self._db.execute("PRAGMA foreign_key_check").fetchone()
        if loose is not None:
            table, row, target, _ = loose
            raise BadExport(f"A record of {table} ({row}) names a {target} that is not in the export: export it again.")
        for table, last in self._last_ids.items():
            self._db.execute(
                "INSERT INTO sqlite_sequence (name, seq) SELECT ?1, 0 WHERE NOT EXISTS"
                " (SELECT 1 FROM sqlite_sequence WHERE name = ?1)",
                (table,),
            )
            self._db.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (last, table))
        for kind, table in ((feed.PERSON, "person"), (feed.ALBUM, "album"), (feed.FILE, "file"), (feed.IMAGE, "image")):
            feed.touched_where(self._db, kind, f"SELECT id FROM {table}")
        feed.touched_where(self._db, feed.PLACE, "SELECT key AS id FROM place")


_INSERT_IMAGE = (
    f"INSERT INTO image ({', '.join(IMAGE_DEFAULTS)}, id) VALUES "
    f"({', '.join(f'coalesce(?, {default})' for default in IMAGE_DEFAULTS.values())}, ?)"
)
_INSERT_FACE = (
    f"INSERT INTO face (id, image_id, {FACE_COLUMNS}, person_id, person_origin) VALUES ({', '.join('?' * 16)})"
)
