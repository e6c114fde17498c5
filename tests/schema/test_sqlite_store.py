"""What only the SQLite store can do wrong: opening, migrating, sharing, copying."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import apsw
import pytest

from schema.errors import BadConfig, PiGalleryError
from schema.settings import Settings
from schema.sqlite import SqliteStore
from schema.sqlite.connection import MIGRATIONS, connect, prepare
from schema.sqlite.reading import images
from schema.stores import open_store
from tests.schema.libraries import digest, face, imported, tag


async def library(path: Path, count: int = 50) -> SqliteStore:
    store = SqliteStore(path)
    await store.open()
    await store.write_imported([imported(n, tags=(tag("cat.n.01"),), faces=(face(0.1),)) for n in range(count)])
    return store


async def test_hydrating_takes_at_most_three_queries(tmp_path: Path) -> None:
    store = await library(tmp_path / "l.sqlite")
    await store.close()
    db = connect(tmp_path / "l.sqlite", writable=False)
    asked: list[str] = []
    db.trace_v2(apsw.SQLITE_TRACE_STMT, lambda event: asked.append(event["sql"]))
    assert len(images(db, range(1, 40), None)) == 39
    assert len(asked) == 3
    asked.clear()
    images(db, range(1, 40), frozenset())
    assert len(asked) == 1
    db.close()


async def test_readers_go_on_while_another_process_writes(tmp_path: Path) -> None:
    store = await library(tmp_path / "l.sqlite")
    writer = connect(tmp_path / "l.sqlite", writable=True)
    writer.execute("BEGIN IMMEDIATE; UPDATE image SET make = 'half-written'")
    (image,) = await asyncio.wait_for(store.images([1]), 2)
    assert image is not None and image.make == ""
    edit = asyncio.create_task(store.edit_images([1], {"rating": 3}))
    await asyncio.sleep(0.1)
    assert not edit.done()
    writer.execute("ROLLBACK")
    await asyncio.wait_for(edit, 5)
    writer.close()
    await store.close()


async def test_two_may_create_one_library(tmp_path: Path) -> None:
    stores = [SqliteStore(tmp_path / "new" / "l.sqlite") for _ in range(4)]
    await asyncio.gather(*(store.open() for store in stores))
    heads = {await store.head() for store in stores}
    assert len(heads) == 1
    for store in stores:
        await store.close()


async def test_a_damaged_library_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    await (await library(path, 500)).close()
    whole = path.read_bytes()
    for start in (0, 4096, len(whole) // 2):
        path.write_bytes(whole[:start] + b"\xff" * 8192 + whole[start + 8192 :])
        with pytest.raises(BadConfig, match=r"damaged.*backup"):
            await SqliteStore(path).open()
    path.write_bytes(whole[: len(whole) // 3])
    with pytest.raises(BadConfig, match="damaged"):
        await SqliteStore(path).open()


async def test_what_is_not_a_library_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    db = apsw.Connection(str(path))
    db.execute("CREATE TABLE theirs (x)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(BadConfig, match="not a PiGallery library"):
        await SqliteStore(path).open()
    assert path.read_bytes() == before
    with pytest.raises(BadConfig):
        await SqliteStore(tmp_path / "l.sqlite" / "below-a-file.sqlite").open()


async def test_a_library_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    await (await library(path)).close()
    db = apsw.Connection(str(path))
    db.pragma("user_version", len(MIGRATIONS) + 1)
    db.close()
    with pytest.raises(BadConfig, match="newer PiGallery"):
        await SqliteStore(path).open()


@pytest.mark.parametrize("version", range(len(MIGRATIONS)))
def test_every_earlier_version_is_brought_up_to_date(tmp_path: Path, version: int) -> None:
    old, new = tmp_path / "old.sqlite", tmp_path / "new.sqlite"
    prepare(old, MIGRATIONS[:version])
    prepare(old)
    prepare(new)
    schemas = []
    for path in (old, new):
        db = connect(path, writable=False)
        schemas.append(db.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").fetchall())
        assert db.pragma("user_version") == len(MIGRATIONS)
        db.close()
    assert schemas[0] == schemas[1]


async def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    await (await library(path)).close()
    (good := tmp_path / "9998.sql").write_text("ALTER TABLE image ADD COLUMN depth REAL;")
    (bad := tmp_path / "9999.sql").write_text("CREATE TABLE half (x); UPDATE nowhere SET x = 1;")
    with pytest.raises(PiGalleryError, match="9999"):
        prepare(path, (*MIGRATIONS, good, bad))
    db = connect(path, writable=False)
    assert db.pragma("user_version") == len(MIGRATIONS) + 1
    assert not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'half'").get
    assert db.execute("SELECT count(*) FROM image").get == 50
    db.close()


async def test_a_backup_is_whole_and_another_life(tmp_path: Path) -> None:
    store = await library(tmp_path / "l.sqlite")
    head = await store.head()
    target = tmp_path / "backup.sqlite"
    await store.backup(target)
    with pytest.raises(BadConfig, match="exists"):
        await store.backup(target)
    with pytest.raises(BadConfig):
        await store.backup(tmp_path / "nowhere" / "b.sqlite")
    await store.close()
    copy = SqliteStore(target)
    await copy.open()
    assert len(await copy.find_by_hash([digest(n) for n in range(50)])) == 50
    assert (await copy.changes(head))[2]
    await copy.close()
    assert {"backup.sqlite", "l.sqlite"} == set(os.listdir(tmp_path))  # noqa: PTH208


def test_the_settings_choose_the_store(tmp_path: Path) -> None:
    assert isinstance(open_store(Settings(home=tmp_path)), SqliteStore)
    with pytest.raises(BadConfig, match="SQLite"):
        open_store(Settings(home=tmp_path, edgedb_dsn="edgedb://localhost"))
