"""Live connections of those who do not read, and events that take too long."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import socket
import struct
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from api import sockets
from api.graphql import matching
from api.sockets import Sockets
from tests.api.conftest import Gallery, served
from tests.api.test_limits import index_held

EDIT = "mutation($f: ImageFilter!, $e: ImageEdit!) { editImages(filter: $f, edit: $e) { count } }"
LISTEN = "subscription { matches(filter: {rating: {min: 1}}) { totalCount changed { key title caption } } }"
PING = 0x9


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, data: Path, packages: Path) -> Iterator[Gallery]:
    with served(tmp_path_factory.mktemp("sockets"), data, packages, query_timeout=0.5) as running:
        yield running


class Line:
    """A websocket by hand, whose client takes from the network only what it is told to."""

    def __init__(self, gallery: Gallery, query: str) -> None:
        host, _, port = gallery.address.removeprefix("http://").rpartition(":")
        self.line = socket.socket()
        self.line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.line.settimeout(10)
        self.line.connect((host, int(port)))
        self.line.sendall(
            f"GET /graphql HTTP/1.1\r\nhost: {host}:{port}\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
            f"sec-websocket-version: 13\r\nsec-websocket-key: {b64encode(os.urandom(16)).decode()}\r\n"
            "sec-websocket-protocol: graphql-transport-ws\r\n\r\n".encode()
        )
        self.read = self.line.makefile("rb")
        assert b" 101 " in self.read.readline()
        while self.read.readline() != b"\r\n":
            pass
        self.say({"type": "connection_init"})
        assert self.hear()["type"] == "connection_ack"
        self.say({"id": "1", "type": "subscribe", "payload": {"query": query}})
        assert self.hear()["type"] == "next"

    def send(self, kind: int, content: bytes) -> None:
        size = bytes([0x80 | len(content)]) if len(content) < 126 else b"\xfe" + struct.pack("!H", len(content))
        self.line.sendall(bytes([0x80 | kind]) + size + bytes(4) + content)  # the mask of zeros changes nothing

    def say(self, message: Any) -> None:
        self.send(0x1, json.dumps(message).encode())

    def hear(self) -> Any:
        """The next text; pings are passed over."""
        while True:
            kind, size = self.read.read(2)
            long = {126: "!H", 127: "!Q"}.get(size)
            length = struct.unpack(long, self.read.read(struct.calcsize(long)))[0] if long else size
            content = self.read.read(length)
            if kind & 0xF == 0x1:
                return json.loads(content)

    def close(self) -> None:
        self.read.close()
        self.line.close()


@pytest.fixture
def line(gallery: Gallery) -> Iterator[Line]:
    gallery.ask(EDIT, f={}, e={"rating": 3, "caption": "x" * 10_000})
    made = Line(gallery, LISTEN)
    yield made
    made.close()


def opened() -> list[Sockets]:
    return [one for one in gc.get_objects() if isinstance(one, Sockets) and not one.disconnected]


def kept() -> int:
    """Bytes that wait for clients."""
    return sum(one.transport.get_write_buffer_size() for one in opened())


def test_who_reads_nothing_makes_the_server_keep_nothing_and_hears_the_end_of_it(gallery: Gallery, line: Line) -> None:
    every = 60
    for number in range(every):
        gallery.ask(EDIT, f={}, e={"title": f"Title {number}"})
        time.sleep(0.11)  # each is an event of 300 kB of its own
    assert kept() < 1_000_000
    heard: list[str] = []
    while not heard or heard[-1] != f"Title {every - 1}":
        told = line.hear()["payload"]["data"]["matches"]["changed"]
        heard += [image["title"] for image in told][-1:]
    assert len(heard) < every / 2, "what happened while nobody read is told together"


def test_a_client_that_takes_nothing_is_let_go(gallery: Gallery, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "STALLED_S", 1.0)
    until = time.monotonic() + 15
    number = 0
    while opened():
        assert time.monotonic() < until
        gallery.ask(EDIT, f={}, e={"title": f"Again {(number := number + 1)}"})
        time.sleep(0.11)
    with pytest.raises((OSError, struct.error, ValueError)):  # what was on its way comes, then nothing
        while True:
            line.hear()


def test_pings_of_who_does_not_read_are_not_answered(gallery: Gallery, line: Line) -> None:
    many = b"".join(bytes([0x80 | PING, 0x80 | 125]) + bytes(4) + bytes(125) for _ in range(1_000))
    most = 0
    for _ in range(100):  # 13 MB, much more than the network between takes
        line.line.sendall(many)
        most = max(most, kept())
    assert most < 1_000_000


@contextmanager
def subscribed(gallery: Gallery, query: str) -> Iterator[ClientConnection]:
    address = f"ws{gallery.address.removeprefix('http')}/graphql"
    with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as ear:
        ear.send('{"type":"connection_init"}')
        ear.recv(5)
        ear.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
        yield ear


def too_slow(told: Any) -> bool:
    return bool(told["payload"]["errors"][0]["extensions"]["code"] == "TOO_SLOW")


def test_to_find_out_what_is_new_has_the_time_of_a_question(gallery: Gallery) -> None:
    with index_held(gallery), subscribed(gallery, "subscription { matches { totalCount } }") as ear:
        began = time.monotonic()
        assert too_slow(json.loads(ear.recv(5)))
        assert json.loads(ear.recv(5))["type"] == "complete"
        assert 0.4 < time.monotonic() - began < 2


def test_to_show_an_event_has_the_time_of_a_question(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    free, event_of = threading.Event(), matching._event

    async def event_before_the_index_is_busy(*given: Any) -> Any:
        event = await event_of(*given)
        if event.entered_keys:
            busy.append(asyncio.get_running_loop().run_in_executor(gallery.library._thread, free.wait, 20))
        return event

    busy: list[Any] = []
    monkeypatch.setattr(matching, "_event", event_before_the_index_is_busy)
    gallery.ask(EDIT, f={}, e={"rating": 0})
    query = """subscription { matches(filter: {rating: {min: 1}}) {
      totalCount entered { key why(filter: {rating: {min: 1}}) { text } } } }"""
    with subscribed(gallery, query) as ear:
        assert json.loads(ear.recv(5))["payload"]["data"]["matches"]["totalCount"] == 0
        gallery.ask(EDIT, f={"ids": ["image:3"]}, e={"rating": 5})
        began = time.monotonic()
        told = json.loads(ear.recv(5))
        free.set()
        assert too_slow(told) and 0.4 < time.monotonic() - began < 2.5
        assert json.loads(ear.recv(5))["type"] == "complete"
        # The connection is good for more.
        ear.send(json.dumps({"id": "2", "type": "subscribe", "payload": {"query": query}}))
        assert json.loads(ear.recv(5))["payload"]["data"]["matches"]["totalCount"] == 1
