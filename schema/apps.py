"""Apps, what people granted them, and personal tokens: documents beside the graph, and the viewer that each makes.

A grant is one person's leave for one program: some of their rights, below a filter. Every token leads to a grant and
is worth nothing without it, so that taking a grant away ends them all at once. A grant can only take rights away from
what its person has at the moment it is used.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, replace
from typing import Any

from schema.accounts import directory
from schema.entries import Entry
from schema.errors import Conflict, PiGalleryError
from schema.filter import conjoin, parse_filter, to_json
from schema.filter.nodes import EVERYTHING, ImageFilter
from schema.policy import OWNER, Capability, Viewer, ViewerKind
from schema.store import GraphStore

APP, GRANT, ACCESS = "app", "grant", "access-token"
GRANTABLE = (
    Capability.READ,
    Capability.NAMES,
    Capability.LOCATION,
    Capability.CAMERA,
    Capability.ORIGINALS,
    Capability.EDIT,
    Capability.WEBHOOKS,
)
"""What apps may ask for; a personal token may also be for imports and administration."""
SAYS = {
    Capability.READ: "see photos",
    Capability.NAMES: "see who is in them and which albums they lie in",
    Capability.LOCATION: "see where they were taken",
    Capability.CAMERA: "see camera settings and file details",
    Capability.ORIGINALS: "download originals",
    Capability.EDIT: "change ratings, tags, titles and albums",
    Capability.WEBHOOKS: "be called when photos match (webhooks)",
    Capability.IMPORT: "run imports and see file paths",
    Capability.ADMIN: "administer the gallery",
}
USED_EVERY_S = 60.0
"""The last use is written down at most this often."""
PERSONAL = "pgt_"
"""Personal tokens begin so: `pgt_<key>_<secret>`."""


class BadApp(PiGalleryError):
    """An app or token cannot be made like this."""


def digest(secret: str) -> str:
    """What is kept of a secret with 128 random bits or more."""
    return hashlib.sha256(secret.encode()).hexdigest()


def scope_of(capabilities: frozenset[Capability]) -> str:
    """As OAuth writes it, in a fixed order."""
    return " ".join(each.value for each in Capability if each in capabilities)


def capabilities_of(scope: str) -> frozenset[Capability]:
    """Unknown words are left out; reading is part of everything."""
    known = {each.value: each for each in Capability}
    return frozenset({Capability.READ, *(known[word] for word in scope.split() if word in known)})


@dataclass(frozen=True, slots=True)
class App:
    """A program that somebody registered (or that registered itself)."""

    key: str
    """The `client_id`."""
    name: str
    redirect_uris: tuple[str, ...] = ()
    """Compared exactly."""
    website: str = ""
    secret: str = ""
    """Digest; '' for a public client (in a browser, on a device)."""
    by: str = ""
    """Account that registered it; '' for the local owner or the app itself."""
    created: float = 0.0
    version: int = 0

    @property
    def origins(self) -> frozenset[str]:
        """Of its web pages, which may ask from browsers."""
        found = (uri.split("/") for uri in self.redirect_uris if uri.startswith(("http://", "https://")))
        return frozenset(f"{parts[0]}//{parts[2].lower()}" for parts in found)

    def to_entry(self, expires: float | None = None) -> Entry:
        body: dict[str, Any] = {
            "name": self.name,
            "redirect_uris": list(self.redirect_uris),
            "website": self.website,
            "secret": self.secret,
            "created": self.created,
        }
        return Entry(APP, self.key, body, self.by, expires, self.version)

    @classmethod
    def of(cls, entry: Entry) -> App:
        body = entry.body
        uris = tuple(body["redirect_uris"])
        return cls(
            entry.key, body["name"], uris, body["website"], body["secret"], entry.owner, body["created"], entry.version
        )


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave for a program to ask in somebody's name. `app` '' is a personal token."""

    key: str
    account: str
    """'' for the local owner."""
    name: str
    capabilities: frozenset[Capability]
    filter: ImageFilter = EVERYTHING
    app: str = ""
    secret: str = ""
    """Digest, of a personal token."""
    created: float = 0.0
    used: float = 0.0
    """Unix times in seconds; 0: never."""
    expires: float | None = None
    version: int = 0

    def to_entry(self) -> Entry:
        body: dict[str, Any] = {
            "name": self.name,
            "capabilities": sorted(self.capabilities),
            "filter": to_json(self.filter),
            "app": self.app,
            "secret": self.secret,
            "created": self.created,
            "used": self.used,
        }
        return Entry(GRANT, self.key, body, self.account, self.expires, self.version)

    @classmethod
    def of(cls, entry: Entry) -> Grant:
        body = entry.body
        return cls(
            key=entry.key,
            account=entry.owner,
            name=body["name"],
            capabilities=frozenset(map(Capability, body["capabilities"])),
            filter=parse_filter(body["filter"]),
            app=body["app"],
            secret=body["secret"],
            created=body["created"],
            used=body["used"],
            expires=entry.expires,
            version=entry.version,
        )

    def viewer(self, person: Viewer, capabilities: frozenset[Capability] | None = None) -> Viewer:
        """Whom the program asks as: never more than its person, than the grant, and than the token in hand."""
        rights = self.capabilities if capabilities is None else self.capabilities & capabilities
        return narrowed(person, self.filter, rights, ViewerKind.APP, self.name, self.key)


