"""What a request may take: time, units of a budget, live connections; and that nobody works for who is gone."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import parse, validate
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from api.budget import KEPT, SOCKETS, Budgets, OverBudget, payer
from api.graphql.cost import measure
from api.graphql.limits import MAX_COST, MAX_TEXT, MAX_TOKENS, may_introspect, refusal
from api.graphql.schema import schema
from schema import apps
from schema.filter import parse_filter
from schema.patience import TooSlow, answered_within
from schema.policy import NOBODY, OWNER, Capability, Viewer, ViewerKind
from tests.api.conftest import Gallery, served

COUNT = "query($f: ImageFilter) { images(filter: $f) { totalCount } }"
CONSTANT = re.compile(r"""^(?:export )?const (\w+) = (?:`([^`]*)`|'([^'\n]*)'|"([^"\n]*)");""", re.MULTILINE)
ELEMENTS = Path(__file__).resolve().parents[2] / "webui" / "elements"


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, data: Path, packages: Path) -> Iterator[Gallery]:
    base = tmp_path_factory.mktemp("limits")
    with served(base, data, packages, query_timeout=0.5, budget=3_000) as running:
        yield running


@contextmanager
def index_held(gallery: Gallery) -> Iterator[None]:
    """The index answers nobody meanwhile."""
    held, free = threading.Event(), threading.Event()

    def hold(index: Any) -> None:
        held.set()
        free.wait(20)

    async def begin() -> asyncio.Task[None]:
        return asyncio.ensure_future(gallery.library.ask(hold))

    holding = gallery.run(begin())
    assert held.wait(5)
    try:
        yield
    finally:
        free.set()
        gallery.run(asyncio.wait_for(holding, 5))


def asked_raw(gallery: Gallery, query: str) -> socket.socket:
    """A request whose answer is not waited for."""
    host, _, port = gallery.address.removeprefix("http://").rpartition(":")
    line = socket.create_connection((host, int(port)))
    body = json.dumps({"query": query}).encode()
    line.sendall(
        f"POST /graphql HTTP/1.1\r\nhost: {host}:{port}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n".encode()
        + body
    )
    return line


async def _tasks() -> int:
    return len(asyncio.all_tasks())


def until(gallery: Gallery, meets: Any, within_s: float = 3.0) -> None:
    end = time.monotonic() + within_s
    while not meets(found := gallery.run(_tasks())):
        assert time.monotonic() < end, found
        time.sleep(0.01)


# -- time


def test_a_question_that_takes_too_long_is_stopped(gallery: Gallery) -> None:
    with index_held(gallery):
        began = time.monotonic()
        error = gallery.refused(COUNT, f={"rating": {"min": 2}})
    assert time.monotonic() - began < 2
    assert error["extensions"]["code"] == "TOO_SLOW"
    assert "longer than 0.5 seconds" in error["message"]
    assert gallery.ask(COUNT)["images"]["totalCount"] == 30


def test_the_index_stops_between_the_parts_of_a_question(gallery: Gallery) -> None:
    looks = 0

    def endless(index: Any) -> None:
        nonlocal looks
        while True:
            looks += 1
            index.count(parse_filter({"rating": {"min": looks % 5}}))

    async def ask() -> None:
        async with answered_within(0.2):
            await gallery.library.ask(endless)

    with pytest.raises(TooSlow):
        gallery.run(ask())
    assert looks
    assert gallery.ask(COUNT)["images"]["totalCount"] == 30


def test_who_goes_away_is_not_worked_for(gallery: Gallery) -> None:
    with served_slowly(gallery) as before, index_held(gallery):
        line = asked_raw(gallery, "{ images(filter: {rating: {min: 3}}) { totalCount } }")
        until(gallery, lambda tasks: tasks > before + 2)
        line.close()
        until(gallery, lambda tasks: tasks <= before + 1)


def test_a_change_is_finished_though_nobody_waits(gallery: Gallery) -> None:
    with served_slowly(gallery) as before, index_held(gallery):
        line = asked_raw(
            gallery, 'mutation { editImages(filter: {text: {words: "photo"}}, edit: {rating: 4}) { count } }'
        )
        until(gallery, lambda tasks: tasks > before + 2)
        line.close()
        time.sleep(0.3)
    end = time.monotonic() + 5
    while gallery.ask(COUNT, f={"rating": {"min": 4}})["images"]["totalCount"] < 30:
        assert time.monotonic() < end
        time.sleep(0.05)
    gallery.ask("mutation { editImages(filter: {}, edit: {rating: 0}) { count } }")


@contextmanager
def served_slowly(gallery: Gallery) -> Iterator[int]:
    """Long questions are waited for meanwhile; how many tasks there are when nobody asks."""
    settings = gallery.settings
    usual = settings.query_timeout
    settings.query_timeout = 30.0
    gallery.client.get("/healthz")
    time.sleep(0.2)
    try:
        yield gallery.run(_tasks())
    finally:
        settings.query_timeout = usual


# -- budgets


def of(kind: ViewerKind, account: str = "", credential: str = "") -> Viewer:
    return Viewer("x", parse_filter({}), frozenset(), kind, account, credential=credential)


def test_a_purse_fills_up_again_and_none_pays_for_another() -> None:
    now = 0.0
    budgets = Budgets(600, lambda: now)
    ada = budgets.purse(of(ViewerKind.ACCOUNT, "ada"), "1.1.1.1")
    ada.spend(400)
    with pytest.raises(OverBudget, match="in 20 seconds"):
        ada.spend(400)
    assert ada.shown() == {"left": 200, "perMinute": 600}
    budgets.purse(of(ViewerKind.ACCOUNT, "bob"), "1.1.1.1").spend(600)
    budgets.purse(of(ViewerKind.APP, "ada", "grant"), "1.1.1.1").spend(600)
    now = 20.0
    ada.spend(400)
    ada.charge(10_000)
    assert ada.shown()["left"] == -600
    with pytest.raises(OverBudget, match="in 61 seconds"):
        ada.require_some()
    now = 90.0
    ada.require_some()
    stranger = budgets.purse(NOBODY, "2001:db8::1")
    stranger.spend(60)
    with pytest.raises(OverBudget):
        budgets.purse(NOBODY, "2001:db8::2:7").spend(60)  # the same household
    budgets.purse(NOBODY, "2001:db9::1").spend(60)
    for _ in range(10):
        budgets.purse(OWNER, "127.0.0.1").spend(10**9)


def test_purses_take_bounded_room() -> None:
    budgets = Budgets(600)
    for number in range(KEPT + 500):
        budgets.purse(NOBODY, f"host-{number}").spend(1)
    assert len(budgets._left) == KEPT


@pytest.mark.parametrize("kind", [kind for kind in ViewerKind if kind is not ViewerKind.OWNER])
def test_everybody_else_is_counted(kind: ViewerKind) -> None:
    assert payer(of(kind, "a", "b"), "1.2.3.4")


def test_over_its_budget_an_app_waits_and_the_owner_does_not(gallery: Gallery) -> None:
    _, token = gallery.run(apps.add_token(gallery.library.store, "", "script", frozenset({Capability.READ})))
    headers = {"authorization": f"Bearer {token}"}
    page = {"query": "{ images(first: 200) { nodes { name width height } } }"}
    first = gallery.client.post("/graphql", json=page, headers=headers)
    cost = first.json()["extensions"]["cost"]
    assert (cost["requested"], cost["perMinute"], cost["allowed"]) == (820, 3_000, MAX_COST)
    assert 0 <= cost["left"] - (3_000 - 820) < 100
    answers = [gallery.client.post("/graphql", json=page, headers=headers) for _ in range(4)]
    last = answers[-1]
    assert last.status_code == 429
    assert 1 <= int(last.headers["retry-after"]) <= 60
    (error,) = last.json()["errors"]
    assert error["extensions"]["code"] == "OVER_BUDGET"
    assert error["extensions"]["retryAfterS"] == int(last.headers["retry-after"])
    for _ in range(6):
        answer = gallery.client.post("/graphql", json=page).json()
        assert "errors" not in answer and "left" not in answer["extensions"]["cost"]


# -- live connections


def live(gallery: Gallery) -> Any:
    return connect(
        f"ws{gallery.address.removeprefix('http')}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]
    )


def test_a_fourth_live_connection_is_told_so(gallery: Gallery) -> None:
    with ExitStack() as stack:
        sockets = [stack.enter_context(live(gallery)) for _ in range(SOCKETS)]
        fourth = stack.enter_context(live(gallery))
        with pytest.raises(ConnectionClosed) as closed:
            fourth.recv(5)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, "Too many" in closed.value.rcvd.reason) == (4429, True)
        sockets[0].send('{"type":"connection_init"}')
        assert json.loads(sockets[0].recv(5))["type"] == "connection_ack"
        sockets[1].close()
        time.sleep(0.2)
        again = stack.enter_context(live(gallery))
        again.send('{"type":"connection_init"}')
        assert json.loads(again.recv(5))["type"] == "connection_ack"


# -- documents, the schema, mistakes


def test_a_document_is_sent_once_and_then_by_its_id(gallery: Gallery) -> None:
    document = "query Kept($f: ImageFilter) { images(filter: $f) { totalCount } }"
    first = gallery.client.post("/graphql", json={"query": document, "extensions": {"keep": True}}).json()
    id = first["extensions"]["document"]
    assert re.fullmatch("sha256:[0-9a-f]{64}", id)
    again = gallery.client.post("/graphql", json={"documentId": id, "variables": {"f": {"rating": {"min": 5}}}}).json()
    assert again["data"] == {"images": {"totalCount": 0}}
    assert "document" not in gallery.post(document)["extensions"]
    assert gallery.client.post("/graphql", json={"documentId": id[:-1]}).status_code == 404


def test_the_schema_and_nearly_right_names_are_for_those_who_are_known(gallery: Gallery) -> None:
    assert "__schema" in gallery.ask("{ __schema { queryType { name } } }")
    assert "Did you mean 'images'" in gallery.refused("{ imagess { totalCount } }")["message"]
    foreign = {"host": "127.0.0.1", "x-forwarded-for": "192.0.2.7"}
    with httpx.Client(base_url=gallery.address, headers=foreign) as stranger:
        for query in ("{ imagess { totalCount } }", "{ images(filter: {tagg: {}}) { totalCount } }"):
            answer = stranger.post("/graphql", json={"query": query}).json()
            assert answer["errors"] and "Did you mean" not in json.dumps(answer)
        answer = stranger.post("/graphql", json={"query": "{ __schema { queryType { name } } }"}).json()
        assert answer["errors"][0]["extensions"]["code"] == "NO_INTROSPECTION"
    for setting, told in (("auto", {ViewerKind.OWNER, ViewerKind.ACCOUNT, ViewerKind.APP}), ("off", set[ViewerKind]())):
        assert {kind for kind in ViewerKind if may_introspect(of(kind), setting)} == told
    assert may_introspect(NOBODY, "on")


def documents() -> dict[str, str]:
    """Every document in the page's modules, put together as the browser does."""
    found: dict[str, str] = {}
    for module in sorted(ELEMENTS.glob("*.js")):
        texts: dict[str, str] = {}
        for name, *quoted in CONSTANT.findall(module.read_text("utf-8")):
            texts[name] = "".join(quoted)
            for other, text in texts.items():
                texts[name] = texts[name].replace(f"${{{other}}}", text)
            if re.match(r"\s*(query|mutation|subscription)\b", texts[name]):
                found[f"{module.name}:{name}"] = texts[name]
    return found


def test_the_page_asks_well_below_all_limits() -> None:
    asked = documents()
    assert len(asked) > 50
    variables = {"first": 60, "limit": 2_000, "f": {}, "filter": {"and": [{}] * 20}, "by": ["TAG"] * 8}
    for name, text in asked.items():
        document = parse(text, max_tokens=MAX_TOKENS // 2)
        assert not validate(schema._schema, document), name
        found, written = measure(document, None, variables)
        assert refusal(found, written) is None, name
        assert len(text) < MAX_TEXT // 4
