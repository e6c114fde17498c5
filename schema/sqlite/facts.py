"""Images as columns for the read index: rows are turned once, whole columns at a time."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import apsw
import numpy as np
from numpy.typing import DTypeLike, NDArray

from schema.facts import NO_TIME, FactBatch
from schema.filter.nodes import DuplicateKind
from schema.memory import uncollected
from schema.sqlite.reading import EFFECTIVE
from schema.sqlite.values import path_text, unpalettes, unwords

_COLUMNS = f"""
SELECT i.id, taken, added, lat, lon, width, height, orientation, file_size, iso, aperture, exposure, focal35,
  {EFFECTIVE["rating"]}, nsfw, coalesce(flash, -1), coalesce(e.favorite, 0), e.trashed IS NOT NULL,
  coalesce(phash, 0), phash IS NOT NULL, media_version,
  name, format, make, model, lens, software,
  coalesce({EFFECTIVE["place"]}, ''), coalesce({EFFECTIVE["near_city"]}, ''), size_word, conditions, lens_words,
  {EFFECTIVE["title"]}, {EFFECTIVE["caption"]}, palette, thumbhash, coalesce(v.vector, x''),
  coalesce(w.vector, x''),
  duplicate_of IS NOT NULL OR EXISTS (SELECT 1 FROM image d WHERE d.duplicate_of = i.id),
  burst_of IS NOT NULL OR EXISTS (SELECT 1 FROM image d WHERE d.burst_of = i.id)
FROM image i LEFT JOIN image_edit e ON e.image_id = i.id LEFT JOIN image_embedding v ON v.image_id = i.id
  LEFT JOIN image_meaning w ON w.image_id = i.id
"""
_KINDS = (DuplicateKind.SAME_BYTES, DuplicateKind.SAME_PICTURE, DuplicateKind.BURST)
_AGE = """
CASE WHEN p.birthday IS NULL THEN age ELSE coalesce((
  SELECT nullif(max(-1, strftime('%Y', d) - strftime('%Y', p.birthday)
    - (strftime('%m%d', d) < strftime('%m%d', p.birthday))), -1)
  FROM (SELECT date(taken / 1000000, 'unixepoch') d FROM image WHERE id = f.image_id)), age) END
"""
"""Full years on the day of the picture where the birthday is known, else what the model took the face for."""


class Selection:
    """The images of one batch, as a condition on the `image_id` of an edge table."""

    def __init__(self, ids: NDArray[np.int64], *, every: bool) -> None:
        self.ids = ids
        if every:
            self.where = "image_id BETWEEN ? AND ?"
            self.bindings: tuple[Any, ...] = (int(ids[0]), int(ids[-1]))
        else:
            self.where = "image_id IN (SELECT value FROM carray(?))"
            self.bindings = (apsw.carray(ids),)

    def rows(self, image_ids: Sequence[int]) -> NDArray[np.uint32]:
        return np.searchsorted(self.ids, np.asarray(image_ids, dtype=np.int64)).astype(np.uint32)

    def columns(self, db: apsw.Connection, query: str, count: int) -> list[Sequence[Any]]:
        """The query's `count` columns; `{where}` stands for this selection."""
        found = db.execute(query.format(where=self.where), self.bindings).fetchall()
        return list(zip(*found, strict=True)) if found else [()] * count


def after(db: apsw.Connection, image_id: int, limit: int) -> FactBatch | None:
    """The next images past an id, ascending; None when there are no more."""
    with uncollected():
        rows = db.execute(f"{_COLUMNS} WHERE i.id > ? ORDER BY i.id LIMIT ?", (image_id, limit)).fetchall()
        return _batch(db, rows, every=True) if rows else None


def of(db: apsw.Connection, ids: Sequence[int]) -> FactBatch | None:
    """Those of some ids that exist, ascending; None when none does."""
    query = f"{_COLUMNS} WHERE i.id IN (SELECT value FROM carray(?)) ORDER BY i.id"
    with uncollected():
        rows = db.execute(query, (apsw.carray(array("q", ids)),)).fetchall()
        return _batch(db, rows, every=False) if rows else None


