"""The pages as a browser receives them: strict policy, lasting addresses, and questions the library can answer."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate
from starlette.testclient import TestClient

from webui.app import create_app
from webui.icons import NAMES

ROOT = Path(__file__).resolve().parents[2]
ELEMENTS = ROOT / "webui" / "elements"
PAGES = ("/", "/photo/12", "/places", "/ingest", "/help", "/nowhere")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app()) as client:
        yield client


@pytest.mark.parametrize("page", PAGES)
def test_nothing_inline_but_the_import_map(client: TestClient, page: str) -> None:
    answer = client.get(page)
    assert answer.status_code == (404 if page == "/nowhere" else 200)
    policy = answer.headers["content-security-policy"]
    inline = re.findall(r"<script[^>]*>([^<]+)</script>", answer.text)
    assert len(inline) == 1
    digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert not re.search(r'\sstyle="|\son[a-z]+="|<style', answer.text.replace('type="image/svg+xml"', ""))


@pytest.mark.parametrize("page", PAGES)
def test_every_address_on_a_page_leads_somewhere_and_lasts(client: TestClient, page: str) -> None:
    found = set(re.findall(r'"(/(?:ui|style|lib)/[^"]+)"', client.get(page).text.replace("&quot;", '"')))
    assert found
    for address in found:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"]


def test_modules_import_only_each_other_and_what_the_map_names(client: TestClient) -> None:
    named = set(re.findall(r'"(\w+)": "/lib', client.get("/").text))
    for file in ELEMENTS.glob("*.js"):
        for source in re.findall(r"""(?:from|import) '([^']+)'""", file.read_text("utf-8")):
            assert source in named or (ELEMENTS / source).is_file(), f"{file.name} imports {source}"


def test_files_that_are_not_listed_are_not_served(client: TestClient) -> None:
    version = re.search(r"/lib/(\w+)/", client.get("/").text)
    assert version
    for name in ("lucide-static/package.json", "../pyproject.toml", "thumbhash/../leaflet/package.json"):
        assert client.get(f"/lib/{version[1]}/{name}").status_code == 404


def test_an_old_address_still_works_but_is_not_kept(client: TestClient) -> None:
    answer = client.get("/ui/000000000000/elements/graphql.js")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


def test_a_page_is_not_sent_twice(client: TestClient) -> None:
    first = client.get("/")
    assert client.get("/", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    dark = client.get("/", headers={"Cookie": "look=theme%3Ddark%26rail%3Dclosed"})
    assert 'data-theme="dark"' in dark.text
    assert 'data-rail="closed"' in dark.text
    assert dark.headers["etag"] != first.headers["etag"]
    assert 'data-theme="system"' in client.get("/", headers={"Cookie": 'look=theme%3D"><script>'}).text


def test_a_library_elsewhere_is_allowed_and_nothing_else() -> None:
    with TestClient(create_app("https://photos.example:8443/")) as client:
        answer = client.get("/")
    policy = answer.headers["content-security-policy"]
    assert "connect-src 'self' https://photos.example:8443 wss://photos.example:8443" in policy
    assert '<meta name="pigallery-api" content="https://photos.example:8443">' in answer.text


def test_every_icon_asked_for_is_on_the_page() -> None:
    for file in ELEMENTS.glob("*.js"):
        asked = set(
            re.findall(r"\bicon\('([a-z0-9-]+)'\)|chip\('([a-z0-9-]+)'|image: '([a-z0-9-]+)'", file.read_text())
        )
        names = {name for group in asked for name in group if name}
        assert names <= NAMES, f"{file.name}: {names - NAMES}"


def documents() -> dict[str, str]:
    """The page's GraphQL documents by name, with their shared parts filled in."""
    text = (ELEMENTS / "queries.js").read_text("utf-8")
    parts = dict(re.findall(r"^const (\w+) = [`'](.*?)[`'];", text, re.S | re.M))
    found = dict(re.findall(r"^export const (\w+) = [`'](.*?)[`'];", text, re.S | re.M))

    def filled(query: str) -> str:
        """Parts have parts too."""
        return re.sub(r"\$\{(\w+)\}", lambda hole: filled(parts[hole[1]]), query)

    return {name: filled(query) for name, query in found.items()}


@pytest.mark.parametrize("name", sorted(documents()))
def test_the_library_can_answer(name: str) -> None:
    schema = build_schema((ROOT / "schema" / "schema.graphql").read_text("utf-8"))
    assert not validate(schema, parse(documents()[name]))
