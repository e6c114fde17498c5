"""Logging in and out, and the first owner: plain HTTP, so that one request is one try."""

from __future__ import annotations

import hmac
import unicodedata
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.auth import passwords, sessions
from api.auth.attempts import Attempts, TooOften
from api.auth.caller import Caller
from api.auth.forms import answered, fields, refuse_foreign
from api.auth.oidc import Oidc
from api.auth.passkeys import Passkeys
from api.auth.secrets import setup_code
from api.paths import AUTH
from schema.accounts import Account, BadAccount, audit, directory, passkeys, session
from schema.accounts.account import check_password
from schema.errors import LoginNeeded, PiGalleryError, Refused
from schema.policy import NOBODY, Role, Viewer
from schema.settings import Settings

WRONG = "The name or the password is not right; check both and try again."


def told(error: PiGalleryError) -> Response:
    """The error's sentence under the status that fits."""
    if isinstance(error, TooOften):
        return answered({"message": str(error), "wait": error.wait_s}, 429, **{"retry-after": str(error.wait_s)})
    if isinstance(error, passwords.Busy):
        return answered({"message": str(error), "wait": 5}, 503, **{"retry-after": "5"})
    status = 401 if isinstance(error, LoginNeeded) else 403 if isinstance(error, Refused) else 400
    return answered({"message": str(error)}, status)


class Door:
    """Routes below /auth."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.attempts = Attempts()
        self.oidc = Oidc(self)
        self.passkeys = Passkeys(self)

    def routes(self) -> list[Route]:
        return [
            Route(f"{AUTH}/state", self.state, methods=["GET"]),
            Route(f"{AUTH}/login", self._guarded(self.login), methods=["POST"]),
            Route(f"{AUTH}/logout", self._guarded(self.logout), methods=["POST"]),
            Route(f"{AUTH}/setup", self._guarded(self.setup), methods=["POST"]),
            *self.passkeys.routes(self._guarded),
            *self.oidc.routes(),
        ]

    def _guarded(self, endpoint: Any) -> Any:
        async def call(request: Request) -> Response:
            try:
                response: Response = await endpoint(request)
            except PiGalleryError as error:
                return told(error)
            return response

        return call

    async def state(self, request: Request) -> Response:
        """What a login page has to offer; the same for everybody."""
        caller: Caller = request.state.caller
        store = caller.library.store
        there = await directory.are_there_any(store)
        return answered(
            {
                "accounts": there,
                "passkeys": await passkeys.are_there_any(store),
                "needsCode": not there and not caller.is_local,
                "providers": [{"key": each.key, "name": each.name} for each in self.settings.oidc],
            }
        )

    async def login(self, request: Request) -> Response:
        caller: Caller = request.state.caller
        passwords.check_free()
        given, password = await fields(request, "name", "password")
        name = unicodedata.normalize("NFKC", given).strip().lower()[:64]
        account = await self.proven(caller, name, password)
        return await self.enter(caller, account, request.state.view.viewer)

    async def proven(self, caller: Caller, name: str, password: str) -> Account:
        """The account of a right name and password. Raises Refused with one sentence for all that can be wrong."""
        store = caller.library.store
        self.attempts.check(name, caller.address)
        account = await directory.named(store, name)
        try:
            right = await passwords.is_right(password[:1000], account.password if account is not None else "")
        except passwords.Busy:
            self.attempts.take_back(name, caller.address)
            raise
        if account is None or not right or account.disabled:
            await audit.write(store, "login.failed", NOBODY, name, address=caller.address)
            raise LoginNeeded(WRONG)
        self.attempts.succeeded(name, caller.address)
        if passwords.is_outdated(account.password):
            account = await directory.rehash(store, account, await passwords.hashed(password))
        return account

    async def enter(self, caller: Caller, account: Account, before: Viewer, **about: str) -> Response:
        """Logged in: a new session, the one that was there before is over."""
        response = answered({"name": account.shown})
        await self.begin(caller, account, before, response, **about)
        return response

    async def begin(self, caller: Caller, account: Account, before: Viewer, response: Response, **about: str) -> None:
        store = caller.library.store
        if before.account and before.credential:
            await store.delete_entry(session.SESSION, before.credential)
        device = caller.connection.headers.get("user-agent", "")
        begun, token = await session.begin(store, account.key, device=device, address=caller.address, **about)
        sessions.set_cookie(response, caller, token)
        await audit.write(store, "login", account.viewer(), begun.how, address=caller.address)

    async def logout(self, request: Request) -> Response:
        caller: Caller = request.state.caller
        refuse_foreign(request)
        store = caller.library.store
        ended = await session.find(store, token) if (token := sessions.token_of(caller)) else None
        if ended is not None:
            await store.delete_entry(session.SESSION, ended.key)
            await audit.write(store, "logout", request.state.view.viewer, address=caller.address)
        response = answered({"next": await self.oidc.farewell(caller, ended)})
        sessions.clear_cookie(response, caller)
        return response

    async def setup(self, request: Request) -> Response:
        """The first account; from another machine only with the code that stands in the terminal."""
        caller: Caller = request.state.caller
        name, display, password, code = await fields(request, "name", "displayName", "password", "code")
        store = caller.library.store
        if await directory.are_there_any(store):
            raise BadAccount("This gallery has an owner already; log in.")
        if not caller.is_local:
            self.attempts.check("setup", caller.address)
            given = code.strip().upper().replace(" ", "")
            if not hmac.compare_digest(given.encode(), setup_code(self.settings).encode()):
                raise Refused("The code is not right; it stands in the terminal where the gallery was started.")
            self.attempts.succeeded("setup", caller.address)
        check_password(password, name.strip().lower())
        account = Account("", name, Role.OWNER, display=display, password=await passwords.hashed(password))
        made = await directory.add_first(store, account)
        await audit.write(store, "account.created", made.viewer(), f"{made.name} (owner)", address=caller.address)
        return await self.enter(caller, made, NOBODY)
