"""The address to serve at."""

from __future__ import annotations

import errno
import ipaddress
import socket

from schema.errors import BadConfig


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises BadConfig in plain words."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError:
        raise BadConfig(f"'{host}' is no address of this machine; choose another with --host.") from None
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(256)
    except OSError as error:
        listener.close()
        raise BadConfig(_refused(host, port, error)) from None
    listener.setblocking(False)
    return listener


def _refused(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program; choose another with --port, or --port 0 for any free one."
    if error.errno == errno.EACCES:
        return f"Port {port} needs administrator rights; choose one above 1023 with --port."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"'{host}' is no address of this machine; choose another with --host."
    return f"Cannot listen on {host} port {port} ({error.strerror}); choose others with --host and --port."


def addresses(listener: socket.socket, *, secure: bool = False) -> list[str]:
    """What people can open, the best first."""
    host, port = listener.getsockname()[:2]
    scheme = "https" if secure else "http"
    address = ipaddress.ip_address(host.partition("%")[0])
    if not address.is_unspecified:
        name = f"[{host}]" if address.version == 6 else host
        return [f"{scheme}://{name}:{port}"]
    return [f"{scheme}://localhost:{port}", *(f"{scheme}://{own}:{port}" for own in _own_addresses())]


def _own_addresses() -> list[str]:
    """This machine's address in the local network: the one it would reach others from; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1, RFC 5737
            return [probe.getsockname()[0]]
        except OSError:
            return []
