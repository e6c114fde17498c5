"""More pages than live connections: all of them keep up; and a document is sent once, then named by its id."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import pytest

from tests.browser.conftest import Gallery

playwright = pytest.importorskip("playwright.sync_api")

RATE = "mutation($f: ImageFilter!, $e: ImageEdit!) { editImages(filter: $f, edit: $e) { count } }"
LISTENING = ("ChangesSince", "query Line")
PAGES = 5


def test_five_pages_all_hear_of_a_change(gallery: Gallery, browser: Any) -> None:
    key = gallery.ask("{ images(first: 1) { nodes { key } } }")["images"]["nodes"][0]["key"]
    context = browser.new_context(base_url=gallery.url)
    asked: list[list[dict[str, Any]]] = [[] for _ in range(PAGES)]
    closed: list[str] = []
    try:
        pages = []
        for each in asked:
            page = context.new_page()
            page.on("request", partial(_note, each))
            page.on("websocket", lambda socket: socket.on("close", lambda _: closed.append(socket.url)))
            page.goto("/")
            page.wait_for_selector(".tile")
            pages.append(page)
        pages[0].wait_for_timeout(1500)
        before = [len(each) for each in asked]
        gallery.ask(RATE, f={"ids": [f"image:{key}"]}, e={"rating": 3})
        until = time.monotonic() + 15
        while not all(map(_refreshed, asked, before)):
            assert time.monotonic() < until, asked
            pages[0].wait_for_timeout(200)
        assert closed, "two pages were told that there are enough"
        assert sum(any("ChangesSince" in one.get("query", "") for one in each) for each in asked) == 2
    finally:
        gallery.ask(RATE, f={"ids": [f"image:{key}"]}, e={"rating": 0})
        context.close()


def _note(asked: list[dict[str, Any]], request: Any) -> None:
    if request.url.endswith("/graphql") and request.method == "POST":
        asked.append(request.post_data_json)


def _refreshed(asked: list[dict[str, Any]], before: int) -> bool:
    """Whether a page asked for its photos again; it names the question by its id now."""
    return any(
        one.get("documentId", "").startswith("sha256:") for one in asked[before:] if "limit" in one.get("variables", {})
    )
