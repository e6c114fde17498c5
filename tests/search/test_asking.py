"""`ask`: sentences put to a real library, through the View of a viewer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from api.search import AboutMe, about_me, ask, save_about_me, suggestions, vocabulary_of
from schema.filter.nodes import Emotion, Gender, ImageFilter, Near, PathFilter
from schema.gazetteer import Gazetteer
from schema.graph import Album, Face, Person, Place, PlaceLevel, TagEdge, TagKind
from schema.index import ReadIndex
from schema.lexicon import Lexicon
from schema.library import Library
from schema.policy import OWNER, Capability, Viewer
from schema.sqlite import SqliteStore
from tests.schema.libraries import imported

TODAY = date(2026, 11, 22)
PLACES = (
    Place("continent:NA", PlaceLevel.CONTINENT, "North America", None, 40, -100),
    Place("country:US", PlaceLevel.COUNTRY, "United States", "continent:NA", 39, -98, "US"),
    Place("region:US.FL", PlaceLevel.REGION, "Florida", "country:US", 28, -82, "US"),
    Place("geo:4164138", PlaceLevel.CITY, "Miami", "region:US.FL", 25.77, -80.19, "US", 442_241),
)
SENTENCE = "Happy female in 20ies in Miami wearing dress and dining outdoors"


def seen(age: float, gender: Gender, emotion: Emotion, person: int | None = None) -> Face:
    return Face(
        box=(0.1, 0.1, 0.2, 0.2), score=0.99, age=age, gender=gender, emotion=emotion, person_id=person, model="faces"
    )


def shown(name: str) -> TagEdge:
    return TagEdge(name, TagKind.CONCEPT, 0.9, model="classes")


@pytest.fixture
async def library(tmp_path: Path, lexicon: Lexicon, gazetteer: Gazetteer) -> AsyncIterator[Library]:
    store = SqliteStore(tmp_path / "library.sqlite")
    await store.open()
    anna = await store.save_person(Person("Anna Meier", birthday="2001-05-03"))
    scene = (shown("gown.n.01"), shown("restaurant.n.01"))
    at = {"place": "geo:4164138", "lat": 25.77, "lon": -80.19, "conditions": ("outdoors", "bright")}
    happy = seen(24.5, Gender.FEMALE, Emotion.HAPPY, anna.id)
    photos = [
        imported(1, tags=scene, faces=(happy,), taken=datetime(2026, 7, 1, 20), **at),
        imported(
            2, tags=scene, faces=(seen(24.5, Gender.FEMALE, Emotion.SAD), seen(45, Gender.MALE, Emotion.HAPPY)), **at
        ),
        imported(3, tags=scene, faces=(replace(happy, age=31.0),), **at),
        imported(4, tags=(shown("gown.n.01"),), faces=(happy,), **at),
        imported(5, tags=scene, faces=(happy,), path="/photos/work/5.jpg"),
        imported(6, tags=(shown("dog.n.01"),), taken=datetime(2019, 5, 1, 9), path="/photos/work/6.jpg"),
    ]
    await store.write_imported([replace(photo, places=PLACES) for photo in photos])
    await store.save_album(Album("Road Trip"))
    library = Library(store, lambda: ReadIndex(lexicon), lexicon, gazetteer)
    await library.start(follow=False)
    yield library
    await library.close()


async def test_the_readme_example_returns_exactly_such_pictures(library: Library) -> None:
    view = library.view(OWNER)
    found = await ask(view, SENTENCE, TODAY)
    assert found.unknown == ()
    assert (await view.ids(found.filter)).tolist() == [1]


@pytest.mark.parametrize(
    ("sentence", "ids"),
    [
        ("clothing", [1, 2, 3, 4, 5]),
        ("anna", [1, 3, 4, 5]),
        ("animals in may 2019", [6]),
        ("last summer", [1]),
        ("florida without anna", [2]),
        ("not in miami", [5, 6]),
        ("in folder work", [5, 6]),
        ("paris", []),
        ("when anna was 25", [1]),
    ],
)
async def test_sentences_find_pictures(library: Library, sentence: str, ids: list[int]) -> None:
    view = library.view(OWNER)
    found = await ask(view, sentence, TODAY)
    assert found.unknown == ()
    assert sorted((await view.ids(found.filter)).tolist()) == ids


async def test_a_new_name_is_known_at_once(library: Library) -> None:
    view = library.view(OWNER)
    assert (await ask(view, "zebulon", TODAY)).unknown == ("zebulon",)
    await view.save_person(Person("Zebulon Pike"))
    assert (await ask(view, "zebulon", TODAY)).unknown == ()
    assert (await ask(view, "road trip", TODAY)).filter.album is not None


async def test_me_and_mine_once_set(library: Library) -> None:
    view = library.view(OWNER)
    (anna,) = await view.people()
    assert (await ask(view, "my wife", TODAY)).unknown == ("wife",)
    await save_about_me(view, AboutMe(relations={anna.id: "wife"}))
    assert (await about_me(view)).relations == {anna.id: "wife"}
    found = await ask(view, "my wife", TODAY)
    assert found.filter.person is not None and found.filter.person.any == (f"person:{anna.id}",)


async def test_until_it_is_told_nobody_is_me_and_home_is_all_of_a_place(library: Library) -> None:
    view = library.view(OWNER)
    assert (await ask(view, "me with a dog", TODAY)).unknown == ("me",)
    assert (await ask(view, "show me a dog", TODAY)).unknown == ()
    assert (await ask(view, "at home", TODAY)).unknown == ("at home",)
    (anna,) = await view.people()
    home = Near(place="geo:4164138", km=0.3)
    await save_about_me(view, AboutMe(person=anna.id, relations={anna.id: "daughter"}, home=home))
    assert sorted((await view.ids((await ask(view, "me at home", TODAY)).filter)).tolist()) == [1, 3, 4]
    assert (await ask(view, "our daughter", TODAY)).filter.person is not None


async def test_a_vocabulary_is_the_viewers_own(library: Library) -> None:
    guest = Viewer("guest", ImageFilter(path=PathFilter(glob=("**/6.jpg",))), frozenset({Capability.READ}))
    vocabulary = await vocabulary_of(library.view(guest))
    assert [*vocabulary.tags] == ["dog.n.01"] and not vocabulary.people and not vocabulary.places
    assert not await suggestions(library.view(guest), "ann") and not await suggestions(library.view(guest), "mia")
    assert (await ask(library.view(guest), "anna", TODAY)).filter.person is None
    assert [one.text for one in await suggestions(library.view(OWNER), "ann")] == ["Anna Meier"]
