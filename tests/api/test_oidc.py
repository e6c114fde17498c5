"""Logging in through identity providers: a real one in a process of its own, and one that lies."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth.oidc import inside
from api.auth.passwords import hashed
from schema.accounts import Account, directory
from schema.policy import Role
from schema.settings import OidcProvider
from tests.api.conftest import Gallery, served
from tests.api.hostile_provider import HostileProvider, asked_of, running, unsigned

WHO = "{ viewer { name kind role } me { key name email } }"
PASSWORD = "a long engine of brass"
CARL = {"sub": "m7", "email": "Carl@Example.org", "email_verified": True}


@pytest.fixture(scope="module")
def real() -> Iterator[str]:
    """Where `oidc-provider-mock` answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    people = [
        {"sub": "ben", "email": "ben@example.org", "email_verified": True, "name": "Ben", "groups": ["family"]},
        {"sub": "ada", "email": "ada@example.org", "email_verified": True, "name": "Ada", "groups": ["x", "heads"]},
        {"sub": "zoe", "email": "zoe@example.org", "name": "Zoe", "groups": []},
    ]
    words = [word for person in people for word in ("--user-claims", json.dumps(person))]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(f"{address}/.well-known/openid-configuration")
                break
            except httpx.HTTPError:
                assert process.poll() is None
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def hostile() -> Iterator[HostileProvider]:
    with running() as provider:
        yield provider


@pytest.fixture(scope="module")
def gallery(
    tmp_path_factory: pytest.TempPathFactory, data: Path, packages: Path, real: str, hostile: HostileProvider
) -> Iterator[Gallery]:
    roles: Any = {"family": "viewer", "heads": "admin"}
    providers = (
        OidcProvider(
            key="real",
            name="Real",
            issuer=real,
            client_id="gallery",
            client_secret="s",
            create="viewer",
            role_claim="groups",
            roles=roles,
        ),
        OidcProvider(key="evil", name="Evil", issuer=hostile.address, client_id="gallery", link_email=True),
    )
    with served(tmp_path_factory.mktemp("oidc"), data, packages, oidc=providers) as running_:
        running_.run(_people(running_))
        yield running_


async def _people(gallery: Gallery) -> None:
    store = gallery.library.store
    password = await hashed(PASSWORD)
    await directory.add_first(store, Account("", "owner", Role.OWNER, password=password, email="owner@example.org"))
    await directory.add(store, Account("", "carl", Role.EDITOR, password=password, email="carl@example.org"))


@pytest.fixture
def browser(gallery: Gallery) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gallery.address, timeout=30) as client:
        yield client


def who(browser: httpx.Client) -> dict[str, Any]:
    data: dict[str, Any] = browser.post("/graphql", json={"query": WHO}).json()["data"]
    return data


def through_real(browser: httpx.Client, person: str, **query: str) -> httpx.Response:
    """The whole way with the real provider; the answer to the callback."""
    away = browser.get("/auth/oidc/real/login", params=query)
    assert away.status_code == 303, away.text
    back = httpx.post(away.headers["location"], data={"sub": person})
    assert back.status_code in (302, 303), back.text
    return browser.get(back.headers["location"])


def begin(browser: httpx.Client, hostile: HostileProvider, **query: str) -> tuple[dict[str, str], str]:
    """Sent to the lying provider: what it was asked, and its code."""
    asked = asked_of(browser.get("/auth/oidc/evil/login", params=query).headers["location"])
    return asked, hostile.authorize(asked)


def through(browser: httpx.Client, hostile: HostileProvider, **query: str) -> httpx.Response:
    asked, code = begin(browser, hostile, **query)
    return browser.get("/auth/oidc/evil/callback", params={"state": asked["state"], "code": code})


def link_to_carl(browser: httpx.Client, hostile: HostileProvider) -> None:
    browser.post("/auth/login", json={"name": "carl", "password": PASSWORD})
    headers = {"sec-fetch-site": "same-origin"}
    away = browser.get("/auth/oidc/evil/login", params={"link": "1", "next": "/account"}, headers=headers)
    asked = asked_of(away.headers["location"])
    code = hostile.authorize(asked)
    back = browser.get("/auth/oidc/evil/callback", params={"state": asked["state"], "code": code})
    assert back.headers["location"] == "/account", back.text


