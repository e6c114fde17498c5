"""HTTPS by the gallery itself, and by a proxy before it: the running program, asked from outside."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from api.lock import running_server

OWNER = {"name": "ada", "password": "a long engine of brass"}
FROM_A_PROXY = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9", "host": "photos.example.org"}
PUBLIC = "https://photos.example.org"


class Program:
    """`pigallery api` with settings from its environment."""

    def __init__(self, home: Path, data: Path, **settings: str) -> None:
        home.mkdir()
        (home / "data").symlink_to(data)
        self.home = home
        given = {f"PIGALLERY_{name.upper()}": value for name, value in settings.items()}
        arguments = [sys.executable, "-m", "api.cli", "api", "--home", str(home), "--port", "0"]
        self.process = subprocess.Popen(arguments, env=os.environ | given, stderr=subprocess.PIPE, text=True)

    def address(self) -> str:
        until = time.monotonic() + 60
        while not (found := running_server(self.home).get("address")):
            assert self.process.poll() is None and time.monotonic() < until
            time.sleep(0.05)
        return str(found)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def programs(
    tmp_path_factory: pytest.TempPathFactory, data: Path, lexicon: Any, gazetteer: Any, authority: trustme.CA
) -> Iterator[dict[str, Program]]:
    """With a certificate of its own; behind a proxy that it trusts; and behind one that it does not."""
    base = tmp_path_factory.mktemp("https")
    made = authority.issue_cert("localhost", "127.0.0.1")
    made.cert_chain_pems[0].write_to_path(base / "certificate.pem")
    made.private_key_pem.write_to_path(base / "key.pem")
    own = {"tls_certificate": str(base / "certificate.pem"), "tls_key": str(base / "key.pem")}
    found = {
        "own": Program(base / "own", data, **own),
        "trusted": Program(base / "trusted", data, public_url=PUBLIC),
        "untrusted": Program(base / "untrusted", data, public_url=PUBLIC, trusted_proxies="192.0.2.1"),
    }
    yield found
    for program in found.values():
        program.process.send_signal(signal.SIGINT)
    for program in found.values():
        program.process.wait(30)


@pytest.fixture(scope="module")
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def setup_code(program: Program) -> str:
    said = program.process.stderr
    assert said is not None
    return next(line for line in iter(said.readline, "") if "this code:" in line).rpartition(" ")[2].strip()


def begin(client: httpx.Client, **more: str) -> tuple[str, httpx.Response]:
    """Make the owner; the cookie of their session."""
    answer = client.post("/auth/setup", json=OWNER | more)
    assert answer.status_code == 200, answer.text
    return answer.headers["set-cookie"], answer


def is_answered(address: str, **options: Any) -> bool:
    """Over a socket, as the owner."""
    with connect(f"ws{address.removeprefix('http')}/graphql", subprotocols=[PROTOCOL], **options) as socket:
        socket.send('{"type":"connection_init"}')
        assert json.loads(socket.recv(10))["type"] == "connection_ack"
        asked = {"query": "subscription { matches { totalCount } }"}
        socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": asked}))
        told = json.loads(socket.recv(10))
    return bool(told["type"] == "next" and told["payload"]["data"])


PROTOCOL = Subprotocol("graphql-transport-ws")


def test_the_gallery_speaks_https_itself(programs: dict[str, Program], trusting: ssl.SSLContext) -> None:
    address = programs["own"].address()
    assert address.startswith("https://")
    with httpx.Client(base_url=address, verify=trusting, timeout=30) as client:
        cookie, answer = begin(client)
        assert cookie.startswith("__Host-pigallery=")
        assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert client.post("/graphql", json={"query": "{ me { name } }"}).json()["data"]["me"]["name"] == "ada"
        session = {"cookie": cookie.partition(";")[0]}
        assert is_answered(address, ssl=trusting, additional_headers=session)
        # Under the name that is sent in the clear, too, a session is none.
        bare = {"cookie": session["cookie"].removeprefix("__Host-")}
        assert httpx.post(
            f"{address}/graphql", json={"query": "{ me { name } }"}, headers=bare, verify=trusting
        ).json()["data"] == {"me": None}
    with pytest.raises(httpx.HTTPError):
        httpx.get(address.replace("https", "http") + "/healthz", timeout=5)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/healthz", timeout=5)  # a certificate of nobody we know


def test_a_trusted_proxy_says_that_it_speaks_https(programs: dict[str, Program]) -> None:
    address, code = programs["trusted"].address(), setup_code(programs["trusted"])
    with httpx.Client(base_url=address, headers=FROM_A_PROXY, timeout=30) as client:
        cookie, answer = begin(client, code=code)
        assert cookie.startswith("__Host-pigallery=") and "Secure" in cookie
        assert "strict-transport-security" in answer.headers
        session = {**FROM_A_PROXY, "cookie": cookie.partition(";")[0]}
        (seen,) = httpx.post(f"{address}/graphql", json={"query": "{ sessions { address } }"}, headers=session).json()[
            "data"
        ]["sessions"]
        assert seen["address"] == "203.0.113.9"
        host = session.pop("host")
        assert is_answered(address, additional_headers=session)
        assert is_answered(address, additional_headers={**session, "origin": f"https://{host}"})
        with pytest.raises(InvalidStatus):
            is_answered(address, additional_headers={**session, "origin": "https://evil.example"})


def test_what_another_proxy_says_is_not_believed(programs: dict[str, Program]) -> None:
    address, code = programs["untrusted"].address(), setup_code(programs["untrusted"])
    with httpx.Client(base_url=address, headers=FROM_A_PROXY, timeout=30) as client:
        refused = client.post("/auth/setup", json=OWNER)
        assert refused.status_code == 403 and "code" in refused.json()["message"], "it is not this very machine"
        cookie, answer = begin(client, code=code)
        assert cookie.startswith("pigallery=") and "Secure" not in cookie
        assert "strict-transport-security" not in answer.headers
        session = {**FROM_A_PROXY, "cookie": cookie.partition(";")[0]}
        (seen,) = httpx.post(f"{address}/graphql", json={"query": "{ sessions { address } }"}, headers=session).json()[
            "data"
        ]["sessions"]
        assert seen["address"] == "127.0.0.1"
