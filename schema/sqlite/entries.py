"""Entries beside the graph: each call is one indexed statement."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import apsw

from schema.entries import Entry
from schema.errors import Conflict

_COLUMNS = "kind, key, owner, body, version, expires"
_ALIVE = "(expires IS NULL OR expires > ?)"


def get(db: apsw.Connection, kind: str, key: str) -> Entry | None:
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM entry WHERE kind = ? AND key = ? AND {_ALIVE}", (kind, key, time.time())
    ).fetchall()
    return _entry(rows[0]) if rows else None


def listed(db: apsw.Connection, kind: str, owner: str | None, after: str, limit: int, newest: bool) -> list[Entry]:
    where, values = "kind = ?", [kind]
    if owner is not None:
        where, values = f"{where} AND owner = ?", [*values, owner]
    if after:
        where, values = f"{where} AND key {'<' if newest else '>'} ?", [*values, after]
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM entry WHERE {where} AND {_ALIVE} ORDER BY key {'DESC' if newest else 'ASC'} LIMIT ?",
        (*values, time.time(), limit),
    )
    return [_entry(row) for row in rows]


def put(db: apsw.Connection, entry: Entry, expected: int | None) -> Entry:
    present = get(db, entry.kind, entry.key)
    version = present.version if present is not None else 0
    if expected is not None and version != expected:
        raise Conflict("Somebody else changed this at the same moment; look again and repeat what you did.")
    written = replace(entry, version=version + 1)
    write(db, written)
    return written


def write(db: apsw.Connection, entry: Entry) -> None:
    """As it is, version included."""
    body = json.dumps(entry.body, ensure_ascii=False, separators=(",", ":"))
    db.execute(
        f"INSERT OR REPLACE INTO entry ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
        (entry.kind, entry.key, entry.owner, body, entry.version, entry.expires),
    )


def everything(db: apsw.Connection) -> Iterator[Entry]:
    """All that have not expired, by kind and key."""
    for row in db.execute(f"SELECT {_COLUMNS} FROM entry WHERE {_ALIVE} ORDER BY kind, key", (time.time(),)):
        yield _entry(row)


def delete(db: apsw.Connection, kind: str, key: str) -> bool:
    there = get(db, kind, key) is not None
    db.execute("DELETE FROM entry WHERE kind = ? AND key = ?", (kind, key))
    return there


def purge_expired(db: apsw.Connection) -> int:
    db.execute("DELETE FROM entry WHERE expires <= ?", (time.time(),))
    return db.changes()


def _entry(row: tuple[object, ...]) -> Entry:
    kind, key, owner, body, version, expires = row
    return Entry(kind, key, json.loads(str(body)), owner, expires, version)  # type: ignore[arg-type]
