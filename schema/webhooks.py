"""Webhooks: addresses that are called when the answer to a filter changes, as documents beside the graph.

A webhook asks as whoever made it, a person or a program that a person let, and is worth nothing without them. What
its address was told of is kept with it, so that after any end it goes on where it was: nothing is left out, and each
event is made once. An event holds only which photos it is about; what it says of them is looked up when it is sent.
"""

from __future__ import annotations

import secrets
import time
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from schema import apps
from schema.apps import narrowed
from schema.entries import Entry
from schema.errors import PiGalleryError
from schema.filter import parse_filter, to_json
from schema.filter.nodes import EVERYTHING, ImageFilter
from schema.index.bitmaps import BitMap
from schema.policy import Capability, Viewer, ViewerKind
from schema.store import GraphStore
from schema.view.watching import Matches, Watched

WEBHOOK, STATE, EVENT = "webhook", "webhook-state", "webhook-event"
MOST = 20
"""Webhooks of one account."""
KEPT = 100
"""Events kept of one webhook; the oldest that need not be sent any more are forgotten."""
WAITING = 20
"""So many events wait for an address that does not answer; what happens meanwhile is told in one when it does."""
SEES = frozenset({Capability.READ, Capability.NAMES, Capability.LOCATION, Capability.CAMERA, Capability.IMPORT})
"""What a webhook may know, of what its maker may; the last for filters by folder."""

NOTHING = Matches()


class BadWebhook(PiGalleryError):
    """A webhook cannot be made like this."""


