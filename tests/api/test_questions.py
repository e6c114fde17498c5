"""All thirty kinds of questions, and what cannot be asked, through GraphQL: one request each to every door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest

from api.graphql.context import Context
from api.graphql.schema import schema
from schema.gazetteer import Gazetteer
from schema.graph import Place
from schema.index import ReadIndex
from schema.lexicon import Lexicon
from schema.library import Library
from schema.policy import OWNER
from schema.settings import Settings
from schema.sqlite import SqliteStore
from schema.words import label_key
from tests.schema.libraries import imported
from tests.schema.strategies import LEXICON, facts_of
from tests.schema.test_thirty_questions import ALBUMS, PEOPLE, PHOTOS, PLACES, QUESTIONS

DOORS = """query Ask($filter: ImageFilter) {
  images(filter: $filter, first: 50) { totalCount nodes { key } }
  facets(filter: $filter, by: [YEAR, PERSON], first: 50) { by values { value count } }
  timeline(filter: $filter) { total buckets { key count } }
  mapClusters(filter: $filter, box: {south: -90, west: -180, north: 90, east: 180}, zoom: 3) { count }
}"""
IMAGES = "query Ask($filter: ImageFilter, $after: String) { images(filter: $filter, after: $after) { totalCount } }"


class NoPlaces:
    """A gazetteer that knows no names beside those of the library."""

    def place(self, key: str) -> Place | None:
        return None

    def find(self, name: str, limit: int = 10) -> list[Place]:
        return []


@pytest.fixture
async def context(tmp_path: Path) -> AsyncIterator[Context]:
    store = SqliteStore(tmp_path / "library.sqlite")
    await store.open()
    await store.write_imported([imported(photo.id) for photo in PHOTOS])
    library = Library(store, lambda: ReadIndex(LEXICON), cast("Lexicon", LEXICON), cast("Gazetteer", NoPlaces()))
    await library.start(follow=False)
    index = ReadIndex(LEXICON, now=lambda: datetime(2024, 3, 1, 12))
    index.set_names(PEOPLE, PLACES, ALBUMS)
    index.apply(facts_of(PHOTOS))
    library._index = index
    library.places = {place.key: place for place in PLACES}
    library._place_names = {label_key(place.name) for place in PLACES}
    yield Context(view=library.view(OWNER), library=library, settings=Settings(home=tmp_path), queue=None)
    await library.close()


async def asked(context: Context, query: str, **variables: Any) -> Any:
    return await schema.execute(query, variable_values=variables, context_value=context)


async def test_every_kind_of_question_at_every_door(context: Context) -> None:
    for name, (filter_, expected) in QUESTIONS.items():
        answer = await asked(context, DOORS, filter=filter_)
        assert answer.errors is None, (name, answer.errors)
        data = answer.data
        assert sorted(node["key"] for node in data["images"]["nodes"]) == expected, name
        assert data["images"]["totalCount"] == data["timeline"]["total"] == len(expected), name
        among = [photo for photo in PHOTOS if photo.id in expected]
        years, people = ({v["value"]: v["count"] for v in facet["values"]} for facet in data["facets"])
        assert sum(years.values()) == sum(photo.taken is not None for photo in among), name
        for person in PEOPLE:
            shown = sum(any(face.person == person for face in photo.faces) for photo in among)
            assert people.get(f"person:{person}", 0) == shown, name
        assert sum(one["count"] for one in data["mapClusters"]) == sum(photo.lat is not None for photo in among), name


def nested(levels: int) -> dict[str, Any]:
    filter_: dict[str, Any] = {"favorite": True}
    for _ in range(levels):
        filter_ = {"not": filter_}
    return filter_


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "10,000 nodes": ({"or": [{"favorite": True}] * 10_000}, ": a filter may have 1000 parts"),
    "200 levels": (nested(200), "deep"),
    "an impossible date": ({"taken": {"thisDay": {"month": 2, "day": 30}}}, "taken.thisDay"),
    "an impossible month": ({"and": [{}, {"taken": {"months": [13]}}]}, "and.1.taken.months"),
    "no date at all": ({"taken": {"from": "2019-02-30T00:00:00"}}, "from"),
    "a polygon that crosses itself": ({"place": {"polygon": [[0, 0], [1, 1], [0, 1], [1, 0]]}}, "place.polygon"),
    "a pole beyond the pole": ({"place": {"near": {"lat": 91, "lon": 0, "km": 5}}}, "place.near"),
    "from after to": ({"taken": {"from": "2020-01-01T00:00:00", "to": "2019-01-01T00:00:00"}}, "taken"),
    "no color": ({"or": [{"color": {"near": "reddish"}}]}, "or.0.color.near"),
    "an unknown field": ({"and": [{"colour": "red"}]}, "colour"),
    "text for a number": ({"rating": {"min": "many"}}, "min"),
}
NOTHING: dict[str, dict[str, Any]] = {
    "a contradiction": {"favorite": True, "not": {"favorite": True}},
    "an unknown tag": {"tag": {"any": ["zzyzx quux"]}},
    "an unknown place": {"place": {"within": ["Nowhere-on-Sea"]}},
    "an unknown person": {"person": {"any": ["person:999999"]}},
    "an image that is not there": {"ids": ["image:4000000000"]},
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_asked_is_refused_with_its_place(context: Context, name: str) -> None:
    filter_, where = REFUSED[name]
    answer = await asked(context, IMAGES, filter=filter_)
    assert answer.errors, name
    assert where in answer.errors[0].message, answer.errors[0].message


@pytest.mark.parametrize("name", NOTHING)
async def test_what_nothing_meets_finds_nothing(context: Context, name: str) -> None:
    answer = await asked(context, IMAGES, filter=NOTHING[name])
    assert answer.errors is None
    assert answer.data["images"]["totalCount"] == 0


@pytest.mark.parametrize("cursor", ["", "gibberish", "WzEsMl0=", "W10=", "x" * 10_000, "eyJhIjoxfQ=="])
async def test_cursors_from_elsewhere_are_refused(context: Context, cursor: str) -> None:
    answer = await asked(context, IMAGES, filter={}, after=cursor)
    assert "cursor" in answer.errors[0].message


async def test_the_last_page_needs_no_cursor_and_what_is_asked_costs_the_same_in_any_order(context: Context) -> None:
    page = "{ pageInfo { hasNextPage hasPreviousPage startCursor } totalCount nodes { key } }"
    answer = await asked(context, f"{{ all: images(first: 8) {page} end: images(last: 3) {page} }}")
    everything, end = answer.data["all"], answer.data["end"]
    assert end["nodes"] == everything["nodes"][-3:]
    assert end["pageInfo"]["hasPreviousPage"]
    assert not end["pageInfo"]["hasNextPage"]
    before = await asked(context, f'{{ images(last: 2, before: "{end["pageInfo"]["startCursor"]}") {page} }}')
    assert before.data["images"]["nodes"] == everything["nodes"][3:5]
    costs = [
        (await asked(context, query, n=200)).extensions["cost"]["requested"]
        for query in (
            "{ facets(by: [TAG, YEAR], first: 90) { values { value } } }",
            "{ facets(first: 90, by: [TAG, YEAR]) { values { value } } }",
            "query A($n: Int = 90) { images(first: $n) { nodes { key } } }",
            "query A($n: Int = 200) { images(last: $n, first: 1) { nodes { key } } }",
        )
    ]
    assert costs[0] == costs[1]
    assert costs[2] == costs[3]


async def test_nodes_come_in_the_order_asked(context: Context) -> None:
    ids = (await asked(context, "{ images(first: 3) { nodes { id } } people { id } albums { id } }")).data
    wanted = [*(node["id"] for node in ids["images"]["nodes"]), *(node["id"] for node in ids["people"])]
    wanted = [*wanted[::-1], "SW1hZ2U6OTk5OTk="]
    answer = await asked(context, "query N($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=wanted)
    assert [node and node["id"] for node in answer.data["nodes"]] == [*wanted[:-1], None]
