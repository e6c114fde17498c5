"""Rescan of an unchanged library: `python tests/bench/bench_rescan.py [FILES]`. Bar: 30,000 files/s in flat memory.

Wall time suffers from whatever else runs; processor time tells what it costs.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

from ingest.scan import Rules, scan_folder
from schema.settings import Settings
from schema.sqlite import SqliteStore

PER_FOLDER = 200
ROUNDS = 4


def write_files(root: Path, count: int) -> None:
    for folder in range(count // PER_FOLDER):
        path = root / f"{folder // 50:03}" / f"trip {folder:05}"
        path.mkdir(parents=True)
        for number in range(PER_FOLDER):
            os.close(os.open(path / f"IMG_{number:04}.jpg", os.O_CREAT | os.O_WRONLY))


async def measure(root: Path, database: Path, count: int) -> None:
    store = SqliteStore(database)
    await store.open()
    rules = Rules(Settings(home=root).exclude)
    for turn in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        result = await scan_folder(store, root, rules)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        kind = "rescan" if turn else "first "
        print(
            f"{kind} {result.seen:,} files: {count / wall:,.0f}/s, {count / cpu:,.0f} per cpu second, {memory:.0f} MB"
        )
    await store.close()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    work = Path(tempfile.mkdtemp(prefix="bench-rescan-"))
    try:
        write_files(work / "photos", count)
        asyncio.run(measure(work / "photos", work / "library.sqlite", count))
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
