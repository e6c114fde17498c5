"""A library's life through its own command: import, ask, kill -9 in the middle, resume, stop."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

PIGALLERY = Path(sys.executable).with_name("pigallery")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_photos(folder: Path, count: int, seed: int = 1) -> None:
    """Small pictures, each different, so that no two are the same image."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        coarse = rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)
        exif = Image.Exif()
        exif[0x0110] = f"Camera {number % 3}"
        exif.get_ifd(0x8769)[0x9003] = f"2019:{1 + number % 12:02d}:03 10:00:00"
        Image.fromarray(coarse).resize((400, 300)).save(folder / f"photo {number:05}.jpg", exif=exif, quality=80)


class Gallery:
    """One running `pigallery serve` on a home of its own."""

    def __init__(self, home: Path, *folders: Path) -> None:
        self.home, self.folders, self.port = home, folders, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = os.environ | {"PIGALLERY_HOME": str(self.home), "PIGALLERY_MODELS": "none"}
        self.process = subprocess.Popen(
            [PIGALLERY, "serve", "--port", str(self.port), *map(str, self.folders)],
            env=environment,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.until(lambda: httpx.get(f"{self.address}/healthz").is_success, "the gallery answers")

    def until(self, true: Callable[[], bool], what: str, timeout_s: float = 90) -> None:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            assert self.process is not None and self.process.poll() is None, "the gallery stopped by itself"
            try:
                if true():
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"it took too long until {what}")

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = httpx.post(f"{self.address}/graphql", json={"query": query, "variables": variables}, timeout=30).json()
        assert "errors" not in answer, json.dumps(answer["errors"], indent=1)
        data: dict[str, Any] = answer["data"]
        return data

    def total(self) -> int:
        return int(self.ask("{ images(first: 1) { totalCount } }")["images"]["totalCount"])

    def kill(self) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(60)


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    running = Gallery(tmp_path / "home", tmp_path / "photos")
    yield running
    if running.process is not None and running.process.poll() is None:
        running.kill()


def test_a_killed_import_resumes_with_nothing_lost_or_doubled(gallery: Gallery) -> None:
    count = 600
    make_photos(gallery.folders[0], count)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in gallery.folders[0].iterdir()}
    random.seed(7)
    for _ in range(3):
        gallery.start()
        seen = gallery.total()
        gallery.until(lambda seen=seen: gallery.total() > min(seen + 20, count - 1), "the import goes on")
        time.sleep(random.random() / 2)
        gallery.kill()
    gallery.start()
    gallery.until(
        lambda: gallery.total() == count and not gallery.ask("{ingest{running}}")["ingest"]["running"], "done"
    )

    paths: list[str] = []
    after: str | None = None
    while True:
        page = gallery.ask(
            "query($a:String){images(first:200,after:$a){nodes{files{path}}pageInfo{hasNextPage endCursor}}}", a=after
        )["images"]
        paths += [file["path"] for node in page["nodes"] for file in node["files"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert sorted(paths) == sorted(map(str, before)), "every file once"
    assert gallery.ask("{ingest{failed}}")["ingest"]["failed"] == 0
    assert gallery.stop() == 0
    assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in gallery.folders[0].iterdir()}


def test_new_changed_moved_and_vanished_files_are_noticed(gallery: Gallery) -> None:
    folder = gallery.folders[0]
    make_photos(folder, 12)
    gallery.start()
    gallery.until(lambda: gallery.total() == 12, "twelve are there")
    edit = "mutation($f:ImageFilter!){editImages(filter:$f,edit:{rating:5}){count}}"
    assert gallery.ask(edit, f={"path": {"name": ["photo 00003"]}})["editImages"]["count"] == 1

    make_photos(folder / "more", 3, seed=2)
    (folder / "photo 00003.jpg").rename(folder / "more" / "renamed.jpg")
    (folder / "photo 00004.jpg").unlink()
    rated = "{images(filter:{rating:{min:5}}){nodes{name}}}"
    gallery.until(lambda: gallery.ask(rated)["images"]["nodes"] == [{"name": "renamed.jpg"}], "the rating moved along")
    offline = "{images(filter:{offline:true}){totalCount}}"
    gallery.until(lambda: gallery.ask(offline)["images"]["totalCount"] == 1, "the vanished one is offline, not gone")
    gallery.until(lambda: gallery.total() == 15, "the new ones are there")
    assert gallery.stop(signal.SIGTERM) == 0
