"""Webhooks against a real receiver: in time, signed, again until they are heard, and never more than may be seen."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from api.webhooks import keeping, sending
from api.webhooks.keeping import Webhooks
from schema import webhooks
from schema.filter import parse_filter
from schema.policy import OWNER
from schema.webhooks_view import WebhooksView
from tests.api.conftest import Gallery, served

ADD = """mutation($name: String!, $url: String!, $filter: ImageFilter!) {
  addWebhook(name: $name, url: $url, filter: $filter) { signingKey webhook { key description app } } }"""
EDIT = "mutation($f: ImageFilter!, $e: ImageEdit!) { editImages(filter: $f, edit: $e) { count } }"
GOWNS = {"tag": {"any": ["gown.n.01"]}}
GOOD = {"rating": {"min": 4}}


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, data: Path, packages: Path) -> Iterator[Gallery]:
    base = tmp_path_factory.mktemp("webhooks")
    with served(base, data, packages, webhook_networks=("127.0.0.1",)) as running:
        yield running


@dataclass
class Receiver:
    """Somebody's server; it answers with `status`."""

    url: str = ""
    status: int = 204
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def next(self, number: int, within_s: float = 1.0) -> dict[str, Any]:
        """The call of this number, counted from 0, which has to come in time."""
        until = time.monotonic() + within_s
        while len(self.heard) <= number:
            assert time.monotonic() < until, f"{len(self.heard)} calls in {within_s} s"
            time.sleep(0.01)
        told: dict[str, Any] = json.loads(self.heard[number][1])
        return told


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(receiver.status)
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


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture(autouse=True)
def _clean(gallery: Gallery) -> Iterator[None]:
    yield
    for webhook in gallery.ask("{ webhooks { key } }")["webhooks"]:
        gallery.ask("mutation($k: String!) { deleteWebhook(key: $k) }", k=webhook["key"])
    edit(gallery, list(range(1, 31)), rating=0)


def edit(gallery: Gallery, keys: list[int], **what: Any) -> None:
    gallery.ask(EDIT, f={"ids": [f"image:{key}" for key in keys]}, e=what)


def add(gallery: Gallery, receiver: Receiver, filter: Any) -> tuple[str, str]:
    made = gallery.ask(ADD, name="Frame", url=receiver.url, filter=filter)["addWebhook"]
    return made["webhook"]["key"], made["signingKey"]


def about(gallery: Gallery) -> Any:
    query = "{ webhooks { failing disabled events { key id kind state tries status error entered } } }"
    return gallery.ask(query)["webhooks"][0]


