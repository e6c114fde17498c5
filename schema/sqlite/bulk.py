"""Edits of very many images. One is written down whole in a moment, as sets of images; the rows follow in slices.

Until an image's rows are written it is *waiting*, and whoever is to read or change rows of it calls `settle` first. A
process that dies between two slices leaves the rest waiting for the next one. An undo is such an edit, too.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import apsw
import numpy as np
from numpy.typing import NDArray

from schema.edited import Assigned, Edited, Value
from schema.graph import TagKind
from schema.index.bitmaps import BitMap, from_rows, to_array, union
from schema.sqlite import feed

MANY = 1_000
"""More images than this are edited so; up to this many, their rows are written at once (about 20 ms)."""
SLICE_S = 0.05
"""How long the rows of one slice take, about: others who write wait for it."""
SLICES = (100, 20_000)
"""Images in one slice, at least and at most."""
KEPT = 100
"""So many of these edits are remembered: for undo, and for readers that come late to the feed."""
_COLUMNS = frozenset({"rating", "favorite", "title", "caption", "place", "near_city", "trashed"})
_HELD = {
    "tag": "SELECT 1, group_concat(image_id) FROM image_tag WHERE tag_id = ? AND maker_id = 0",
    "removed": "SELECT 1, group_concat(image_id) FROM tag_removed WHERE tag_id = ?",
    "album": "SELECT 1, group_concat(image_id) FROM album_image WHERE album_id = ?",
}
_ADD = {
    "tag": "INSERT INTO image_tag (image_id, tag_id, maker_id, score, count, boxes, box_scores, colors)"
    " SELECT value, ?2, 0, 1.0, 1, x'', x'', '' FROM carray(?1) JOIN image ON image.id = value WHERE true"
    " ON CONFLICT DO NOTHING",
    "removed": "INSERT INTO tag_removed SELECT value, ?2 FROM carray(?1) JOIN image ON image.id = value WHERE true"
    " ON CONFLICT DO NOTHING",
    "album": "INSERT INTO album_image SELECT album.id, value FROM carray(?1) JOIN image ON image.id = value"
    " JOIN album ON album.id = ?2 WHERE true ON CONFLICT DO NOTHING",
}
_DROP = {
    "tag": "DELETE FROM image_tag WHERE tag_id = ?2 AND maker_id = 0 AND image_id IN (SELECT value FROM carray(?1))",
    "removed": "DELETE FROM tag_removed WHERE tag_id = ?2 AND image_id IN (SELECT value FROM carray(?1))",
    "album": "DELETE FROM album_image WHERE album_id = ?2 AND image_id IN (SELECT value FROM carray(?1))",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A column of `image_edit`, or an edge that a person makes (`tag`, `removed`, `album` of a target)."""

    field: str
    value: int | str | None
    """1 for an edge; None: nothing is said."""
    images: BitMap
    target: int = 0

    @property
    def what(self) -> tuple[str, int]:
        return self.field, self.target


def begin(db: apsw.Connection, parts: Sequence[Part]) -> str:
    """Write an edit down; returns its undo token."""
    states: dict[tuple[str, int], dict[Any, BitMap]] = {}
    changing: list[Part] = []
    before: list[Part] = []
    for part in parts:
        state = states.get(part.what) or _state(db, part)
        states[part.what] = state
        unsaid = part.images - union(state.values())
        was = [
            replace(part, value=value, images=held & part.images)
            for value, held in ((None, unsaid), *state.items())
            if value != part.value and held.intersect(part.images)
        ]
        if was:
            changing.append(replace(part, images=union(other.images for other in was)))
        before += was
        _set(state, part)
    return _write(db, changing, before[::-1])


def undo(db: apsw.Connection, token: str) -> bool:
    """Take an edit back, but for what was changed again since. False: there is none by this token."""
    edit_id = db.execute("SELECT id FROM bulk_edit WHERE token = ?", (token,)).get
    if edit_id is None:
        return False
    still: dict[tuple[str, int], BitMap] = {}
    for part in _parts(db, edit_id):
        state = _state(db, part)
        held = state.get(part.value, BitMap()) if part.value is not None else part.images - union(state.values())
        still[part.what] = held & part.images
    back = [replace(part, images=part.images & still[part.what]) for part in _parts(db, edit_id, undoes=True)]
    db.execute("UPDATE bulk_edit SET token = ? WHERE id = ?", (secrets.token_urlsafe(12), edit_id))
    db.execute("DELETE FROM bulk_part WHERE edit_id = ? AND undoes = 1", (edit_id,))
    _write(db, [part for part in back if part.images], ())
    return True


