"""Whole libraries to and from files, for the command line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from api.lock import HomeLock
from schema.errors import BadConfig
from schema.settings import Settings
from schema.sqlite import SqliteStore
from schema.sqlite.backup import restore
from schema.store import GraphStore
from schema.stores import open_store
from schema.transfer import Progress as Meter
from schema.transfer import export_library, import_library


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[GraphStore]:
    store = open_store(settings)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def _existing(settings: Settings) -> None:
    if not settings.edgedb_dsn and not settings.database.exists():
        raise BadConfig(f"There is no library in {settings.home} yet; name the right home with --home.")


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)


def _meter(bar: Progress, what: str) -> Meter:
    task = bar.add_task(what, total=None)
    return lambda done, total: bar.update(task, completed=done, total=total or None)


def export_to(settings: Settings, file: Path) -> None:
    """Also while a server runs: one consistent moment of the library is written."""
    _existing(settings)

    async def run(meter: Meter) -> int:
        async with _opened(settings) as store:
            return await export_library(store, file, meter)

    with _bar(Console(stderr=True)) as bar:
        images = asyncio.run(run(_meter(bar, "Exporting")))
    print(f"{images:,} images written to {file}.")


def import_from(settings: Settings, file: Path) -> None:
    """Into an empty home that nobody serves."""

    async def run(meter: Meter) -> int:
        async with _opened(settings) as store:
            return await import_library(store, file, meter)

    with HomeLock(settings.home), _bar(Console(stderr=True)) as bar:
        records = asyncio.run(run(_meter(bar, "Importing")))
    print(f"{records:,} records read; thumbnails are made again at the next start.")


def restore_from(settings: Settings, file: Path) -> None:
    """A backup in place of the library of a home that nobody serves; what was there is kept beside it."""
    if settings.edgedb_dsn:
        raise BadConfig("An EdgeDB library is restored by EdgeDB itself, or with pigallery import.")
    with HomeLock(settings.home):
        aside = restore(file, settings.database)

        async def bring_up_to_date() -> None:
            async with _opened(settings):
                pass

        asyncio.run(bring_up_to_date())
    print(f"The library of {file} is in place.")
    if aside is not None:
        print(f"The library that was there is kept as {aside}; delete it when all is well.")


def backup_to(settings: Settings, file: Path) -> None:
    """A copy of the database, also while a server runs; `restore_from` puts it back."""
    if settings.edgedb_dsn:
        raise BadConfig("An EdgeDB library is backed up by EdgeDB itself, or with pigallery export.")
    _existing(settings)
    store = SqliteStore(settings.database)

    async def run() -> None:
        try:
            await store.open()
            await store.backup(file)
        finally:
            await store.close()

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadConfig(f"{file.parent} cannot be made ({error.strerror}); choose another place.") from None
    asyncio.run(run())
    print(f"The library is copied to {file} ({file.stat().st_size / 1e6:,.1f} MB).")
