"""Listening to a filter: what comes into its answer, changes in it and leaves it, in a second and below the scope."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as lawful
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from schema.filter import parse_filter
from schema.policy import OWNER
from tests.api.conftest import Gallery, served

LISTEN = """subscription($f: ImageFilter) { matches(filter: $f) {
  totalCount enteredKeys changedKeys leftKeys entered { key rating place { name } } changed { key rating } } }"""
EDIT = "mutation($f: ImageFilter!, $e: ImageEdit!) { editImages(filter: $f, edit: $e) { count } }"
GOWNS = {"tag": {"any": ["gown.n.01"]}}


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, data: Path, packages: Path) -> Iterator[Gallery]:
    with served(tmp_path_factory.mktemp("matching"), data, packages) as running:
        yield running


class Ear:
    """One who listens to a filter."""

    def __init__(self, socket: ClientConnection, filter: Any) -> None:
        self.socket = socket
        socket.send('{"type":"connection_init"}')
        assert json.loads(socket.recv(5))["type"] == "connection_ack"
        asked = {"query": LISTEN, "variables": {"f": filter}}
        socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": asked}))
        self.before: int = self.hear()["totalCount"]

    def hear(self, within_s: float = 1.0) -> dict[str, Any]:
        """The next event, which has to come in time."""
        told = json.loads(self.socket.recv(within_s if hasattr(self, "before") else 10))
        assert told["type"] == "next", told
        found: dict[str, Any] = told["payload"]["data"]["matches"]
        return found


@contextmanager
def listening(gallery: Gallery, filter: Any, below: str = "", **headers: str) -> Iterator[Ear]:
    address = f"ws{gallery.address.removeprefix('http')}{below}/graphql"
    protocol = Subprotocol("graphql-transport-ws")
    with connect(address, subprotocols=[protocol], additional_headers=headers) as socket:
        yield Ear(socket, filter)


def edit(gallery: Gallery, key: int, **what: Any) -> None:
    gallery.ask(EDIT, f={"ids": [f"image:{key}"]}, e=what)


def test_what_comes_changes_and_leaves_is_told_within_a_second(gallery: Gallery) -> None:
    with listening(gallery, {"rating": {"min": 4}}) as ear:
        assert ear.before == 0
        edit(gallery, 4, rating=5)
        place = {"name": "Dubrovnik"}
        entered = {"totalCount": 1, "enteredKeys": [4], "changedKeys": [], "leftKeys": [], "changed": []}
        assert ear.hear() == {**entered, "entered": [{"key": 4, "rating": 5, "place": place}]}
        edit(gallery, 4, rating=4)
        told = ear.hear()
        assert told["changed"] == [{"key": 4, "rating": 4}] and not told["enteredKeys"] and not told["leftKeys"]
        edit(gallery, 5, rating=1)  # of no concern
        edit(gallery, 4, rating=0)
        assert ear.hear()["leftKeys"] == [4]


def test_a_visitor_of_a_link_hears_of_its_photos_only_and_until_it_is_over(gallery: Gallery) -> None:
    add = 'mutation($f: ImageFilter!) { addShare(filter: $f, share: {name: "x"}) { key url } }'
    made = gallery.ask(add, f=GOWNS)["addShare"]
    with listening(gallery, {"rating": {"min": 4}}, made["url"].removeprefix(gallery.address)) as ear:
        edit(gallery, 7, rating=5)  # a convertible
        edit(gallery, 2, rating=5)  # a gown
        told = ear.hear()
        assert told["enteredKeys"] == [2] and told["entered"][0]["place"] is None
        edit(gallery, 2, removeTags=["gown.n.01"])
        assert ear.hear()["leftKeys"] == [2]
        edit(gallery, 2, addTags=["gown.n.01"], rating=0)
        gallery.ask("mutation($k: String!) { revokeShare(key: $k) { state } }", k=made["key"])
        started = time.monotonic()
        with pytest.raises(ConnectionClosed):
            while True:
                ear.socket.recv(3)
        assert time.monotonic() - started <= 1
    edit(gallery, 7, rating=0)


FILTERS = [
    {"rating": {"min": 3}},
    {"tag": {"any": ["marked"]}},
    {"not": {"tag": {"any": ["marked"]}}},
    {"trashed": True},
    {"or": [{"album": {"known": True}}, {"person": {"any": ["Ada"]}}]},
    {"and": [GOWNS, {"rating": {"max": 3}}]},
]
KEYS = st.lists(st.integers(1, 12).map(lambda number: f"image:{number}"), min_size=1, max_size=12)
WHAT: list[dict[str, Any]] = [
    {"rating": 0},
    {"rating": 3},
    {"rating": 5},
    {"add_tags": ["marked"]},
    {"remove_tags": ["marked"]},
    {"trashed": True},
    {"trashed": None},
    {"favorite": True},
]
EDITS = st.tuples(KEYS, st.sampled_from(WHAT))


@lawful(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(FILTERS), st.lists(st.tuples(st.lists(EDITS, max_size=3), st.integers(1, 5)), max_size=6))
def test_whoever_hears_all_knows_the_answer(
    gallery: Gallery, filter: dict[str, Any], rounds: list[tuple[list[tuple[list[str], dict[str, Any]]], int]]
) -> None:
    """However few are told at once, and however much happens in between."""
    asked = parse_filter(filter)

    async def follow() -> None:
        view = gallery.library.view(OWNER)
        watched = await view.watch(asked)
        known = set(watched.told)
        for edits, most in rounds:
            for ids, what in edits:
                await view.edit(parse_filter({"ids": ids, "or": [{"trashed": True}, {"trashed": False}]}), what)
            found = await view.next_matches(asked, watched, most)
            lists = (found.entered, found.changed, found.left)
            assert sum(map(len, lists)) <= most and not set(found.entered) & known and set(found.left) <= known
            known = (known | set(found.entered)) - set(found.left)
            assert set(found.changed) <= known and found.total == len(known)
        while (found := await view.next_matches(asked, watched, 3)) or watched.has_more:
            known = (known | set(found.entered)) - set(found.left)
        assert known == set((await view.ids(asked)).tolist())

    gallery.run(follow())
