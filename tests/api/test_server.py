"""The server around the graph: pages, playground, headers, live updates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from api.playground import options_script
from tests.api.conftest import Gallery

PROTOCOL = Subprotocol("graphql-transport-ws")


def test_every_answer_carries_the_guards(gallery: Gallery) -> None:
    for path in ("/", "/healthz", "/playground/", "/nothing-here", "/media/1/original"):
        headers = gallery.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert (
            "script-src 'self'" in headers["content-security-policy"] or "sandbox" in headers["content-security-policy"]
        )
        assert "unsafe-eval" not in headers["content-security-policy"]
        assert headers["referrer-policy"] == "same-origin"


def test_the_server_says_it_is_well(gallery: Gallery) -> None:
    assert gallery.client.get("/healthz").json() == {"ok": True}


def test_the_playground_is_served_by_ourselves(gallery: Gallery) -> None:
    page = gallery.client.get("/playground", follow_redirects=True)
    assert page.status_code == 200
    assert '<base href="/playground/">' in page.text
    assert "https://" not in page.text
    for name in ("options.js", "main.js", "polyfills.js", "styles.css"):
        assert gallery.client.get(f"/playground/{name}").status_code == 200, name
    assert options_script() == gallery.client.get("/playground/options.js").text


def test_long_text_is_packed_and_pictures_are_not(gallery: Gallery) -> None:
    answer = gallery.client.post("/graphql", json={"query": "{images(first:200){nodes{id name alt metadata}}}"})
    assert answer.headers["content-encoding"] == "gzip"


@contextmanager
def subscribe(gallery: Gallery) -> Iterator[ClientConnection]:
    address = gallery.address.replace("http", "ws") + "/graphql"
    with connect(address, subprotocols=[PROTOCOL], origin=Origin(gallery.address)) as socket:
        socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(socket.recv(5))["type"] == "connection_ack"
        yield socket


def send(socket: ClientConnection, id: str, query: str, **variables: Any) -> None:
    socket.send(json.dumps({"id": id, "type": "subscribe", "payload": {"query": query, "variables": variables}}))


def test_changes_arrive_live(gallery: Gallery) -> None:
    with subscribe(gallery) as socket:
        cursor = gallery.ask("{changes(first: 5000) {cursor}}")["changes"]["cursor"]
        send(socket, "1", "subscription($s: String) {changes(since: $s) {cursor changes {kind key op}}}", s=cursor)
        key = gallery.ask("{images(first:1){nodes{key}}}")["images"]["nodes"][0]["key"]
        undo = gallery.ask(
            "mutation($f: ImageFilter!) {editImages(filter: $f, edit: {favorite: true}) {undo}}",
            f={"ids": [f"image:{key}"]},
        )["editImages"]["undo"]
        message = json.loads(socket.recv(5))
        assert message["type"] == "next"
        assert {"kind": "IMAGE", "key": str(key), "op": "UPSERT"} in message["payload"]["data"]["changes"]["changes"]
        gallery.ask("mutation($t: String!) {undo(token: $t)}", t=undo)
        socket.send(json.dumps({"id": "1", "type": "complete"}))


def test_queries_and_their_mistakes_over_the_socket(gallery: Gallery) -> None:
    with subscribe(gallery) as socket:
        send(socket, "a", "{viewer {name}}")
        assert json.loads(socket.recv(5))["payload"]["data"] == {"viewer": {"name": "owner"}}
        assert json.loads(socket.recv(5))["type"] == "complete"
        send(socket, "b", "subscription {nothing}")
        assert json.loads(socket.recv(5))["type"] == "error"
        send(socket, "c", "subscription {" + "a{" * 40 + "b" + "}" * 41)
        assert json.loads(socket.recv(5))["payload"][0]["extensions"]["code"] == "TOO_MUCH"


def test_other_protocols_and_foreign_pages_get_no_socket(gallery: Gallery) -> None:
    address = gallery.address.replace("http", "ws") + "/graphql"
    with (
        connect(address, subprotocols=[Subprotocol("graphql-ws")]) as socket,
        pytest.raises(ConnectionClosed) as closed,
    ):
        socket.recv(5)
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 4406
    with pytest.raises(InvalidStatus):
        connect(address, subprotocols=[PROTOCOL], origin=Origin("https://attacker.example"))


def test_a_socket_has_at_most_ten_subscriptions(gallery: Gallery) -> None:
    with subscribe(gallery) as socket:
        for number in range(11):
            send(socket, str(number), "subscription {changes {cursor}}")
        assert json.loads(socket.recv(5))["type"] == "error"
