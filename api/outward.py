"""The one way out to addresses that somebody gave us: no request reaches what only this machine or network can reach.

The name is resolved once, every address it has is checked, and the connection goes to an address that was checked, so
that a name cannot turn into another machine in between (DNS rebinding). Redirects are not followed, proxies of the
environment not asked, and of the answer no more than its status is told. Addresses that stand in the gallery's own
settings (identity providers, the queue, EdgeDB, model files) are its operator's word and do not come this way.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import certifi
import httpcore

from schema.errors import PiGalleryError

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]

TIMEOUT_S = 10.0
"""For everything together, the name included."""
LONGEST_URL = 1_000
MOST_BYTES = 65_536
"""Of an answer; a longer one is cut off."""
_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")
_SPECIAL = tuple(
    map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
)
"""Of https://www.iana.org/assignments/iana-ipv4-special-registry and its IPv6 twin, what Python's tables may lack:
protocols, tunnels (6to4, Teredo) and documentation."""


class BadAddress(PiGalleryError):
    """An address that is not called."""


class NoAnswer(PiGalleryError):
    """There is nobody, or nobody who speaks HTTP in time."""


def checked_url(url: str) -> str:
    """The address itself where it may be called as far as its text tells. Raises BadAddress."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    clean = url.isascii() and url.isprintable() and not set(url) & set(' \\"<>^`{|}')
    if not clean or len(url) > LONGEST_URL or parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadAddress(f"'{url[:120]}' cannot be called; give an address that begins with https:// or http://.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadAddress("An address to call has no name, password or # part in it; leave them out.")
    if port is not None and port < 1024 and port not in (80, 443):
        raise BadAddress(f"Port {port} is not called; use 80, 443, or one from 1024 on.")
    return url


def host_of(url: str) -> tuple[str, int]:
    """Name and port of a checked address."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def inner(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one that leads to it: mapped, or by NAT64."""
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or (IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else address)


def is_public(address: Address) -> bool:
    """Whether everybody reaches the same machine there."""
    own = inner(address)
    special = any(own.version == network.version and own in network for network in _SPECIAL)
    unicast = own in _UNICAST if isinstance(own, IPv6Address) else not own.is_multicast
    return own.is_global and unicast and not special


def is_allowed(address: Address, networks: Networks) -> bool:
    own = inner(address)
    return is_public(address) or any(own.version == network.version and own in network for network in networks)


async def addresses_of(host: str, port: int, networks: Networks = ()) -> list[Address]:
    """Of a name or number, all of them allowed. Raises BadAddress, NoAnswer."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NoAnswer(f"There is no '{host[:120]}'; correct the address.") from None
    addresses = [ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    if not all(is_allowed(address, networks) for address in addresses):
        raise BadAddress(
            f"'{host[:120]}' leads into a private network, which is not called; the one who runs the gallery can "
            "allow it with PIGALLERY_WEBHOOK_NETWORKS."
        )
    return list(dict.fromkeys(addresses))


class _Checked(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked a moment ago, never to a name."""

    def __init__(self, networks: Networks) -> None:
        self.networks = networks
        self.inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's own word)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = NoAnswer(f"There is no '{host[:120]}'; correct the address.")
        for address in await addresses_of(host, port, self.networks):
            try:
                return await self.inner.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        await self.inner.sleep(seconds)


@cache
def _trusted() -> ssl.SSLContext:
    """What this system trusts, and what Mozilla does."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


async def call(url: str, body: bytes, headers: Mapping[str, str], networks: Networks = ()) -> int:
    """POST, and the status of the answer. Raises BadAddress, NoAnswer with a sentence about what happened."""
    given = [("user-agent", "PiGallery"), *headers.items()]
    backend = _Checked(networks)
    try:
        async with (
            asyncio.timeout(TIMEOUT_S),
            httpcore.AsyncConnectionPool(_trusted(), network_backend=backend) as pool,
            pool.stream("POST", checked_url(url), headers=given, content=body) as answer,
        ):
            read = 0
            async for part in answer.aiter_stream():
                read += len(part)
                if read > MOST_BYTES:
                    break
            return int(answer.status)
    except TimeoutError:
        raise NoAnswer(f"It did not answer within {TIMEOUT_S:.0f} seconds.") from None
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
        text = str(error).strip().rstrip(".") or type(error).__name__
        raise NoAnswer(f"It cannot be reached ({text[:200]}).") from None
