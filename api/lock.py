"""One server for one home. The lock is the kernel's (flock), so it goes with the process, however that ends."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType

from schema.errors import BadConfig


class HomeLock:
    """Held while serving: `with HomeLock(home) as lock: ... lock.tell(address)`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / "server.lock"
        self._file: int | None = None

    def __enter__(self) -> HomeLock:
        try:
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise BadConfig(
                f"The gallery's home {self.home} cannot be written ({error.strerror}); "
                "make it writable or choose another with --home."
            ) from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            running = running_server(self.home)
            os.close(file)
            where = f" at {running['address']}" if running.get("address") else ""
            process = f" (process {running['pid']})" if running.get("pid") else ""
            raise BadConfig(
                f"PiGallery already runs on {self.home}{where}{process}; open that address, or stop it first."
            ) from None
        self._file = file
        self.tell("")
        return self

    def tell(self, address: str) -> None:
        """Write down who holds it and where, for the one who tries next."""
        assert self._file is not None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, json.dumps({"pid": os.getpid(), "address": address}).encode(), 0)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None


def running_server(home: Path) -> dict[str, object]:
    """What the last server wrote: `pid` and `address`; empty after an orderly end."""
    try:
        found = json.loads((home / "server.lock").read_text("utf-8") or "{}")
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def is_served(home: Path) -> bool:
    """Whether a server holds the home now."""
    try:
        file = os.open(home / "server.lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False
