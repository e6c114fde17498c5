"""What the policy costs a question, and how browsing fares while passwords are guessed.

    python -m tests.bench.bench_logins [SECONDS]

Prints: milliseconds to know a session's viewer and to put a question below their scope; p50 and p95 of browsing
(a grid question and a thumbnail, one after the other) alone, beside 100 requests per second for nothing (/healthz), and
beside 100 login tries per second, each from another address and every second one for another name, so that every one of
them would be hashed if there were no bound.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
from PIL import Image as Picture
from starlette.requests import HTTPConnection

from api.auth.caller import Caller
from api.opening import opened
from api.viewers import viewer_of
from schema.accounts import directory, session
from schema.filter import parse_filter
from schema.settings import Settings

RATE = 100
GRID = "{ grid(limit: 500) { id aspect taken version flags thumbhash } timeline { total buckets { key count } } }"
ROOT = Path(__file__).resolve().parents[2]


def spread(seconds: list[float]) -> str:
    p50, p95 = np.percentile(np.array(seconds) * 1000, [50, 95])
    return f"p50 {p50:.2f} ms, p95 {p95:.2f} ms over {len(seconds)}"


async def policy_cost(home: Path) -> None:
    settings = Settings(home=home)
    async with opened(settings, follow=False) as library:
        store = library.store
        account = await directory.named(store, "ben")
        assert account is not None
        _, token = await session.begin(store, account.key, device="", address="")
        headers = [(b"host", b"localhost"), (b"cookie", f"pigallery={token}".encode())]
        scope = {"type": "http", "headers": headers, "client": ("127.0.0.1", 1), "scheme": "http", "path": "/graphql"}
        scope |= {"query_string": b"", "method": "POST"}
        caller = Caller(HTTPConnection(scope), library, settings)
        asked = parse_filter({"tag": {"any": ["clothing"]}, "taken": {"years": [2019]}})
        known: list[float] = []
        below: list[float] = []
        for _ in range(2_000):
            began = time.perf_counter()
            viewer = await viewer_of(caller)
            middle = time.perf_counter()
            await library.view(viewer)._below_scope(asked)
            known.append(middle - began)
            below.append(time.perf_counter() - middle)
        print(f"who asks:             {spread(known)}")
        print(f"question below scope: {spread(below)}")


def browse(address: str, cookie: str, seconds: float) -> list[float]:
    took: list[float] = []
    with httpx.Client(base_url=address, headers={"cookie": cookie}, timeout=30) as client:
        found = client.post("/graphql", json={"query": "{ images(first: 20) { nodes { smallUrl } } }"}).json()
        thumbnails = [node["smallUrl"] for node in found["data"]["images"]["nodes"] if node["smallUrl"]]
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for request in (lambda: client.post("/graphql", json={"query": GRID}), lambda: client.get(thumbnails[0])):
                began = time.perf_counter()
                assert request().status_code == 200
                took.append(time.perf_counter() - began)
            thumbnails.append(thumbnails.pop(0))
            time.sleep(0.14)  # more would be over the budget of a minute
    return took


async def guess(address: str, seconds: float, path: str) -> None:
    """In a process of its own: `RATE` tries a second, whatever the answers take."""
    codes: dict[int, int] = {}

    async def once(client: httpx.AsyncClient, number: int) -> None:
        headers = {"x-forwarded-for": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
        body = {"name": f"name{number}" if number % 2 else "ben", "password": "not the right one"}
        post = path == "/auth/login"
        answer = await (client.post(path, json=body, headers=headers) if post else client.get(path, headers=headers))
        codes[answer.status_code] = codes.get(answer.status_code, 0) + 1

    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        began = time.monotonic()
        tasks = []
        for number in range(int(RATE * seconds)):
            await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
            tasks.append(asyncio.create_task(once(client, number)))
        await asyncio.gather(*tasks)
    print(f"{path}: {sum(codes.values()) / (time.monotonic() - began):.0f} a second, answers {codes}")


def main(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        home, photos = base / "home", base / "photos"
        photos.mkdir()
        built = Path(os.environ.get("PIGALLERY_TEST_HOME", "")) / "data"
        if built.is_dir():
            home.mkdir()
            (home / "data").symlink_to(built.resolve())
        for number in range(60):
            color = (number * 4, 255 - number * 4, 90)
            Picture.new("RGB", (640, 480), color).save(photos / f"{number}.png")
        cli = [sys.executable, "-m", "api.cli"]
        for name in ("ada", "ben"):
            subprocess.run(
                [*cli, "accounts", "add", name, "--home", str(home)], input="long words here\n", text=True, check=True
            )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{free.getsockname()[1]}"
        port = address.rpartition(":")[2]
        server = subprocess.Popen(
            [*cli, "serve", str(photos), "--home", str(home), "--port", port, "--models", "none"], cwd=ROOT
        )
        try:
            cookie = _enter(address)
            browse(address, cookie, 2)
            print(f"browsing alone:       {spread(browse(address, cookie, seconds))}")
            for path in ("/healthz", "/auth/login"):
                told = [sys.executable, "-m", __spec__.name, "--guess", address, str(seconds + 2), path]
                guesser = subprocess.Popen(told)
                time.sleep(1.5)
                print(f"browsing beside {path}: {spread(browse(address, cookie, seconds))}")
                guesser.wait()
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)
        asyncio.run(policy_cost(home))


def _enter(address: str) -> str:
    """The cookie of somebody who sees everything, once all photos are read in."""
    with httpx.Client(base_url=address, timeout=30) as client:
        while True:
            try:
                client.post("/auth/login", json={"name": "ada", "password": "long words here"}).raise_for_status()
                answer = client.post("/graphql", json={"query": "{ timeline { total } ingest { running } }"}).json()
                if answer["data"]["timeline"]["total"] == 60 and not answer["data"]["ingest"]["running"]:
                    return "; ".join(f"{name}={value}" for name, value in client.cookies.items())
            except httpx.HTTPError:
                pass
            time.sleep(0.5)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--guess"]:
        asyncio.run(guess(sys.argv[2], float(sys.argv[3]), sys.argv[4]))
    else:
        main(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
