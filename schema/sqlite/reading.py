"""Rows become nodes: images with the edges asked for, people, places, albums."""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import apsw

from schema.filter.nodes import Emotion, Gender, ImageFilter, Origin
from schema.graph import (
    Album,
    AssetFile,
    Box,
    Face,
    Image,
    PaletteColor,
    Person,
    Place,
    PlaceLevel,
    TagEdge,
    TagKind,
    TextLine,
)
from schema.sqlite import files
from schema.sqlite.values import moment, rows_of, unfloats, unpalette, unsigned, unwords

EDGES = frozenset({"files", "tags", "faces", "texts"})

EFFECTIVE = {
    "rating": "CASE WHEN e.rating IS NULL THEN i.rating ELSE nullif(e.rating, 0) END",
    "title": "coalesce(e.title, i.title)",
    "caption": "coalesce(e.caption, i.caption)",
    "place": "nullif(coalesce(e.place, i.place), '')",
    "near_city": "nullif(coalesce(e.near_city, i.near_city), '')",
}
"""What holds, of what ingest read (i) and what a person said (e)."""

AS_READ = {name: f"i.{name}" for name in EFFECTIVE}
"""What ingest read, whatever a person said."""


def _images_query(shown: Mapping[str, str], place_origin: str) -> str:
    return f"""
    SELECT i.id, content_hash, name, format, file_size, width, height, orientation, taken, taken_offset, taken_source,
      make, model, lens, software, iso, aperture, exposure, focal, focal35, flash, lat, lon, altitude,
      {shown["place"]}, {shown["near_city"]}, {place_origin}, {shown["title"]}, {shown["caption"]}, m.fields,
      conditions, lens_words, size_word, phash, palette, thumbhash, v.vector, embedding_model, nsfw, {shown["rating"]},
      coalesce(e.favorite, 0), e.trashed, added, media_version, duplicate_of, sharpness, brightness, contrast,
      w.vector, meaning_model, burst_of
    FROM image i LEFT JOIN image_edit e ON e.image_id = i.id LEFT JOIN image_metadata m ON m.image_id = i.id
      LEFT JOIN image_embedding v ON v.image_id = i.id LEFT JOIN image_meaning w ON w.image_id = i.id
    WHERE i.id IN (SELECT value FROM carray(?))
    """


_IMAGES = _images_query(EFFECTIVE, "CASE WHEN e.place IS NULL THEN i.place_origin ELSE 'USER' END")
_IMAGES_AS_READ = _images_query(AS_READ, "i.place_origin")

_ALL_TAGS = """
SELECT 1, t.image_id, tag.name, tag.kind, t.score, k.origin, k.model, k.version, t.boxes, t.box_scores, t.count,
  t.colors, t.made, NULL, NULL, NULL, NULL, NULL
FROM image_tag t JOIN tag ON tag.id = t.tag_id JOIN maker k ON k.id = t.maker_id
WHERE t.image_id IN (SELECT value FROM carray(?))
"""
_TAGS = f"""{_ALL_TAGS}
  AND (k.origin = 'USER' OR NOT EXISTS
    (SELECT 1 FROM tag_removed r WHERE r.image_id = t.image_id AND r.tag_id = t.tag_id))
"""

_FACE_COLUMNS = (
    "f.image_id, f.box, f.score, f.landmarks, f.age, f.gender, f.gender_score, f.emotion, f.emotion_score,"
    " f.embedding, f.person_id, f.person_origin, k.model, k.version, f.id, f.made, f.embedding_model"
)
_FACES = f"""
SELECT 2, {_FACE_COLUMNS} FROM face f JOIN maker k ON k.id = f.maker_id
WHERE f.image_id IN (SELECT value FROM carray(?))
"""

_TEXTS = """
SELECT 3, l.image_id, l.position, l.text, l.score, l.box, k.model, k.version,
  l.made, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM text_line l JOIN maker k ON k.id = l.maker_id WHERE l.image_id IN (SELECT value FROM carray(?))
"""


def images(
    db: apsw.Connection, ids: Sequence[int], fields: frozenset[str] | None, *, as_read: bool = False
) -> list[Image | None]:
    """At most three queries: the images, their edges to what was found in them, their files.

    `as_read`: without what people said, but with the edges they took away.
    """
    if not ids:
        return []
    wanted = EDGES if fields is None else fields & EDGES
    chosen = apsw.carray(array("q", ids))
    tags: dict[int, list[TagEdge]] = defaultdict(list)
    faces: dict[int, list[Face]] = defaultdict(list)
    texts: dict[int, list[tuple[int, TextLine]]] = defaultdict(list)
    held: dict[int, list[AssetFile]] = defaultdict(list)
    arms = [
        arm
        for name, arm in (("tags", _ALL_TAGS if as_read else _TAGS), ("faces", _FACES), ("texts", _TEXTS))
        if name in wanted
    ]
    if arms:
        for arm, image_id, *row in db.execute(" UNION ALL ".join(arms), (chosen,) * len(arms)):
            if arm == 1:
                tags[image_id].append(_tag(row))
            elif arm == 2:
                faces[image_id].append(face(image_id, row))
            else:
                texts[image_id].append((row[0], TextLine(row[1], row[2], box(row[3]), row[4], row[5], moment(row[6]))))
    if "files" in wanted:
        query = f"SELECT {files.COLUMNS} FROM file WHERE image_id IN (SELECT value FROM carray(?)) ORDER BY id"
        for asset in map(files.asset_file, db.execute(query, (chosen,))):
            assert asset.image_id is not None
            held[asset.image_id].append(asset)
    found = {
        row[0]: _image(
            row,
            tuple(held.get(row[0], ())),
            tuple(sorted(tags.get(row[0], ()), key=lambda edge: (-edge.score, edge.tag, edge.kind, edge.model))),
            tuple(sorted(faces.get(row[0], ()), key=lambda one: one.id)),
            tuple(line for _, line in sorted(texts.get(row[0], ()), key=lambda line: line[0])),
        )
        for row in db.execute(_IMAGES_AS_READ if as_read else _IMAGES, (chosen,))
    }
    return [found.get(image_id) for image_id in ids]


