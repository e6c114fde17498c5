"""`pigallery web`: the pages alone, on another machine than the api; /graphql and /media are passed on to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import httpx
import websockets
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import Receive
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection

from api.access_log import AccessLog
from api.auth.caller import FORWARDING, is_loopback
from api.headers import SecurityHeaders
from api.hosts import HostGuard, Hosts, host_name
from api.oauth.routes import WELL_KNOWN
from api.paths import AUTH, GRAPHQL, HEALTH, LIVE, MEDIA, OAUTH, PLAYGROUND, SHARED
from schema.errors import BadConfig
from schema.settings import Settings

log = logging.getLogger("pigallery.proxy")

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "host",
        *FORWARDING,
        "x-forwarded-proto",
        "origin",  # checked here; the api sees the proxy as the client it is
    }
)
"""RFC 9110 section 7.6.1, and what names the addresses that were used (see `forwarded`)."""

PROTOCOL = websockets.Subprotocol("graphql-transport-ws")
LEFT = 499
"""Status of a visitor who left before the answer, as nginx writes it; only logs see it."""
UNSAID = (None, 1005, 1006)
"""Close codes that stand for none, and are never sent (RFC 6455, section 7.4.1)."""
RESTARTS = 1012


def api_address(text: str) -> str:
    """`http(s)://host[:port][/path]` without a trailing slash; raises BadConfig."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise BadConfig(f"'{text}' is no address of an api; write it like http://photos.local:8080.")
    return text.rstrip("/")


def forwarded(connection: HTTPConnection) -> dict[str, str]:
    """Who is asked for; nothing for somebody at this machine itself, whom the api may take for its owner."""
    client = connection.client.host if connection.client is not None else ""
    here = is_loopback(client) and is_loopback(host_name(connection.headers.get("host", "")))
    if here and not any(name in connection.headers for name in FORWARDING):
        return {}
    secure = connection.url.scheme in ("https", "wss")
    return {"x-forwarded-for": client or "unknown", "x-forwarded-proto": "https" if secure else "http"}


class Visitor:
    """Who asks: what they send, and whether they are still there."""

    def __init__(self, receive: Receive, *, sends: bool) -> None:
        self._receive = receive
        self._gone = False
        self._whole = asyncio.Event()
        if not sends:
            self._whole.set()

    async def content(self) -> AsyncIterator[bytes]:
        """The body, as it comes. Raises ClientDisconnect."""
        while not self._whole.is_set():
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._gone = True
                self._whole.set()
                raise ClientDisconnect
            if body := message.get("body", b""):
                yield body
            if not message.get("more_body", False):
                self._whole.set()

    async def until_gone(self) -> None:
        await self._whole.wait()
        while not self._gone:
            self._gone = (await self._receive())["type"] == "http.disconnect"


