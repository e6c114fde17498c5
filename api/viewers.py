"""Who asks: gives every request its `View`, before anything else sees it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth import bearer, foreign, local, sessions, signed
from api.auth.caller import Caller, Identifier
from api.paths import GRAPHQL, OAUTH
from api.shares import links
from schema.accounts import directory
from schema.errors import LoginNeeded, Refused
from schema.policy import NOBODY, OWNER, Viewer

if TYPE_CHECKING:
    from schema.library import Library
    from schema.settings import Settings

IDENTIFIERS: list[Identifier] = [
    links.identify,
    signed.identify,
    bearer.identify,
    foreign.identify,
    local.identify,
    sessions.identify,
]
"""Asked in this order; the first who knows the caller decides."""
STILL_EVERY_S = 0.5
"""How often an open socket is asked who it is: what was revoked is cut within this time."""
PAGES = ("/ui/", "/style/", "/lib/", "/playground/")
"""Files that are the same for everybody."""


async def viewer_of(caller: Caller) -> Viewer:
    """The viewer of a request. Raises Refused for a credential that is not valid (any more)."""
    for identify in IDENTIFIERS:
        viewer = await identify(caller)
        if viewer is not None:
            return viewer
    # Below /oauth an app proves with that header which app it is.
    if "authorization" in caller.connection.headers and not caller.connection.url.path.startswith(f"{OAUTH}/"):
        raise LoginNeeded("This gallery does not know that token; log in again, or make a new one on the account page.")
    login = caller.settings.login
    if login == "never" or (
        login == "auto" and caller.is_local and not await directory.are_there_any(caller.library.store)
    ):
        return OWNER
    return NOBODY


def _refusal(path: str, error: Refused) -> Response:
    headers = {"cache-control": "no-store", "www-authenticate": "Bearer"}
    if path == GRAPHQL:
        answer = {"data": None, "errors": [{"message": str(error), "extensions": {"code": "LOGIN_NEEDED"}}]}
        return JSONResponse(answer, 401, headers=headers)
    return PlainTextResponse(f"{error}\n", 401, headers=headers)


class Viewers:
    """ASGI middleware: `request.state.view` is the only door to the graph that a route has."""

    def __init__(self, app: ASGIApp, library: Library, settings: Settings) -> None:
        self.app = app
        self.library = library
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"].startswith(PAGES):
            await self.app(scope, receive, send)
            return
        caller = Caller(HTTPConnection(scope), self.library, self.settings)
        try:
            viewer = await viewer_of(caller)
        except Refused as error:
            if scope["type"] == "http":
                await _refusal(scope["path"], error)(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 4401, "reason": "Log in again."})
            return
        state = scope.setdefault("state", {})
        state["view"], state["caller"] = self.library.view(viewer), caller
        if scope["type"] == "http":
            await self.app(scope, receive, send)
        else:
            await self._socket(caller, viewer, scope, receive, send)

    async def _socket(self, caller: Caller, viewer: Viewer, scope: Scope, receive: Receive, send: Send) -> None:
        """A socket lives as long as its viewer stays just who they were."""
        over = asyncio.create_task(self._until_other(caller, viewer))
        open_ = False

        async def receive_until() -> Message:
            nonlocal open_
            message = asyncio.create_task(_received(receive))
            await asyncio.wait({message, over}, return_when=asyncio.FIRST_COMPLETED)
            if message.done():
                return message.result()
            message.cancel()
            with suppress(asyncio.CancelledError):
                await message
            if open_:
                open_ = False
                with suppress(RuntimeError, OSError):
                    await send({"type": "websocket.close", "code": 4401, "reason": "Log in again."})
            return {"type": "websocket.disconnect", "code": 4401}

        async def send_until(message: Message) -> None:
            nonlocal open_
            if message["type"] == "websocket.accept":
                open_ = True
            elif over.done():
                return
            await send(message)

        try:
            await self.app(scope, receive_until, send_until)
        finally:
            over.cancel()

    async def _until_other(self, caller: Caller, viewer: Viewer) -> None:
        """Returns when the same credentials stand for somebody else, or for nobody."""
        while True:
            await asyncio.sleep(STILL_EVERY_S)
            try:
                if await viewer_of(caller) != viewer:
                    return
            except Refused:
                return


async def _received(receive: Receive) -> Message:
    return await receive()
