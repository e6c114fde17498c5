"""Killed at any moment, a library opens clean, with nothing half-written, and its feed agrees with its images."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import apsw

from schema.graph import NodeKind, Op
from schema.sqlite import SqliteStore
from schema.sqlite.connection import connect
from tests.schema.libraries import digest, face, imported, tag

KILLS = 20
BATCH = 7
ROOT = Path(__file__).resolve().parents[2]


async def write_for_ever(path: Path) -> None:
    """Batches of imports, edits, undos and deletions; every batch is announced once it is committed."""
    store = SqliteStore(path)
    await store.open()
    start = int(await store.get_setting("next") or 0)
    for number in range(start, 10**9, BATCH):
        batch = [imported(n, tags=(tag(f"t{n % 5}.n.01"),), faces=(face(0.1),)) for n in range(number, number + BATCH)]
        ids = [key for key in await store.write_imported(batch) if key]
        print(number, flush=True)
        token = await store.edit_images(ids, {"rating": 4, "add_tags": ["mine"]})
        if number % 3 == 0:
            await store.undo(token)
        if number % 5 == 0:
            await store.delete_images(ids[:1])
        await store.put_setting("next", str(number + BATCH))


def killed(path: Path, after_s: float) -> list[int]:
    """First numbers of the batches that were committed before the kill."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.schema.test_crash", str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert child.stdout is not None
    lines = [child.stdout.readline()]
    time.sleep(after_s)
    child.send_signal(signal.SIGKILL)
    lines += child.stdout.readlines()
    child.wait()
    return [int(line) for line in lines if line.endswith("\n")]


async def test_killed_at_any_moment_nothing_is_lost_or_half_written(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    chance = random.Random(2026)
    committed: set[int] = set()
    for _ in range(KILLS):
        committed.update(await asyncio.to_thread(killed, path, chance.uniform(0.0, 0.15)))
        store = SqliteStore(path)
        await store.open()
        await check(store, path, committed)
        await store.close()
    assert len(committed) > KILLS


async def check(store: SqliteStore, path: Path, committed: set[int]) -> None:
    db = connect(path, writable=False)
    assert db.execute("PRAGMA integrity_check").get == "ok"
    assert not db.execute("PRAGMA foreign_key_check").fetchall()
    forgotten = {row[0] for row in db.execute("SELECT content_hash FROM forgotten")}
    everything = {row[0]: row[1] for row in db.execute("SELECT id, content_hash FROM image")}
    rated = {row[0] for row in db.execute("SELECT image_id FROM image_edit WHERE rating = 4")}
    db.close()
    numbers = {int(hexed, 16) for hexed in (*everything.values(), *forgotten)}
    assert {n + i for n in committed for i in range(BATCH)} <= numbers, "a committed batch is lost"
    assert len(numbers) % BATCH == 0, "half a batch"
    images = await store.images(list(everything))
    assert all(image and len(image.tags) in (1, 2) and len(image.faces) == 1 and image.files for image in images)
    assert all(("mine" in {edge.tag for edge in image.tags}) == (image.id in rated) for image in images if image)
    changes, _, reset = await store.changes(None, limit=10**9)
    fed = {change.id: change.op for change in changes if change.kind is NodeKind.IMAGE}
    assert not reset
    assert {key for key, op in fed.items() if op is Op.UPSERT} == set(everything)
    assert sum(op is Op.DELETE for op in fed.values()) == len(forgotten)
    found = await store.find_by_hash([digest(n) for n in numbers])
    assert set(found.values()) == set(everything)


if __name__ == "__main__":
    assert apsw.sqlite_lib_version()
    asyncio.run(write_for_ever(Path(sys.argv[1])))
