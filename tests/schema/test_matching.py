"""The reference engine: laws it must keep itself, and the cases that its words leave open."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.errors import BadFilter
from schema.filter import nodes as n
from schema.filter.matching import matches
from schema.filter.nodes import ImageFilter
from schema.filter.photo import Photo, PhotoFace, PhotoTag, World
from schema.graph import Album
from schema.query import FacetBy, Sort
from tests.schema.strategies import LEXICON, NOW, PEOPLE, PLACES, Drawn, filters, libraries, sorts

slow = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
PLAIN = Photo(id=1, name="a.jpg", format="jpeg", file_size=1)
WORLD = World(LEXICON, PEOPLE, PLACES, photos={1: PLAIN}, now=lambda: NOW)


def found(asked: dict[str, object], world: World = WORLD, **facts: object) -> bool:
    return matches(ImageFilter.model_validate(asked), replace(PLAIN, **facts), world)


@slow
@given(libraries(), filters(), filters(), sorts)
def test_boolean_laws_and_pages(drawn: Drawn, one: ImageFilter, other: ImageFilter, sort: Sort) -> None:
    library = drawn.reference()

    def ids(asked: ImageFilter) -> set[int]:
        return {photo.id for photo in library.found(asked)}

    everything = ids(ImageFilter())
    assert ids(ImageFilter(not_=one)) == everything - ids(one)
    assert ids(ImageFilter(and_=(one, other))) == ids(one) & ids(other)
    assert ids(ImageFilter(or_=(one, other))) == ids(one) | ids(other)
    assert library.count(one) == len(ids(one)) == sum(bucket.count for bucket in library.timeline(one))
    whole = library.page(one, sort, 100)
    walked: list[int] = []
    page = library.page(one, sort, 2)
    while len(page.ids):
        walked += page.ids.tolist()
        page = library.page(one, sort, 2, after=page.cursors[-1])
    assert walked == whole.ids.tolist() == library.grid(one, None, sort).id.tolist()
    if walked:
        assert library.page(one, sort, 2, before=whole.cursors[-1]).ids.tolist() == walked[:-1][-2:]


@slow
@given(libraries(), filters(depth=1))
def test_a_place_or_folder_facet_counts_what_its_value_finds(drawn: Drawn, asked: ImageFilter) -> None:
    library = drawn.reference()
    for value in library.facets(asked, FacetBy.PLACE, 100):
        place = ImageFilter(place=n.PlaceFilter(within=(value.value,)))
        assert library.count(ImageFilter(and_=(asked, place))) == value.count
    for value in library.facets(asked, FacetBy.FOLDER, 100):
        folder = ImageFilter(path=n.PathFilter(under=(value.value,)))
        assert library.count(ImageFilter(and_=(asked, folder))) == value.count


def tag(name: str, kind: str = "concept", **more: object) -> PhotoTag:
    return PhotoTag(**({"name": name, "kind": kind, "score": 0.5, "count": 1, "origin": "MODEL"} | more))


def test_a_concept_is_met_by_one_edge_with_all_its_conditions() -> None:
    gown, dress = tag("gown.n.01"), tag("Dress", "keyword", origin="METADATA", score=1.0)
    assert found({"tag": {"any": ["clothing.n.01"]}}, tags=(gown,))
    assert found({"tag": {"any": ["dress"]}}, tags=(gown,))
    assert not found({"tag": {"any": ["dress"], "narrower": False}}, tags=(gown,))
    assert found({"tag": {"any": ["dress"], "narrower": False}}, tags=(dress,))
    assert not found({"tag": {"any": ["dress.n.01"]}}, tags=(dress,))
    assert not found({"tag": {"any": ["dress"], "minScore": 0.6, "origin": ["MODEL"]}}, tags=(gown, dress))
    assert found({"tag": {"only": ["clothing"], "origin": ["MODEL"]}}, tags=(gown, dress))
    assert not found({"tag": {"only": ["gown"]}}, tags=(gown, dress))
    assert not found({"tag": {"any": ["dog"], "minCount": 2}}, tags=(tag("dog.n.01"), tag("poodle.n.01")))
    assert found({"tag": {"any": ["dress"], "color": "crimson"}}, tags=(tag("gown.n.01", colors=("#e01030",)),))
    assert not found({"tag": {"atLeast": {"k": 2, "of": ["dog", "dog"]}}}, tags=(tag("dog.n.01"),))


def test_one_face_meets_all_its_conditions() -> None:
    sad = PhotoFace(score=0.9, person=1, age=25, gender="FEMALE", emotion="SAD")
    happy = PhotoFace(score=0.9, age=60, gender="MALE", emotion="HAPPY")
    asked = {"gender": "FEMALE", "emotion": ["HAPPY"], "age": {"min": 20, "max": 29}}
    assert not found({"face": asked}, faces=(sad, happy))
    assert found({"face": asked}, faces=(happy, replace(sad, emotion="HAPPY")))
    assert found({"face": {"count": {"min": 2, "max": 2}}}, faces=(sad, happy))
    assert found({"face": {"count": {"max": 0}}}) and not found({"face": {}})
    assert found({"face": {"age": {"min": 18}, "every": True}}, faces=(sad, happy))
    assert not found({"face": {"age": {"min": 18}, "every": True}})
    assert found({"person": {"only": ["Ada"]}}, faces=(sad,))
    assert not found({"person": {"only": ["Ada"]}}, faces=(sad, happy)), "a stranger is somebody else"


def test_places() -> None:
    assert found({"place": {"within": ["europe"]}}, place="geo:2")
    assert found({"place": {"within": ["Zagreb"]}}, place="country:HR", near_city="geo:1")
    assert not found({"place": {"none": ["country:HR"]}}, place="geo:2")
    assert found({"place": {"near": {"place": "Zagreb", "km": 30}}}, lat=45.7, lon=15.8)
    assert not found({"place": {"near": {"place": "Atlantis", "km": 20000}}}, lat=45.7, lon=15.8)
    fiji = {"south": -20, "west": 177, "north": -15, "east": -178}
    assert found({"place": {"box": fiji}}, lat=-17.0, lon=-179.0)
    assert found({"place": {"box": fiji}}, lat=-17.0, lon=-180.0)
    assert not found({"place": {"box": fiji}}, lat=-17.0, lon=0.0)
    assert not found({"place": {"box": fiji}})
    arctic = [[80, -120], [80, 0], [80, 120]]
    assert found({"place": {"polygon": arctic}}, lat=89.0, lon=55.0)
    assert not found({"place": {"polygon": arctic}}, lat=79.0, lon=55.0)


def at(*when: int) -> int:
    return int((datetime(*when) - datetime(1970, 1, 1)).total_seconds())


@pytest.mark.parametrize(
    ("asked", "when", "expected"),
    [
        ({"from": "2019-07-04T12:00:00+09:00", "to": "2019-07-05"}, (2019, 7, 4, 12), True),
        ({"to": "2019-07-04T12:00:00"}, (2019, 7, 4, 12), False),
        ({"seasons": ["SUMMER"]}, (2019, 8, 1), True),
        ({"hours": {"from": 22, "to": 6}}, (2019, 8, 1, 5, 59), True),
        ({"hours": {"from": 22, "to": 6}}, (2019, 8, 1, 6), False),
        ({"thisDay": {"window": 3}}, (2023, 2, 26), True),
        ({"thisDay": {}}, (2024, 3, 1), False),
        ({"thisDay": {"pastOnly": False}}, (2024, 3, 1), True),
        ({"thisDay": {"month": 1, "day": 2, "window": 4}}, (2022, 12, 30), True),
        ({"thisDay": {"month": 1, "day": 2, "window": 4}}, (2023, 12, 30), False),
        ({"thisDay": {"month": 2, "day": 29}}, (2023, 2, 28), True),
        ({"ago": {"n": 1, "unit": "MONTH"}}, (2024, 2, 1, 12, 30), True),
        ({"ago": {"n": 1, "unit": "MONTH"}}, (2024, 2, 1, 12, 29), False),
        ({"ago": {"n": 2, "unit": "YEAR", "until": 1}}, (2023, 3, 1, 12, 30), False),
        ({"known": True}, (1850, 1, 1), True),
    ],
)
def test_times(asked: dict[str, object], when: tuple[int, ...], expected: bool) -> None:
    assert found({"taken": asked}, taken=at(*when)) is expected
    assert not found({"taken": asked})


def test_seasons_turn_in_the_south() -> None:
    assert found({"taken": {"seasons": ["WINTER"]}}, taken=at(2019, 7, 1), lat=-33.0, lon=18.0)


def test_texts_paths_and_cameras() -> None:
    assert found({"text": {"words": "creme CAFÉ"}}, caption="A café-crème, please")
    assert not found({"text": {"words": "cat"}}, caption="catalog")
    assert found({"text": {"words": "cat*"}}, caption="catalog")
    assert found({"text": {"words": "happy 2019"}}, title="Happy!", paths=("/x/2019/a.jpg",))
    assert not found({"text": {"phrase": "happy 2019"}}, title="Happy!", paths=("/x/2019/a.jpg",))
    assert found({"text": {"phrase": "new york", "fields": ["OCR"]}}, ocr="NEW\nYORK")
    assert not found({"path": {"under": ["/a/b"], "name": ["x"]}}, paths=("/a/b/y.jpg", "/c/x.jpg"))
    assert not found({"path": {"under": ["/a/b"]}}, paths=("/a/bc/y.jpg",))
    assert found({"path": {"under": ["B/c"]}}, paths=("/a/b/C/y.jpg",))
    assert found({"path": {"glob": ["/a/**/*.jpg"]}}, paths=("/a/x.JPG",))
    assert found({"camera": {"make": ["sony"], "model": ["ilce 7"]}}, make="SONY", model="ILCE-7")
    assert not found({"camera": {"model": ["EOS 5"]}}, model="EOS 5D")


def test_single_precision_bounds_include_their_own_value() -> None:
    import numpy as np

    assert found({"camera": {"aperture": {"min": 1.8, "max": 1.8}}}, aperture=float(np.float32(1.8)))
    assert found({"size": {"bytes": {"max": 2**33}}}, file_size=2.0**33)
    assert not found({"size": {"bytes": {"max": 2**33}}}, file_size=2.0**33 + 1)


def test_colors_add_up() -> None:
    palette = (("#ff0000", 0.25), ("#f01010", 0.25), ("#0000ff", 0.5))
    assert found({"color": {"near": "red", "minShare": 0.5}}, palette=palette)
    assert not found({"color": {"near": "lime", "minShare": 0}}, palette=palette)


def test_albums_hold_what_lies_inside_them_and_one_that_asks_for_itself_is_empty() -> None:
    favorites = Album("Favorites", 2, parent_id=1, filter=ImageFilter(favorite=True))
    loop = Album("Loop", 3, filter=ImageFilter.model_validate({"album": {"any": ["album:3"]}}))
    world = replace(WORLD, albums=(Album("All", 1), favorites, loop))
    assert found({"album": {"any": ["all"]}}, world, favorite=True)
    assert found({"album": {"known": False}}, world, favorite=True)
    assert not found({"album": {"any": ["Loop"]}}, world)


def test_similar_to_what_is_not_there_finds_nothing() -> None:
    assert not found({"similar": {"to": "image:9", "by": "HASH", "distance": 64}}, phash=1)


def test_meaning_needs_a_model() -> None:
    asked = ImageFilter.model_validate({"or": [{"not": {"semantic": {"text": "joy"}}}]})
    with pytest.raises(BadFilter) as refused:
        Drawn((), {}, (), ()).reference().count(asked)
    assert refused.value.path == "or.0.not.semantic.text"


@pytest.mark.parametrize("cursor", ["", "x", "bm90aGluZw=="])
def test_foreign_cursors_are_refused(cursor: str) -> None:
    with pytest.raises(BadFilter):
        Drawn((), {}, (), ()).reference().page(ImageFilter(), Sort(), 5, after=cursor)


@given(st.lists(st.sampled_from(["a", "b", "*", "**", "/", "?"]), max_size=12).map("".join), st.data())
def test_globs_match_as_their_definition_says(glob: str, data: st.DataObject) -> None:
    from schema.filter.paths import glob_pattern

    path = "/" + data.draw(st.text("ab/", max_size=8))

    def fits(i: int, j: int) -> bool:
        """Whether glob[i:] matches path[j:], by trying everything."""
        rest = glob[i:]
        if not rest:
            return j == len(path)
        if rest.startswith("**/"):
            return fits(i + 3, j) or any(path[k] == "/" and fits(i + 3, k + 1) for k in range(j, len(path)))
        if rest.startswith("**"):
            return any(fits(i + 2, k) for k in range(j, len(path) + 1))
        if rest[0] == "*":
            return any("/" not in path[j:k] and fits(i + 1, k) for k in range(j, len(path) + 1))
        return j < len(path) and (path[j] == rest[0] or (rest[0] == "?" and path[j] != "/")) and fits(i + 1, j + 1)

    starts = [0] if glob.startswith("/") else [0, *(k + 1 for k in range(len(path)) if path[k] == "/")]
    assert bool(glob_pattern(glob).fullmatch(path)) == any(fits(0, start) for start in starts)
