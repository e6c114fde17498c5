"""Logging in by a passkey (WebAuthn): a device proves that it holds the key, after it has asked its person.

Options come first, with a challenge that is kept signed in the browser's own cookie and counts once. What the device
answers is judged by py_webauthn, which is imported when it is first needed.
"""

from __future__ import annotations

import hashlib
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from secrets import token_bytes
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.auth import passwords
from api.auth.caller import Caller
from api.auth.entering import Entrance
from api.auth.forms import answered, fields
from api.auth.secrets import secret
from api.paths import AUTH, issuer_of
from schema.accounts import Account, audit, directory, passkeys, session
from schema.accounts.passkeys import Passkey
from schema.entries import Entry
from schema.errors import Conflict, LoginNeeded, Refused
from schema.policy import NOBODY
from schema.settings import Settings

COOKIE = "pigallery-passkey"
FLOW_S = 300
RECENT_S = 600.0
"""Without a password to ask for, a new passkey needs a login this fresh."""
WRONG = "This passkey is not known here; log in another way, and add it on the account page."
STALE = "That took too long, or was begun in another browser; try again."


@dataclass(frozen=True, slots=True)
class Party:
    """The gallery as browsers know it."""

    host: str
    origin: str

    @classmethod
    def of(cls, request: Request, settings: Settings) -> Party:
        parts = urlsplit(issuer_of(request, settings))
        return cls(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")


class Passkeys:
    """Routes below /auth/passkey."""

    def __init__(self, entrance: Entrance) -> None:
        self.entrance = entrance

    def routes(self, guarded: Any) -> list[Route]:
        here = f"{AUTH}/passkey"
        return [
            Route(f"{here}/ask", guarded(self.ask), methods=["POST"]),
            Route(f"{here}/login", guarded(self.login), methods=["POST"]),
            Route(f"{here}/begin", guarded(self.begin), methods=["POST"]),
            Route(f"{here}/add", guarded(self.add), methods=["POST"]),
        ]

    # -- logging in
    async def ask(self, request: Request) -> Response:
        """What any browser is asked: a passkey of this gallery, whosever it is."""
        from webauthn import generate_authentication_options
        from webauthn.helpers.structs import UserVerificationRequirement

        await fields(request)
        challenge = token_bytes(32)
        options = generate_authentication_options(
            rp_id=Party.of(request, self.entrance.settings).host,
            challenge=challenge,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return self._asked(request, options, challenge, "")

    async def login(self, request: Request) -> Response:
        from webauthn import verify_authentication_response

        caller: Caller = request.state.caller
        store, entrance, party = caller.library.store, self.entrance, Party.of(request, self.entrance.settings)
        (answer,) = await fields(request, "credential")
        tries = f"passkey {caller.address}"
        entrance.attempts.check(tries, caller.address)
        challenge = await self._challenge(caller, "")
        passkey = await passkeys.get(store, _id_of(answer))
        account = await directory.get(store, passkey.account) if passkey is not None else None
        if passkey is None or account is None or account.disabled:
            await audit.write(store, "login.failed", NOBODY, "passkey", address=caller.address)
            raise LoginNeeded(WRONG)
        try:
            proven = verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=party.host,
                expected_origin=party.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.count,
                require_user_verification=True,
            )
            await passkeys.used(store, passkey, proven.new_sign_count)
        except Exception as error:  # py_webauthn and what it stands on raise many kinds, for what is all one refusal
            about = f"{account.name}, by the passkey {passkey.name}: {error}"
            await audit.write(store, "login.failed", NOBODY, about, address=caller.address)
            raise LoginNeeded(WRONG) from None
        entrance.attempts.succeeded(tries, caller.address)
        response = await entrance.enter(caller, account, request.state.view.viewer, how="passkey")
        response.delete_cookie(COOKIE, **self._cookie(caller))
        return response

    # -- a new one
    async def begin(self, request: Request) -> Response:
        """Asks for the present password first: who borrows a browser for a moment leaves no key of theirs."""
        from webauthn import generate_registration_options
        from webauthn.helpers import base64url_to_bytes
        from webauthn.helpers.structs import (
            AuthenticatorSelectionCriteria,
            PublicKeyCredentialDescriptor,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        caller: Caller = request.state.caller
        (password,) = await fields(request, "password")
        account, party = await self._myself(request), Party.of(request, self.entrance.settings)
        await self._require_proof(caller, request, account, password)
        known = await passkeys.passkeys_of(caller.library.store, account.key)
        challenge = token_bytes(32)
        options = generate_registration_options(
            rp_id=party.host,
            rp_name="PiGallery",
            user_id=account.key.encode(),
            user_name=account.name,
            user_display_name=account.shown,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.key))
                for each in known
                if each.host == party.host
            ],
        )
        return self._asked(request, options, challenge, account.key)

    async def add(self, request: Request) -> Response:
        from webauthn import verify_registration_response
        from webauthn.helpers import bytes_to_base64url

        caller: Caller = request.state.caller
        store, party = caller.library.store, Party.of(request, self.entrance.settings)
        answer, name = await fields(request, "credential", "name")
        account = await self._myself(request)
        challenge = await self._challenge(caller, account.key)
        try:
            proven = verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=party.host,
                expected_origin=party.origin,
                require_user_verification=True,
            )
        except Exception as error:  # as above
            raise Refused(f"This passkey cannot be used here ({error}).") from None
        made = await passkeys.add(
            store,
            Passkey(
                bytes_to_base64url(proven.credential_id),
                account.key,
                name,
                party.host,
                proven.credential_public_key,
                proven.sign_count,
            ),
        )
        await audit.write(store, "passkey.added", request.state.view.viewer, made.name, address=caller.address)
        response = answered({"name": made.name})
        response.delete_cookie(COOKIE, **self._cookie(caller))
        return response

    async def _myself(self, request: Request) -> Account:
        viewer, caller = request.state.view.viewer, request.state.caller
        entry = await caller.library.store.entry(session.SESSION, viewer.credential) if viewer.credential else None
        account = await directory.get(caller.library.store, viewer.account) if entry is not None else None
        if account is None or account.disabled:
            raise LoginNeeded("Log in with an account first; then add a passkey to it.")
        return account

    async def _require_proof(self, caller: Caller, request: Request, account: Account, password: str) -> None:
        """Raises Refused where it may not be the account's own person who asks."""
        if account.password:
            self.entrance.attempts.check(account.name, caller.address)
            if not await passwords.is_right(password[:1000], account.password):
                raise Refused("The present password is not right; check it and try again.")
            self.entrance.attempts.succeeded(account.name, caller.address)
            return
        entry = await caller.library.store.entry(session.SESSION, request.state.view.viewer.credential)
        if entry is None or time.time() - session.Session.of(entry).created > RECENT_S:
            raise Refused("Log out and in again first; a new passkey needs a fresh login.")

    # -- the challenge
    def _cookie(self, caller: Caller) -> dict[str, Any]:
        return {"path": f"{AUTH}/passkey", "httponly": True, "samesite": "strict", "secure": caller.is_secure}

    def _key(self) -> OctKey:
        return OctKey.import_key(secret(self.entrance.settings, "passkey"))

    def _asked(self, request: Request, options: Any, challenge: bytes, account: str) -> Response:
        from webauthn import options_to_json

        caller: Caller = request.state.caller
        claims = {"challenge": urlsafe_b64encode(challenge).decode("ascii"), "account": account}
        sealed = jwt.encode({"alg": "HS256"}, {**claims, "exp": int(time.time()) + FLOW_S}, self._key())
        response = answered(json.loads(options_to_json(options)))
        response.set_cookie(COOKIE, sealed, max_age=FLOW_S, **self._cookie(caller))
        return response

    async def _challenge(self, caller: Caller, account: str) -> bytes:
        """What this browser was asked a moment ago, once. `account`: whom for; '' to log in. Raises Refused."""
        try:
            claims = jwt.decode(caller.connection.cookies.get(COOKIE, ""), self._key(), algorithms=["HS256"]).claims
            jwt.JWTClaimsRegistry(exp={"essential": True}).validate(claims)
            if claims["account"] != account:
                raise Refused(STALE)
            challenge = urlsafe_b64decode(claims["challenge"])
            used = hashlib.sha256(challenge).hexdigest()
            await caller.library.store.put_entry(
                Entry("passkey-used", used, expires=time.time() + 2 * FLOW_S), expected=0
            )
        except (JoseError, ValueError, KeyError, Conflict):
            raise Refused(STALE) from None
        return challenge


def _id_of(answer: str) -> str:
    """The credential's id as it says itself; '' where it says nothing of the kind."""
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        return ""
    id = found.get("id") if isinstance(found, dict) else None
    return id if isinstance(id, str) and len(id) < 2_000 else ""
