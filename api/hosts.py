"""Which addresses the gallery answers to, and whose pages may talk to it.

A gallery without accounts trusts everyone who reaches it, so two tricks must fail: a foreign web page whose name is
made to point at this machine (DNS rebinding: the `Host` is foreign), and a foreign page that posts or opens a socket
to the gallery's own address (the `Origin` is foreign).
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from schema.settings import Settings

LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})


def host_name(host: str) -> str:
    """The name in a `Host` header, lower case, without port and brackets; '' when it is malformed."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return None


class Hosts:
    """The names this gallery goes by.

    Bound to loopback: loopback names only. Bound wider: also bare IP addresses (nobody can rebind those), this
    machine's own name and names of the local network. The host of `public_url` always.
    """

    def __init__(self, settings: Settings) -> None:
        bound = _address(settings.host)
        self.local_only = settings.host in LOOPBACK_NAMES or (bound is not None and bound.is_loopback)
        own = socket.gethostname().lower()
        names = {settings.host.lower(), own, own.partition(".")[0]} if not self.local_only else set()
        self.public = urlsplit(settings.public_url).hostname
        self.names = LOOPBACK_NAMES | names | ({self.public} if self.public else set())

    def knows(self, host: str) -> bool:
        name = host_name(host)
        if name in self.names:
            return True
        address = _address(name)
        if address is not None:
            return address.is_loopback or not self.local_only
        return (
            not self.local_only and bool(name) and ("." not in name or name.endswith((".local", ".lan", ".home.arpa")))
        )

    def is_own(self, origin: str, host: str) -> bool:
        """Whether a page of the very address of a request asks, or of the public one (a proxy may rewrite `Host`)."""
        netloc = urlsplit(origin).netloc.lower()
        return bool(netloc) and (netloc == host.lower() or host_name(netloc) == self.public)


class HostGuard:
    """ASGI middleware: refuses foreign hosts (421) and foreign origins (403)."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            refusal = self._refusal(Headers(scope=scope), scope)
            if refusal:
                status, sentence = refusal
                if scope["type"] == "websocket":
                    await WebSocketClose(code=1008, reason="Foreign origin.")(scope, receive, send)
                else:
                    await PlainTextResponse(sentence, status)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _refusal(self, headers: Headers, scope: Scope) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if not self.hosts.knows(host):
            return 421, (
                "This gallery does not answer to that host name; the one who runs it can allow it with "
                "PIGALLERY_PUBLIC_URL (or public_url in pigallery.toml).\n"
            )
        origin = headers.get("origin")
        reading = scope["type"] == "http" and scope["method"] in ("GET", "HEAD", "OPTIONS")
        foreign = origin is None and headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
        if reading or (not foreign and (origin is None or self.hosts.is_own(origin, host))):
            return None
        return 403, "Pages of other sites may not use this gallery; open its own page.\n"
