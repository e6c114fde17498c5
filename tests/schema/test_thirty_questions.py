"""One question of each of the thirty kinds on eight photos, so few that anyone can check the answers by eye."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from schema.errors import BadFilter
from schema.filter.nodes import Box, ImageFilter
from schema.filter.photo import Meaning, Photo, PhotoFace, PhotoTag
from schema.graph import Album, Place, PlaceLevel
from schema.index import ReadIndex
from schema.query import Bucket, FacetBy, FacetValue, Sort, SortBy
from tests.schema.strategies import LEXICON, facts_of

ADA, BOB, CAL = 1, 2, 3
PEOPLE = {ADA: "Ada", BOB: "Bob", CAL: "Cal"}
PLACES = (
    Place("continent:EU", PlaceLevel.CONTINENT, "Europe", None, 50, 10),
    Place("country:HR", PlaceLevel.COUNTRY, "Croatia", "continent:EU", 45, 16, "HR"),
    Place("geo:1", PlaceLevel.CITY, "Zagreb", "country:HR", 45.81, 15.98, "HR", 700_000),
    Place("country:US", PlaceLevel.COUNTRY, "United States", None, 40, -100, "US"),
    Place("geo:2", PlaceLevel.CITY, "Miami", "country:US", 25.77, -80.19, "US", 450_000),
)
ALBUMS = (Album("Trips", 1), Album("Miami", 2, parent_id=1))
LOOK = [np.array(v, np.float16).tobytes() for v in ([1, 0], [0.8, 0.6], [0, 1])]


def seconds(*when: int) -> int:
    return int((datetime(*when) - datetime(1970, 1, 1)).total_seconds())  # type: ignore[arg-type]


def face(person: int | None, age: float, gender: str, emotion: str) -> PhotoFace:
    return PhotoFace(score=0.9, person=person, age=age, gender=gender, emotion=emotion)


def tag(name: str, score: float = 0.9) -> PhotoTag:
    return PhotoTag(name=name, kind="concept", score=score, count=1, origin="MODEL")


MIAMI: dict[str, Any] = {"lat": 25.77, "lon": -80.19, "place": "geo:2"}
ZAGREB: dict[str, Any] = {"lat": 45.81, "lon": 15.98, "place": "geo:1"}
PHONE: dict[str, Any] = {"make": "Apple", "model": "iPhone 12", "iso": 100.0, "aperture": 1.6, "focal35": 26.0}
SONY: dict[str, Any] = {"make": "SONY", "model": "ILCE-7", "iso": 3200.0, "aperture": 2.8, "focal35": 85.0}


def photo(number: int, **fields: Any) -> Photo:
    path = f"/photos/{'miami' if fields.get('place') == 'geo:2' else 'other'}/img_{number:04}.jpg"
    values: dict[str, Any] = {
        "name": f"img_{number:04}.jpg",
        "format": "jpeg",
        "file_size": number * 1e6,
        "added": number,
    }
    return Photo(id=number, paths=(path,), **{**values, **fields})


HAPPY_ADA = face(ADA, 25, "FEMALE", "HAPPY")
SAD_ADA = face(ADA, 25, "FEMALE", "SAD")
HAPPY_BOB = face(BOB, 40, "MALE", "HAPPY")
STRANGER = face(None, 8, "MALE", "NEUTRAL")
PHOTOS = (
    photo(
        1,
        taken=seconds(2019, 7, 6, 21),
        **MIAMI,
        **PHONE,
        faces=(HAPPY_ADA,),
        tags=(tag("gown.n.01"),),
        conditions=("night", "dark"),
        palette=(("#ff1010", 0.5), ("#101010", 0.5)),
        rating=5.0,
        embedding=LOOK[0],
        meaning=LOOK[0],
        phash=0b1111,
        width=4032.0,
        height=3024.0,
        ocr="OCEAN DRIVE Hotel",
        albums=(2,),
    ),
    photo(
        2,
        taken=seconds(2019, 7, 7, 12),
        **MIAMI,
        **PHONE,
        faces=(SAD_ADA, HAPPY_BOB),
        tags=(tag("dress.n.01", 0.4),),
        conditions=("outdoors",),
        palette=(("#2040ff", 0.9),),
        rating=3.0,
        embedding=LOOK[1],
        meaning=LOOK[1],
        phash=0b0111,
        width=3024.0,
        height=4032.0,
        albums=(1,),
    ),
    photo(
        3,
        taken=seconds(2020, 7, 11, 10),
        **ZAGREB,
        **SONY,
        faces=(HAPPY_BOB,),
        tags=(tag("vehicle.n.01"),),
        conditions=("outdoors",),
        embedding=LOOK[2],
        meaning=LOOK[2],
        phash=0b11110000,
        width=6000.0,
        height=4000.0,
    ),
    photo(
        4,
        taken=seconds(2021, 1, 1, 0),
        **ZAGREB,
        **SONY,
        faces=(HAPPY_ADA, HAPPY_BOB, STRANGER),
        tags=(tag("vehicle.n.01"), tag("dog.n.01")),
        conditions=("night", "dark", "long"),
        rating=1.0,
    ),
    photo(5, taken=seconds(2023, 7, 8, 9), tags=(tag("dog.n.01"),), title="Our dog", width=640.0, height=480.0),
    photo(6, taken=seconds(2024, 2, 27, 9), faces=(face(CAL, 62, "MALE", "ANGRY"),), tags=(tag("poodle.n.01"),)),
    photo(7, tags=(tag("crane.n.04"),), palette=(("#20c040", 0.04),), albums=(1,)),
    photo(8, taken=seconds(2018, 3, 1, 12), faces=(HAPPY_ADA, face(CAL, 60, "MALE", "HAPPY")), favorite=True),
)
QUESTIONS: dict[str, tuple[dict[str, Any], list[int]]] = {
    "1 Ada and Bob": ({"person": {"all": ["ada", "bob"]}}, [2, 4]),
    "2 Ada or Cal": ({"person": {"any": ["Ada", "person:3"]}}, [1, 2, 4, 6, 8]),
    "3 Ada but not Bob": ({"person": {"all": ["Ada"], "none": ["Bob"]}}, [1, 8]),
    "4 only Ada and Bob": ({"person": {"only": ["Ada", "Bob"]}}, [2]),
    "5 at least 2 of Ada, Bob, Cal": ({"person": {"atLeast": {"k": 2, "of": ["Ada", "Bob", "Cal"]}}}, [2, 4, 8]),
    "6 exactly two faces": ({"face": {"count": {"min": 2, "max": 2}}}, [2, 8]),
    "6 at least two faces": ({"face": {"count": {"min": 2}}}, [2, 4, 8]),
    "6 every face is happy": ({"face": {"emotion": ["HAPPY"], "every": True}}, [1, 3, 8]),
    "7 between two dates": ({"taken": {"from": "2019-07-07T00:00:00", "to": "2021-01-01T00:00:00"}}, [2, 3]),
    "8 last summer": ({"taken": {"from": "2023-06-01T00:00:00", "to": "2023-09-01T00:00:00"}}, [5]),
    "8 in the last week": ({"taken": {"ago": {"n": 1, "unit": "WEEK"}}}, [6]),
    "8 this week in past years": ({"taken": {"thisDay": {"window": 3}}}, [8]),
    "9 weekends in July": ({"taken": {"months": [7], "weekdays": [6, 7]}}, [1, 2, 3, 5]),
    "9 at night, over midnight": ({"taken": {"hours": {"from": 20, "to": 2}}}, [1, 4]),
    "10 country": ({"place": {"within": ["croatia"]}}, [3, 4]),
    "10 city, not country": ({"place": {"within": ["Miami"], "none": ["Europe"]}}, [1, 2]),
    "11 within 30 km": ({"place": {"near": {"lat": 45.9, "lon": 16, "km": 30}}}, [3, 4]),
    "12 box": ({"place": {"box": {"south": 20, "west": -90, "north": 30, "east": -70}}}, [1, 2]),
    "12 drawn area": ({"place": {"polygon": [[44, 14], [47, 14], [47, 18]]}}, [3, 4]),
    "13 clothing finds a gown": ({"tag": {"any": ["clothing"]}}, [1, 2]),
    "13 with a score": ({"tag": {"any": ["clothing"], "minScore": 0.5}}, [1]),
    "13 not the narrower": ({"tag": {"any": ["dog"], "narrower": False}}, [4, 5]),
    "14 happy woman of 20ies in a dress in Miami": (
        {
            "tag": {"all": ["dress"]},
            "face": {"age": {"min": 20, "max": 29}, "gender": "FEMALE", "emotion": ["HAPPY"]},
            "place": {"within": ["Miami"]},
        },
        [1],
    ),
    "15 night, not long": ({"condition": {"all": ["night"], "none": ["long"]}}, [1]),
    "16 focal length": ({"camera": {"focal": {"min": 70, "max": 100}}}, [3, 4]),
    "17 ISO and aperture": ({"camera": {"iso": {"min": 1600}, "aperture": {"max": 2.8}}}, [3, 4]),
    "18 resolution and bytes": ({"size": {"megapixels": {"min": 10}, "bytes": {"max": 2_500_000}}}, [1, 2]),
    "18 portrait": ({"size": {"orientation": ["PORTRAIT"]}}, [2]),
    "19 red": ({"color": {"near": "red"}}, [1]),
    "19 a trace of green": ({"color": {"near": "#20c040", "minShare": 0.04}}, [7]),
    "20 text in the picture": ({"text": {"phrase": "ocean drive", "fields": ["OCR"]}}, [1]),
    "20 words anywhere": ({"text": {"words": "miami img"}}, [1, 2]),
    "22 meaning like a picture, and a filter": ({"semantic": {"image": "image:1"}, "rating": {"max": 4}}, [2]),
    "23 outdoors without people": ({"tag": {"any": ["animal"]}, "not": {"face": {}}}, [5]),
    "24 (A or B) and not (C and D)": (
        {
            "or": [{"person": {"any": ["Ada"]}}, {"person": {"any": ["Bob"]}}],
            "not": {"and": [{"tag": {"any": ["vehicle"]}}, {"condition": {"any": ["night"]}}]},
        },
        [1, 2, 3, 8],
    ),
    "25 rating": ({"rating": {"min": 3}}, [1, 2]),
    "26 in an album and those inside": ({"album": {"any": ["trips"]}}, [1, 2, 7]),
    "26 in no album": ({"album": {"known": False}}, [3, 4, 5, 6, 8]),
    "27 alike by look, and a filter": (
        {"similar": {"to": "1", "distance": 0.3}, "camera": {"make": ["apple"]}},
        [1, 2],
    ),
    "27 alike by hash": ({"similar": {"to": "image:1", "by": "HASH", "distance": 1}}, [1, 2]),
    "27 alike by description": ({"similar": {"to": "image:3", "by": "DESCRIPTION", "distance": 0.5}}, [3, 4]),
}


@pytest.fixture(scope="module")
def index() -> ReadIndex:
    made = ReadIndex(LEXICON, now=lambda: datetime(2024, 3, 1, 12))
    made.set_names(PEOPLE, PLACES, ALBUMS)
    made.apply(facts_of(PHOTOS))
    return made


@pytest.mark.parametrize("name", QUESTIONS)
def test_question(index: ReadIndex, name: str) -> None:
    asked, expected = QUESTIONS[name]
    question = ImageFilter.model_validate(asked)
    assert sorted(index.page(question, Sort(), 50).ids.tolist()) == expected
    assert index.count(question) == len(expected)


def test_21_free_text_needs_a_model(index: ReadIndex) -> None:
    with pytest.raises(BadFilter, match=r"semantic\.text: there is no model for meaning"):
        index.count(ImageFilter.model_validate({"semantic": {"text": "a calm evening"}}))
    able = ReadIndex(LEXICON, text_embedder=lambda text: Meaning(np.array([1, 0], np.float32), 0.9))
    able.apply(facts_of(PHOTOS))
    asked = ImageFilter.model_validate({"semantic": {"text": "a calm evening", "minScore": 0.5}})
    assert able.page(asked, Sort(SortBy.SIMILARITY), 50).ids.tolist() == [1, 2]
    plain = ImageFilter.model_validate({"semantic": {"text": "a calm evening"}})
    assert able.page(plain, Sort(SortBy.TAKEN), 50).ids.tolist() == [1], "the model's own cut-off"
    assert 1 not in able.page(ImageFilter(not_=plain), Sort(SortBy.TAKEN), 50).ids.tolist()


def test_28_counts_and_facets_only(index: ReadIndex) -> None:
    ada = ImageFilter.model_validate({"person": {"any": ["Ada"]}})
    assert index.facets(ada, FacetBy.COUNTRY, 5) == [
        FacetValue("country:US", "United States", 2),
        FacetValue("country:HR", "Croatia", 1),
    ]
    assert index.facets(ada, FacetBy.FACES, 5) == [
        FacetValue("2", "2", 2),
        FacetValue("1", "1", 1),
        FacetValue("3", "3", 1),
    ]
    assert index.timeline(ada) == [Bucket("2021-01", 1), Bucket("2019-07", 2), Bucket("2018-03", 1)]
    world = Box(south=-90, west=-180, north=90, east=180)
    assert {(c.count, round(c.lat)) for c in index.map_clusters(ada, world, 4)} == {(1, 46), (2, 26)}


def test_29_a_saved_question_stays_live() -> None:
    index = ReadIndex(LEXICON)
    smart = Album("Dogs", 9, filter=ImageFilter.model_validate({"tag": {"any": ["dog"]}}))
    itself = Album("Loop", 10, filter=ImageFilter.model_validate({"album": {"any": ["loop"]}}))
    index.set_names(PEOPLE, PLACES, (*ALBUMS, smart, itself))
    index.apply(facts_of(PHOTOS))
    dogs = ImageFilter.model_validate({"album": {"any": ["dogs"]}})
    assert index.count(dogs) == 3
    index.apply(facts_of([replace(PHOTOS[4], tags=())]))
    assert index.page(dogs, Sort(), 9).ids.tolist() == [6, 4]
    assert index.count(ImageFilter.model_validate({"album": {"any": ["loop"]}})) == 0


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"color": {"near": "reddish"}}, "color.near"),
        ({"tag": {"any": ["dog"], "color": "reddish"}}, "tag.color"),
        ({"place": {"polygon": [[0, 0], [1, 1], [0, 1], [1, 0]]}}, "place.polygon"),
        ({"taken": {"thisDay": {"month": 2, "day": 30}}}, "taken.thisDay"),
    ],
)
def test_what_cannot_be_asked_is_refused(index: ReadIndex, asked: dict[str, Any], path: str) -> None:
    with pytest.raises(BadFilter) as refused:
        index.count(ImageFilter.model_validate(asked))
    assert refused.value.path == path


@pytest.mark.parametrize("cursor", ["", "nonsense", "W10=", "WzEsMiwzXQ=="])
def test_foreign_cursors_are_refused(index: ReadIndex, cursor: str) -> None:
    with pytest.raises(BadFilter, match="start from the first page"):
        index.page(ImageFilter(), Sort(), 5, after=cursor)
