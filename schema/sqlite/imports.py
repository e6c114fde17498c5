"""What ingest learned, written: which image a file belongs to, and what of it is new."""

from __future__ import annotations

import re
from array import array
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import apsw

from schema.filter.nodes import Origin
from schema.graph import Image, Place, Stage, StageState
from schema.sqlite import feed, files, reading
from schema.sqlite.edges import Makers, Tags, drop_tags, replace_faces, write_tags, write_texts
from schema.sqlite.regions import name_regions
from schema.sqlite.values import micros, number, palette, path_bytes, signed, text, to_json, wide, words
from schema.store import Describe, Imported

IMAGE_DEFAULTS: dict[str, str] = {
    "content_hash": "''",
    "name": "''",
    "format": "''",
    "file_size": "0",
    "width": "NULL",
    "height": "NULL",
    "orientation": "1",
    "taken": "NULL",
    "taken_offset": "NULL",
    "taken_source": "''",
    "make": "''",
    "model": "''",
    "lens": "''",
    "software": "''",
    "iso": "NULL",
    "aperture": "NULL",
    "exposure": "NULL",
    "focal": "NULL",
    "focal35": "NULL",
    "flash": "NULL",
    "lat": "NULL",
    "lon": "NULL",
    "altitude": "NULL",
    "place": "NULL",
    "near_city": "NULL",
    "place_origin": f"'{Origin.METADATA}'",
    "title": "''",
    "caption": "''",
    "conditions": "''",
    "lens_words": "''",
    "size_word": "''",
    "phash": "NULL",
    "palette": "x''",
    "thumbhash": "x''",
    "embedding_model": "''",
    "nsfw": "NULL",
    "rating": "NULL",
    "media_version": "0",
    "duplicate_of": "NULL",
    "burst_of": "NULL",
    "sharpness": "NULL",
    "brightness": "NULL",
    "contrast": "NULL",
    "meaning_model": "''",
    "added": "0",
}
"""Column -> what it holds when ingest knows nothing, in the order of `image_values`."""

INSERT_IMAGE = (
    f"INSERT INTO image ({', '.join(IMAGE_DEFAULTS)}) VALUES "
    f"({', '.join(f'coalesce(?, {default})' for default in IMAGE_DEFAULTS.values())})"
)
_MERGE_IMAGE = f"UPDATE image SET {', '.join(f'{name} = coalesce(?, {name})' for name in IMAGE_DEFAULTS)} WHERE id = ?"
_REPLACE_IMAGE = (
    "UPDATE image SET "
    + ", ".join(
        f"{name} = coalesce(?, {name if name == 'added' else default})" for name, default in IMAGE_DEFAULTS.items()
    )
    + " WHERE id = ?"
)
_NAMED = re.compile(r"[\w.+-]+")


def image_values(image: Image) -> tuple[object, ...]:
    """Values of the columns of IMAGE_DEFAULTS; None for what is at its default."""
    return (
        image.content_hash,
        text(image.name) or None,
        text(image.format) or None,
        wide(image.file_size) or None,
        image.width,
        image.height,
        None if image.orientation == 1 else image.orientation,
        micros(image.taken),
        image.taken_offset,
        text(image.taken_source) or None,
        text(image.make) or None,
        text(image.model) or None,
        text(image.lens) or None,
        text(image.software) or None,
        number(image.iso),
        number(image.aperture),
        number(image.exposure),
        number(image.focal),
        number(image.focal35),
        image.flash,
        number(image.lat),
        number(image.lon),
        number(image.altitude),
        image.place,
        image.near_city,
        None if image.place_origin is Origin.METADATA else image.place_origin,
        text(image.title) or None,
        text(image.caption) or None,
        words(image.conditions) or None,
        words(image.lens_words) or None,
        text(image.size_word) or None,
        signed(image.phash),
        palette(image.palette) or None,
        image.thumbhash or None,
        text(image.embedding_model) or None,
        number(image.nsfw),
        image.rating,
        image.media_version or None,
        image.duplicate_of,
        image.burst_of,
        number(image.sharpness),
        number(image.brightness),
        number(image.contrast),
        text(image.meaning_model) or None,
        None,
    )


def write_places(db: apsw.Connection, places: Sequence[Place]) -> None:
    """Insert or correct; only what differs is a change."""
    known = dict.fromkeys(places)
    for place in known:
        db.execute(
            "INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
            " level = excluded.level, name = excluded.name, parent = excluded.parent, lat = excluded.lat,"
            " lon = excluded.lon, country = excluded.country, population = excluded.population"
            " WHERE (level, name, parent, lat, lon, country, population) IS NOT (excluded.level, excluded.name,"
            " excluded.parent, excluded.lat, excluded.lon, excluded.country, excluded.population)",
            place_values(place),
        )
        if db.changes():
            feed.touched(db, feed.PLACE, [place.key])


