"""The whole library as records that any store can read, and such records written into an empty library.

The records are those of `schema.sqlite.portable`, which says what they are.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import fields, replace
from typing import Any

import gel

from schema.edgedb import entries, statements
from schema.edgedb.connection import Asks, first_line, rows
from schema.edgedb.kept import SAID, Kept, KeptFile
from schema.edgedb.rows import kept_of
from schema.edgedb.things import album_of, album_row, file_of, person_of, person_row, place_of
from schema.edgedb.values import text, without_unknown
from schema.edgedb.writing import Writing
from schema.entries import Entry
from schema.errors import BadConfig, BadExport
from schema.graph import Album, AssetFile, Image, NodeKind, Person, Place, TagKind
from schema.records import from_json, to_json
from schema.sqlite.files import STAGES, apply_stages
from schema.sqlite.portable import FORMAT
from schema.sqlite.values import to_json as encoded

NUMBERED = {"image": "images", "file": "files", "person": "people", "face": "faces", "album": "albums"}
"""Tables of the records' header and the counters that stand for them here."""
_BATCH = 500


async def export(asks: Asks) -> AsyncIterator[dict[str, Any]]:
    """All records."""
    count = 0
    async for record in _records(asks):
        count += 1
        yield record
    yield {"type": "end", "records": count}


async def _records(asks: Asks) -> AsyncIterator[dict[str, Any]]:
    (library,) = await rows(asks, statements.LIBRARY)
    (images,) = await rows(asks, "select count(Image);")
    yield {
        "type": "header",
        "program": "pigallery",
        "format": FORMAT,
        "images": images,
        "last_ids": {table: library[counter] for table, counter in NUMBERED.items()},
    }
    for row in sorted(await rows(asks, statements.SETTINGS), key=lambda row: row["key"]):
        yield {"type": "setting", "key": row["key"], "value": row["value"]}
    for row in await rows(asks, statements.ALL_ENTRIES, now=time.time()):
        yield {"type": "entry", **to_json(entries.entry_of(row))}
    for place in sorted(map(place_of, await rows(asks, statements.PLACES)), key=lambda place: place.key):
        yield {"type": "place", **to_json(place)}
    for person in sorted(map(person_of, await rows(asks, statements.PEOPLE)), key=lambda person: person.id):
        yield {"type": "person", **to_json(person)}
    for album in sorted(map(album_of, await rows(asks, statements.ALBUMS)), key=lambda album: album.id):
        yield {"type": "album", **to_json(album)}
    for digest in sorted(await rows(asks, statements.FORGOTTEN)):
        yield {"type": "removed_image", "content_hash": digest}
    after = 0
    while found := await rows(asks, statements.NEXT_IMAGES, after=after, limit=_BATCH):
        for row in found:
            yield record_of(kept_of(row))
        after = found[-1]["number"]
    after = 0
    while found := await rows(asks, statements.FILES_WITHOUT_IMAGE, after=after, limit=_BATCH):
        for row in found:
            yield {"type": "file", **to_json(file_of(row).asset)}
        after = found[-1]["number"]


def record_of(kept: Kept) -> dict[str, Any]:
    """One image with all that belongs to it."""
    return {
        "type": "image",
        **to_json(kept.image),
        **({"said": dict(kept.said)} if kept.said else {}),
        **({"removed_tags": [[name, kind] for kind, name in sorted(kept.removed)]} if kept.removed else {}),
        **({"albums": list(kept.albums)} if kept.albums else {}),
    }


def kept_from(record: dict[str, Any]) -> Kept:
    """What `record_of` was given, or another store's record."""
    values = {name: value for name, value in record.items() if name != "type"}
    said, removed, albums = values.pop("said", {}), values.pop("removed_tags", ()), values.pop("albums", ())
    if said.keys() - set(SAID):
        raise ValueError(f"nobody can say {min(said.keys() - set(SAID))} of an image")
    image = from_json(Image, values)
    return Kept(
        replace(image, faces=tuple(replace(face, image_id=image.id) for face in image.faces)),
        said,
        frozenset((str(TagKind(kind)), name) for name, kind in removed),
        tuple(sorted(albums)),
    )


def kept_file(asset: AssetFile) -> KeptFile:
    states, notes = apply_stages(asset.stages, [None] * len(STAGES), "")
    named = {field.name for field in fields(KeptFile)} - {"states", "notes"}
    return KeptFile(**{name: getattr(asset, name) for name in named}, states=tuple(states), notes=notes)