def until(is_so: Callable[[], bool], within_s: float = 3.0) -> None:
    end = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_match_is_told_within_a_second_and_signed(gallery: Gallery, receiver: Receiver) -> None:
    edit(gallery, [9], rating=5)
    _, key = add(gallery, receiver, GOOD)
    edit(gallery, [4, 5], rating=4)
    told = receiver.next(0)
    assert told["type"] == "photos.matched" and told["data"]["webhook"]["name"] == "Frame"
    assert [photo["key"] for photo in told["data"]["entered"]] == [4, 5], "what there was before is no news"
    assert told["data"]["entered"][0]["lat"] == 42.64 and "path" not in told["data"]["entered"][0]
    edit(gallery, [4], rating=0)
    assert receiver.next(1)["data"]["left"] == [4]

    headers, body = receiver.heard[0]
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 10
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(b64decode(key.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + b64encode(mac).decode()
    assert key not in json.dumps(gallery.ask("{ webhooks { key name url description } audit { nodes { about } } }"))


def test_whoever_does_not_answer_is_called_again_with_the_same_id(
    gallery: Gallery, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "RETRY_S", (0.1, 0.1, 0.1))
    add(gallery, receiver, GOOD)
    receiver.status = 500
    edit(gallery, [6], rating=5)
    receiver.next(1, 3)
    assert about(gallery)["failing"] and "500" in about(gallery)["events"][0]["error"]
    receiver.status = 200
    until(lambda: about(gallery)["events"][0]["state"] == "DELIVERED")
    assert not about(gallery)["failing"]
    ids = {headers["webhook-id"] for headers, _ in receiver.heard}
    event = about(gallery)["events"][0]
    assert ids == {event["id"]} and event["tries"] == len(receiver.heard) and event["entered"] == 1

    calls = len(receiver.heard)
    gallery.ask("mutation($k: String!) { replayWebhookEvent(key: $k) { id } }", k=event["key"])
    receiver.next(calls)
    assert receiver.heard[-1][0]["webhook-id"] == event["id"] and len(about(gallery)["events"]) == 1

    receiver.status = 404
    edit(gallery, [7], rating=5)
    until(lambda: about(gallery)["events"][0]["state"] == "FAILED")
    assert about(gallery)["events"][0]["tries"] == 4


def test_an_address_that_is_gone_is_switched_off_with_a_reason_and_hears_the_rest_later(
    gallery: Gallery, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, _ = add(gallery, receiver, GOOD)
    receiver.status = 410
    gallery.ask("mutation($k: String!) { testWebhook(key: $k) { kind } }", k=key)
    assert receiver.next(0)["type"] == "test"
    until(lambda: "410" in about(gallery)["disabled"])
    edit(gallery, [8], rating=5)
    assert (
        "switch it on" in gallery.refused("mutation($k: String!) { testWebhook(key: $k) { kind } }", k=key)["message"]
    )
    receiver.status = 204
    gallery.ask("mutation($k: String!) { enableWebhook(key: $k) { disabled } }", k=key)
    assert receiver.next(1)["data"]["entered"][0]["key"] == 8
    monkeypatch.setattr(sending, "PATIENCE_S", -1.0)
    receiver.status = 503
    edit(gallery, [9], rating=5)
    until(lambda: "No call succeeded" in about(gallery)["disabled"])


def test_few_events_wait_for_a_receiver_that_is_away_and_it_misses_nothing(
    gallery: Gallery, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "WAITING", 3)
    monkeypatch.setattr(sending, "RETRY_S", (0.6,) * 50)
    add(gallery, receiver, GOOD)
    receiver.status = 500
    for number in range(1, 13):
        edit(gallery, [number], rating=5)
        if number % 3 == 0:
            edit(gallery, [number - 1], rating=0)
        time.sleep(0.12)
    assert len(about(gallery)["events"]) == 3
    good = [1, 3, 4, 6, 7, 9, 10, 12]
    receiver.heard.clear()
    receiver.status = 204
    until(lambda: heard_of(receiver) == set(good), 5)


def heard_of(receiver: Receiver) -> set[int]:
    known: set[int] = set()
    for _, body in sorted(receiver.heard, key=lambda call: call[0]["webhook-id"]):
        told = json.loads(body)["data"]
        known = (known | {photo["key"] for photo in told["entered"]}) - set(told["left"])
    return known


def test_an_app_hears_what_it_may_see_and_is_silent_once_it_is_revoked(gallery: Gallery, receiver: Receiver) -> None:
    make = """mutation($r: [String!]!, $f: ImageFilter) {
      addToken(name: "gowns", capabilities: $r, filter: $f) { token grant { key } } }"""
    blind = gallery.ask(make, r=["read"], f=GOWNS)["addToken"]
    given = gallery.ask(make, r=["read", "webhooks"], f=GOWNS)["addToken"]

    def by(token: str, query: str, **variables: Any) -> Any:
        headers = {"authorization": f"Bearer {token}"}
        asked = {"query": query, "variables": variables}
        return httpx.post(f"{gallery.address}/graphql", json=asked, headers=headers).json()

    filter = {"rating": {"min": 4}}
    refused = by(blind["token"], ADD, name="x", url=receiver.url, filter=filter)
    assert refused["errors"][0]["extensions"]["code"] == "REFUSED"
    add(gallery, receiver, {"ids": []})
    made = by(given["token"], ADD, name="mine", url=receiver.url, filter=filter)["data"]["addWebhook"]["webhook"]
    assert made["app"] == "gowns"
    assert len(by(given["token"], "{ webhooks { key } }")["data"]["webhooks"]) == 1, "a program sees its own"
    assert len(gallery.ask("{ webhooks { key } }")["webhooks"]) == 2
    edit(gallery, [4, 7], rating=5)  # a gown, and a convertible
    assert [photo["key"] for photo in receiver.next(0)["data"]["entered"]] == [4]
    assert receiver.next(0)["data"]["entered"][0]["lat"] is None

    receiver.status = 500
    edit(gallery, [4], rating=0)
    receiver.next(1)
    gallery.ask("mutation($k: String!) { revokeGrant(key: $k) }", k=given["grant"]["key"])
    calls = len(receiver.heard)
    edit(gallery, [4], rating=5)
    until(lambda: len(gallery.ask("{ webhooks { key } }")["webhooks"]) == 1)
    assert len(receiver.heard) == calls


def test_what_may_not_be_seen_at_the_time_of_the_call_is_left_out(gallery: Gallery, receiver: Receiver) -> None:
    add(gallery, receiver, {"trashed": False, "rating": {"min": 4}})
    store = gallery.library.store
    (webhook,) = gallery.run(webhooks.everyones(store))

    async def body() -> bytes:
        narrow = await webhooks.viewer_of(store, webhook)
        assert narrow is not None
        event = webhooks.WebhookEvent("1", webhook.key, entered=(4, 5), changed=(6,), left=(7,))
        scope = parse_filter({"ids": ["image:5"]})
        return await sending.body_of(gallery.library.view(replace(narrow, scope=scope)), webhook, event)

    told = json.loads(gallery.run(body()))["data"]
    assert [photo["key"] for photo in told["entered"]] == [5] and told["changed"] == []


@pytest.mark.parametrize("url", ["http://[::1]:8080/", "http://10.1.2.3/", "http://169.254.169.254/latest", "x"])
def test_no_webhook_leads_into_a_private_network(gallery: Gallery, url: str) -> None:
    message = gallery.refused(ADD, name="x", url=url, filter=GOOD)["message"]
    assert "private network" in message or "cannot be called" in message
    assert gallery.ask("{ webhooks { key } }")["webhooks"] == []


class Killed(BaseException):
    """The process ended here."""


@pytest.mark.parametrize("writes", range(8))
def test_killed_between_any_two_writes_each_event_is_made_once(gallery: Gallery, writes: int) -> None:
    library = gallery.library
    store, view = library.store, library.view(OWNER)

    async def live() -> None:
        made = await WebhooksView(view).add("x", "http://127.0.0.1:9/", parse_filter(GOOD))
        kept = store.put_entry
        left = writes

        async def put_entry(entry: Any, **more: Any) -> Any:
            nonlocal left
            if entry.kind in (webhooks.STATE, webhooks.EVENT):
                if not left:
                    raise Killed
                left -= 1
            return await kept(entry, **more)

        store.put_entry = put_entry
        try:
            progress = None
            for number, rating in ((11, 5), (12, 5), (11, 0), (13, 4)):
                await view.edit(parse_filter({"ids": [f"image:{number}"]}), {"rating": rating})
                progress = await Webhooks(gallery.settings, library)._notice(view, made, progress)
        except Killed:
            pass
        finally:
            store.put_entry = kept
        for number, rating in ((11, 0), (12, 5), (13, 4)):
            await view.edit(parse_filter({"ids": [f"image:{number}"]}), {"rating": rating})
        await Webhooks(gallery.settings, library)._notice(view, made, None)
        known: set[int] = set()
        for event in reversed(await webhooks.events_of(store, made.key)):
            assert not known & set(event.entered), "told once"
            known = (known | set(event.entered)) - set(event.left)
        assert known == {12, 13}
        await webhooks.remove(store, made)

    gallery.run(live())
