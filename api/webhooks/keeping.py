"""All webhooks of a gallery, kept going beside the server: one task each, so that none waits for another's address."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from api.webhooks.sending import send
from schema import apps, webhooks
from schema.accounts import directory
from schema.errors import Conflict, PiGalleryError, Refused
from schema.view.watching import Watched
from schema.webhooks import STATE, WAITING, EventState, Progress, Webhook

if TYPE_CHECKING:
    from schema.library import Library
    from schema.settings import Settings
    from schema.view import View

log = logging.getLogger("pigallery.webhooks")

LOOK_EVERY_S = 15.0
"""How often it is looked for webhooks and events that another process made."""
TROUBLE_S = 5.0


class Webhooks:
    """The tasks of one server. Killed at any time, they go on where they were."""

    def __init__(self, settings: Settings, library: Library) -> None:
        self.settings = settings
        self.library = library
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._news = asyncio.Event()

    def look(self) -> None:
        """Somebody made, changed or removed something."""
        self._news.set()
        self._news = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        keeper = asyncio.create_task(self._keep(), name="webhooks")
        try:
            yield
        finally:
            tasks = [keeper, *self.tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self) -> None:
        """A task for each webhook that is called."""
        while True:
            news = self._news
            try:
                for webhook in await webhooks.everyones(self.library.store):
                    if webhook.disabled:
                        if await self._is_orphan(webhook):
                            await webhooks.remove(self.library.store, webhook)
                    elif webhook.key not in self.tasks:
                        self.tasks[webhook.key] = asyncio.create_task(self._surely(webhook.key))
            except PiGalleryError as error:
                log.warning("Webhooks cannot be read for the moment: %s", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), LOOK_EVERY_S)

    async def _is_orphan(self, webhook: Webhook) -> bool:
        """Whether the account or the app's access that it lives by is gone for good."""
        store = self.library.store
        if webhook.grant and await apps.grant(store, webhook.grant) is None:
            return True
        return bool(webhook.account) and await directory.get(store, webhook.account) is None

    async def _surely(self, key: str) -> None:
        while True:
            try:
                await self._one(key)
                del self.tasks[key]
                return
            except PiGalleryError as error:
                log.warning("Webhook %s: %s", key, error)
            except Exception:
                log.exception("Webhook %s failed; trying again", key)
            await asyncio.sleep(TROUBLE_S)

    async def _one(self, key: str) -> None:
        """Call one webhook whenever there is something to tell, until it is gone or switched off."""
        store, versions = self.library.store, self.library.on_change()
        changed = asyncio.ensure_future(anext(versions))
        progress: Progress | None = None
        due = 0.0
        try:
            while True:
                news = self._news
                webhook = await webhooks.get(store, key)
                if webhook is None or webhook.disabled:
                    return
                viewer = await webhooks.viewer_of(store, webhook)
                if viewer is not None:  # else its maker may not ask now; what happens meanwhile is told afterwards
                    view, before = self.library.view(viewer), progress
                    with suppress(Refused):  # the filter asks what the maker may not know any more
                        progress = await self._notice(view, webhook, progress)
                    made = progress is not None and before is not None and progress.version != before.version
                    if made or time.time() >= due:
                        due = await self._send_due(view, webhook)
                elif await self._is_orphan(webhook):
                    await webhooks.remove(store, webhook)
                    return
                else:
                    due = time.time() + LOOK_EVERY_S
                heard = asyncio.ensure_future(news.wait())
                try:
                    wait_s = max(0.0, due - time.time())
                    await asyncio.wait({changed, heard}, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
                    due = 0.0 if heard.done() else due
                finally:
                    heard.cancel()
                if changed.done():
                    changed = asyncio.ensure_future(anext(versions))
        finally:
            changed.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration):
                await changed
            await versions.aclose()

    async def _notice(self, view: View, webhook: Webhook, progress: Progress | None) -> Progress | None:
        """Make events of what happened. None: somebody else does so; read again where they are."""
        store = self.library.store
        if progress is None:
            entry = await store.entry(STATE, webhook.key)
            if entry is None:
                return None
            progress = Progress.of(entry)
        while True:
            if progress.event is not None:
                with suppress(Conflict):  # it was kept before the gallery ended
                    await webhooks.write_event(store, progress.event)
                progress = replace(progress, event=None)
                await webhooks.forget_old_events(store, webhook.key)
            watched = _copy(progress.watched)
            found = await view.next_matches(webhook.filter, watched)
            if found and await self._is_full(webhook):
                return progress
            if not found:
                caught_up = watched.cursor == progress.watched.cursor and not watched.has_more
                # Not written: after an end the same is looked at again, and again nothing is found.
                progress = replace(progress, watched=watched)
                if caught_up:
                    return progress
                continue
            event = webhooks.new_event(webhook.key, "photos.matched", found)
            progress = replace(progress, watched=watched, event=event)
            try:
                written = await store.put_entry(progress.to_entry(webhook), expected=progress.version)
            except Conflict:
                return None
            progress = replace(progress, version=written.version)

    async def _is_full(self, webhook: Webhook) -> bool:
        """Whether enough waits already: the rest is told together once something got through."""
        events = await webhooks.events_of(self.library.store, webhook.key)
        return sum(event.state is EventState.WAITING for event in events) >= WAITING

    async def _send_due(self, view: View, webhook: Webhook) -> float:
        """Send what is due, the oldest first; the moment when something is due again, or to be looked for."""
        store, next_due = self.library.store, time.time() + LOOK_EVERY_S
        for event in reversed(await webhooks.events_of(store, webhook.key)):
            if event.state is not EventState.WAITING:
                continue
            if event.due > time.time():
                next_due = min(next_due, event.due)
                continue
            webhook = await send(self.library, self.settings, view, webhook, event)
            if webhook.disabled:
                break
            next_due = 0.0
        return next_due


def _copy(watched: Watched) -> Watched:
    return replace(watched, told=watched.told.copy(), changed=watched.changed.copy())
