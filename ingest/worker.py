"""One worker process: scans folders and imports batches until it is told to stop. May be killed at any time."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix
from arq.worker import Worker, func
from redis.exceptions import RedisError

from ingest import control, grouping, progress, queue, upkeep
from ingest.claims import Claims
from ingest.order import Order
from ingest.pipeline import SPARE_THREADS, Pipeline
from ingest.progress import Announcer
from ingest.scan import MAX_PROBLEMS, Rules, ScanResult, scan_file, scan_folder
from ingest.walk import shown
from schema.errors import PiGalleryError, StoreUnavailable
from schema.settings import Settings
from schema.store import GraphStore
from schema.stores import open_store

log = logging.getLogger("pigallery.worker")

SIDE_BY_SIDE = 2
"""Batches at once: one decodes while the models look at the other."""
POLL_S = 0.05
BATCH_S = 1_800
SCAN_S = 6 * 3_600
PATIENCE_S = 7.0
TROUBLE_S = 10.0


class StoppedByPerson(Exception):
    """A scan ends where it is."""


class IngestWorker:
    """What the jobs share."""

    def __init__(self, settings: Settings, store: GraphStore, pool: ArqRedis) -> None:
        self.settings = settings
        self.store = store
        self.pool = pool
        self.pipeline = Pipeline(settings, store)
        self.claims = Claims(settings.queue)
        self.order = Order(store, pool, self.claims)
        self.announcer = Announcer(store, pool)
        self.rules = Rules(settings.exclude, settings.recursive, settings.follow_links)
        self.token = f"{os.getpid()}-{os.urandom(4).hex()}"
        self.ready = asyncio.Event()
        self.up_to_date = asyncio.Event()
        """Set once it was seen whether anything was done by other versions or models: that is pending then."""
        self._batches = 0
        self._looked: dict[str, float] = {}
        """When the last whole look through each folder began."""

    async def run(self, *, remembered: bool = True, watch: bool | None = None) -> None:
        """Work until cancelled, then finish the batches at hand. `remembered`: begin with a look through all folders,
        which belongs to watching them where we do."""
        watch = self.settings.watch if watch is None else watch
        self.claims.open()
        await self.pipeline.open()
        workers: list[Worker] = []
        side: list[asyncio.Task[None]] = []
        try:
            await self._begin(scan=remembered and not watch)
            self.ready.set()
            workers = [self._imports(), self._scans()]
            side = [asyncio.create_task(self._surely(one)) for one in self._side_tasks(watch)]
            running = [asyncio.create_task(worker.async_run()) for worker in workers]
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in side:
                task.cancel()
            await self._finish(workers)
            await asyncio.gather(*side, return_exceptions=True)
            # In a task of its own: Python 3.11.2 takes Redis' timeouts for cancellations in one that is cancelled.
            await asyncio.create_task(self._leave())
            self.pipeline.close()
            self.claims.close()

    async def _leave(self) -> None:
        with suppress(RedisError, OSError, PiGalleryError):
            await self.pool.hdel(progress.WORKERS, self.token)  # type: ignore[misc]
            await self.announcer.announce(now=True)

    def _imports(self) -> Worker:
        return Worker(
            functions=[func(_import_batch, name="import_batch", timeout=BATCH_S, keep_result=0)],
            queue_name=queue.QUEUE,
            max_jobs=SIDE_BY_SIDE,
            **self._manners(),
        )

    def _scans(self) -> Worker:
        return Worker(
            functions=[
                func(_scan, name="scan", timeout=SCAN_S, keep_result=60),
                func(_scan_all, name="scan_all", timeout=SCAN_S, keep_result=0),
            ],
            queue_name=queue.SCANS,
            max_jobs=SIDE_BY_SIDE,
            **self._manners(),
        )

    def _manners(self) -> dict[str, Any]:
        return {
            "redis_pool": self.pool,
            "ctx": {"worker": self},
            "poll_delay": POLL_S,
            "handle_signals": False,
            "max_tries": 1_000_000,  # a job may be begun by any number of workers that are killed
            "retry_jobs": False,
            "log_results": False,
        }

    async def _begin(self, *, scan: bool) -> None:
        now = time.time()
        beats = await self.pool.hgetall(progress.WORKERS)  # type: ignore[misc]
        if not any(now - float(beat) < progress.ALIVE_S and _is_other(token) for token, beat in beats.items()):
            await self._inherit()
        await self._beat()
        if scan and not await self.pool.exists(progress.STOPPED):
            await self.pool.enqueue_job("scan_all", _queue_name=queue.SCANS)
        await control.wake(self.pool)

    async def _inherit(self) -> None:
        """Jobs that dead workers had begun would be held back until they time out."""
        await self.pool.delete(progress.WORKERS, progress.SCANNING, progress.CURRENT)
        for name in (queue.QUEUE, queue.SCANS):
            held = [in_progress_key_prefix + job.decode() for job in await self.pool.zrange(name, 0, -1)]
            if held:
                await self.pool.delete(*held)

    async def _finish(self, workers: list[Worker]) -> None:
        """Let jobs at hand end, for a while; none is needed: what is cut off stays pending."""
        for worker in workers:
            worker.allow_pick_jobs = False
        await asyncio.sleep(2 * POLL_S)  # what was being picked is picked
        jobs = [task for worker in workers for task in worker.tasks.values()]
        if jobs:
            await asyncio.wait(jobs, timeout=PATIENCE_S)
        for worker in workers:
            for task in (*worker.tasks.values(), worker.main_task):
                if task is not None:
                    task.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)

    # -- imports
    async def import_batch(self) -> None:
        """One batch; then the next job is called, while there is more."""
        if await self.pool.exists(progress.STOPPED) or self.pipeline.stuck >= SPARE_THREADS:
            return
        files = await self.order.take(self.settings.batch)
        if not files:
            return
        self._batches += 1
        try:
            await self.pool.set(progress.CURRENT, shown(files[0].path), ex=30)
            report = await self.pipeline.run(files)
        except StoreUnavailable as error:
            log.warning("%s", error)
            await self.tell_trouble("import", str(error))
            await control.wake(self.pool, 1, in_s=TROUBLE_S)
            return
        finally:
            self._batches -= 1
            self.order.give_back(files)
        await self.tell_trouble("import", "")
        if report.done:
            await progress.tick(self.pool, report.done, report.seconds)
        await self.pool.enqueue_job("import_batch")
        await self.announcer.announce()

    # -- scans
    async def scan(self, folder: str, asked: float | None = None) -> None:
        """Look through a folder. `asked` (by `time.monotonic`): when what is to be found has happened; a look that
        began later has found it, and need not be repeated."""
        path = Path(folder)
        if await asyncio.to_thread(path.is_file):
            await self._told(await scan_file(self.store, path, await self.folders()))
            await control.wake(self.pool)
            return
        await control.remember(self.store, self.settings, folder)
        if not self.claims.take(f"scan:{folder}"):
            await self.pool.enqueue_job("scan", folder, asked, _queue_name=queue.SCANS, _defer_by=5)
            return
        began = time.monotonic()
        try:
            if asked is None or asked > self._looked.get(folder, 0.0):
                await self._told(await scan_folder(self.store, path, self.rules, self._scanning))
                self._looked[folder] = began
        except StoppedByPerson:
            log.info("The scan of %s was stopped", shown(folder))
        finally:
            self.claims.release(f"scan:{folder}")
            await self.pool.hdel(progress.SCANNING, _key(folder))  # type: ignore[misc]
        await control.wake(self.pool)
        await self.announcer.announce(now=True)

    async def _scanning(self, result: ScanResult) -> None:
        if await self.pool.exists(progress.STOPPED):
            raise StoppedByPerson
        await self.pool.hset(progress.SCANNING, _key(result.root), f"{time.time():.3f}")  # type: ignore[misc]
        if result.new or result.changed:
            await control.wake(self.pool)
        await self.announcer.announce()

    async def _told(self, result: ScanResult) -> None:
        for problem in result.problems:
            log.warning("%s", problem)
        await self.tell_trouble(f"scan:{_key(result.root)}", *result.problems)
        log.info(
            "%s: %d seen, %d new, %d changed, %d returned, %d vanished",
            shown(result.root), result.seen, result.new, result.changed, result.returned, result.vanished,
        )  # fmt: skip

    async def scan_all(self) -> None:
        for folder in await self.folders():
            await self.pool.enqueue_job("scan", folder, _queue_name=queue.SCANS)

    async def folders(self) -> list[str]:
        return await control.folders(self.store, self.settings)

    async def tell_trouble(self, about: str, *sentences: str) -> None:
        """Kept for the status until the same thing goes well."""
        told = [sentence for sentence in sentences if sentence][:MAX_PROBLEMS]
        if told:
            await self.pool.hset(progress.PROBLEMS, about, json.dumps(told))  # type: ignore[misc]
        else:
            await self.pool.hdel(progress.PROBLEMS, about)  # type: ignore[misc]

    # -- beside the jobs
    def _side_tasks(self, watch: bool) -> list[Coroutine[Any, Any, None]]:
        tasks = [self._alive(), upkeep.keep_versions(self), upkeep.check_thumbnails(self), grouping.keep(self)]
        if watch:
            tasks.append(upkeep.watch(self))
        return tasks

    async def _surely(self, task: Coroutine[Any, Any, None]) -> None:
        """A side task that fails is logged; the imports go on."""
        try:
            await task
        except Exception:
            log.exception("A part of the worker stopped")

    async def _alive(self) -> None:
        """Says so; and calls for work that nobody was called for."""
        while True:
            try:
                await self._beat()
                if not self._batches and await self.store.pending_files(1):
                    await control.wake(self.pool, 1)
                await self.announcer.announce()
            except (RedisError, OSError, PiGalleryError) as error:
                log.warning("The worker's sign of life failed: %s", error)
            if self.pipeline.stuck >= SPARE_THREADS and not self._batches:
                log.error("Too many files never came to an end; the worker starts anew")
                os._exit(1)
            await asyncio.sleep(progress.WORKER_BEAT_S)

    async def _beat(self) -> None:
        await self.pool.hset(progress.WORKERS, self.token, f"{time.time():.3f}")  # type: ignore[misc]


async def _import_batch(ctx: dict[str, Any]) -> None:
    await ctx["worker"].import_batch()


async def _scan(ctx: dict[str, Any], folder: str, asked: float | None = None) -> None:
    await ctx["worker"].scan(folder, asked)


async def _scan_all(ctx: dict[str, Any]) -> None:
    await ctx["worker"].scan_all()


def _key(folder: str) -> str:
    return shown(folder)


def _is_other(token: bytes) -> bool:
    """Whether the process of a worker's token is alive here, and another."""
    try:
        pid = int(token.split(b"-")[0])
        os.kill(pid, 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return pid != os.getpid()


async def serve(settings: Settings) -> None:
    """A worker until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with AsyncExitStack() as stack:
        store = open_store(settings)
        await store.open()
        stack.push_async_callback(store.close)
        pool = await queue.connect(settings)
        stack.push_async_callback(queue.close, pool)
        working = asyncio.create_task(IngestWorker(settings, store, pool).run())
        ending = asyncio.create_task(stopped.wait())
        await asyncio.wait({working, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if working.done():
            working.result()
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


def main(settings: Settings) -> None:
    """Run one worker process until it is signaled. Its log goes to standard error."""
    logging.basicConfig(
        level=settings.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        stream=sys.stderr,
        force=True,
    )
    for chatty in ("watchfiles", "arq", "PIL", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        asyncio.run(serve(settings))
    except PiGalleryError as error:
        log.error("%s", error)
        raise SystemExit(1) from None