class EventState(StrEnum):
    WAITING = "waiting"
    """For its first or next try."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """All tries were in vain."""


@dataclass(frozen=True, slots=True)
class Webhook:
    key: str
    account: str
    """'' for the local owner."""
    name: str
    url: str
    filter: ImageFilter
    grant: str = ""
    """Key of the grant of the program that made it; '' for a person."""
    salt: str = ""
    """Part of its secret, which is not kept (see `api.webhooks.signing`)."""
    created: float = 0.0
    """Unix times in seconds."""
    failing: float = 0.0
    """Since when no call succeeded; 0: the last one did."""
    disabled: str = ""
    """Why it is not called any more; '' while it is."""
    version: int = 0

    def to_entry(self) -> Entry:
        left_out = ("key", "account", "filter", "version")
        body: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__ if name not in left_out}
        return Entry(WEBHOOK, self.key, body | {"filter": to_json(self.filter)}, self.account, version=self.version)

    @classmethod
    def of(cls, entry: Entry) -> Webhook:
        body = entry.body | {"filter": parse_filter(entry.body["filter"])}
        return cls(key=entry.key, account=entry.owner, version=entry.version, **body)


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """Something that an address is told, and what became of it."""

    key: str
    """Sorts by time; the receiver knows it by `id`."""
    webhook: str
    kind: str = "photos.matched"
    """Or `test`."""
    entered: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    left: tuple[int, ...] = ()
    created: float = 0.0
    """Unix times in seconds."""
    state: EventState = EventState.WAITING
    due: float = 0.0
    """When it is tried next."""
    tries: int = 0
    status: int = 0
    """Of the last answer; 0: there was none."""
    error: str = ""
    version: int = 0

    @property
    def id(self) -> str:
        return f"msg_{self.key}"

    @property
    def moment(self) -> str:
        return datetime.fromtimestamp(self.created, UTC).isoformat(timespec="milliseconds")

    def to_entry(self) -> Entry:
        left_out = ("key", "webhook", "version")
        body: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__ if name not in left_out}
        for name in ("entered", "changed", "left"):
            body[name] = list(body[name])
        return Entry(EVENT, self.key, body | {"state": self.state.value}, self.webhook, version=self.version)

    @classmethod
    def of(cls, entry: Entry) -> WebhookEvent:
        body = dict(entry.body)
        body |= {name: tuple(body[name]) for name in ("entered", "changed", "left")}
        body["state"] = EventState(body["state"])
        return cls(key=entry.key, webhook=entry.owner, version=entry.version, **body)


def new_event(webhook: str, kind: str, found: Matches = NOTHING) -> WebhookEvent:
    now = time.time_ns()
    key, moment = f"{now:020d}-{secrets.token_hex(4)}", now / 1e9
    return WebhookEvent(key, webhook, kind, found.entered, found.changed, found.left, created=moment, due=moment)


@dataclass(frozen=True, slots=True)
class Progress:
    """What the address of a webhook was told, and the event about to be kept.

    Both are written as one: an event that was not kept yet when the gallery ended is kept at its next start, under the
    same key."""

    watched: Watched
    event: WebhookEvent | None = None
    version: int = 0

    def to_entry(self, webhook: Webhook) -> Entry:
        watched = self.watched
        body: dict[str, Any] = {
            "cursor": watched.cursor,
            "told": _packed(watched.told),
            "changed": _packed(watched.changed),
            "behind": watched.behind,
            "event": {"key": self.event.key, **self.event.to_entry().body} if self.event is not None else None,
        }
        return Entry(STATE, webhook.key, body, webhook.account, version=self.version)

    @classmethod
    def of(cls, entry: Entry) -> Progress:
        body, event = entry.body, None
        watched = Watched(body["cursor"], _unpacked(body["told"]), _unpacked(body["changed"]), body["behind"])
        if body["event"] is not None:
            kept = dict(body["event"])
            event = WebhookEvent.of(Entry(EVENT, kept.pop("key"), kept, entry.key))
        return cls(watched, event, entry.version)


def _packed(images: BitMap) -> str:
    """A few bytes, also for a million neighbors."""
    images.run_optimize()
    return b64encode(images.serialize()).decode("ascii")


def _unpacked(text: str) -> BitMap:
    return BitMap.deserialize(b64decode(text))


async def get(store: GraphStore, key: str) -> Webhook | None:
    entry = await store.entry(WEBHOOK, key)
    return Webhook.of(entry) if entry is not None else None


async def everyones(store: GraphStore) -> list[Webhook]:
    return [Webhook.of(entry) for entry in await store.entries(WEBHOOK, limit=10_000)]


async def webhooks_of(store: GraphStore, accounts: Sequence[str]) -> list[Webhook]:
    """The newest first."""
    found = [Webhook.of(entry) for account in accounts for entry in await store.entries(WEBHOOK, owner=account)]
    return sorted(found, key=lambda webhook: -webhook.created)


async def viewer_of(store: GraphStore, webhook: Webhook) -> Viewer | None:
    """As whom it asks, as they are now; None when its maker may not ask (any more)."""
    if webhook.grant:
        maker = await apps.viewer_of_grant(store, webhook.grant)
    else:
        maker = await apps.person(store, webhook.account)
    if maker is None or not maker.may(Capability.WEBHOOKS):
        return None
    return narrowed(maker, EVERYTHING, SEES, ViewerKind.APP, webhook.name, webhook.grant)


async def events_of(store: GraphStore, webhook: str, limit: int = KEPT + WAITING) -> list[WebhookEvent]:
    """The newest first."""
    return [WebhookEvent.of(entry) for entry in await store.entries(EVENT, owner=webhook, limit=limit, newest=True)]


async def forget_old_events(store: GraphStore, webhook: str) -> None:
    kept = await events_of(store, webhook, 10 * KEPT)
    for event in kept[KEPT:]:
        if event.state is not EventState.WAITING:
            await store.delete_entry(EVENT, event.key)


async def write_event(store: GraphStore, event: WebhookEvent) -> WebhookEvent:
    """Over the version it was read as. Raises Conflict."""
    return WebhookEvent.of(await store.put_entry(event.to_entry(), expected=event.version))


async def again(store: GraphStore, event: WebhookEvent) -> WebhookEvent:
    """Send it once more, under the same id."""
    return await write_event(store, replace(event, state=EventState.WAITING, due=time.time(), tries=0))


async def remove(store: GraphStore, webhook: Webhook) -> None:
    """The webhook, and all that is kept of it."""
    await store.delete_entry(WEBHOOK, webhook.key)
    await store.delete_entry(STATE, webhook.key)
    while events := await events_of(store, webhook.key, 1_000):
        for event in events:
            await store.delete_entry(EVENT, event.key)
