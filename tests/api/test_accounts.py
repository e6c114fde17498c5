"""Accounts as people meet them: logging in, being somebody, being cut off; over HTTP, GraphQL and the command line."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from hypothesis import given
from hypothesis import strategies as st

from api.auth.attempts import ADDRESS, PAIR, Attempts, TooOften
from api.auth.secrets import folder, secret, setup_code
from schema.settings import Settings
from tests.api.conftest import Gallery, served

OWNER = {"name": "ada", "password": "a long engine of brass"}
CHILD = {"name": "ben", "password": "three small wooden boats"}


class Person:
    """A browser of somebody, with its own cookies."""

    def __init__(self, gallery: Gallery, **headers: str) -> None:
        self.client = httpx.Client(base_url=gallery.address, timeout=30, headers=headers)

    def enter(self, name: str, password: str, **headers: str) -> httpx.Response:
        return self.client.post("/auth/login", json={"name": name, "password": password}, headers=headers)

    def post(self, query: str, **variables: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.post("/graphql", json={"query": query, "variables": variables}).json()
        return answer

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = self.post(query, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def code(self, query: str, **variables: Any) -> str:
        return str(self.post(query, **variables)["errors"][0]["extensions"]["code"])


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, data: Path, packages: Path) -> Iterator[Gallery]:
    with served(tmp_path_factory.mktemp("accounts"), data, packages) as running:
        yield running


@pytest.fixture(scope="module")
def owner(gallery: Gallery) -> Person:
    """The first account, made in the page of a gallery that was open until then."""
    person = Person(gallery)
    assert person.ask("{ viewer { kind } }")["viewer"]["kind"] == "OWNER"
    nobody = 'mutation { saveAccount(account: {name: "eve", role: VIEWER}) { key } }'
    assert person.code(nobody) == "BAD_ACCOUNT", "no gallery is left without somebody who can log in"
    far = Person(gallery, **{"x-forwarded-for": "203.0.113.9"})
    assert far.code("{ images { totalCount } }") == "LOGIN_NEEDED"
    assert far.client.get("/auth/state").json()["needsCode"]
    refused = far.client.post("/auth/setup", json={**OWNER, "code": "AAAA-AAAA"})
    assert refused.status_code == 403
    made = far.client.post("/auth/setup", json={**OWNER, "displayName": "Ada", "code": setup_code(gallery.settings)})
    assert made.status_code == 200, made.text
    assert person.client.post("/auth/setup", json=OWNER).status_code == 400
    assert person.code("{ images { totalCount } }") == "LOGIN_NEEDED"
    assert person.enter(**OWNER).status_code == 200
    return person


@pytest.fixture(scope="module")
def child(gallery: Gallery, owner: Person) -> Person:
    """Sees ten photos."""
    save = "mutation($account: AccountInput!) { saveAccount(account: $account) { key name role roots } }"
    under = str(gallery.folder)
    account = {**CHILD, "role": "EDITOR", "roots": [under]}
    made = owner.ask(save, account=account)["saveAccount"]
    assert made["roots"] == [under]
    person = Person(gallery)
    assert person.enter(**CHILD).status_code == 200
    return person


def test_the_session_cookie_cannot_be_read_by_scripts_or_sent_by_others(gallery: Gallery, owner: Person) -> None:
    entered = Person(gallery).enter(**OWNER)
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie and "secure" not in cookie
    behind = Person(gallery, **{"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.77"}).enter(**OWNER)
    cookie = behind.headers["set-cookie"]
    assert cookie.startswith("__Host-") and "; secure" in cookie.lower()
    assert "max-age" in behind.headers["strict-transport-security"]
    viewer = owner.ask("{ viewer { name kind role capabilities } me { name hasPassword } }")
    assert viewer["viewer"] | {"capabilities": []} == {
        "name": "Ada",
        "kind": "ACCOUNT",
        "role": "OWNER",
        "capabilities": [],
    }
    assert viewer["me"] == {"name": "ada", "hasPassword": True}


def test_wrong_names_and_wrong_passwords_are_told_alike(gallery: Gallery, owner: Person) -> None:
    def told(name: str, address: str) -> tuple[int, str, float]:
        before = time.perf_counter()
        answer = Person(gallery).enter(name, "not this one either", **{"x-forwarded-for": address})
        return answer.status_code, answer.text, time.perf_counter() - before

    known = [told("ada", f"198.51.100.{n}") for n in range(7)]
    unknown = [told("nobody-at-all", f"198.51.100.{n}") for n in range(7)]
    assert {answer[:2] for answer in known + unknown} == {known[0][:2]}
    assert known[0][0] == 401
    fastest = [min(answer[2] for answer in answers) for answers in (known, unknown)]
    assert 0.4 < fastest[0] / fastest[1] < 2.5


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "text/plain"},
    ],
)
def test_other_sites_log_nobody_in_or_out_and_change_nothing(
    gallery: Gallery, owner: Person, headers: dict[str, str]
) -> None:
    body = json.dumps(OWNER)
    answer = owner.client.post("/auth/login", content=body, headers={"content-type": "application/json"} | headers)
    assert answer.status_code == 403 and "set-cookie" not in answer.headers
    if "content-type" not in headers:
        assert owner.client.post("/auth/logout", headers=headers).status_code == 403
        change = {"query": 'mutation { saveMe(displayName: "Eve") { key } }'}
        assert owner.client.post("/graphql", json=change, headers=headers).status_code == 403
    assert owner.ask("{ me { displayName } }")["me"]["displayName"] == "Ada"


def test_an_account_sees_its_folders_and_no_other_account(gallery: Gallery, owner: Person, child: Person) -> None:
    save = "mutation($account: AccountInput!) { saveAccount(account: $account) { key } }"
    accounts = owner.ask("{ accounts { key name role } }")["accounts"]
    assert [(account["name"], account["role"]) for account in accounts] == [("ada", "OWNER"), ("ben", "EDITOR")]
    assert child.ask("{ images { totalCount } }")["images"]["totalCount"] == 30
    owner.ask(save, account={"key": accounts[1]["key"], "roots": [f"{gallery.folder}/none of these"]})
    assert child.ask("{ images { totalCount } people { key } albums { key } tags { name } }") == {
        "images": {"totalCount": 0},
        "people": [],
        "albums": [],
        "tags": [],
    }
    assert child.client.get("/media/3/original").status_code == 404
    owner.ask(save, account={"key": accounts[1]["key"], "roots": [str(gallery.folder)]})
    for query in ("{ accounts { key } }", "{ audit { nodes { key } } }", 'mutation { removeAccount(key: "x") }'):
        assert child.code(query) == "REFUSED"
    assert child.code(save, account={"key": accounts[1]["key"], "role": "ADMIN"}) == "REFUSED"
    assert owner.code(save, account={"key": accounts[0]["key"], "role": "VIEWER"}) == "BAD_ACCOUNT"
    assert owner.code(save, account={"name": "Ben", "password": "another good password"}) == "BAD_ACCOUNT"
    assert owner.code(save, account={"name": "short", "password": "short"}) == "BAD_ACCOUNT"


def test_whoever_is_disabled_is_out_at_once(gallery: Gallery, owner: Person, child: Person) -> None:
    save = "mutation($account: AccountInput!) { saveAccount(account: $account) { key } }"
    key = child.ask("{ me { key } }")["me"]["key"]

    async def follow() -> float:
        cookie = "; ".join(f"{name}={value}" for name, value in child.client.cookies.items())
        address = gallery.address.replace("http", "ws") + "/graphql"
        protocol = websockets.Subprotocol("graphql-transport-ws")
        async with websockets.connect(
            address, subprotocols=[protocol], additional_headers={"cookie": cookie}
        ) as socket:
            await socket.send('{"type": "connection_init"}')
            await socket.recv()
            question = {"query": "subscription { changes { cursor } }"}
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": question}))
            await asyncio.to_thread(owner.ask, save, account={"key": key, "disabled": True})
            began = time.monotonic()
            with pytest.raises(websockets.ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 5)
            assert socket.close_code == 4401
            return time.monotonic() - began

    assert asyncio.run(follow()) < 2
    assert child.code("{ images { totalCount } }") == "LOGIN_NEEDED"
    assert Person(gallery).enter(**CHILD).status_code == 401
    owner.ask(save, account={"key": key, "disabled": False})
    assert child.code("{ images { totalCount } }") == "LOGIN_NEEDED", "the old session stays over"
    assert child.enter(**CHILD).status_code == 200


def test_sessions_can_be_ended_one_by_one_and_a_new_password_ends_the_others(gallery: Gallery, child: Person) -> None:
    other, third = Person(gallery, **{"user-agent": "Old phone"}), Person(gallery)
    other.enter(**CHILD)
    third.enter(**CHILD)
    sessions = child.ask("{ sessions { key device current } }")["sessions"]
    assert [one["current"] for one in sessions].count(True) == 1
    phone = next(one["key"] for one in sessions if one["device"] == "Old phone")
    assert child.ask("mutation($k: String!) { endSession(key: $k) }", k=phone)["endSession"]
    assert other.ask("{ viewer { kind } }")["viewer"]["kind"] == "ANONYMOUS"
    change = "mutation($c: String!, $n: String!) { changePassword(current: $c, new: $n) }"
    assert child.code(change, c="wrong wrong wrong", n="four small wooden boats") == "REFUSED"
    assert child.ask(change, c=CHILD["password"], n="four small wooden boats")["changePassword"]
    assert third.ask("{ viewer { kind } }")["viewer"]["kind"] == "ANONYMOUS"
    assert child.ask("{ viewer { kind } }")["viewer"]["kind"] == "ACCOUNT"
    child.ask(change, c="four small wooden boats", n=CHILD["password"])
    copied = Person(gallery)
    copied.client.cookies.update(child.client.cookies)
    assert child.client.post("/auth/logout").json()["next"] == "/login"
    assert copied.ask("{ me { key } }")["me"] is None, "a copied cookie is worth nothing after logging out"
    child.enter(**CHILD)


def test_what_happened_is_written_down(owner: Person, child: Person) -> None:
    found = owner.ask("{ audit(first: 100) { nodes { action who about address } pageInfo { hasNextPage } } }")["audit"]
    actions = [event["action"] for event in found["nodes"]]
    assert {"login", "login.failed", "logout", "account.created", "account.changed", "password.changed"} <= {*actions}
    assert "session.ended" in actions
    text = json.dumps(found)
    assert OWNER["password"] not in text and CHILD["password"] not in text
    first = owner.ask("{ audit(first: 2) { nodes { key } pageInfo { endCursor } } }")["audit"]
    after = owner.ask(
        "query($after: String) { audit(first: 2, after: $after) { nodes { key } } }",
        after=first["pageInfo"]["endCursor"],
    )["audit"]
    keys = [event["key"] for event in (*first["nodes"], *after["nodes"])]
    assert keys == sorted(keys, reverse=True) and len(set(keys)) == 4


def test_the_command_line_is_the_owner_of_its_home(gallery: Gallery, owner: Person) -> None:
    home = str(gallery.settings.home)

    def pigallery(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "api.cli", "accounts", *words, "--home", home]
        return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=120)

    assert pigallery("add", "cleo", "--role", "viewer", typed="some good long words\n").returncode == 0
    cleo = Person(gallery)
    assert cleo.enter("Cleo ", "some good long words").status_code == 200
    assert pigallery("disable", "cleo").returncode == 0
    assert cleo.ask("{ viewer { kind } }")["viewer"]["kind"] == "ANONYMOUS"
    assert pigallery("role", "ada", "viewer").stderr.startswith("A gallery keeps one owner")
    assert "cleo" in pigallery("list").stdout
    assert pigallery("remove", "cleo").returncode == 0
    key = secret(gallery.settings, "local")
    near = httpx.post(
        f"{gallery.address}/graphql",
        json={"query": "{ images { totalCount } }"},
        headers={"authorization": f"Bearer pgl_{key}"},
    )
    assert near.json()["data"]["images"]["totalCount"] == 30
    for headers in (
        {"authorization": f"Bearer pgl_{key}", "x-forwarded-for": "203.0.113.9"},
        {"authorization": "Bearer pgl_wrong"},
        {"authorization": "Bearer something else"},
        {"authorization": "Basic YWRhOmFkYQ=="},
    ):
        far = httpx.post(f"{gallery.address}/graphql", json={"query": "{ images { totalCount } }"}, headers=headers)
        assert far.status_code == 401 and far.json()["data"] is None


def test_secrets_are_for_their_own_user_only(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    before = os.umask(0)
    try:
        first = secret(settings, "media")
    finally:
        os.umask(before)
    assert secret(settings, "media") == first != secret(settings, "other")
    assert stat.S_IMODE(folder(settings).stat().st_mode) == 0o700
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in folder(settings).iterdir())


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.booleans(), st.floats(0, 30)), max_size=80))
def test_nobody_gets_more_tries_than_are_allowed(tries: list[tuple[str, str, bool, float]]) -> None:
    now = 0.0
    attempts = Attempts(lambda: now)
    failed: dict[tuple[str, str], list[float]] = {}
    for name, address, right, wait in tries:
        now += wait
        try:
            attempts.check(name, address)
        except TooOften as error:
            assert error.wait_s >= 1
            continue
        if right:
            attempts.succeeded(name, address)
            failed.pop((name, address), None)
        else:
            failed.setdefault((name, address), []).append(now)
    for times in failed.values():
        for n, (earlier, later) in enumerate(itertools.pairwise(times), 1):
            assert n < PAIR.free or later - earlier > min(PAIR.longest_s, 2 ** (n - PAIR.free)) - 1e-6


def test_a_guesser_from_one_address_soon_waits_long() -> None:
    now, tries = 0.0, 0
    attempts = Attempts(lambda: now)
    for second in range(3600):
        now = float(second)
        for n in range(20):
            try:
                attempts.check(f"name{second}-{n}", "203.0.113.1")
                tries += 1
            except TooOften:
                break
    assert tries < ADDRESS.free + 16
