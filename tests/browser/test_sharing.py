"""Links and apps in a real browser: given away in one profile, met in a clean one."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

expect = pytest.importorskip("playwright.sync_api").expect
EXAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "examples" / "static-album"


@pytest.fixture
def visitor(browser: Any) -> Iterator[Any]:
    """A clean profile: no cookie, no cache of the owner's."""
    context = browser.new_context(viewport={"width": 1100, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


def accessible(page: Any) -> None:
    if not page.evaluate("typeof axe !== 'undefined'"):
        return
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations)")
    assert not [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]


def test_a_share_is_made_opened_by_its_password_and_ended_while_open(page: Any, visitor: Any) -> None:
    page.goto("/")
    page.wait_for_selector("gallery-page[data-state=ready]")
    page.click("[data-share=view]")
    dialog = page.locator(".ask-dialog")
    dialog.locator("[name=name]").fill("For the neighbors")
    dialog.locator("[name=password]").fill("blue garden gate")
    dialog.locator("[type=submit]").click()
    dialog.locator(".made").wait_for()
    link = dialog.locator("[name=link]").input_value()
    accessible(page)

    visitor.goto(link)
    assert "For the neighbors" not in visitor.content()
    visitor.fill("[name=password]", "green garden gate")
    visitor.click("[type=submit]")
    visitor.wait_for_selector(".said:not(:empty)")
    visitor.fill("[name=password]", "blue garden gate")
    visitor.click("[type=submit]")
    visitor.wait_for_selector("gallery-page[data-state=ready]")
    assert visitor.title() == "For the neighbors"
    visitor.wait_for_selector("photo-timeline img")
    hrefs = visitor.eval_on_selector_all("a[href]", "all => all.map((a) => a.getAttribute('href'))")
    base = link[link.index("/s/") :]
    others = [href for href in hrefs if not href.startswith((base, "#", "/playground"))]
    assert not others, others
    assert not visitor.is_visible("a[href^='/playground']")
    visitor.locator("photo-timeline a").first.click()
    visitor.wait_for_selector("photo-viewer dialog[open] img")
    assert "/photo/" in visitor.url and base in visitor.url

    page.goto("/shares")
    card = page.locator(".card", has_text="For the neighbors")
    assert "opened 1 time" in card.inner_text()
    accessible(page)
    card.get_by_role("button", name="End").click()
    visitor.wait_for_selector("text=This link is over", timeout=5_000)


def test_an_app_asks_is_narrowed_and_shows_no_more(page: Any, gallery: Any, wrongs: list[str], tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(EXAMPLE, site)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{server.server_port}/index.html"
    register = 'mutation($u: [String!]!) { registerApp(name: "Album page", redirectUris: $u) { app { key } } }'
    client = gallery.ask(register, u=[here])["registerApp"]["app"]["key"]
    settings = f"window.ALBUM = {{ gallery: '{gallery.url}', client: '{client}' }};"
    script = (site / "album.js").read_text()
    (site / "album.js").write_text(f"{settings}\n{script}")
    key = gallery.ask("{ images(first: 1) { nodes { key } } }")["images"]["nodes"][0]["key"]
    album = gallery.ask('mutation { saveAlbum(album: {name: "Just one"}) { key } }')["saveAlbum"]["key"]
    edit = "mutation($f: ImageFilter!, $e: ImageEdit!) { editImages(filter: $f, edit: $e) { count } }"
    gallery.ask(edit, f={"ids": [f"image:{key}"]}, e={"addAlbums": [album]})
    try:
        page.goto(here)
        page.click("#connect")
        page.wait_for_selector(".decide:not([hidden])")
        assert "Album page" in page.inner_text(".app-name") and f"127.0.0.1:{server.server_port}" in page.content()
        accessible(page)
        page.check("[name=part][value=album]")
        page.select_option("[name=album]", str(album))
        expect(page.locator(".comes-to")).to_contain_text("Just one")
        page.click(".decide [type=submit]")
        page.wait_for_selector("#photos img")
        assert page.inner_text("#said") == "1 photos" and page.locator("#photos img").count() == 1
        page.wait_for_function("document.querySelector('#photos img').naturalWidth > 0")
        page.goto(f"{gallery.url}/apps")
        card = page.locator(".card", has_text="Album page").first
        assert "Just one" in card.inner_text()
        accessible(page)
        card.get_by_role("button", name="Revoke").click()
        page.wait_for_selector(".toast")
    finally:
        server.shutdown()
        wrongs.clear()  # a plain web server has no icon


def test_a_device_is_connected_by_its_code(page: Any, gallery: Any) -> None:
    about = {"client_name": "Hall frame", "redirect_uris": [], "token_endpoint_auth_method": "none"}
    client = httpx.post(f"{gallery.url}/oauth/register", json=about).json()["client_id"]
    asked = httpx.post(f"{gallery.url}/oauth/device", data={"client_id": client, "scope": "read location"}).json()
    page.goto("/device")
    page.fill(".code", asked["user_code"].lower())
    page.click(".type-code [type=submit]")
    page.wait_for_selector(".decide:not([hidden])")
    accessible(page)
    page.uncheck("[name=right][value=location]")
    expect(page.locator(".comes-to")).to_contain_text("places")
    page.click(".decide [type=submit]")
    page.wait_for_selector("text=Hall frame is connected")
    fields = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": asked["device_code"]}
    token = httpx.post(f"{gallery.url}/oauth/token", data=fields | {"client_id": client}).json()
    assert token["scope"] == "read"
