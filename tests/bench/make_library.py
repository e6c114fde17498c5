"""A made-up library on disk, for measuring a running gallery: `PIGALLERY_HOME` with everything but the originals.

    python -m tests.bench.make_library HOME --images 1000000

Goes in as a backup would (`GraphStore.import_records`). The newest pictures get real thumbnails, so that the first
screens can be drawn.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image as Picture

from schema.facts import NO_TIME, FactBatch
from schema.graph import Stage, StageState
from schema.lexicon import Lexicon
from schema.media import LARGE, SMALL, media_version, thumbnail_path
from schema.records import to_json
from schema.settings import Settings
from schema.stores import open_store
from tests.bench import library
from tests.bench.bench_filters import ROOT, synsets

MADE = [{"stage": stage.value, "state": StageState.DONE.value} for stage in Stage]
NEWEST = 600
"""So many pictures get thumbnails."""
LOOKED_AT = 40
"""And so many previews."""
BOX = [0.25, 0.25, 0.5, 0.5]


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
    newest = asyncio.run(fill(settings, recipe))
    for number, (digest, aspect) in enumerate(newest):
        draw(settings.thumbnails, digest, aspect, (SMALL, LARGE) if number < LOOKED_AT else (SMALL,))
    seconds = time.perf_counter() - started
    size = settings.database.stat().st_size / 1e6
    print(f"{chosen.images:,} images in {seconds:,.0f} s, {size:,.0f} MB, {len(newest)} with thumbnails")


async def fill(settings: Settings, recipe: library.Recipe) -> list[tuple[str, float]]:
    """Returns content hash and aspect of the newest pictures."""
    newest: list[tuple[int, str, float]] = []
    store = open_store(settings)
    await store.open()
    try:
        await store.import_records(_records(recipe, newest))
    finally:
        await store.close()
    return [(digest, aspect) for _, digest, aspect in newest]


def _records(recipe: library.Recipe, newest: list[tuple[int, str, float]]) -> Iterator[dict[str, Any]]:
    count = 1
    last = {"image": recipe.images, "file": recipe.images, "person": recipe.people, "album": 100}
    yield {"type": "header", "program": "pigallery", "format": 1, "images": recipe.images, "last_ids": last}
    nodes = [
        *({"type": "place", **to_json(place)} for place in library.world(recipe).places),
        *({"type": "person", "id": number, "name": name} for number, name in library.people(recipe).items()),
        *({"type": "album", **to_json(album)} for album in library.albums(recipe)),
    ]
    yield from nodes
    count += len(nodes)
    faces = 0
    seen: set[str] = set()
    for batch in library.batches(recipe):
        images = _images(batch, faces, seen)
        faces += len(batch.face_row)
        yield from images
        count += len(images)
        aspects = (batch.width / batch.height).tolist()
        shown = zip(batch.taken.tolist(), batch.trashed.tolist(), images, aspects, strict=True)
        newest += [(taken, image["content_hash"], aspect) for taken, trashed, image, aspect in shown if not trashed]
        newest.sort(reverse=True)
        del newest[NEWEST:]
    yield {"type": "end", "records": count}


def _images(batch: FactBatch, faces: int, seen: set[str]) -> list[dict[str, Any]]:
    numbers = {
        name: [None if value != value else value for value in getattr(batch, name).tolist()]
        for name in ("lat", "lon", "iso", "aperture", "exposure", "focal35", "nsfw")
    }
    images: list[dict[str, Any]] = []
    for row, number in enumerate(batch.id.tolist()):
        digest = hashlib.blake2b(number.to_bytes(8, "big"), digest_size=32).hexdigest()
        rating, flash, size = float(batch.rating[row]), int(batch.flash[row]), int(batch.file_size[row])
        path = _own_path(batch.paths[row][0], number, seen)
        said: dict[str, Any] = {"favorite": True} if batch.favorite[row] else {}
        if batch.trashed[row]:
            said["trashed"] = "2024-09-01T00:00:00"
        images.append(
            {
                "type": "image",
                "id": number,
                "content_hash": digest,
                "name": path.rpartition("/")[2],
                "format": batch.format[row],
                "file_size": size,
                "width": int(batch.width[row]),
                "height": int(batch.height[row]),
                "taken": _moment(int(batch.taken[row])),
                "added": _moment(int(batch.added[row])),
                "make": batch.make[row],
                "model": batch.model[row],
                "lens": batch.lens[row],
                "software": batch.software[row],
                "flash": None if flash < 0 else bool(flash),
                "place": batch.place[row] or None,
                "near_city": batch.near_city[row] or None,
                "title": batch.title[row],
                "caption": batch.caption[row],
                "conditions": list(batch.conditions[row]),
                "lens_words": list(batch.lens_words[row]),
                "size_word": batch.size_word[row],
                "phash": int(batch.phash[row]),
                "palette": [{"hex": color, "share": share} for color, share in batch.palette[row]],
                "thumbhash": _base64(batch.thumbhash[row]),
                "embedding": _base64(batch.embedding[row]),
                "rating": None if rating != rating else int(rating),
                "media_version": media_version(digest),
                "files": [_file(number, path, digest, size, present=not batch.offline[row])],
                "tags": [],
                "faces": [],
                "texts": [{"text": batch.ocr[row], "score": 0.9, "box": BOX}] if batch.ocr[row] else [],
                **{name: column[row] for name, column in numbers.items()},
                **({"said": said} if said else {}),
                **({"albums": list(batch.albums[row])} if batch.albums[row] else {}),
            }
        )
    _tags(batch, images)
    _faces(batch, images, faces)
    return images


def _own_path(path: str, number: int, seen: set[str]) -> str:
    """Pictures of one second bear one name, as a phone would not let them."""
    if path in seen:
        stem, dot, suffix = path.rpartition(".")
        path = f"{stem}_{number}{dot}{suffix}"
    seen.add(path)
    return path


def _file(number: int, path: str, digest: str, size: int, *, present: bool) -> dict[str, Any]:
    return {
        "id": number,
        "path": path,
        "root": "/photos",
        "file_size": size,
        "mtime_ns": 0,
        "inode": number,
        "device": 1,
        "content_hash": digest,
        "present": present,
        "stages": MADE,
    }


def _tags(batch: FactBatch, images: Sequence[dict[str, Any]]) -> None:
    columns = (
        batch.tag_row.tolist(),
        batch.tag_name,
        batch.tag_kind,
        batch.tag_score.tolist(),
        batch.tag_count.tolist(),
        batch.tag_origin,
        batch.tag_colors,
    )
    for row, name, kind, score, count, origin, colors in zip(*columns, strict=True):
        edge = {"tag": name, "kind": kind, "score": score, "origin": origin, "count": count, "colors": list(colors)}
        images[row]["tags"].append(edge)


def _faces(batch: FactBatch, images: Sequence[dict[str, Any]], before: int) -> None:
    for at, row in enumerate(batch.face_row.tolist()):
        person = int(batch.face_person[at])
        images[row]["faces"].append(
            {
                "id": before + at + 1,
                "box": BOX,
                "score": float(batch.face_score[at]),
                "age": float(batch.face_age[at]),
                "gender": batch.face_gender[at] or None,
                "emotion": batch.face_emotion[at] or None,
                "person_id": None if person < 0 else person,
            }
        )


def _moment(seconds: int) -> str | None:
    return None if seconds == NO_TIME else datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()


def _base64(data: bytes) -> str:
    return str(to_json(data))


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
