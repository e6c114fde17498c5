"""A request whose sender is not known yet, and where it came from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, TypeAlias

from starlette.requests import HTTPConnection

from api.hosts import LOOPBACK_NAMES, host_name

if TYPE_CHECKING:
    from schema.library import Library
    from schema.policy import Viewer
    from schema.settings import Settings

FORWARDING = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via")
"""Headers of a request that somebody passed on."""


def is_loopback(name: str) -> bool:
    if name in LOOPBACK_NAMES:
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Caller:
    """What identifiers look at."""

    connection: HTTPConnection
    library: Library
    settings: Settings

    @property
    def address(self) -> str:
        """Of the client, as the nearest trusted proxy saw it; '' on a unix socket."""
        client = self.connection.client
        return client.host if client is not None else ""

    @property
    def is_local(self) -> bool:
        """Somebody at this very machine: not over the network, and not passed on by a proxy."""
        headers = self.connection.headers
        return (
            is_loopback(self.address)
            and is_loopback(host_name(headers.get("host", "")))
            and not any(name in headers for name in FORWARDING)
        )

    @property
    def is_secure(self) -> bool:
        """Over TLS, up to the nearest trusted proxy."""
        return self.connection.url.scheme in ("https", "wss")


Identifier: TypeAlias = "Callable[[Caller], Awaitable[Viewer | None]]"
"""None: this is no credential of my kind. Raises Refused: it is one, and it is not valid."""
