"""The one way out: nothing that only this machine or network reaches is ever called, by whatever name."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.outward import MOST_BYTES, BadAddress, NoAnswer, addresses_of, call, checked_url, is_allowed, is_public

LOCAL = [ip_network("127.0.0.0/8")]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org:70/_",
        "//example.org/",
        "https://",
        "https:///path",
        "https://user@example.org/",
        "https://a:b@example.org/",
        "https://example.org/#part",
        "https://example.org:22/",
        "https://example.org:99999/",
        "https://exam ple.org/",
        "https://example.org/\r\nHost: other",
        "https://exämple.org/",
        "https://example.org\\@127.0.0.1/",
        "https://[::1/",
        f"https://example.org/{'x' * 1000}",
    ],
)
def test_no_such_address_is_called(url: str) -> None:
    with pytest.raises(BadAddress):
        checked_url(url)


PRIVATE = """
127.0.0.1 127.1.2.3 0.0.0.0 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 100.100.100.200
192.0.0.192 198.18.0.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 :: ::1 fe80::1 fc00::1 fd00:ec2::254 fec0::1
ff02::1 ff0e::1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:10.0.0.1 ::127.0.0.1 2002:7f00:1:: 2002:a9fe:a9fe::
64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 2001:db8::1 2001:0:7f00:1::1 2001:0:4136:e378:8000:63bf:80ff:fffe
"""
PUBLIC = "1.1.1.1 9.9.9.9 172.32.0.1 192.167.1.1 2606:4700:4700::1111 ::ffff:9.9.9.9 64:ff9b::909:909"


@pytest.mark.parametrize("address", PRIVATE.split())
def test_private_addresses_are_refused_in_every_dress(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not is_allowed(ip_address(address), [ip_network("203.0.113.0/24")])


@pytest.mark.parametrize("address", PUBLIC.split())
def test_public_addresses_are_called(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.integers(0, 2**32 - 1))
def test_an_address_inside_another_is_judged_as_itself(number: int) -> None:
    plain = IPv4Address(number)
    dressed = [f"::ffff:{plain}", str(IPv6Address((0x64FF9B << 96) | number))]
    assert {is_public(ip_address(each)) for each in dressed} == {is_public(plain)}


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "0", "::1", "::ffff:127.0.0.1"]
)
def test_this_machine_is_not_called_by_any_name(host: str) -> None:
    with pytest.raises((BadAddress, NoAnswer)):
        asyncio.run(addresses_of(host, 80))


class Receiver(BaseHTTPRequestHandler):
    """Answers by what the path says."""

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        self.server.heard.append((self.path, self.headers["host"], self.rfile.read(length)))  # type: ignore[attr-defined]
        self.send_response(int(self.path.strip("/") or 200))
        self.send_header("location", "http://127.0.0.1:1/")
        self.end_headers()
        self.wfile.write(b"x" * (4 * MOST_BYTES if self.path == "/200" else 1))

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def receiver() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.heard = []  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("status", [200, 204, 302, 404, 500])
def test_the_status_is_told_and_no_redirect_followed(receiver: HTTPServer, status: int) -> None:
    url = f"http://127.0.0.1:{receiver.server_port}/{status}"
    assert asyncio.run(call(url, b"told", {}, LOCAL)) == status
    assert receiver.heard[-1] == (f"/{status}", f"127.0.0.1:{receiver.server_port}", b"told")  # type: ignore[attr-defined]


def test_the_checked_address_is_the_one_that_is_called(receiver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is another machine each time it is asked for: it is asked for once."""
    asked: list[str] = []

    def resolved(host: str, port: int, *rest: Any, **more: Any) -> Any:
        asked.append(host)
        answer = "127.0.0.1" if asked == ["rebinding.example"] or host == "127.0.0.1" else "9.9.9.9"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answer, port))]

    url = f"http://rebinding.example:{receiver.server_port}/204"
    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    assert asyncio.run(call(url, b"", {}, LOCAL)) == 204
    assert asked.count("rebinding.example") == 1
    assert receiver.heard[-1][1] == f"rebinding.example:{receiver.server_port}"  # type: ignore[attr-defined]
    with pytest.raises(BadAddress, match="private network"):
        asyncio.run(call(f"http://127.0.0.1:{receiver.server_port}/204", b"", {}))


def test_a_mouth_that_never_speaks_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.outward.TIMEOUT_S", 0.3)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        with pytest.raises(NoAnswer, match="did not answer"):
            asyncio.run(call(url, b"", {}, LOCAL))
    with pytest.raises(NoAnswer, match="cannot be reached"):
        asyncio.run(call(url, b"", {}, LOCAL))
