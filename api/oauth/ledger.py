"""What is kept of OAuth: grants, and the tokens that lead to them. Of any secret only its digest."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidGrantError

from api.oauth.records import Token
from schema import apps
from schema.accounts import audit
from schema.apps import ACCESS, GRANT, App, Grant, capabilities_of
from schema.entries import Entry
from schema.errors import Conflict
from schema.policy import Viewer
from schema.store import GraphStore

ACCESS_S = 3600
"""Access tokens are short-lived; the grant decides at every use anyway."""
REFRESH_S = 90 * 86_400.0
"""A grant that no app used for so long ends by itself."""
REFRESH = "refresh-token"


@dataclass
class Ledger:
    """Of one request. `viewer` and `address` of who asks are for the audit."""

    store: GraphStore
    issuer: str
    viewer: Viewer
    address: str = ""
    granted: Grant | None = None
    """What the person decided on the consent page, while a code is made."""

    async def save(self, token: dict[str, Any], grant: Grant, app: App) -> None:
        """Access and refresh token of a grant, which is written or kept alive with them."""
        now = time.time()
        fresh = replace(grant, used=now, expires=now + REFRESH_S)
        try:
            await self.store.put_entry(fresh.to_entry(), expected=grant.version)
        except Conflict:
            if grant.version == 0 or await self.store.entry(apps.GRANT, grant.key) is None:
                raise InvalidGrantError("What was granted was taken back.") from None
        body = {"scope": token["scope"], "app": app.key}
        kept = ((token["access_token"], ACCESS, now + ACCESS_S), (token.get("refresh_token"), REFRESH, now + REFRESH_S))
        for text, kind, expires in kept:
            if text:
                await self.store.put_entry(Entry(kind, apps.digest(text), body, grant.key, expires), expected=0)
        if grant.version == 0:
            await self.store.put_entry(app.to_entry())  # from now on it stays
            who = await apps.person(self.store, grant.account) or self.viewer
            about = f"{app.name}: {apps.scope_of(grant.capabilities)}"
            await audit.write(self.store, "app.granted", who, about, address=self.address)

    async def token(self, text: str) -> Token | None:
        for kind in (ACCESS, REFRESH):
            entry = await self.store.entry(kind, apps.digest(text))
            if entry is None:
                continue
            grant = await apps.grant(self.store, entry.owner)
            if grant is not None:
                return Token(kind, entry.key, grant.key, entry.body, entry.expires, grant.account)
        return None

    def draft(self, account: str, app: App, scope: str, chosen: Grant | None = None) -> Grant:
        """A grant that is not written yet."""
        rights = capabilities_of(scope)
        made = Grant(secrets.token_hex(8), account, app.name, rights, app=app.key, created=time.time())
        return (
            made if chosen is None else replace(made, capabilities=rights & chosen.capabilities, filter=chosen.filter)
        )

    async def end(self, grant: str, why: str) -> None:
        """A grant, and with it all tokens that lead to it."""
        found = await apps.grant(self.store, grant)
        if found is not None and await self.store.delete_entry(GRANT, grant):
            who = await apps.person(self.store, found.account) or self.viewer
            await audit.write(self.store, "app.revoked", who, f"{found.name}: {why}", address=self.address)
