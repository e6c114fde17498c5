"""Every store, empty: SQLite in a folder; EdgeDB where a server for tests is named; and everywhere the EdgeDB store on
a database in memory that carries out its EdgeQL.

`PIGALLERY_EDGEDB_DSN` leads to a server whose user may make branches: each run of the tests makes one, and drops it.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Collection
from contextlib import closing
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import gel
import pytest

from schema.edgedb import EdgeStore, statements
from schema.sqlite import SqliteStore
from schema.store import GraphStore
from tests.schema import edgeql_server
from tests.schema.edgeql_memory import Memory

NAMES = ("edgedb", "edgeql", "sqlite")
DSN = os.environ.get("PIGALLERY_EDGEDB_DSN", "")
_TYPES = ("Undo", "Edit", "Entry", "Setting", "Change", "Forgotten", "TextLine", "Face", "AssetFile", "Album", "Image")
_MADE: list[str] = []
_NAMED = ("Mark", "Tag", "Synset", "Person", "Place")


async def empty_store(
    name: str, folder: Path, ancestors: Callable[[str], Collection[str]] = lambda name: (), library: str = "library"
) -> GraphStore:
    """Opened. Skips the test where there is no server for it."""
    if name == "edgedb":
        return await empty_edge_store(ancestors)
    if name == "edgeql":
        store: GraphStore = edgeql_server.store_in(Memory(), ancestors)
    else:
        store = SqliteStore(folder / f"{library}.sqlite")
    await store.open()
    return store


async def empty_edge_store(ancestors: Callable[[str], Collection[str]] = lambda name: ()) -> EdgeStore:
    store = EdgeStore(branch(), ancestors)
    await store.open()
    for kind in (*_TYPES, *_NAMED):
        await store.connection.execute(f"delete {kind};")
    zero = {name: 0 for name in statements.COUNTERS if name != "writes"}
    await store.connection.execute(statements.SAVE_COUNTERS, **zero)
    return store


@cache
def branch() -> str:
    """The DSN of a branch for the whole run."""
    return new_branch()


def new_branch() -> str:
    """The DSN of an empty branch, which goes when the tests are through."""
    if not DSN:
        pytest.skip("PIGALLERY_EDGEDB_DSN names no EdgeDB server for tests")
    name = f"pigallery_test_{secrets.token_hex(4)}"
    with closing(gel.create_client(DSN)) as client:
        client.execute(f"create empty branch {name};")
    _MADE.append(name)
    return on_branch(DSN, name)


def drop_branches() -> None:
    """The server may take a moment to see that nobody is on one."""
    while _MADE:
        name = _MADE.pop()
        with closing(gel.create_client(DSN)) as client:
            for attempt in range(10):
                try:
                    client.execute(f"drop branch {name};")
                    break
                except gel.EdgeDBError:
                    time.sleep(0.2 * attempt)


def on_branch(dsn: str, name: str) -> str:
    """A DSN that leads to another branch of the same server."""
    parts = urlsplit(dsn)
    others = [(key, value) for key, value in parse_qsl(parts.query) if key not in ("branch", "database")]
    return urlunsplit(parts._replace(path=f"/{name}", query=urlencode(others)))
