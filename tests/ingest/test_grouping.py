"""Whose faces they are, with the real store: made-up people whose faces are as near and as far as real ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest.people import People
from ingest.people_clusters import grouped
from ingest.people_known import Keyed
from schema.filter.nodes import Origin
from schema.graph import AssetFile, Face, Image, Person, Stage, StageRecord, StageState
from schema.likeness import NamedRegion
from schema.people import SUGGESTED, apart_entry, suggested_pairs
from schema.sqlite import SqliteStore
from schema.store import Imported

DONE = (
    StageRecord(Stage.METADATA, StageState.DONE),
    StageRecord(Stage.ANALYSIS, StageState.DONE, detail="yunet sface"),
)
BOX = (0.2, 0.2, 0.4, 0.5)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "library.sqlite")
    await opened.open()
    yield opened
    await opened.close()


def vector(who: int, photo: int, away: float = 0.8) -> NDArray[np.float32]:
    """A face of somebody: with `away` 0.8 two of them have a cosine of about 0.6, strangers about 0."""
    own = np.random.default_rng(who).standard_normal(128)
    other = np.random.default_rng((who, photo)).standard_normal(128)
    face = own / np.linalg.norm(own) + away * other / np.linalg.norm(other)
    return np.asarray(face / np.linalg.norm(face), np.float32)


def photo(
    number: int, *faces: NDArray[np.float32], score: float = 0.95, model: str = "sface@1", **more: object
) -> Imported:
    """A picture with these faces side by side."""
    found = tuple(
        Face(
            (0.2 * at, 0.2, 0.2 * at + 0.18, 0.5),
            score,
            embedding=face.tobytes(),
            embedding_model=model,
            model="yunet",
            version="1",
        )
        for at, face in enumerate(faces)
    )
    file = AssetFile(f"/p/{number}.jpg", "/p", 1, 1, number, 1, f"{number:064x}")
    return Imported(file, Image(f"{number:064x}", f"{number}.jpg", "jpeg", 1, faces=found), DONE, **more)  # type: ignore[arg-type]


async def add(store: SqliteStore, *photos: Imported) -> list[int]:
    await store.discover([one.file for one in photos])
    return [number for number in await store.write_imported(photos) if number is not None]


async def who(store: SqliteStore, images: Sequence[int]) -> list[list[int | None]]:
    """People of the faces of each picture."""
    found = await store.images(images, frozenset({"faces"}))
    return [[face.person_id for face in image.faces] for image in found if image is not None]


async def test_faces_find_each_other_and_new_photos_find_the_named(store: SqliteStore) -> None:
    images = await add(store, *(photo(n, vector(1, n), vector(2, n)) for n in range(4)), photo(9, vector(3, 9)))
    people = People(store)
    assert await people.catch_up() == 8
    (ana, bob), *rest = await who(store, images)
    assert ana is not None and bob is not None and ana != bob
    assert rest == [[ana, bob]] * 3 + [[None]]
    assert await people.catch_up() == 0, "the same again changes nothing"
    assert await People(store).catch_up() == 0, "nor does another process"

    await store.save_person(Person("Ana", ana))
    (new,) = await add(store, photo(20, vector(1, 20)))
    await People(store).catch_up()
    assert await who(store, [new]) == [[ana]], "a named person gains new photos by itself"


async def test_what_a_person_said_is_never_changed(store: SqliteStore) -> None:
    images = await add(store, *(photo(n, vector(1, n)) for n in range(6)))
    people = People(store)
    await people.catch_up()
    faces = [image.faces[0] for image in await store.images(images) if image is not None]
    other = await store.save_person(Person("Her sister"))
    await store.assign_faces([faces[0].id], other.id, by_user=True)
    await store.assign_faces([faces[1].id], None, by_user=True)
    said = await who(store, images)
    await people.catch_up()
    await add(store, *(photo(n, vector(1, n)) for n in range(6)))  # all is analyzed again
    await People(store).catch_up()
    assert await who(store, images) == said
    assert said[0] == [other.id] and said[1] == [None]


async def test_who_was_kept_apart_stays_apart_and_is_not_asked_again(store: SqliteStore) -> None:
    near = [vector(1, n, 0.3) for n in range(4)]
    images = await add(store, *(photo(n, face) for n, face in enumerate(near[:2])))
    people = People(store)
    await people.catch_up()
    (first,) = {person for (person,) in await who(store, images)}
    half = (mixed := near[0] + 2.5 * vector(7, 0, 0.0)) / np.linalg.norm(mixed)
    twins = await add(store, *(photo(10 + n, np.asarray(half + 0.02 * vector(8, n), np.float32)) for n in range(2)))
    await people.catch_up()
    (second,) = {person for (person,) in await who(store, twins)}
    assert first != second
    await people.suggest()
    (pair,) = suggested_pairs(await store.entry(SUGGESTED, "all"))
    await store.put_entry(apart_entry(pair.a, pair.b))
    await add(store, photo(30, vector(1, 30, 0.3)))
    again = People(store)
    await again.catch_up()
    await again.suggest()
    assert suggested_pairs(await store.entry(SUGGESTED, "all")) == []


async def test_names_of_the_file_come_to_the_face_that_is_there(store: SqliteStore) -> None:
    region = NamedRegion("Ana", (0.01, 0.18, 0.19, 0.52))
    alone = NamedRegion("Bob", (0.7, 0.1, 0.9, 0.4))
    (image,) = await add(store, photo(1, vector(1, 1), regions=(region, alone)))
    names = {person.name: person.id for person in await store.people()}
    (shown,) = await store.images([image], frozenset({"faces"}))
    assert shown is not None
    assert {face.person_id: bool(face.embedding) for face in shown.faces} == {names["Ana"]: True, names["Bob"]: False}
    assert {face.person_origin for face in shown.faces} == {Origin.METADATA}
    more = await add(store, photo(2, vector(1, 2)), photo(3, vector(1, 3)))
    await People(store).catch_up()
    assert await who(store, more) == [[names["Ana"]]] * 2, "the file's word teaches who it is"
    await add(store, photo(1, vector(1, 1), regions=()))
    assert await who(store, [image]) == [[None]], "the file says it no longer"


async def test_another_model_finds_people_anew_and_names_survive(store: SqliteStore) -> None:
    """The first model takes 1 and 2 for one person and knows 3; the second one tells 1 from 2 and is nobody's fool."""
    first = [photo(n, vector(n % 3 if n % 3 else 2, n)) for n in range(12)]
    images = await add(store, *first)
    people = People(store)
    await people.catch_up()
    before = [person for (person,) in await who(store, images)]
    ana, cluster = before[1], before[2]
    assert before == [cluster, ana, cluster] * 4
    await store.save_person(Person("Ana", ana))
    faces = [image.faces[0].id for image in await store.images(images) if image is not None]
    await store.assign_faces([faces[0]], (await store.save_person(Person("Bob"))).id, by_user=True)
    (bob,) = (await who(store, images))[0]

    other = {0: 20, 1: 21, 2: 22}
    for n in range(12):  # one picture after the other, as the import does it
        await add(store, photo(n, vector(other[n % 3], n), model="sface@2"))
        await people.catch_up()
    after = [person for (person,) in await who(store, images)]
    assert after == [bob, ana, cluster] * 4
    assert await People(store).catch_up() == 0
    assert {person.name for person in await store.people()} == {"Ana", "Bob", ""}


