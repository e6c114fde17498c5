"""Every real store, empty: SQLite in a folder, and EdgeDB where a server for tests is named.

`PIGALLERY_EDGEDB_DSN` names a branch that tests may empty: one without a library, or with one that tests have made.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from schema.edgedb import EdgeStore, statements
from schema.sqlite import SqliteStore
from schema.store import GraphStore

NAMES = ("edgedb", "sqlite")
DSN = os.environ.get("PIGALLERY_EDGEDB_DSN", "")
_MARK = "made-by-tests"
_TYPES = ("Undo", "Edit", "Entry", "Setting", "Change", "Forgotten", "TextLine", "Face", "AssetFile", "Album", "Image")
_NAMED = ("Mark", "Tag", "Synset", "Person", "Place")


async def empty_store(
    name: str, folder: Path, ancestors: Callable[[str], Collection[str]] = lambda name: (), library: str = "library"
) -> GraphStore:
    """Opened. Skips the test where there is no server for it."""
    if name == "sqlite":
        store: GraphStore = SqliteStore(folder / f"{library}.sqlite")
        await store.open()
        return store
    return await empty_edge_store(ancestors)


async def empty_edge_store(ancestors: Callable[[str], Collection[str]] = lambda name: ()) -> EdgeStore:
    if not DSN:
        pytest.skip("PIGALLERY_EDGEDB_DSN names no EdgeDB server for tests")
    store = EdgeStore(DSN, ancestors)
    await store.open()
    if await store.get_setting(_MARK) is None and await store.head() != await _first_cursor(store):
        pytest.fail("PIGALLERY_EDGEDB_DSN names a library that was not made by tests: name an empty branch")
    for kind in (*_TYPES, *_NAMED):
        await store.connection.execute(f"delete {kind};")
    zero = {name: 0 for name in statements.COUNTERS if name != "writes"}
    await store.connection.execute(statements.SAVE_COUNTERS, **zero)
    await store.put_setting(_MARK, "yes")
    return store


async def _first_cursor(store: EdgeStore) -> str:
    """Of a library that nothing was ever written into."""
    return (await store.head()).rpartition("-")[0] + "-0"
