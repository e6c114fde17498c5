"""Which process works on what: locks of the kernel, gone with the process that held them, however it ended."""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

_FILES = 0
_NAMES = 1 << 40
"""Names are hashed to bytes beyond all file ids."""


class Claims:
    """Byte-range locks on one file: the byte at a file's id is that file. One object per process."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "claims"
        self._file = -1
        self._mine: set[int] = set()

    def open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
            self._mine.clear()

    def take_files(self, ids: Iterable[int], limit: int) -> list[int]:
        """Those of these that nobody else works on, at most `limit`; to be released."""
        taken: list[int] = []
        for file_id in ids:
            if len(taken) == limit:
                break
            if self._take(_FILES + file_id):
                taken.append(file_id)
        return taken

    def release_files(self, ids: Iterable[int]) -> None:
        for file_id in ids:
            self._release(_FILES + file_id)

    def take(self, name: str) -> bool:
        """One thing that only one process does at a time."""
        return self._take(_place(name))

    def release(self, name: str) -> None:
        self._release(_place(name))

    def _take(self, at: int) -> bool:
        # The kernel lets a process lock again what it holds.
        if at in self._mine:
            return False
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, at)
        except OSError:
            return False
        self._mine.add(at)
        return True

    def _release(self, at: int) -> None:
        self._mine.discard(at)
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, at)


def _place(name: str) -> int:
    (number,) = struct.unpack("<Q", blake2b(os.fsencode(name), digest_size=8).digest())
    return _NAMES + int(number) % _NAMES