def _image(
    row: Sequence[Any],
    held: tuple[AssetFile, ...],
    tags: tuple[TagEdge, ...],
    faces: tuple[Face, ...],
    texts: tuple[TextLine, ...],
) -> Image:
    return Image(
        id=row[0],
        content_hash=row[1],
        name=row[2],
        format=row[3],
        file_size=int(row[4]),
        width=row[5],
        height=row[6],
        orientation=row[7],
        taken=moment(row[8]),
        taken_offset=row[9],
        taken_source=row[10],
        make=row[11],
        model=row[12],
        lens=row[13],
        software=row[14],
        iso=row[15],
        aperture=row[16],
        exposure=row[17],
        focal=row[18],
        focal35=row[19],
        flash=None if row[20] is None else bool(row[20]),
        lat=row[21],
        lon=row[22],
        altitude=row[23],
        place=row[24],
        near_city=row[25],
        place_origin=Origin(row[26]),
        title=row[27],
        caption=row[28],
        metadata=json.loads(row[29]) if row[29] else {},
        conditions=unwords(row[30]),
        lens_words=unwords(row[31]),
        size_word=row[32],
        phash=unsigned(row[33]),
        palette=tuple(PaletteColor(*color) for color in unpalette(row[34])),
        thumbhash=row[35],
        embedding=row[36] or b"",
        embedding_model=row[37],
        nsfw=row[38],
        rating=row[39],
        favorite=bool(row[40]),
        trashed=moment(row[41]),
        added=moment(row[42]),
        media_version=row[43],
        duplicate_of=row[44],
        sharpness=row[45],
        brightness=row[46],
        contrast=row[47],
        meaning=row[48] or b"",
        meaning_model=row[49],
        burst_of=row[50],
        files=held,
        tags=tags,
        faces=faces,
        texts=texts,
    )


def box(value: bytes) -> Box:
    x0, y0, x1, y1 = unfloats(value)
    return x0, y0, x1, y1


def _tag(row: Sequence[Any]) -> TagEdge:
    name, kind, score, origin, model, version, boxes, box_scores, count, colors, made = row[:11]
    return TagEdge(
        tag=name,
        kind=TagKind(kind),
        score=score,
        origin=Origin(origin),
        model=model,
        version=version,
        boxes=tuple((x0, y0, x1, y1) for x0, y0, x1, y1 in rows_of(4, boxes)),
        box_scores=unfloats(box_scores),
        count=count,
        colors=unwords(colors),
        made=moment(made),
    )


def face(image_id: int, row: Sequence[Any]) -> Face:
    return Face(
        image_id=image_id,
        box=box(row[0]),
        score=row[1],
        landmarks=tuple((x, y) for x, y in rows_of(2, row[2])),
        age=row[3],
        gender=Gender(row[4]) if row[4] else None,
        gender_score=row[5],
        emotion=Emotion(row[6]) if row[6] else None,
        emotion_score=row[7],
        embedding=row[8],
        person_id=row[9],
        person_origin=Origin(row[10]),
        model=row[11],
        version=row[12],
        id=row[13],
        made=moment(row[14]),
        embedding_model=row[15],
    )


def faces_by_id(db: apsw.Connection, ids: Sequence[int]) -> list[Face]:
    if not ids:
        return []
    query = (
        f"SELECT {_FACE_COLUMNS} FROM face f JOIN maker k ON k.id = f.maker_id"
        " WHERE f.id IN (SELECT value FROM carray(?)) ORDER BY f.id"
    )
    return [face(image_id, row) for image_id, *row in db.execute(query, (apsw.carray(array("q", ids)),))]


def _chosen(db: apsw.Connection, query: str, column: str, keys: Sequence[int] | Sequence[str] | None) -> list[Any]:
    """All rows, or those of some keys, by key."""
    if keys is None:
        return db.execute(f"{query} ORDER BY {column}").fetchall()
    if not keys:
        return []
    values = tuple(str(key) for key in keys) if isinstance(keys[0], str) else array("q", [int(key) for key in keys])
    return db.execute(
        f"{query} WHERE {column} IN (SELECT value FROM carray(?)) ORDER BY {column}", (apsw.carray(values),)
    ).fetchall()


def people(db: apsw.Connection, ids: Sequence[int] | None) -> list[Person]:
    rows = _chosen(db, "SELECT id, name, hidden, cover_face_id, birthday FROM person", "id", ids)
    return [Person(name, key, hidden == 1, cover, birthday) for key, name, hidden, cover, birthday in rows]


def places(db: apsw.Connection, keys: Sequence[str] | None) -> list[Place]:
    query = "SELECT key, level, name, parent, lat, lon, country, population FROM place"
    return [Place(key, PlaceLevel(level), *rest) for key, level, *rest in _chosen(db, query, "key", keys)]


def albums(db: apsw.Connection, ids: Sequence[int] | None) -> list[Album]:
    rows = _chosen(db, "SELECT id, name, parent_id, filter, cover_image_id FROM album", "id", ids)
    return [
        Album(name, key, parent, ImageFilter.model_validate_json(smart) if smart is not None else None, cover)
        for key, name, parent, smart, cover in rows
    ]


def album_members(db: apsw.Connection, album_id: int) -> list[int]:
    return [row[0] for row in db.execute("SELECT image_id FROM album_image WHERE album_id = ?", (album_id,))]
