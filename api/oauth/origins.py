"""Web pages of registered apps may ask from browsers: with a token, never with the gallery's cookies."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.hosts import Hosts
from api.oauth.routes import WELL_KNOWN
from api.paths import GRAPHQL, MEDIA, OAUTH
from schema.apps import APP, App

if TYPE_CHECKING:
    from schema.library import Library

WITHOUT_TOKEN = (f"{OAUTH}/token", f"{OAUTH}/revoke", WELL_KNOWN)
FRESH_S = 1.0
"""How long the list of apps is used before it is read again."""
ALLOWED = {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type",
    "access-control-max-age": "600",
}


class AppOrigins:
    """ASGI middleware before `HostGuard`: CORS (the Fetch standard) for origins of registered apps, closed for all
    others. What passes has lost its `Origin` and its cookies: it is worth what its token is worth."""

    def __init__(self, app: ASGIApp, library: Library, hosts: Hosts) -> None:
        self.app = app
        self.library = library
        self.hosts = hosts
        self._origins: frozenset[str] = frozenset()
        self._read = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] in ("http", "websocket") else Headers({})
        origin = headers.get("origin", "")
        path = scope.get("path", "")
        concerns = path in (GRAPHQL, *WITHOUT_TOKEN) or path.startswith(f"{MEDIA}/")
        own = not origin or self.hosts.is_own(origin, headers.get("host", ""))
        if own or not concerns or scope["type"] != "http" or not await self._knows(origin):
            await self.app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=_allow(origin) | ALLOWED)(scope, receive, send)
            return
        if path not in WITHOUT_TOKEN and not headers.get("authorization", "").lower().startswith("bearer "):
            refusal = PlainTextResponse("An app asks with its token.\n", 401, headers=_allow(origin))
            await refusal(scope, receive, send)
            return
        kept = [pair for pair in scope["headers"] if pair[0] not in (b"origin", b"cookie", b"sec-fetch-site")]

        async def send_allowing(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_allow(origin) | {"cross-origin-resource-policy": "cross-origin"})
            await send(message)

        await self.app({**scope, "headers": kept}, receive, send_allowing)

    async def _knows(self, origin: str) -> bool:
        if time.monotonic() - self._read > FRESH_S:
            entries = await self.library.store.entries(APP, limit=10_000)
            self._origins = frozenset(origin for entry in entries for origin in App.of(entry).origins)
            self._read = time.monotonic()
        return origin.lower() in self._origins


def _allow(origin: str) -> dict[str, str]:
    return {"access-control-allow-origin": origin, "vary": "Origin"}
