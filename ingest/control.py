"""What others may ask of imports: start, stop, resume, retry, how it stands."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

from arq.connections import ArqRedis

from ingest import progress
from ingest.progress import IngestStatus
from ingest.queue import QUEUE, SCANS
from schema.settings import Settings
from schema.store import GraphStore

__all__ = [
    "IngestStatus", "folders", "look_first", "remember", "resume", "retry", "start", "status", "stop",
    "take_in", "wake", "watch_progress",
]  # fmt: skip

FOLDERS = "ingest.folders"
"""The setting that remembers them."""
FIRST = "pigallery:first"
_FIRST_S = 120
_FIRST_MAX = 500
ENOUGH_WAITING = 16
"""Every job of a batch calls the next one, so that a few are enough to begin with."""


async def folders(store: GraphStore, settings: Settings) -> list[str]:
    """All that are looked through: those of the settings, then those that were ever started."""
    written = await store.get_setting(FOLDERS)
    return list(dict.fromkeys([*map(absolute, settings.folders), *(json.loads(written) if written else ())]))


async def remember(store: GraphStore, settings: Settings, folder: str) -> None:
    """From now on it is looked through with the others."""
    known = await folders(store, settings)
    if folder not in known:
        await store.put_setting(FOLDERS, json.dumps([*known, folder]))


async def start(pool: ArqRedis, folders: Iterable[Path | str]) -> None:
    """Look through these folders (or single files), remember them, and import what is new or changed."""
    await pool.delete(progress.STOPPED)
    for folder in map(absolute, folders):
        await pool.enqueue_job("scan", folder, _queue_name=SCANS)
    await wake(pool)


async def take_in(pool: ArqRedis, file: Path | str) -> None:
    """Import one new file as soon as files are imported: what a person has stopped stays stopped."""
    await pool.enqueue_job("scan", absolute(file), _queue_name=SCANS)
    await wake(pool)


async def stop(pool: ArqRedis) -> None:
    """Finish the batches at hand and begin no other, until `start` or `resume`; also over a restart."""
    await pool.set(progress.STOPPED, "1")


async def resume(pool: ArqRedis) -> None:
    """Go on with what is pending, and look through all remembered folders again."""
    await pool.delete(progress.STOPPED)
    await pool.enqueue_job("scan_all", _queue_name=SCANS)
    await wake(pool)


async def retry(
    store: GraphStore,
    pool: ArqRedis | None,
    *,
    file_ids: Sequence[int] = (),
    stage: str | None = None,
    failed_only: bool = True,
) -> int:
    """Do a stage (None: the one that failed) and all after it again, of these files (none named: of all).

    Returns how many files.
    """
    count = await store.retry(file_ids=file_ids, stage=stage, failed_only=failed_only)
    if count and pool is not None:
        await wake(pool)
    return count


async def status(store: GraphStore, pool: ArqRedis | None) -> IngestStatus:
    """How the import stands now."""
    return await progress.read_status(store, pool)


def watch_progress(pool: ArqRedis) -> AsyncIterator[IngestStatus]:
    """The last status and every new one, until the reader stops."""
    return progress.listen(pool)


async def look_first(pool: ArqRedis, image_ids: Iterable[int]) -> None:
    """What somebody is looking at: of what is pending, files of these images are next."""
    ids = [int(image_id) for image_id in image_ids][:_FIRST_MAX]
    if not ids:
        return
    async with pool.pipeline(transaction=False) as pipe:
        pipe.lpush(FIRST, *reversed(ids))
        pipe.ltrim(FIRST, 0, _FIRST_MAX - 1)
        pipe.expire(FIRST, _FIRST_S)
        await pipe.execute()


def absolute(folder: Path | str) -> str:
    """Without `..`, but with the links it is reached through."""
    return os.path.abspath(os.path.expanduser(folder))  # noqa: PTH100, PTH111


async def first_ids(pool: ArqRedis) -> list[int]:
    return [int(image_id) for image_id in await pool.lrange(FIRST, 0, -1)]  # type: ignore[misc]


async def wake(pool: ArqRedis, jobs: int = 2, *, in_s: float = 0.0) -> None:
    """Make workers look for pending files. What they do is decided by the store; one call too many costs nothing."""
    if await pool.zcard(QUEUE) < ENOUGH_WAITING:
        for _ in range(jobs):
            await pool.enqueue_job("import_batch", _defer_by=in_s or None)
