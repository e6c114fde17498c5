"""Search in the page: chips that turn by mouse and keys, near questions, wider results, reasons, me and mine."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Gallery
from tests.browser.test_gallery import LOADED, opened, total


def test_a_chip_turns_by_keys_and_the_address_takes_it_back(page: Page) -> None:
    everything = opened(page)
    opened(page, "/?q=landscape+photos")
    some = total(page)
    page.locator(".chip .turn").first.focus()
    page.keyboard.press("Enter")
    first = page.get_by_role("menuitem").first
    expect(first).to_be_focused()
    told = int(re.sub(r"\D", "", first.locator(".count").inner_text()))
    page.keyboard.press("Enter")
    expect(page.locator(".total")).to_have_text(re.compile(rf"^{told:,} photos?$"))
    assert "e=0.not" in page.url and told + some <= everything
    expect(page.locator(".chip.out")).to_be_visible()
    page.reload()
    expect(page.locator(".total")).to_have_text(re.compile(rf"^{told:,} photos?$"))
    page.go_back()
    expect(page.locator(".total")).to_have_text(re.compile(rf"^{some:,} photos?$"))
    page.locator(".chip .turn").first.click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(page.locator(".chip .turn").first).to_be_focused()


def test_the_question_opens_in_the_playground(page: Page, wrongs: list[str]) -> None:
    opened(page, "/?q=landscape+photos")
    page.get_by_role("button", name="As GraphQL").click()
    address = page.get_by_role("link", name="Open the playground").get_attribute("href") or ""
    page.goto(address)
    expect(page.locator(".cm-content", has_text="LANDSCAPE").first).to_be_visible()
    wrongs.clear()


def test_nothing_found_offers_near_questions(page: Page) -> None:
    page.goto("/?q=landscape+photos+qwrtzx")
    expect(page.locator(".misread")).to_contain_text("qwrtzx")
    near = page.locator(".nearby button")
    expect(near.first).to_be_visible()
    count = int(re.sub(r"\D", "", near.first.locator(".count").inner_text()))
    near.first.click()
    expect(page.locator(".total")).to_have_text(re.compile(rf"^{count:,} photos?$"))
    expect(page.locator(LOADED).first).to_be_visible()


def test_a_number_asked_for_is_all_that_is_shown(page: Page) -> None:
    opened(page, "/?q=latest+3+photos")
    expect(page.locator(".total")).to_have_text("3 photos")
    expect(page.locator(".tile")).to_have_count(3)


def test_a_photo_says_why_it_matched_and_wider_results_are_apart(page: Page, gallery: Gallery) -> None:
    asked = "query($text: String!) { search(text: $text) { totalCount wider { images { totalCount } } } }"
    sizes = ("small", "medium", "large")
    answers = {size: gallery.ask(asked, text=f"landscape photos {size}")["search"] for size in sizes}
    size, told = max(answers.items(), key=lambda answer: answer[1]["totalCount"])
    opened(page, f"/?q=landscape+photos+{size}")
    if told["wider"] and told["wider"]["images"]["totalCount"]:
        page.locator("body").press("End")
        expect(page.locator(".month h2", has_text="Wider results")).to_be_visible()
        page.locator("body").press("Home")
    page.locator(LOADED).first.click()
    expect(page.locator(".reasons")).to_contain_text("landscape")


def test_home_is_told_once(page: Page) -> None:
    page.goto("/me")
    page.get_by_label("Place, or latitude and longitude").fill("45.81, 15.98")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".said")).to_contain_text("Saved")
    page.goto("/?q=at+home")
    expect(page.locator(".chip.read")).to_contain_text("at home")
    expect(page.locator(".misread")).to_have_count(0)
    page.goto("/me")
    expect(page.get_by_label("Place, or latitude and longitude")).to_have_value("45.81, 15.98")
    page.get_by_label("Place, or latitude and longitude").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".said")).to_contain_text("Saved")


def test_suggestions_are_taken_by_keys(page: Page, gallery: Gallery) -> None:
    offered = gallery.ask('{ suggest(text: "cam", first: 9) { text } }')["suggest"]
    opened(page)
    page.locator("body").press("/")
    page.keyboard.type("cam")
    expect(page.get_by_role("option").first).to_contain_text(offered[0]["text"])
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#q")).to_have_value(re.compile(re.escape(offered[0]["text"])))
