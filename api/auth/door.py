"""Logging in and out, and the first owner: plain HTTP, so that one request is one try."""

from __future__ import annotations

import hmac
import unicodedata
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.auth import passwords, sessions
from api.auth.attempts import TooOften
from api.auth.caller import Caller
from api.auth.entering import Entrance
from api.auth.forms import answered, fields, refuse_foreign
from api.auth.oidc import Oidc
from api.auth.passkeys import Passkeys
from api.auth.secrets import setup_code
from api.paths import AUTH
from schema.accounts import Account, BadAccount, audit, directory, passkeys, session
from schema.accounts.account import check_password
from schema.errors import LoginNeeded, PiGalleryError, Refused
from schema.policy import NOBODY, Role
from schema.settings import Settings


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
        self.entrance = Entrance(settings)
        self.oidc = Oidc(self.entrance)
        self.passkeys = Passkeys(self.entrance)

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
        account = await self.entrance.proven(caller, name, password)
        return await self.entrance.enter(caller, account, request.state.view.viewer)

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
            self.entrance.attempts.check("setup", caller.address)
            given = code.strip().upper().replace(" ", "")
            if not hmac.compare_digest(given.encode(), setup_code(self.settings).encode()):
                raise Refused("The code is not right; it stands in the terminal where the gallery was started.")
            self.entrance.attempts.succeeded("setup", caller.address)
        check_password(password, name.strip().lower())
        account = Account("", name, Role.OWNER, display=display, password=await passwords.hashed(password))
        made = await directory.add_first(store, account)
        await audit.write(store, "account.created", made.viewer(), f"{made.name} (owner)", address=caller.address)
        return await self.entrance.enter(caller, made, NOBODY)
