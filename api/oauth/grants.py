"""The three ways to a token (code with PKCE, refresh, device), and the endpoints beside them, as Authlib's classes.

`request.credential_grant` is the `schema.apps.Grant` that the token is for.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Protocol

from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant

from api.oauth.ledger import Ledger
from api.oauth.records import Client, Code, Device, Token, wait
from schema import apps
from schema.apps import ACCESS, capabilities_of
from schema.entries import Entry
from schema.errors import Conflict
from schema.filter import parse_filter, to_json

CODE, SPENT = "oauth-code", "oauth-code-spent"
DEVICE, USER_CODE = "device-code", "device-user-code"
CODE_S = 60.0
SPENT_S = 3600.0
"""How long it is remembered that a code was used, so that whoever uses it again ends what came of it."""
DEVICE_S = 600
ANY_CLIENT = ["client_secret_basic", "client_secret_post", "none"]


class Keeping(Protocol):
    """The server, as far as its grants and endpoints know it."""

    ledger: Ledger


def invalid_grant(sentence: str) -> InvalidGrantError:
    return InvalidGrantError(sentence)


class Pkce(CodeChallenge):  # type: ignore[misc]
    """Always asked for, and only S256: OAuth 2.1 knows neither a code without it nor the plain method."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        given = grant.request.payload.data
        if not given.get("code_challenge") or given.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Send a 'code_challenge' with 'code_challenge_method=S256'.")
        super().validate_code_challenge(grant, redirect_uri)


