"""What happened, and by whom: written once, never changed."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from schema.entries import Entry
from schema.policy import Viewer
from schema.store import GraphStore

AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Event:
    key: str
    """Sorts by time."""
    when: float
    """Unix time in seconds."""
    action: str
    """`login`, `login.failed`, `account.created`, `share.revoked` ..."""
    who: str
    """Name, as it was then."""
    kind: str
    """Of the viewer: owner account share app anonymous."""
    account: str = ""
    about: str = ""
    """What was acted on, in words."""
    address: str = ""
    """Where the request came from."""

    @classmethod
    def of(cls, entry: Entry) -> Event:
        return cls(key=entry.key, account=entry.owner, **entry.body)


async def write(store: GraphStore, action: str, viewer: Viewer, about: str = "", *, address: str = "") -> None:
    """Add one event. `about` never holds a secret."""
    now = time.time_ns()
    body: dict[str, Any] = {
        "when": now / 1e9,
        "action": action,
        "who": viewer.name,
        "kind": viewer.kind.value,
        "about": about[:500],
        "address": address,
    }
    key = f"{now:020d}-{secrets.token_hex(4)}"
    await store.put_entry(Entry(AUDIT, key, body, owner=viewer.account), expected=0)


async def events(store: GraphStore, *, account: str | None = None, before: str = "", limit: int = 50) -> list[Event]:
    """The newest first; `before`: older than the event of this key."""
    found = await store.entries(AUDIT, owner=account, after=before, limit=limit, newest=True)
    return [Event.of(entry) for entry in found]
