"""Live camera: frames in, what is seen in them out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from inference.fetch import fetch
from inference.live import MOST_BYTES, MOST_PIXELS
from tests.api.conftest import Gallery, served
from tests.inference.small_models import card, plain

FACES = Path(os.environ.get("PIGALLERY_TEST_HOME") or "none") / "models"
PHOTOS = Path(__file__).resolve().parents[3] / "shared" / "samples" / "photos"


@pytest.fixture(scope="module")
def watching(tmp_path_factory: pytest.TempPathFactory, data: Path, packages: Path) -> Iterator[Gallery]:
    """A gallery with one model, which holds bright frames for safe."""
    base = tmp_path_factory.mktemp("watching")
    with served(base, data, packages) as running:
        card(running.settings, "bright", plain(base / "plain.onnx"))
        fetch(running.settings, ["bright"])
        yield running


@contextmanager
def camera(gallery: Gallery, **more: Any) -> Iterator[ClientConnection]:
    address = gallery.address.replace("http", "ws") + "/live/frames"
    with connect(address, origin=Origin(gallery.address), **more) as socket:
        yield socket


def say(socket: ClientConnection, words: Any) -> dict[str, Any]:
    socket.send(words if isinstance(words, bytes) else json.dumps(words))
    return hear(socket)


def hear(socket: ClientConnection) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(socket.recv(20))
    return told


def frame(value: int = 200, width: int = 64, height: int = 48) -> bytes:
    out = BytesIO()
    Picture.new("RGB", (width, height), (value, value, value)).save(out, "JPEG")
    return out.getvalue()


def test_every_frame_is_answered_with_its_number_and_times(watching: Gallery) -> None:
    assert {"bright"} == {model["name"] for model in watching.ask("{ models { name task } }")["models"]}
    with camera(watching) as socket:
        assert say(socket, {"models": ["bright"]}) == {"watching": {"nsfw": "bright"}}
        dark, bright = say(socket, frame(10)), say(socket, frame(240))
    assert (dark["frame"], bright["frame"]) == (1, 2)
    assert dark["nsfw"] > 0.9 and bright["nsfw"] < 0.1
    assert (bright["width"], bright["height"]) == (64, 48)
    assert bright["ms"].keys() == {"decode", "bright"} and bright["totalMs"] >= bright["ms"]["bright"]


def test_what_is_no_frame_is_refused_before_it_is_decoded_and_the_next_one_is_seen(watching: Gallery) -> None:
    side = int(MOST_PIXELS**0.5) + 1
    with camera(watching) as socket:
        say(socket, {"models": ["bright"]})
        assert "must be a JPEG" in say(socket, b"GIF89a")["error"]
        assert "must be a JPEG" in say(socket, frame()[:40])["error"]
        assert "pixels at most" in say(socket, frame(width=side, height=side))["error"]
        assert "kB at most" in say(socket, b"\xff\xd8" + bytes(MOST_BYTES))["error"]
        assert "nsfw" in say(socket, frame())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"models": ["bright", "nobody"]}, "There is no model 'nobody'"),
        ({"models": ["yunet"]}, "pigallery models fetch"),
        ({"models": "bright"}, "must be a list"),
        ({"models": [], "thresholds": {"detect": 2}}, "from 0 to 1"),
        ([1], "Say which models"),
    ],
)
def test_a_choice_that_cannot_be_is_told_in_one_sentence(watching: Gallery, words: Any, sentence: str) -> None:
    with camera(watching) as socket:
        assert sentence in say(socket, words)["error"]
        assert say(socket, {"models": ["bright"]}) == {"watching": {"nsfw": "bright"}}


def test_of_the_frames_that_wait_only_the_newest_is_looked_at(watching: Gallery) -> None:
    with camera(watching) as socket:
        say(socket, {"models": ["bright"]})
        many = [frame(value, 1600, 1200) for value in range(0, 250, 5)]
        for one in many:
            socket.send(one)
        answers = [hear(socket)]
        while answers[-1]["frame"] < len(many):
            answers.append(hear(socket))
    numbers = [answer["frame"] for answer in answers]
    assert numbers == sorted(set(numbers))
    assert answers[-1]["dropped"] == len(many) - len(answers) > 0


def test_cameras_take_turns_and_are_counted(watching: Gallery) -> None:
    with camera(watching) as one, camera(watching) as other:
        for socket in (one, other):
            say(socket, {"models": ["bright"]})
        with camera(watching) as third:
            assert "Too many cameras" in hear(third)["error"]
        for socket in (one, other):
            socket.send(frame(10, 1600, 1200))
            socket.send(frame(240, 1600, 1200))
        assert {hear(one)["frame"], hear(other)["frame"]} <= {1, 2}
    with camera(watching) as again:  # the two are gone, so there is room
        assert "watching" in say(again, {"models": ["bright"]})


def test_strangers_have_no_camera_here(tmp_path: Path, data: Path, packages: Path) -> None:
    with served(tmp_path, data, packages, login="always") as closed, camera(closed) as socket:
        assert "log in first" in hear(socket)["error"]


@pytest.mark.skipif(not (FACES.is_dir() and PHOTOS.is_dir()), reason="no face model or no photos")
def test_faces_are_found_with_landmarks_age_and_emotion(tmp_path: Path, data: Path, packages: Path) -> None:
    photo = next(iter(sorted(PHOTOS.glob("Me (*"))), None)
    with served(tmp_path, data, packages) as running:
        (running.settings.home / "models").symlink_to(FACES)
        names = {model["task"]: model["name"] for model in running.ask("{ models { name task default } }")["models"]}
        out = BytesIO()
        small = Picture.open(photo or sorted(PHOTOS.iterdir())[0]).convert("RGB")
        small.thumbnail((640, 640))
        small.save(out, "JPEG")
        with camera(running) as socket:
            assert "watching" in say(
                socket,
                {"models": ["yunet", names["face-attributes"], names["emotion"]], "thresholds": {"face-detect": 0.6}},
            )
            answer = say(socket, out.getvalue())
            assert all(len(face["landmarks"]) == 5 for face in answer["faces"])
            if photo:
                assert answer["faces"][0]["age"] and answer["faces"][0]["emotion"]
