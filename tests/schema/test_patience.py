"""Work for somebody who does not wait any more ends: in SQLite, in the index, in the queue before it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import apsw
import pytest

from schema.patience import TooSlow, answered_within, for_everybody, preparing, waiting
from schema.sqlite.connection import ConnectionThread, prepare

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def endless(db: apsw.Connection) -> object:
    return db.execute(ENDLESS).get


@pytest.fixture
async def reader(tmp_path: Path) -> ConnectionThread:
    prepare(tmp_path / "library.sqlite")
    return ConnectionThread(tmp_path / "library.sqlite", writable=False)


async def test_a_statement_is_interrupted_when_its_time_is_over(reader: ConnectionThread) -> None:
    began = time.monotonic()
    with pytest.raises(TooSlow, match=r"longer than 0\.2 seconds"):
        async with answered_within(0.2):
            await reader.run(endless)
    assert time.monotonic() - began < 1.5
    with waiting(5):
        assert await asyncio.wait_for(reader.run(lambda db: db.execute("SELECT 7").get), 1) == 7
    await reader.close()


async def test_a_statement_is_interrupted_when_who_asked_is_gone(reader: ConnectionThread) -> None:
    async def ask() -> None:
        async with answered_within(60):
            await reader.run(endless)

    asking = asyncio.create_task(ask())
    await asyncio.sleep(0.1)
    asking.cancel()
    # The one thread for reads is free again at once.
    assert await asyncio.wait_for(reader.run(lambda db: db.execute("SELECT 7").get), 1) == 7
    await reader.close()


async def test_what_is_prepared_for_all_is_on_nobodys_clock() -> None:
    async with answered_within(0.2):
        async with preparing():
            await asyncio.sleep(0.4)
        await asyncio.sleep(0.05)
    async with answered_within(0.2):  # two at once, one of them longer

        async def prepare_for(seconds: float) -> None:
            async with preparing():
                await asyncio.sleep(seconds)

        await asyncio.gather(prepare_for(0.1), prepare_for(0.4))
    with pytest.raises(TooSlow):
        async with answered_within(0.1):
            async with preparing():
                await asyncio.sleep(0.2)
            await asyncio.sleep(0.5)


async def test_what_goes_on_after_a_request_has_its_own_time(reader: ConnectionThread) -> None:
    async def ask() -> object:
        await asyncio.sleep(0.1)
        return await reader.run(lambda db: db.execute("SELECT 7").get)

    with waiting(5):
        inherited = asyncio.create_task(ask())
        own = asyncio.create_task(ask(), context=for_everybody())
    with pytest.raises(TooSlow):
        await inherited
    assert await own == 7
    await reader.close()
