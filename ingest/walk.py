"""A folder walked: every picture file below it with its stamp, in the order of path bytes, in flat memory."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from stat import S_ISDIR, S_ISREG
from typing import NamedTuple

from ingest.formats import is_picture_name
from schema.graph import AssetFile

log = logging.getLogger("pigallery.walk")

Excluded = Callable[[bytes], bool]

MAX_DEPTH = 200


class Found(NamedTuple):
    """A picture file as the folder has it."""

    path: bytes
    file_size: int
    mtime_ns: int
    inode: int
    device: int

    @classmethod
    def at(cls, path: bytes) -> Found | None:
        """None for what is no file, or not there any more."""
        try:
            status = os.stat(path)  # noqa: PTH116 (bytes path)
        except OSError as error:
            log.debug("%s: %s", shown(path), error)
            return None
        return cls.of(path, status) if S_ISREG(status.st_mode) else None

    @classmethod
    def of(cls, path: bytes, status: os.stat_result) -> Found:
        return cls(path, status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev)

    def in_root(self, root: str) -> AssetFile:
        return AssetFile(os.fsdecode(self.path), root, self.file_size, self.mtime_ns, self.inode, self.device)


@dataclass
class Walk:
    """One walk over a root. What could not be looked at is told in `problems` and listed in `unseen`."""

    root: bytes
    excluded: Excluded
    recursive: bool = True
    follow_links: bool = True
    problems: list[str] = field(default_factory=list)
    """One sentence each."""
    unseen: list[bytes] = field(default_factory=list)
    """Folders (ending with /) and files below which nothing can be said of what is there."""
    _visited: set[tuple[int, int]] = field(default_factory=set)

    def files(self) -> Iterator[Found]:
        """Ascending by path bytes. Raises OSError when the root itself cannot be listed."""
        status = os.stat(self.root)  # noqa: PTH116 (bytes path)
        self._visited = {(status.st_dev, status.st_ino)}
        yield from self._folder(self.root, b"", 0)

    def at(self, path: bytes) -> Found | None:
        """One file below the root by itself, by the same rules; None for what a walk would not tell of."""
        inside = path[len(self.root.rstrip(b"/")) + 1 :]
        found = Found.at(path)
        if found is None or not is_picture_name(path) or self.excludes(inside):
            return None
        if b"/" in inside and not self.recursive:
            return None
        folder = os.path.dirname(path)  # noqa: PTH120 (bytes path)
        if (real := os.path.realpath(folder)) != self._real(inside.rpartition(b"/")[0]) and (
            not self.follow_links or self._is_inside(real)
        ):
            return None
        return None if not self.follow_links and os.path.islink(path) else found  # noqa: PTH114

    def excludes(self, inside: bytes) -> bool:
        """Whether a path below the root, or a folder it lies in, is excluded."""
        parts = inside.split(b"/")
        return any(self.excluded(b"/".join(parts[: end + 1])) for end in range(len(parts)))

    @cached_property
    def _real_root(self) -> bytes:
        return os.path.realpath(self.root)

    def _real(self, inside: bytes) -> bytes:
        """Where a folder below the root is, if there is no link on the way."""
        return self._real_root.rstrip(b"/") + b"/" + inside if inside else self._real_root

    def _is_inside(self, real: bytes) -> bool:
        return real == self._real_root or real.startswith(self._real_root.rstrip(b"/") + b"/")

    def _folder(self, path: bytes, inside: bytes, depth: int) -> Iterator[Found]:
        for name, entry in self._entries(path, inside):
            within = inside + name
            if self.excluded(within[:-1] if name.endswith(b"/") else within):
                continue
            if name.endswith(b"/"):
                if self.recursive and self._may_enter(entry, depth):
                    yield from self._subfolder(entry.path, within, depth)
            elif is_picture_name(name):
                yield from self._file(entry)

    def _entries(self, path: bytes, inside: bytes) -> list[tuple[bytes, os.DirEntry[bytes]]]:
        """Sorted as their full paths sort: the name of a folder ends with its slash."""
        with os.scandir(path) as listing:
            found = [(entry.name + b"/" if self._is_folder(entry) else entry.name, entry) for entry in listing]
        found.sort(key=lambda item: item[0])
        return found

    def _is_folder(self, entry: os.DirEntry[bytes]) -> bool:
        try:
            return entry.is_dir(follow_symlinks=self.follow_links)
        except OSError:
            return False

    def _subfolder(self, path: bytes, inside: bytes, depth: int) -> Iterator[Found]:
        try:
            yield from self._folder(path, inside, depth + 1)
        except OSError as error:
            self._unseen(path + b"/", f"The folder '{shown(path)}' cannot be read ({error.strerror or error}).")

    def _may_enter(self, entry: os.DirEntry[bytes], depth: int) -> bool:
        """Each folder once: a link is followed only to where the walk does not come anyway."""
        try:
            status = entry.stat(follow_symlinks=True)
            linked = entry.is_symlink()
        except OSError as error:
            self._unseen(entry.path + b"/", f"The folder '{shown(entry.path)}' cannot be read ({error.strerror}).")
            return False
        if depth >= MAX_DEPTH:
            self._unseen(entry.path + b"/", f"The folder '{shown(entry.path)}' lies more than {MAX_DEPTH} levels deep.")
            return False
        if linked and self._is_inside(os.path.realpath(entry.path)):
            return False
        key = (status.st_dev, status.st_ino)
        if key in self._visited:
            return False
        self._visited.add(key)
        return True

    def _file(self, entry: os.DirEntry[bytes]) -> Iterator[Found]:
        try:
            if not self.follow_links and entry.is_symlink():
                return
            status = entry.stat(follow_symlinks=True)
        except FileNotFoundError:
            if entry.is_symlink():
                self.problems.append(f"The link '{shown(entry.path)}' points to a file that is not there.")
            return
        except OSError as error:
            self._unseen(entry.path, f"The file '{shown(entry.path)}' cannot be looked at ({error.strerror or error}).")
            return
        if S_ISREG(status.st_mode):
            yield Found.of(entry.path, status)
        elif not S_ISDIR(status.st_mode):
            self.problems.append(f"'{shown(entry.path)}' is a pipe, socket or device, not a file.")

    def _unseen(self, path: bytes, problem: str) -> None:
        self.problems.append(problem)
        self.unseen.append(path)


def shown(path: bytes | str) -> str:
    """A path for a sentence: on one line, with what is not UTF-8 replaced."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "�" for letter in text)
