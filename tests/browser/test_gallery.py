"""The gallery as a person uses it: the grid, facets, search, keys, addresses, and what happens when things fail."""

from __future__ import annotations

import re
import time
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Gallery

LOADED = ".tile.loaded"


def total(page: Page) -> int:
    expect(page.locator(".total")).to_contain_text("photo")
    return int(re.sub(r"\D", "", page.locator(".total").inner_text()))


def place(page: Page) -> float:
    """How far the grid is scrolled, in pixels from the first photo."""
    return float(page.evaluate("() => document.querySelector('photo-timeline').at"))


def opened(page: Page, address: str = "/") -> int:
    page.goto(address)
    expect(page.locator(LOADED).first).to_be_visible()
    return total(page)


def test_photos_appear_under_their_months(page: Page, gallery: Gallery) -> None:
    shown = opened(page)
    assert shown == gallery.ask("{ timeline { total } }")["timeline"]["total"]
    expect(page.locator(".month h2").first).to_have_text(re.compile(r"^(\w+ \d{4}|No date)$"))
    expect(page.locator(".tile img[alt='']")).to_have_count(0)
    assert page.evaluate("() => document.querySelectorAll('.tile').length") <= shown


def test_photos_are_grouped_by_year_when_that_is_chosen(page: Page, gallery: Gallery) -> None:
    opened(page)
    page.locator("[popovertarget=view-menu]").click()
    page.locator("#view-menu").get_by_role("radio", name="Year").check()
    expect(page).to_have_url(re.compile("group=year"))
    page.locator("body").press("Escape")
    buckets = gallery.ask("{ timeline { buckets { key } } }")["timeline"]["buckets"]
    years = list(dict.fromkeys(bucket["key"].split("-")[0].replace("undated", "No date") for bucket in buckets))
    heads = page.locator(".month h2")
    expect(heads.first).to_have_text(years[0])
    shown = [text for text in heads.all_inner_texts() if text]
    assert shown == years[: len(shown)], "each year once, in order"


def test_the_first_window_comes_as_one_file_or_each_picture_by_itself(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page)
    expect(page.locator(".tile:not(.loaded)")).to_have_count(0)
    assert sum("/media/sheet?" in url for url in asked) == 1
    expect(page.locator(".tile .pick").first).to_be_attached()
    page.route("**/media/sheet*", lambda route: route.fulfill(body=bytes((9, 0, 0, 0)) + b"cut"))
    opened(page)
    expect(page.locator(".tile:not(.loaded)")).to_have_count(0)
    page.unroute("**/media/sheet*")
    page.route("**/media/sheet*", lambda route: None)  # no answer at all
    page.goto("/")
    expect(page.locator(".tile").first).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("photo-viewer dialog")).to_be_visible()


def test_only_what_is_near_the_window_exists(page: Page) -> None:
    shown = opened(page)
    page.locator("#tile-size").fill("100")
    page.locator("#tile-size").blur()
    page.wait_for_timeout(400)
    assert page.locator(".tile").count() < max(shown, 30)
    before = page.locator(".tile").first.get_attribute("data-key")
    page.locator("body").press("End")
    expect(page.locator(f".tile[data-at='{shown - 1}']")).to_be_visible()
    assert page.locator(f".tile[data-key='{before}']").count() == 0 or shown < 30
    page.locator("body").press("Home")
    expect(page.locator(f".tile[data-key='{before}']")).to_be_visible()
    assert place(page) == 0


def test_a_facet_narrows_leaves_out_and_goes_back(page: Page) -> None:
    everything = opened(page)
    facets = page.locator(".facet li").filter(has_text=re.compile(r"\d"))
    expect(facets.first).to_be_visible()
    counts = [int(re.sub(r"\D", "", told)) for told in facets.locator(".count").all_inner_texts()]
    some = next(at for at, count in enumerate(counts) if 0 < count < everything)
    facet, count = facets.nth(some), counts[some]
    name = facet.locator(".text").inner_text()
    facet.locator(".value").click()
    expect(page.locator(".total")).to_have_text(re.compile(rf"^{count:,} photos?$"))
    expect(page.locator(".chip")).to_contain_text(name, ignore_case=True)
    assert "f=" in page.url
    page.go_back()
    expect(page.locator(".total")).to_contain_text(f"{everything:,}")
    expect(page.locator(".chip")).to_have_count(0)
    facet.locator(".value").click(modifiers=["Alt"])
    expect(page.locator(".total")).to_have_text(re.compile(rf"^{everything - count:,} photos?$"))
    page.reload()
    expect(page.locator(".total")).to_have_text(re.compile(rf"^{everything - count:,} photos?$"))
    page.locator(".chip .remove").click()
    expect(page.locator(".total")).to_contain_text(f"{everything:,}")


