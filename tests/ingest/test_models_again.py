"""Other models, other versions: only what is new runs again, and what a person said outlives every run."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from onnx import helper
from PIL import Image as Pil

from inference import runtime
from inference.digest import file_digest
from inference.fetch import ModelState, fetch
from ingest.pipeline import Pipeline
from ingest.scan import Rules, scan_folder
from schema.filter.nodes import Origin
from schema.graph import Image, Stage, StageState
from schema.settings import Settings
from schema.sqlite import SqliteStore
from tests.inference.small_models import SIDE, card, mean_model, number, plain

LABELS = "index\tsynset\tlabel\n0\tdog.n.01\tdog\n1\tcat.n.01\tcat\n"
CLASSES = """
name = "classes"
task = "classify"
title = "Bright is a dog, dark is a cat"
release = "{release}"
licence = "MIT"
labels = "classes.tsv"
[source]
file = "{file}"
[[source.files]]
path = "classes.onnx"
sha256 = "{sha256}"
[input]
width = {side}
height = {side}
[decoder]
kind = "classes"
min_depth = 20
"""


class House:
    """A library whose two models are cards that can be exchanged."""

    def __init__(self, folder: Path, packages: Path, data: Path) -> None:
        self.photos, self.folder = folder / "photos", folder
        self.photos.mkdir()
        self.settings = Settings(home=folder / "home", packages=packages, models=("classes", "nsfw"), threads=1)
        self.settings.data.parent.mkdir(parents=True)
        self.settings.data.symlink_to(data)
        self.store = SqliteStore(self.settings.database)
        self.pipeline = Pipeline(self.settings, self.store)

    def classes(self, release: str) -> None:
        model = mean_model(
            self.folder / "classes.onnx",
            number("slopes", 0.1, -0.1, shape=(1, 2)),
            number("middle", -10.0, 10.0, shape=(1, 2)),
            helper.make_node("MatMul", ["mean", "slopes"], ["sloped"]),
            helper.make_node("Add", ["sloped", "middle"], ["scores"]),
        )
        cards = self.settings.home / "models.d"
        cards.mkdir(parents=True, exist_ok=True)
        (cards / "classes.tsv").write_text(LABELS, "utf-8")
        told = CLASSES.format(release=release, file=model, sha256=file_digest(model), side=SIDE)
        (cards / "classes.toml").write_text(told, "utf-8")

    def nsfw(self, unsafe: int) -> None:
        card(self.settings, "nsfw", plain(self.folder / "nsfw.onnx"))
        place = self.settings.home / "models.d" / "nsfw.toml"
        place.write_text(place.read_text("utf-8").replace("unsafe = [1]", f"unsafe = [{unsafe}]"), "utf-8")

    async def take_in(self) -> Image:
        """Scan, work until nothing is pending; the one image there is."""
        assert all(model.state is ModelState.READY for model in fetch(self.settings))
        await scan_folder(self.store, self.photos, Rules())
        while files := await self.store.pending_files(16):
            await self.pipeline.run(files)
        (image,) = await self.store.images([1])
        assert image is not None
        return image


@pytest.fixture
async def house(tmp_path: Path, packages: Path, data: Path) -> AsyncIterator[House]:
    house = House(tmp_path, packages, data)
    await house.store.open()
    await house.pipeline.open()
    yield house
    house.pipeline.close()
    await house.store.close()


def told(image: Image) -> tuple[str, datetime | None, str]:
    """The one class, when it was told and by which version."""
    (edge,) = [edge for edge in image.tags if edge.origin is Origin.MODEL]
    return edge.tag, edge.made, edge.version


async def test_a_new_version_runs_only_its_task(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.classes("1")
    house.nsfw(1)
    Pil.new("RGB", (40, 30), (230, 230, 230)).save(house.photos / "a.png")
    first = await house.take_in()
    tag, made, version = told(first)
    assert tag == "dog.n.01" and made is not None and first.nsfw == pytest.approx(25 / 255, abs=0.01)

    house.nsfw(0)
    await house.pipeline.models.open()
    assert house.pipeline.models.outdated(
        str(next(r.detail for r in first.files[0].stages if r.stage is Stage.ANALYSIS))
    )
    await house.store.retry(stage=Stage.ANALYSIS, failed_only=False)
    second = await house.take_in()
    assert second.nsfw == pytest.approx(230 / 255, abs=0.01), "the new version was asked"
    assert told(second) == (tag, made, version), "the other model was not"

    monkeypatch.setattr("ingest.models.IDLE_S", 0.0)
    await house.pipeline.models.rest()
    assert not runtime._sessions and house.pipeline.models.skipped() is None, "their memory is given back"

    house.classes("2")
    await house.store.retry(stage=Stage.ANALYSIS, failed_only=False)
    third = await house.take_in()
    assert told(third)[0] == tag and told(third)[1:] > (made, version) and third.nsfw == second.nsfw
    (record,) = [record for record in third.files[0].stages if record.stage is Stage.ANALYSIS]
    assert record.state is StageState.DONE and record.detail == house.pipeline.models.detail


async def test_what_a_person_took_away_stays_away(house: House) -> None:
    house.classes("1")
    house.nsfw(1)
    Pil.new("RGB", (40, 30), (20, 20, 20)).save(house.photos / "a.png")
    image = await house.take_in()
    assert told(image)[0] == "cat.n.01"
    await house.store.edit_images([image.id], {"remove_tags": ["cat.n.01"], "add_tags": ["our ghost"]})
    house.classes("2")
    for _ in range(2):  # by a new version, and by a person's wish for everything
        await house.store.retry(stage=Stage.ANALYSIS, failed_only=False)
        again = await house.take_in()
        assert not [edge for edge in again.tags if edge.tag == "cat.n.01"]
        assert [edge.tag for edge in again.tags if edge.origin is Origin.USER] == ["our ghost"]


async def test_the_same_bytes_keep_what_models_saw(house: House) -> None:
    house.classes("1")
    house.nsfw(1)
    photo = house.photos / "a.png"
    Pil.new("RGB", (40, 30), (230, 230, 230)).save(photo)
    first = await house.take_in()
    os.utime(photo)
    touched = await house.take_in()
    shutil.copy2(photo, house.photos / "copy.png")
    copied = await house.take_in()
    photo.rename(house.photos / "moved.png")
    moved = await house.take_in()
    for after in (touched, copied, moved):
        assert (told(after), after.nsfw) == (told(first), first.nsfw), "kept, and not looked at again"


async def test_models_that_come_later_are_taken_up(house: House) -> None:
    Pil.new("RGB", (40, 30), (230, 230, 230)).save(house.photos / "a.png")
    await scan_folder(house.store, house.photos, Rules())
    await house.pipeline.run(await house.store.pending_files(16))
    (image,) = await house.store.images([1])
    assert image is not None and image.nsfw is None
    (record,) = [record for record in image.files[0].stages if record.stage is Stage.ANALYSIS]
    assert record.state is StageState.SKIPPED and "no model card named" in record.reason
    house.classes("1")
    house.nsfw(1)
    fetch(house.settings)
    await house.pipeline.models.open()
    assert house.pipeline.models.outdated(record.detail), "so the worker asks for the analysis again"
    await house.store.retry(stage=Stage.ANALYSIS, failed_only=False)
    assert told(await house.take_in())[0] == "dog.n.01"
