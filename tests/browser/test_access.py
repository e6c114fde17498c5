"""Everybody can use it: no violation that axe finds, on any page, in light and dark."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT
from tests.browser.test_gallery import LOADED, opened

pytestmark = pytest.mark.skipif(
    not (ROOT / "node_modules" / "axe-core" / "axe.min.js").is_file(), reason="axe-core is not installed"
)

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def violations(page: Page) -> list[str]:
    found: list[dict[str, Any]] = page.evaluate(
        "async (tags) => (await axe.run(document, { runOnly: { type: 'tag', values: tags } })).violations", list(RULES)
    )
    return [f"{rule['id']}: {rule['help']}: {[node['html'][:120] for node in rule['nodes'][:3]]}" for rule in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["/", "/?q=large+qwrtzx", "/places", "/ingest", "/help"])
def test_pages(page: Page, address: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(address)
    page.wait_for_timeout(1200)
    assert not violations(page)


@pytest.mark.parametrize("theme", ["light", "dark", "paper", "midnight"])
def test_the_viewer_and_the_menu(page: Page, theme: str) -> None:
    opened(page)
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
    page.get_by_role("button", name="View and order").click()
    assert not violations(page)
    page.keyboard.press("Escape")
    page.locator(LOADED).first.click()
    expect(page.locator("photo-details .caption h2")).to_be_visible()
    page.wait_for_timeout(400)
    assert not violations(page)


def test_a_phone(phone: Page) -> None:
    opened(phone)
    assert not violations(phone)
    phone.get_by_role("button", name="Filters").click()
    phone.wait_for_timeout(300)
    assert not violations(phone)
