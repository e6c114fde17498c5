"""From nothing to fifty pictures on the screen, in a real browser: `python -m tests.bench.bench_open http://127.0.0.1:8080`.

Cold: a browser that was never there. Warm: one that comes back, with what it keeps. Milliseconds from the start of the
navigation, by the page's own clock, until fifty thumbnails are loaded and decoded.
"""

from __future__ import annotations

import argparse
import os
import shutil
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

PICTURES = 50
WINDOW = {"width": 1920, "height": 1200}
WATCH = f"""
addEventListener('DOMContentLoaded', () => {{
  const look = () => {{
    if (document.querySelectorAll('.tile.loaded').length >= {PICTURES}) window.fiftyAt = performance.now();
    else requestAnimationFrame(look);
  }};
  look();
}});
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    program = os.environ.get("PIGALLERY_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=program, args=["--no-sandbox"])
        cold, warm = [], []
        for _ in range(arguments.rounds):
            context = browser.new_context(viewport=WINDOW)
            context.add_init_script(WATCH)
            cold.append(opened(context, arguments.address))
            warm.append(opened(context, arguments.address))
            context.close()
        browser.close()
    print(f"{'to ' + str(PICTURES) + ' thumbnails, ms':28}{'p50':>8}{'p95':>8}")
    for name, times in (("cold", cold), ("warm", warm)):
        p50, p95 = np.percentile(times, [50, 95])
        print(f"{name:28}{p50:8.0f}{p95:8.0f}")


def opened(context: Any, address: str) -> float:
    page = context.new_page()
    page.goto(address, wait_until="commit")
    while (found := page.evaluate("window.fiftyAt")) is None:  # the page's policy lets nothing wait inside it
        page.wait_for_timeout(50)
    page.wait_for_timeout(300)  # the worker of the page keeps what it has seen
    page.close()
    return float(found)


if __name__ == "__main__":
    main()
