"""`pigallery ingest`: an import that is watched. With a server on the same home, its workers do the work."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from arq.connections import ArqRedis
from arq.jobs import Job, JobStatus
from redis.exceptions import RedisError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ingest import control, grouping, progress, queue
from ingest.progress import IngestStatus
from ingest.walk import shown
from ingest.worker import IngestWorker
from schema.errors import PiGalleryError
from schema.settings import Settings
from schema.store import FailedFile, GraphStore
from schema.stores import open_store

EVERY_S = 0.2
MAX_LISTED = 200


def run(settings: Settings, paths: Sequence[Path], watch: bool = False) -> None:
    """Import folders and files, with a progress bar on a terminal; list what failed. Ctrl-C ends it in order.

    `watch`: stay, and import what changes. Raises SystemExit: 1 when a path does not exist, 130 after Ctrl-C.
    """
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, format="%(message)s", force=True)
    console = Console(stderr=True, highlight=False)
    try:
        code = asyncio.run(_run(settings, [Path(control.absolute(path)) for path in paths], watch, console))
    except PiGalleryError as error:
        console.print(str(error), style="red", markup=False)
        code = 1
    if code:
        raise SystemExit(code)


async def _run(settings: Settings, paths: Sequence[Path], watch: bool, console: Console) -> int:
    missing = [path for path in paths if not await asyncio.to_thread(path.exists)]
    for path in missing:
        console.print(f"There is no '{shown(str(path))}'; check the spelling, or connect the disk.", markup=False)
    chosen = [path for path in paths if path not in missing]
    if missing and not chosen:
        return 1
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with AsyncExitStack() as stack:
        store = open_store(settings)
        await store.open()
        stack.push_async_callback(store.close)
        pool = await queue.connect(settings)
        stack.push_async_callback(queue.close, pool)
        before = {(file.file_id, file.stage, file.attempts) for file in await store.failed_files(100_000)}
        async with _worker(settings, store, pool, watch) as working:
            jobs = await _begin(pool, chosen)
            status = await _show(store, pool, jobs, stopped, working, console, watch)
        if working is not None and not stopped.is_set():
            await _group(settings, store, stopped, console)
        failed = [f for f in await store.failed_files(100_000) if (f.file_id, f.stage, f.attempts) not in before]
        _summary(console, status, failed)
    if stopped.is_set() and not watch:
        console.print("Stopped; start it again to go on.")
        return 130
    return 1 if missing else 0


@dataclass(frozen=True, slots=True)
class Working:
    """The worker of this process."""

    task: asyncio.Task[None]
    up_to_date: asyncio.Event


@asynccontextmanager
async def _worker(settings: Settings, store: GraphStore, pool: ArqRedis, watch: bool) -> AsyncIterator[Working | None]:
    """A worker in this process, unless one of a server is there already."""
    if await progress.workers_alive(pool):
        yield None
        return
    worker = IngestWorker(settings, store, pool)
    task = asyncio.create_task(worker.run(remembered=False, watch=watch))
    try:
        await asyncio.wait({task, asyncio.create_task(worker.ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
        yield Working(task, worker.up_to_date)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _begin(pool: ArqRedis, paths: Sequence[Path]) -> list[Job]:
    await pool.delete(progress.STOPPED)
    jobs = [await pool.enqueue_job("scan", str(path), _queue_name=queue.SCANS) for path in paths]
    await control.wake(pool)
    return [job for job in jobs if job is not None]


async def _show(
    store: GraphStore,
    pool: ArqRedis,
    jobs: list[Job],
    stopped: asyncio.Event,
    working: Working | None,
    console: Console,
    watch: bool,
) -> IngestStatus:
    """The bar, until everything is done or somebody stops it."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[pace]}"),
        TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        bar = bars.add_task("Looking", total=None, pace="")
        while True:
            all_told = working is None or working.up_to_date.is_set()
            status = await control.status(store, pool)
            bars.update(bar, total=status.total or None, completed=status.done, pace=_pace(status),
                        description=_phase(status))  # fmt: skip
            if working is not None and working.task.done():
                working.task.result()
            scanned = not [job for job in jobs if await _is_open(job)]
            if all_told and scanned and status.done >= status.total and not watch:
                return status
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), EVERY_S)
            if stopped.is_set():
                return status


async def _group(settings: Settings, store: GraphStore, stopped: asyncio.Event, console: Console) -> None:
    """Find people and duplicates among what was imported, until done or stopped; the next worker ends what is left."""
    with console.status("Looking for people and duplicates"):
        looking = asyncio.create_task(grouping.finish(settings, store))
        ending = asyncio.create_task(stopped.wait())
        await asyncio.wait({looking, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if not looking.done():
            looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


async def _is_open(job: Job) -> bool:
    try:
        return await job.status() in (JobStatus.deferred, JobStatus.queued, JobStatus.in_progress)
    except RedisError:
        return True


def _phase(status: IngestStatus) -> str:
    return {"scanning": "Looking", "importing": "Importing", "waiting": "Waiting for a worker"}.get(
        status.phase, "Watching"
    )


def _pace(status: IngestStatus) -> str:
    parts = []
    if status.rate_per_s:
        parts.append(f"{status.rate_per_s:,.1f}/s")
    if status.seconds_left:
        minutes, seconds = divmod(round(status.seconds_left), 60)
        parts.append(f"{minutes} min left" if minutes >= 2 else f"{60 * minutes + seconds} s left")
    if status.failed:
        parts.append(f"{status.failed:,} failed")
    return " · ".join(parts)


def _summary(console: Console, status: IngestStatus, failed: Sequence[FailedFile]) -> None:
    for sentence in status.errors[:MAX_LISTED]:
        console.print(sentence, markup=False)
    for file in failed[:MAX_LISTED]:
        console.print(f"[red]{escape(shown(file.path))}[/]: {escape(file.reason)}")
    if len(failed) > MAX_LISTED:
        console.print(f"... and {len(failed) - MAX_LISTED:,} more; see: pigallery status")
    told = f", {len({file.file_id for file in failed}):,} of them failed just now" if failed else ""
    console.print(f"{status.done:,} of {status.total:,} files are done{told}.")
