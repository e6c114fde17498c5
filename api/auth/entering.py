"""Coming in: what is proven becomes a session, whichever way it was proven (password, provider, passkey)."""

from __future__ import annotations

from starlette.responses import Response

from api.auth import passwords, sessions
from api.auth.attempts import Attempts
from api.auth.caller import Caller
from api.auth.forms import answered
from schema.accounts import Account, audit, directory, session
from schema.errors import LoginNeeded
from schema.policy import NOBODY, Viewer
from schema.settings import Settings

WRONG = "The name or the password is not right; check both and try again."


class Entrance:
    """One for all ways in: tries are counted together."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.attempts = Attempts()

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
