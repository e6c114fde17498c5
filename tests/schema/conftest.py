"""One fixture for every real store: the contract tests run on each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from schema.sqlite import SqliteStore
from schema.store import GraphStore

STORES = {"sqlite": lambda folder: SqliteStore(folder / "library.sqlite")}


@pytest.fixture(params=sorted(STORES))
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[GraphStore]:
    made = STORES[request.param](tmp_path)
    await made.open()
    yield made
    await made.close()
