"""Explicit pictures are hidden, blurred or shown, as each viewer chose; visitors get no other bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image as Picture

from schema.graph import Face
from schema.media import LARGE, thumbnail_path
from schema.store import Imported
from tests.api.conftest import PHOTOS, Gallery, imported, served

CHOOSE = "mutation($c: ExplicitPhotos!) { saveExplicitPhotos(choice: $c) }"
COUNT = "query($f: ImageFilter) { images(filter: $f) { totalCount } }"


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, data: Path, packages: Path) -> Iterator[Gallery]:
    """One more photo, stripes that a model found explicit."""
    with served(tmp_path_factory.mktemp("explicit"), data, packages) as running:
        one = imported(PHOTOS, running.folder, running.settings.thumbnails)
        assert one.image is not None
        stripes = np.zeros((96, 144, 3), np.uint8)
        stripes[:, ::2] = 255
        thumbnail = thumbnail_path(running.settings.thumbnails, one.image.content_hash, LARGE)
        Picture.fromarray(stripes).save(thumbnail, "JPEG")

        image = replace(one.image, nsfw=0.95, faces=(Face((0.2, 0.2, 0.6, 0.8), 0.9),))
        running.run(_bring(running, replace(one, image=image)))
        yield running


async def _bring(running: Gallery, one: Imported) -> None:
    await running.library.store.discover([one.file])
    await running.library.store.write_imported([one])
    await running.library.refresh()


@pytest.fixture
def explicit(gallery: Gallery) -> Iterator[dict[str, str]]:
    found = gallery.ask("{ images(filter: {nsfw: {min: 0.8}}) { nodes { key largeUrl originalUrl nsfwLevel } } }")
    (node,) = found["images"]["nodes"]
    assert node["nsfwLevel"] == "EXPLICIT"
    yield node
    gallery.ask(CHOOSE, c="BLUR")


def sharpness(answer: httpx.Response) -> float:
    return float(np.asarray(Picture.open(BytesIO(answer.content)).convert("L"), float).std())


def test_the_server_blurs_unless_asked_for_this_picture_or_for_all(gallery: Gallery, explicit: dict[str, str]) -> None:
    assert gallery.ask("{ viewer { explicitPhotos } }")["viewer"]["explicitPhotos"] == "BLUR"
    blurred = gallery.client.get(explicit["largeUrl"])
    assert sharpness(blurred) < 20 and "immutable" not in blurred.headers["cache-control"]
    assert Picture.open(BytesIO(blurred.content)).size == (144, 96)
    assert sharpness(gallery.client.get(explicit["largeUrl"], params={"shown": "1"})) > 60
    of = ".".join(explicit["largeUrl"].split("/")[2:4])
    covered, open_ = (gallery.client.get("/media/sheet", params={"of": of, **more}) for more in ({}, {"shown": "1"}))
    assert len(covered.content) > 4 and covered.content != open_.content
    assert "immutable" not in covered.headers["cache-control"]
    assert gallery.client.get(explicit["originalUrl"]).status_code == 403
    assert gallery.client.get(explicit["originalUrl"], params={"download": "1"}).status_code == 200
    gallery.ask(CHOOSE, c="SHOW")
    assert (
        gallery.client.get(explicit["largeUrl"], headers={"if-none-match": blurred.headers["etag"]}).status_code == 200
    )
    assert gallery.client.get(explicit["originalUrl"]).status_code == 200


def test_hidden_pictures_are_in_no_list_and_found_when_asked_for(gallery: Gallery, explicit: dict[str, str]) -> None:
    gallery.ask(CHOOSE, c="HIDE")
    assert gallery.ask(COUNT)["images"]["totalCount"] == PHOTOS
    assert gallery.ask("{ grid { count } timeline { total } }") == {
        "grid": {"count": PHOTOS},
        "timeline": {"total": PHOTOS},
    }
    assert gallery.ask(COUNT, f={"nsfw": {"min": 0.8}})["images"]["totalCount"] == 1
    assert gallery.ask("query($k: Int!) { image(key: $k) { name } }", k=explicit["key"])["image"]


def test_faces_are_as_covered_as_their_pictures(gallery: Gallery, explicit: dict[str, str]) -> None:
    asked = "query($k: Int!) { image(key: $k) { faces { id url } } }"
    (face,) = gallery.ask(asked, k=explicit["key"])["image"]["faces"]
    blurred = gallery.client.get(face["url"])
    assert sharpness(blurred) < 20
    assert sharpness(gallery.client.get(face["url"], params={"shown": "1"})) > 60
    naming = 'mutation($ids: [Int!]!) { nameFaces(faceIds: $ids, name: "Ana") { key } }'
    ana = gallery.ask(naming, ids=[face["id"]])["nameFaces"]["key"]
    gallery.ask(
        "mutation($p: PersonInput!) { savePerson(person: $p) { key } }", p={"key": ana, "coverFaceId": face["id"]}
    )
    cover = "query($k: Int!) { person(key: $k) { cover { id } } }"
    assert gallery.ask(cover, k=ana)["person"]["cover"] == {"id": face["id"]}
    gallery.ask(CHOOSE, c="HIDE")
    assert gallery.ask(cover, k=ana)["person"]["cover"] is None, "shown by no face of a hidden picture"
    gallery.ask(CHOOSE, c="SHOW")
    etag = {"if-none-match": blurred.headers["etag"]}
    assert sharpness(gallery.client.get(face["url"], headers=etag)) > 60


def test_visitors_get_what_the_owner_of_the_share_chose(gallery: Gallery, explicit: dict[str, str]) -> None:
    made = gallery.ask('mutation { addShare(filter: {}, share: {name: "all", download: ORIGINAL}) { url } }')[
        "addShare"
    ]["url"]
    path = httpx.URL(made).path
    with httpx.Client(base_url=gallery.address) as visitor:
        large, original = f"{path}{explicit['largeUrl']}", f"{path}{explicit['originalUrl']}"
        assert sharpness(visitor.get(large)) < 20
        assert sharpness(visitor.get(large, params={"shown": "1"})) < 20
        assert visitor.get(original, params={"download": "1"}).status_code == 403
        gallery.ask(CHOOSE, c="HIDE")
        assert visitor.get(large, params={"shown": "1"}).status_code == 404
        asked = {"query": COUNT, "variables": {"f": {"nsfw": {"min": 0.5}}}}
        assert visitor.post(f"{path}/graphql", json=asked).json()["data"]["images"]["totalCount"] == 0
        gallery.ask(CHOOSE, c="SHOW")
        assert sharpness(visitor.get(large)) > 60
        refused = visitor.post(f"{path}/graphql", json={"query": CHOOSE, "variables": {"c": "SHOW"}}).json()
        assert refused["errors"][0]["extensions"]["code"] == "REFUSED"
