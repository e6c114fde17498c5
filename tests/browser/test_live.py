"""The live camera page, in front of a camera that plays a photo."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, SAMPLES, Gallery, complaints, serving

WEIGHTS = Path(os.environ.get("PIGALLERY_TEST_HOME") or "none") / "models"
Camera = Callable[..., Any]
SLOW = 40_000
"""Milliseconds: models on a busy machine."""


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Iterator[Gallery]:
    """A gallery with models, and no photos to read in."""
    if not WEIGHTS.is_dir() or not SAMPLES.is_dir():
        pytest.skip("no model weights or no photos")
    home = tmp_path_factory.mktemp("home")
    (home / "models").symlink_to(WEIGHTS)
    (home / "data").symlink_to(data)
    with serving(home, tmp_path_factory.mktemp("none")) as running:
        yield running


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A motion JPEG of one photo with a face."""
    picture = cv2.imread(str(sorted(SAMPLES.glob("Me (*"))[0]))
    scale = min(640 / picture.shape[1], 480 / picture.shape[0])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    frame = np.zeros((480, 640, 3), np.uint8)
    top, left = (480 - small.shape[0]) // 2, (640 - small.shape[1]) // 2
    frame[top : top + small.shape[0], left : left + small.shape[1]] = small
    packed = cv2.imencode(".jpg", frame)[1].tobytes()
    path = tmp_path_factory.mktemp("film") / "face.mjpeg"
    path.write_bytes(packed * 30)
    return path


@pytest.fixture
def camera(browser: Any, watched: Gallery, film: Path, wrongs: list[str]) -> Iterator[Camera]:
    """A page of a browser whose camera plays the film; without `allowed` it asks somebody who says no."""
    program = os.environ.get("PIGALLERY_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    opened: list[Any] = []

    def open_page(*, allowed: bool = True, **options: Any) -> Any:
        told = ["--no-sandbox", "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
        if allowed:
            told.append("--use-fake-ui-for-media-stream")
        engine = browser.browser_type.launch(executable_path=program, args=told)
        opened.append(engine)
        page = engine.new_context(base_url=watched.url, **{"viewport": DESKTOP, **options}).new_page()
        page.set_default_timeout(30_000)
        complaints(page, wrongs)
        return page

    yield open_page
    for engine in opened:
        engine.close()
    assert not wrongs


def test_faces_are_drawn_and_told_while_the_camera_runs(camera: Camera) -> None:
    page = camera()
    page.goto("/live")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_label("What is seen")).to_contain_text("Face, about", timeout=SLOW)
    expect(page.locator(".live-chart", has_text="yunet")).to_contain_text(" ms", timeout=SLOW)
    drawn = """() => {
        const canvas = document.querySelector('.live-stage canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.some((value) => value > 0);
    }"""
    assert page.evaluate(drawn)
    frame = page.locator("live-page").get_attribute("data-frames")
    expect(page.locator("live-page")).not_to_have_attribute("data-frames", frame, timeout=SLOW)
    page.get_by_role("button", name="Stop").click()
    assert page.evaluate("document.querySelector('video').srcObject") is None
    assert not page.evaluate(drawn)


def test_models_see_the_picture_as_it_is_set(camera: Camera) -> None:
    page = camera(viewport=PHONE, color_scheme="dark")
    page.goto("/live")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_label("What is seen")).to_contain_text("Face", timeout=SLOW)
    page.get_by_label("Brightness").evaluate(
        "(slider) => { slider.value = 0; slider.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    expect(page.get_by_label("What is seen").get_by_role("listitem")).to_have_count(0, timeout=SLOW)
    page.get_by_role("button", name="As the camera sees it").click()
    expect(page.get_by_label("What is seen")).to_contain_text("Face", timeout=SLOW)


def test_whoever_keeps_the_camera_to_themselves_is_told_what_to_do(camera: Camera) -> None:
    page = camera(allowed=False)
    page.goto("/live")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("status").first).to_contain_text("Allow it beside the address")
