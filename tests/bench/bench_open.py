"""From nothing to fifty pictures on the screen, in a real browser: `python -m tests.bench.bench_open ADDRESS`.

Cold: a browser that was never there. Warm: one that comes back, with what it keeps. Milliseconds from the start of the
navigation, by the page's own clock, until fifty thumbnails are loaded. The limit is a bare page: the same fifty
pictures and nothing else, from a server that has them in memory. The browser is told what to open and asked when that
was, no more: with its network watched, as test drivers do, every request costs it as much again.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np
import uvicorn
from playwright.sync_api import sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from websockets.sync.client import ClientConnection, connect

from api.ports import listen

PICTURES = 50
WIDTH, HEIGHT = 1920, 1200
SETTLING_S = 2.5
"""A new window of Chromium loads pages of its own, hidden below its address bar: a second of processor time."""
KEEPING_S = 0.3
"""What was seen is kept by then."""
WATCH = f"""
addEventListener('DOMContentLoaded', () => {{
  const look = () => {{
    if (window.fiftyAt || document.querySelectorAll('.tile.loaded').length < {PICTURES}) return;
    window.fiftyAt = performance.now();
  }};
  new MutationObserver(look).observe(document, {{ subtree: true, attributes: true, attributeFilter: ['class'] }});
  look();
}});
"""
BARE = """<!doctype html><style>div {{ float: left; width: 9%; height: 20vh }} img {{ width: 100% }}</style>
<script>document.addEventListener('load', ({{ target }}) => target.parentNode.classList?.add('loaded'), true)</script>
{tiles}"""
URLS = "query($n: Int!) { images(first: $n) { nodes { smallUrl } } }"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    times: dict[str, list[float]] = {}
    with chromium() as browser, bare_page(thumbnails(arguments.address.rstrip("/"))) as bare:
        for _ in range(arguments.rounds):
            for name, address in (("gallery", arguments.address), ("bare page", bare)):
                profile = browser.call("Target.createBrowserContext")["browserContextId"]
                for state in ("cold", "warm"):
                    times.setdefault(f"{name}, {state}", []).append(opened(browser, profile, address))
                browser.call("Target.disposeBrowserContext", browserContextId=profile)
    print(f"{'to ' + str(PICTURES) + ' thumbnails, ms':28}{'p50':>8}{'p95':>8}")
    for name, taken in times.items():
        p50, p95 = np.percentile(taken, [50, 95])
        print(f"{name:28}{p50:8.0f}{p95:8.0f}")


def thumbnails(address: str) -> list[bytes]:
    """Of the newest photos. Raises SystemExit where there are too few."""
    with httpx.Client(base_url=address) as client:
        answer = client.post("/graphql", json={"query": URLS, "variables": {"n": PICTURES}}).json()
        urls = [node["smallUrl"] for node in ((answer.get("data") or {}).get("images") or {}).get("nodes", ())]
        if len(urls) < PICTURES:
            raise SystemExit(f"The gallery at {address} shows {len(urls)} photos to a visitor; {PICTURES} are needed.")
        return [client.get(url).content for url in urls]


class Browser:
    """Chromium by its own protocol (Chrome DevTools), of which only what is called is in use."""

    def __init__(self, socket: ClientConnection):
        self.socket = socket
        self.numbers = itertools.count(1)

    def call(self, method: str, /, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Raises RuntimeError with what the browser says is wrong."""
        number = next(self.numbers)
        to = {"sessionId": session} if session else {}
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters, **to}))
        while (answer := json.loads(self.socket.recv())).get("id") != number:
            pass
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result


@contextmanager
def chromium() -> Iterator[Browser]:
    program = os.environ.get("PIGALLERY_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        with sync_playwright() as engine:
            program = engine.chromium.executable_path
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        switches = ("--headless=new", "--no-sandbox", "--no-first-run", "--disable-background-networking")
        command = [program, *switches, "--remote-debugging-port=0", f"--user-data-dir={profile}"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            address = next(found[0] for line in process.stderr if (found := re.search(r"ws://\S+", line)))
            with connect(address, max_size=None) as socket:
                yield Browser(socket)
            process.terminate()


@contextmanager
def bare_page(pictures: list[bytes]) -> Iterator[str]:
    kept = {"cache-control": "max-age=3600"}
    tiles = "".join(f'<div class="tile"><img src="/{at}.jpg"></div>' for at in range(len(pictures)))

    async def page(_: Request) -> Response:
        return HTMLResponse(BARE.format(tiles=tiles))

    async def picture(request: Request) -> Response:
        return Response(pictures[request.path_params["at"]], media_type="image/jpeg", headers=kept)

    listener = listen("127.0.0.1", 0)
    app = Starlette(routes=[Route("/", page), Route("/{at:int}.jpg", picture)])
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server.should_exit = True
    thread.join()


def opened(browser: Browser, profile: str, address: str) -> float:
    target = browser.call("Target.createTarget", url="about:blank", browserContextId=profile)["targetId"]
    page = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    screen = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
    browser.call("Emulation.setDeviceMetricsOverride", page, **screen)
    browser.call("Page.enable", page)
    browser.call("Page.addScriptToEvaluateOnNewDocument", page, source=WATCH)
    time.sleep(SETTLING_S)
    browser.call("Page.navigate", page, url=address)
    at = None
    while at is None:
        time.sleep(0.05)
        at = browser.call("Runtime.evaluate", page, expression="window.fiftyAt")["result"].get("value")
    time.sleep(KEEPING_S)
    browser.call("Target.closeTarget", targetId=target)
    return float(at)


if __name__ == "__main__":
    main()