def narrowed(
    person: Viewer,
    scope: ImageFilter,
    capabilities: frozenset[Capability],
    kind: ViewerKind,
    name: str,
    credential: str,
) -> Viewer:
    """A part of what somebody may see and do. Both scope and rights can only shrink."""
    return replace(
        person,
        name=name,
        scope=conjoin(person.scope, scope),
        capabilities=person.capabilities & capabilities,
        kind=kind,
        role=None,
        credential=credential,
    )


async def person(store: GraphStore, account: str) -> Viewer | None:
    """Somebody as they are now; None when the account is gone or disabled. '' is the owner of this machine."""
    if not account:
        return OWNER
    found = await directory.get(store, account)
    return found.viewer() if found is not None and not found.disabled else None


async def grant(store: GraphStore, key: str) -> Grant | None:
    entry = await store.entry(GRANT, key)
    return Grant.of(entry) if entry is not None else None


async def used(store: GraphStore, found: Grant) -> None:
    """Note the last use, roughly; never brings back what was revoked meanwhile."""
    now = time.time()
    if now - found.used > USED_EVERY_S:
        try:
            await store.put_entry(replace(found, used=now).to_entry(), expected=found.version)
        except Conflict:
            return


async def viewer_of_personal(store: GraphStore, token: str) -> Viewer | None:
    """Of `pgt_<key>_<secret>`."""
    key, _, secret = token.removeprefix(PERSONAL).partition("_")
    found = await grant(store, key)
    if found is None or not found.secret or not hmac.compare_digest(found.secret, digest(secret)):
        return None
    return await _viewer(store, found, None)


async def viewer_of_access(store: GraphStore, token: str) -> Viewer | None:
    entry = await store.entry(ACCESS, digest(token))
    found = await grant(store, entry.owner) if entry is not None else None
    if entry is None or found is None:
        return None
    return await _viewer(store, found, capabilities_of(entry.body["scope"]))


async def viewer_of_grant(
    store: GraphStore, key: str, capabilities: frozenset[Capability] | None = None
) -> Viewer | None:
    """For what was made by a grant: all of it, or what a token in hand had of it."""
    found = await grant(store, key)
    return await _viewer(store, found, capabilities) if found is not None else None


async def _viewer(store: GraphStore, found: Grant, capabilities: frozenset[Capability] | None) -> Viewer | None:
    somebody = await person(store, found.account)
    if somebody is None:
        return None
    await used(store, found)
    return found.viewer(somebody, capabilities)


async def add_token(
    store: GraphStore,
    account: str,
    name: str,
    capabilities: frozenset[Capability],
    scope: ImageFilter = EVERYTHING,
    days: int | None = None,
) -> tuple[Grant, str]:
    """A personal token; its text is told only now. Raises BadApp."""
    if not (name := " ".join(name.split())[:100]):
        raise BadApp("Give the token a name, so that you know later what it was for.")
    if days is not None and not 0 < days <= 3660:
        raise BadApp("A token is good for 1 to 3660 days, or without an end.")
    key, secret, now = secrets.token_hex(8), secrets.token_urlsafe(32), time.time()
    made = Grant(
        key,
        account,
        name,
        capabilities | {Capability.READ},
        scope,
        secret=digest(secret),
        created=now,
        expires=now + days * 86_400 if days else None,
    )
    await store.put_entry(made.to_entry(), expected=0)
    return made, f"{PERSONAL}{key}_{secret}"


async def grants_of(store: GraphStore, account: str) -> list[Grant]:
    """The newest first."""
    found = [Grant.of(entry) for entry in await store.entries(GRANT, owner=account)]
    return sorted(found, key=lambda grant: -grant.created)


async def app(store: GraphStore, key: str) -> App | None:
    entry = await store.entry(APP, key)
    return App.of(entry) if entry is not None else None
