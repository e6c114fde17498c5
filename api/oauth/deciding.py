"""A person's decision about a device that waits, by the code it shows."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from api.auth.attempts import Attempts
from api.oauth.grants import DEVICE, USER_CODE, user_code_key
from schema import apps
from schema.apps import App
from schema.entries import Entry
from schema.errors import Conflict, NotFound
from schema.filter import to_json
from schema.filter.nodes import ImageFilter
from schema.policy import Capability, Viewer
from schema.store import GraphStore

ATTEMPTS = Attempts()
"""A code has 20^8 forms, so a handful of tries finds nothing."""
UNKNOWN = "No device waits with this code; look at it again, or let the device show a new one."


def host_of(uri: str) -> str:
    """Where an answer goes, for people to read."""
    parts = urlsplit(uri)
    return parts.netloc if parts.scheme in ("http", "https") else f"{parts.scheme}:"


async def device(store: GraphStore, code: str) -> tuple[Entry, App]:
    """The device that waits, and its app. Raises NotFound."""
    known = await store.entry(USER_CODE, user_code_key(code))
    entry = await store.entry(DEVICE, known.body["device"]) if known is not None else None
    app = await apps.app(store, entry.body["app"]) if entry is not None else None
    if entry is None or app is None or entry.body["decision"]:
        raise NotFound(UNKNOWN)
    return entry, app


async def decide(
    store: GraphStore,
    entry: Entry,
    person: Viewer,
    allow: bool,
    rights: frozenset[Capability],
    scope: ImageFilter,
    code: str,
) -> None:
    """Once: the code is worth nothing afterwards. The device hears of it when it asks next."""
    if not await store.delete_entry(USER_CODE, user_code_key(code)):
        raise NotFound(UNKNOWN)
    asked = apps.capabilities_of(entry.body["scope"])
    decided = {
        **entry.body,
        "decision": "yes" if allow else "no",
        "account": person.account,
        "scope": apps.scope_of(asked & (rights | {Capability.READ})),
        "filter": to_json(scope),
    }
    for _ in range(5):  # the device polls in between
        now = await store.entry(DEVICE, entry.key)
        if now is None:
            break
        try:
            await store.put_entry(replace(now, body={**decided, "asked": now.body["asked"]}), expected=now.version)
            return
        except Conflict:
            continue
    raise NotFound(UNKNOWN)