class AuthorizationCode(grants.AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ANY_CLIENT
    server: Keeping

    def save_authorization_code(self, code: str, request: Any) -> None:
        app, chosen = request.client.app, self.server.ledger.granted
        draft = self.server.ledger.draft(request.user.account, app, request.scope, chosen)
        body = {
            "app": app.key,
            "redirect_uri": request.payload.redirect_uri,
            "scope": apps.scope_of(draft.capabilities),
            "challenge": request.payload.data["code_challenge"],
            "grant": draft.key,
            "account": draft.account,
            "filter": to_json(draft.filter),
        }
        entry = Entry(CODE, apps.digest(code), body, expires=time.time() + CODE_S)
        wait(self.server.ledger.store.put_entry, entry)

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        return wait(self._take, apps.digest(code), client)

    async def _take(self, key: str, client: Client) -> Code | None:
        """The code, for exactly one caller; a second one ends the grant that the first was given."""
        store = self.server.ledger.store
        entry = await store.entry(CODE, key)
        if entry is not None and entry.body["app"] != client.app.key:
            return None
        if entry is not None and await store.delete_entry(CODE, key):
            about = {"grant": entry.body["grant"], "app": client.app.key}
            await store.put_entry(Entry(SPENT, key, about, expires=time.time() + SPENT_S))
            return Code(entry.body)
        spent = await store.entry(SPENT, key)
        if spent is not None and spent.body["app"] == client.app.key:
            await self.server.ledger.end(spent.body["grant"], "a code was used twice")
        return None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Done already, before anything was given for it."""

    def authenticate_user(self, authorization_code: Code) -> Any:
        body = authorization_code.body
        draft = self.server.ledger.draft(body["account"], self.request.client.app, body["scope"])
        self.request.credential_grant = replace(draft, key=body["grant"], filter=parse_filter(body["filter"]))
        return wait(apps.person, self.server.ledger.store, body["account"])


class Refresh(grants.RefreshTokenGrant):  # type: ignore[misc]
    """Each refresh token is good once; used again, it was stolen by somebody: all that came of the grant ends."""

    TOKEN_ENDPOINT_AUTH_METHODS = ANY_CLIENT
    INCLUDE_NEW_REFRESH_TOKEN = True
    server: Keeping

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        found = wait(self.server.ledger.token, refresh_token)
        if found is None or found.kind == ACCESS or not found.check_client(self.request.client):
            return None
        grant = wait(apps.grant, self.server.ledger.store, found.grant)
        if found.is_revoked() and grant is not None:
            wait(self.server.ledger.end, grant.key, "a refresh token was used twice")
            return None
        self.request.credential_grant = grant
        return found

    def authenticate_user(self, refresh_token: Token) -> Any:
        # Spent here, after the scope was found right and before anything is given for it.
        if not wait(self._spend, refresh_token):
            raise invalid_grant("This refresh token was used already.")
        who = wait(apps.person, self.server.ledger.store, refresh_token.account)
        if who is None:
            raise invalid_grant("Whoever granted this may not log in now.")
        return who

    async def _spend(self, token: Token) -> bool:
        store = self.server.ledger.store
        entry = await store.entry(token.kind, token.key)
        if entry is None:
            return False
        if not entry.body.get("spent"):
            try:
                await store.put_entry(replace(entry, body={**entry.body, "spent": True}), expected=entry.version)
                return True
            except Conflict:
                pass
        await self.server.ledger.end(token.grant, "a refresh token was used twice")
        return False

    def revoke_old_credential(self, refresh_token: Token) -> None:
        """Spent already."""


class DeviceCode(DeviceCodeGrant):  # type: ignore[misc]
    server: Keeping

    def query_device_credential(self, device_code: str) -> Device | None:
        entry = wait(self.server.ledger.store.entry, DEVICE, apps.digest(device_code))
        return Device(entry.key, entry.body, entry.expires) if entry is not None else None

    def query_user_grant(self, user_code: str) -> tuple[Any, bool] | None:
        """`user_code` is the key of the device's entry here."""
        return wait(self._decision, user_code)

    async def _decision(self, key: str) -> tuple[Any, bool] | None:
        store = self.server.ledger.store
        entry = await store.entry(DEVICE, key)
        if entry is None or entry.body["decision"] == "":
            return None
        if not await store.delete_entry(DEVICE, key):
            raise invalid_grant("This code was used already.")
        who = await apps.person(store, entry.body["account"])
        if entry.body["decision"] == "no" or who is None:
            return None, False
        app = await apps.app(store, entry.body["app"])
        if app is None:
            return None, False
        draft = self.server.ledger.draft(entry.body["account"], app, entry.body["scope"])
        self.request.credential_grant = replace(draft, filter=parse_filter(entry.body["filter"]))
        return who, True

    def should_slow_down(self, credential: Device) -> bool:
        return bool(wait(self._asked_too_soon, credential))

    async def _asked_too_soon(self, credential: Device) -> bool:
        store, now = self.server.ledger.store, time.time()
        entry = await store.entry(DEVICE, credential.key)
        if entry is None:
            return False
        soon = bool(now - entry.body["asked"] < DeviceAuthorization.INTERVAL - 1)
        try:
            await store.put_entry(replace(entry, body={**entry.body, "asked": now}), expected=entry.version)
        except Conflict:  # decided or asked in this moment
            return False
        return soon


class DeviceAuthorization(DeviceAuthorizationEndpoint):  # type: ignore[misc]
    EXPIRES_IN = DEVICE_S
    server: Keeping

    def get_verification_uri(self) -> str:
        return f"{self.server.ledger.issuer}/device"

    def save_device_credential(self, client_id: str, scope: str | None, data: dict[str, Any]) -> None:
        key, expires = apps.digest(data["device_code"]), time.time() + DEVICE_S
        asked = apps.scope_of(capabilities_of(scope or ""))
        body = {"app": client_id, "scope": asked, "decision": "", "account": "", "filter": {}, "asked": 0.0}
        store = self.server.ledger.store
        wait(store.put_entry, Entry(DEVICE, key, body, expires=expires))
        code = Entry(USER_CODE, user_code_key(data["user_code"]), {"device": key}, expires=expires)
        wait(store.put_entry, code)


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = ANY_CLIENT
    server: Keeping

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
        return wait(self.server.ledger.token, token_string)

    def revoke_token(self, token: Token, request: Any) -> None:
        """Of an access token that token, of a refresh token all that was granted with it (RFC 7009, 2.1)."""
        if token.kind == ACCESS:
            wait(self.server.ledger.store.delete_entry, ACCESS, token.key)
        else:
            wait(self.server.ledger.end, token.grant, "given back by the app")


class Introspection(IntrospectionEndpoint):  # type: ignore[misc]
    """For confidential clients, about their own tokens."""

    CLIENT_AUTH_METHODS = ANY_CLIENT[:2]
    server: Keeping

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
        return wait(self.server.ledger.token, token_string)

    def check_permission(self, token: Token, client: Client, request: Any) -> bool:
        return token.check_client(client)

    def introspect_token(self, token: Token) -> dict[str, Any]:
        who = wait(apps.person, self.server.ledger.store, token.account)
        if who is None:
            return {"active": False}
        return {
            "active": True,
            "client_id": token.body["app"],
            "token_type": "Bearer",
            "scope": token.get_scope(),
            "sub": token.account or "owner",
            "username": who.name,
            "iss": self.server.ledger.issuer,
            "exp": int(token.expires or 0),
        }


def user_code_key(code: str) -> str:
    """Typed in any case, with or without the dash."""
    return apps.digest("".join(letter for letter in code.upper() if letter.isalpha())[:32])


GRANTS: tuple[tuple[Any, ...], ...] = ((AuthorizationCode, [Pkce(required=True)]), (Refresh,), (DeviceCode,))
ENDPOINTS: tuple[Any, ...] = (DeviceAuthorization, Revocation, Introspection)
