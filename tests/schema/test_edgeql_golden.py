"""The EdgeQL of every kind of question, kept to be read. Written anew by `pytest --write-edgeql` of this file."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from schema.edgedb import properties
from schema.edgedb.connection import SCHEMA
from schema.edgedb.query import Question, question
from schema.filter.nodes import ImageFilter
from schema.filter.photo import World
from schema.graph import Album
from tests.schema.edgeql_grammar import RESERVED
from tests.schema.strategies import LEXICON, OUTLINES, PEOPLE, PLACES

FOLDER = Path(__file__).with_name("edgeql")
ALBUMS = (
    Album("Trips", 1),
    Album("Croatia", 2, parent_id=1),
    Album("Stars", 3, parent_id=1, filter=ImageFilter.model_validate({"rating": {"min": 5}})),
)
WORLD = World(LEXICON, PEOPLE, PLACES, ALBUMS, now=lambda: datetime(2024, 3, 1, 12, 30, tzinfo=UTC))
QUESTIONS: dict[str, dict[str, Any]] = {
    "everything": {},
    "and_or_not": {"or": [{"favorite": True}, {"and": [{"rating": {"min": 4}}, {"not": {"trashed": True}}]}]},
    "ids": {"ids": ["image:1", "2", "image:none"]},
    "tag_any": {"tag": {"any": ["dog"]}},
    "tag_exact_sense": {"tag": {"all": ["dress.n.01", "crane"], "narrower": False}},
    "tag_score_count_origin": {"tag": {"any": ["dog"], "minScore": 0.5, "minCount": 2, "origin": ["USER"]}},
    "tag_none_only_at_least": {
        "tag": {"none": ["person"], "only": ["animal"], "atLeast": {"k": 2, "of": ["dog", "gown", "vehicle"]}}
    },
    "tag_color": {"tag": {"any": ["dress"], "color": "red"}},
    "tagged": {"tagged": False},
    "person": {"person": {"any": ["ada"], "none": ["Bob"]}},
    "person_all_at_least": {"person": {"all": ["ada"], "atLeast": {"k": 2, "of": ["person:1", "person:2", "Bob"]}}},
    "person_only": {"person": {"only": ["person:2"]}},
    "face": {"face": {"age": {"min": 20, "max": 29}, "gender": "FEMALE", "emotion": ["HAPPY"], "minScore": 0.5}},
    "face_named": {"face": {"named": True, "person": ["ada", "person:5"]}},
    "face_count": {"face": {"count": {"min": 2, "max": 2}}},
    "face_every": {"face": {"every": True, "emotion": ["HAPPY", "NEUTRAL"]}},
    "place_within": {"place": {"within": ["Croatia"], "none": ["geo:2"]}},
    "place_near": {"place": {"near": {"place": "Suva", "km": 60}}},
    "place_near_pole": {"place": {"near": {"lat": 89.5, "lon": 10, "km": 250}}},
    "place_box": {"place": {"box": {"south": -20, "west": 178, "north": -10, "east": -179}}},
    "place_polygon": {"place": {"polygon": [list(corner) for corner in OUTLINES[1]]}},
    "place_known": {"place": {"known": False}},
    "taken_range": {"taken": {"from": "2019-08-15", "to": "2019-08-16T12:00:00.5"}},
    "taken_recurring": {"taken": {"years": [2019], "months": [7, 8], "days": [4], "weekdays": [6, 7]}},
    "taken_hours_seasons": {"taken": {"hours": {"from": 22, "to": 6}, "seasons": ["SUMMER"]}},
    "taken_this_day": {"taken": {"thisDay": {"window": 1}}},
    "taken_this_day_named": {"taken": {"thisDay": {"month": 12, "day": 24, "pastOnly": False}}},
    "taken_ago": {"taken": {"ago": {"n": 2, "unit": "MONTH"}}},
    "taken_ago_until": {"taken": {"ago": {"n": 3, "unit": "YEAR", "until": 1}}},
    "added_ago": {"added": {"ago": {"n": 7, "unit": "DAY"}}},
    "taken_known": {"taken": {"known": False}},
    "camera": {"camera": {"make": ["Canon"], "model": ["EOS 5D"], "lens": ["24-70mm"], "software": ["Lightroom"]}},
    "camera_numbers": {
        "camera": {
            "iso": {"max": 400},
            "aperture": {"min": 1.4, "max": 1.8},
            "exposure": {"max": 0.001},
            "focal": {"min": 85},
            "flash": False,
            "known": True,
        }
    },
    "condition": {"condition": {"any": ["Night", "dark"], "none": ["indoors"]}},
    "lens": {"lens": {"only": ["wide", "ultrawide"]}},
    "size": {
        "size": {
            "megapixels": {"min": 10},
            "width": {"min": 4000},
            "height": {"max": 3000},
            "bytes": {"max": 5_000_000},
            "aspect": {"min": 1.5},
            "orientation": ["LANDSCAPE", "SQUARE"],
        }
    },
    "size_word": {"sizeWord": {"any": ["huge"]}},
    "size_word_only": {"sizeWord": {"only": ["huge", "small"]}},
    "format": {"format": {"none": ["JPEG"]}},
    "color": {"color": {"near": "teal", "distance": 5}},
    "color_share": {"color": {"near": "#208080", "minShare": 0.3}},
    "text": {"text": {"words": "happy birth*", "phrase": "new year"}},
    "text_fields": {"text": {"words": "beach", "fields": ["KEYWORDS", "PATH"]}},
    "path": {"path": {"under": ["/photos/2019", "2019/croatia"], "name": ["Šibenik"]}},
    "path_glob": {"path": {"glob": ["**/croatia/*.jpg"]}},
    "rating": {"rating": {"min": 4}},
    "favorite": {"favorite": True},
    "nsfw": {"nsfw": {"max": 0.5}},
    "album": {"album": {"any": ["Trips"]}},
    "album_only": {"album": {"only": ["album:2"], "known": True}},
    "album_all_none_at_least": {
        "album": {"all": ["Croatia"], "none": ["Stars"], "atLeast": {"k": 1, "of": ["album:1", "album:2"]}}
    },
    "album_in_none": {"album": {"known": False}},
    "share": {"share": {"any": ["s1"]}},
    "duplicate": {"duplicate": ["SAME_BYTES", "SAME_PICTURE", "BURST"]},
    "similar_look": {"similar": {"to": "image:1"}},
    "similar_hash": {"similar": {"to": "image:1", "by": "HASH"}},
    "similar_faces": {"similar": {"to": "image:1", "by": "FACES"}},
    "similar_description": {"similar": {"to": "image:1", "by": "DESCRIPTION"}},
    "similar_distance": {"similar": {"to": "image:1", "by": "HASH", "distance": 8}},
    "semantic": {"semantic": {"image": "image:1"}},
    "semantic_text": {"semantic": {"text": "a quiet harbor", "minScore": 0.2}},
    "trashed": {"trashed": False},
    "offline": {"offline": True},
    "happy_woman_in_her_twenties_in_croatia": {
        "face": {"age": {"min": 20, "max": 29}, "gender": "FEMALE", "emotion": ["HAPPY"]},
        "place": {"within": ["Croatia"]},
        "tag": {"all": ["dress"]},
    },
}


def shown(asked: dict[str, Any], made: Question) -> str:
    lines = [f"# {json.dumps(asked, ensure_ascii=False)}"]
    if not made.exact:
        lines.append("# Narrows only: the law looks at what is found.")
    for name, value in made.parameters.items():
        text = repr(value)
        lines.append(f"# ${name} = {text if len(text) <= 100 else text[:97] + '...'}")
    return "\n".join([*lines, made.ids, ""])


@pytest.mark.parametrize("name", QUESTIONS)
def test_question(name: str, request: pytest.FixtureRequest) -> None:
    asked = QUESTIONS[name]
    made = question(ImageFilter.model_validate(asked), WORLD)
    file = FOLDER / f"{name}.edgeql"
    if request.config.getoption("--write-edgeql"):
        file.write_text(shown(asked, made), encoding="utf-8")
    assert file.read_text(encoding="utf-8") == shown(asked, made)


def test_every_field_is_asked_for() -> None:
    used: dict[type[BaseModel], set[str]] = {}

    def look(node: Any) -> None:
        if isinstance(node, BaseModel):
            used.setdefault(type(node), set()).update(node.model_fields_set)
            for name in node.model_fields_set:
                look(getattr(node, name))
        elif isinstance(node, tuple):
            for part in node:
                look(part)

    for asked in QUESTIONS.values():
        look(ImageFilter.model_validate(asked))
    unasked = {kind.__name__: sorted(kind.model_fields.keys() - names) for kind, names in used.items()}
    assert {kind: names for kind, names in unasked.items() if names} == {}
    assert sorted(file.stem for file in FOLDER.glob("*.edgeql")) == sorted(QUESTIONS)


def test_values_are_parameters() -> None:
    hostile = "'; delete Image; select '"
    made = question(ImageFilter.model_validate({"tag": {"any": [hostile]}, "text": {"words": hostile}}), WORLD)
    assert "delete" not in made.ids
    assert any(hostile in str(value) for value in made.parameters.values())


def test_properties_of_statements_are_those_of_the_schema() -> None:
    schema = SCHEMA.read_text(encoding="utf-8")
    types = {part.split(" ", 1)[0]: part for part in schema.split("\n  type ")[1:]}
    for kind, table in (
        ("Image", properties.IMAGE),
        ("Face", properties.FACE),
        ("TextLine", properties.TEXT_LINE),
        ("AssetFile", properties.FILE),
        ("Place", properties.PLACE),
        ("Person", properties.PERSON),
        ("Album", properties.ALBUM),
        ("Tag", properties.TAG),
    ):
        for name, declared in table.items():
            required = "required " if declared.endswith("!") else ""
            assert f"\n    {required}{name}: {declared.removesuffix('!')}" in types[kind], (kind, name)
    for name, declared in properties.EDGE.items():
        assert types["Image"].count(f"\n      {name}: {declared.removesuffix('!')};") == 2, name


def test_names_are_no_keywords() -> None:
    tables = (properties.IMAGE, properties.FACE, properties.FILE, properties.PLACE, properties.PERSON, properties.EDGE)
    names = {name for table in tables for name in table}
    assert not names & {*RESERVED, "source", "target"}
