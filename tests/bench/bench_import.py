"""Import without models: whole pipeline against bare decode + encode of the same thumbnails.

    python tests/bench/bench_import.py [PHOTOS] [THREADS]

Makes 12-megapixel JPEGs with the detail, noise and EXIF of a camera, then prints photos a second for both, and how many
times the time (and the processor time, which other programs do not disturb) the import takes. Bars: 15 photos/s, 1.25.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import simplejpeg
from PIL import Image

from ingest.pipeline import Pipeline
from ingest.pixels import encode, fit
from ingest.scan import Rules, scan_folder
from schema.media import LARGE, SMALL
from schema.settings import Settings
from schema.sqlite import SqliteStore

WIDTH, HEIGHT = 4000, 3000
ROUNDS = 3
SCENES = 12
"""Different pictures; each photo has its own date and so its own bytes."""


@cache
def picture(seed: int) -> Image.Image:
    """Natural images fall off as 1/f: noise of every size, added up; and sensor noise."""
    rng = np.random.default_rng(seed)
    total = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for octave in range(2, 11):
        rows, columns = 3 * 2 ** (octave - 1), 4 * 2 ** (octave - 1)
        grain = rng.standard_normal((rows, columns, 3), dtype=np.float32)
        total += cv2.resize(grain, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) * (90 / octave**2)
    total += 118 + rng.standard_normal((HEIGHT, WIDTH, 1), dtype=np.float32) * 2
    return Image.fromarray(np.clip(total, 0, 255).astype(np.uint8))


def write_photos(folder: Path, count: int) -> None:
    for seed in range(count):
        exif = Image.Exif()
        exif[0x010F], exif[0x0110] = "Maker", "Camera 12"
        inner = exif.get_ifd(0x8769)
        inner[0x9003] = f"2024:05:{seed % 28 + 1:02} 12:{seed // 60:02}:{seed % 60:02}"
        inner[0x8827], inner[0x829D], inner[0x829A], inner[0xA405] = 100, 2.8, 0.004, 26
        gps = exif.get_ifd(0x8825)
        gps[1], gps[2], gps[3], gps[4] = "N", (45.0, 5.0, float(seed % 60)), "E", (14.0, 7.0, 0.0)
        picture(seed % SCENES).save(folder / f"IMG_{seed:04}.jpg", quality=92, exif=exif)


def bare(path: Path, out: Path) -> None:
    """The least that any gallery has to do: scaled decode, two sizes, two files."""
    data = path.read_bytes()
    height, width, _, _ = simplejpeg.decode_jpeg_header(data)
    scale = LARGE / max(width, height)
    large = fit(
        simplejpeg.decode_jpeg(data, "RGB", min_width=int(width * scale), min_height=int(height * scale)), LARGE
    )
    (out / f"{path.stem}-large.jpg").write_bytes(encode(large))
    (out / f"{path.stem}-small.jpg").write_bytes(encode(fit(large, SMALL)))


def run_bare(photos: list[Path], out: Path, threads: int) -> tuple[float, float]:
    out.mkdir()
    wall, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda path: bare(path, out), photos))
    return time.perf_counter() - wall, time.process_time() - cpu


async def run_import(folder: Path, home: Path, data: Path, threads: int) -> tuple[float, float]:
    """From an empty library to everything written, two batches side by side, as a worker does."""
    home.mkdir()  # noqa: ASYNC240
    (home / "data").symlink_to(data)
    settings = Settings(home=home, models=(), threads=threads)
    store = SqliteStore(settings.database)
    await store.open()
    line = Pipeline(settings, store)
    await line.open()
    wall, cpu = time.perf_counter(), time.process_time()
    await scan_folder(store, folder, Rules())
    files = await store.pending_files(1_000_000)
    batches = [files[at : at + settings.batch] for at in range(0, len(files), settings.batch)]
    turn = asyncio.Semaphore(2)

    async def one(batch: list) -> None:  # type: ignore[type-arg]
        async with turn:
            await line.run(batch)

    await asyncio.gather(*map(one, batches))
    spent = time.perf_counter() - wall, time.process_time() - cpu
    assert not await store.pending_files(1) and not await store.failed_files()
    line.close()
    await store.close()
    return spent


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 160
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    cv2.setNumThreads(1)
    work = Path(tempfile.mkdtemp(prefix="bench-import-"))
    try:
        (work / "photos").mkdir()
        write_photos(work / "photos", count)
        photos = sorted((work / "photos").iterdir())
        size = sum(path.stat().st_size for path in photos) / count / 1e6
        print(f"{count} photos of {WIDTH} x {HEIGHT}, {size:.1f} MB each, {threads} threads")
        asyncio.run(run_import(work / "photos", work / "warm", work, threads))  # builds the gazetteer, warms caches
        walls, cpus = [], []
        for turn in range(ROUNDS):
            bare_wall, bare_cpu = run_bare(photos, work / f"bare-{turn}", threads)
            wall, cpu = asyncio.run(run_import(work / "photos", work / f"home-{turn}", work, threads))
            walls.append(wall / bare_wall)
            cpus.append(cpu / bare_cpu)
            print(
                f"bare {count / bare_wall:5.1f}/s ({1000 * bare_cpu / count:.0f} ms cpu)   "
                f"import {count / wall:5.1f}/s ({1000 * cpu / count:.0f} ms cpu)   "
                f"time x{walls[-1]:.2f}   cpu x{cpus[-1]:.2f}"
            )
        print(f"median: time x{statistics.median(walls):.2f}, cpu x{statistics.median(cpus):.2f}")
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
