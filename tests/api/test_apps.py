"""Third-party apps as they really ask: OAuth 2.1 over HTTP, with every known way to ask for more than was given."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from schema.apps import Grant
from schema.filter import ImageFilter, parse_filter
from schema.filter.compose import parts
from schema.filter.nodes import EVERYTHING
from schema.policy import Capability, Viewer, ViewerKind
from tests.api.conftest import Gallery, served
from tests.schema.strategies import filters

BACK = "https://frames.example/back"
DECIDE = """mutation($request: String!, $allow: Boolean!, $capabilities: [String!], $filter: ImageFilter) {
  decideApp(request: $request, allow: $allow, capabilities: $capabilities, filter: $filter)
}"""
GOWNS = {"tag": {"any": ["gown.n.01"]}}
addresses = itertools.count(1)


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, data: Path, packages: Path) -> Iterator[Gallery]:
    with served(tmp_path_factory.mktemp("apps"), data, packages) as running:
        yield running


@pytest.fixture
def app(gallery: Gallery) -> Iterator[App]:
    yield App(gallery)


class App:
    """A program on another machine: its own address, no cookies."""

    def __init__(self, gallery: Gallery, uri: str = BACK) -> None:
        self.gallery = gallery
        headers = {"x-forwarded-for": f"203.0.113.{next(addresses)}"}
        self.client = httpx.Client(base_url=gallery.address, timeout=30, headers=headers)
        about = {"client_name": "Frames", "redirect_uris": [uri], "token_endpoint_auth_method": "none"}
        answer = self.client.post("/oauth/register", json=about)
        assert answer.status_code == 201, answer.text
        self.id, self.uri = answer.json()["client_id"], uri
        self.verifier = secrets.token_urlsafe(48)

    def request(self, **more: str) -> str:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")
        fields = {"response_type": "code", "client_id": self.id, "redirect_uri": self.uri, "state": "s1"}
        fields |= {"scope": "read names location camera originals edit", "code_challenge": challenge}
        fields |= {"code_challenge_method": "S256"}
        return urlencode({name: value for name, value in (fields | more).items() if value})

    def code(self, capabilities: list[str] | None = None, filter: Any = None, **more: str) -> str:
        """What the person's browser brings back after consent."""
        chosen = ["read", "names", "location", "camera", "originals", "edit"] if capabilities is None else capabilities
        request = self.request(**more)
        to = self.gallery.ask(DECIDE, request=request, allow=True, capabilities=chosen, filter=filter)["decideApp"]
        assert to.startswith(f"{self.uri}?"), to
        told = parse_qs(urlsplit(to).query)
        assert told["state"] == ["s1"] and told["iss"] == [self.gallery.address]
        return told["code"][0]

    def post(self, **fields: str) -> httpx.Response:
        return self.client.post("/oauth/token", data={"client_id": self.id, **fields})

    def exchange(self, code: str, **more: str) -> httpx.Response:
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.uri}
        return self.post(**(fields | {"code_verifier": self.verifier} | more))

    def tokens(self, capabilities: list[str] | None = None, filter: Any = None) -> dict[str, Any]:
        answer = self.exchange(self.code(capabilities, filter))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def refresh(self, token: str, **more: str) -> httpx.Response:
        return self.post(grant_type="refresh_token", refresh_token=token, **more)

    def query(self, token: str, query: str, **variables: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"}
        return self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)

    def data(self, token: str, query: str, **variables: Any) -> dict[str, Any]:
        answer = self.query(token, query, **variables).json()
        assert "errors" not in answer, answer["errors"]
        found: dict[str, Any] = answer["data"]
        return found

    def is_good(self, token: str) -> bool:
        return self.query(token, "{ viewer { name } }").status_code == 200


