"""Faces and looks as columns, and whose and what they were found to be."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

import apsw
import numpy as np

from schema.facts import NO_TIME
from schema.filter.nodes import Origin
from schema.likeness import NOBODY, Alike, FaceGroup, FaceRows, LookRows
from schema.sqlite import feed
from schema.sqlite.people import drop_empty

_FACES = """
SELECT id, image_id, coalesce(person_id, -1), person_origin IN ('USER', 'METADATA'), score, embedding,
  embedding_model FROM face
"""
_LOOKS = """
SELECT i.id, content_hash, coalesce(phash, 0), phash IS NOT NULL, taken, trim(make || ' ' || model), width, height,
  orientation, file_size, sharpness, e.trashed IS NOT NULL, coalesce(v.vector, x''), coalesce(duplicate_of, -1),
  coalesce(burst_of, -1)
FROM image i LEFT JOIN image_edit e ON e.image_id = i.id LEFT JOIN image_embedding v ON v.image_id = i.id
"""


def faces_after(db: apsw.Connection, image_id: int, limit: int) -> FaceRows | None:
    """Faces of the next images past an id, `limit` images that have some; None when there are no more."""
    last = db.execute(
        "SELECT max(image_id) FROM (SELECT DISTINCT image_id FROM face WHERE image_id > ? ORDER BY image_id LIMIT ?)",
        (image_id, limit),
    ).get
    if last is None:
        return None
    query = f"{_FACES} WHERE image_id > ? AND image_id <= ? ORDER BY image_id, id"
    return _face_rows(db.execute(query, (image_id, last)).fetchall())


def faces_of(db: apsw.Connection, image_ids: Sequence[int]) -> FaceRows:
    query = f"{_FACES} WHERE image_id IN (SELECT value FROM carray(?)) ORDER BY image_id, id"
    return _face_rows(db.execute(query, (apsw.carray(array("q", image_ids)),)).fetchall())


def _face_rows(rows: list[Any]) -> FaceRows:
    ids, images, people, settled, scores, vectors, models = zip(*rows, strict=True) if rows else ((),) * 7
    return FaceRows(
        np.array(ids, np.int64),
        np.array(images, np.int64),
        np.array(people, np.int64),
        np.array(settled, np.bool_),
        np.array(scores, np.float32),
        list(vectors),
        list(models),
    )


def looks_after(db: apsw.Connection, image_id: int, limit: int) -> LookRows | None:
    """The next images past an id; None when there are no more."""
    rows = db.execute(f"{_LOOKS} WHERE i.id > ? ORDER BY i.id LIMIT ?", (image_id, limit)).fetchall()
    return _look_rows(rows) if rows else None


def looks_of(db: apsw.Connection, image_ids: Sequence[int]) -> LookRows:
    query = f"{_LOOKS} WHERE i.id IN (SELECT value FROM carray(?)) ORDER BY i.id"
    return _look_rows(db.execute(query, (apsw.carray(array("q", image_ids)),)).fetchall())


def _look_rows(rows: list[Any]) -> LookRows:
    (
        ids, hashes, phash, has_phash, taken, camera, width, height, orientation, size, sharpness, trashed, embedding,
        duplicate_of, burst_of,
    ) = zip(*rows, strict=True) if rows else ((),) * 15  # fmt: skip
    across, down = (np.array(values, np.float64).astype(np.float32) for values in (width, height))
    turned = np.array(orientation, np.int8) >= 5
    return LookRows(
        id=np.array(ids, np.int64),
        content_hash=list(hashes),
        phash=np.array(phash, np.int64).view(np.uint64),
        has_phash=np.array(has_phash, np.bool_),
        taken=np.array([NO_TIME if value is None else value // 1_000_000 for value in taken], np.int64),
        camera=list(camera),
        width=np.where(turned, down, across),
        height=np.where(turned, across, down),
        file_size=np.array(size, np.float64),
        sharpness=np.array(sharpness, np.float64).astype(np.float32),
        trashed=np.array(trashed, np.bool_),
        embedding=list(embedding),
        duplicate_of=np.array(duplicate_of, np.int64),
        burst_of=np.array(burst_of, np.int64),
    )


def group_faces(db: apsw.Connection, groups: Sequence[FaceGroup]) -> list[int]:
    """See `GraphStore.group_faces`."""
    people = [_group(db, group) for group in groups]
    drop_empty(db)
    return people


def _group(db: apsw.Connection, group: FaceGroup) -> int:
    person: int | None = group.person
    if person == 0:
        db.execute("INSERT INTO person (name, hidden) VALUES ('', 0)")
        person = db.last_insert_rowid()
    elif person == NOBODY:
        person = None
    elif not db.execute("SELECT 1 FROM person WHERE id = ?", (person,)).get:
        return NOBODY  # merged with another meanwhile; the feed tells, and the faces are looked at again
    for other in group.absorbs:
        if db.execute("SELECT 1 FROM person WHERE id = ? AND name = ''", (other,)).get and other != person:
            _give(db, person, "person_id = ?", other)
    if group.faces:
        _give(db, person, "id IN (SELECT value FROM carray(?))", apsw.carray(array("q", group.faces)))
    if person is None:
        return NOBODY
    feed.touched(db, feed.PERSON, [person])
    return person


def _give(db: apsw.Connection, person: int | None, which: str, binding: Any) -> None:
    """To this person, or to nobody; what a person or the file has said stays."""
    rows: list[Any] = db.execute(
        f"UPDATE face SET person_id = ?1, person_origin = '{Origin.MODEL}' WHERE {which.replace('?', '?2')}"
        " AND person_origin NOT IN ('USER', 'METADATA') AND person_id IS NOT ?1 RETURNING image_id",
        (person, binding),
    ).fetchall()
    feed.touched(db, feed.IMAGE, sorted({row[0] for row in rows}))


def mark_alike(db: apsw.Connection, found: Mapping[int, Alike]) -> None:
    """See `GraphStore.mark_alike`."""
    touched: set[int] = set()
    for image_id, alike in found.items():
        row = db.execute("SELECT duplicate_of, burst_of FROM image WHERE id = ?", (image_id,)).fetchone()
        now = (alike.duplicate_of, alike.burst_of)
        if row is None or tuple(row) == now:
            continue
        db.execute("UPDATE image SET duplicate_of = ?, burst_of = ? WHERE id = ?", (*now, image_id))
        # Those that a group is named by, before or now, are told: they may be alone from now on, or no longer.
        touched |= {image_id, *(number for number in (*row, *now) if number is not None)}
    feed.touched(db, feed.IMAGE, sorted(touched & _there(db, touched)))


def _there(db: apsw.Connection, ids: set[int]) -> set[int]:
    if not ids:  # an empty array has no place in memory to be bound
        return set()
    chosen = apsw.carray(array("q", sorted(ids)))
    return {row[0] for row in db.execute("SELECT id FROM image WHERE id IN (SELECT value FROM carray(?))", (chosen,))}
