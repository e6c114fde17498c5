"""A made-up library on disk, for measuring a running gallery: `PIGALLERY_HOME` with everything but the originals.

    python -m tests.bench.make_library HOME --images 1000000

The newest pictures get real thumbnails, so that the first screens can be drawn.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import struct
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import apsw
import numpy as np
from PIL import Image as Picture

from schema.facts import NO_TIME, FactBatch
from schema.graph import PaletteColor
from schema.lexicon import Lexicon
from schema.media import LARGE, SMALL, media_version, thumbnail_path
from schema.settings import Settings
from schema.sqlite import feed
from schema.sqlite.imports import IMAGE_DEFAULTS, place_values
from schema.sqlite.values import palette, path_bytes, words
from schema.stores import open_store
from tests.bench import library
from tests.bench.bench_filters import ROOT, synsets

NEWEST = 600
"""So many pictures get thumbnails."""
LOOKED_AT = 40
"""And so many previews."""
BOX = struct.pack("<4d", 0.25, 0.25, 0.5, 0.5)
TRASHED = 1_725_148_800_000_000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("home", type=Path)
    options.add_argument("--images", type=int, default=100_000)
    options.add_argument("--vector", type=int, default=0, help="length of image embeddings")
    chosen = options.parse_args()
    settings = Settings(home=chosen.home)
    settings.home.mkdir(parents=True, exist_ok=True)
    recipe = library.Recipe(
        chosen.images, synsets=synsets(Lexicon.open(settings.data, ROOT / "node_modules")), vector=chosen.vector
    )
    started = time.perf_counter()
    newest = fill(settings, recipe)
    for number, (digest, aspect) in enumerate(newest):
        draw(settings.thumbnails, digest, aspect, (SMALL, LARGE) if number < LOOKED_AT else (SMALL,))
    seconds = time.perf_counter() - started
    size = settings.database.stat().st_size / 1e6
    print(f"{chosen.images:,} images in {seconds:,.0f} s, {size:,.0f} MB, {len(newest)} with thumbnails")


def fill(settings: Settings, recipe: library.Recipe) -> list[tuple[str, float]]:
    """Straight into the tables, a hundred times as fast as pictures come. Returns hash and aspect of the newest."""
    asyncio.run(_made_empty(settings))
    newest: list[tuple[int, str, float]] = []
    db = apsw.Connection(str(settings.database))
    for statement in ("PRAGMA synchronous = OFF", "PRAGMA foreign_keys = OFF", "BEGIN"):
        db.execute(statement)
    _insert(db, "place", (place_values(place) for place in library.world(recipe).places))
    db.executemany("INSERT INTO person (id, name, hidden) VALUES (?, ?, 0)", library.people(recipe).items())
    db.executemany("INSERT INTO album (id, name) VALUES (?, ?)", ((a.id, a.name) for a in library.albums(recipe)))
    db.execute("INSERT INTO root VALUES (1, ?)", (b"/photos",))
    rows = Rows(db)
    for batch in library.batches(recipe):
        hashes = [hashlib.blake2b(n.to_bytes(8, "big"), digest_size=32).hexdigest() for n in batch.id.tolist()]
        rows.images(batch, hashes)
        rows.tags(batch)
        rows.faces(batch)
        shown = zip(batch.taken.tolist(), hashes, (batch.width / batch.height).tolist(), strict=True)
        newest += [one for one, trashed in zip(shown, batch.trashed.tolist(), strict=True) if not trashed]
        newest.sort(reverse=True)
        del newest[NEWEST:]
    for kind, table in ((feed.PERSON, "person"), (feed.ALBUM, "album"), (feed.IMAGE, "image")):
        feed.touched_where(db, kind, f"SELECT id FROM {table}")
    feed.touched_where(db, feed.PLACE, "SELECT key AS id FROM place")
    for statement in ("COMMIT", "PRAGMA wal_checkpoint(TRUNCATE)"):
        db.execute(statement).fetchall()
    db.close()
    return [(digest, aspect) for _, digest, aspect in newest]


async def _made_empty(settings: Settings) -> None:
    store = open_store(settings)
    await store.open()
    await store.close()


def _insert(db: apsw.Connection, table: str, rows: Iterable[Sequence[Any]]) -> None:
    rows = iter(rows)
    if (first := next(rows, None)) is not None:
        statement = f"INSERT INTO {table} VALUES ({', '.join('?' * len(first))})"
        db.execute(statement, first)
        db.executemany(statement, rows)


class Rows:
    """Facts as rows of the tables."""

    def __init__(self, db: apsw.Connection) -> None:
        self.db = db
        self.tag_ids: dict[tuple[str, str], int] = {}
        self.palettes: dict[Any, bytes] = {}
        self.seen: set[str] = set()
        self.face = 0
        self.makers: dict[str, int] = {}
        for number, (origin, model) in enumerate((("MODEL", "m"), ("METADATA", ""), ("RULE", "")), 1):
            db.execute("INSERT INTO maker (id, origin, model, version) VALUES (?, ?, ?, '1')", (number, origin, model))
            self.makers[origin] = number

    def images(self, batch: FactBatch, hashes: Sequence[str]) -> None:
        ids = batch.id.tolist()
        paths = [_own_path(of[0], n, self.seen) for n, of in zip(ids, batch.paths, strict=True)]
        columns: dict[str, Iterable[Any]] = {
            "content_hash": hashes,
            "name": [path.rpartition("/")[2] for path in paths],
            "file_size": batch.file_size.astype(int).tolist(),
            "taken": [None if t == NO_TIME else t * 1_000_000 for t in batch.taken.tolist()],
            "added": (batch.added * 1_000_000).tolist(),
            "flash": [None if flash < 0 else flash for flash in batch.flash.tolist()],
            "place": [place or None for place in batch.place],
            "near_city": [city or None for city in batch.near_city],
            "conditions": map(words, batch.conditions),
            "lens_words": map(words, batch.lens_words),
            "phash": batch.phash.view(np.int64).tolist(),
            "palette": map(self._palette, batch.palette),
            "rating": [None if rating != rating else int(rating) for rating in batch.rating.tolist()],
            "media_version": map(media_version, hashes),
            **{name: getattr(batch, name).astype(int).tolist() for name in ("width", "height")},
            **{name: getattr(batch, name) for name in ("format", "make", "model", "lens", "software", "size_word")},
            **{name: getattr(batch, name) for name in ("title", "caption", "thumbhash")},
            **{name: getattr(batch, name).tolist() for name in ("lat", "lon", "iso", "aperture", "exposure")},
            **{name: getattr(batch, name).tolist() for name in ("focal35", "nsfw")},
        }
        names = [name for name in IMAGE_DEFAULTS if name in columns]
        values = [f"coalesce(?, {IMAGE_DEFAULTS[name]})" for name in names]
        rest = {name: default for name, default in IMAGE_DEFAULTS.items() if name not in columns}
        self.db.executemany(
            f"INSERT INTO image (id, {', '.join((*names, *rest))}) VALUES (?, {', '.join((*values, *rest.values()))})",
            zip(ids, *(columns[name] for name in names), strict=True),
        )
        present = (~batch.offline).tolist()
        self.db.executemany(
            "INSERT INTO file (id, path, root_id, file_size, mtime_ns, inode, device, content_hash, present, image_id,"
            " identify, metadata, pixels, analysis, notes)"
            " VALUES (?1, ?2, 1, ?3, 0, ?1, 1, ?4, ?5, ?1, 1, 1, 1, 1, '')",
            zip(ids, map(path_bytes, paths), batch.file_size.astype(int).tolist(), hashes, present, strict=True),
        )
        said = zip(ids, batch.favorite.tolist(), batch.trashed.tolist(), strict=True)
        self.db.executemany(
            "INSERT INTO image_edit (image_id, favorite, trashed) VALUES (?, ?, ?)",
            ((n, liked or None, TRASHED if gone else None) for n, liked, gone in said if liked or gone),
        )
        _insert(self.db, "album_image", ((a, n) for n, of in zip(ids, batch.albums, strict=True) for a in of))
        _insert(self.db, "image_embedding", ((n, v) for n, v in zip(ids, batch.embedding, strict=True) if v))
        lines = ((n, 0, text, 0.9, BOX, 1, None) for n, text in zip(ids, batch.ocr, strict=True) if text)
        _insert(self.db, "text_line", lines)

    def _palette(self, colors: tuple[tuple[str, float], ...]) -> bytes:
        if colors not in self.palettes:
            self.palettes[colors] = palette([PaletteColor(*color) for color in colors])
        return self.palettes[colors]

    def tags(self, batch: FactBatch) -> None:
        pairs = list(zip(batch.tag_name, batch.tag_kind, strict=True))
        new = [pair for pair in dict.fromkeys(pairs) if pair not in self.tag_ids]
        for name, kind in new:
            self.tag_ids[name, kind] = len(self.tag_ids) + 1
            self.db.execute("INSERT INTO tag VALUES (?, ?, ?)", (self.tag_ids[name, kind], name, kind))
        edges = zip(
            batch.id[batch.tag_row].tolist(),
            map(self.tag_ids.__getitem__, pairs),
            map(self.makers.__getitem__, batch.tag_origin),
            batch.tag_score.tolist(),
            batch.tag_count.tolist(),
            map(words, batch.tag_colors),
            strict=True,
        )
        self.db.executemany(
            "INSERT OR IGNORE INTO image_tag VALUES (?1, ?2, ?3, ?4, ?5, x'', x'', ?6, NULL)", sorted(edges)
        )

    def faces(self, batch: FactBatch) -> None:
        count = len(batch.face_row)
        faces = zip(
            range(self.face + 1, self.face + count + 1),
            batch.id[batch.face_row].tolist(),
            batch.face_score.tolist(),
            batch.face_age.tolist(),
            batch.face_gender,
            batch.face_emotion,
            [None if person < 0 else person for person in batch.face_person.tolist()],
            strict=True,
        )
        self.db.executemany(
            "INSERT INTO face (id, image_id, score, age, gender, emotion, person_id, box, landmarks, embedding,"
            f" person_origin, maker_id) VALUES (?, ?, ?, ?, ?, ?, ?, x'{BOX.hex()}', x'', x'', 'MODEL', 1)",
            faces,
        )
        self.face += count


def _own_path(path: str, number: int, seen: set[str]) -> str:
    """Pictures of one second bear one name, as a phone would not let them."""
    if path in seen:
        stem, dot, suffix = path.rpartition(".")
        path = f"{stem}_{number}{dot}{suffix}"
    seen.add(path)
    return path


def draw(thumbnails: Path, digest: str, aspect: float, sizes: Sequence[Literal[320, 1440]]) -> None:
    """Thumbnails of a soft pattern, about as many bytes as a photo's."""
    rng = np.random.default_rng(int(digest[:8], 16))
    pattern = Picture.fromarray(rng.integers(0, 256, (24, 32, 3), dtype=np.uint8))
    for side in sizes:
        size = (side, round(side / aspect)) if aspect >= 1 else (round(side * aspect), side)
        path = thumbnail_path(thumbnails, digest, side)
        path.parent.mkdir(parents=True, exist_ok=True)
        pattern.resize(size, Picture.Resampling.BICUBIC).save(path, quality=80)


if __name__ == "__main__":
    main()
