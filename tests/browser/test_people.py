"""People and duplicates in the page; the library of these tests has no faces, so people are made by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

SAVE = "mutation($p: PersonInput!) { savePerson(person: $p) { key } }"


@pytest.fixture
def ana(gallery: Any) -> Iterator[int]:
    key = gallery.ask(SAVE, p={"name": "Ana"})["savePerson"]["key"]
    yield key
    gallery.ask("mutation($k: Int!) { dismissPerson(key: $k) }", k=key)


def clean(page: Any) -> None:
    """Nothing that axe objects to."""
    if page.evaluate("typeof axe") == "object":
        found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
        assert not found, json.dumps([{"id": one["id"], "at": [n["html"] for n in one["nodes"]]} for one in found])


def test_somebody_is_found_renamed_and_hidden(page: Any, gallery: Any, ana: int) -> None:
    page.goto("/people")
    card = page.locator(f"[data-person='{ana}']")
    card.wait_for()
    clean(page)
    page.get_by_label("Find a name").fill("nobody")
    card.wait_for(state="detached")
    page.get_by_label("Find a name").fill("an")
    card.locator("a.card-face").press("Enter")
    name = page.get_by_label("Name", exact=True)
    page.locator(".person-head:not([aria-busy])").wait_for()
    assert name.input_value() == "Ana"
    clean(page)
    name.fill("Ana Marić")
    name.press("Enter")
    page.get_by_text("This is Ana Marić.").wait_for()
    page.get_by_label("Birthday").fill("1980-02-03")
    page.get_by_text("Ages in their photos").wait_for()
    told = gallery.ask("query($k: Int!) { person(key: $k) { name birthday } }", k=ana)["person"]
    assert told == {"name": "Ana Marić", "birthday": "1980-02-03"}
    page.get_by_role("button", name="Hide", exact=True).click()
    page.get_by_role("button", name="Show again").wait_for()
    page.goto("/people")
    page.get_by_text("Hidden", exact=True).click()
    page.locator(f"[data-person='{ana}'] .choose input").check()
    page.get_by_role("button", name="Show again").click()
    card.wait_for(state="detached")
    assert not gallery.ask("query($k: Int!) { person(key: $k) { hidden } }", k=ana)["person"]["hidden"]


def test_duplicates_are_reviewed_by_kind(phone: Any) -> None:
    phone.goto("/duplicates")
    phone.get_by_text("Nothing to decide").wait_for()
    clean(phone)
    phone.get_by_label("Bursts").check()
    phone.wait_for_url("**/duplicates?kind=burst")


def test_a_photo_leads_to_photos_like_it(page: Any, gallery: Any) -> None:
    (image,) = gallery.ask("{ images(first: 1) { nodes { key } } }")["images"]["nodes"]
    page.goto(f"/photo/{image['key']}")
    page.get_by_role("link", name="by look").click()
    page.wait_for_url("**similar**")
    page.get_by_text("looks alike").first.wait_for()