def _batch(db: apsw.Connection, rows: list[Any], *, every: bool) -> FactBatch:
    (
        key, taken, added, lat, lon, width, height, orientation, file_size, iso, aperture, exposure, focal35,
        rating, nsfw, flash, favorite, trashed, phash, has_phash, media_version,
        name, format_, make, model, lens, software, place, near_city, size_word, conditions, lens_words,
        title, caption, palette, thumbhash, embedding, meaning, duplicate, burst,
    ) = zip(*rows, strict=True)  # fmt: skip
    here = Selection(np.array(key, dtype=np.int64), every=every)
    turned = np.array(orientation, dtype=np.int8) >= 5
    across, down = _floats(width, np.float32), _floats(height, np.float32)
    paths, offline, copies = _files(db, here)
    tag_row, tag_name, tag_kind, tag_score, tag_count, tag_origin, tag_colors = _tags(db, here)
    face_row, face_id, face_person, face_age, face_gender, face_emotion, face_score, face_embedding = _faces(db, here)
    return FactBatch(
        id=here.ids.astype(np.uint32),
        taken=_seconds(taken),
        added=_seconds(added),
        lat=_floats(lat, np.float64),
        lon=_floats(lon, np.float64),
        width=np.where(turned, down, across),
        height=np.where(turned, across, down),
        file_size=_floats(file_size, np.float64),
        iso=_floats(iso, np.float32),
        aperture=_floats(aperture, np.float32),
        exposure=_floats(exposure, np.float32),
        focal35=_floats(focal35, np.float32),
        rating=_floats(rating, np.float32),
        nsfw=_floats(nsfw, np.float32),
        flash=np.array(flash, dtype=np.int8),
        favorite=np.array(favorite, dtype=np.bool_),
        trashed=np.array(trashed, dtype=np.bool_),
        offline=offline,
        phash=np.array(phash, dtype=np.int64).view(np.uint64),
        has_phash=np.array(has_phash, dtype=np.bool_),
        media_version=np.array(media_version, dtype=np.int32),
        name=list(name),
        format=list(format_),
        make=list(make),
        model=list(model),
        lens=list(lens),
        software=list(software),
        place=list(place),
        near_city=list(near_city),
        size_word=list(size_word),
        conditions=[unwords(value) for value in conditions],
        lens_words=[unwords(value) for value in lens_words],
        paths=paths,
        title=list(title),
        caption=list(caption),
        ocr=_ocr(db, here),
        palette=unpalettes(palette),
        thumbhash=list(thumbhash),
        embedding=list(embedding),
        meaning=list(meaning),
        albums=_albums(db, here),
        shares=[()] * len(rows),
        duplicates=[
            tuple(kind for kind, holds in zip(_KINDS, (count > 1, same, one_go), strict=True) if holds)
            for count, same, one_go in zip(copies, duplicate, burst, strict=True)
        ],
        tag_row=tag_row,
        tag_name=tag_name,
        tag_kind=tag_kind,
        tag_score=tag_score,
        tag_count=tag_count,
        tag_origin=tag_origin,
        tag_colors=tag_colors,
        face_row=face_row,
        face_id=face_id,
        face_person=face_person,
        face_age=face_age,
        face_gender=face_gender,
        face_emotion=face_emotion,
        face_score=face_score,
        face_embedding=face_embedding,
    )


def _floats(values: Sequence[Any], dtype: DTypeLike) -> NDArray[Any]:
    """None is NaN; what single precision cannot hold is infinite."""
    with np.errstate(over="ignore"):
        return np.array(values, dtype=np.float64).astype(dtype)


