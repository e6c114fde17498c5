"""Watched folders: new and changed files are taken in at once, anything else has the folder looked through again."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress

from watchfiles import Change
from watchfiles._rust_notify import RustNotify

from ingest.scan import Rules, innermost
from schema.graph import AssetFile
from schema.store import GraphStore

REST_MS = 400
"""Changes are handled once nothing more came for this long."""
LONGEST_MS = 1_600
LOOK_FOR_FOLDERS_S = 15.0
"""How often folders that were not there, or are new, are looked for."""
WITHOUT_EVENTS_S = 300.0
"""How often all is looked through where the system cannot tell of changes."""
PATIENCE_S = 5.0
"""A watch over so many folders that it takes longer to begin does not hold up the first look."""
MANY = 8_192
"""From so many changes at once, half of what Linux holds for us, some may have been dropped."""
_TIMEOUT_MS = 2_000
_POLL_MS = 300
"""Between looks where there is no other way (`WATCHFILES_FORCE_POLLING`)."""

Scan = Callable[[str], Awaitable[None]]
Wake = Callable[[], Awaitable[None]]
Folders = Callable[[], Awaitable[list[str]]]
Trouble = Callable[[str], Awaitable[None]]


class Watcher:
    """Runs until cancelled. `folders` is asked again and again, as folders come and go.

    Whenever a watch has begun, all is looked through: what changed before would be missed otherwise.
    """

    def __init__(self, store: GraphStore, rules: Rules, folders: Folders, scan: Scan, wake: Wake, trouble: Trouble):
        self._store = store
        self._rules = rules
        self._folders = folders
        self._scan = scan
        self._wake = wake
        self._trouble = trouble

    async def run(self) -> None:
        while True:
            folders = await self._folders()
            there = await _there(folders)
            beginning = asyncio.create_task(asyncio.to_thread(self._begin, there))
            await asyncio.wait({beginning}, timeout=PATIENCE_S)
            if not beginning.done():
                await self._scan_all(folders)
            try:
                notify = await beginning
            except OSError as error:
                await self._trouble(
                    f"Changes cannot be watched ({error.strerror or error}); the folders are looked through every "
                    f"{WITHOUT_EVENTS_S / 60:.0f} minutes. On Linux, raise fs.inotify.max_user_watches."
                )
                await self._scan_all(folders)
                await asyncio.sleep(WITHOUT_EVENTS_S)
                continue
            with notify:
                await self._trouble("")
                await self._scan_all(folders)
                await self._watch(notify, folders, there)

    def _begin(self, roots: Sequence[str]) -> RustNotify:
        """Raises OSError where the system does not let us."""
        polling = bool(os.environ.get("WATCHFILES_FORCE_POLLING"))
        return RustNotify(list(roots), False, polling, _POLL_MS, self._rules.recursive, True)

    async def _scan_all(self, folders: Sequence[str]) -> None:
        """Those that are not there as well: their pictures are offline then."""
        for folder in folders:
            await self._scan(folder)

    async def _watch(self, notify: RustNotify, folders: Sequence[str], there: Sequence[str]) -> None:
        """Until there are other folders."""
        stop = threading.Event()
        looked = time.monotonic()
        while True:
            waiting = asyncio.create_task(asyncio.to_thread(notify.watch, LONGEST_MS, REST_MS, _TIMEOUT_MS, stop))
            try:
                changes = await asyncio.shield(waiting)
            finally:
                stop.set()
                with suppress(asyncio.CancelledError):
                    await waiting
            stop.clear()
            if not isinstance(changes, str):
                await self._handle(there, changes)
            if time.monotonic() > looked + LOOK_FOR_FOLDERS_S:
                looked = time.monotonic()
                now = await self._folders()
                if now != folders or await _there(now) != there:
                    return

    async def _handle(self, roots: Sequence[str], changes: Collection[tuple[int, str]]) -> None:
        files, whole = await asyncio.to_thread(self._looked_at, roots, changes)
        if files:
            await self._store.discover(files)
            await self._wake()
        await self._scan_all(roots if len(changes) >= MANY else whole)

    def _looked_at(self, roots: Sequence[str], changes: Iterable[tuple[int, str]]) -> tuple[list[AssetFile], list[str]]:
        """Pictures that came or changed, and folders to be looked through: something went there, or came as a folder,
        and only a look at all tells what went or came with it."""
        files: list[AssetFile] = []
        whole: set[str] = set()
        walks = {root: self._rules.walk(root) for root in roots}
        for change, path in changes:
            root = innermost(path, roots)
            if root is None or walks[root].excludes(os.fsencode(os.path.relpath(path, root))):
                continue
            if change == Change.deleted or not os.path.isfile(path):  # noqa: PTH113 (paths that are not UTF-8)
                whole.add(root)
            elif (found := walks[root].at(os.fsencode(path))) is not None:
                files.append(found.in_root(root))
        return files, sorted(whole)


async def _there(folders: Sequence[str]) -> list[str]:
    return [folder for folder in folders if await asyncio.to_thread(os.path.isdir, folder)]
