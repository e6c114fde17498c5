"""Killed at any moment, a library opens clean, with nothing half-written, and its feed agrees with its images.

A child does everything that writes, again and again; it is killed at two hundred random moments. Each next child is
forked from a small server that has the modules loaded, so that a kill costs a fraction of a second.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from schema.entries import Entry
from schema.filter.nodes import EVERYTHING
from schema.graph import Album, NodeKind, Op, Person
from schema.index import ReadIndex
from schema.sqlite import SqliteStore, bulk
from schema.sqlite.connection import connect
from tests.schema.libraries import digest, face, imported, tag
from tests.schema.strategies import LEXICON

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload([__name__])
KILLS = 200
BATCH = 7
ALL_CHECKED_EVERY = 10
"""The whole index is compared with the rows so often; all else after every kill."""


async def write_for_ever(path: Path, told: int) -> None:
    """Imports, edits of few and of many, undos, people, albums, entries, deletions. What is committed is told."""
    bulk.MANY, bulk.SLICES = BATCH, (3, 3)
    store = SqliteStore(path)
    await store.open()
    start = int(await store.get_setting("next") or 0)
    for number in range(start, 10**9, BATCH):
        batch = [imported(n, tags=(tag(f"t{n % 5}.n.01"),), faces=(face(0.1),)) for n in range(number, number + BATCH)]
        ids = [key for key in await store.write_imported(batch) if key]
        os.write(told, f"{number}\n".encode())
        token = await store.edit_images(ids, {"rating": 4, "add_tags": ["mine"]})
        if number % 3 == 0:
            await store.undo(token)
        if number % 5 == 0:
            await store.delete_images(ids[:1])
        images = await store.images(ids)
        person = await store.save_person(Person(f"Person {number}"))
        await store.assign_faces([one.id for image in images if image for one in image.faces], person.id, by_user=True)
        album = await store.save_album(Album(f"Album {number}"))
        everything = list(range(max(1, (ids or [1])[0] - 40), (ids or [1])[-1] + 1))
        token = await store.edit_images(everything, {"favorite": number % 2 == 0, "add_albums": [album.id]})
        if number % 4 == 0:
            await store.undo(token)
        await store.put_entry(Entry("session", str(number), {"number": number}))
        await store.put_setting("next", str(number + BATCH))


def child(path: Path, told: Connection) -> None:
    asyncio.run(write_for_ever(path, told.fileno()))


def killed(path: Path, after_s: float) -> list[int]:
    """First numbers of the batches that were committed before the kill."""
    heard, told = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=child, args=(path, told), daemon=True)
    process.start()
    told.close()
    time.sleep(after_s)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with os.fdopen(os.dup(heard.fileno()), "rb") as lines:
        heard.close()
        return [int(line) for line in lines if line.endswith(b"\n")]


def test_killed_at_any_moment_nothing_is_lost_or_half_written(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    chance = random.Random(2026)
    committed: set[int] = set()
    for number in range(KILLS):
        committed.update(killed(path, chance.uniform(0.02, 0.25)))
        asyncio.run(check(path, committed, whole=number % ALL_CHECKED_EVERY == 0 or number == KILLS - 1))
    assert len(committed) > KILLS / 2


async def check(path: Path, committed: set[int], *, whole: bool) -> None:
    store = SqliteStore(path)
    await store.open()
    try:
        rows(path, committed)
        await feed_agrees(store, path)
        if whole:
            await index_agrees(store, path)
    finally:
        await store.close()


def rows(path: Path, committed: set[int]) -> None:
    db = connect(path, writable=False)
    assert db.execute("PRAGMA integrity_check").get == "ok"
    assert not db.execute("PRAGMA foreign_key_check").fetchall()
    hashes = {row[0] for row in db.execute("SELECT content_hash FROM image UNION SELECT content_hash FROM forgotten")}
    numbers = {int(hexed, 16) for hexed in hashes}
    assert {n + i for n in committed for i in range(BATCH)} <= numbers, "a committed batch is lost"
    assert len(numbers) % BATCH == 0, "half a batch"
    assert all(digest(number) in hashes for number in numbers)
    tagged = "SELECT image_id FROM image_tag t JOIN tag ON tag.id = t.tag_id WHERE tag.name = 'mine'"
    assert not db.execute(f"SELECT image_id FROM image_edit WHERE rating = 4 EXCEPT {tagged}").fetchall(), (
        "half an edit"
    )
    assert not db.execute(f"{tagged} EXCEPT SELECT image_id FROM image_edit WHERE rating = 4").fetchall(), (
        "half an undo"
    )
    db.close()


async def feed_agrees(store: SqliteStore, path: Path) -> None:
    changes, _, reset = await store.changes(None, limit=10**9)
    assert not reset
    db = connect(path, writable=False)
    for kind, table in ((NodeKind.IMAGE, "image"), (NodeKind.PERSON, "person"), (NodeKind.ALBUM, "album")):
        there = {row[0] for row in db.execute(f"SELECT id FROM {table}")}
        assert {one.id for one in changes if one.kind is kind and one.op is Op.UPSERT} == there
    gone = sum(change.op is Op.DELETE for change in changes if change.kind is NodeKind.IMAGE)
    assert gone == db.execute("SELECT count(*) FROM forgotten").get
    db.close()


async def index_agrees(store: SqliteStore, path: Path) -> None:
    """What waits of an edit is in the facts, too; and an index made of them holds the images that are there."""
    index = ReadIndex(LEXICON)
    async for batch in store.facts():
        index.apply(batch)
    db = connect(path, writable=False)
    assert not db.execute("SELECT 1 FROM bulk_edit WHERE waiting IS NOT NULL").fetchall()
    assert index.ids(EVERYTHING).tolist() == [row[0] for row in db.execute("SELECT id FROM image ORDER BY id")]
    for number, image in db.execute("SELECT album_id, image_id FROM album_image ORDER BY random() LIMIT 50").fetchall():
        assert db.execute("SELECT 1 FROM album WHERE id = ?", (number,)).get, image
    db.close()
