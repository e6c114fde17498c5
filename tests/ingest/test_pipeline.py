"""Files into the real store: what a library knows after an import, a move, a copy, a change, a crash."""

# ruff: noqa: ASYNC240 (small files of the test itself)
from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import signal
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil

from inference.analysis import Analysis, Known
from ingest import pipeline as pipeline_module
from ingest.models import Models
from ingest.opening import Pixels
from ingest.pipeline import Pipeline
from ingest.probe import find_culprits
from ingest.scan import Rules, scan_folder
from ingest.thumbnails import damaged_hashes, have_thumbnails
from schema.errors import BadFile, PiGalleryError, StoreUnavailable
from schema.filter.nodes import Origin
from schema.graph import AssetFile, Image, Stage, StageState, TagEdge, TagKind
from schema.settings import Settings
from schema.sqlite import SqliteStore


@dataclass
class Home:
    settings: Settings
    store: SqliteStore
    pipeline: Pipeline
    photos: Path

    async def take_in(self) -> None:
        await scan_folder(self.store, self.photos, Rules())
        for _ in range(100):
            files = await self.store.pending_files(16)
            if not files:
                return
            await self.pipeline.run(files)
        raise AssertionError("files stay pending")

    async def library(self) -> dict[str, Image]:
        """By path inside the folder, of present files."""
        found: dict[str, Image] = {}
        async for batch in self.store.facts():
            for image in await self.store.images([int(i) for i in batch.id]):
                assert image is not None
                found |= {os.path.relpath(file.path, self.photos): image for file in image.files if file.present}
        return found


@pytest.fixture
async def home(tmp_path: Path, packages: Path, data: Path) -> AsyncIterator[Home]:
    settings = Settings(home=tmp_path / "home", packages=packages, models=(), threads=2)
    settings.data.parent.mkdir(parents=True)
    settings.data.symlink_to(data)
    photos = tmp_path / "photos"
    photos.mkdir()
    store = SqliteStore(settings.database)
    await store.open()
    line = Pipeline(settings, store)
    await line.open()
    yield Home(settings, store, line, photos)
    line.close()
    await store.close()


def photo(path: Path, seed: int, **options: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 255, (48, 64, 3), np.uint8)
    Pil.fromarray(noise).resize((320, 240)).save(path, **options)  # type: ignore[arg-type]


def stage(image: Image, which: Stage) -> StageState:
    return next(record.state for file in image.files for record in file.stages if record.stage is which)


async def test_a_photo_becomes_an_image(home: Home, samples: Path) -> None:
    (home.photos / "Croatia 2019").mkdir()
    shutil.copy(samples / "photos" / "Brijuni.jpg", home.photos / "Croatia 2019" / "Brijuni_sea.jpg")
    before = hashlib.sha256((home.photos / "Croatia 2019" / "Brijuni_sea.jpg").read_bytes()).digest()
    await home.take_in()
    (image,) = (await home.library()).values()
    assert (image.width, image.height, image.format, image.name) == (1800, 1200, "jpeg", "Brijuni_sea.jpg")
    assert image.place is not None and image.conditions[0] == "outdoors" and image.size_word == "medium"
    places = {place.key for place in await home.store.places()}
    assert {image.place, "country:HR", "continent:EU"} <= places
    assert image.phash is not None and image.media_version and image.thumbhash and len(image.palette) > 4
    assert have_thumbnails(home.settings.thumbnails, image.content_hash)
    words = {tag.tag for tag in image.tags if tag.kind is TagKind.WORD and tag.origin is Origin.RULE}
    assert {"croatia", "brijuni", "sea", "jpg", "2019", "samsung", "SM-G975U"} <= words
    assert stage(image, Stage.ANALYSIS) is StageState.SKIPPED
    assert hashlib.sha256((home.photos / "Croatia 2019" / "Brijuni_sea.jpg").read_bytes()).digest() == before


async def test_every_hard_case_is_imported_or_listed(home: Home, samples: Path) -> None:
    shutil.copytree(samples / "exif", home.photos / "exif")
    await home.take_in()
    imported = set(await home.library())
    failed = {os.path.relpath(file.path, home.photos): file.reason for file in await home.store.failed_files()}
    assert len(imported | set(failed)) == 48 and not imported & set(failed)
    assert all(reason.endswith(".") for reason in failed.values())
    assert len(imported) >= 47, failed


