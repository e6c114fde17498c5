"""Watched folders: new and changed files are taken in at once, anything else has the folder looked through again."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from stat import S_ISREG

from watchfiles import Change, awatch

from ingest.formats import is_picture_name
from ingest.globs import matcher
from ingest.scan import Rules, asset_file, innermost
from ingest.walk import Found, shown
from schema.store import GraphStore

log = logging.getLogger("pigallery.watch")

REST_MS = 400
"""Changes are handled once nothing more came for this long."""
LONGEST_MS = 1_600
LOOK_FOR_FOLDERS_S = 15.0
"""How often folders that were not there, or are new, are looked for."""
WITHOUT_EVENTS_S = 300.0
"""How often all is looked through where the system cannot tell of changes."""

Scan = Callable[[str], Awaitable[None]]
Wake = Callable[[], Awaitable[None]]
Folders = Callable[[], Awaitable[list[str]]]
Trouble = Callable[[str], Awaitable[None]]


class Watcher:
    """Runs until cancelled. `folders` is asked again and again, as folders come and go."""

    def __init__(self, store: GraphStore, rules: Rules, folders: Folders, scan: Scan, wake: Wake, trouble: Trouble):
        self._store = store
        self._rules = rules
        self._excluded = matcher(rules.exclude)
        self._folders = folders
        self._scan = scan
        self._wake = wake
        self._trouble = trouble

    async def run(self) -> None:
        while True:
            roots = await self._there()
            stop = asyncio.Event()
            guard = asyncio.create_task(self._until_other(roots, stop))
            try:
                if roots:
                    await self._watch(roots, stop)
                await stop.wait()
            except OSError as error:
                await self._trouble(
                    f"Changes cannot be watched ({error.strerror or error}); the folders are looked through every "
                    f"{WITHOUT_EVENTS_S / 60:.0f} minutes. On Linux, raise fs.inotify.max_user_watches."
                )
                await asyncio.sleep(WITHOUT_EVENTS_S)
                for root in roots:
                    await self._scan(root)
            finally:
                guard.cancel()

    async def _there(self) -> list[str]:
        roots = await self._folders()
        return [root for root in roots if await asyncio.to_thread(os.path.isdir, root)]

    async def _until_other(self, roots: list[str], stop: asyncio.Event) -> None:
        while True:
            await asyncio.sleep(LOOK_FOR_FOLDERS_S)
            now = await self._there()
            if now != roots:
                for root in set(now) ^ set(roots):
                    await self._scan(root)
                stop.set()
                return

    async def _watch(self, roots: list[str], stop: asyncio.Event) -> None:
        changes = awatch(
            *roots,
            watch_filter=None,
            debounce=LONGEST_MS,
            step=REST_MS,
            stop_event=stop,
            recursive=self._rules.recursive,
            ignore_permission_denied=True,
            rust_timeout=2_000,
        )
        async for batch in changes:
            await self._handle(roots, batch)

    async def _handle(self, roots: list[str], changes: Iterable[tuple[Change, str]]) -> None:
        found: list[tuple[str, Found]] = []
        whole: set[str] = set()
        for change, path in changes:
            root = innermost(path, roots)
            if root is None or self._is_excluded(root, path):
                continue
            stamp = await asyncio.to_thread(_stamp, path) if change is not Change.deleted else None
            if stamp is None:
                whole.add(root)  # gone, or a folder: only a look at all tells what went with it
            elif is_picture_name(os.fsencode(path)):
                found.append((root, stamp))
        if found:
            await self._store.discover([asset_file(stamp, root) for root, stamp in found])
            await self._wake()
        for root in sorted(whole):
            await self._scan(root)

    def _is_excluded(self, root: str, path: str) -> bool:
        inside = Path(os.path.relpath(path, root))
        return any(self._excluded(os.fsencode(part)) for part in (inside, *inside.parents) if str(part) != ".")


def _stamp(path: str) -> Found | None:
    """None for what is no file, or not there any more."""
    try:
        status = os.stat(path)  # noqa: PTH116 (paths that are not UTF-8)
    except OSError as error:
        log.debug("%s: %s", shown(path), error)
        return None
    if not S_ISREG(status.st_mode):
        return None
    return Found(os.fsencode(path), status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev)
