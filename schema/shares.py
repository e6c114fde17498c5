"""Shares: a part of somebody's photos behind a link, as documents beside the graph, and the viewer that a visitor is.

The link itself is not kept: it is made from the share's key and a secret of the gallery's home (`api.shares.links`), so
that its owner can copy it again and nobody can find it in a stolen database.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from schema import apps
from schema.entries import Entry
from schema.errors import Conflict, PiGalleryError
from schema.filter import ImageFilter, conjoin, parse_filter, to_json
from schema.filter.compose import parts, rewrite
from schema.policy import Capability, Viewer, ViewerKind
from schema.store import GraphStore

SHARE = "share"
MOST_FIXED = 5_000
"""Images in a fixed list; more are shared by a filter."""
MOST_RECEIVED = 500
"""Files that visitors may add to one share."""


class BadShare(PiGalleryError):
    """A share cannot be made like this."""


class Download(StrEnum):
    NONE = "none"
    PREVIEW = "preview"
    """1440 pixels."""
    ORIGINAL = "original"


class ShareState(StrEnum):
    OPEN = "open"
    REVOKED = "revoked"
    EXPIRED = "expired"
    USED_UP = "used_up"
    """It was opened as often as it may be."""


@dataclass(frozen=True, slots=True)
class Share:
    key: str
    account: str
    """'' for the local owner."""
    name: str
    filter: ImageFilter
    fixed: bool = False
    """A list of images that stays as it is; else whatever the filter finds."""
    download: Download = Download.PREVIEW
    location: bool = False
    """Shown; else removed from all answers and from the bytes."""
    camera: bool = False
    names: bool = False
    password: str = ""
    """argon2id hash."""
    expires: float | None = None
    """Unix times in seconds."""
    most_views: int | None = None
    views: int = 0
    seen: float = 0.0
    """Last opened; 0: never."""
    contribute: str = ""
    """Folder that visitors may add pictures to; '' for none."""
    received: int = 0
    revoked: bool = False
    salt: str = ""
    """Part of the link: another one makes another link."""
    created: float = 0.0
    version: int = 0

    @property
    def state(self) -> ShareState:
        if self.revoked:
            return ShareState.REVOKED
        if self.expires is not None and self.expires <= time.time():
            return ShareState.EXPIRED
        if self.most_views is not None and self.views >= self.most_views:
            return ShareState.USED_UP
        return ShareState.OPEN

    @property
    def is_over(self) -> bool:
        """Also for those who are looking at it now."""
        return self.state in (ShareState.REVOKED, ShareState.EXPIRED)

    @property
    def counts_visits(self) -> bool:
        """It is opened by a step of its own: a password, or one of a limited number of times."""
        return bool(self.password) or self.most_views is not None

    @property
    def capabilities(self) -> frozenset[Capability]:
        given = {
            Capability.READ: True,
            Capability.LOCATION: self.location,
            Capability.CAMERA: self.camera,
            Capability.NAMES: self.names,
            Capability.ORIGINALS: self.download is Download.ORIGINAL,
        }
        return frozenset(capability for capability, may in given.items() if may)

    def viewer(self, person: Viewer) -> Viewer:
        """A visitor: a part of what the person who shared sees now, and never the trash."""
        scope = conjoin(self.filter, ImageFilter(trashed=False))
        made = apps.narrowed(person, scope, self.capabilities, ViewerKind.SHARE, "A visitor", self.key)
        return replace(made, account="")

    def to_entry(self) -> Entry:
        body: dict[str, Any] = {
            name: getattr(self, name)
            for name in self.__dataclass_fields__
            if name not in ("key", "account", "filter", "version")
        }
        body["filter"] = to_json(self.filter)
        return Entry(SHARE, self.key, body, self.account, version=self.version)

    @classmethod
    def of(cls, entry: Entry) -> Share:
        body: Mapping[str, Any] = entry.body
        fields = {name: body[name] for name in cls.__dataclass_fields__ if name in body}
        fields |= {"filter": parse_filter(body["filter"]), "download": Download(body["download"])}
        return cls(key=entry.key, account=entry.owner, version=entry.version, **fields)


def new_share(account: str, name: str, scope: ImageFilter) -> Share:
    """Not kept yet."""
    return Share(secrets.token_urlsafe(9), account, name, scope, salt=new_salt(), created=time.time())


def new_salt() -> str:
    return secrets.token_urlsafe(9)


async def get(store: GraphStore, key: str) -> Share | None:
    entry = await store.entry(SHARE, key)
    return Share.of(entry) if entry is not None else None


async def shares_of(store: GraphStore, account: str) -> list[Share]:
    """The newest first."""
    found = [Share.of(entry) for entry in await store.entries(SHARE, owner=account)]
    return sorted(found, key=lambda share: -share.created)


async def count_view(store: GraphStore, share: Share) -> Share | None:
    """One more opening; None when it may not be opened (any more). Exactly as many as are allowed get through."""
    for _ in range(20):
        if share.state is not ShareState.OPEN:
            return None
        try:
            return await _write(store, replace(share, views=share.views + 1, seen=time.time()))
        except Conflict:
            again = await get(store, share.key)
            if again is None:
                return None
            share = again
    return None


async def count_received(store: GraphStore, share: Share) -> bool:
    """Room for one more file of a visitor, taken now."""
    for _ in range(20):
        if share.is_over or not share.contribute or share.received >= MOST_RECEIVED:
            return False
        try:
            await _write(store, replace(share, received=share.received + 1))
            return True
        except Conflict:
            again = await get(store, share.key)
            if again is None:
                return False
            share = again
    return False


async def uncount_received(store: GraphStore, key: str) -> None:
    """The room that was taken for a file which did not come to be kept."""
    for _ in range(20):
        share = await get(store, key)
        if share is None:
            return
        with suppress(Conflict):
            await _write(store, replace(share, received=max(0, share.received - 1)))
            return


async def _write(store: GraphStore, share: Share) -> Share:
    return Share.of(await store.put_entry(share.to_entry(), expected=share.version))


async def with_shares(store: GraphStore, asked: ImageFilter, accounts: tuple[str, ...]) -> ImageFilter:
    """The filter with `share` conditions replaced by what those shares hold; others' shares hold nothing."""
    if all(part.share is None for _, part in parts(asked)):
        return asked
    mine = {share.key: share for account in accounts for share in await shares_of(store, account)}

    def holds(reference: str) -> ImageFilter:
        key = reference.removeprefix("share:")
        named = [share for share in mine.values() if share.key == key or share.name.casefold() == key.casefold()]
        return ImageFilter(or_=tuple(share.filter for share in named)) if named else ImageFilter(ids=())

    def change(part: ImageFilter) -> ImageFilter:
        share = part.share
        if share is None:
            return part
        also: list[ImageFilter] = []
        if share.any:
            also.append(ImageFilter(or_=tuple(map(holds, share.any))))
        also += map(holds, (*share.all, *share.only))
        also += (ImageFilter(not_=holds(reference)) for reference in share.none)
        if share.only:
            others = [each for key, each in mine.items() if not {f"share:{key}", key, each.name} & set(share.only)]
            also += (ImageFilter(not_=each.filter) for each in others)
        if share.at_least is not None:
            also.append(_at_least(share.at_least.k, tuple(map(holds, dict.fromkeys(share.at_least.of)))))
        return conjoin(part.model_copy(update={"share": None}), *also)

    return rewrite(asked, change)


def _at_least(k: int, of: tuple[ImageFilter, ...]) -> ImageFilter:
    """By the first of them: it counts and fewer are left to find, or it does not."""
    if k <= 0:
        return ImageFilter()
    if k > len(of):
        return ImageFilter(ids=())
    if k == 1:
        return ImageFilter(or_=of)
    counted = conjoin(of[0], _at_least(k - 1, of[1:]))
    return ImageFilter(or_=(counted, _at_least(k, of[1:])))