async def test_moves_and_copies_keep_what_people_did(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    photo(home.photos / "one.jpg", 1)
    photo(home.photos / "two.png", 2)
    await home.take_in()
    before = await home.library()
    await home.store.edit_images([before["one.jpg"].id], {"rating": 5, "add_tags": ["mine"]})

    monkeypatch.setattr(pipeline_module, "examine", _no_decode)
    (home.photos / "trip").mkdir()
    (home.photos / "one.jpg").rename(home.photos / "trip" / "moved.jpg")
    shutil.copy2(home.photos / "two.png", home.photos / "copy.png")
    os.utime(home.photos / "two.png")
    await home.take_in()
    after = await home.library()
    assert set(after) == {"trip/moved.jpg", "two.png", "copy.png"}
    moved = after["trip/moved.jpg"]
    assert (moved.id, moved.rating) == (before["one.jpg"].id, 5)
    assert {"mine", "trip", "moved"} <= {tag.tag for tag in moved.tags}
    assert "one" not in {tag.tag for tag in moved.tags if tag.origin is Origin.RULE}
    assert after["copy.png"].id == after["two.png"].id
    assert {"copy", "two"} <= {tag.tag for tag in after["two.png"].tags}


def _no_decode(*args: object, decode: bool, **kwargs: object) -> object:
    assert not decode, "these bytes were decoded before"
    from ingest.examine import examine

    return examine(*args, decode=decode, **kwargs)  # type: ignore[arg-type]


async def test_changed_bytes_are_looked_at_anew(home: Home) -> None:
    photo(home.photos / "a.jpg", 1)
    await home.take_in()
    (old,) = (await home.library()).values()
    photo(home.photos / "a.jpg", 2)
    await home.take_in()
    (new,) = (await home.library()).values()
    assert new.id == old.id and new.content_hash != old.content_hash and new.phash != old.phash


async def test_retries_and_lost_thumbnails(home: Home) -> None:
    photo(home.photos / "a.jpg", 1)
    (home.photos / "cut.jpg").write_bytes((home.photos / "a.jpg").read_bytes()[:3000])
    await home.take_in()
    (failed,) = await home.store.failed_files()
    assert failed.stage == Stage.PIXELS and failed.attempts == 1
    assert await home.store.retry() == 1
    await home.take_in()
    assert (await home.store.failed_files())[0].attempts == 2

    (image,) = (await home.library()).values()
    for path in home.settings.thumbnails.rglob("*-320.jpg"):
        path.write_bytes(b"")  # as after a power cut
    assert list(damaged_hashes(home.settings.thumbnails)) == [image.content_hash]
    assert not have_thumbnails(home.settings.thumbnails, image.content_hash)
    await home.store.retry(file_ids=[image.files[0].id], stage=Stage.PIXELS, failed_only=False)
    await home.take_in()
    assert have_thumbnails(home.settings.thumbnails, image.content_hash)


async def test_a_full_disk_loses_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    photo(home.photos / "a.jpg", 1)
    await scan_folder(home.store, home.photos, Rules())
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.suffix == ".tmp":
            raise OSError(28, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StoreUnavailable, match="No space left"):
        await home.pipeline.run(await home.store.pending_files(10))
    assert len(await home.store.pending_files(10)) == 1
    monkeypatch.undo()
    await home.take_in()
    assert len(await home.library()) == 1


async def test_a_file_that_kills_is_found_out_and_its_neighbours_are_imported(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What a dead process held is tried in a process of its own first."""
    for seed in range(3):
        photo(home.photos / f"{seed}.jpg", seed)
    await scan_folder(home.store, home.photos, Rules())
    files = await home.store.pending_files(10)
    # A child that dies of the second file, as a decoder with a bug would make it.
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, ingest.identify as room\n"
        "def identify(file, real=room.identify):\n"
        "    if file.path.endswith('1.jpg'): os.kill(os.getpid(), signal.SIGSEGV)\n"
        "    return real(file)\n"
        "room.identify = identify\n"
    )
    root = str(Path(pipeline_module.__file__).parents[1])
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{root}")
    found = await find_culprits(files, home.settings.max_pixels)
    assert list(found) == [files[1].id] and "SIGSEGV" in found[files[1].id]

    journal = home.settings.queue / "journal" / "999-dead.json"
    journal.write_text(str([file.id for file in files]))
    again = Pipeline(home.settings, home.store)
    await again.open()
    report = await again.run(files)
    assert (report.done, report.failed) == (3, 1)
    assert set(await home.library()) == {"0.jpg", "2.jpg"}
    assert not list((home.settings.queue / "suspects").iterdir())
    again.close()


async def test_a_decode_that_never_ends_is_given_up(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    photo(home.photos / "a.jpg", 1)
    await scan_folder(home.store, home.photos, Rules())
    stop = asyncio.Event()
    monkeypatch.setattr(pipeline_module, "PATIENCE_S", 0.2)
    monkeypatch.setattr(pipeline_module, "examine", lambda *a, **k: signal.sigtimedwait([], 1.0) or stop)
    await home.pipeline.run(await home.store.pending_files(10))
    (failed,) = await home.store.failed_files()
    assert "longer than" in failed.reason and home.pipeline.stuck == 1


async def test_files_gone_before_they_are_read(home: Home) -> None:
    photo(home.photos / "a.jpg", 1)
    await scan_folder(home.store, home.photos, Rules())
    (home.photos / "a.jpg").unlink()
    files: list[AssetFile] = await home.store.pending_files(10)
    await home.pipeline.run(files)
    (failed,) = await home.store.failed_files()
    assert failed.stage == Stage.IDENTIFY and "gone" in failed.reason


class SlowModels(Models):
    """Models that answer when they are let: everything around them is real."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.were_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.asked: list[int] = []

    @property
    def detail(self) -> str:
        return "seer@1"

    def skipped(self) -> None:
        return None

    async def analyze(
        self, pictures: Sequence[Pixels], known: Sequence[Known | None] = ()
    ) -> tuple[list[Analysis | PiGalleryError], float]:
        if not pictures:
            return [], 0.0
        async with self._lock:
            self.asked.append(len(pictures))
            self.were_asked.set()
            assert all(picture.ndim == 3 and max(picture.shape) <= 1440 for picture in pictures)
            await self.may_answer.wait()
            found = TagEdge("boat.n.01", TagKind.CONCEPT, 0.9, Origin.MODEL, "seer", "1")
            dark = [bool(picture.mean() < 5) for picture in pictures]
            return [BadFile("It is too dark to see anything.") if one else Analysis((found,)) for one in dark], 1.0


async def test_pictures_are_seen_before_the_models_are_done(home: Home) -> None:
    models = home.pipeline.models = SlowModels(home.settings)
    for seed in range(5):
        photo(home.photos / f"{seed}.jpg", seed)
    Pil.new("RGB", (40, 30)).save(home.photos / "9.png")
    await scan_folder(home.store, home.photos, Rules())
    files = await home.store.pending_files(10)
    first = asyncio.create_task(home.pipeline.run(files[:2]))
    await asyncio.wait_for(models.were_asked.wait(), 20)
    assert set(await home.library()) == {"0.jpg", "1.jpg"}
    second = await home.pipeline.run(files[2:])  # the models are busy: not waited for
    assert second.done == 0 and set(await home.library()) == {"0.jpg", "1.jpg", "2.jpg", "3.jpg", "4.jpg", "9.png"}
    models.may_answer.set()
    assert (await first).done == 2
    left = await home.store.pending_files(10)
    assert [pipeline_module.pending_stages(file) for file in left] == [{Stage.ANALYSIS}] * 4
    report = await home.pipeline.run(left)
    assert (report.done, report.failed, models.asked) == (4, 1, [2, 4])
    images = await home.library()
    assert {tag.tag for tag in images["3.jpg"].tags} >= {"boat.n.01", "jpg"} and images["3.jpg"].width == 320
    assert stage(images["9.png"], Stage.ANALYSIS) is StageState.FAILED
    assert [(f.reason, f.attempts) for f in await home.store.failed_files()] == [("It is too dark to see anything.", 1)]

    shutil.copy(home.photos / "3.jpg", home.photos / "copy.jpg")
    await home.take_in()
    assert models.asked == [2, 4], "the models have seen these bytes"
    assert stage(images["3.jpg"], Stage.ANALYSIS) is StageState.DONE
    await home.store.retry(file_ids=[images["3.jpg"].files[0].id], stage=Stage.ANALYSIS, failed_only=False)
    await home.take_in()
    assert models.asked == [2, 4, 1], "but a person may ask again"
    for path in home.settings.thumbnails.rglob("*-1440.jpg"):
        path.write_bytes(b"not a picture")
    await home.store.retry(stage=Stage.ANALYSIS, failed_only=False)
    await home.take_in()
    assert len(await home.store.failed_files()) == 1, "thumbnails were made anew"
