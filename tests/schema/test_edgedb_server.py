"""A library that was exported from SQLite and imported into EdgeDB answers as before, whoever answers: on a server
(PIGALLERY_EDGEDB_DSN), and on a database in memory."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from schema.edgedb import EdgeStore
from schema.edgedb.connection import SCHEMA, Connection, migration
from schema.edgedb.query.asking import Asking
from schema.edgedb.query.engine import Rows, StoreEngine
from schema.edgedb.statements import FIRST_LIBRARY
from schema.errors import BadConfig
from schema.filter.nodes import Box, Emotion, Gender, ImageFilter, Origin
from schema.filter.photo import Meaning
from schema.filter.reference import ReferenceLibrary
from schema.graph import PaletteColor, Person, TagKind, TextLine
from schema.query import FacetBy, QueryEngine, Sort, SortBy
from schema.sqlite import SqliteStore
from schema.store import GraphStore, Imported
from tests.schema import edgeql_server, stores
from tests.schema.edgeql_memory import Memory
from tests.schema.libraries import asset, face, imported, tag
from tests.schema.strategies import BROADER, CAMERAS, COLORS, LEXICON, MOMENTS, PATHS, PEOPLE, PLACES, POINTS, TEXTS
from tests.schema.test_edgeql_golden import ALBUMS, QUESTIONS

IMAGES = 60
NOW = datetime(2024, 3, 1, 12, 30, tzinfo=UTC)
WORLD = Box(south=-90, west=-180, north=90, east=180)


def meaning(text: str) -> Meaning:
    return Meaning(np.array([0.8, 0.6, 0.0, 0.0], dtype=np.float32), 0.3)


def records(count: int = IMAGES) -> list[Imported]:
    """Made by chance, the same every time: whatever questions ask for is there."""
    chance = random.Random(7)

    def perhaps(make: Callable[[], Any], share: float = 0.7) -> Any:
        return make() if chance.random() < share else None

    found: list[Imported] = []
    for number in range(1, count + 1):
        lat, lon = perhaps(lambda: chance.choice(POINTS)) or (None, None)
        make, model = chance.choice(CAMERAS)
        path = chance.choice(PATHS)
        edges = {
            name: tag(name, score=chance.random(), count=chance.randint(1, 3), colors=tuple(chance.sample(COLORS, 2)))
            for name in chance.sample(sorted(BROADER), 3)
        }
        keywords = [
            tag(word, kind=TagKind.KEYWORD, origin=Origin.METADATA, model="", version="")
            for word in chance.sample(["Dog", "dress", "café", "summer_2019"], 1)
        ]
        faces = tuple(
            face(
                0.3 * place,
                score=chance.random(),
                person_id=perhaps(lambda: chance.choice(sorted(PEOPLE)), 0.5),
                age=perhaps(lambda: chance.uniform(1, 60)),
                gender=chance.choice(list(Gender)),
                emotion=chance.choice(list(Emotion)),
                embedding=np.eye(4, dtype=np.float32)[chance.randrange(4)].tobytes(),
            )
            for place in range(chance.randint(0, 3))
        )
        record = imported(
            number,
            path=f"{path.rpartition('.')[0]}-{number}.{path.rpartition('.')[2]}",
            name=f"{chance.choice(['Äpfel', 'apfel', 'z'])}{number}.jpg",
            format=chance.choice(["jpeg", "png", "heic"]),
            width=perhaps(lambda: chance.choice([100, 3000, 4000])),
            height=chance.choice([100, 3000]),
            orientation=chance.choice([1, 6]),
            taken=perhaps(lambda: chance.choice(MOMENTS) + timedelta(microseconds=chance.choice([0, 500_000]))),
            make=make,
            model=model,
            lens=chance.choice(["", "FE 24-70mm F2.8 GM"]),
            software=chance.choice(["", "Lightroom 5.1"]),
            iso=perhaps(lambda: chance.choice([100.0, 400.0, 6400.0])),
            aperture=perhaps(lambda: chance.choice([1.4, 1.8])),
            exposure=perhaps(lambda: chance.choice([0.001, 1 / 60])),
            focal35=perhaps(lambda: chance.choice([35.0, 85.0])),
            flash=perhaps(lambda: chance.random() < 0.5),
            lat=lat,
            lon=lon,
            place=perhaps(lambda: chance.choice(PLACES).key),
            near_city=perhaps(lambda: "geo:1", 0.2),
            title=chance.choice(TEXTS),
            caption=chance.choice(TEXTS),
            conditions=tuple(chance.sample(["night", "dark", "indoors"], 1)),
            lens_words=tuple(chance.sample(["wide", "ultrawide", "zoom"], chance.randint(0, 2))),
            size_word=chance.choice(["", "huge", "small"]),
            phash=perhaps(lambda: chance.choice([0, 1, 2**64 - 1])),
            palette=tuple(PaletteColor(color, 0.5) for color in chance.sample(COLORS, 2)),
            embedding=np.eye(4, dtype=np.float16)[chance.randrange(4)].tobytes(),
            meaning=np.eye(4, dtype=np.float16)[chance.randrange(4)].tobytes(),
            nsfw=perhaps(chance.random),
            rating=perhaps(lambda: chance.randint(1, 5)),
            tags=(*edges.values(), *keywords),
            faces=faces,
            texts=(TextLine(chance.choice(TEXTS[1:]), 0.9, (0.0, 0.0, 1.0, 1.0), "ocr", "1"),),
        )
        if number % 10 == 0:  # a second file with the same bytes
            copy = asset(number + 1000, path=f"/photos/copies/{number}.jpg", content=number)
            found.append(replace(record, file=copy))
        found.append(replace(record, places=PLACES))
    return found


async def furnish(store: GraphStore) -> None:
    for number in sorted(PEOPLE):
        birthday = "1990-02-29" if number == 2 else "1994-02-28" if number == 1 else None
        await store.save_person(Person(PEOPLE[number], birthday=birthday, hidden=number == 4))
    await store.write_imported(records())
    for album in ALBUMS:
        await store.save_album(replace(album, id=0))
    await store.edit_images(range(1, 20), {"add_albums": [1], "rating": 5, "add_tags": ["holiday", "dog.n.01"]})
    await store.edit_images(range(10, 30), {"add_albums": [2], "favorite": True, "remove_tags": ["animal.n.01"]})
    await store.edit_images([3, 5], {"trashed": True, "place": ""})
    files = [file.id for image in await store.images([7, 8]) if image is not None for file in image.files]
    await store.mark_absent(files)


@dataclass(frozen=True, slots=True)
class Moved:
    """The same library in both stores."""

    sqlite: SqliteStore
    edge: EdgeStore
    asking: Rows


@pytest.fixture(params=("edgedb", "edgeql"))
async def moved(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Moved]:
    edge, asking = await edge_and_asking(request.param)
    sqlite = SqliteStore(tmp_path / "library.sqlite")
    await sqlite.open()
    await furnish(sqlite)
    await edge.import_records([record async for record in sqlite.export()])
    yield Moved(sqlite, edge, asking)
    await sqlite.close()
    await edge.close()


async def edge_and_asking(kind: str) -> tuple[EdgeStore, Rows]:
    if kind == "edgedb":
        return await stores.empty_edge_store(LEXICON.ancestors), Asking(stores.branch())
    memory = Memory()
    store = edgeql_server.store_in(memory, LEXICON.ancestors)
    await store.open()
    return store, edgeql_server.Asking(memory)


async def law_of(store: GraphStore) -> ReferenceLibrary:
    facts = [batch async for batch in store.facts()]
    people = {person.id: person.name for person in await store.people()}
    names = await store.places(), await store.albums()
    return ReferenceLibrary.from_facts(facts, LEXICON, people, *names, now=lambda: NOW, embed=meaning)


async def test_the_same_library_lies_in_both(moved: Moved) -> None:
    sqlite, edge = moved.sqlite, moved.edge
    assert [record async for record in edge.export()] == [record async for record in sqlite.export()]
    ids = range(1, IMAGES + 1)
    assert await edge.images(ids) == await sqlite.images(ids)


async def test_both_answer_every_question_alike(moved: Moved) -> None:
    edge = moved.edge
    law, ours = await law_of(moved.sqlite), await law_of(edge)
    engine = StoreEngine(moved.asking, LEXICON, now=lambda: NOW, embed=meaning)
    names = {person.id: person.name for person in await edge.people()}
    engine.set_names(names, await edge.places(), await edge.albums())
    for name, asked in QUESTIONS.items():
        question = ImageFilter.model_validate(asked)
        assert ours.ids(question).tolist() == law.ids(question).tolist(), name
        assert engine.ids(question).tolist() == law.ids(question).tolist(), name
        assert engine.count(question) == law.count(question), name
        assert engine.timeline(question) == law.timeline(question), name
    for question in (ImageFilter(), ImageFilter(favorite=True)):
        for by in FacetBy:
            assert engine.facets(question, by, 100) == law.facets(question, by, 100), by
        for order in SortBy:
            for descending in (True, False):
                compare_pages(engine, law, question, Sort(order, descending, 3))
        clusters = engine.map_clusters(question, WORLD, 20)
        assert sorted(c.image_id for c in clusters) == sorted(c.image_id for c in law.map_clusters(question, WORLD, 20))


def compare_pages(engine: QueryEngine, law: ReferenceLibrary, question: ImageFilter, sort: Sort) -> None:
    after: str | None = None
    for _ in range(3):
        page, lawful = (one.page(question, sort, 13, after=after) for one in (engine, law))
        assert page.ids.tolist() == lawful.ids.tolist(), sort
        assert page.cursors == lawful.cursors
        assert (page.total, page.has_next, page.has_previous) == (lawful.total, lawful.has_next, lawful.has_previous)
        back, lawful_back = (one.page(question, sort, 5, before=page.cursors[-1]) for one in (engine, law))
        assert back.ids.tolist() == lawful_back.ids.tolist(), sort
        if not page.has_next:
            break
        after = page.cursors[-1]
    for bucket in (None, "undated", "2019-07"):
        grid, lawful_grid = (one.grid(question, bucket, sort, offset=1, limit=20) for one in (engine, law))
        for name in ("id", "aspect", "taken", "version", "flags"):
            np.testing.assert_array_equal(getattr(grid, name), getattr(lawful_grid, name))
        assert grid.thumbhash == lawful_grid.thumbhash


async def earlier(without: str, *statements: str) -> str:
    """The DSN of a branch with the schema as it was before a part of it came, and something in it."""
    schema = SCHEMA.read_text(encoding="utf-8")
    assert schema.count(without) == 1
    dsn = stores.new_branch()
    connection = Connection(dsn)
    await connection.connect()
    await connection.execute(migration(schema.replace(without, "")))
    await connection.execute(FIRST_LIBRARY, epoch="abc", version=1, digest="earlier")
    for statement in statements:
        await connection.execute(statement)
    await connection.close()
    return dsn


async def test_a_library_of_an_earlier_schema_is_brought_up_to_date() -> None:
    kept = "insert Setting { key := 'theme', value := 'dark' };"
    store = EdgeStore(await earlier("    index on (.near_city);\n", kept))
    await store.open()
    assert await store.get_setting("theme") == "dark" and await store.head() == "abc-0"
    assert await store.write_imported(records(3)) == [1, 2, 3]
    await store.close()
    await store.open()
    await store.close()


async def test_a_schema_that_cannot_be_brought_up_to_date_is_left_as_it_is() -> None:
    store = EdgeStore(await earlier("    required value: str;\n", "insert Setting { key := 'theme' };"))
    for _ in range(2):
        with pytest.raises(BadConfig, match=r"cannot be brought up to date .* export the library"):
            await store.open()
