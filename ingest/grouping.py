"""Whose faces, which duplicates: one of the workers keeps them in step with the library, whatever changes it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from ingest.claims import Claims
from ingest.duplicates import Duplicates
from ingest.people import People
from schema.errors import PiGalleryError
from schema.settings import Settings
from schema.store import GraphStore

if TYPE_CHECKING:
    from ingest.worker import IngestWorker

log = logging.getLogger("pigallery.grouping")

NEXT_KEEPER_S = 20.0
RETRY_S = 5.0
WAIT_S = 30.0
TOGETHER_S = 0.3
"""Changes that come within so short a time are looked at together."""
SUGGEST_S = 20.0
"""While many pictures come in, suggestions are made anew so often at most."""


async def keep(worker: IngestWorker) -> None:
    """Until cancelled. What is cut off is done by the next one."""
    while not worker.claims.take("grouping"):  # noqa: ASYNC110 (a lock of the kernel, held by another process)
        await asyncio.sleep(NEXT_KEEPER_S)
    try:
        while True:
            try:
                await _follow(worker)
            except PiGalleryError as error:
                log.warning("People and duplicates are not looked for at the moment: %s", error)
            except Exception:
                log.exception("Looking for people and duplicates failed; it is begun anew")
            await asyncio.sleep(RETRY_S)
    finally:
        worker.claims.release("grouping")


async def finish(settings: Settings, store: GraphStore) -> None:
    """Once, until nothing is left to be found; at once when another process keeps the library in step anyway."""
    claims = Claims(settings.queue)
    claims.open()
    try:
        if claims.take("grouping"):
            people = People(store)
            await people.catch_up()
            await Duplicates(store, settings.thumbnails).catch_up()
            await people.suggest()
    finally:
        claims.close()


async def _follow(worker: IngestWorker) -> None:
    people = People(worker.store)
    duplicates = Duplicates(worker.store, worker.settings.thumbnails)
    clock = asyncio.get_running_loop().time
    suggested = -SUGGEST_S
    while True:
        await people.catch_up()
        await duplicates.catch_up()
        if people.moved and clock() - suggested >= SUGGEST_S:
            await people.suggest()
            suggested = clock()
        wait = WAIT_S if not people.moved else max(0.0, suggested + SUGGEST_S - clock())
        if await worker.store.wait_for_change(wait):
            await asyncio.sleep(TOGETHER_S)
