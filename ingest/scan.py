"""A rescan: what a folder holds against what the library knows of it, as two sorted streams side by side."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from ingest.globs import matcher
from ingest.rule_tags import describe
from ingest.walk import Found, Walk, shown
from schema.graph import AssetFile
from schema.store import FileStamp, GraphStore

_BATCH = 4_000
_WRITE = 500
MAX_PROBLEMS = 1_000


@dataclass
class ScanResult:
    """What a rescan found, as counts of files."""

    root: str
    seen: int = 0
    new: int = 0
    changed: int = 0
    """Size, time or inode differ: identified anew, and analyzed anew if the content differs."""
    returned: int = 0
    vanished: int = 0
    offline: bool = False
    """The root itself is not there, or empty where it was not: its pictures are kept, offline."""
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rules:
    """What of a location is taken in."""

    exclude: tuple[str, ...] = ()
    recursive: bool = True
    follow_links: bool = True

    def walk(self, root: str) -> Walk:
        return Walk(os.fsencode(root), matcher(self.exclude), self.recursive, self.follow_links)


Tell = Callable[[ScanResult], Awaitable[None]]


async def scan_folder(store: GraphStore, folder: Path, rules: Rules, tell: Tell | None = None) -> ScanResult:
    """Make the store know of the folder's files as they are now; new and changed ones are pending then.

    `tell` is called every few thousand files and whenever files were found to be done. Nothing is ever deleted: what
    is not there any more is marked absent.
    """
    scan = _Scan(store, folder, rules, tell)
    try:
        await scan.run()
    except OSError as error:
        await scan.gone(error.strerror or str(error))
    del scan.result.problems[MAX_PROBLEMS:]
    return scan.result


async def scan_file(store: GraphStore, path: Path, roots: Iterable[str] = ()) -> ScanResult:
    """One file by itself, as a part of the innermost of these folders that it lies in, else of its own."""
    result = ScanResult(str(path))
    try:
        status = await asyncio.to_thread(path.stat)
    except OSError as error:
        result.problems.append(f"The file '{shown(str(path))}' cannot be looked at ({error.strerror}).")
        return result
    found = Found.of(os.fsencode(path), status)
    await store.discover([found.in_root(innermost(str(path), roots) or str(path.parent))])
    result.seen = result.new = 1
    return result


def innermost(path: str, roots: Iterable[str]) -> str | None:
    """Of some folders the innermost one that a path lies in."""
    return max(
        (root for root in roots if path == root or path.startswith(root.rstrip("/") + "/")), key=len, default=None
    )


class _Scan:
    def __init__(self, store: GraphStore, folder: Path, rules: Rules, tell: Tell | None) -> None:
        self.result = ScanResult(str(folder))
        self._store = store
        self._tell = tell
        self._walk = rules.walk(str(folder))
        self._discovered: list[AssetFile] = []
        self._returned: list[int] = []
        self._missed: list[FileStamp] = []

    async def run(self) -> None:
        result = self.result
        files = self._walk.files()
        batch = await asyncio.to_thread(_take, files)
        known = _each(self._store.known_files(result.root))
        path, stamp = await anext(known)
        if stamp is not None and not batch and not self._walk.unseen:
            await self.gone("it is empty now")
            return
        while batch:
            ahead = asyncio.create_task(asyncio.to_thread(_take, files))
            for found in batch:
                while stamp is not None and path < found.path:
                    self._missing(path, stamp)
                    path, stamp = await anext(known)
                if stamp is not None and path == found.path:
                    self._compare(found, stamp)
                    path, stamp = await anext(known)
                else:
                    result.new += 1
                    self._discovered.append(found.in_root(result.root))
                if len(self._discovered) >= _WRITE:
                    await self._write()
            result.seen += len(batch)
            await self._write()
            batch = await ahead
        while stamp is not None:
            self._missing(path, stamp)
            path, stamp = await anext(known)
        await self._write()
        result.problems += self._walk.problems

    async def gone(self, why: str) -> None:
        """The root is not there: a disk that is not mounted must not empty the library."""
        self.result.offline = True
        self.result.problems.append(
            f"The folder '{shown(self.result.root)}' is offline: {why}. Its pictures are kept; connect the disk again."
        )
        async for stamps in self._store.known_files(self.result.root):
            present = [stamp.id for stamp in stamps if stamp.present]
            self.result.vanished += len(present)
            await self._store.mark_absent(present, describe=describe)

    def _compare(self, found: Found, stamp: FileStamp) -> None:
        # Not the device: its number changes with every mount.
        if found[1:4] != (stamp.file_size, stamp.mtime_ns, stamp.inode):
            self.result.changed += 1
            self._discovered.append(found.in_root(self.result.root))
        elif not stamp.present:
            self.result.returned += 1
            self._returned.append(stamp.id)

    def _missing(self, path: bytes, stamp: FileStamp) -> None:
        if stamp.present and not any(path.startswith(unseen) for unseen in self._walk.unseen):
            self._missed.append(stamp)

    async def _write(self) -> None:
        if self._discovered:
            await self._store.discover(self._discovered)
            self._discovered = []
        if self._returned:
            await self._store.mark_absent(self._returned, present=True, describe=describe)
            self._returned = []
        if self._missed:
            # Some may have come after the walk passed by, and the library knows of them from the watch.
            vanished = await asyncio.to_thread(self._not_there, self._missed)
            self.result.vanished += len(vanished)
            await self._store.mark_absent(vanished, describe=describe)
            self._missed = []
        if self._tell is not None:
            await self._tell(self.result)

    def _not_there(self, stamps: Sequence[FileStamp]) -> list[int]:
        return [stamp.id for stamp in stamps if self._walk.at(os.fsencode(stamp.path)) is None]


_Known = tuple[bytes, FileStamp | None]
_END: _Known = (b"", None)


async def _each(batches: AsyncIterator[Sequence[FileStamp]]) -> AsyncIterator[_Known]:
    """One by one, then `_END` for ever."""
    async for stamps in batches:
        for stamp in stamps:
            yield os.fsencode(stamp.path), stamp
    while True:
        yield _END


def _take(files: Iterator[Found]) -> list[Found]:
    return list(islice(files, _BATCH))