async def test_doubtful_faces_are_nobody(store: SqliteStore) -> None:
    images = await add(store, *(photo(n, vector(1, n), score=0.72) for n in range(3)))
    assert await People(store).catch_up() == 0
    assert await who(store, images) == [[None]] * 3


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5), st.floats(0.01, 1)), max_size=60),
    st.floats(-0.2, 0.99),
)
def test_rough_copies_find_what_exact_rows_do(puts: list[tuple[int, int, float]], least: float) -> None:
    keyed, exact = Keyed(128), dict[int, NDArray[np.float32]]()
    for key, who, length in puts:
        if key in exact and who == 5:
            keyed.drop(key)
            del exact[key]
        else:
            exact[key] = vector(who, key) * np.float32(length)
            keyed.put(key, exact[key])
    asked = vector(1, 99)
    found = dict(keyed.near(asked, least))
    for key, row in exact.items():
        cosine = float(row @ asked)
        assert abs(cosine - least) < 1e-5 or (key in found) == (cosine >= least)
    assert found == pytest.approx({key: float(exact[key] @ asked) for key in found}, abs=1e-5)
    assert list(found.values()) == sorted(found.values(), reverse=True)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 8)), max_size=40))
def test_groups_never_hold_two_faces_of_one_picture(faces: list[tuple[int, int]]) -> None:
    vectors = (
        np.stack([vector(who, n) for n, (who, _) in enumerate(faces)]) if faces else np.zeros((0, 128), np.float32)
    )
    images = np.array([image for _, image in faces], np.int64)
    of = grouped(vectors, images)
    for group in set(of.tolist()):
        inside = images[of == group]
        assert len(set(inside.tolist())) == len(inside)
    assert np.array_equal(of, grouped(vectors, images))
