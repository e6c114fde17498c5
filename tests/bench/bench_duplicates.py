"""Duplicates: which changed copies of the sample photos are found, which pictures are wrongly called the same.

    python -m tests.bench.bench_duplicates [PHOTOS]

Every photo is written again re-encoded, halved, brightened, in gray and cropped (95, 90 and 80 % of each side), without
its metadata, imported by the real pipeline with the models that are in PIGALLERY_TEST_HOME (without them only hashes
lead to candidates), and grouped. Then: candidates of one hash among a million.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from ingest.duplicates import Duplicates
from ingest.duplicates_hashes import NearHashes
from ingest.pipeline import Pipeline
from ingest.scan import Rules, scan_folder
from schema.settings import Settings
from schema.sqlite import SqliteStore

ROOT = Path(__file__).resolve().parents[2]
HASHES = 1_000_000


def changed(picture: Image.Image) -> Iterator[tuple[str, Image.Image, int]]:
    """Name, picture and JPEG quality of each copy."""
    width, height = picture.size
    yield "re-encoded at 40", picture, 40
    yield "half the size", picture.resize((width // 2, height // 2)), 85
    yield "brighter", ImageEnhance.Brightness(picture).enhance(1.15), 88
    yield "gray", ImageOps.grayscale(picture).convert("RGB"), 88
    for kept in (95, 90, 80):
        edge = (100 - kept) / 200
        box = (int(width * edge), int(height * edge), int(width * (1 - edge)), int(height * (1 - edge)))
        yield f"cropped to {kept} %", picture.crop(box), 88


async def grouped(folder: Path, home: Path) -> tuple[dict[str, int], int]:
    """Name of each file -> the group it is in; milliseconds of grouping per picture."""
    weights = Path(os.environ.get("PIGALLERY_TEST_HOME", "")) / "models"
    settings = Settings(home=home, models=None if weights.is_dir() else ())
    if weights.is_dir():
        (home / "models").symlink_to(weights)
    store = SqliteStore(settings.database)
    await store.open()
    pipeline = Pipeline(settings, store)
    await pipeline.open()
    await scan_folder(store, folder, Rules())
    duplicates = Duplicates(store, settings.thumbnails)
    spent, count = 0.0, 0
    while files := await store.pending_files(16):
        await pipeline.run(files)
        started = time.perf_counter()
        await duplicates.catch_up()
        spent += time.perf_counter() - started
        count += len(files)
    found: dict[str, int] = {}
    async for rows in store.look_rows():
        images = await store.images(rows.id.tolist(), frozenset({"files"}))
        for image, leader in zip(images, rows.duplicate_of.tolist(), strict=True):
            assert image is not None
            for file in image.files:
                found[Path(file.path).name] = leader if leader >= 0 else image.id
    pipeline.close()
    await store.close()
    return found, round(spent * 1000 / max(1, count))


def among_a_million() -> None:
    rng = np.random.default_rng(5)
    hashes = NearHashes()
    for key, value in enumerate(rng.integers(0, 2**64, HASHES, dtype=np.uint64).tolist()):
        hashes.put(key, value)
    hashes.near(0)  # makes the index
    times, missed = [], 0
    for key in range(300):
        near = hashes._hash[key] ^ sum(1 << int(bit) for bit in rng.choice(64, 8, replace=False))
        hashes.put(HASHES, near)
        started = time.perf_counter()
        missed += key not in hashes.near(HASHES)
        times.append((time.perf_counter() - started) * 1000)
    print(f"among {HASHES:,} hashes: {np.median(times):.1f} ms a query, {missed} of 300 at 8 bits missed")


def main() -> None:
    photos = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "samples" / "photos"
    among_a_million()
    if not photos.is_dir():
        return
    with tempfile.TemporaryDirectory() as base:
        folder, home = Path(base) / "photos", Path(base) / "home"
        folder.mkdir()
        home.mkdir()
        kinds: dict[str, tuple[str, str]] = {}
        for path in sorted(photos.glob("*.jpg")):
            with Image.open(path) as opened:
                picture = opened.convert("RGB")
            (folder / path.name).write_bytes(path.read_bytes())
            for kind, copy, quality in changed(picture):
                name = f"{path.stem} ({kind}).jpg"
                copy.save(folder / name, quality=quality)
                kinds[name] = (path.name, kind)
        group, ms = asyncio.run(grouped(folder, home))
    told = Counter(kind for _, kind in kinds.values())
    right = Counter(kind for name, (whole, kind) in kinds.items() if group[name] == group[whole])
    for kind, count in told.items():
        print(f"{kind:>20}: {right[kind]} of {count} found")
    owner = {name: kinds[name][0] if name in kinds else name for name in group}
    together = Counter((group[name], owner[name]) for name in group)

    def pairs(sizes: Iterable[int]) -> int:
        return sum(n * (n - 1) // 2 for n in sizes)

    same = pairs(together.values())
    print(
        f"pairs of {len(group)} pictures: precision {same / max(1, pairs(Counter(group.values()).values())):.4f},"
        f" recall {same / max(1, pairs(Counter(owner.values()).values())):.4f}; {ms} ms a picture for grouping"
    )


if __name__ == "__main__":
    main()