class Proxy:
    """Passes requests on as they are, streaming both ways; whoever leaves here has left there."""

    def __init__(self, api: str) -> None:
        self.api = api
        # Visitors who read slowly keep their connections: none of them takes another's.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        timeout = httpx.Timeout(60, connect=5)
        self.client = httpx.AsyncClient(base_url=api, timeout=timeout, limits=limits, follow_redirects=False)

    async def pass_on(self, request: Request) -> Response:
        url = httpx.URL(path=request.url.path, query=request.url.query.encode())
        sends = request.method not in ("GET", "HEAD")
        visitor = Visitor(request.receive, sends=sends)
        asked = self.client.build_request(
            request.method,
            url,
            headers=[
                *((k, v) for k, v in request.headers.raw if k.decode("latin-1") not in HOP_BY_HOP),
                *((k.encode(), v.encode("latin-1")) for k, v in forwarded(request).items()),
            ],
            content=visitor.content() if sends else None,
        )
        try:
            answer = await self._answer(asked, visitor)
        except ClientDisconnect:
            return Response(status_code=LEFT)
        except httpx.HTTPError:
            return PlainTextResponse(
                f"The gallery's api at {self.api} does not answer; start it there or correct --api.\n", 502
            )
        response = StreamingResponse(answer.aiter_raw(), answer.status_code, background=BackgroundTask(answer.aclose))
        response.raw_headers = [
            (k.lower(), v) for k, v in answer.headers.raw if k.decode("latin-1").lower() not in HOP_BY_HOP
        ]
        return response

    async def _answer(self, asked: httpx.Request, visitor: Visitor) -> httpx.Response:
        """The beginning of the answer. Raises ClientDisconnect, with the request to the api broken off, once the
        visitor has left."""
        answering = asyncio.create_task(self.client.send(asked, stream=True))
        leaving = asyncio.create_task(visitor.until_gone())
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                raise ClientDisconnect
            return answering.result()
        finally:
            for task in (answering, leaving):
                task.cancel()
            await asyncio.wait({answering, leaving})

    async def pass_socket_on(self, socket: WebSocket) -> None:
        if PROTOCOL not in socket.scope.get("subprotocols", ()):
            await socket.close(4406)
            return
        await self._pass_on(socket, PROTOCOL)

    async def pass_frames_on(self, socket: WebSocket) -> None:
        await self._pass_on(socket, None)

    async def _pass_on(self, socket: WebSocket, protocol: websockets.Subprotocol | None) -> None:
        address = "ws" + self.api.removeprefix("http") + socket.url.path
        headers = [(k, socket.headers[k]) for k in ("cookie", "authorization") if k in socket.headers]
        headers += forwarded(socket).items()
        try:
            spoken = None if protocol is None else [protocol]
            async with websockets.connect(
                address, subprotocols=spoken, additional_headers=headers, max_size=None
            ) as far:
                await socket.accept(protocol)
                await _join(socket, far)
        except (OSError, websockets.WebSocketException):
            with suppress(RuntimeError):
                await socket.close(1013, "The gallery's api does not answer.")


async def _join(near: WebSocket, far: ClientConnection) -> None:
    """Messages both ways until either side leaves."""

    async def outward() -> None:
        with suppress(WebSocketDisconnect, websockets.ConnectionClosed):
            while True:
                message = await near.receive()
                if message["type"] != "websocket.receive":
                    return
                text = message.get("text")
                await far.send(message["bytes"] if text is None else text)

    async def homeward() -> None:
        with suppress(websockets.ConnectionClosed, RuntimeError):
            async for message in far:
                await near.send_text(message if isinstance(message, str) else message.decode())

    tasks = [asyncio.create_task(outward()), asyncio.create_task(homeward())]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    with suppress(RuntimeError):
        await near.close(RESTARTS if far.close_code in UNSAID else far.close_code, far.close_reason)


def create_web(settings: Settings, api: str, pages: Starlette) -> Starlette:
    """The pages at "/", the api's addresses passed on."""
    proxy = Proxy(api_address(api))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with proxy.client, pages.router.lifespan_context(pages):
            yield

    passed: list[BaseRoute] = [
        Route(path, proxy.pass_on, methods=["GET", "POST"])
        for path in (
            GRAPHQL,
            f"{AUTH}/{{path:path}}",
            f"{OAUTH}/{{path:path}}",
            WELL_KNOWN,
            f"{SHARED}/{{path:path}}",
            f"{MEDIA}/{{path:path}}",
            PLAYGROUND,
            f"{PLAYGROUND}/{{path:path}}",
            HEALTH,
        )
    ]
    return Starlette(
        routes=[
            *passed,
            WebSocketRoute(GRAPHQL, proxy.pass_socket_on),
            WebSocketRoute(LIVE, proxy.pass_frames_on),
            WebSocketRoute(f"{SHARED}/{{token}}{GRAPHQL}", proxy.pass_socket_on),
            Mount("/", pages),
        ],
        lifespan=lifespan,
        middleware=[Middleware(AccessLog), Middleware(SecurityHeaders), Middleware(HostGuard, hosts=Hosts(settings))],
    )
