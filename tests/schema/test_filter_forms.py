"""Filters from and to the outside: JSON, GraphQL text, English; and how wrong ones are refused."""

from __future__ import annotations

import time
from typing import Any

import pytest
from graphql import parse_value, value_from_ast_untyped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.errors import BadFilter
from schema.filter import EVERYTHING, ImageFilter, conjoin, describe, parse_filter, to_graphql, to_json
from schema.filter.compose import change_references, parts
from tests.schema.strategies import filters

many = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*ImageFilter.model_fields, "and", "any", "min"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@many
@given(filters())
def test_every_form_reads_back_the_same(asked: ImageFilter) -> None:
    assert parse_filter(to_json(asked)) == asked
    for indent in (0, 2):
        assert parse_filter(value_from_ast_untyped(parse_value(to_graphql(asked, indent=indent)))) == asked
    sentence = describe(asked)
    assert sentence == sentence.strip()
    assert "None" not in sentence and "  " not in sentence


@many
@given(st.lists(filters(depth=1), max_size=3))
def test_conjoin_lays_flat_and_drops_what_says_nothing(given_: list[ImageFilter]) -> None:
    joined = conjoin(EVERYTHING, *given_, conjoin(*given_))
    assert EVERYTHING not in joined.and_
    assert len(set(joined.and_)) == len(joined.and_)
    assert conjoin(joined) == conjoin(joined, joined)
    assert change_references(joined, lambda kind, reference: (reference,)) == joined


@many
@given(JSON)
def test_anything_else_is_refused_with_a_sentence(data: Any) -> None:
    try:
        asked = parse_filter(data)
    except BadFilter as error:
        assert "\n" not in str(error) and len(str(error)) < 600
    else:
        assert parse_filter(to_json(asked)) == asked


def nested(levels: int, key: str) -> dict[str, Any]:
    asked: dict[str, Any] = {"favorite": True}
    for _ in range(levels):
        asked = {key: asked} if key == "not" else {key: [asked]}
    return asked


@pytest.mark.parametrize(
    ("data", "path", "says"),
    [
        ({"tga": {}}, "tga", "did you mean 'tag'"),
        ({"and": [{}, {"tag": {"anny": ["dog"]}}]}, "and.1.tag.anny", "did you mean 'any'"),
        ({"and": [{}, {"taken": {"months": [13]}}]}, "and.1.taken.months.0", "13 is more than 12"),
        ({"not": {"rating": {"min": 5, "max": 3}}}, "not.rating", "min 5 is more than max 3"),
        ({"rating": {"min": "5"}}, "rating.min", "a number is needed"),
        ({"rating": {"min": 10**400}}, "rating.min", "a number is needed"),
        ({"favorite": 1}, "favorite", "true or false"),
        ({"taken": {"from": "2019-02-30"}}, "taken.from", "is not a date"),
        ({"taken": {"from": 1566000000}}, "taken.from", "is not a date"),
        ({"taken": {"from": "2019-05-01", "to": "2019-04-01"}}, "taken", "no time at all"),
        ({"taken": {"thisDay": {"day": 4}}}, "taken.thisDay", "both month and day"),
        ({"taken": {"thisDay": {"month": 2, "day": 30}}}, "taken.thisDay.day", "month 2 has no day 30"),
        ({"taken": {"ago": {"n": 1, "unit": "DAY", "until": 2}}}, "taken.ago", "no time at all"),
        ({"taken": {"hours": {"from": 5, "to": 5}}}, "taken.hours", "no time at all"),
        ({"taken": {"months": [2], "days": [31]}}, "taken.days", "none of these months"),
        ({"place": {"near": {"km": 3}}}, "place.near", "a point"),
        ({"place": {"near": {"km": 3, "lat": 4}}}, "place.near", "both lat and lon"),
        ({"place": {"polygon": [[0, 0], [1, 1]]}}, "place.polygon", "three different corners"),
        ({"place": {"polygon": [[0, 0], [1, 1], [0, 1], [1, 0]]}}, "place.polygon", "crosses"),
        ({"place": {"polygon": [[0, 0], [1, 1], [99, 1]]}}, "place.polygon.2.0", "latitude 99"),
        ({"place": {"polygon": [[0, 0], [1, 180], [2, 3]]}}, "place.polygon", "half of the world"),
        ({"place": {"within": ["country:croatia"]}}, "place.within.0", "does not name a place"),
        ({"tag": {"any": ["gown.x.01"]}}, "tag.any.0", "gown.n.01"),
        ({"tag": {"any": ["dress", " "]}}, "tag.any.1", "empty"),
        ({"tag": {"any": ["dress"], "color": "redish"}}, "tag.color", "not a color"),
        ({"tag": {"atLeast": {"k": 3, "of": ["a", "a"]}}}, "tag.atLeast.k", "3 of 1 different"),
        ({"tag": {"any": ["\ud800"]}}, "", "not Unicode"),
        ({"person": {"only": ["album:3"]}}, "person.only.0", "does not name a person"),
        ({"ids": ["image:99999999999"]}, "ids.0", "does not name an image"),
        ({"ids": ["image:4294967296"]}, "ids.0", "larger than any image number"),
        ({"text": {"words": "!?"}}, "text.words", "no letter or digit"),
        ({"similar": {"to": "image:1", "by": "LOOK", "distance": 3}}, "similar.distance", "end at 2"),
        ({"semantic": {}}, "semantic", "what it is about"),
        ({"face": {"emotion": ["GLAD"]}}, "face.emotion.0", "HAPPY"),
        ([], "", "an object is needed"),
        ({"ids": "image:4"}, "ids", "a list is needed"),
        (nested(200, "and"), ".".join(["and.0"] * 64), "deeper than 64"),
        (nested(200, "not"), ".".join(["not"] * 64), "deeper than 64"),
        ({"or": [{"tag": {"any": ["dog"]}}] * 10_000}, None, "may"),
        ({"ids": [f"image:{i}" for i in range(1, 100_000)]}, "ids", "may list 10000"),
        ({"text": {"words": "x" * 5000}}, "text.words", "4096 characters"),
    ],
)
def test_wrong_filters_are_refused_with_the_path_to_the_wrong_part(data: Any, path: str | None, says: str) -> None:
    with pytest.raises(BadFilter, match=says) as refused:
        parse_filter(data)
    assert path is None or refused.value.path == path


