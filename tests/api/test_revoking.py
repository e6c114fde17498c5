"""What one process takes away ends at once in another with the same home: requests, and sockets within a second."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from api.shares.links import link_path
from schema import apps, shares
from schema.accounts import Account, directory, session
from schema.filter.nodes import EVERYTHING
from schema.library import Library
from schema.policy import Capability, Role
from schema.settings import Settings
from schema.store import GraphStore
from schema.stores import open_store
from tests.api.conftest import Gallery, served

AT_ONCE_S = 1.0
COUNT = "{ images(first: 0) { totalCount } }"


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, data: Path, packages: Path) -> Iterator[Gallery]:
    with served(tmp_path_factory.mktemp("revoking"), data, packages, login="always") as running:
        yield running


class Other:
    """Another process with the same home: it does what it is told, and says when it is done."""

    def __init__(self, home: Path) -> None:
        arguments = [sys.executable, "-m", "tests.api.test_revoking", str(home)]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def does(self, what: str, key: str) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps([what, key]) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"


@pytest.fixture(scope="module")
def other(gallery: Gallery) -> Iterator[Other]:
    running = Other(gallery.settings.home)
    yield running
    assert running.process.stdin is not None
    running.process.stdin.close()
    running.process.wait(20)


async def revoke(store: GraphStore, what: str, key: str) -> None:
    if what == "session":
        await store.delete_entry(session.SESSION, key)
    elif what == "account":
        account = await directory.get(store, key)
        assert account is not None
        # Without ending the sessions, as `directory.change` does: the account alone has to be enough.
        await store.put_entry(replace(account, disabled=True).to_entry(), expected=account.version)
    elif what == "grant":
        await store.delete_entry(apps.GRANT, key)
    else:
        share = await shares.get(store, key)
        assert share is not None
        await store.put_entry(replace(share, revoked=True).to_entry(), expected=share.version)


async def main(home: Path) -> None:
    store = open_store(Settings(home=home))
    await store.open()
    for line in sys.stdin:
        await revoke(store, *json.loads(line))
        print("done", flush=True)
    await store.close()


async def ways_in(library: Library, settings: Settings, name: str) -> tuple[str, dict[str, tuple[str, dict[str, str]]]]:
    """An account, and for each thing that can be taken away its key and what a client sends that has it."""
    store = library.store
    account = await directory.add(store, Account("", name, Role.VIEWER, password="x"))
    begun, token = await session.begin(store, account.key, device="", address="")
    grant, personal = await apps.add_token(store, account.key, "script", frozenset({Capability.READ}), EVERYTHING)
    share = shares.new_share(account.key, "all", EVERYTHING)
    await store.put_entry(share.to_entry(), expected=0)
    return account.key, {
        "session": (begun.key, {"cookie": f"pigallery={token}"}),
        "grant": (grant.key, {"authorization": f"Bearer {personal}"}),
        "share": (share.key, {"below": link_path(settings, share)}),
    }


def sent(gallery: Gallery, headers: dict[str, str]) -> bool:
    """Whether the client is let in."""
    given = dict(headers)
    answer = httpx.post(gallery.address + given.pop("below", "") + "/graphql", json={"query": COUNT}, headers=given)
    return "errors" not in answer.json()


@pytest.mark.parametrize("what", ["session", "grant", "share"])
@pytest.mark.parametrize("how", ["itself", "account"])
@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_what_is_taken_away_is_over_at_once(gallery: Gallery, other: Other, what: str, how: str, where: str) -> None:
    account, ways = gallery.run(ways_in(gallery.library, gallery.settings, f"{what}-{how}-{where}"))
    key, headers = ways[what]
    for _ in range(3):
        assert sent(gallery, headers)
    given = dict(headers)
    address = f"ws{gallery.address.removeprefix('http')}{given.pop('below', '')}/graphql"
    with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")], additional_headers=given) as socket:
        socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(socket.recv(5))["type"] == "connection_ack"
        taken = (what, key) if how == "itself" else ("account", account)
        if where == "here":
            gallery.run(revoke(gallery.library.store, *taken))
        else:
            other.does(*taken)
        began = time.monotonic()
        assert not sent(gallery, headers)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(5)
        assert time.monotonic() - began < AT_ONCE_S
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401
    others = {name: way for name, way in ways.items() if name != what}
    assert all(sent(gallery, way) is (how == "itself") for _, way in others.values())


def test_a_signed_address_ends_with_its_grant(gallery: Gallery, other: Other) -> None:
    _, ways = gallery.run(ways_in(gallery.library, gallery.settings, "signed"))
    key, headers = ways["grant"]
    asked = {"query": "{ images(first: 2) { nodes { smallUrl } } }"}
    nodes = httpx.post(f"{gallery.address}/graphql", json=asked, headers=headers).json()["data"]["images"]["nodes"]
    path = next(node["smallUrl"] for node in nodes if node["smallUrl"])
    assert f"grant={key}" in path
    assert httpx.get(gallery.address + path).status_code == 200
    other.does("grant", key)
    assert httpx.get(gallery.address + path).status_code == 401


def test_to_know_the_viewer_takes_no_other_thread(gallery: Gallery) -> None:
    """Also while the store's threads are busy: nobody's browsing waits for what others ask of the store."""
    _, ways = gallery.run(ways_in(gallery.library, gallery.settings, "unhindered"))
    store = gallery.library.store

    async def busy() -> tuple[bool, bool]:
        long = asyncio.create_task(store._reader.call(lambda: time.sleep(1.0)))
        await asyncio.sleep(0.05)
        found = await asyncio.wait_for(store.entry(session.SESSION, ways["session"][0]), 0.5)
        ended = long.done()
        await long
        return found is not None, ended

    assert gallery.run(busy()) == (True, False)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