def test_an_app_sees_what_was_granted_and_its_pictures(app: App) -> None:
    tokens = app.tokens(["read", "camera"], GOWNS)
    assert tokens["token_type"] == "Bearer" and tokens["scope"] == "read camera" and tokens["expires_in"] <= 3600
    found = app.data(
        tokens["access_token"],
        "{ viewer { name kind capabilities } images(first: 200) { totalCount nodes { tags { label } smallUrl lat } } }",
    )
    assert found["viewer"] == {"name": "Frames", "kind": "APP", "capabilities": ["camera", "read"]}
    assert found["images"]["totalCount"] == 15
    assert all({"label": "gown"} in image["tags"] and image["lat"] is None for image in found["images"]["nodes"])
    url = found["images"]["nodes"][0]["smallUrl"]
    picture = app.client.get(url)
    assert picture.status_code == 200 and picture.headers["content-type"] == "image/jpeg"
    assert (
        picture.headers["cross-origin-resource-policy"] == "cross-origin"
        and "no-cache" in picture.headers["cache-control"]
    )
    hidden = app.gallery.ask('{ images(first: 1, filter: {tag: {any: ["convertible.n.01"]}}) { nodes { smallUrl } } }')
    assert (
        app.client.get(urlsplit(url)._replace(path=hidden["images"]["nodes"][0]["smallUrl"]).geturl()).status_code
        == 401
    )
    assert app.client.get(url.replace("until=", "until=9")).status_code == 401
    assert app.client.get(urlsplit(url).path).status_code in (401, 403)


def test_consent_says_what_is_asked_and_no_more_can_be_had(app: App) -> None:
    asked = app.request(scope="read location")
    shown = app.gallery.ask(
        "query($r: String!) { appRequest(request: $r) { app { name } returnsTo account rights { name says held } } }",
        r=asked,
    )["appRequest"]
    assert shown["app"]["name"] == "Frames" and shown["returnsTo"] == "frames.example"
    assert [right["name"] for right in shown["rights"]] == ["read", "location"] and all(
        r["held"] for r in shown["rights"]
    )
    tokens = app.exchange(app.code(["read", "location", "edit", "originals", "admin"], scope="read location")).json()
    assert tokens["scope"] == "read location"
    denied = app.gallery.ask(DECIDE, request=asked, allow=False)["decideApp"]
    assert "error=access_denied" in denied and "code=" not in denied
    words = app.gallery.ask(
        'query($f: ImageFilter) { describeRights(capabilities: ["read", "camera"], filter: $f) }', f=GOWNS
    )["describeRights"]
    assert "gown" in words and "without names and places" in words


def test_pages_lead_through_consent_and_metadata_is_right(app: App) -> None:
    told = app.client.get("/.well-known/oauth-authorization-server").json()
    AuthorizationServerMetadata(told).validate()
    assert told["code_challenge_methods_supported"] == ["S256"]
    answer = app.client.get(f"/oauth/authorize?{app.request()}")
    assert answer.status_code == 303 and answer.headers["location"].startswith("/connect?")
    wrong = app.client.get(f"/oauth/authorize?{app.request(redirect_uri='https://evil.example/back')}")
    assert wrong.status_code == 400 and "location" not in wrong.headers
    plain = app.client.get(f"/oauth/authorize?{app.request(code_challenge_method='plain')}")
    assert plain.status_code == 400 and "location" not in plain.headers, "nobody has let this app in yet"
    app.tokens()
    plain = app.client.get(f"/oauth/authorize?{app.request(code_challenge_method='plain')}")
    assert plain.status_code == 302 and plain.headers["location"].startswith(f"{BACK}?error=invalid_request")


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": "https://frames.example/back/"},
        {"redirect_uri": "https://frames.example/back?x=1"},
        {"redirect_uri": "https://frames.example:444/back"},
        {"redirect_uri": "HTTPS://frames.example/back"},
        {"redirect_uri": ""},
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": ""},
        {"response_type": "token"},
        {"client_id": "somebody"},
        {"scope": "admin"},
        {"scope": "read import"},
    ],
)
def test_a_wrong_request_reaches_no_consent(app: App, wrong: dict[str, str]) -> None:
    error = app.gallery.refused(DECIDE, request=app.request(**wrong), allow=True, capabilities=["read"])
    assert "wrong way" in error["message"]


