"""`Library`: opened, closed, opened again; and what names mean."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from schema.filter import EVERYTHING, parse_filter
from schema.graph import Person, Place, PlaceLevel
from schema.library import Library
from schema.policy import OWNER
from schema.query import Sort, SortBy
from schema.settings import Settings
from tests.schema.libraries import imported, tag

AMERICA = Place("country:US", PlaceLevel.COUNTRY, "United States", None, 39.76, -98.5, "US")


@pytest.fixture
def home(tmp_path: Path, data: Path, packages: Path) -> Settings:
    """A home of its own; words and places are built once for all tests."""
    (tmp_path / "data").symlink_to(data)
    return Settings(home=tmp_path, packages=packages)


async def test_a_library_opens_from_its_snapshot_and_learns_what_changed_meanwhile(home: Settings) -> None:
    library = await Library.open(home)
    await library.store.write_imported([imported(number, tags=(tag("gown.n.01"),)) for number in range(1, 6)])
    await library.refresh()
    assert await library.view(OWNER).count(parse_filter({"tag": {"any": ["clothing"]}})) == 5
    await library.close()
    assert any(home.snapshot.iterdir())

    silent = await Library.open(home, follow=False)
    await silent.store.delete_images([1])
    await silent.store.write_imported([imported(9, tags=(tag("ball_gown.n.01"),))])
    silent._snapshot = None  # as if it had been killed
    await silent.close()

    again = await Library.open(home)
    view = again.view(OWNER)
    page, images = await view.page(parse_filter({"tag": {"any": ["gown"]}}), Sort(SortBy.NAME, descending=False), 10)
    assert [image.name for image in images] == [f"{number:06}.jpg" for number in (2, 3, 4, 5, 9)]
    assert page.total == 5
    await again.close()

    for file in home.snapshot.iterdir():
        file.unlink()
    told = list[tuple[int, int]]()
    anew = await Library.open(home, progress=lambda done, total: told.append((done, total)))
    assert told == [(5, 5)]
    assert await anew.view(OWNER).count(EVERYTHING) == 5
    await anew.close()


async def test_a_library_that_changes_is_used_where_it_was_saved(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.library.SAVE_EVERY_S", 0.0)
    library = await Library.open(home)
    store, view = library.store, library.view(OWNER)
    await store.save_person(Person("Anna"))
    first = await library.ask(lambda index: index)
    for number in range(1, 41):
        await store.write_imported([imported(number, tags=(tag("gown.n.01"),))])
        await library.refresh()
        assert await view.count(parse_filter({"tag": {"any": ["clothing"]}})) == number
        await asyncio.sleep(0.01)
    assert await library.ask(lambda index: index) is not first
    assert await view.count(parse_filter({"person": {"any": ["Anna"]}})) == 0
    await library.close()


async def test_a_snapshot_of_another_library_is_not_believed(home: Settings) -> None:
    library = await Library.open(home)
    await library.store.write_imported([imported(number) for number in range(1, 4)])
    await library.close()
    for file in home.home.glob("library.sqlite*"):
        file.unlink()
    library = await Library.open(home)
    assert await library.view(OWNER).count(EVERYTHING) == 0
    await library.close()


async def test_place_names_are_those_of_the_library_first_and_of_the_gazetteer_else(home: Settings) -> None:
    library = await Library.open(home)
    await library.store.write_imported([replace(imported(1, place="country:US"), places=(AMERICA,)), imported(2)])
    await library.refresh()
    view = library.view(OWNER)
    for name in ("united states", "USA", "country:US"):
        assert await view.count(parse_filter({"place": {"within": [name]}})) == 1, name
        assert await view.count(parse_filter({"place": {"none": [name]}})) == 1, name
    near = library.resolve(parse_filter({"not": {"place": {"near": {"place": "Zagreb", "km": 5}}}})).not_
    assert near is not None and near.place is not None and near.place.near is not None
    assert near.place.near.lat == pytest.approx(45.8, abs=0.1)
    assert await view.describe(parse_filter({"place": {"within": ["country:HR"]}})) == "photos in Croatia"
    await view.edit(parse_filter({"ids": ["image:2"]}), {"place": "geo:3186886"})
    assert await view.count(parse_filter({"place": {"within": ["Zagreb"]}})) == 1
    assert [place.name for place in await view.find_places("cro")] == ["Croatia"]
    await library.close()


async def test_questions_and_imports_go_on_together(home: Settings) -> None:
    library = await Library.open(home)
    view = library.view(OWNER)

    async def write() -> None:
        for start in range(1, 500, 50):
            await library.store.write_imported([imported(number) for number in range(start, start + 50)])

    async def ask() -> None:
        while (await view.count(EVERYTHING)) < 500:
            page, images = await view.page(EVERYTHING, Sort(), 20)
            assert len(page.ids) == len(page.cursors) == len(images)
            await asyncio.sleep(0)

    await asyncio.wait_for(asyncio.gather(write(), ask(), ask()), 30)
    await library.close()
