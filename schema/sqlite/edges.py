"""Edges of an image to what was found in it: tags, faces, text lines; and who made them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import apsw

from schema.filter.nodes import Origin
from schema.graph import Box, Face, TagEdge, TagKind, TextLine
from schema.sqlite.values import floats, micros, number, rows_of, score, text, words

SAME_FACE = 0.3
"""Overlap (intersection over union) from which two detections are one face: about half shared each way, below which
neighbours in a crowd begin to be confused."""


class Makers:
    """Who makes edges. Read anew for every transaction: a handful of rows."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._ids: dict[tuple[str, str, str], int] = {
            (origin, model, version): key
            for key, origin, model, version in db.execute("SELECT id, origin, model, version FROM maker")
        }

    def id(self, origin: str, model: str, version: str) -> int:
        found = self._ids.get((origin, model, version))
        if found is None:
            key = (str(origin), text(model), text(version))
            found = self._ids.get(key)
        if found is None:
            self._db.execute("INSERT INTO maker (origin, model, version) VALUES (?, ?, ?)", key)
            found = self._ids[key] = self._db.last_insert_rowid()
        return found

    def of(self, pairs: Collection[tuple[str, str]]) -> list[int]:
        """Ids of every version of these (origin, model)."""
        return [key for (origin, model, _), key in self._ids.items() if (origin, model) in pairs]

    def models(self) -> set[str]:
        return {model for origin, model, _ in self._ids if origin == Origin.MODEL}

    def not_people(self) -> list[int]:
        return [key for (origin, _, _), key in self._ids.items() if origin != Origin.USER]


class Tags:
    """Ids of tags, remembered over transactions; tags are never deleted. `forget` after a rollback."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], int] = {}

    def id(self, db: apsw.Connection, name: str, kind: TagKind) -> int:
        found = self._ids.get((name, kind))
        if found is None:
            key = (text(name), str(kind))
            found = db.execute("SELECT id FROM tag WHERE name = ? AND kind = ?", key).get
            if found is None:
                db.execute("INSERT INTO tag (name, kind) VALUES (?, ?)", key)
                found = db.last_insert_rowid()
            self._ids[key] = found
        return int(found)

    def forget(self) -> None:
        self._ids.clear()


def drop_tags(db: apsw.Connection, image_id: int, makers: Sequence[int]) -> None:
    if makers:
        marks = ", ".join("?" * len(makers))
        db.execute(f"DELETE FROM image_tag WHERE image_id = ? AND maker_id IN ({marks})", (image_id, *makers))


def write_tags(db: apsw.Connection, tags: Tags, makers: Makers, image_id: int, edges: Sequence[TagEdge]) -> None:
    db.executemany(
        "INSERT OR REPLACE INTO image_tag VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                image_id,
                tags.id(db, edge.tag, edge.kind),
                makers.id(edge.origin, edge.model, edge.version),
                score(edge.score),
                edge.count,
                floats([value for box in edge.boxes for value in box]),
                floats(edge.box_scores),
                words(edge.colors),
                micros(edge.made),
            )
            for edge in edges
        ],
    )


def write_texts(
    db: apsw.Connection, makers: Makers, image_id: int, drop: Sequence[int], lines: Sequence[TextLine]
) -> None:
    """Lines of `drop` makers go, the others keep their order, new ones follow."""
    if drop:
        marks = ", ".join("?" * len(drop))
        db.execute(f"DELETE FROM text_line WHERE image_id = ? AND maker_id IN ({marks})", (image_id, *drop))
    if not lines:
        return
    start = db.execute("SELECT coalesce(max(position) + 1, 0) FROM text_line WHERE image_id = ?", (image_id,)).get
    db.executemany(
        "INSERT INTO text_line VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                image_id,
                position,
                text(line.text),
                score(line.score),
                floats(line.box),
                makers.id(Origin.MODEL, line.model, line.version),
                micros(line.made),
            )
            for position, line in enumerate(lines, start=start)
        ],
    )


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0..1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def pair_faces(old: Sequence[Box], new: Sequence[Box]) -> dict[int, int]:
    """new -> old: the most overlapping pairs first, each face used once."""
    candidates = sorted(
        ((overlap(was, now), i, j) for i, was in enumerate(old) for j, now in enumerate(new)), reverse=True
    )
    pairs: dict[int, int] = {}
    used: set[int] = set()
    for shared, i, j in candidates:
        if shared < SAME_FACE:
            break
        if i not in used and j not in pairs:
            pairs[j] = i
            used.add(i)
    return pairs


def face_values(makers: Makers, face: Face) -> tuple[object, ...]:
    """Everything of a face but its ids and its person."""
    return (
        floats(face.box),
        score(face.score),
        floats(value for point in face.landmarks for value in point),
        number(face.age),
        face.gender,
        number(face.gender_score),
        face.emotion,
        number(face.emotion_score),
        face.embedding,
        text(face.embedding_model),
        makers.id(Origin.MODEL, face.model, face.version),
        micros(face.made),
    )


FACE_COLUMNS = (
    "box, score, landmarks, age, gender, gender_score, emotion, emotion_score, embedding, embedding_model, maker_id,"
    " made"
)
_INSERT_FACE = f"INSERT INTO face (image_id, {FACE_COLUMNS}, person_id, person_origin) VALUES ({', '.join('?' * 15)})"
_UPDATE_FACE = (
    "UPDATE face SET "
    + ", ".join(f"{column} = ?" for column in FACE_COLUMNS.split(", "))
    + ", person_id = ?, person_origin = ? WHERE id = ?"
)


_SAID = (Origin.USER, Origin.METADATA)


def replace_faces(
    db: apsw.Connection, makers: Makers, image_id: int, drop: Sequence[int], faces: Sequence[Face]
) -> None:
    """New detections in place of those of `drop` makers.

    A detection that overlaps an earlier one is the same face: it keeps its id, and its person unless the new one
    brings a better-founded one. A face that a person or the file named stays even when it is not detected again.
    """
    marks = ", ".join("?" * len(drop))
    old: list[Any] = db.execute(
        f"SELECT id, box, person_id, person_origin FROM face WHERE image_id = ? AND (maker_id IN ({marks})"
        " OR person_origin = 'METADATA') ORDER BY id",
        (image_id, *drop),
    ).fetchall()
    pairs = pair_faces([_box(row[1]) for row in old], [face.box for face in faces])
    for index, face in enumerate(faces):
        values = face_values(makers, face)
        if index not in pairs:
            db.execute(_INSERT_FACE, (image_id, *values, face.person_id, face.person_origin))
            continue
        face_id, _, person, origin = old[pairs[index]]
        if face.person_id is not None and origin not in _SAID:
            person, origin = face.person_id, face.person_origin
        db.execute(_UPDATE_FACE, (*values, person, origin, face_id))
    matched = set(pairs.values())
    for index, (face_id, _, _, origin) in enumerate(old):
        if index not in matched and origin not in _SAID:
            db.execute("DELETE FROM face WHERE id = ?", (face_id,))


def _box(value: bytes) -> Box:
    ((x0, y0, x1, y1),) = rows_of(4, value)
    return x0, y0, x1, y1