def test_a_code_is_good_once_for_its_app_its_address_and_its_secret(app: App) -> None:
    other = App(app.gallery, "https://other.example/back")
    code = app.code()
    assert other.exchange(code).status_code == 400
    for wrong in ({"code_verifier": "x" * 60}, {"code_verifier": ""}, {"redirect_uri": "https://frames.example/"}):
        assert app.exchange(app.code(), **wrong).json()["error"] in ("invalid_grant", "invalid_request")
    first = app.exchange(code)
    assert first.status_code == 200 and app.is_good(first.json()["access_token"])
    assert app.exchange(code).json()["error"] == "invalid_grant"
    assert not app.is_good(first.json()["access_token"]), "a code used twice ends what came of it"
    assert app.refresh(first.json()["refresh_token"]).status_code == 400


def test_addresses_of_pictures_have_no_more_rights_than_the_token_they_were_given_to(app: App) -> None:
    def original(token: str) -> httpx.Response:
        (image,) = app.data(token, "{ images(first: 1) { nodes { originalUrl } } }")["images"]["nodes"]
        return app.client.get(image["originalUrl"])

    first = app.tokens()
    assert original(first["access_token"]).status_code == 200
    narrow = app.refresh(first["refresh_token"], scope="read").json()["access_token"]
    refused = original(narrow)
    assert refused.status_code == 403 and "originals" in refused.text
    (image,) = app.data(narrow, "{ images(first: 1) { nodes { originalUrl } } }")["images"]["nodes"]
    assert app.client.get(image["originalUrl"].replace("may=", "may=originals")).status_code == 401


def test_a_refresh_token_is_good_once_and_narrows_only(app: App) -> None:
    first = app.tokens(["read", "camera"])
    assert app.refresh(first["refresh_token"], scope="read edit").json()["error"] == "invalid_scope"
    second = app.refresh(first["refresh_token"], scope="read").json()
    assert second["scope"] == "read"
    capabilities = app.data(second["access_token"], "{ viewer { capabilities } }")["viewer"]["capabilities"]
    assert capabilities == ["read"]
    assert app.refresh(second["refresh_token"], scope="read camera").json()["error"] == "invalid_scope"
    third = app.refresh(second["refresh_token"]).json()
    assert app.is_good(third["access_token"])
    assert app.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert not app.is_good(third["access_token"]), "a stolen refresh token ends the whole family"
    assert app.refresh(third["refresh_token"]).status_code == 400
    assert app.refresh(third["access_token"]).status_code == 400


def test_revoking_is_at_once_for_tokens_addresses_and_the_list(app: App) -> None:
    tokens = app.tokens()
    url = app.data(tokens["access_token"], "{ images(first: 1) { nodes { smallUrl } } }")["images"]["nodes"][0][
        "smallUrl"
    ]
    assert app.client.get(url).status_code == 200
    listed = app.gallery.ask("{ appGrants { key name description used app { key } } }")["appGrants"]
    mine = next(grant for grant in listed if grant["app"] and grant["app"]["key"] == app.id)
    assert mine["used"] and mine["description"].startswith("Sees all photos. May ")
    app.gallery.ask("mutation($k: String!) { revokeGrant(key: $k) }", k=mine["key"])
    assert not app.is_good(tokens["access_token"]) and app.client.get(url).status_code == 401
    again = app.tokens()
    assert (
        app.client.post("/oauth/revoke", data={"client_id": app.id, "token": again["refresh_token"]}).status_code == 200
    )
    assert not app.is_good(again["access_token"])


def test_an_app_hands_nothing_on(app: App) -> None:
    token = app.tokens()["access_token"]
    for query in (
        'mutation { addToken(name: "x", capabilities: ["read"]) { token } }',
        'mutation { addShare(filter: {}, share: {name: "x"}) { url } }',
        'mutation { registerApp(name: "x", redirectUris: []) { credential } }',
        "{ appGrants { key } }",
        "{ shares { url } }",
    ):
        assert app.query(token, query).json()["errors"], query
    request = app.request()
    assert app.query(token, DECIDE, request=request, allow=True, capabilities=["edit"]).json()["errors"]


