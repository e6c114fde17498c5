"""Duplicates, with the real pipeline, store and thumbnails: what is the same picture, what was taken in one go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pil
from PIL import ImageEnhance

from ingest.duplicates import Duplicates
from ingest.duplicates_hashes import NEAR_BITS, NearHashes
from ingest.pipeline import Pipeline
from ingest.scan import Rules, scan_folder
from schema.duplicates import kept_entries
from schema.settings import Settings
from schema.sqlite import SqliteStore


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    (tmp_path / "home").mkdir()
    opened = SqliteStore(tmp_path / "home" / "library.sqlite")
    await opened.open()
    yield opened
    await opened.close()


def scene(seed: int, width: int = 600, height: int = 400) -> Pil.Image:
    """Blotches of every size, as photos have them."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for octave in range(1, 7):
        grain = rng.uniform(0, 255, (2**octave + 1, 2**octave + 2, 3)).astype(np.uint8)
        total += np.asarray(Pil.fromarray(grain).resize((width, height), Pil.Resampling.BICUBIC)) / octave
    total -= total.min()
    return Pil.fromarray((total * (255 / total.max())).astype(np.uint8))


def save(path: Path, picture: Pil.Image, taken: str = "", quality: int = 90) -> None:
    exif = Pil.Exif()
    if taken:
        exif[0x010F], exif[0x0110] = "Maker", "Camera"
        exif.get_ifd(0x8769)[0x9003] = taken
    picture.save(path, "JPEG", quality=quality, exif=exif)


async def imported(store: SqliteStore, home: Path, folder: Path) -> dict[str, int]:
    """File name -> image id, once everything is read in; without models."""
    pipeline = Pipeline(Settings(home=home, models=(), threads=2), store)
    await pipeline.open()
    await scan_folder(store, folder, Rules())
    while files := await store.pending_files(16):
        await pipeline.run(files)
    pipeline.close()
    found: dict[str, int] = {}
    async for rows in store.look_rows():
        for image in await store.images(rows.id.tolist(), frozenset({"files"})):
            assert image is not None
            found |= {Path(file.path).name: image.id for file in image.files}
    return found


async def groups(store: SqliteStore) -> tuple[dict[int, int], dict[int, int]]:
    """Image -> whom its group of same pictures, and its burst, is named by."""
    same: dict[int, int] = {}
    bursts: dict[int, int] = {}
    async for rows in store.look_rows():
        same |= {n: to for n, to in zip(rows.id.tolist(), rows.duplicate_of.tolist(), strict=True) if to >= 0}
        bursts |= {n: to for n, to in zip(rows.id.tolist(), rows.burst_of.tolist(), strict=True) if to >= 0}
    return same, bursts


async def test_copies_and_bursts_are_found_and_decisions_are_kept(store: SqliteStore, tmp_path: Path) -> None:
    folder, home = tmp_path / "photos", tmp_path / "home"
    folder.mkdir()
    whole = scene(1)
    save(folder / "whole.jpg", whole, "2020:01:01 10:00:00")
    save(folder / "small.jpg", whole.resize((300, 200)), quality=60)
    save(folder / "light.jpg", ImageEnhance.Brightness(whole).enhance(1.2))
    save(folder / "other.jpg", scene(2), "2020:01:01 10:00:01")
    shots = scene(3, 640, 440)
    for second in range(3):
        shot = shots.crop((6 * second, 4 * second, 600 + 6 * second, 400 + 4 * second))
        save(folder / f"shot {second}.jpg", shot, f"2020:05:05 12:00:0{second}")
    ids = await imported(store, home, folder)
    duplicates = Duplicates(store, home / "thumbnails")
    assert await duplicates.catch_up() > 0
    same, bursts = await groups(store)
    assert same == {ids["small.jpg"]: ids["whole.jpg"], ids["light.jpg"]: ids["whole.jpg"]}, "named by the best"
    assert len(bursts) == 2 and {*bursts, *bursts.values()} == {ids[f"shot {n}.jpg"] for n in range(3)}
    facts = await anext(aiter(store.facts()))
    told = dict(zip(facts.id.tolist(), facts.duplicates, strict=True))
    assert told[ids["whole.jpg"]] == ("SAME_PICTURE",) and told[ids["shot 0.jpg"]] == ("BURST",)
    assert told[ids["other.jpg"]] == ()
    assert await duplicates.catch_up() == 0
    assert await Duplicates(store, home / "thumbnails").catch_up() == 0, "what was found is found again by nobody"

    for entry in kept_entries([ids["whole.jpg"], ids["small.jpg"], ids["light.jpg"]]):
        await store.put_entry(entry)
    await store.edit_images(list(ids.values()), {"rating": 3})
    await duplicates.catch_up()
    assert (await groups(store))[0] == {}, "kept, for ever"
    await store.edit_images([ids["shot 1.jpg"]], {"trashed": True})
    await duplicates.catch_up()
    bursts = (await groups(store))[1]
    assert {*bursts, *bursts.values()} == {ids["shot 0.jpg"], ids["shot 2.jpg"]}, "what is in the trash is no duplicate"


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), max_size=30), st.lists(st.sets(st.integers(0, 63), max_size=9), max_size=30))
def test_near_hashes_are_those_within_eight_bits(values: list[int], flips: list[set[int]]) -> None:
    near = [value ^ sum(1 << bit for bit in bits) for value, bits in zip(values, flips, strict=False)]
    hashes = NearHashes()
    for key, value in enumerate([*values, *near]):
        hashes.put(key, value)
    hashes._build()
    every = dict(enumerate([*values, *near]))
    for key, value in every.items():
        expected = [other for other, at in every.items() if other != key and (at ^ value).bit_count() <= NEAR_BITS]
        assert hashes.near(key) == expected


def test_pictures_of_one_color_are_nothing_like_each_other() -> None:
    from ingest.duplicates_pixels import same_picture

    plain = np.full((200, 300), 128, np.uint8)
    assert not same_picture(plain, np.full((200, 300), 40, np.uint8))
    out = BytesIO()
    scene(4).convert("L").save(out, "JPEG", quality=30)
    again = np.asarray(Pil.open(BytesIO(out.getvalue())))
    assert same_picture(np.asarray(scene(4).convert("L")), again)
    assert not same_picture(np.asarray(scene(4).convert("L")), np.asarray(scene(5).convert("L")))
