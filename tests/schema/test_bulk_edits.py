"""An edit of very many images is seen at once, whole, by everyone; and it ends up in the rows as a small one would."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.edgedb import bulk as edgedb_bulk
from schema.filter import EVERYTHING, parse_filter
from schema.gazetteer import Gazetteer
from schema.graph import Album, Place, PlaceLevel, TagKind
from schema.index import ReadIndex
from schema.lexicon import Lexicon
from schema.library import Library
from schema.query import FacetBy, Sort, SortBy
from schema.sqlite import SqliteStore, bulk
from schema.store import GraphStore
from schema.transfer import export_library, import_library
from tests.schema import stores
from tests.schema.libraries import imported, tag
from tests.schema.strategies import LEXICON

TAGS = ("mine", "beach", "dog.n.01", "poodle.n.01")
IMAGES = 6
edits = st.fixed_dictionaries(
    {},
    optional={
        "favorite": st.booleans(),
        "rating": st.none() | st.integers(1, 5),
        "title": st.sampled_from(("", "Sea", "Hills")),
        "place": st.sampled_from((None, "geo:1", "geo:2")),
        "trashed": st.booleans(),
        "add_tags": st.lists(st.sampled_from(TAGS), max_size=2),
        "remove_tags": st.lists(st.sampled_from(TAGS), max_size=2),
        "add_albums": st.lists(st.integers(1, 2), max_size=2),
        "remove_albums": st.lists(st.integers(1, 2), max_size=2),
    },
)
steps = st.lists(
    st.tuples(st.just("edit"), st.sets(st.integers(1, IMAGES)), edits)
    | st.tuples(st.just("undo"), st.integers(0, 9), st.none())
    | st.tuples(st.just("small"), st.sets(st.integers(1, IMAGES), max_size=2), edits)
    | st.tuples(st.just("read"), st.sets(st.integers(1, IMAGES)), st.none())
    | st.tuples(st.just("slice"), st.none(), st.none())
    | st.tuples(st.just("check"), st.none(), st.none())
    | st.tuples(st.just("delete"), st.integers(1, IMAGES), st.none()),
    max_size=8,
)


def photos() -> list[Any]:
    beach = tag("beach", kind=TagKind.KEYWORD, model="")
    tags = [(), (tag("dog.n.01", score=0.5),), (tag("poodle.n.01"), beach), (beach,), (tag("dog.n.01", model="b"),)]
    places = tuple(Place(f"geo:{n}", PlaceLevel.CITY, f"City {n}", None, n, n) for n in (1, 2))
    return [
        replace(
            imported(n, tags=tags[n % 5], rating=n if n < 4 else None, place="geo:1" if n < 3 else None), places=places
        )
        for n in range(1, IMAGES + 1)
    ]


async def made(folder: str, name: str, kind: str = "sqlite") -> Library:
    store = await stores.empty_store(kind, Path(folder), LEXICON.ancestors, name)
    await store.write_imported(photos())
    for album in ("One", "Two"):
        await store.save_album(Album(album))
    library = Library(store, lambda: ReadIndex(LEXICON), cast("Lexicon", LEXICON), cast("Gazetteer", None))
    await library.start(follow=False)
    return library


async def nothing_by_itself(store: GraphStore) -> None:
    """What waits is written when the test says so."""
    if isinstance(store, SqliteStore) and store._finishing is not None:
        store._finishing.cancel()


async def after(library: Library, script: list[Any], many: int, patch: pytest.MonkeyPatch) -> list[Any]:
    """What is stored after a script, where edits of more than `many` images are bulk edits; the index must agree."""
    store = library.store
    tokens: list[str] = []
    for act, which, edit in script:
        for room in (bulk, edgedb_bulk):
            patch.setattr(room, "MANY", 10**9 if act == "small" else many)
        patch.setattr(edgedb_bulk, "_PART", 2)
        patch.setattr(bulk, "SLICES", (2, 2))
        edit = {**edit, "trashed": edit.get("trashed") and MOMENT} if edit and "trashed" in edit else edit
        if act in ("edit", "small"):
            tokens.append(await store.edit_images(sorted(which), edit))
        elif act == "undo" and tokens:
            await store.undo(tokens.pop(which % len(tokens)))
        elif act == "read":
            await store.images(sorted(which))
        elif act == "slice" and isinstance(store, SqliteStore):
            await store._write(bulk.write_slice, 2)
        elif act == "delete":
            await store.delete_images([which])
        elif act == "check":
            await agrees(library)
        await nothing_by_itself(store)
        await library.refresh()
    await agrees(library)
    return await store.images(range(1, IMAGES + 1))


MOMENT = datetime(2026, 1, 2)
QUESTIONS = [
    EVERYTHING,
    *map(
        parse_filter,
        (
            {"favorite": True},
            {"trashed": True},
            {"rating": {"min": 2}},
            {"text": {"words": "sea"}},
            {"place": {"within": ["geo:1"]}},
            {"album": {"any": ["album:1"]}},
            {"album": {"none": ["album:1", "album:2"]}},
            {"tag": {"any": ["dog.n.01"]}},
            {"tag": {"any": ["dog.n.01"], "minScore": 0.9}},
            {"tag": {"any": ["beach"], "origin": ["USER"]}},
            {"tag": {"only": ["dog.n.01"]}},
            {"tag": {"none": ["mine"]}},
        ),
    ),
]


async def agrees(library: Library) -> None:
    """The index that was edited answers as one that is made anew from the rows."""
    anew = ReadIndex(LEXICON)
    async for batch in library.store.facts():
        anew.apply(batch)
    anew.set_names({}, [], list(library.albums.values()))
    index = cast("ReadIndex", library._index)
    for asked in QUESTIONS:
        assert index.ids(asked).tolist() == anew.ids(asked).tolist(), asked
        for by in (FacetBy.TAG, FacetBy.RATING, FacetBy.PLACE):
            ours, theirs = ({v.value: v.count for v in one.facets(asked, by, 99)} for one in (index, anew))
            assert ours == theirs
    for sort in (Sort(SortBy.RATING), Sort(SortBy.ADDED)):
        assert index.page(EVERYTHING, sort, 9).ids.tolist() == anew.page(EVERYTHING, sort, 9).ids.tolist()
    flags = [one.grid(EVERYTHING, None, Sort(SortBy.NAME)).flags.tolist() for one in (index, anew)]
    assert flags[0] == flags[1]


@pytest.mark.parametrize("kind", stores.NAMES)
@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(script=steps)
def test_many_at_once_are_as_one_after_the_other(kind: str, script: list[Any]) -> None:
    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            found = []
            for many in (0, 10**9):
                library = await made(folder, str(many), kind)
                found.append(
                    [image and replace(image, added=None) for image in await after(library, script, many, patch)]
                )
                await library.close()
            assert found[0] == found[1]

    asyncio.run(run())


async def test_it_goes_on_after_a_kill_is_exported_whole_and_seen_by_other_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MANY", 0)
    monkeypatch.setattr(bulk, "SLICES", (2, 2))
    library = await made(str(tmp_path), "library")
    other = Library(
        SqliteStore(tmp_path / "library.sqlite"),
        lambda: ReadIndex(LEXICON),
        cast("Lexicon", LEXICON),
        cast("Gazetteer", None),
    )
    await other.start()
    store = cast("SqliteStore", library.store)
    monkeypatch.setattr(store, "_finish_soon", lambda: None)  # as if killed before the rows were written
    await store.edit_images(range(1, IMAGES + 1), {"favorite": True, "add_tags": ["mine"]})
    loved = parse_filter({"favorite": True, "tag": {"any": ["mine"]}})
    await library.refresh()
    assert await library.ask(lambda index: index.count(loved)) == IMAGES
    told = other.on_change(0.0)
    async with asyncio.timeout(1):
        if await other.ask(lambda index: index.count(loved)) != IMAGES:
            await anext(told)
    assert await other.ask(lambda index: index.count(loved)) == IMAGES
    await store._write(bulk.write_slice, 2)
    assert await store._reader.run(bulk.is_waiting)
    await other.close()
    await library.close()

    store = SqliteStore(tmp_path / "library.sqlite")
    await store.open()
    await export_library(store, tmp_path / "library.jsonl")
    await store.close()
    copy = SqliteStore(tmp_path / "copy.sqlite")
    await copy.open()
    await import_library(copy, tmp_path / "library.jsonl")
    images = await copy.images(range(1, IMAGES + 1))
    assert all(image and image.favorite and any(edge.tag == "mine" for edge in image.tags) for image in images)
    await copy.close()
