"""The bytes of pictures over HTTP."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import pytest

from tests.api.conftest import Gallery, photo_bytes


@pytest.fixture(scope="module")
def photo(gallery: Gallery) -> dict[str, Any]:
    """Photo 4, which has thumbnails."""
    query = '{images(filter:{path:{name:["photo 04"]}}){nodes{key mediaVersion smallUrl largeUrl originalUrl}}}'
    found: dict[str, Any] = gallery.ask(query)["images"]["nodes"][0]
    return found


@pytest.mark.parametrize(("field", "width"), [("smallUrl", 32), ("largeUrl", 144)])
def test_a_thumbnail_is_kept_for_ever(gallery: Gallery, photo: dict[str, Any], field: str, width: int) -> None:
    answer = gallery.client.get(photo[field])
    assert answer.content == photo_bytes(4, width, width * 2 // 3)
    assert answer.headers["content-type"] == "image/jpeg"
    assert "immutable" in answer.headers["cache-control"] and "max-age=31536000" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-encoding" not in answer.headers
    again = gallery.client.get(photo[field], headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert gallery.client.get(photo[field], headers={"if-none-match": '"other"'}).status_code == 200


def on_sheet(content: bytes) -> list[bytes]:
    found = []
    while content:
        end = 4 + int.from_bytes(content[:4], "little")
        assert end <= len(content)
        found.append(content[4:end])
        content = content[end:]
    return found


def test_many_small_pictures_come_as_one_file(gallery: Gallery, photo: dict[str, Any]) -> None:
    nodes = gallery.ask("{images(first: 60) {nodes {key mediaVersion smallUrl}}}")["images"]["nodes"]
    ready = [node for node in nodes if node["mediaVersion"]]
    of = ",".join(f"{node['key']}.{node['mediaVersion']}" for node in ready)
    answer = gallery.client.get("/media/sheet", params={"of": of})
    assert on_sheet(answer.content) == [gallery.client.get(node["smallUrl"]).content for node in ready]
    assert "private" in answer.headers["cache-control"] and "immutable" in answer.headers["cache-control"]
    assert (
        gallery.client.get(
            "/media/sheet", params={"of": of}, headers={"if-none-match": answer.headers["etag"]}
        ).status_code
        == 304
    )
    old = f"{ready[0]['key']}.1,4000000.1,{photo['key']}.{photo['mediaVersion']}"
    partly = gallery.client.get("/media/sheet", params={"of": old})
    assert on_sheet(partly.content) == [b"", b"", photo_bytes(4, 32, 21)]
    assert partly.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    "of", ["", "1", "1.2,", "1.x", "-1.2", "\u0661.\u0661", "9999999999.1", ",".join(["1.1"] * 101)]
)
def test_a_sheet_of_nonsense_is_refused_in_a_sentence(gallery: Gallery, of: str) -> None:
    answer = gallery.client.get("/media/sheet", params={"of": of})
    assert answer.status_code == 400 and "?of=ID.VERSION" in answer.text


def test_an_old_version_leads_to_the_present_one(gallery: Gallery, photo: dict[str, Any]) -> None:
    answer = gallery.client.get(f"/media/{photo['key']}/1/small.jpg")
    assert (answer.status_code, answer.headers["location"]) == (302, photo["smallUrl"])
    assert answer.headers["cache-control"] == "no-store"


def test_a_thumbnail_that_is_not_made_yet_is_not_remembered_as_missing(gallery: Gallery) -> None:
    image = gallery.ask('{images(filter:{path:{name:["photo 00"]}}){nodes{key smallUrl}}}')["images"]["nodes"][0]
    assert image["smallUrl"] is None
    answer = gallery.client.get(f"/media/{image['key']}/0/small.jpg")
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


@pytest.mark.parametrize(
    "path",
    ["/media/4000000/1/small.jpg", "/media/4000000/original", "/media/x/1/small.jpg", "/media/1/1/..%2f..%2fx.jpg"],
)
def test_what_is_not_there_is_not_found(gallery: Gallery, path: str) -> None:
    assert gallery.client.get(path).status_code == 404


def test_the_original_as_it_is_in_ranges(gallery: Gallery, photo: dict[str, Any]) -> None:
    url = photo["originalUrl"]
    whole = gallery.client.get(url)
    bytes_ = (gallery.folder / "photo 04.jpg").read_bytes()
    assert whole.content == bytes_
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-disposition"] == 'inline; filename="photo 04.jpg"'
    assert whole.headers["cache-control"] == "private, no-cache"
    assert "sandbox" in whole.headers["content-security-policy"]
    part = gallery.client.get(url, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, bytes_[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(bytes_)}"
    assert gallery.client.get(url, headers={"range": "bytes=-5"}).content == bytes_[-5:]
    assert gallery.client.get(url, headers={"range": f"bytes={len(bytes_)}-"}).status_code == 416
    stale = gallery.client.get(url, headers={"range": "bytes=0-4", "if-range": '"old"'})
    assert (stale.status_code, stale.content) == (200, bytes_)
    assert gallery.client.get(url, headers={"if-none-match": whole.headers["etag"]}).status_code == 304
    saved = gallery.client.get(url, params={"download": "1"})
    assert saved.headers["content-disposition"].startswith("attachment;")
    assert gallery.client.head(url).headers["content-length"] == str(len(bytes_))


def test_an_original_that_vanished_is_said_plainly(gallery: Gallery) -> None:
    key = gallery.ask('{images(filter:{path:{name:["photo 09"]}}){nodes{key}}}')["images"]["nodes"][0]["key"]
    path = gallery.folder / "photo 09.jpg"
    hidden = path.rename(path.with_suffix(".away"))
    answer = gallery.client.get(f"/media/{key}/original")
    hidden.rename(path)
    assert answer.status_code == 404
    assert "cannot be read now" in answer.text


def archived(gallery: Gallery, question: dict[str, Any]) -> ZipFile:
    answer = gallery.client.post("/media/archive", data={"filter": json.dumps(question)})
    assert answer.headers["content-disposition"].startswith('attachment; filename="PiGallery 20')
    return ZipFile(BytesIO(answer.content))


def test_many_originals_are_one_archive_that_names_what_it_lacks(gallery: Gallery) -> None:
    path = gallery.folder / "photo 09.jpg"
    hidden = path.rename(path.with_suffix(".away"))
    try:
        with archived(gallery, {"path": {"name": ["photo 0"]}}) as whole:
            assert whole.testzip() is None
            assert {entry.compress_type for entry in whole.infolist() if entry.filename != "Left out.txt"} == {
                ZIP_STORED
            }
            there = {f"photo 0{number}.jpg" for number in range(9)}
            assert set(whole.namelist()) == {*there, "Left out.txt"}
            assert all(whole.read(name) == (gallery.folder / name).read_bytes() for name in there)
            assert "cannot be read now" in whole.read("Left out.txt").decode()
    finally:
        hidden.rename(path)


@pytest.mark.parametrize(
    ("form", "status", "sentence"),
    [
        ({"filter": '{"path": {"name": ["no such"]}}'}, 403, "no photo to download"),
        ({"filter": "{"}, 400, "is JSON"),
        ({"filter": '{"nothing": 1}'}, 400, "nothing"),
        ({"filter": "x" * 1_100_000}, 400, "a megabyte at most"),
    ],
)
def test_an_archive_of_nothing_or_nonsense_is_refused(
    gallery: Gallery, form: dict[str, str], status: int, sentence: str
) -> None:
    answer = gallery.client.post("/media/archive", data=form)
    assert (answer.status_code, sentence in answer.text) == (status, True), answer.text
