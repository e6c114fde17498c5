"""Shares as a visitor meets them: what is shown and nothing else, a password on every way in, an end that is one."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
import websockets
from PIL import Image as Picture

from api.shares.stripping import strip
from schema import shares
from schema.errors import BadFile
from tests.api.conftest import Gallery, photo_bytes, served
from tests.ingest.test_raw import dng

ADD = """mutation($filter: ImageFilter!, $share: ShareInput!, $fixed: Boolean) {
  addShare(filter: $filter, share: $share, fixed: $fixed) { key url state description views hasPassword }
}"""
GOWNS = {"tag": {"any": ["gown.n.01"]}}
visitors = itertools.count(1)


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, data: Path, packages: Path) -> Iterator[Gallery]:
    with served(tmp_path_factory.mktemp("shares"), data, packages) as running:
        yield running


class Visitor:
    """A clean browser on another machine."""

    def __init__(self, url: str) -> None:
        self.url = url
        headers = {"x-forwarded-for": f"203.0.113.{next(visitors)}"}
        self.client = httpx.Client(timeout=30, headers=headers)

    def page(self) -> httpx.Response:
        return self.client.get(self.url)

    def open(self, password: str = "") -> httpx.Response:
        return self.client.post(f"{self.url}/open", json={"password": password})

    def post(self, query: str, **variables: Any) -> httpx.Response:
        return self.client.post(f"{self.url}/graphql", json={"query": query, "variables": variables})

    def ask(self, query: str, **variables: Any) -> Any:
        answer = self.post(query, **variables).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def is_in(self) -> bool:
        return "errors" not in self.post("{ images(first: 0) { totalCount } }").json()


def share(gallery: Gallery, filter: Any = GOWNS, fixed: bool = False, **fields: Any) -> tuple[Visitor, str]:
    given = {"name": "Dresses", **fields}
    made = gallery.ask(ADD, filter=filter, share=given, fixed=fixed)["addShare"]
    return Visitor(made["url"]), made["key"]


def test_a_visitor_sees_the_shared_photos_and_no_trace_of_the_rest(gallery: Gallery) -> None:
    visitor, _ = share(gallery)
    found = visitor.ask(
        "{ viewer { name kind account capabilities } sharedHere { name download contribute } timeline { total } "
        "images(first: 200) { totalCount nodes { key smallUrl make lat metadata place { name } tags { label } } } "
        'people { name } albums { name } suggest(text: "con") { text } tags(search: "convert") { label } }'
    )
    assert found["viewer"] == {"name": "A visitor", "kind": "SHARE", "account": None, "capabilities": ["read"]}
    assert found["sharedHere"] == {"name": "Dresses", "download": "PREVIEW", "contribute": False}
    images = found["images"]["nodes"]
    assert found["images"]["totalCount"] == found["timeline"]["total"] == len(images) == 15
    assert all((one["make"], one["lat"], one["place"], one["metadata"]) == ("", None, None, {}) for one in images)
    assert found["people"] == found["albums"] == found["tags"] == []
    assert not [entry for entry in found["suggest"] if "convertible" in entry["text"]]
    picture = visitor.client.get(gallery.address + images[0]["smallUrl"])
    assert picture.status_code == 200 and "no-cache" in picture.headers["cache-control"]
    whole = gallery.ask("{ images(first: 200) { nodes { key mediaVersion } } }")["images"]["nodes"]
    hidden = next(one for one in whole if one["mediaVersion"] and one["key"] not in {i["key"] for i in images})
    for way in (f"{hidden['key']}/{hidden['mediaVersion']}/small.jpg", f"{hidden['key']}/original"):
        assert visitor.client.get(f"{visitor.url}/media/{way}").status_code in (403, 404)
    assert visitor.client.get(f"{visitor.url}/media/{images[0]['key']}/original").status_code == 403
    seen = next(one for one in whole if one["mediaVersion"] and one["key"] in {i["key"] for i in images})
    pair, alone = (
        ",".join(f"{one['key']}.{one['mediaVersion']}" for one in some) for some in ((hidden, seen), (hidden,))
    )
    sheet = visitor.client.get(f"{visitor.url}/media/sheet?of={pair}")
    assert sheet.content[:4] == bytes(4) and len(sheet.content) > 8 and "no-cache" in sheet.headers["cache-control"]
    assert visitor.client.get(f"{visitor.url}/media/sheet?of={alone}").status_code == 404
    for query in (
        'mutation { addShare(filter: {}, share: {name: "x"}) { url } }',
        "mutation { editImages(filter: {}, edit: {rating: 1}) { count } }",
        "{ shares { url } }",
        "{ audit { nodes { who } } }",
        '{ images(filter: {share: {any: ["Dresses"]}}) { totalCount } }',
        '{ images(filter: {place: {within: ["country:HR"]}}) { totalCount } }',
        '{ images(filter: {camera: {make: ["Sony"]}}) { totalCount } }',
        '{ images(filter: {path: {under: ["photos"]}}) { totalCount } }',
    ):
        assert visitor.post(query).json()["errors"], query


def test_a_fixed_list_stays_and_a_live_one_follows(gallery: Gallery) -> None:
    wanted = {"rating": {"min": 4}}
    live, _ = share(gallery, wanted)
    assert live.ask("{ images { totalCount } }")["images"]["totalCount"] == 0
    rated = gallery.ask('mutation { editImages(filter: {ids: ["image:2"]}, edit: {rating: 5}) { undo } }')
    fixed, _ = share(gallery, wanted, fixed=True)
    assert live.ask("{ images { totalCount } }")["images"]["totalCount"] == 1
    gallery.ask("mutation($t: String!) { undo(token: $t) }", t=rated["editImages"]["undo"])
    assert live.ask("{ images { totalCount } }")["images"]["totalCount"] == 0
    assert fixed.ask("{ images { nodes { key } } }")["images"]["nodes"] == [{"key": 2}]


def test_a_password_guards_every_way_in(gallery: Gallery) -> None:
    visitor, key = share(gallery, password="three wooden boats", name="Secret dresses")
    page = visitor.page()
    assert page.status_code == 200 and "password" in page.text and "Secret dresses" not in page.text
    assert "og:image" not in page.text and visitor.client.get(f"{visitor.url}/card.jpg").status_code == 404
    ways = [
        "{ images { totalCount } }",
        '{ node(id: "SW1hZ2U6Mg==") { id } }',
        "{ image(key: 2) { name } }",
        "{ facets(by: [TAG]) { values { label } } }",
        '{ suggest(text: "g") { text } }',
        '{ search(text: "gown") { totalCount } }',
        '{ images(filter: {similar: {to: "image:2"}}) { totalCount } }',
        "{ grid { count } }",
        "{ timeline { total } }",
        "{ changes { cursor } }",
        "{ tags { label } }",
    ]
    for query in ways:
        answer = visitor.post(query).json()
        assert answer.get("errors") or answer["data"] in ({"node": None}, {"image": None}, {"suggest": []}), answer
    found = gallery.ask("{ image(key: 2) { mediaVersion } }")["image"]["mediaVersion"]
    assert visitor.client.get(f"{visitor.url}/media/2/{found}/small.jpg").status_code == 403
    assert visitor.open("three iron boats").status_code == 401 and not visitor.is_in()
    visitor.client.cookies.set(f"share_{key}", f"{int(time.time()) + 999}.forged", path=httpx.URL(visitor.url).path)
    assert not visitor.is_in()
    visitor.client.cookies.clear()
    assert visitor.open("three wooden boats").status_code == 200 and visitor.is_in()
    assert "Secret dresses" in visitor.page().text
    gallery.ask('mutation($k: String!) { changeShare(key: $k, share: {password: "two wooden boats"}) { key } }', k=key)
    assert not visitor.is_in(), "another password ends what the old one opened"
    guesser = Visitor(visitor.url)
    answers = [guesser.open(f"guess number {number}").status_code for number in range(7)]
    assert answers[0] == 401 and answers[-1] == 429


def test_openings_are_counted_exactly_and_an_expired_link_is_over(gallery: Gallery) -> None:
    first, key = share(gallery, mostViews=2)
    url = first.url
    assert "limited" in first.page().text and first.open().status_code == 200 and first.is_in()
    second, third = Visitor(url), Visitor(url)
    assert second.open().status_code == 200
    assert third.open().status_code == 401 and not third.is_in() and third.page().status_code == 404
    assert first.is_in() and first.page().status_code == 200
    listed = {one["key"]: one for one in gallery.ask("{ shares { key views state } }")["shares"]}
    assert listed[key]["views"] == 2 and listed[key]["state"] == "USED_UP"
    soon = (datetime.now(UTC) + timedelta(seconds=1.5)).isoformat()
    short, _ = share(gallery, expires=soon)
    assert short.is_in()
    time.sleep(1.6)
    assert not short.is_in() and short.page().status_code == 404


def test_a_revoked_share_ends_within_a_second_for_those_who_look_at_it(gallery: Gallery) -> None:
    visitor, key = share(gallery)
    url = gallery.address + visitor.ask("{ images(first: 1) { nodes { smallUrl } } }")["images"]["nodes"][0]["smallUrl"]
    etag = visitor.client.get(url).headers["etag"]

    async def watch() -> tuple[int, float]:
        address = f"ws{visitor.url.removeprefix('http')}/graphql"
        async with websockets.connect(address, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
            await socket.send('{"type":"connection_init"}')
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            subscribe = {"id": "1", "type": "subscribe", "payload": {"query": "subscription { changes { cursor } }"}}
            await socket.send(json.dumps(subscribe))
            await asyncio.sleep(0.2)
            gallery.ask("mutation($k: String!) { revokeShare(key: $k) { state } }", k=key)
            started = time.monotonic()
            try:
                while True:
                    await asyncio.wait_for(socket.recv(), 5)
            except websockets.ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 0, time.monotonic() - started

    code, took = asyncio.run(watch())
    assert code == 4401 and took <= 1
    assert visitor.client.get(url, headers={"if-none-match": etag}).status_code == 401
    assert not visitor.is_in() and visitor.page().status_code == 404


def test_links_cannot_be_guessed_or_made_up(gallery: Gallery) -> None:
    visitor, key = share(gallery)
    token = visitor.url.rpartition("/")[2]
    for wrong in (key + "A" * (len(token) - len(key)), token[:-1], token[:-1] + ("A" if token[-1] != "A" else "B")):
        other = Visitor(visitor.url.replace(token, wrong))
        assert not other.is_in() and other.page().status_code == 404
    gallery.ask("mutation($k: String!) { changeShare(key: $k, share: {newLink: true}) { url } }", k=key)
    assert not visitor.is_in()
    database = gallery.settings.database.read_bytes()
    assert token.encode() not in database, "the link itself is not kept"


def test_chat_programs_get_a_card_of_an_open_link_only(gallery: Gallery) -> None:
    visitor, _ = share(gallery, name='<b>"Dresses" & more')
    page = visitor.page()
    assert 'property="og:title" content="&lt;b&gt;' in page.text and "15 photos" in page.text
    assert page.headers["x-robots-tag"] == "noindex" and page.headers["cache-control"] == "no-store"
    assert visitor.client.get(f"{visitor.url}/card.jpg").headers["content-type"] == "image/jpeg"
    for trace in ("/ingest", "/apps", "/people", "Favorites", "/playground/"):
        assert f'href="{trace}' not in page.text


def test_visitors_add_pictures_but_nothing_else(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = gallery.folder / "from friends"
    visitor, _ = share(gallery, contribute=str(folder))
    closed, _ = share(gallery)

    def add(name: str, content: bytes, to: Visitor = visitor) -> httpx.Response:
        return to.client.post(f"{to.url}/contribute", params={"name": name}, content=content)

    picture = photo_bytes(200)
    assert add("a.jpg", picture, closed).status_code == 403
    assert add("../../etc/evil.jpg", picture).json() == {"name": "evil.jpg"}
    assert add("evil.jpg", photo_bytes(201)).json() == {"name": "evil (2).jpg"}
    assert add("page.html", picture).json() == {"name": "page.jpg"}, "what it is its content decides"
    assert add("script.jpg", b"<script>alert(1)</script>").status_code == 400
    assert sorted(file.name for file in folder.iterdir()) == ["evil (2).jpg", "evil.jpg", "page.jpg"]
    assert (folder / "evil.jpg").read_bytes() == picture
    monkeypatch.setattr(shares, "MOST_RECEIVED", 4)
    assert [add("text.jpg", b"no picture").status_code for _ in range(3)] == [400] * 3
    assert add("d.jpg", photo_bytes(203)).status_code == 201, "what was refused takes no room"
    assert add("e.jpg", photo_bytes(204)).status_code == 403
    outside = gallery.refused(ADD, filter=GOWNS, share={"contribute": "/etc"})
    assert "folder of the library" in outside["message"]


def test_originals_are_given_without_what_the_share_hides(gallery: Gallery) -> None:
    path = gallery.folder / "photo 05.jpg"
    before = path.read_bytes()
    path.write_bytes(loaded_jpeg())
    try:
        hiding, _ = share(gallery, {}, download="ORIGINAL")
        key = hiding.ask('{ images(filter: {text: {words: "x"}, not: {}}) { totalCount } }') and 6
        given = hiding.client.get(f"{hiding.url}/media/{key}/original?download=1")
        assert given.status_code == 200 and "attachment" in given.headers["content-disposition"]
        assert nothing_told(given.content)
        telling, _ = share(gallery, {}, download="ORIGINAL", location=True, camera=True)
        assert telling.client.get(f"{telling.url}/media/{key}/original").content == path.read_bytes()
        form = {"filter": json.dumps({"ids": [f"image:{number}" for number in range(1, 9)]})}
        with ZipFile(BytesIO(hiding.client.post(f"{hiding.url}/media/archive", data=form).content)) as whole:
            assert nothing_told(whole.read("photo 05.jpg")) and "Left out.txt" not in whole.namelist()
        gowns, _ = share(gallery, download="ORIGINAL")
        with ZipFile(BytesIO(gowns.client.post(f"{gowns.url}/media/archive", data=form).content)) as whole:
            seen = gowns.ask("{ images(first: 50) { nodes { key } } }")["images"]["nodes"]
            assert 0 < len(whole.namelist()) == sum(node["key"] < 9 for node in seen) < 8
        previews, _ = share(gallery, {}, download="PREVIEW")
        assert previews.client.post(f"{previews.url}/media/archive", data=form).status_code == 403
    finally:
        path.write_bytes(before)


SECRET = b"SECRETPLACE"
TECHNICAL = {0x0112, 0x8769, 0x8825, 0x011A, 0x011B, 0x0128, 0x0213}
"""Orientation, resolution, and pointers to directories that are empty."""


def loaded_jpeg(orientation: int = 6) -> bytes:
    """Exif with GPS and a thumbnail, XMP, IPTC, a comment, and a second picture behind the end."""
    exif = Picture.Exif()
    exif[0x0112], exif[0x010F], exif[0x013B] = orientation, SECRET.decode(), "SECRETPLACE"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (45.0, 30.0, 0.0), "E", (16.0, 0.0, 0.0)
    out = BytesIO()
    picture = Picture.effect_noise((96, 64), 60).convert("RGB")
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>SECRETPLACE</x:xmpmeta>"
    picture.save(out, "JPEG", exif=exif, xmp=xmp, comment=SECRET, quality=80)
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x10\x1c\x02\x5a\x00\x0bSECRETPLACE"
    app13 = b"\xff\xed" + (len(iptc) + 2).to_bytes(2, "big") + iptc
    jpeg = out.getvalue()
    return jpeg[:2] + app13 + jpeg[2:] + jpeg


def nothing_told(content: bytes) -> bool:
    with Picture.open(BytesIO(content)) as image:
        told = set(image.getexif()) - TECHNICAL
        gps = image.getexif().get_ifd(0x8825)
    return SECRET not in content and not told and not gps and content.count(b"\xff\xd8\xff") == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpeg_is_stripped_without_loss_and_stays_upright(orientation: int, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(loaded_jpeg(orientation))
    found = strip(path, "jpeg", 10**8)
    assert found.format == "jpeg" and nothing_told(found.content)
    with Picture.open(path) as before, Picture.open(BytesIO(found.content)) as after:
        assert before.tobytes() == after.tobytes(), "not one pixel changed"
        assert after.getexif().get(0x0112, 1) == orientation


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF", "GIF", "AVIF", "HEIF"])
def test_other_formats_are_encoded_anew(format: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{format.lower()}"
    exif = Picture.Exif()
    exif[0x010F] = "SECRETPLACE"
    more: dict[str, Any] = {} if format == "GIF" else {"exif": exif}
    if format == "GIF":
        more = {"comment": SECRET}
    Picture.new("RGB", (30, 20), (200, 10, 10)).save(path, format, **more)
    found = strip(path, "heic" if format == "HEIF" else format.lower(), 10**8)
    assert nothing_told(found.content) or found.format == "png"
    assert SECRET not in found.content


@pytest.mark.parametrize("preview", [True, False])
def test_of_a_raw_file_an_upright_picture_is_given(preview: bool, tmp_path: Path) -> None:
    path = dng(tmp_path / "a.dng", preview=preview, orientation=6)
    assert b"Camera 1" in path.read_bytes()
    found = strip(path, "raw", 10**8)
    assert found.format == "jpeg" and nothing_told(found.content) and b"Camera" not in found.content
    with Picture.open(BytesIO(found.content)) as image:
        assert image.size == (240, 320)
        if preview:
            red, green, blue = image.convert("RGB").getpixel((200, 40))  # type: ignore[misc]
            assert red > 200 and green < 60 and blue < 60, "the red corner is at the top right now"


@pytest.mark.parametrize("cut", [3, 20, 60, 200, 700])
def test_a_damaged_original_ends_in_one_sentence(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "bad.jpg"
    path.write_bytes(loaded_jpeg()[:cut])
    with pytest.raises(BadFile, match="metadata"):
        strip(path, "jpeg", 10**8)


def test_real_photos_tell_nothing_after_stripping(tmp_path: Path) -> None:
    samples = Path(__file__).resolve().parents[3] / "shared" / "samples"
    photos = sorted(samples.rglob("*.jpg"))[:60]
    if not photos:
        pytest.skip("no sample photos here")
    for photo in photos:
        try:
            found = strip(photo, "jpeg", 10**9)
        except BadFile:
            continue
        with Picture.open(BytesIO(found.content)) as image:
            assert set(image.getexif()) <= TECHNICAL, photo
            assert not image.getexif().get_ifd(0x8825) and "xmp" not in image.info and "photoshop" not in image.info
        assert b"http://ns.adobe.com/xap" not in found.content and b"Photoshop 3.0" not in found.content, photo


def test_a_share_is_a_condition_of_the_owners_questions(gallery: Gallery) -> None:
    _, key = share(gallery, name="Only gowns")
    count = "query($f: ImageFilter) { images(filter: $f) { totalCount } }"
    for asked, expected in (
        ({"any": ["Only gowns"]}, 15),
        ({"none": [f"share:{key}"]}, 15),
        ({"any": ["nobody's"]}, 0),
        ({"atLeast": {"k": 1, "of": [f"share:{key}", "nobody's"]}}, 15),
        ({"atLeast": {"k": 2, "of": [f"share:{key}", "nobody's"]}}, 0),
    ):
        assert gallery.ask(count, f={"share": asked})["images"]["totalCount"] == expected, asked
