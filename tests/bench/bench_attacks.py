"""How fast the corpus of attacks is refused, and how others fare meanwhile: against a server process, over HTTP.

    python -m tests.bench.bench_attacks [SECONDS]

Prints: how many attacks were refused, and milliseconds each, by the clock (with connecting) and of the server's
processor time, which says more where other work goes on; then p50 and p95 of somebody who browses (questions and
thumbnails, one after the other): alone, beside as many requests for nothing (/healthz, each on a connection of its own
as well), and beside the corpus, sent over and over at `RATE` a second by identities that have their usual budgets. The
three take turns of a few seconds, so that whatever else the machine does falls on all of them; with the server's work
in all, for each of the browser's requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
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
TURN_S = 3.0
SLOW_S = 0.05
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
def serving(home: Path, port: int, **more: str) -> Iterator[int]:
    """The api alone: no imports beside it. Gives its process id."""
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
        yield server.pid
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


def worked(pid: int) -> float:
    """Seconds that all threads of a process were on a processor."""
    total = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # it has ended
            total += int((thread / "schedstat").read_text().split()[0])
    return total / 1e9


def refuse(target: Target, pid: int) -> None:
    """Each attack once, one after the other; what an identity needs once, such as its words, is made before."""
    for who in ("visitor", "frame", "part", "viewer"):
        body = json.dumps({"query": '{ understand(text: "warm") { filter } }'})
        attacking.send(Attack("", "", who, (), headers=(("content-type", "application/json"),), body=body), target)
    took: list[tuple[float, float, Attack]] = []
    answered: list[str] = []
    for attack in attacking.load(target.ids):
        before, began = worked(pid), time.perf_counter()
        outcome = attacking.send(attack, target)
        took.append((worked(pid) - before, time.perf_counter() - began, attack))
        if (reason := attacking.wrong(attack, outcome, target)) is not None:
            answered.append(f"{attack.name} ({attack.who}): {reason[:200]}")
    print(f"refused {len(took) - len(answered)} of {len(took)}: {spread([clock for _, clock, _ in took])}")
    print(f"  of the server's processor time: {spread([work for work, _, _ in took])}")
    for work, clock, attack in sorted(took, key=lambda one: -one[0]):
        if work > SLOW_S:
            print(f"  {work * 1000:6.0f} ms, by the clock {clock * 1000:.0f}: {attack.name} ({attack.who})")
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
                answer = request()
                assert answer.status_code == 200, answer.text
                took.append(time.perf_counter() - began)
            time.sleep(0.14)  # more would be over the budget of a minute
    return took


def besiege(told: str, path: str) -> None:
    """In a process of its own, until it is ended: `RATE` a second, one after the other."""
    target = Target(**json.loads(Path(told).read_text()))
    attacks = [attack for attack in attacking.load(target.ids) if attack.who != "viewer" and attack.messages is None]
    nothing = Attack("", "nothing", "nobody", ("200",), "GET", "/healthz")
    number = 0
    while True:
        due = time.monotonic() + 1 / RATE
        attacking.send(attacks[number * 7 % len(attacks)] if path == "attacks" else nothing, target)
        number += 1
        time.sleep(max(0.0, due - time.monotonic()))


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
        with serving(home, port, PIGALLERY_BUDGET="0") as pid:
            refuse(target, pid)
        with serving(home, port) as pid:
            browse(target, 3)
            take_turns(target, told, seconds, pid)


def take_turns(target: Target, told: Path, seconds: float, pid: int) -> None:
    took: dict[str, list[float]] = {"alone": [], "nothing": [], "attacks": []}
    busy = dict.fromkeys(took, 0.0)
    sieges: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for path in ("nothing", "attacks"):
            command = [sys.executable, "-m", __spec__.name, "--besiege", str(told), path]
            sieges[path] = subprocess.Popen(command, cwd=ROOT)
        time.sleep(4)
        for siege in sieges.values():
            siege.send_signal(signal.SIGSTOP)
        for _ in range(max(1, round(seconds / TURN_S))):
            for name, times in took.items():
                if name in sieges:
                    sieges[name].send_signal(signal.SIGCONT)
                before = worked(pid)
                times += browse(target, TURN_S)
                busy[name] += worked(pid) - before
                if name in sieges:
                    sieges[name].send_signal(signal.SIGSTOP)
    finally:
        for siege in sieges.values():
            siege.kill()
            siege.wait()
    for name, times in took.items():
        who = "alone" if name == "alone" else f"beside {name}"
        print(f"browsing {who:15} {spread(times)}; {busy[name] * 1000 / len(times):.1f} ms of work each")


if __name__ == "__main__":
    if "--besiege" in sys.argv:
        besiege(*sys.argv[-2:])
    else:
        main(float(sys.argv[1]) if len(sys.argv) > 1 else 30)