def _seconds(micros: Sequence[int | None]) -> NDArray[np.int64]:
    known = np.array([value is not None for value in micros], dtype=np.bool_)
    values = np.array([value or 0 for value in micros], dtype=np.int64)
    return np.where(known, values // 1_000_000, NO_TIME)


def _files(db: apsw.Connection, here: Selection) -> tuple[list[tuple[str, ...]], NDArray[np.bool_], list[int]]:
    """Paths (of reachable files, or of all when none is), whether none is reachable, how many reachable copies."""
    image_ids, paths, present = here.columns(
        db, "SELECT image_id, path, present FROM file WHERE {where} ORDER BY image_id, id", 3
    )
    reachable: list[list[str]] = [[] for _ in here.ids]
    vanished: list[list[str]] = [[] for _ in here.ids]
    for row, path, there in zip(here.rows(image_ids).tolist(), paths, present, strict=True):
        (reachable if there else vanished)[row].append(path_text(path))
    offline = np.array([not paths for paths in reachable], dtype=np.bool_)
    shown = [tuple(there or gone) for there, gone in zip(reachable, vanished, strict=True)]
    return shown, offline, [len(paths) for paths in reachable]


def _ocr(db: apsw.Connection, here: Selection) -> list[str]:
    texts: list[list[str]] = [[] for _ in here.ids]
    image_ids, lines = here.columns(db, "SELECT image_id, text FROM text_line WHERE {where} ORDER BY 1, position", 2)
    for row, line in zip(here.rows(image_ids).tolist(), lines, strict=True):
        texts[row].append(line)
    return ["\n".join(lines) for lines in texts]


def _albums(db: apsw.Connection, here: Selection) -> list[tuple[int, ...]]:
    albums: list[tuple[int, ...]] = [()] * len(here.ids)
    image_ids, album_ids = here.columns(db, "SELECT image_id, album_id FROM album_image WHERE {where} ORDER BY 1, 2", 2)
    for row, album in zip(here.rows(image_ids).tolist(), album_ids, strict=True):
        albums[row] = (*albums[row], album)
    return albums


def _tags(db: apsw.Connection, here: Selection) -> tuple[Any, ...]:
    """Edges by row; what a person took away is left out."""
    names = {key: (name, kind) for key, name, kind in _named(db, here)}
    origins: dict[int, str] = dict(db.execute("SELECT id, origin FROM maker"))
    image_ids, tag_ids, makers, scores, counts, colors = here.columns(
        db, "SELECT image_id, tag_id, maker_id, score, count, colors FROM image_tag WHERE {where} ORDER BY image_id", 6
    )
    gone = set(db.execute(f"SELECT image_id, tag_id FROM tag_removed WHERE {here.where}", here.bindings))
    if gone:
        kept = [
            index
            for index, (image_id, tag_id, maker) in enumerate(zip(image_ids, tag_ids, makers, strict=True))
            if (image_id, tag_id) not in gone or origins[maker] == "USER"
        ]
        image_ids, tag_ids, makers, scores, counts, colors = (
            [column[index] for index in kept] for column in (image_ids, tag_ids, makers, scores, counts, colors)
        )
    return (
        here.rows(image_ids),
        [names[key][0] for key in tag_ids],
        [names[key][1] for key in tag_ids],
        _floats(scores, np.float32),
        np.array(counts, dtype=np.int32),
        [origins[maker] for maker in makers],
        [unwords(value) for value in colors],
    )


def _named(db: apsw.Connection, here: Selection) -> list[Any]:
    """The tags that can occur: all, or for a few images theirs."""
    if len(here.ids) > 1000:
        return db.execute("SELECT id, name, kind FROM tag").fetchall()
    return db.execute(
        f"SELECT id, name, kind FROM tag WHERE id IN (SELECT tag_id FROM image_tag WHERE {here.where})", here.bindings
    ).fetchall()


def _faces(db: apsw.Connection, here: Selection) -> tuple[Any, ...]:
    image_ids, ids, people, ages, genders, emotions, scores, embeddings = here.columns(
        db,
        f"SELECT image_id, f.id, coalesce(person_id, -1), {_AGE}, coalesce(gender, ''), coalesce(emotion, ''), score,"
        " embedding FROM face f LEFT JOIN person p ON p.id = f.person_id WHERE {where} ORDER BY image_id, f.id",
        8,
    )
    return (
        here.rows(image_ids),
        np.array(ids, dtype=np.uint32),
        np.array(people, dtype=np.int64),
        _floats(ages, np.float32),
        list(genders),
        list(emotions),
        _floats(scores, np.float32),
        list(embeddings),
    )
