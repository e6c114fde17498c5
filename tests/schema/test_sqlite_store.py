"""What only the SQLite store can do wrong: opening, migrating, sharing, copying."""

from __future__ import annotations

import asyncio
import os
from importlib.util import find_spec
from pathlib import Path

import apsw
import pytest

from schema.errors import BadConfig, PiGalleryError
from schema.filter.nodes import Origin
from schema.settings import Settings
from schema.sqlite import SqliteStore
from schema.sqlite.backup import restore
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


OLD_ROWS = """
INSERT INTO image (id, content_hash, name, format, file_size, orientation, taken_source, make, model, lens, software,
  place_origin, title, caption, conditions, lens_words, size_word, palette, thumbhash, embedding_model, rating, added,
  media_version) VALUES
  (1, 'aa', 'one.jpg', 'jpeg', 10, 1, '', 'SONY', '', '', '', 'METADATA', 'Read', '', '["night"]', '', '', x'', x'', '',
   2, 0, 1),
  (2, 'bb', 'two.jpg', 'jpeg', 20, 1, '', '', '', '', '', 'METADATA', '', '', '', '', '', x'', x'', '', NULL, 0, 0);
INSERT INTO image_edit (image_id, rating, favorite, title) VALUES (1, 5, 1, 'Said');
INSERT INTO maker VALUES (3, 'MODEL', 'm', '1'), (7, 'USER', '', '');
INSERT INTO tag VALUES (1, 'dog.n.01', 'concept'), (2, 'mine', 'user');
INSERT INTO image_tag (image_id, tag_id, maker_id, score, count, boxes, box_scores, colors) VALUES
  (1, 1, 3, 0.5, 1, x'', x'', ''), (1, 2, 7, 1.0, 1, x'', x'', ''), (2, 1, 3, 0.9, 1, x'', x'', '');
INSERT INTO tag_removed VALUES (2, 1);
INSERT INTO person VALUES (4, 'Ada', 0, NULL, '1990-01-01');
INSERT INTO face (id, image_id, box, score, landmarks, embedding, person_id, person_origin, maker_id)
  VALUES (9, 1, zeroblob(32), 0.8, x'', x'', 4, 'USER', 3);
INSERT INTO text_line (image_id, position, text, score, box, maker_id) VALUES (1, 0, 'HOTEL', 0.9, zeroblob(32), 3);
INSERT INTO album VALUES (5, 'Trip', NULL, NULL, 1), (6, 'Good', 5, '{"rating":{"min":4}}', NULL);
INSERT INTO album_image VALUES (5, 2);
INSERT INTO root VALUES (1, '/photos');
INSERT INTO file (id, path, root_id, file_size, mtime_ns, inode, device, content_hash, present, image_id, identify,
  notes)
  VALUES (8, CAST('/photos/one.jpg' AS BLOB), 1, 10, 1, 1, 1, 'aa', 1, 1, 1, '');
INSERT INTO setting VALUES ('key', 'value');
INSERT INTO undo VALUES (1, 'token');
INSERT INTO change (kind, node, deleted) VALUES (0, 1, 0), (0, 2, 0), (3, 5, 0);
"""
"""What every version has tables for, as the first one wrote it."""


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
async def test_what_an_earlier_version_wrote_is_all_there(tmp_path: Path, version: int) -> None:
    path = tmp_path / "l.sqlite"
    prepare(path, MIGRATIONS[:version])
    db = connect(path, writable=True)
    rows = OLD_ROWS if version < 4 else OLD_ROWS.replace(", (7, 'USER', '', '')", "").replace("(1, 2, 7,", "(1, 2, 0,")
    rows = rows.replace("'/photos')", "CAST('/photos' AS BLOB))")
    db.execute(rows)
    db.close()
    store = SqliteStore(path)
    await store.open()
    one, two = await store.images([1, 2])
    assert one is not None and two is not None
    assert (one.name, one.make, one.rating, one.favorite, one.title) == ("one.jpg", "SONY", 5, True, "Said")
    assert (one.conditions, one.media_version, two.rating, two.tags) == (("night",), 1, None, ())
    assert [(edge.tag, edge.origin, edge.score) for edge in one.tags] == [
        ("mine", Origin.USER, 1.0),
        ("dog.n.01", Origin.MODEL, 0.5),
    ]
    assert [(seen.id, seen.person_id, seen.person_origin) for seen in one.faces] == [(9, 4, Origin.USER)]
    assert ([line.text for line in one.texts], [file.path for file in one.files]) == (["HOTEL"], ["/photos/one.jpg"])
    assert [(person.id, person.name, person.birthday) for person in await store.people()] == [(4, "Ada", "1990-01-01")]
    trip, good = await store.albums()
    assert (trip.name, trip.cover_image_id, good.parent_id, good.filter is not None) == ("Trip", 1, 5, True)
    assert (await store.album_members(5), await store.get_setting("key")) == ([2], "value")
    assert len((await store.changes(None))[0]) == 3
    token = await store.edit_images([1, 2], {"add_tags": ["mine"], "rating": 1})
    await store.undo(token)
    assert await store.images([1, 2]) == [one, two]
    await store.close()


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


async def test_a_backup_is_put_back_whole_or_not_at_all(tmp_path: Path) -> None:
    path, target = tmp_path / "l.sqlite", tmp_path / "backup.sqlite"
    store = await library(path)
    await store.backup(target)
    await store.delete_images([1])
    head = await store.head()
    await store.close()
    whole = target.read_bytes()
    for wrong in (whole[: len(whole) // 2], b"no library at all" * 300, b""):
        (tmp_path / "wrong.sqlite").write_bytes(wrong)
        before = path.read_bytes()
        with pytest.raises(BadConfig, match="backup"):
            restore(tmp_path / "wrong.sqlite", path)
        assert path.read_bytes() == before
    aside = restore(target, path)
    assert aside is not None
    assert target.read_bytes() == whole
    for file, count in ((path, 50), (aside, 49)):
        store = SqliteStore(file)
        await store.open()
        assert len(await store.find_by_hash([digest(n) for n in range(50)])) == count
        assert (await store.changes(head))[2] is (file == path)
        await store.close()
    assert restore(target, tmp_path / "new" / "l.sqlite") is None


def test_the_settings_choose_the_store(tmp_path: Path) -> None:
    assert isinstance(open_store(Settings(home=tmp_path)), SqliteStore)
    on_a_server = Settings(home=tmp_path, edgedb_dsn="edgedb://localhost")
    if find_spec("gel"):
        assert type(open_store(on_a_server)).__name__ == "EdgeStore"
    else:
        with pytest.raises(BadConfig, match=r"pigallery\[edgedb\]"):
            open_store(on_a_server)
    with pytest.raises(BadConfig, match="PIGALLERY_EDGEDB_DSN"):
        open_store(Settings(home=tmp_path, query="store"))