def test_a_login_by_a_real_provider(gallery: Gallery, browser: httpx.Client, real: str) -> None:
    back = through_real(browser, "ben", next="/places?x=1")
    assert back.headers["location"] == "/places?x=1"
    assert who(browser) == {
        "viewer": {"name": "Ben", "kind": "ACCOUNT", "role": "VIEWER"},
        "me": {"key": who(browser)["me"]["key"], "name": "ben", "email": "ben@example.org"},
    }
    first = who(browser)["me"]["key"]
    farewell = browser.post("/auth/logout").json()["next"]
    assert farewell.startswith(f"{real}/oauth2/end_session?id_token_hint=")
    assert httpx.get(farewell).status_code < 400
    assert who(browser)["viewer"]["kind"] == "ANONYMOUS"
    through_real(browser, "ben")
    assert who(browser)["me"]["key"] == first, "the same person is the same account"


def test_roles_come_with_the_claim_and_who_has_none_stays_out(gallery: Gallery, browser: httpx.Client) -> None:
    through_real(browser, "ada")
    assert who(browser)["viewer"]["role"] == "ADMIN"
    browser.post("/auth/logout")
    assert through_real(browser, "zoe").headers["location"] == "/login?wrong=stranger"
    assert who(browser)["viewer"]["kind"] == "ANONYMOUS"


def test_linking_is_explicit_and_logs_in_afterwards(
    gallery: Gallery, browser: httpx.Client, hostile: HostileProvider
) -> None:
    hostile.honest()
    assert through(browser, hostile).headers["location"] == "/login?wrong=stranger"
    link_to_carl(browser, hostile)
    browser.post("/auth/logout")
    assert through(browser, hostile).headers["location"] == "/"
    assert who(browser)["me"]["name"] == "carl"
    foreign = browser.get("/auth/oidc/evil/login", params={"link": "1"}, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403, "no other page begins a link"
    links = browser.post("/graphql", json={"query": "{ accountLinks { key provider } }"}).json()["data"]["accountLinks"]
    assert [link["provider"] for link in links] == ["evil"]
    gone = browser.post("/graphql", json={"query": f'mutation {{ unlinkAccount(key: "{links[0]["key"]}") }}'}).json()
    assert gone["data"]["unlinkAccount"]
    browser.post("/auth/logout")
    assert through(browser, hostile).headers["location"] == "/login?wrong=stranger"


@pytest.mark.parametrize(
    ("forge", "sign_with"),
    [
        ({"nonce": "another"}, "own"),
        ({"nonce": None}, "own"),
        ({"iss": "https://accounts.example.org"}, "own"),
        ({"iss": None}, "own"),
        ({"aud": "somebody-else"}, "own"),
        ({"aud": ["gallery", "other"], "azp": "other"}, "own"),
        ({"aud": ["gallery", "other"]}, "own"),
        ({"aud": None}, "own"),
        ({"exp": 1_000_000_000}, "own"),
        ({"exp": None}, "own"),
        ({"exp": "soon"}, "own"),
        ({"iat": 99_999_999_999}, "own"),
        ({"nbf": 99_999_999_999}, "own"),
        ({"sub": None}, "own"),
        ({"sub": ""}, "own"),
        ({"sub": 7}, "own"),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "own"),
        ({}, "other"),
        ({}, "none"),
        ({}, "secret"),
    ],
)
def test_a_lying_token_lets_nobody_in(
    gallery: Gallery, browser: httpx.Client, hostile: HostileProvider, forge: dict[str, Any], sign_with: str
) -> None:
    hostile.honest()
    hostile.person = {"sub": "carl", "email": "carl@example.org", "email_verified": True}
    hostile.forge, hostile.sign_with = forge, sign_with
    assert through(browser, hostile).headers["location"] == "/login?wrong=provider"
    assert who(browser)["viewer"]["kind"] == "ANONYMOUS"


@pytest.mark.parametrize(
    "person",
    [
        {"sub": "m1", "email": "carl@example.org"},
        {"sub": "m2", "email": "carl@example.org", "email_verified": False},
        {"sub": "m3", "email": "carl@example.org", "email_verified": "true"},
        {"sub": "m4", "email": ["carl@example.org"], "email_verified": True},
        {"sub": "m5", "email": "other@example.org", "email_verified": True},
        {"sub": "m6", "preferred_username": "carl", "name": "carl"},
    ],
)
def test_an_address_that_nobody_verified_is_nobodys(
    gallery: Gallery, browser: httpx.Client, hostile: HostileProvider, person: dict[str, Any]
) -> None:
    hostile.honest()
    hostile.person = person
    assert through(browser, hostile).headers["location"] == "/login?wrong=stranger"
    assert who(browser)["viewer"]["kind"] == "ANONYMOUS"


