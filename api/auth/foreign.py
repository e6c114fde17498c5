"""Programs that ask with an access token of an identity provider that the operator trusts for it (`audience`)."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode

from api.auth.attempts import Attempts
from api.auth.caller import Caller
from api.auth.oidc import link_key
from api.auth.providers import Provider
from schema import apps
from schema.accounts import directory
from schema.accounts.account import LINK
from schema.errors import LoginNeeded, Refused
from schema.filter.nodes import EVERYTHING
from schema.policy import Capability, Viewer, ViewerKind

_providers: dict[str, Provider] = {}
_attempts = Attempts()
"""A token that is not right may cost a question to its provider."""


def _issuer(token: str) -> str:
    """Whom a JWT says it is of; nothing is believed of it yet."""
    part = token.split(".")[1]
    try:
        told = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError):
        return ""
    return str(told.get("iss", "")) if isinstance(told, dict) else ""


async def identify(caller: Caller) -> Viewer | None:
    """None for what is no such token. Raises LoginNeeded for one that is not good, or of somebody unknown here."""
    kind, _, token = caller.connection.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or token.count(".") != 2:
        return None
    issuer = _issuer(token).rstrip("/")
    for settings in caller.settings.oidc:
        if settings.audience and settings.issuer.rstrip("/") == issuer:
            break
    else:
        return None
    provider = _providers.setdefault(f"{settings.key} {issuer}", Provider(settings))
    _attempts.check(issuer, caller.address)
    try:
        claims = await provider.access(token, settings.audience)
    except Refused as error:
        raise LoginNeeded(str(error)) from None
    _attempts.succeeded(issuer, caller.address)
    store = caller.library.store
    link = await store.entry(LINK, link_key(provider, str(claims["sub"])))
    account = await directory.get(store, link.owner) if link is not None else None
    if account is None or account.disabled:
        raise LoginNeeded("Whoever this token is for has no account here; log in on the gallery's page once.")
    rights = frozenset(map(Capability, settings.token_rights)) | {Capability.READ}
    asked = apps.capabilities_of(str(claims.get("scope", "")))
    name = str(claims.get("client_id") or claims.get("azp") or settings.name)[:80]
    return apps.narrowed(account.viewer(), EVERYTHING, rights & asked, ViewerKind.APP, name, "")
