"""Photos chosen together, edited, put into albums, thrown away and brought back."""

from __future__ import annotations

import re
from zipfile import ZipFile

from playwright.sync_api import Page, expect

from tests.browser.conftest import Gallery
from tests.browser.test_gallery import opened

CHOSEN = "selection-bar .chosen-count"


def test_photos_are_chosen_by_keys_and_clicks_and_edited_with_a_way_back(page: Page, gallery: Gallery) -> None:
    opened(page)
    total = gallery.ask("{ images { totalCount } }")["images"]["totalCount"]
    page.locator(".tile a").first.focus()
    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(CHOSEN)).to_have_text("3 selected")
    page.locator(".tile a").nth(0).click()
    expect(page.locator(CHOSEN)).to_have_text("2 selected")
    page.keyboard.press("Control+a")
    expect(page.locator(CHOSEN)).to_have_text(f"{total:,} selected")
    page.keyboard.press("5")
    expect(page.locator(".toast")).to_contain_text("Rated")
    rated = "{ images(filter: {rating: {min: 5}}) { totalCount } }"
    assert gallery.ask(rated)["images"]["totalCount"] == total
    expect(page.locator("selection-bar")).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_have_text("Taken back.")
    assert gallery.ask(rated)["images"]["totalCount"] < total


def test_what_is_chosen_is_saved_as_one_file(page: Page, gallery: Gallery) -> None:
    opened(page)
    page.locator(".tile a").first.focus()
    page.keyboard.press("x")
    with page.expect_download() as one:
        page.keyboard.press("d")
    assert not one.value.suggested_filename.endswith(".zip")
    page.keyboard.press("Shift+ArrowRight")
    with page.expect_download() as many:
        page.get_by_role("button", name="Download").click()
    with ZipFile(many.value.path()) as whole:
        assert len(whole.namelist()) == 2 and one.value.suggested_filename in whole.namelist()
        assert whole.read(one.value.suggested_filename) == one.value.path().read_bytes()
    expect(page.locator(CHOSEN)).to_have_text("2 selected")


def test_an_album_is_made_shown_renamed_and_deleted(page: Page, gallery: Gallery) -> None:
    opened(page)
    page.locator(".tile a").first.focus()
    page.keyboard.press("x")
    page.get_by_role("button", name="Add to an album").click()
    page.get_by_label("Album, or the name of a new one").fill("Summer")
    page.get_by_role("button", name="New album “Summer”").click()
    expect(page.locator(".toast")).to_contain_text("added to the album")
    page.goto("/albums")
    expect(page.locator(".album-card")).to_contain_text("Summer")
    page.get_by_role("button", name="What to do with Summer").click()
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("textbox", name="Name").fill("Winter")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Winter").click()
    expect(page.locator(".tile.loaded")).to_have_count(1)
    page.goto("/albums")
    page.get_by_role("button", name="What to do with Winter").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete the album").click()
    expect(page.get_by_role("heading", name="No albums yet")).to_be_visible()


def test_the_trash_gives_back_what_was_thrown_away(page: Page, gallery: Gallery) -> None:
    opened(page)
    page.locator(".tile a").first.click()
    expect(page.locator(".place-in-order")).to_have_text(re.compile("^1 of "))
    page.keyboard.press("Delete")
    expect(page.locator(".toast")).to_contain_text("Moved to the trash.")
    page.goto("/?f=%7B%22trashed%22%3Atrue%7D")
    expect(page.locator(".tile.loaded")).to_have_count(1)
    page.locator(".tile a").first.focus()
    page.keyboard.press("x")
    page.get_by_role("button", name="Restore from the trash").click()
    expect(page.locator(".toast")).to_contain_text("restored")
    assert gallery.ask("{ images(filter: {trashed: true}) { totalCount } }")["images"]["totalCount"] == 0