def told(db: apsw.Connection, edit_id: int) -> Edited | None:
    """What an edit set; None when it is no longer remembered."""
    if not db.execute("SELECT 1 FROM bulk_edit WHERE id = ?", (edit_id,)).get:
        return None
    assigned: list[Assigned] = []
    others = BitMap()
    for part in _parts(db, edit_id):
        found = _assigned(db, part)
        if found is None:
            others |= part.images
        else:
            assigned += found
    return Edited(tuple(assigned), to_array(others))


def is_waiting(db: apsw.Connection, ids: Iterable[int] | None = None) -> bool:
    """Whether any image (of these) waits for its rows to be written."""
    waiting = _waiting(db)
    if not waiting or ids is None:
        return bool(waiting)
    wanted = _bitmap(ids)
    return any(wanted.intersect(left) for _, left in waiting)


def settle(db: apsw.Connection, ids: Iterable[int]) -> None:
    """Write the rows of these images now, in the order of the edits."""
    waiting = _waiting(db)
    if waiting:
        wanted = _bitmap(ids)
        for edit_id, left in waiting:
            _take(db, edit_id, left, wanted)


def write_slice(db: apsw.Connection, size: int) -> int:
    """Write the rows of the next images of the oldest edit. Returns how many the next slice should have; 0: all is
    written."""
    for edit_id, left in _waiting(db)[:1]:
        start = time.perf_counter()
        _take(db, edit_id, left, left[:size])
        fitting = size * SLICE_S / max(time.perf_counter() - start, 1e-6)
        return int(min(max(fitting, size / 2, SLICES[0]), 2 * size, SLICES[1]))
    return 0


def _waiting(db: apsw.Connection) -> list[tuple[int, BitMap]]:
    """Edits not yet in all rows, oldest first, with the images that are left."""
    rows: list[Any] = db.execute("SELECT id, waiting FROM bulk_edit WHERE waiting IS NOT NULL ORDER BY id").fetchall()
    return [(edit_id, BitMap.deserialize(left)) for edit_id, left in rows]


def _take(db: apsw.Connection, edit_id: int, waiting: BitMap, ids: BitMap) -> None:
    ids = waiting & ids
    if ids:
        for part in _parts(db, edit_id):
            _write_rows(db, part, ids & part.images)
    left = waiting - ids
    db.execute("UPDATE bulk_edit SET waiting = ? WHERE id = ?", (_stored(left) if left else None, edit_id))


def _write_rows(db: apsw.Connection, part: Part, images: BitMap) -> None:
    if not images:
        return
    ids = apsw.carray(to_array(images).astype(np.int64))
    if part.field in _COLUMNS:
        db.execute(
            f"INSERT INTO image_edit (image_id, {part.field}) SELECT value, ?2 FROM carray(?1) JOIN image ON image.id ="
            f" value WHERE true ON CONFLICT (image_id) DO UPDATE SET {part.field} = excluded.{part.field}",
            (ids, part.value),
        )
    else:
        db.execute((_DROP if part.value is None else _ADD)[part.field], (ids, part.target))


def _write(db: apsw.Connection, parts: Sequence[Part], before: Sequence[Part]) -> str:
    token = secrets.token_urlsafe(12)
    images = union(part.images for part in parts)
    db.execute("INSERT INTO bulk_edit (token, waiting) VALUES (?, ?)", (token, _stored(images) if images else None))
    edit_id = db.last_insert_rowid()
    for undoes, written in enumerate((parts, before)):
        db.executemany(
            "INSERT INTO bulk_part VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (edit_id, undoes, position, part.field, part.target, part.value, _stored(part.images))
                for position, part in enumerate(written)
            ],
        )
    db.execute("DELETE FROM bulk_edit WHERE id <= ? AND waiting IS NULL", (edit_id - KEPT,))
    albums = dict.fromkeys(part.target for part in parts if part.field == "album")
    feed.touched(db, feed.ALBUM, [a for a in albums if db.execute("SELECT 1 FROM album WHERE id = ?", (a,)).get])
    feed.touched(db, feed.EDIT, [edit_id])
    return token


