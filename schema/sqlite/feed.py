"""The change feed: the newest change of every node, tombstones included, in order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apsw

from schema.graph import Change, NodeKind, Op

KINDS = tuple(NodeKind)
IMAGE, FILE, PERSON, ALBUM, PLACE, EDIT = (KINDS.index(kind) for kind in NodeKind)

_RECORD = "INSERT OR REPLACE INTO change (kind, node, deleted) VALUES (?, ?, ?)"


def touched(db: apsw.Connection, kind: int, nodes: Iterable[Any]) -> None:
    db.executemany(_RECORD, ((kind, node, 0) for node in nodes))


def removed(db: apsw.Connection, kind: int, nodes: Iterable[Any]) -> None:
    db.executemany(_RECORD, ((kind, node, 1) for node in nodes))


def touched_where(db: apsw.Connection, kind: int, query: str, bindings: tuple[object, ...] = ()) -> None:
    """Every node that a query of one column names."""
    db.execute(f"INSERT OR REPLACE INTO change (kind, node, deleted) SELECT {kind}, id, 0 FROM ({query})", bindings)


def head(db: apsw.Connection) -> str:
    """Cursor of the newest change."""
    return _cursor(*_head(db))


def since(db: apsw.Connection, after: str | None, limit: int) -> tuple[list[Change], str, bool]:
    """See `GraphStore.changes`. For a cursor of another life comes the head: facts read after it miss nothing."""
    epoch, newest = _head(db)
    start = 0
    if after is not None:
        life, _, seq = after.rpartition("-")
        if life != epoch or not (seq.isascii() and seq.isdigit() and len(seq) < 20) or int(seq) > newest:
            return [], _cursor(epoch, newest), True
        start = int(seq)
    rows = db.execute("SELECT seq, kind, node, deleted FROM change WHERE seq > ? ORDER BY seq LIMIT ?", (start, limit))
    changes = [Change(seq, KINDS[kind], node, Op.DELETE if gone else Op.UPSERT) for seq, kind, node, gone in rows]
    return changes, _cursor(epoch, changes[-1].seq if changes else newest), False


def _head(db: apsw.Connection) -> tuple[str, int]:
    epoch, seq = db.execute(
        "SELECT epoch, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'change'), 0) FROM library"
    ).get
    return epoch, seq


def _cursor(epoch: str, seq: int) -> str:
    return f"{epoch}-{seq}"
