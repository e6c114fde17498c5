"""A real gallery on real photos, in a real browser."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api")

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT.parent / "shared" / "samples" / "photos"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


class Gallery:
    """Where the running program answers."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder

    def ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            told = json.load(answer)
        assert "errors" not in told, told["errors"]
        return told["data"]


def photos(into: Path) -> Path:
    """The sample photos, else a few that scikit-image ships."""
    if SAMPLES.is_dir():
        shutil.copytree(SAMPLES, into)
        return into
    skimage = pytest.importorskip("skimage")
    into.mkdir()
    for file in (Path(skimage.__file__).parent / "data").iterdir():
        if file.suffix in {".jpg", ".png"} and file.stat().st_size > 20_000:
            shutil.copy(file, into)
    return into


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Iterator[Gallery]:
    """`pigallery serve` on its own home, once all photos are read in."""
    folder, home = photos(tmp_path_factory.mktemp("pictures") / "photos"), tmp_path_factory.mktemp("home")
    (home / "data").symlink_to(data)
    with serving(home, folder, "--models", "none") as running:
        yield running


@contextmanager
def serving(home: Path, folder: Path, *more: str) -> Iterator[Gallery]:
    """`pigallery serve` over a folder, once all that is in it was read in."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "api.cli", "serve", str(folder)]
    program = Path(sys.executable).parent / "pigallery"
    if program.is_file():
        command = [str(program), "serve", str(folder)]
    log = (home / "told.txt").open("wb")
    process = subprocess.Popen(
        [*command, "--home", str(home), "--port", str(port), *more], cwd=ROOT, stdout=log, stderr=log
    )
    running = Gallery(f"http://127.0.0.1:{port}", folder)
    try:
        _wait(running, process, len(list(folder.iterdir())), home / "told.txt")
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        log.close()


def _wait(gallery: Gallery, process: subprocess.Popen[bytes], count: int, told: Path) -> None:
    until = time.monotonic() + 240
    while time.monotonic() < until:
        assert process.poll() is None, told.read_text()
        try:
            status = gallery.ask("{ timeline { total } ingest { running } }")
        except OSError:
            time.sleep(0.3)
            continue
        if status["timeline"]["total"] >= count * 0.9 and not status["ingest"]["running"]:
            return
        time.sleep(0.5)
    pytest.fail(f"the photos were not read in within 240 s: {told.read_text()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    program = os.environ.get("PIGALLERY_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with playwright.sync_playwright() as engine:
        try:
            browser = engine.chromium.launch(executable_path=program, args=["--no-sandbox"])
        except playwright.Error as missing:
            pytest.skip(f"no browser to try the pages in: {missing}")
        yield browser
        browser.close()


@pytest.fixture
def wrongs() -> list[str]:
    """What a page complained of; a test that provokes complaints clears it."""
    return []


def complaints(page: Any, wrongs: list[str]) -> None:
    """Notes what the page complains of."""
    page.on("pageerror", lambda error: wrongs.append(str(error)))
    page.on("console", lambda message: wrongs.append(message.text) if message.type == "error" else None)


def _page(browser: Any, gallery: Gallery, wrongs: list[str], **options: Any) -> Iterator[Any]:
    context = browser.new_context(base_url=gallery.url, **options)
    axe = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if axe.is_file():
        context.add_init_script(path=axe)
    page = context.new_page()
    page.set_default_timeout(15_000)
    complaints(page, wrongs)
    yield page
    context.close()
    assert not wrongs


@pytest.fixture
def page(browser: Any, gallery: Gallery, wrongs: list[str]) -> Iterator[Any]:
    """A desktop window."""
    yield from _page(browser, gallery, wrongs, viewport=DESKTOP, reduced_motion="reduce")


@pytest.fixture
def phone(browser: Any, gallery: Gallery, wrongs: list[str]) -> Iterator[Any]:
    yield from _page(
        browser,
        gallery,
        wrongs,
        viewport=PHONE,
        device_scale_factor=2,
        has_touch=True,
        is_mobile=True,
        color_scheme="dark",
        reduced_motion="reduce",
    )