def place_values(place: Place) -> tuple[object, ...]:
    return (
        place.key,
        place.level,
        text(place.name),
        place.parent,
        place.lat,
        place.lon,
        place.country,
        place.population,
    )


def redescribe(db: apsw.Connection, tags: Tags, image_ids: Sequence[int], describe: Describe) -> None:
    """Give those of these images that have a present file the name and the tags by rule that `describe` says."""
    there = _images_of_files(db, image_ids, "max(present)")
    if not there:
        return
    makers = Makers(db)
    changed: list[int] = []
    for image in reading.images(db, there, frozenset({"files", "tags"}), as_read=True):
        assert image is not None
        name, edges = describe(image)
        was = {(edge.kind, edge.tag) for edge in image.tags if edge.origin is Origin.RULE}
        if (text(name), {(edge.kind, text(edge.tag)) for edge in edges}) == (image.name, was):
            continue
        db.execute("UPDATE image SET name = ? WHERE id = ?", (text(name), image.id))
        drop_tags(db, image.id, makers.of({(str(Origin.RULE), "")}))
        write_tags(db, tags, makers, image.id, edges)
        changed.append(image.id)
    feed.touched(db, feed.IMAGE, changed)


def _images_of_files(db: apsw.Connection, image_ids: Collection[int], having: str) -> list[int]:
    """Those of some images of whose files something holds."""
    if not image_ids:
        return []
    rows: list[Any] = db.execute(
        f"SELECT image_id FROM file WHERE image_id IN (SELECT value FROM carray(?)) GROUP BY image_id HAVING {having}",
        (apsw.carray(array("q", image_ids)),),
    ).fetchall()
    return [image_id for (image_id,) in rows]