def test_a_device_asks_by_a_code_that_cannot_be_guessed(app: App) -> None:
    begun = app.client.post("/oauth/device", data={"client_id": app.id, "scope": "read camera"}).json()
    assert begun["verification_uri"] == f"{app.gallery.address}/device" and len(begun["user_code"]) == 9
    poll = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": begun["device_code"]}
    assert app.post(**poll).json()["error"] == "authorization_pending"
    assert app.post(**poll).json()["error"] == "slow_down"
    guesser = httpx.Client(base_url=app.gallery.address)
    answers = [
        guesser.post("/graphql", json={"query": f'{{ deviceRequest(code: "{c * 8}") {{ account }} }}'}).json()
        for c in "BCDFGHJKLM"
    ]
    assert all(answer["errors"] for answer in answers)
    assert "too often" in answers[-1]["errors"][0]["message"]
    time.sleep(2.5)
    from api.oauth import deciding

    deciding.ATTEMPTS.succeeded("device", "127.0.0.1")
    typed = begun["user_code"].lower().replace("-", " ")
    decided = app.gallery.ask(
        'mutation($c: String!) { decideDevice(code: $c, allow: true, capabilities: ["read", "edit"]) }', c=typed
    )
    assert decided["decideDevice"] == "Frames"
    token = app.post(**poll).json()
    assert token["scope"] == "read" and app.is_good(token["access_token"])
    assert "error" in app.post(**poll).json()


def test_introspection_is_for_those_with_a_secret(gallery: Gallery, app: App) -> None:
    token = app.tokens()["access_token"]
    assert app.client.post("/oauth/introspect", data={"client_id": app.id, "token": token}).status_code in (400, 401)
    made = gallery.ask(
        'mutation($u: [String!]!) { registerApp(name: "Server", redirectUris: $u, secret: true) '
        "{ credential app { key } } }",
        u=["https://server.example/cb"],
    )["registerApp"]
    auth = (made["app"]["key"], made["credential"])
    other = app.client.post("/oauth/introspect", data={"token": token}, auth=auth)
    assert other.json() == {"active": False}
    server = App(gallery, "https://server.example/cb")
    server.id, server.uri = made["app"]["key"], "https://server.example/cb"
    assert server.exchange(server.code()).status_code == 401
    fields = {"grant_type": "authorization_code", "code": server.code(), "redirect_uri": server.uri}
    mine = server.client.post("/oauth/token", data=fields | {"code_verifier": server.verifier}, auth=auth).json()
    told = server.client.post("/oauth/introspect", data={"token": mine["access_token"]}, auth=auth).json()
    assert told["active"] and told["client_id"] == server.id and told["iss"] == gallery.address


def test_browsers_may_ask_for_registered_apps_with_tokens_only(app: App) -> None:
    token = app.tokens(["read"])["access_token"]
    origin = {"origin": "https://frames.example"}
    time.sleep(1.1)
    before = app.client.options("/graphql", headers=origin | {"access-control-request-method": "POST"})
    assert before.headers["access-control-allow-origin"] == "https://frames.example"
    assert "access-control-allow-credentials" not in before.headers
    asked = {"json": {"query": "{ viewer { kind } }"}}
    answer = app.client.post("/graphql", headers=origin | {"authorization": f"Bearer {token}"}, **asked)  # type: ignore[arg-type]
    assert answer.json()["data"]["viewer"]["kind"] == "APP"
    local = httpx.Client(base_url=app.gallery.address)
    assert local.post("/graphql", headers=origin, **asked).status_code == 401  # type: ignore[arg-type]
    foreign = local.post(
        "/graphql", headers={"origin": "https://evil.example", "authorization": f"Bearer {token}"}, **asked
    )  # type: ignore[arg-type]
    assert foreign.status_code == 403


