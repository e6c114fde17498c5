"""Accounts as people meet them: the owner makes them in the page, and each sees what is theirs, until they are cut."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture

from tests.browser.conftest import DESKTOP, PHONE, ROOT, Gallery

playwright = pytest.importorskip("playwright.sync_api")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Iterator[Gallery]:
    """A gallery that gets accounts: two folders with two and three pictures."""
    folder, home = tmp_path_factory.mktemp("pictures"), tmp_path_factory.mktemp("home")
    (home / "data").symlink_to(data)
    for number, name in enumerate(("family/a", "family/b", "work/c", "work/d", "work/e")):
        file = folder / f"{name}.png"
        file.parent.mkdir(exist_ok=True)
        Picture.new("RGB", (320, 200), (40 * number, 120, 200 - 30 * number)).save(file)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "api.cli", "serve", str(folder), "--home", str(home), "--port", str(port)]
    with (home / "told.txt").open("wb") as log:
        process = subprocess.Popen([*command, "--models", "none"], cwd=ROOT, stdout=log, stderr=log)
        running = Gallery(f"http://127.0.0.1:{port}", folder)
        try:
            until = time.monotonic() + 180
            while time.monotonic() < until:
                assert process.poll() is None, (home / "told.txt").read_text()
                try:
                    if running.ask("{ timeline { total } }")["timeline"]["total"] == 5:
                        break
                except OSError:
                    pass
                time.sleep(0.3)
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


@contextmanager
def profile(browser: Any, gallery: Gallery, **options: Any) -> Iterator[Any]:
    """A browser of its own, whose page complains of nothing but refused logins."""
    wrongs: list[str] = []
    context = browser.new_context(base_url=gallery.url, reduced_motion="reduce", **options)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: wrongs.append(str(error)))
    page.on("console", lambda message: wrongs.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert [wrong for wrong in wrongs if "401" not in wrong] == []


def total(page: Any) -> int:
    answer = page.request.post("/graphql", data=json.dumps({"query": "{ timeline { total } }"}), headers=JSON)
    return int(answer.json()["data"]["timeline"]["total"])


JSON = {"content-type": "application/json"}


def test_an_owner_and_somebody_who_sees_one_folder(browser: Any, own: Gallery) -> None:
    with profile(browser, own, viewport=DESKTOP) as ada, profile(browser, own, viewport=PHONE, has_touch=True) as ben:
        ada.goto("/account")
        ada.get_by_role("link", name="Make the owner's account").click()
        ada.get_by_label("Your name").fill("Ada")
        ada.get_by_label("Login name").fill("ada")
        ada.get_by_label("Password").fill("a long engine of brass")
        ada.keyboard.press("Enter")
        ada.wait_for_url(f"{own.url}/")
        assert total(ada) == 5

        ada.goto("/accounts")
        ada.get_by_role("button", name="Add somebody").click()
        dialog = ada.locator("dialog")
        dialog.get_by_label("Login name").fill("ben")
        dialog.get_by_label("Folders they see").fill(str(Path(own.folder) / "work"))
        dialog.get_by_label("Password").fill("three boats")
        dialog.get_by_role("button", name="Save").click()
        ada.get_by_role("button", name="Change ben").wait_for()

        ben.goto("/places?x=1")
        ben.wait_for_url("**/login?next=%2Fplaces%3Fx%3D1")
        ben.get_by_label("Name").fill("ben")
        ben.get_by_label("Password").fill("not that one")
        ben.get_by_role("button", name="Log in").click()
        ben.get_by_text("The name or the password is not right").wait_for()
        ben.get_by_label("Password").fill("three boats")
        ben.keyboard.press("Enter")
        ben.wait_for_url("**/places?x=1")
        ben.goto("/")
        ben.locator("photo-timeline a").first.wait_for()
        assert total(ben) == 3
        assert ben.locator("photo-timeline a").count() == 3
        ben.goto("/accounts")
        ben.get_by_text("needs the right 'admin'").wait_for()

        ben.goto("/")
        ben.locator("photo-timeline a").first.wait_for()
        ada.get_by_role("button", name="Change ben").click()
        ada.locator("dialog [name=disabled]").check()
        ada.locator("dialog").get_by_role("button", name="Save").click()
        ben.wait_for_url("**/login?next=%2F")

        ada.goto("/audit")
        ada.get_by_text("could not log in").wait_for()
        ada.goto("/account")
        ada.get_by_role("button", name="Log out", exact=True).click()
        ada.wait_for_url("**/login")
        ada.goto("/")
        ada.wait_for_url("**/login?next=%2F")