def _parts(db: apsw.Connection, edit_id: int, *, undoes: bool = False) -> list[Part]:
    query = "SELECT field, value, images, target FROM bulk_part WHERE edit_id = ? AND undoes = ? ORDER BY position"
    rows: list[Any] = db.execute(query, (edit_id, undoes)).fetchall()
    return [Part(field, value, BitMap.deserialize(images), target) for field, value, images, target in rows]


def _state(db: apsw.Connection, part: Part) -> dict[Any, BitMap]:
    """Value -> images for which it is said now, those that wait included."""
    if part.field in _COLUMNS:
        query = f"SELECT {part.field}, group_concat(image_id) FROM image_edit WHERE {part.field} IS NOT NULL GROUP BY 1"
        rows: list[Any] = db.execute(query).fetchall()
    else:
        rows = db.execute(_HELD[part.field], (part.target,)).fetchall()
    state = {value: _listed(ids) for value, ids in rows}
    for edit_id, left in _waiting(db):
        for other in _parts(db, edit_id):
            if other.what == part.what:
                _set(state, replace(other, images=other.images & left))
    return state


def _set(state: dict[Any, BitMap], part: Part) -> None:
    for value, held in state.items():
        state[value] = held - part.images
    if part.value is not None:
        state[part.value] = state.get(part.value, BitMap()) | part.images


def _assigned(db: apsw.Connection, part: Part) -> list[Assigned] | None:
    """What a part means for readers; None where only the rows can say what holds now."""

    def of(value: Value, images: BitMap, target: int | tuple[str, str] = 0) -> Assigned:
        return Assigned(part.field, value, to_array(images), target)

    match part.field, part.value:
        case ("favorite", value):
            return [of(bool(value), part.images)]
        case ("trashed", value):
            return [of(value is not None, part.images)]
        case ("rating", None):
            read: list[Any] = db.execute(
                "SELECT rating, group_concat(id) FROM image WHERE rating IS NOT NULL GROUP BY rating"
            ).fetchall()
            rated = {rating: _listed(ids) & part.images for rating, ids in read}
            return [of(float("nan"), part.images - union(rated.values())), *(of(float(r), i) for r, i in rated.items())]
        case ("rating", int(value)):
            return [of(float(value) if value else float("nan"), part.images)]
        case ("place" | "near_city", str(value)):
            return [of(value, part.images)]
        case ("album", value):
            return [of(value is not None, part.images, part.target)]
        case ("tag" | "removed", value):
            kind, name = db.execute("SELECT kind, name FROM tag WHERE id = ?", (part.target,)).get
            if part.field == "tag":
                return [of(value is not None, part.images, (kind, name))]
            if kind == TagKind.USER:  # no machine says it
                return []
            return [replace(of(True, part.images, (kind, name)), field="hidden")] if value is not None else None
        case _:
            return None


def _bitmap(ids: Iterable[int]) -> BitMap:
    if isinstance(ids, BitMap):
        return ids
    return BitMap(number for number in ids if 0 <= number < 2**32)


def of_ids(ids: Sequence[int] | NDArray[np.integer]) -> BitMap:
    """Image ids in any order. (`np.unique` hashes: seconds for a million.)"""
    numbers = np.asarray(ids)
    if np.any(numbers[1:] <= numbers[:-1]):
        numbers = np.sort(numbers)
        numbers = numbers[np.concatenate(([True], numbers[1:] != numbers[:-1]))]
    return from_rows(numbers)


def _listed(ids: str | None) -> BitMap:
    """Of numbers with commas between them."""
    return from_rows(np.sort(np.fromstring(ids, dtype=np.int64, sep=","))) if ids else BitMap()


def _stored(images: BitMap) -> bytes:
    packed = images.copy()
    packed.run_optimize()
    return packed.serialize()
