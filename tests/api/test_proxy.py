"""`pigallery web`: pages here, api there."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from api.ports import addresses, listen
from api.proxy import api_address, create_web
from schema.errors import BadConfig
from schema.settings import Settings
from tests.api.conftest import Gallery
from tests.api.test_limits import asked_raw, index_held, served_slowly, until


async def _page(_: object) -> PlainTextResponse:
    return PlainTextResponse("a page")


@pytest.fixture(scope="module")
def web(gallery: Gallery) -> Iterator[str]:
    """Another server, before the gallery."""
    app = create_web(Settings(home=gallery.settings.home), gallery.address, Starlette(routes=[Route("/", _page)]))
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    yield addresses(listener)[0]
    server.should_exit = True
    thread.join(10)


def test_questions_and_pictures_are_passed_on(gallery: Gallery, web: str) -> None:
    assert httpx.get(web).text == "a page"
    query = '{images(filter:{path:{name:["photo 04"]}}){nodes{smallUrl originalUrl}}}'
    answer = httpx.post(f"{web}/graphql", json={"query": query}, headers={"origin": web})
    image = answer.json()["data"]["images"]["nodes"][0]
    here, there = httpx.get(web + image["smallUrl"]), gallery.client.get(image["smallUrl"])
    assert here.content == there.content
    assert here.headers["etag"] == there.headers["etag"] and "immutable" in here.headers["cache-control"]
    part = httpx.get(web + image["originalUrl"], headers={"range": "bytes=0-3"})
    assert (part.status_code, len(part.content)) == (206, 4)
    assert httpx.get(f"{web}/playground/").status_code == 200


def test_who_leaves_here_is_not_worked_for_there(gallery: Gallery, web: str) -> None:
    here = replace(gallery, address=web)
    with served_slowly(gallery) as before, index_held(gallery):
        lines = [asked_raw(here, f"{{ images(filter: {{rating: {{min: {n}}}}}) {{ totalCount }} }}") for n in range(5)]
        until(gallery, lambda tasks: tasks > before + 5)
        for line in lines:
            line.close()
        until(gallery, lambda tasks: tasks <= before + 1)
    assert httpx.post(f"{web}/graphql", json={"query": "{ viewer { name } }"}).status_code == 200


def test_who_leaves_while_sending_leaves_nothing_behind(gallery: Gallery, web: str) -> None:
    host, _, port = web.removeprefix("http://").rpartition(":")
    with served_slowly(gallery) as before:
        for _ in range(5):
            with socket.create_connection((host, int(port))) as line:
                head = f"POST /graphql HTTP/1.1\r\nhost: {host}:{port}\r\ncontent-type: application/json\r\n"
                line.sendall(f'{head}content-length: 1000\r\n\r\n{{"query": "'.encode())
                until(gallery, lambda tasks: tasks > before)
        until(gallery, lambda tasks: tasks <= before)


def test_the_socket_s_end_is_passed_on(web: str) -> None:
    with connect(f"{web.replace('http', 'ws')}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        socket.send("[]")
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(5)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4400, "A message is a JSON object with a type.")


def test_foreign_pages_are_refused_here_already(web: str) -> None:
    refused = httpx.post(f"{web}/graphql", json={"query": "{viewer{name}}"}, headers={"origin": "https://evil.example"})
    assert refused.status_code == 403


def test_the_socket_is_passed_on(web: str) -> None:
    protocol = Subprotocol("graphql-transport-ws")
    with connect(f"{web.replace('http', 'ws')}/graphql", subprotocols=[protocol], origin=Origin(web)) as socket:
        socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(socket.recv(5))["type"] == "connection_ack"
        socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": "{viewer{name}}"}}))
        assert json.loads(socket.recv(5))["payload"]["data"] == {"viewer": {"name": "owner"}}


def test_frames_of_a_camera_are_passed_on(web: str) -> None:
    with connect(f"{web.replace('http', 'ws')}/live/frames", origin=Origin(web)) as socket:
        socket.send('{"models": []}')
        assert json.loads(socket.recv(10)) == {"watching": {}}
        socket.send(b"no picture")
        assert "must be a JPEG" in json.loads(socket.recv(10))["error"]


def test_an_api_that_is_not_there_is_said_plainly() -> None:
    app = create_web(Settings(), "http://127.0.0.1:9", Starlette(routes=[Route("/", _page)]))

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.post("/graphql", json={})

    answer = asyncio.run(ask())
    assert answer.status_code == 502 and "does not answer" in answer.text
    with pytest.raises(BadConfig, match="no address of an api"):
        api_address("photos.local")


def test_links_are_passed_on_whole(gallery: Gallery, web: str) -> None:
    add = 'mutation { addShare(filter: {tag: {any: ["gown.n.01"]}}, share: {name: "Gowns"}) { key url } }'
    share = gallery.ask(add)["addShare"]
    link = web + share["url"].removeprefix(gallery.address)
    try:
        assert "15 photos" in httpx.get(link).text
        query = "{ images(first: 1) { totalCount nodes { smallUrl } } }"
        found = httpx.post(f"{link}/graphql", json={"query": query}).json()["data"]["images"]
        assert found["totalCount"] == 15
        assert httpx.get(web + found["nodes"][0]["smallUrl"]).headers["content-type"] == "image/jpeg"
        address = f"ws{link.removeprefix('http')}/graphql"
        with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            socket.send('{"type":"connection_init"}')
            assert json.loads(socket.recv(5))["type"] == "connection_ack"
    finally:
        gallery.ask("mutation($k: String!) { deleteShare(key: $k) }", k=share["key"])
    assert httpx.get(link).status_code == 404
