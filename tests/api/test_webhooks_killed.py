"""A server that is killed while it calls an address: after the next start it hears the rest, once."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import httpx
import pytest

from api.auth.local import bearer
from api.lock import running_server
from schema.settings import Settings
from tests.api.conftest import PHOTOS, fill

ADD = """mutation($url: String!) {
  addWebhook(name: "Frame", url: $url, filter: {rating: {min: 4}}) { webhook { key } } }"""
EDIT = "mutation($f: ImageFilter!, $e: ImageEdit!) { editImages(filter: $f, edit: $e) { count } }"
GOOD = "{ images(first: 200, filter: {rating: {min: 4}}) { nodes { key } } }"
EVENTS = "{ webhooks { events(first: 100) { id state tries } } }"
SERVE = """
from api.cli import app
from api.webhooks import keeping, sending
sending.LEASE_S, sending.RETRY_S, keeping.LOOK_EVERY_S = 1.0, (0.2,) * 50, 0.5
app()
"""
"""As `pigallery`, but without the patience that calls have outside tests."""
ROUNDS = 4


@dataclass
class Receiver:
    """Takes its time, and sometimes fails after it has understood."""

    url: str = ""
    heard: list[tuple[str, dict[str, Any], bool]] = field(default_factory=list)
    """Id, data, whether it was said that it came."""
    steady: bool = False


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver, chance, one = Receiver(), random.Random(1), Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with one:
                slow, fails = chance.random() * 0.15, not receiver.steady and chance.random() < 0.3
                receiver.heard.append((self.headers["webhook-id"], body["data"], not fails))
            time.sleep(0 if receiver.steady else slow)
            with suppress(OSError):  # whoever called was killed
                self.send_response(500 if fails else 204)
                self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/told"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


class Server:
    """The api of a home, in a process of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = os.environ | {"PIGALLERY_MODELS": "none", "PIGALLERY_WEBHOOK_NETWORKS": "127.0.0.1"}
        arguments = [sys.executable, "-c", SERVE, "api", "--home", str(self.home), "--port", "0"]
        self.process = subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while (found := running_server(self.home)).get("pid") != self.process.pid or not found.get("address"):
            assert self.process.poll() is None and time.monotonic() < until
            time.sleep(0.02)
        headers = {"authorization": bearer(Settings(home=self.home))}
        self.client = httpx.Client(base_url=str(found["address"]), headers=headers, timeout=30)

    def ask(self, query: str, **variables: Any) -> Any:
        answer = self.client.post("/graphql", json={"query": query, "variables": variables}).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def end(self, how: signal.Signals) -> None:
        assert self.process is not None
        self.client.close()
        self.process.send_signal(how)
        self.process.wait(20)


@pytest.fixture
def server(tmp_path: Path, data: Path, packages: Path) -> Iterator[Server]:
    home, photos = tmp_path / "home", tmp_path / "photos"
    for folder in (home, photos):
        folder.mkdir()
    (home / "data").symlink_to(data)
    asyncio.run(fill(Settings(home=home, packages=packages), photos))
    running = Server(home)
    running.start()
    yield running
    running.end(signal.SIGTERM)


def test_nothing_is_lost_and_nothing_told_twice_under_two_ids(server: Server) -> None:
    chance = random.Random(7)
    with receiving() as receiver:
        server.ask(ADD, url=receiver.url)
        for _ in range(ROUNDS):
            before = len(receiver.heard)
            for _ in range(chance.randint(2, 6)):
                chosen = chance.sample(range(1, PHOTOS + 1), 3)
                edit = {"rating": chance.choice([0, 4, 5])}
                server.ask(EDIT, f={"ids": [f"image:{key}" for key in chosen]}, e=edit)
                time.sleep(chance.random() * 0.12)
            until = time.monotonic() + 5
            while len(receiver.heard) == before and time.monotonic() < until:
                time.sleep(0.005)
            time.sleep(chance.random() * 0.2)
            server.end(signal.SIGKILL)
            server.start()
        receiver.steady = True
        server.ask(EDIT, f={"ids": ["image:1"]}, e={"rating": 5})
        server.ask(EDIT, f={"ids": ["image:2"]}, e={"rating": 0})
        good = {node["key"] for node in server.ask(GOOD)["images"]["nodes"]}
        until = time.monotonic() + 30
        while told(receiver) != good or any(each["state"] != "DELIVERED" for each in events(server)):
            assert time.monotonic() < until, (told(receiver), good, events(server))
            time.sleep(0.1)

        calls = [id for id, _, _ in receiver.heard]
        assert len(calls) > len(set(calls)), "killed often enough for some to be told again"
        assert set(calls) == {each["id"] for each in events(server)}
        for id in set(calls):
            said = [
                (keys(data["entered"]), keys(data["changed"]), data["left"]) for i, data, _ in receiver.heard if i == id
            ]
            assert all(each == said[0] for each in said), "the same, as often as it is told"
        # What was answered well is not told again, unless the server was killed before it could write that down.
        again = [id for id in set(calls) if sum(i == id and well for i, _, well in receiver.heard) > 1]
        assert len(again) <= ROUNDS


def events(server: Server) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.ask(EVENTS)["webhooks"][0]["events"]
    return found


def keys(photos: list[dict[str, Any]]) -> list[int]:
    return [photo["key"] for photo in photos]


def told(receiver: Receiver) -> set[int]:
    """What somebody knows who takes each event once, in the order in which they were made."""
    known: set[int] = set()
    for _, data in sorted({id: data for id, data, _ in list(receiver.heard)}.items()):
        entered, left = set(keys(data["entered"])), set(data["left"])
        assert not entered & known, "told under another id before"
        assert left <= known, "what left has come before"
        known = (known | entered) - left
    return known
