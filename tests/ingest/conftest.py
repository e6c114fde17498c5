"""A home without models, and its library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from schema.settings import Settings
from schema.sqlite import SqliteStore


@pytest.fixture
def settings(tmp_path: Path, packages: Path, data: Path) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    (home / "data").symlink_to(data)
    return Settings(home=home, packages=packages, models=(), threads=2, batch=8)


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore(settings.database)
    await opened.open()
    yield opened
    await opened.close()
