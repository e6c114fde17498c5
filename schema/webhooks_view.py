"""Webhooks as one person, or one program in their name, may see and change them."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from schema import apps, webhooks
from schema.accounts import audit
from schema.apps_view import accounts_of
from schema.errors import Conflict, NotFound, Refused
from schema.filter.nodes import ImageFilter
from schema.policy import Capability, ViewerKind
from schema.webhooks import EVENT, MOST, BadWebhook, Progress, Webhook, WebhookEvent

if TYPE_CHECKING:
    from schema.view import View


class WebhooksView:
    """Cheap to make: one for each request. A program sees only those that it made itself."""

    def __init__(self, view: View, address: str = "") -> None:
        self.view = view
        self.viewer = view.viewer
        self.store = view.library.store
        self.address = address

    def _maker(self) -> str:
        """Key of the grant by which a program asks, '' for a person. Raises LoginNeeded, Refused."""
        self.viewer.require(Capability.WEBHOOKS)
        if self.viewer.kind in (ViewerKind.OWNER, ViewerKind.ACCOUNT):
            return ""
        if self.viewer.kind is not ViewerKind.APP or not self.viewer.credential:
            raise Refused("Only people and the apps they let may have webhooks here.")
        return self.viewer.credential

    async def all(self) -> list[Webhook]:
        """The newest first."""
        maker = self._maker()
        found = await webhooks.webhooks_of(self.store, accounts_of(self.viewer))
        return [webhook for webhook in found if not maker or webhook.grant == maker]

    async def one(self, key: str) -> Webhook:
        """Raises NotFound."""
        found = next((webhook for webhook in await self.all() if webhook.key == key), None)
        if found is None:
            raise NotFound("There is no such webhook any more.")
        return found

    async def add(self, name: str, url: str, asked: ImageFilter) -> Webhook:
        """Call an address from now on. The caller has checked the address. Raises BadWebhook, BadFilter."""
        maker = self._maker()
        if maker and await apps.grant(self.store, maker) is None:
            raise Refused("Only apps that were let in here may have webhooks.")
        if len(await webhooks.webhooks_of(self.store, [self.viewer.account])) >= MOST:
            raise BadWebhook(f"An account has at most {MOST} webhooks; delete one that nothing needs.")
        if not (name := " ".join(name.split())[:100]):
            raise BadWebhook("Give the webhook a name, so that you know later what it was for.")
        made = Webhook(
            f"w{secrets.token_hex(8)}",
            self.viewer.account,
            name,
            url,
            asked,
            maker,
            salt=secrets.token_urlsafe(9),
            created=time.time(),
        )
        viewer = await webhooks.viewer_of(self.store, made)
        if viewer is None:
            raise Refused("Only people and the apps they let may have webhooks here.")
        # What there is already is no news.
        progress = Progress(await self.view.library.view(viewer).watch(asked))
        await self.store.put_entry(progress.to_entry(made), expected=0)
        made = Webhook.of(await self.store.put_entry(made.to_entry(), expected=0))
        await self._note("webhook.created", made)
        return made

    async def remove(self, key: str) -> None:
        webhook = await self.one(key)
        await webhooks.remove(self.store, webhook)
        await self._note("webhook.removed", webhook)

    async def enable(self, key: str) -> Webhook:
        """Call it again, and tell what it missed meanwhile."""
        webhook = replace(await self.one(key), disabled="", failing=0.0)
        return Webhook.of(await self.store.put_entry(webhook.to_entry(), expected=webhook.version))

    async def test(self, key: str) -> WebhookEvent:
        """An event about nothing."""
        webhook = await self.one(key)
        if webhook.disabled:
            raise BadWebhook("This webhook is not called any more; switch it on again first.")
        made = await webhooks.write_event(self.store, webhooks.new_event(webhook.key, "test"))
        await webhooks.forget_old_events(self.store, webhook.key)
        return made

    async def replay(self, event: str) -> WebhookEvent:
        """Send an event again, under the same id. Raises NotFound."""
        entry = await self.store.entry(EVENT, event)
        mine = {webhook.key: webhook for webhook in await self.all()}
        if entry is None or entry.owner not in mine:
            raise NotFound("There is no such event any more.")
        if mine[entry.owner].disabled:
            raise BadWebhook("This webhook is not called any more; switch it on again first.")
        try:
            return await webhooks.again(self.store, WebhookEvent.of(entry))
        except Conflict:
            raise BadWebhook("This event is being sent at this moment; look again in a few seconds.") from None

    async def events(self, webhook: Webhook, limit: int) -> list[WebhookEvent]:
        """The newest first."""
        return await webhooks.events_of(self.store, webhook.key, limit)

    async def _note(self, action: str, webhook: Webhook) -> None:
        host = webhook.url.split("/")[2]
        await audit.write(self.store, action, self.viewer, f"{webhook.name}: {host}", address=self.address)
