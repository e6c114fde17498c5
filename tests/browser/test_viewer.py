"""One photo: its address, its neighbors, scaling, facts, and the way back to where one was."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Gallery
from tests.browser.test_gallery import LOADED, opened, place

CAMERAS = """{ images(filter: {camera: {known: true}}, first: 1) { totalCount
  nodes { key name model aperture iso width height place { name } } } }"""


def test_a_photo_opens_moves_on_and_closes_where_one_was(page: Page) -> None:
    opened(page)
    page.mouse.move(700, 500)
    page.mouse.wheel(0, 700)
    page.wait_for_timeout(400)
    before = place(page)
    assert before > 0
    tile = page.locator(".tile.loaded").filter(visible=True).nth(4)
    tile.scroll_into_view_if_needed()
    before = place(page)
    key = tile.get_attribute("data-key")
    tile.locator("a").click()
    expect(page).to_have_url(re.compile(rf"/photo/{key}$"))
    expect(page.locator("photo-details .caption h2")).to_have_text(re.compile(r"\.\w+$"))
    page.keyboard.press("ArrowRight")
    expect(page).not_to_have_url(re.compile(rf"/photo/{key}$"))
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(rf"/photo/{key}$"))
    page.keyboard.press("Escape")
    expect(page.locator("dialog.viewer")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/$"))
    assert abs(place(page) - before) < 60
    expect(page.locator(f".tile[data-key='{key}'] a")).to_be_focused()


def test_an_address_opens_the_photo_among_its_neighbors(page: Page, gallery: Gallery) -> None:
    found = gallery.ask("{ images(first: 30) { nodes { key name } } }")["images"]["nodes"]
    middle = found[len(found) // 2]
    page.goto(f"/photo/{middle['key']}")
    expect(page.locator("photo-details .caption h2")).to_have_text(middle["name"])
    expect(page.locator(".place-in-order")).to_have_text(re.compile(rf"^{len(found) // 2 + 1} of "))
    page.get_by_role("button", name="Next photo").click(force=True)
    expect(page.locator("photo-details .caption h2")).to_have_text(found[len(found) // 2 + 1]["name"])
    page.keyboard.press("Escape")
    expect(page.locator(LOADED).first).to_be_visible()


def test_the_facts_are_those_of_the_library_and_lead_to_others(page: Page, gallery: Gallery) -> None:
    images = gallery.ask(CAMERAS)["images"]
    if not images["totalCount"]:
        return
    (image,) = images["nodes"]
    page.goto(f"/photo/{image['key']}")
    details = page.locator("photo-details")
    expect(details).to_contain_text(image["model"])
    expect(details).to_contain_text(f"{image['width']} × {image['height']}")
    if image["iso"]:
        expect(details).to_contain_text(f"ISO {round(image['iso'])}")
    expect(page.locator("photo-stage .picture").first).to_have_js_property("complete", True)
    details.get_by_role("link", name=re.compile(re.escape(image["model"]))).first.click()
    expect(page.locator("dialog.viewer")).to_be_hidden()
    expect(page.locator(".chip")).to_contain_text(image["model"])
    expect(page.locator(LOADED).first).to_be_visible()


def test_scaling_by_wheel_keys_and_double_click_stays_within_50_and_500_percent(page: Page) -> None:
    opened(page)
    page.locator(LOADED).first.click()
    stage = page.locator("photo-stage")
    scale = page.locator(".viewer .scale")
    expect(page.locator("photo-details .caption h2")).to_be_visible()
    stage.dblclick()
    expect(scale).to_have_text("250 %")
    stage.dblclick()
    expect(scale).to_be_hidden()
    for _ in range(14):
        page.mouse.wheel(0, -400)
    expect(scale).to_have_text("500 %")
    expect(page.locator(".overview")).to_be_visible()
    for _ in range(20):
        page.keyboard.press("-")
    expect(scale).to_have_text("50 %")
    page.keyboard.press("0")
    expect(scale).to_be_hidden()


def test_a_favorite_stays_one(page: Page) -> None:
    opened(page)
    tile = page.locator(LOADED).first
    key = tile.get_attribute("data-key")
    tile.click()
    heart = page.get_by_role("button", name="Favorite")
    expect(page.locator("photo-details .caption h2")).to_be_visible()
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "true")
    page.get_by_role("radio", name="4 of 5").click()
    expect(page.get_by_role("radio", name="4 of 5")).to_have_attribute("aria-checked", "true")
    page.wait_for_timeout(500)
    page.goto('/?f={"favorite":true,"rating":{"min":4,"max":4}}')
    expect(page.locator(f".tile[data-key='{key}']")).to_be_visible()
    page.goto(f"/photo/{key}")
    expect(heart).to_have_attribute("aria-pressed", "true")
    heart.click()
    page.get_by_role("radio", name="4 of 5").click()
    page.wait_for_timeout(500)
    page.goto('/?f={"favorite":true}')
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()


def test_a_photo_that_is_not_there_says_so(page: Page) -> None:
    page.goto("/photo/999999")
    expect(page.locator("photo-details")).to_contain_text("not in the library")
    page.keyboard.press("Escape")
    expect(page.locator(LOADED).first).to_be_visible()


def test_a_slideshow_goes_through_what_was_searched_until_told_otherwise(page: Page) -> None:
    opened(page)
    page.evaluate("() => localStorage.setItem('slide', '3')")
    opened(page)
    page.locator(LOADED).first.click()
    order = page.locator(".place-in-order")
    expect(order).to_have_text(re.compile("^1 of "))
    page.keyboard.press("End")
    expect(page.locator("[data-act=next]")).to_be_disabled()
    page.keyboard.press("p")
    expect(page.get_by_role("toolbar", name="Slideshow")).to_be_visible()
    expect(order).to_have_text(re.compile("^1 of "), timeout=15_000)
    expect(order).to_have_text(re.compile("^2 of "), timeout=15_000)
    page.keyboard.press("Space")
    stopped = page.url
    page.wait_for_timeout(3600)
    assert page.url == stopped
    page.keyboard.press("Escape")
    expect(page.get_by_role("toolbar", name="Slideshow")).to_be_hidden()
    expect(page.locator("dialog.viewer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog.viewer")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/$"))
