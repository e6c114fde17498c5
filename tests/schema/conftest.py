"""One fixture for every real store: the contract tests run on each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from schema.store import GraphStore
from tests.schema import stores


@pytest.fixture(params=stores.NAMES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[GraphStore]:
    made = await stores.empty_store(request.param, tmp_path)
    yield made
    await made.close()


@pytest.fixture(scope="session", autouse=True)
def leave_no_branch() -> Iterator[None]:
    yield
    stores.drop_branches()
