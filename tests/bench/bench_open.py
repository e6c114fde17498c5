"""From nothing to fifty pictures on the screen, in a real browser: `python -m tests.bench.bench_open ADDRESS`.

Cold: a browser that was never there. Warm: one that comes back, with what it keeps. Milliseconds from the start of the
navigation, by the page's own clock, until fifty thumbnails are loaded and decoded. The limit is a bare page: the same
fifty pictures and nothing else, from a server that has them in memory.
"""

from __future__ import annotations

import argparse
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import uvicorn
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from api.ports import listen

PICTURES = 50
SETTLING_MS = 2_500
"""A new window of Chromium loads pages of its own, hidden below its address bar: a second of processor time."""
WATCH = f"""
addEventListener('DOMContentLoaded', () => {{
  const look = () => {{
    if (window.fiftyAt || document.querySelectorAll('.tile.loaded').length < {PICTURES}) return;
    window.fiftyAt = performance.now();
    window.tellFifty(window.fiftyAt);
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
    program = os.environ.get("PIGALLERY_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    times: dict[str, list[float]] = {}
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=program, args=["--no-sandbox"])
        with bare_page(thumbnails(browser, arguments.address.rstrip("/"))) as bare:
            for _ in range(arguments.rounds):
                for name, address in (("gallery", arguments.address), ("bare page", bare)):
                    context = browser.new_context(viewport={"width": 1920, "height": 1200})
                    for state in ("cold", "warm"):
                        times.setdefault(f"{name}, {state}", []).append(opened(context, address))
                    context.close()
        browser.close()
    print(f"{'to ' + str(PICTURES) + ' thumbnails, ms':28}{'p50':>8}{'p95':>8}")
    for name, taken in times.items():
        p50, p95 = np.percentile(taken, [50, 95])
        print(f"{name:28}{p50:8.0f}{p95:8.0f}")


def thumbnails(browser: Browser, address: str) -> list[bytes]:
    """Of the newest photos. Raises SystemExit where there are too few."""
    asking = browser.new_context().request
    answer = asking.post(f"{address}/graphql", data={"query": URLS, "variables": {"n": PICTURES}}).json()
    urls = [node["smallUrl"] for node in ((answer.get("data") or {}).get("images") or {}).get("nodes", ())]
    if len(urls) < PICTURES:
        raise SystemExit(f"The gallery at {address} shows {len(urls)} photos to a visitor; {PICTURES} are needed.")
    return [asking.get(address + url).body() for url in urls]


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


def opened(context: BrowserContext, address: str) -> float:
    page = context.new_page()
    told: list[float] = []
    page.expose_function("tellFifty", lambda at: told.append(at))
    page.add_init_script(WATCH)
    page.wait_for_timeout(SETTLING_MS)
    page.goto(address, wait_until="commit")
    while not told:
        page.wait_for_timeout(50)
    page.wait_for_timeout(300)  # what it has seen is kept by then
    page.close()
    return told[0]


if __name__ == "__main__":
    main()