@pytest.mark.parametrize(
    "uri",
    [
        "http://frames.example/",
        "javascript:alert(1)",
        "https://x/#a",
        "https://u@x/",
        "file:///etc",
        "data:x",
        "myapp:/x",
    ],
)
def test_no_app_registers_with_a_dangerous_address(gallery: Gallery, uri: str) -> None:
    client = httpx.Client(base_url=gallery.address, headers={"x-forwarded-for": f"198.51.100.{next(addresses)}"})
    answer = client.post("/oauth/register", json={"client_name": "x", "redirect_uris": [uri]})
    assert answer.status_code == 400


def test_registration_is_rate_limited(gallery: Gallery) -> None:
    client = httpx.Client(base_url=gallery.address, headers={"x-forwarded-for": "192.0.2.99"})
    answers = [client.post("/oauth/register", json={"client_name": "x", "redirect_uris": []}) for _ in range(8)]
    assert answers[0].status_code == 201 and answers[-1].status_code in (403, 429)


def test_personal_tokens_do_what_they_were_made_for(gallery: Gallery) -> None:
    add = """mutation($c: [String!]!, $f: ImageFilter, $d: Int) {
      addToken(name: "notebook", capabilities: $c, filter: $f, days: $d) { token grant { key expires } } }"""
    made = gallery.ask(add, c=["read"], f=GOWNS, d=1)["addToken"]
    assert made["token"].startswith("pgt_") and made["grant"]["expires"]
    client = httpx.Client(base_url=gallery.address, headers={"authorization": f"Bearer {made['token']}"})
    query = {"query": "{ images(first: 0) { totalCount } }"}
    assert client.post("/graphql", json=query).json()["data"]["images"]["totalCount"] == 15
    wrong = {"authorization": f"Bearer {made['token'][:-2]}xx"}
    assert client.post("/graphql", json=query, headers=wrong).status_code == 401
    assert (
        "errors"
        in client.post(
            "/graphql", json={"query": "mutation { editImages(filter: {}, edit: {rating: 1}) { count } }"}
        ).json()
    )
    gallery.ask("mutation($k: String!) { revokeGrant(key: $k) }", k=made["grant"]["key"])
    assert client.post("/graphql", json=query).status_code == 401


rights = st.frozensets(st.sampled_from(list(Capability))).map(lambda some: some | {Capability.READ})


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(filters(depth=1), filters(depth=1), rights, rights, rights)
def test_what_is_handed_on_only_shrinks(
    theirs: ImageFilter,
    chosen: ImageFilter,
    mine: frozenset[Capability],
    granted: frozenset[Capability],
    token: frozenset[Capability],
) -> None:
    """Whatever the person's rights are now, and were when they granted."""
    person = Viewer("Ada", theirs, mine, ViewerKind.ACCOUNT, account="a1")
    viewer = Grant("g", "a1", "app", granted, chosen).viewer(person, token)
    assert viewer.capabilities == mine & granted & token
    conjuncts = {part for _, part in parts(viewer.scope)} if viewer.scope.and_ else {viewer.scope}
    for scope in (theirs, chosen):
        within = set(scope.and_) if scope.and_ and scope == ImageFilter(and_=scope.and_) else {scope}
        assert scope == EVERYTHING or within <= conjuncts or scope in conjuncts
    assert viewer.kind is ViewerKind.APP and viewer.role is None
    assert parse_filter({}) == EVERYTHING


def test_a_socket_of_a_revoked_app_is_cut_within_a_second(app: App) -> None:
    token = app.tokens(["read"])["access_token"]
    grants = app.gallery.ask("{ appGrants { key app { key } } }")["appGrants"]
    key = next(grant["key"] for grant in grants if grant["app"] and grant["app"]["key"] == app.id)
    address = f"ws{app.gallery.address.removeprefix('http')}/graphql"
    headers = {"authorization": f"Bearer {token}"}
    with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")], additional_headers=headers) as socket:
        socket.send('{"type":"connection_init"}')
        assert json.loads(socket.recv(5))["type"] == "connection_ack"
        app.gallery.ask("mutation($k: String!) { revokeGrant(key: $k) }", k=key)
        started = time.monotonic()
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                socket.recv(5)
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401 and time.monotonic() - started <= 1
