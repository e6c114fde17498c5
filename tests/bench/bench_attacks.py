"""How fast the corpus of attacks is refused, and how others fare meanwhile: against a server process, over HTTP.

    python -m tests.bench.bench_attacks [SECONDS]

Prints: how many attacks were refused, and milliseconds each, p50, p95 and the longest (with connecting); then p50 and
p95 of somebody who browses (questions and thumbnails, one after the other): alone, beside as many requests for nothing
(/healthz, each on a connection of its own, too), and beside the corpus, sent over and over at `RATE` a second by
identities that have their usual budgets.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import httpx
import numpy as np

from api.opening import opened
from schema.settings import Settings
from tests.api import attack_world, attacking
from tests.api.attacking import Attack, Target
from tests.api.conftest import fill

RATE = 20
GRID = "{ grid(limit: 500) { id aspect taken version flags thumbhash } timeline { total buckets { key count } } }"
ROOT = Path(__file__).resolve().parents[2]


def spread(seconds: list[float]) -> str:
    p50, p95 = np.percentile(np.array(seconds) * 1000, [50, 95])
    return f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, longest {max(seconds) * 1000:.0f} ms over {len(seconds)}"


async def make(settings: Settings, folder: Path, address: str) -> Target:
    await fill(settings, folder)
    async with opened(settings) as library:
        return await attack_world.make(library, settings, folder, address)


@contextlib.contextmanager
def serving(home: Path, port: int, **more: str) -> Iterator[None]:
    """The api alone: no imports beside it."""
    command = [sys.executable, "-m", "api.cli", "api", "--home", str(home), "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **more}, stdout=subprocess.DEVNULL)
    try:
        with httpx.Client(timeout=30) as client:
            for _ in range(600):
                with contextlib.suppress(httpx.HTTPError):
                    if client.get(f"http://127.0.0.1:{port}/healthz").status_code == 200:
                        break
                time.sleep(0.1)
        time.sleep(6)  # it warms up
        yield
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


def refuse(target: Target) -> None:
    """Each attack once, one after the other."""
    took: list[tuple[float, Attack]] = []
    answered: list[str] = []
    for attack in attacking.load(target.ids):
        began = time.perf_counter()
        outcome = attacking.send(attack, target)
        took.append((time.perf_counter() - began, attack))
        if (reason := attacking.wrong(attack, outcome, target)) is not None:
            answered.append(f"{attack.name} ({attack.who}): {reason[:200]}")
    print(f"refused {len(took) - len(answered)} of {len(took)}: {spread([seconds for seconds, _ in took])}")
    slow = sorted(((s, a) for s, a in took if s > 0.05), key=lambda one: -one[0])
    for seconds, attack in slow:
        print(f"  {seconds * 1000:6.0f} ms  {attack.name} ({attack.who})")
    for line in answered:
        print(f"  ANSWERED {line}")


def browse(target: Target, seconds: float) -> list[float]:
    took: list[float] = []
    with httpx.Client(base_url=target.address, headers=dict(target.headers["viewer"]), timeout=30) as client:
        picture = f"/media/{target.ids['mineNew']}/{target.ids['mineVersion']}/small.jpg"
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for request in (lambda: client.post("/graphql", json={"query": GRID}), lambda: client.get(picture)):
                began = time.perf_counter()
                assert request().status_code == 200
                took.append(time.perf_counter() - began)
            time.sleep(0.02)
    return took


def besiege(told: str, seconds: float, path: str) -> None:
    """In a process of its own: `RATE` a second, one after the other, whatever the answers take."""
    target = Target(**json.loads(Path(told).read_text()))
    attacks = [attack for attack in attacking.load(target.ids) if attack.who != "viewer" and attack.messages is None]
    nothing = Attack("", "nothing", "nobody", ("200",), "GET", "/healthz")
    statuses: Counter[int] = Counter()
    began = time.monotonic()
    for number in range(int(RATE * seconds)):
        time.sleep(max(0.0, began + number / RATE - time.monotonic()))
        attack = attacks[number * 7 % len(attacks)] if path == "attacks" else nothing
        statuses[attacking.send(attack, target).status] += 1
    print(f"  {path}: {sum(statuses.values()) / (time.monotonic() - began):.0f} a second, {dict(statuses)}", flush=True)


def main(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        home, photos = base / "home", base / "photos"
        home.mkdir()
        photos.mkdir()
        built = Path(os.environ.get("PIGALLERY_TEST_HOME", "")) / "data"
        if built.is_dir():
            (home / "data").symlink_to(built.resolve())
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        target = asyncio.run(make(Settings(home=home), photos, f"http://127.0.0.1:{port}"))
        told = base / "target.json"
        told.write_text(json.dumps(asdict(target)))
        with serving(home, port, PIGALLERY_BUDGET="0"):
            refuse(target)
        with serving(home, port):
            browse(target, 3)
            alone = browse(target, seconds)
            print(f"browsing alone:          {spread(alone)}")
            for path in ("nothing", "attacks"):
                command = [sys.executable, "-m", __spec__.name, "--besiege", str(told), str(seconds + 3), path]
                siege = subprocess.Popen(command, cwd=ROOT)
                time.sleep(2.5)
                beside = browse(target, seconds)
                print(f"browsing beside {path:8} {spread(beside)}")
                siege.wait()
            alone += browse(target, seconds / 2)
            print(f"alone, with that after:  {spread(alone)}; medians of thirds {thirds(alone)}")


def thirds(seconds: list[float]) -> str:
    """How much the machine itself wavers."""
    parts = np.array_split(np.array(seconds) * 1000, 3)
    return ", ".join(f"{statistics.median(part):.1f}" for part in parts) + " ms"


if __name__ == "__main__":
    if "--besiege" in sys.argv:
        _, _, where, length, what = sys.argv
        besiege(where, float(length), what)
    else:
        main(float(sys.argv[1]) if len(sys.argv) > 1 else 15)