def test_deep_lists_and_long_filters_cost_little() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    start = time.process_time()
    for data in ({"ids": deep}, deep, {"or": [{"not": {}}] * 10_000}):
        with pytest.raises(BadFilter):
            parse_filter(data)
    assert time.process_time() - start < 2, "bounded work; the bench has the figure"
    assert parse_filter(nested(60, "not")) == parse_filter(nested(60, "not"))


def test_parts_come_with_their_paths() -> None:
    asked = parse_filter({"and": [{"not": {"favorite": True}}, {"or": [{}, {"trashed": True}]}]})
    assert [path for path, _ in parts(asked)] == ["", "and.0", "and.0.not", "and.1", "and.1.or.0", "and.1.or.1"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "all photos"),
        ({"ids": []}, "no photos"),
        (
            {
                "face": {"gender": "FEMALE", "emotion": ["HAPPY"], "age": {"min": 20, "max": 29}},
                "place": {"within": ["geo:4164138"]},
                "tag": {"any": ["dress.n.01"]},
                "taken": {"years": [2019], "seasons": ["SUMMER"]},
                "not": {"condition": {"any": ["blurry"]}},
            },
            "photos of a happy woman aged 20 to 29, in Miami, showing a dress, taken in summer 2019, not blurry",
        ),
        ({"person": {"only": ["Ada", "person:2"]}}, "photos of Ada and Bob and nobody else"),
        ({"face": {"count": {"min": 2, "max": 2}}}, "photos of exactly two people"),
        ({"face": {"count": {"max": 0}}}, "photos without people"),
        ({"face": {"age": {"max": 9}, "every": True}}, "photos where every face is a child aged up to 9"),
        (
            {"or": [{"tag": {"any": ["dog"]}}, {"favorite": True, "rating": {"min": 4}}], "trashed": False},
            "photos not in the trash, either showing a dog or (rated at least 4 and marked as favorites)",
        ),
        ({"not": {"or": [{"trashed": True}, {"tagged": True}]}}, "photos not (in the trash or with tags)"),
        ({"not": {"not": {"tagged": False}}}, "photos without tags"),
        ({"taken": {"from": "2019-07-01", "to": "2019-08-01"}}, "photos taken in July 2019"),
        ({"taken": {"from": "2019-07-04", "to": "2019-07-07"}}, "photos taken from 4 July 2019 to 6 July 2019"),
        (
            {"taken": {"weekdays": [6, 7], "ago": {"n": 3, "unit": "MONTH"}}},
            "photos taken on weekends in the last 3 months",
        ),
        (
            {"camera": {"exposure": {"min": 0.004}, "iso": {"max": 400}}},
            "photos at ISO up to 400, exposed for at least 1/250 s",
        ),
        ({"album": {"known": False}}, "photos in no album"),
    ],
)
def test_english(data: dict[str, Any], sentence: str) -> None:
    names = {"geo:4164138": "Miami", "dress.n.01": "dress", "person:2": "Bob"}
    assert describe(parse_filter(data), lambda reference: names.get(reference, reference)) == sentence


def test_graphql_text() -> None:
    asked = parse_filter({"and": [{"face": {"gender": "FEMALE", "age": {"min": 20}}}, {"tag": {"any": ['"dress"\n']}}]})
    literal = r'{and: [{face: {age: {min: 20}, gender: FEMALE}}, {tag: {any: ["\"dress\"\n"]}}]}'
    assert to_graphql(asked) == literal
