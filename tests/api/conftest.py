"""A small real library behind the real server: SQLite store, read index, thumbnails and originals on disk."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from blake3 import blake3
from PIL import Image as Picture

from api.app import create_app
from api.opening import opened
from api.ports import addresses, listen
from api.sockets import Sockets
from schema.filter.nodes import Emotion, Gender
from schema.graph import (
    AssetFile,
    Face,
    Image,
    PaletteColor,
    Place,
    PlaceLevel,
    Stage,
    StageRecord,
    StageState,
    TagEdge,
    TagKind,
)
from schema.media import LARGE, SMALL, media_version, thumbnail_path
from schema.settings import Settings
from schema.store import Imported
from schema.stores import open_store

PHOTOS = 30

PLACES = (
    Place("continent:EU", PlaceLevel.CONTINENT, "Europe", None, 50, 10),
    Place("country:HR", PlaceLevel.COUNTRY, "Croatia", "continent:EU", 45, 16, "HR"),
    Place("region:HR.03", PlaceLevel.REGION, "Dubrovačko-Neretvanska", "country:HR", 42.7, 18, "HR"),
    Place("geo:3201047", PlaceLevel.CITY, "Dubrovnik", "region:HR.03", 42.64, 18.1, "HR", 28_000),
)
DONE = tuple(StageRecord(stage, StageState.DONE, detail="1") for stage in Stage)


def photo_bytes(number: int, width: int = 60, height: int = 40) -> bytes:
    out = BytesIO()
    Picture.new("RGB", (width, height), (number * 8 % 256, 90, 160)).save(out, "JPEG")
    return out.getvalue()


def imported(number: int, folder: Path, thumbnails: Path) -> Imported:
    """Photo 0 has no thumbnail yet, 5 is upright by its orientation, 7 undated, every third in Croatia."""
    path = folder / f"photo {number:02}.jpg"
    path.write_bytes(photo_bytes(number))
    digest = blake3(path.read_bytes()).hexdigest()
    for size in (SMALL, LARGE) if number else ():
        thumbnail = thumbnail_path(thumbnails, digest, size)
        thumbnail.parent.mkdir(parents=True, exist_ok=True)
        thumbnail.write_bytes(photo_bytes(number, size // 10, size // 15))
    tags = [
        TagEdge("gown.n.01" if number % 2 else "convertible.n.01", TagKind.CONCEPT, 0.9, boxes=((0.1, 0.2, 0.5, 0.9),))
    ]
    if number == 4:
        tags.append(TagEdge("holiday", TagKind.KEYWORD))
    here = number % 3 == 0
    image = Image(
        content_hash=digest,
        name=path.name,
        format="jpeg",
        file_size=path.stat().st_size,
        width=60,
        height=40,
        orientation=6 if number == 5 else 1,
        taken=None if number == 7 else datetime(2019, 1 + number % 12, 3, 10, number),
        taken_source="exif.DateTimeOriginal",
        make="Sony",
        model=f"Camera {number % 2}",
        lat=42.64 if here else None,
        lon=18.1 if here else None,
        place="geo:3201047" if here else None,
        conditions=("bright", "outdoors"),
        size_word="small",
        palette=(PaletteColor("#0a5aa0", 1.0),),
        thumbhash=b"\x01\x02\x03" if number else b"",
        media_version=media_version(digest) if number else 0,
        metadata={"Exif.Photo.UserComment": "x"},
        tags=tuple(tags),
        faces=(Face((0.4, 0.1, 0.6, 0.4), 0.9, age=25, gender=Gender.FEMALE, emotion=Emotion.HAPPY),)
        if number == 1
        else (),
    )
    stat = path.stat()
    file = AssetFile(str(path), str(folder), stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_dev, digest)
    return Imported(file, image, DONE, places=PLACES if here else ())


async def fill(settings: Settings, folder: Path) -> None:
    store = open_store(settings)
    await store.open()
    batch = [imported(number, folder, settings.thumbnails) for number in range(PHOTOS)]
    await store.discover([one.file for one in batch])
    await store.write_imported(batch)
    bad = AssetFile(str(folder / "broken \udcff.jpg"), str(folder), 3, 1, 999_999, 1)
    await store.discover([bad])
    reason = "This file is cut off; copy it again from its source."
    await store.write_imported([Imported(bad, None, (StageRecord(Stage.IDENTIFY, StageState.FAILED, reason),))])
    await store.close()


@dataclass
class Gallery:
    """A server running in a thread of its own."""

    address: str
    settings: Settings
    folder: Path
    client: httpx.Client
    run: Callable[[Any], Any]
    """Await something inside the server's loop."""
    library: Any = None

    def post(self, query: str, **variables: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.post("/graphql", json={"query": query, "variables": variables}).json()
        return answer

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = self.post(query, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def refused(self, query: str, **variables: Any) -> dict[str, Any]:
        error: dict[str, Any] = self.post(query, **variables)["errors"][0]
        return error


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory, data: Path, packages: Path) -> Iterator[Gallery]:
    """One library for all tests of this room; tests that write put back what they changed."""
    with served(tmp_path_factory.mktemp("gallery"), data, packages) as running:
        yield running


@contextmanager
def served(base: Path, data: Path, packages: Path, **more: Any) -> Iterator[Gallery]:
    """A gallery of its own below `base`; `more` settings."""
    home = base / "home"
    home.mkdir()
    (home / "data").symlink_to(data)
    (base / "photos").mkdir()
    settings = Settings(home=home, port=0, packages=packages, folders=(base / "photos",), **more)
    ready, over = threading.Event(), asyncio.Event()
    found: list[Gallery] = []
    failures: list[BaseException] = []

    async def serve() -> None:
        await fill(settings, base / "photos")
        listener = listen("127.0.0.1", 0)
        loop = asyncio.get_running_loop()
        async with opened(settings) as library:
            app = create_app(settings, library, None)
            server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws=Sockets, ws_max_size=2_000_000))
            task = asyncio.create_task(server.serve(sockets=[listener]))
            while not server.started:
                await asyncio.sleep(0.01)
                if task.done():
                    task.result()
            address = addresses(listener)[0]

            def run(awaitable: Any) -> Any:
                return asyncio.run_coroutine_threadsafe(awaitable, loop).result(30)

            client = httpx.Client(base_url=address, timeout=30)
            found.append(Gallery(address, settings, base / "photos", client, run, library))
            ready.set()
            await over.wait()
            server.should_exit = True
            await task

    loop = asyncio.new_event_loop()

    def thread() -> None:
        try:
            loop.run_until_complete(serve())
        except BaseException as error:
            failures.append(error)
        finally:
            ready.set()

    runner = threading.Thread(target=thread, daemon=True)
    runner.start()
    assert ready.wait(120)
    if failures:
        raise failures[0]
    yield found[0]
    found[0].client.close()
    loop.call_soon_threadsafe(over.set)
    runner.join(20)
