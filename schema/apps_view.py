"""Apps, grants and personal tokens as one person may see and change them."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import replace
from urllib.parse import urlsplit

from schema import apps
from schema.accounts import audit
from schema.apps import APP, GRANT, GRANTABLE, App, BadApp, Grant
from schema.errors import LoginNeeded, NotFound, Refused
from schema.filter.nodes import EVERYTHING, ImageFilter
from schema.policy import Capability, Role, Viewer, ViewerKind
from schema.store import GraphStore

UNUSED_S = 86_400.0
"""An app that registered itself is forgotten when nobody has granted it anything within this time."""
MOST_URIS = 10
MOST_GRANTS = 500
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
"""A private scheme is a reversed domain name (RFC 8252, 7.1), so that `javascript` or `file` cannot be one."""


def person_of(viewer: Viewer) -> Viewer:
    """Who may hand rights on: a person, never a program. Raises LoginNeeded, Refused."""
    if viewer.kind in (ViewerKind.OWNER, ViewerKind.ACCOUNT):
        return viewer
    if viewer.kind is ViewerKind.ANONYMOUS:
        raise LoginNeeded("Log in to see this.")
    raise Refused("Only a person who is logged in can hand rights on; open the gallery's own page.")


def accounts_of(viewer: Viewer) -> tuple[str, ...]:
    """Whose entries these are: one's own, and for owners also those from before there were accounts."""
    return ("",) if not viewer.account else (viewer.account, "") if viewer.role is Role.OWNER else (viewer.account,)


def redirect_uri(text: str) -> str:
    """An address that answers may be sent to. Raises BadApp."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    web = (parts.scheme == "https" and host) or (parts.scheme == "http" and host in _LOOPBACK)
    private = _SCHEME.fullmatch(parts.scheme) is not None
    clean = text.isascii() and text.isprintable() and not set(text) & set(' #*\\"<>`{}')
    if not clean or len(text) > 500 or "@" in parts.netloc or not (web or private):
        raise BadApp(
            f"'{text[:120]}' cannot be a redirect address; give one with https://, or http:// on this very machine, "
            "without a # part."
        )
    return text


def new_app(name: str, uris: tuple[str, ...], website: str = "", *, secret: bool = False) -> tuple[App, str]:
    """A checked app, not yet kept, and its secret ('' for a public client). Raises BadApp."""
    name = " ".join(name.split())[:80]
    if not name or not name.isprintable():
        raise BadApp("Give the app a name that people recognize.")
    if len(uris) > MOST_URIS:
        raise BadApp(f"An app has at most {MOST_URIS} redirect addresses; leave some out.")
    site = urlsplit(website)
    if website and (site.scheme not in ("http", "https") or not site.hostname or len(website) > 300):
        raise BadApp(f"'{website[:120]}' is no web address; write it with https://.")
    given = secrets.token_urlsafe(32) if secret else ""
    kept = apps.digest(given) if given else ""
    checked = tuple(dict.fromkeys(redirect_uri(uri) for uri in uris))
    return App(secrets.token_hex(12), name, checked, website, kept, created=time.time()), given


class AppsView:
    """Cheap to make: one for each request."""

    def __init__(self, store: GraphStore, viewer: Viewer, address: str = "") -> None:
        self.store = store
        self.viewer = viewer
        self.address = address

    async def grants(self) -> list[tuple[Grant, App | None]]:
        """What the person has granted, with the app (None: a personal token), the newest first."""
        person = person_of(self.viewer)
        found = [grant for account in accounts_of(person) for grant in await apps.grants_of(self.store, account)]
        return [(grant, await apps.app(self.store, grant.app) if grant.app else None) for grant in found]

    async def revoke(self, key: str) -> Grant:
        """From now on its tokens are worth nothing. Administrators may revoke anybody's. Raises NotFound."""
        person = person_of(self.viewer)
        found = await apps.grant(self.store, key)
        mine = found is not None and found.account in accounts_of(person)
        if found is None or not (mine or person.may(Capability.ADMIN)):
            raise NotFound("There is no such app or token any more.")
        await self.store.delete_entry(GRANT, key)
        await self.note("token.revoked" if not found.app else "app.revoked", found.name)
        return found

    async def add_token(
        self, name: str, capabilities: frozenset[Capability], scope: ImageFilter = EVERYTHING, days: int | None = 90
    ) -> tuple[Grant, str]:
        """A personal token and its text, with no right that the person lacks. Raises BadApp, Refused."""
        person = person_of(self.viewer)
        for capability in sorted(capabilities):
            person.require(capability)
        if len(await apps.grants_of(self.store, person.account)) >= MOST_GRANTS:
            raise BadApp("There are very many apps and tokens already; revoke those that nothing uses.")
        made, text = await apps.add_token(self.store, person.account, name, capabilities, scope, days)
        await self.note("token.created", f"{made.name}: {apps.scope_of(made.capabilities)}")
        return made, text

    async def register(
        self, name: str, uris: tuple[str, ...], website: str = "", *, secret: bool = False
    ) -> tuple[App, str]:
        """An app that stays until it is removed, and its secret."""
        person = person_of(self.viewer)
        app, given = new_app(name, uris, website, secret=secret)
        app = replace(app, by=person.account or "owner")
        await self.store.put_entry(app.to_entry(), expected=0)
        await self.note("app.registered", app.name)
        return app, given

    async def registered(self) -> list[App]:
        """Those that the person registered; administrators see all."""
        person = person_of(self.viewer)
        found = [App.of(entry) for entry in await self.store.entries(APP)]
        mine = {person.account or "owner"}
        return [app for app in found if person.may(Capability.ADMIN) or app.by in mine]

    async def remove(self, key: str) -> None:
        """The app and everything that anybody granted it. Raises NotFound."""
        app = next((app for app in await self.registered() if app.key == key), None)
        if app is None:
            raise NotFound("There is no such app any more.")
        await self.store.delete_entry(APP, key)
        for entry in await self.store.entries(GRANT, limit=100_000):
            if entry.body["app"] == key:
                await self.store.delete_entry(GRANT, entry.key)
        await self.note("app.removed", app.name)

    def grantable(self, asked: frozenset[Capability]) -> frozenset[Capability]:
        """What of the rights asked for the person has to give."""
        return asked & frozenset(GRANTABLE) & person_of(self.viewer).capabilities

    async def note(self, action: str, about: str) -> None:
        await audit.write(self.store, action, self.viewer, about, address=self.address)