class Restore:
    """Records into an empty library, in one transaction; written a batch at a time."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing
        self._images: list[Kept] = []
        self._alike: list[dict[str, Any]] = []
        self._albums: dict[int, Album] = {}
        self._people: set[int] = set()
        self._members: dict[int, list[int]] = {}
        self._take: dict[str, Callable[[dict[str, Any]], Awaitable[None]]] = {
            "setting": self._setting,
            "entry": self._entry,
            "place": self._place,
            "person": self._person,
            "album": self._album,
            "removed_image": self._removed,
            "image": self._image,
            "file": self._file,
        }

    async def write(self, records: Iterable[dict[str, Any]]) -> int:
        """How many records were written, header and end not counted."""
        try:
            return await self._write(records)
        except gel.errors.IntegrityError as error:
            raise BadExport(f"The export holds something twice ({first_line(error)}): export it again.") from error

    async def _write(self, records: Iterable[dict[str, Any]]) -> int:
        (library,) = await rows(self._writing.asks, statements.LIBRARY)
        if any(library[counter] for counter in NUMBERED.values()):
            raise BadConfig("This library is not empty: import into a new one (name an empty branch).")
        count, ended = 0, False
        for count, record in enumerate(records, start=1):
            if ended:
                raise BadExport(f"Record {count} follows the end of the export: use the file as it was written.")
            try:
                ended = await self._record(count, dict(record))
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
                reason = f"{error} is missing" if isinstance(error, KeyError) else error
                raise BadExport(f"Record {count} cannot be read ({reason}): export the library again.") from error
        if not ended:
            raise BadExport(f"The export ends after record {count} without its end: it was cut off; export again.")
        await self._finish()
        return count - 2

    async def _record(self, number: int, values: dict[str, Any]) -> bool:
        """Write one; whether it was the end."""
        kind = values.pop("type")
        if number == 1:
            self._header(kind, values)
        elif kind == "end":
            if values["records"] != number - 1:
                raise ValueError(f"{values['records']} records were written, {number - 1} came")
            return True
        elif kind in self._take:
            await self._take[kind](values)
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
        for table, counter in NUMBERED.items():
            self._writing.reserve(counter, int(values["last_ids"].get(table, 0)))

    async def _setting(self, values: dict[str, Any]) -> None:
        await put_setting(self._writing.asks, values["key"], values["value"])

    async def _entry(self, values: dict[str, Any]) -> None:
        row = entries.entry_row(from_json(Entry, values))
        await self._writing.asks.execute(statements.DROP_ENTRIES, keys=[row["digest"]])
        await self._writing.run(statements.ADD_ENTRIES, [row])

    async def _place(self, values: dict[str, Any]) -> None:
        await self._writing.write_places([from_json(Place, values)])

    async def _person(self, values: dict[str, Any]) -> None:
        person = from_json(Person, values)
        self._people.add(person.id)
        self._given("people", person.id)
        await self._writing.run(statements.INSERT_PEOPLE, [person_row(person)])
        self._writing.touch(NodeKind.PERSON, [person.id])

    async def _album(self, values: dict[str, Any]) -> None:
        album = from_json(Album, values)
        self._albums[album.id] = album
        self._given("albums", album.id)
        await self._writing.run(statements.INSERT_ALBUMS, [album_row(album)])
        self._writing.touch(NodeKind.ALBUM, [album.id])

    async def _removed(self, values: dict[str, Any]) -> None:
        await self._writing.run(statements.FORGET, [{"content_hash": values["content_hash"]}])

    async def _image(self, values: dict[str, Any]) -> None:
        self._images.append(kept_from(values))
        if len(self._images) >= _BATCH:
            await self._write_images()

    async def _file(self, values: dict[str, Any]) -> None:
        file = kept_file(from_json(AssetFile, values))
        self._given("files", file.id)
        self._writing.put_file(file)
        self._writing.touch(NodeKind.FILE, [file.id])

    def _given(self, counter: str, number: int) -> None:
        if number < 1:
            raise ValueError(f"{number} is no id")
        self._writing.reserve(counter, number)

    async def _write_images(self) -> None:
        writing = self._writing
        for kept in self._images:
            image = kept.image
            self._given("images", image.id)
            for face in image.faces:
                self._given("faces", face.id)
                if face.person_id is not None and face.person_id not in self._people:
                    raise BadExport(
                        f"A record of face ({face.id}) names a person that is not in the export: export it again."
                    )
            groups = without_unknown({"duplicate": image.duplicate_of, "burst": image.burst_of})
            if groups:  # which may come later
                self._alike.append({"number": image.id, **groups})
            writing.put(replace(kept, image=replace(image, files=(), duplicate_of=None, burst_of=None)))
            for asset in image.files:
                self._given("files", asset.id)
                writing.put_file(replace(kept_file(asset), image_id=image.id))
                writing.touch(NodeKind.FILE, [asset.id])
            for album in kept.albums:
                self._members.setdefault(album, []).append(image.id)
            writing.touch(NodeKind.IMAGE, [image.id])
        self._images.clear()
        await writing.write_nodes()

    async def _finish(self) -> None:
        """Edges between records, wherever each stood in the export. No edge leads nowhere."""
        await self._write_images()
        writing = self._writing
        (images,) = await rows(writing.asks, "select array_agg(Image.number);")
        known = set(images)
        loose = [
            *(f"image ({row['number']})" for row in self._alike if not known.issuperset(row.values())),
            *(f"album ({number})" for number in self._members if number not in self._albums),
            *(
                f"album ({album.id})"
                for album in self._albums.values()
                if (album.parent_id is not None and album.parent_id not in self._albums)
                or (album.cover_image_id is not None and album.cover_image_id not in known)
            ),
        ]
        if loose:
            raise BadExport(f"A record of {loose[0]} names what is not in the export: export it again.")
        await writing.run(statements.LINK_ALIKE, self._alike)
        await writing.run(statements.LINK_ALBUMS, [album_row(album) for album in self._albums.values()])
        for album_id, members in self._members.items():
            for start in range(0, len(members), _BATCH):
                part = members[start : start + _BATCH]
                await writing.asks.execute(statements.change_members("+="), album=album_id, keys=part)


async def put_setting(asks: Asks, key: str, value: str) -> None:
    await asks.execute(statements.DROP_SETTINGS, keys=[key])
    row = {"key": key, "value": text(value)}
    await asks.execute(statements.ADD_SETTINGS, rows=encoded([row]))
