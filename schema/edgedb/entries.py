"""Entries beside the graph: accounts, sessions, shares, apps, tokens, the audit."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from schema.edgedb import statements
from schema.edgedb.connection import Asks, Connection, rows
from schema.edgedb.values import Row, base64, clean, digest, without_unknown
from schema.entries import Entry
from schema.errors import Conflict
from schema.sqlite.values import to_json

_SORTED = 1000
"""Bytes of a key by which entries are ordered."""


async def get(asks: Asks, kind: str, key: str) -> Entry | None:
    found = [entry_of(row) for row in await rows(asks, statements.ENTRY, digest=digest(kind, key))]
    return next((entry for entry in found if is_alive(entry)), None)


async def listed(
    connection: Connection, kind: str, owner: str | None, after: str, limit: int, newest: bool
) -> list[Entry]:
    given: dict[str, Any] = {"kind": kind, "now": time.time(), "limit": limit}
    if owner is not None:
        given["owner"] = owner
    if after:
        given["after"] = _sorted(after)
    query = statements.entries(owned=owner is not None, after=bool(after), newest=newest)
    return [entry_of(row) for row in await connection.query(query, **given)]


async def put(asks: Asks, entry: Entry, expected: int | None) -> Entry:
    present = await get(asks, entry.kind, entry.key)
    version = present.version if present is not None else 0
    if expected is not None and version != expected:
        raise Conflict("Somebody else changed this at the same moment; look again and repeat what you did.")
    written = replace(entry, version=version + 1)
    await asks.execute(statements.DROP_ENTRIES, keys=[digest(entry.kind, entry.key)])
    await asks.execute(statements.ADD_ENTRIES, rows=to_json([entry_row(written)]))
    return written


async def delete(asks: Asks, kind: str, key: str) -> bool:
    there = await get(asks, kind, key) is not None
    await asks.execute(statements.DROP_ENTRIES, keys=[digest(kind, key)])
    return there


async def purge_expired(asks: Asks) -> int:
    (count,) = await rows(asks, statements.PURGE_ENTRIES, now=time.time())
    return int(count)


def is_alive(entry: Entry) -> bool:
    return entry.expires is None or entry.expires > time.time()


def entry_row(entry: Entry) -> Row:
    return without_unknown(
        {
            "digest": digest(entry.kind, entry.key),
            "kind": entry.kind,
            "key": entry.key,
            "sorted": base64(_sorted(entry.key)) or "",
            "owner": entry.owner,
            "body": clean(entry.body),
            "version": entry.version,
            "expires": entry.expires,
        }
    )


def entry_of(row: Row) -> Entry:
    expires = row["expires"]
    return Entry(
        row["kind"],
        row["key"],
        row["body"],
        row["owner"],
        None if expires is None else float(expires),
        row["version"],
    )


def _sorted(key: str) -> bytes:
    return key.encode("utf-8", "replace")[:_SORTED]
