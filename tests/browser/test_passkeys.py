"""A passkey is added and logs in, in a real browser with the authenticator that browsers have for tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture

from tests.browser.conftest import DESKTOP, Gallery, serving

playwright = pytest.importorskip("playwright.sync_api")
PASSWORD = "a long engine of brass"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    folder = tmp_path_factory.mktemp("pictures")
    Picture.new("RGB", (320, 200), (40, 120, 200)).save(folder / "a.png")
    with serving(tmp_path_factory.mktemp("home"), folder, "--models", "none") as running:
        running.url = running.url.replace("127.0.0.1", "localhost")  # passkeys are for names
        yield running


def authenticator(page: Any) -> Any:
    """A device that is unlocked by its person; returns the way to speak about it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def test_a_passkey_is_added_logs_in_and_ends(browser: Any, own: Gallery) -> None:
    context = browser.new_context(base_url=own.url, viewport=DESKTOP, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(15_000)
    session, device = authenticator(page)
    page.goto("/setup")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Login name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{own.url}/")

    page.goto("/account")
    form = page.locator("[data-form=passkey]")
    form.get_by_label("Name of the device").fill("Kitchen")
    form.get_by_label("Present password").fill("not that one, no")
    form.get_by_role("button").click()
    page.get_by_text("present password is not right").wait_for()
    form.get_by_label("Present password").fill(PASSWORD)
    form.get_by_role("button").click()
    page.locator("[data-list=passkeys] li", has_text="Kitchen").wait_for()
    assert len(session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1

    page.get_by_role("button", name="Log out", exact=True).click()
    page.wait_for_url("**/login")
    page.goto("/login?next=/account")
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url("**/account")
    used = page.locator("[data-list=passkeys] li", has_text="last used")
    used.wait_for()

    # A device that nobody unlocks lets nobody in.
    page.get_by_role("button", name="Log out", exact=True).click()
    page.wait_for_url("**/login")
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.get_by_role("button", name="Log in with a passkey").click()
    page.get_by_text("The device gave no passkey").wait_for()
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})

    # An answer that is caught on its way counts once, and only in the browser that was asked.
    with page.expect_request("**/auth/passkey/login") as caught:
        page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url(f"{own.url}/")
    again = page.request.post("/auth/passkey/login", data=caught.value.post_data, headers=JSON)
    assert again.status == 403

    page.goto("/account")
    page.locator("[data-list=passkeys]").get_by_role("button", name="Remove").click()
    page.locator("[data-list=passkeys] li").wait_for(state="detached")
    page.get_by_role("button", name="Log out", exact=True).click()
    page.wait_for_url("**/login")
    assert not page.get_by_role("button", name="Log in with a passkey").is_visible()
    context.close()


JSON = {"content-type": "application/json", "sec-fetch-site": "same-origin"}