class Import:
    """One batch in one transaction."""

    def __init__(self, db: apsw.Connection, tags: Tags, describe: Describe | None = None) -> None:
        self._db = db
        self._describe = describe
        self._tags = tags
        self._makers = Makers(db)
        self._files: dict[int, None] = {}
        self._images: dict[int, None] = {}
        self._left: list[int] = []
        """Images that a file is no longer one of."""
        self._roots: dict[str, int] = {}
        self._now = micros(datetime.now(UTC))

    def write(self, batch: Sequence[Imported]) -> list[int | None]:
        write_places(self._db, [place for record in batch for place in record.places])
        ids = [self._record(record) for record in batch]
        feed.touched(self._db, feed.FILE, self._files)
        feed.touched(self._db, feed.IMAGE, self._images)
        if self._describe is not None:
            copied = _images_of_files(self._db, self._images, "count(*) > 1")
            redescribe(self._db, self._tags, [*self._left, *copied], self._describe)
        return ids

    def _record(self, record: Imported) -> int | None:
        file_id, image_id, states, notes = self._file(record)
        image, fresh = record.image, False
        skipped = False
        if image is not None:
            digest = image.content_hash
            image_id, fresh, replace = self._identity(record, file_id, image_id)
            skipped = fresh and self._is_forgotten(digest)
            if skipped:
                files.skip_forgotten(self._db, [file_id])
            elif fresh:
                image_id = self._insert(image)
            elif image_id is not None:
                self._update(image_id, file_id, image, replace)
            if not skipped and image_id is not None:
                self._edges(image_id, record, replace, fresh)
                self._images[image_id] = None
            if replace:
                notes = ""
        self._files[file_id] = None
        if skipped:
            return None
        after, notes = files.apply_stages(record.stages, states, notes)
        self._db.execute(
            "UPDATE file SET image_id = ?, identify = ?, metadata = ?, pixels = ?, analysis = ?, notes = ?"
            " WHERE id = ?",
            (image_id, *after, notes, file_id),
        )
        return image_id if image is not None else None

    def _file(self, record: Imported) -> tuple[int, int | None, list[int | None], str]:
        """Its row; id, image, states and notes so far."""
        file, path = record.file, path_bytes(record.file.path)
        digest = file.content_hash or (record.image.content_hash if record.image else "")
        row = self._db.execute(
            "SELECT id, image_id, identify, metadata, pixels, analysis, notes FROM file WHERE path = ?", (path,)
        ).fetchone()
        stamp = files.stamp_values(file)
        if row is None:
            root = self._roots.get(file.root)
            if root is None:
                root = self._roots[file.root] = files.root_id(self._db, file.root)
            self._db.execute(
                "INSERT INTO file (path, root_id, file_size, mtime_ns, inode, device, content_hash, present, notes)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, '')",
                (path, root, *stamp, digest, file.present),
            )
            return self._db.last_insert_rowid(), None, [None] * len(files.STAGES), ""
        file_id, image_id, *states, notes = row
        if any(stage.stage is Stage.IDENTIFY for stage in record.stages):
            self._db.execute(
                "UPDATE file SET file_size = ?, mtime_ns = ?, inode = ?, device = ?,"
                " content_hash = CASE WHEN ? = '' THEN content_hash ELSE ? END WHERE id = ?",
                (*stamp, digest, digest, file_id),
            )
        return file_id, image_id, states, notes

    def _identity(self, record: Imported, file_id: int, current: int | None) -> tuple[int | None, bool, bool]:
        """Image id (None: a new one), whether it is new, whether its derived facts are to be wiped."""
        assert record.image is not None
        digest = record.image.content_hash
        same = self._db.execute("SELECT id FROM image WHERE content_hash = ?", (digest,)).get
        if current is None:
            current = record.file.image_id
        if current is not None and current != same:
            known = self._db.execute("SELECT 1 FROM image WHERE id = ?", (current,)).get
            if known:
                self._images[current] = None
                self._left.append(current)
                if same is None and not self._others(current, file_id):
                    self._detach_absent(current, file_id)
                    return current, False, True
        return same, same is None, record.replace and same is not None and same == current

    def _others(self, image_id: int, file_id: int) -> bool:
        """Whether another reachable file holds this image."""
        return bool(
            self._db.execute(
                "SELECT 1 FROM file WHERE image_id = ? AND id <> ? AND present = 1 LIMIT 1", (image_id, file_id)
            ).get
        )

    def _detach_absent(self, image_id: int, file_id: int) -> None:
        """Unreachable files of an image whose bytes change hold the old bytes: identified anew when they return."""
        self._db.execute(
            "UPDATE file SET image_id = NULL, content_hash = '', identify = 0 WHERE image_id = ? AND id <> ?",
            (image_id, file_id),
        )

    def _is_forgotten(self, digest: str) -> bool:
        return bool(self._db.execute("SELECT 1 FROM forgotten WHERE content_hash = ?", (digest,)).get)

    def _insert(self, image: Image) -> int:
        values = image_values(image)
        added = micros(image.added) if image.added else self._now
        self._db.execute(INSERT_IMAGE, (*values[:-1], added))
        return self._db.last_insert_rowid()

    def _update(self, image_id: int, file_id: int, image: Image, replace: bool) -> None:
        values = list(image_values(image))
        if not replace and self._others(image_id, file_id):
            values[1] = None  # a copy does not rename the image
        self._db.execute(_REPLACE_IMAGE if replace else _MERGE_IMAGE, (*values, image_id))
        if replace:
            for table in ("image_metadata", "image_embedding", "image_meaning"):
                self._db.execute(f"DELETE FROM {table} WHERE image_id = ?", (image_id,))

    def _edges(self, image_id: int, record: Imported, replace: bool, fresh: bool) -> None:
        image = record.image
        assert image is not None
        if image.metadata:
            fields = to_json({text(key): text(value) for key, value in image.metadata.items()})
            self._db.execute("INSERT OR REPLACE INTO image_metadata VALUES (?, ?)", (image_id, fields))
        if image.embedding:
            self._db.execute("INSERT OR REPLACE INTO image_embedding VALUES (?, ?)", (image_id, image.embedding))
        if image.meaning:
            self._db.execute("INSERT OR REPLACE INTO image_meaning VALUES (?, ?)", (image_id, image.meaning))
        if image.favorite or image.trashed:
            self._db.execute(
                "INSERT INTO image_edit (image_id, favorite, trashed) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (image_id, image.favorite or None, micros(image.trashed)),
            )
        stale: list[int] = []
        if not fresh:
            stale = self._makers.not_people() if replace else self._makers.of(self._replaced(record))
            drop_tags(self._db, image_id, stale)
        write_tags(self._db, self._tags, self._makers, image_id, image.tags)
        if image.texts or stale:
            write_texts(self._db, self._makers, image_id, stale, image.texts)
        if image.faces or stale:
            replace_faces(self._db, self._makers, image_id, stale, image.faces)
        if record.regions is not None and (record.regions or not fresh):
            feed.touched(self._db, feed.PERSON, name_regions(self._db, self._makers, image_id, record.regions))

    def _replaced(self, record: Imported) -> set[tuple[str, str]]:
        """Which (origin, model) this record speaks for, with the stages that ran and found nothing."""
        image = record.image
        assert image is not None
        pairs = {(str(edge.origin), edge.model) for edge in image.tags if edge.origin is not Origin.USER}
        pairs |= {(str(Origin.MODEL), face.model) for face in image.faces}
        pairs |= {(str(Origin.MODEL), line.model) for line in image.texts}
        for stage in record.stages:
            if stage.state is not StageState.DONE:
                continue
            if stage.stage is Stage.METADATA:
                pairs |= {(str(Origin.METADATA), ""), (str(Origin.RULE), "")}
            elif stage.stage is Stage.ANALYSIS:
                named = set(_NAMED.findall(stage.detail)) if record.models is None else record.models
                pairs |= {(str(Origin.MODEL), model) for model in self._makers.models() if model in named}
        return pairs
