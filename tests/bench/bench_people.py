"""People: how long faces take to be grouped, and how rightly.

    python -m tests.bench.bench_people [FACES] [PHOTOS]

Made-up identities first (100,000 faces of 5,000 people and as many of nobody else, in 128 dimensions, as far apart as
SFace's are: a person's own at about 0.6, strangers around 0): all at once, then one more face on top. Bars: 60 s, 5 ms.
Then, where the sample photos and the models are (PIGALLERY_TEST_HOME), the one man of them, and who else was grouped.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ingest.people import People
from ingest.people_clusters import grouped
from ingest.people_known import Known, KnownFace
from schema import graph
from schema.graph import AssetFile, Face, Stage, StageRecord, StageState
from schema.settings import Settings
from schema.sqlite import SqliteStore
from schema.store import Imported

WIDTH = 128
SPREAD = 0.85
"""Length of what a photo adds to a face, against the face itself: own faces then have a cosine of about 0.58."""
ROOT = Path(__file__).resolve().parents[2]


def made_up(count: int, seed: int = 1) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Faces and who they are: half of them of people with about ten faces, the others of people seen once."""
    rng = np.random.default_rng(seed)
    several = np.repeat(np.arange(count // 20), 10)
    who = np.concatenate([several, np.arange(count - len(several)) + len(several)])
    identity = rng.standard_normal((int(who.max()) + 1, WIDTH)).astype(np.float32)
    identity /= np.linalg.norm(identity, axis=1, keepdims=True)
    noise = rng.standard_normal((count, WIDTH)).astype(np.float32) * np.float32(SPREAD / np.sqrt(WIDTH))
    faces = identity[who] + noise
    faces /= np.linalg.norm(faces, axis=1, keepdims=True)
    order = rng.permutation(count)
    return faces[order], who[order]


def pairs(of: NDArray[np.int64]) -> int:
    sizes = np.unique(of, return_counts=True)[1].astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def told(who: NDArray[np.int64], of: NDArray[np.int64]) -> str:
    """Of pairs of faces: which share of those put together are one person's, and of those who are, put together."""
    right = pairs(np.unique(np.stack([who, of]), axis=1, return_inverse=True)[1].ravel())
    return f"precision {right / max(1, pairs(of)):.4f}, recall {right / max(1, pairs(who)):.4f} of pairs"


def at_once(count: int) -> None:
    faces, who = made_up(count)
    started, work = time.perf_counter(), time.process_time()
    of = grouped(faces, np.arange(count))
    print(
        f"{count:,} faces grouped in {time.perf_counter() - started:.1f} s, {time.process_time() - work:.1f} s of all"
        f" processors (bar 60): {told(who, of)}"
    )
    known = Known(WIDTH)
    sizes = np.bincount(of, minlength=count)
    for at in range(count):
        several = sizes[of[at]] > 1
        known.add(KnownFace(at, at, faces[at]), int(of[at]) + 1 if several else None)
    more, _ = made_up(max(2_000, count // 50), seed=2)
    people = People(SqliteStore(Path("unused")))  # placing asks the store nothing
    times, works = list[float](), list[float]()
    for number, vector in enumerate(more[:500], start=count):
        known.add(KnownFace(number, number, vector), None)
        started, worked = time.perf_counter(), time.process_time()
        people.place(known, [number])
        times.append((time.perf_counter() - started) * 1000)
        works.append((time.process_time() - worked) * 1000)
    print(f"one more face: {told_times(times)}; of processor time {told_times(works)} (bar 5)")


def told_times(times: list[float]) -> str:
    return f"{np.median(times):.2f} ms, p95 {np.percentile(times, 95):.2f} ms"


def face(vector: NDArray[np.float32]) -> Face:
    return Face((0, 0, 1, 1), 0.9, embedding=vector.tobytes())


async def write(store: SqliteStore, faces: NDArray[np.float32], first: int) -> None:
    """A photo for each of these faces, as an import would."""
    done = (StageRecord(Stage.ANALYSIS, StageState.DONE, detail="sface"),)
    batch = [
        Imported(
            AssetFile(f"/p/{at}.jpg", "/p", 1, 1, at, 1, f"{at:064x}"),
            graph.Image(f"{at:064x}", "", "jpeg", 1, faces=(face(vector),)),
            done,
        )
        for at, vector in enumerate(faces, first)
    ]
    await store.discover([one.file for one in batch])
    await store.write_imported(batch)


async def in_store(count: int) -> None:
    """The same through the store: read, grouped, written, by a worker that sees the library for the first time."""
    faces, _ = made_up(count)
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "library.sqlite")
        await store.open()
        for start in range(0, count, 1000):
            await write(store, faces[start : start + 1000], start)
        people, started, work = People(store), time.perf_counter(), time.process_time()
        placed = await people.catch_up()
        print(
            f"{count:,} faces read, grouped and written in {time.perf_counter() - started:.1f} s,"
            f" {time.process_time() - work:.1f} s of all processors: {placed:,} placed"
        )
        times, works, more = list[float](), list[float](), made_up(2_000, seed=3)[0][:60]
        for number in range(len(more)):
            await write(store, more[number : number + 1], count + number)
            started, work = time.perf_counter(), time.process_time()
            await people.catch_up()
            times.append((time.perf_counter() - started) * 1000)
            works.append((time.process_time() - work) * 1000)
        print(
            f"one more photo of one face, with all reading and writing: {told_times(times)}; of processor time"
            f" {told_times(works)}"
        )
        await store.close()


def one_man(folder: Path, home: Path) -> None:
    """Faces of the sample photos: the man of the photos named `Me` is one group, and nobody else is in it."""
    from inference.analyzer import Analyzer
    from ingest.people_clusters import SURE_SCORE
    from schema.errors import PiGalleryError
    from schema.lexicon import Lexicon

    settings = Settings(home=home)
    analyzer = Analyzer.open(settings, Lexicon.open(settings.data, settings.packages))
    names: list[str] = []
    vectors: list[NDArray[np.float32]] = []
    for path in sorted(folder.glob("*.jpg")):
        picture = np.asarray(Image.open(path).convert("RGB"))
        (answer,) = analyzer.analyze([picture])
        if isinstance(answer, PiGalleryError):
            continue
        for face in answer.faces:
            if face.embedding and face.score >= SURE_SCORE:
                names.append(path.stem)
                vectors.append(np.frombuffer(face.embedding, np.float32))
    images = np.unique(names, return_inverse=True)[1].astype(np.int64)
    of = grouped(np.stack(vectors), images)
    groups = {int(first): [names[at] for at in np.flatnonzero(of == first)] for first in np.unique(of)}
    several = sorted((group for group in groups.values() if len(group) > 1), key=len, reverse=True)
    pictures = len({name for name in names if name.startswith("Me")})
    print(f"{len(vectors)} faces of the samples; photos of the man: {pictures}; people seen more than once:")
    for group in several:
        print(f"  {len(group)}: {', '.join(group)}")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT.parent / "shared" / "samples" / "photos"
    at_once(count)
    asyncio.run(in_store(count))
    home = os.environ.get("PIGALLERY_TEST_HOME")
    if home and (Path(home) / "models").is_dir() and folder.is_dir():
        one_man(folder, Path(home))
    else:
        print("Real faces are left out: they need the sample photos, and PIGALLERY_TEST_HOME with models.")


if __name__ == "__main__":
    main()
