"""Pictures that are added to the library: each once, under a free name, in one of its folders and nowhere else."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api import receiving
from tests.api.conftest import Gallery, photo_bytes, served


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, data: Path, packages: Path) -> Iterator[Gallery]:
    with served(tmp_path_factory.mktemp("uploads"), data, packages) as running:
        yield running


def new(number: int) -> bytes:
    """A picture that the library does not have."""
    return photo_bytes(number, width=number)


def add(gallery: Gallery, content: bytes, name: str = "a.jpg", **more: str) -> httpx.Response:
    return gallery.client.post("/upload", params={"name": name, **more}, content=content)


def test_a_picture_is_added_once_and_replaces_nothing(gallery: Gallery) -> None:
    folder = gallery.folder / "Uploads"
    first = add(gallery, new(210), "Holiday/sea.png")
    assert first.status_code == 201
    assert first.json() == {"name": "sea.jpg", "folder": str(folder), "known": False}, "what it is its content decides"
    assert add(gallery, new(211), "sea.jpg").json()["name"] == "sea (2).jpg"
    assert (folder / "sea.jpg").read_bytes() == new(210)
    there = (gallery.folder / "photo 03.jpg").read_bytes()
    again = add(gallery, there, "other name.jpg")
    assert (again.status_code, again.json()["known"]) == (200, True)
    chosen = add(gallery, new(212), folder=str(gallery.folder / "2026" / "May"))
    assert (gallery.folder / "2026" / "May" / chosen.json()["name"]).is_file()
    assert sorted(file.name for file in folder.iterdir()) == ["sea (2).jpg", "sea.jpg"], "and nothing half-written"


def test_a_disk_without_hard_links_keeps_pictures_too(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    folder = gallery.folder / "stick"
    names = [add(gallery, new(number), "a.jpg", folder=str(folder)).json()["name"] for number in (220, 221)]
    assert names == ["a.jpg", "a (2).jpg"]
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {"a.jpg": new(220), "a (2).jpg": new(221)}


def test_what_may_not_be_added_is_refused_in_a_sentence(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    assert add(gallery, b"<script>alert(1)</script>").json()["message"].startswith("This is no picture")
    for elsewhere in (
        f"{gallery.folder}/\0",
        "/etc",
        str(gallery.folder / ".." / "x"),
        "relative",
        str(gallery.folder) + "x",
    ):
        refused = add(gallery, new(213), folder=elsewhere)
        assert refused.status_code == 403 and "folder of the library" in refused.json()["message"]
    foreign = gallery.client.post("/upload", content=new(214), headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    monkeypatch.setattr(receiving, "LARGEST", 300)
    assert "this one is larger" in add(gallery, new(215)).json()["message"]
    taken = gallery.folder / "a file"
    taken.write_bytes(b"")
    monkeypatch.undo()
    assert "could not be kept" in add(gallery, new(216), folder=str(taken)).json()["message"]
    assert not list(gallery.folder.rglob("*.part"))
