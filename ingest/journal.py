"""What a process had in its hands when it died: found by the next one, which handles it with care.

A journal is a small file locked by its process; the lock goes with the process, however that ends. Files named in a
journal without an owner are suspects: any of them may be what killed it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from schema.errors import StoreUnavailable

MAX_CRASHES = 8
"""A file that was there so many times is given up. Far more than anyone kills a program for other reasons."""


class Journal:
    """Of one process. Not synced to disk: it is for crashed processes, not for power cuts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "journal"
        self._suspects = folder / "suspects"
        self._now: dict[int, int] = {}
        self._file = -1
        self._path = Path()

    def open(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._suspects.mkdir(exist_ok=True)
            self._path = self._folder / f"{os.getpid()}-{os.urandom(4).hex()}.json"
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)
            self._collect()
        except OSError as error:
            raise StoreUnavailable(f"{self._folder} cannot be written ({error.strerror}).") from error

    def close(self) -> None:
        if self._file >= 0:
            self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = -1

    @contextmanager
    def holding(self, file_ids: Iterable[int]) -> Iterator[None]:
        """While these are worked on."""
        ids = list(file_ids)
        for file_id in ids:
            self._now[file_id] = self._now.get(file_id, 0) + 1
        self._write()
        try:
            yield
        finally:
            for file_id in ids:
                self._now[file_id] -= 1
                if not self._now[file_id]:
                    del self._now[file_id]
            self._write()

    def suspects(self) -> dict[int, int]:
        """File id -> how many processes died with it in their hands."""
        found: dict[int, int] = {}
        for name in os.listdir(self._suspects):  # noqa: PTH208 (names only, once per batch)
            file_id, _, crashes = name.partition(".")
            if file_id.isdigit() and crashes.isdigit():
                found[int(file_id)] = max(int(crashes), found.get(int(file_id), 0))
        return found

    def acquit(self, file_ids: Iterable[int]) -> None:
        """These are done, well or not."""
        done = set(file_ids)
        for file_id, crashes in self.suspects().items():
            if file_id in done:
                for count in range(1, crashes + 1):
                    (self._suspects / f"{file_id}.{count}").unlink(missing_ok=True)

    def _collect(self) -> None:
        """Make suspects of what dead processes held."""
        for path in self._folder.glob("*.json"):
            if path == self._path:
                continue
            with suppress(OSError), path.open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._accuse(file.read())
                path.unlink(missing_ok=True)

    def _accuse(self, text: str) -> None:
        try:
            held = json.loads(text or "[]")
        except ValueError:
            return
        known = self.suspects()
        for file_id in held:
            crashes = known.get(file_id, 0) + 1
            (self._suspects / f"{file_id}.{crashes}").touch()

    def _write(self) -> None:
        data = json.dumps(list(self._now)).encode()
        with suppress(OSError):  # a full disk must not stop what is going on
            os.pwrite(self._file, data, 0)
            os.ftruncate(self._file, len(data))