def test_a_verified_address_is_linked_where_that_is_switched_on(
    gallery: Gallery, browser: httpx.Client, hostile: HostileProvider
) -> None:
    hostile.honest()
    hostile.person = CARL
    assert through(browser, hostile).headers["location"] == "/"
    assert who(browser)["me"]["name"] == "carl"


def test_an_answer_counts_once_in_the_browser_that_asked(
    gallery: Gallery, browser: httpx.Client, hostile: HostileProvider
) -> None:
    hostile.honest()
    link_to_carl(browser, hostile)
    browser.post("/auth/logout")
    asked, code = begin(browser, hostile)
    callback = "/auth/oidc/evil/callback"
    right = {"state": asked["state"], "code": code}
    with httpx.Client(base_url=gallery.address) as other:
        assert other.get(callback, params=right).headers["location"] == "/login?wrong=provider"
        other.get("/auth/oidc/evil/login")
        assert other.get(callback, params=right).headers["location"] == "/login?wrong=provider"
        assert who(other)["viewer"]["kind"] == "ANONYMOUS"
    kept = dict(browser.cookies)
    for wrong in ({"state": "x"}, {"state": ""}, {"iss": "https://mix-up.example"}, {"error": "access_denied"}):
        asked, code = begin(browser, hostile)
        answer = browser.get(callback, params={"state": asked["state"], "code": code} | wrong)
        assert answer.headers["location"] == "/login?wrong=provider"
    assert who(browser)["viewer"]["kind"] == "ANONYMOUS"
    asked, code = begin(browser, hostile)
    kept = dict(browser.cookies)
    params = {"state": asked["state"], "code": code}
    assert browser.get(callback, params=params).headers["location"] == "/"
    with httpx.Client(base_url=gallery.address, cookies=kept) as thief:
        hostile.codes[code] = asked  # even a provider that forgets that its code was used
        assert thief.get(callback, params=params).headers["location"] == "/login?wrong=provider"
    wrong_place = browser.get("/auth/oidc/real/callback", params=params)
    assert wrong_place.headers["location"] == "/login?wrong=provider"
    assert "oidc" not in json.dumps(dict(browser.cookies))


@pytest.mark.parametrize(
    "next",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/x\r\nset-cookie: a=b",
        "javascript:1",
    ],
)
def test_a_login_leads_nowhere_else(
    gallery: Gallery, browser: httpx.Client, hostile: HostileProvider, next: str
) -> None:
    hostile.honest()
    hostile.person = CARL
    assert through(browser, hostile, next=next).headers["location"] == "/"


@given(st.text(max_size=40) | st.text(alphabet="/\\:.@ae%\t\n?#", max_size=12))
def test_every_way_on_stays_inside(address: str) -> None:
    kept = inside(address)
    assert kept.startswith("/") and not kept.startswith(("//", "/\\")) and kept.isascii() and kept.isprintable()
    assert httpx.URL("https://gallery.example").join(kept).host == "gallery.example"


def test_a_logout_at_the_provider_ends_the_session_here(
    gallery: Gallery, browser: httpx.Client, hostile: HostileProvider
) -> None:
    hostile.honest()
    hostile.person = CARL | {"sid": "session-1"}
    assert through(browser, hostile).headers["location"] == "/"
    post = "/auth/oidc/evil/backchannel"
    good = hostile.logout_token(sub="m7", sid="session-1")
    for wrong in (
        "",
        "x.y.z",
        hostile.signed("n"),
        unsigned({"iss": hostile.address, "aud": "gallery", "sub": "m7"}),
        hostile.logout_token(sub="m7", aud="other"),
        hostile.logout_token(sub="m7", iss="https://other.example"),
        hostile.logout_token(sub="m7", events={}),
        hostile.logout_token(sub="m7", nonce="n"),
        hostile.logout_token(sub="m7", iat=1_000_000_000),
    ):
        assert browser.post(post, data={"logout_token": wrong}).status_code == 400
    browser.post(post, data={"logout_token": hostile.logout_token(sub="m7", sid="another")})
    assert who(browser)["viewer"]["kind"] == "ACCOUNT"
    assert httpx.post(f"{gallery.address}{post}", data={"logout_token": good}).status_code == 200
    assert who(browser)["viewer"]["kind"] == "ANONYMOUS"
    assert httpx.post(f"{gallery.address}{post}", data={"logout_token": good}).status_code == 400, "told once"
