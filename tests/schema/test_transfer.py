"""Export and import carry a whole library, and nothing of a wrong one."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.entries import Entry
from schema.errors import BadConfig, BadExport
from schema.filter.nodes import ImageFilter
from schema.graph import Album, Image, Person, Place, PlaceLevel
from schema.records import from_json, to_json
from schema.sqlite import SqliteStore
from schema.store import GraphStore, Imported
from schema.transfer import export_library, import_library
from tests.schema.libraries import batches, face, image_nodes, imported, tag

PLACE = Place("country:HR", PlaceLevel.COUNTRY, "Croatia", "continent:EU", 45.1, 15.2, "HR")


async def records(store: GraphStore) -> list[dict[str, Any]]:
    return [record async for record in store.export()]


async def furnished(store: GraphStore) -> None:
    """A library with one of everything."""
    record = imported(1, path="/photos/\udcff.jpg", faces=(face(0.1),), tags=(tag("cat.n.01"), tag("dog.n.01")))
    a, b, c = await store.write_imported([replace(record, places=(PLACE,)), imported(2), imported(3)])
    assert a and b and c
    anna = await store.save_person(Person("Anna", birthday="1990-02-03"))
    (image,) = await store.images([a])
    assert image is not None
    await store.assign_faces([image.faces[0].id], anna.id, by_user=True)
    await store.save_person(replace(anna, cover_face_id=image.faces[0].id))
    inner = await store.save_album(Album("Inner"))
    outer = await store.save_album(Album("Outer", cover_image_id=a))
    await store.save_album(replace(inner, parent_id=outer.id))
    await store.save_album(Album("Smart", filter=ImageFilter(favorite=True)))
    await store.edit_images(
        [a],
        {
            "rating": None,
            "favorite": True,
            "title": "",
            "place": "country:HR",
            "trashed": True,
            "add_tags": ["mine"],
            "remove_tags": ["cat.n.01"],
            "add_albums": [inner.id],
        },
    )
    await store.delete_images([c])
    await store.put_setting("theme", "dark")
    await store.put_entry(Entry("account", "ann", {"name": "Ann"}))


async def test_a_library_survives_its_export(store: GraphStore, tmp_path: Path) -> None:
    await furnished(store)
    seen: list[tuple[int, int]] = []
    assert await export_library(store, tmp_path / "all.jsonl", lambda done, total: seen.append((done, total))) == 2
    assert seen == [(1, 2), (2, 2)]
    other = SqliteStore(tmp_path / "other.sqlite")
    await other.open()
    await import_library(other, tmp_path / "all.jsonl")
    assert await records(other) == await records(store)
    assert await other.images([1, 2, 3]) == await store.images([1, 2, 3])
    assert (await other.write_imported([imported(3)])) == [None], "removed images stay removed"
    assert (await other.write_imported([imported(4)])) == [4], "ids go on where they were"
    assert (await other.changes(await store.head()))[2], "another life of the library"
    await other.close()


async def roundtrip(drawn: list[list[Imported]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stores = [SqliteStore(Path(folder) / f"{n}.sqlite") for n in range(2)]
        for store in stores:
            await store.open()
        for batch in drawn:
            await stores[0].write_imported(batch)
        written = json.loads(json.dumps(await records(stores[0])))
        await stores[1].import_records(written)
        assert await records(stores[1]) == written
        ids = [record["id"] for record in written if record["type"] == "image"]
        assert await stores[1].images(ids) == await stores[0].images(ids)
        for store in stores:
            await store.close()


@settings(deadline=None, max_examples=40)
@given(st.lists(batches(), max_size=3))
def test_any_library_survives_its_export(drawn: list[list[Imported]]) -> None:
    asyncio.run(roundtrip(drawn))


@given(image_nodes)
def test_any_image_survives_json(image: Image) -> None:
    assert from_json(Image, json.loads(json.dumps(to_json(image)))) == image


def damaged(lines: list[str], how: str) -> list[str]:
    wrong = json.loads(lines[-2])
    return {
        "cut off": lines[:-1],
        "a line lost": [*lines[:-2], lines[-1]],
        "not JSON": [*lines[:-1], "{"],
        "no record": [*lines[:-1], "[]"],
        "no header": lines[1:],
        "newer": [json.dumps({**json.loads(lines[0]), "format": 99}), *lines[1:]],
        "twice": [*lines[:-1], *lines[1:]],
        "unknown field": [*lines[:-2], json.dumps({**wrong, "shoe_size": 42}), lines[-1]],
        "wrong type": [*lines[:-2], json.dumps({**wrong, "content_hash": 42}), lines[-1]],
        "unknown album": [*lines[:-2], json.dumps({**wrong, "albums": [99]}), lines[-1]],
        "empty": [],
    }[how]


@pytest.mark.parametrize(
    "how",
    [
        "cut off",
        "a line lost",
        "not JSON",
        "no record",
        "no header",
        "newer",
        "twice",
        "unknown field",
        "wrong type",
        "unknown album",
        "empty",
    ],
)
async def test_nothing_is_kept_of_a_damaged_export(store: GraphStore, tmp_path: Path, how: str) -> None:
    await store.write_imported([imported(1), imported(2)])
    export = tmp_path / "all.jsonl"
    await export_library(store, export)
    export.write_text("\n".join(damaged(export.read_text().splitlines(), how)))
    other = SqliteStore(tmp_path / "other.sqlite")
    await other.open()
    with pytest.raises(BadExport):
        await import_library(other, export)
    assert (await records(other))[1:] == [{"type": "end", "records": 1}]
    await other.close()


async def test_only_an_empty_library_takes_an_import(store: GraphStore, tmp_path: Path) -> None:
    await furnished(store)
    await export_library(store, tmp_path / "all.jsonl")
    with pytest.raises(BadConfig, match="not empty"):
        await import_library(store, tmp_path / "all.jsonl")


async def test_an_export_that_fails_leaves_the_earlier_one(store: GraphStore, tmp_path: Path) -> None:
    target = tmp_path / "all.jsonl"
    target.write_text("earlier")

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    await store.write_imported([imported(1)])
    with pytest.raises(KeyboardInterrupt):
        await export_library(store, target, stop)
    assert [name for name in os.listdir(tmp_path) if "jsonl" in name] == ["all.jsonl"]  # noqa: PTH208
    assert target.read_text() == "earlier"
    with pytest.raises(BadConfig):
        await export_library(store, tmp_path / "nowhere" / "all.jsonl")


async def test_everybody_logs_in_anew_after_an_import(store: GraphStore, tmp_path: Path) -> None:
    for entry in (
        Entry("account", "a1", {"password": "$argon2id$..."}, owner="a1"),
        Entry("share", "s1", {"expires": 1.0}),
        Entry("grant", "g1", {}, expires=time.time() + 30 * 86_400),
        Entry("session", "s2", {}, owner="a1", expires=time.time() + 30 * 86_400),
        Entry("access-token", "t1", {}, owner="g1", expires=time.time() + 30 * 86_400),
        Entry("device-code", "d1", {}, expires=time.time() + 600),
    ):
        await store.put_entry(entry)
    target = tmp_path / "library.jsonl"
    await export_library(store, target)
    assert target.stat().st_mode & 0o777 == 0o600
    found = [json.loads(line) for line in target.read_text().splitlines()]
    kinds = {record["kind"] for record in found if record["type"] == "entry"}
    assert {"account", "share", "grant"} <= kinds and not kinds & {"session", "access-token", "device-code"}
    again = SqliteStore(tmp_path / "again.sqlite")
    await again.open()
    try:
        assert await import_library(again, target) == 3
        kept = await again.entry("account", "a1")
        assert kept is not None and kept.body["password"] == "$argon2id$..."
    finally:
        await again.close()
