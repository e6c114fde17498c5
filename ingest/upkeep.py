"""What one of the workers does beside the imports: redo what is out of date, find what was lost, watch folders."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ingest import control, queue
from ingest.examine import METADATA_DETAIL, PIXELS_DETAIL
from ingest.thumbnails import damaged_hashes
from ingest.watch import Watcher
from schema.graph import Stage

if TYPE_CHECKING:
    from ingest.worker import IngestWorker

log = logging.getLogger("pigallery.upkeep")

VERSIONS = "ingest.versions"
BOOT = "ingest.boot"
"""Settings in the store: what ran last, and the boot of the system it ran in."""
NEXT_WATCHER_S = 20.0
LOOK_S = 15.0
"""Between looks for other models."""


async def keep_versions(worker: IngestWorker) -> None:
    """Checks at the start, and whenever models have been fetched or exchanged; lets idle models rest."""
    models, seen = worker.pipeline.models, None
    while True:
        try:
            await models.open()
            if models.detail != seen:
                await check_versions(worker)
                seen = models.detail
        finally:
            worker.up_to_date.set()
        await models.rest()
        await asyncio.sleep(LOOK_S)


async def check_versions(worker: IngestWorker) -> None:
    """What was done by an older version of the program, or not yet by models that are here now, is done again."""
    models, store = worker.pipeline.models, worker.store
    await models.open()
    if not worker.claims.take("versions"):
        return
    try:
        now = {Stage.METADATA: METADATA_DETAIL, Stage.PIXELS: PIXELS_DETAIL, Stage.ANALYSIS: models.detail}
        written = await store.get_setting(VERSIONS)
        before = json.loads(written) if written else now
        stale = [stage for stage in now if now[stage] and before.get(stage) != now[stage]]
        if Stage.ANALYSIS in stale and not models.outdated(before.get(Stage.ANALYSIS, "")):
            stale.remove(Stage.ANALYSIS)  # models were only taken away
        if stale:
            log.info("%s is done again for the whole library", stale[0])
            await control.retry(store, worker.pool, stage=stale[0], failed_only=False)
        if stale or before != now or not written:
            kept = {stage: now[stage] or before.get(stage, "") for stage in now}
            await store.put_setting(VERSIONS, json.dumps(kept))
    finally:
        worker.claims.release("versions")


async def check_thumbnails(worker: IngestWorker) -> None:
    """After the system started anew: a power cut may have left thumbnails empty."""
    boot, store = await asyncio.to_thread(_boot_id), worker.store
    if not boot or boot == await store.get_setting(BOOT) or not worker.claims.take("thumbnails"):
        return
    try:
        damaged = await asyncio.to_thread(lambda: list(damaged_hashes(worker.settings.thumbnails)))
        ids = list((await store.find_by_hash(damaged)).values())
        images = await store.images(ids, frozenset({"files"}))
        files = [file.id for image in images if image is not None for file in image.files]
        if files:
            await control.retry(store, worker.pool, file_ids=files, stage=Stage.PIXELS, failed_only=False)
        await store.put_setting(BOOT, boot)
    finally:
        worker.claims.release("thumbnails")


async def watch(worker: IngestWorker) -> None:
    """One worker watches the folders; the next one when that is gone."""
    while not worker.claims.take("watch"):  # noqa: ASYNC110 (a lock of the kernel, held by another process)
        await asyncio.sleep(NEXT_WATCHER_S)

    async def scan(folder: str) -> None:
        await worker.pool.enqueue_job("scan", folder, time.monotonic(), _queue_name=queue.SCANS)

    async def wake() -> None:
        await control.wake(worker.pool)

    async def trouble(sentence: str) -> None:
        if sentence:
            log.warning("%s", sentence)
        await worker.tell_trouble("watch", sentence)

    try:
        await Watcher(worker.store, worker.rules, worker.folders, scan, wake, trouble).run()
    finally:
        worker.claims.release("watch")


def _boot_id() -> str:
    """Changes with every start of the system; empty where there is none (then thumbnails are not checked)."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
