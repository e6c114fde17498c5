"""Workers within the tests, and photos for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image as Pil

from ingest import queue
from ingest.worker import IngestWorker
from schema.settings import Settings
from schema.sqlite import SqliteStore


def photo(seed: int) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 255, (12, 16, 3), np.uint8)
    out = BytesIO()
    Pil.fromarray(noise).resize((160, 120)).save(out, "JPEG")
    return out.getvalue()


def photos(folder: Path, count: int, first: int = 0) -> Path:
    folder.mkdir(exist_ok=True)
    for seed in range(first, first + count):
        (folder / f"{seed:04}.jpg").write_bytes(photo(seed))
    return folder


async def until(is_so: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = is_so()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come to be")


@asynccontextmanager
async def working(settings: Settings, store: SqliteStore, **options: bool) -> AsyncIterator[IngestWorker]:
    pool = await queue.connect(settings)
    worker = IngestWorker(settings, store, pool)
    task = asyncio.create_task(worker.run(**options))
    try:
        await asyncio.wait_for(worker.ready.wait(), 60)
        yield worker
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await queue.close(pool)


async def present(store: SqliteStore) -> int:
    return sum([len(batch) async for batch in store.facts()])
