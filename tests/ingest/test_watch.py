"""Files that come, go, move and change while they are imported: in the end the library is as the folder is."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from pathlib import Path

import pytest
from blake3 import blake3

from ingest.metadata import Metadata
from ingest.rule_tags import rule_tags
from schema.filter.nodes import Origin
from schema.graph import TagKind
from schema.settings import Settings
from schema.sqlite import SqliteStore
from schema.store import FileStamp
from tests.ingest.working import photo, until, working

LONG = bool(os.environ.get("PIGALLERY_LONG"))
PATIENCE_S = 30.0


class Folder:
    """A folder in which a person does this and that."""

    def __init__(self, path: Path, seed: int) -> None:
        path.mkdir()
        self.path = path
        self._random = random.Random(seed)
        self._pictures = [photo(number) for number in range(40)]

    def files(self) -> list[Path]:
        return sorted(path for path in self.path.rglob("*.jpg") if path.is_file())

    def change(self) -> None:
        files, choice = self.files(), self._random.random()
        if len(files) < 10 or choice < 0.3:
            self._new_path().write_bytes(self._random.choice(self._pictures))
        elif choice < 0.55:
            self._random.choice(files).rename(self._new_path())
        elif choice < 0.65:
            shutil.copy2(self._random.choice(files), self._new_path())
        elif choice < 0.8:
            self._random.choice(files).unlink()
        elif choice < 0.9:
            beside = self.path / ".unfinished"
            beside.write_bytes(self._random.choice(self._pictures))
            beside.rename(self._random.choice(files))
        elif folders := sorted(path for path in self.path.iterdir() if path.is_dir()):
            self._random.choice(folders).rename(self.path / f"moved {self._random.randrange(10_000)}")

    def pause(self) -> float:
        return self._random.choice([0, 0, 0.01, 0.03, 0.1, 0.5])

    def _new_path(self) -> Path:
        folder = self.path / self._random.choice(["", "", "sea", "sea/north", "hills", f"new {self._number()}"])
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{self._random.choice(['cat', 'dog', 'house', 'tree'])} {self._number()}.jpg"

    def _number(self) -> str:
        return f"{self._random.randrange(300):03}"


def as_it_is(folder: Folder) -> dict[str, str]:
    """Path -> hash."""
    return {str(path): blake3(path.read_bytes()).hexdigest() for path in folder.files()}


async def present(store: SqliteStore, folder: Folder) -> list[FileStamp]:
    return [stamp async for stamps in store.known_files(str(folder.path)) for stamp in stamps if stamp.present]


async def as_known(store: SqliteStore, folder: Folder) -> dict[str, str]:
    return {stamp.path: stamp.content_hash for stamp in await present(store, folder)}


async def misdescribed(store: SqliteStore, folder: Folder) -> list[str]:
    """Images whose name or words are not those of the files that are there."""
    wrong: list[str] = []
    ids = {stamp.image_id for stamp in await present(store, folder)}
    for image in await store.images(sorted(key for key in ids if key is not None)):
        assert image is not None
        there = [file for file in image.files if file.present]
        words = {tag.tag for tag in image.tags if tag.kind is TagKind.WORD and tag.origin is Origin.RULE}
        right = {tag.tag for tag in rule_tags(there, Metadata())}
        if words != right or image.name not in {Path(file.path).name for file in there}:
            wrong.append(f"{image.name}: {sorted(words ^ right)}, {[file.path for file in there]}")
    return wrong


@pytest.mark.parametrize("seed", range(200 if LONG else 2))
async def test_in_the_end_the_library_is_as_the_folder_is(
    settings: Settings, store: SqliteStore, tmp_path: Path, seed: int
) -> None:
    folder = Folder(tmp_path / "photos", seed)
    for _ in range(20):
        folder.change()

    async def agrees() -> bool:
        if await store.pending_files(1) or await as_known(store, folder) != as_it_is(folder):
            return False
        return not await misdescribed(store, folder)

    async with working(settings.model_copy(update={"folders": (folder.path,)}), store):
        for _ in range(60):
            await asyncio.to_thread(folder.change)
            await asyncio.sleep(folder.pause())
        try:
            await until(agrees, PATIENCE_S)
        except AssertionError:
            assert await as_known(store, folder) == as_it_is(folder)
            assert await misdescribed(store, folder) == []
            raise