def test_a_sentence_becomes_chips_that_can_be_taken_away(page: Page) -> None:
    everything = opened(page)
    page.locator("body").press("/")
    page.keyboard.type("large .,qwrtzx")
    expect(page.locator(".chip", has_text="large")).to_be_visible()
    expect(page.locator(".chip.unknown-word", has_text="qwrtzx")).to_be_visible()
    assert "q=large" in page.url
    assert page.evaluate("() => document.querySelector('photo-timeline').mode") == "justified", "keys are text here"
    for _ in range(page.locator(".chip .remove").count()):
        page.locator(".chip .remove").first.click()
        page.wait_for_timeout(500)
    page.locator(".clear").click(force=True)
    expect(page.locator(".total")).to_contain_text(f"{everything:,}")


def test_nothing_found_says_what_to_do(page: Page) -> None:
    opened(page, "/")
    page.goto('/?f={"taken":{"years":[1812]}}')
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    page.get_by_role("button", name="Show all photos").click()
    expect(page.locator(LOADED).first).to_be_visible()


def test_keys_move_among_photos_and_change_the_view(page: Page) -> None:
    opened(page)
    page.locator("body").press("Enter")
    expect(page.locator(".tile[data-at='0'] a")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tile[data-at='1'] a")).to_be_focused()
    page.keyboard.press("ArrowDown")
    below = page.evaluate("() => Number(document.activeElement.closest('.tile').dataset.at)")
    assert below > 1
    page.keyboard.press("ArrowUp")
    page.keyboard.press(",")
    expect(page.locator(".tile .about strong").first).to_have_text(re.compile(r"\.\w+$"))
    page.keyboard.press(",")
    page.keyboard.press(".")
    expect(page.locator(".toast")).to_contain_text("Ordered by date added")
    assert "sort=added" in page.url
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()


def test_the_scrubber_goes_to_a_year(page: Page) -> None:
    opened(page)
    page.locator("#tile-size").fill("70")
    scrubber = page.locator("date-scrubber")
    expect(scrubber).to_be_visible()
    box = scrubber.bounding_box()
    assert box
    page.mouse.move(box["x"] + 30, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 30, box["y"] + box["height"] * 0.6, steps=8)
    expect(page.locator("date-scrubber .bubble")).to_have_text(re.compile(r"\w+ \d{4}|No date"))
    page.mouse.up()
    page.wait_for_timeout(300)
    assert place(page) > 500
    expect(page.locator(LOADED).first).to_be_attached()


def test_a_theme_is_there_at_the_first_paint(page: Page) -> None:
    opened(page)
    page.get_by_role("button", name="View and order").click()
    page.locator("input[value=midnight]").check(force=True)
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"
    answer = page.request.get("/")
    assert 'data-theme="midnight"' in answer.text()


def test_without_an_answer_it_says_so_and_recovers_by_itself(page: Page, wrongs: list[str]) -> None:
    page.route("**/graphql", lambda route: route.abort())
    page.goto("/")
    expect(page.get_by_role("heading", name="The photos could not be fetched")).to_be_visible()
    page.unroute("**/graphql")
    expect(page.locator(LOADED).first).to_be_visible()
    wrongs.clear()


def test_new_photos_come_by_themselves(page: Page, gallery: Gallery) -> None:
    before = opened(page)
    from PIL import Image

    fresh = gallery.folder / f"fresh-{time.time_ns()}.jpg"
    Image.radial_gradient("L").convert("RGB").resize((640, 480)).save(fresh)
    expect(page.locator(".total")).to_contain_text(f"{before + 1:,}", timeout=60_000)


def test_a_phone_has_a_dock_and_panels_that_slide_up(phone: Page) -> None:
    opened(phone)
    assert phone.evaluate("() => document.documentElement.scrollWidth") == 390
    dock = phone.locator(".dock")
    expect(dock).to_be_visible()
    dock.get_by_role("button", name="Filters").click()
    expect(phone.locator(".facet .value").first).to_be_in_viewport()
    phone.locator(".shade").click(position={"x": 100, "y": 40})
    expect(phone.locator("facet-panel")).not_to_be_in_viewport()
    phone.locator(LOADED).first.tap()
    expect(phone.locator("dialog.viewer")).to_be_visible()
    phone.get_by_role("button", name="Details").tap()
    expect(phone.locator("photo-details .caption h2")).to_be_in_viewport()


def first_row(page: Page) -> Any:
    return page.evaluate("() => [...document.querySelectorAll('.tile')].map((tile) => tile.dataset.key)")


def test_every_order_has_an_address(page: Page) -> None:
    opened(page, "/?sort=name")
    expect(page.locator(".month h2")).to_have_count(0)
    ascending = first_row(page)
    opened(page, "/?sort=name&dir=desc")
    assert first_row(page)[:3] != ascending[:3]
