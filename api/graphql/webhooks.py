"""Webhooks: those of the person who asks, or of the program."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import strawberry

from api.graphql.apps import chosen_filter
from api.graphql.context import Context, Info
from api.graphql.fields import field, mutation
from api.graphql.filter_input import ImageFilterInput
from api.graphql.limits import clamp
from api.graphql.scalars import JSON
from api.outward import addresses_of, checked_url, host_of
from api.webhooks.signing import secret_of
from schema import apps
from schema import webhooks as kept
from schema.errors import BadFilter
from schema.filter import to_json as filter_json
from schema.webhooks import EventState
from schema.webhooks_view import WebhooksView


def _moment(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def webhooks_view(context: Context) -> WebhooksView:
    return WebhooksView(context.view, context.address)


@strawberry.type(description="Something that an address was told, or is to be told.")
class WebhookEvent:
    key: str
    id: str = strawberry.field(description="As the receiver knows it (`webhook-id`), the same at every try.")
    kind: str = strawberry.field(description="`photos.matched`, or `test`.")
    entered: int = strawberry.field(description="How many photos match that did not before.")
    changed: int
    left: int
    created: datetime | None
    state: EventState
    due: datetime | None = strawberry.field(description="When it is tried next.")
    tries: int
    status: int | None = strawberry.field(description="HTTP status of the last answer.")
    error: str


@strawberry.type(description="An address that is called when the answer to a filter changes.")
class Webhook:
    key: str
    name: str
    url: str
    filter: JSON
    description: str = strawberry.field(description="The filter in words.")
    app: str | None = strawberry.field(description="Name of the program that made it; null for a person.")
    created: datetime | None
    failing: datetime | None = strawberry.field(description="Since when no call succeeded.")
    disabled: str = strawberry.field(description="Why it is not called any more; empty while it is.")

    @field
    async def events(self, info: Info, first: int = 10) -> list[WebhookEvent]:
        """The last ones, the newest first; at most 100 are kept."""
        view = webhooks_view(info.context)
        return [shown_event(event) for event in await view.events(await view.one(self.key), clamp(first))]


@strawberry.type(description="A new webhook; its signing secret is told this once.")
class NewWebhook:
    webhook: Webhook
    signing_key: str = strawberry.field(description="`whsec_...`, as https://www.standardwebhooks.com has it.")


def shown_event(event: kept.WebhookEvent) -> WebhookEvent:
    return WebhookEvent(
        key=event.key,
        id=event.id,
        kind=event.kind,
        entered=len(event.entered),
        changed=len(event.changed),
        left=len(event.left),
        created=_moment(event.created),
        state=event.state,
        due=_moment(event.due) if event.state is EventState.WAITING else None,
        tries=event.tries,
        status=event.status or None,
        error=event.error,
    )


async def shown_webhook(context: Context, webhook: kept.Webhook) -> Webhook:
    grant = await apps.grant(context.library.store, webhook.grant) if webhook.grant else None
    try:
        description = await context.view.describe(webhook.filter)
    except BadFilter:
        description = "a part of the photos"
    return Webhook(
        key=webhook.key,
        name=webhook.name,
        url=webhook.url,
        filter=cast("JSON", filter_json(webhook.filter)),
        description=description,
        app=grant.name if grant is not None else None,
        created=_moment(webhook.created),
        failing=_moment(webhook.failing),
        disabled=webhook.disabled,
    )


@strawberry.type
class WebhookQueries:
    @field
    async def webhooks(self, info: Info) -> list[Webhook]:
        """One's own, the newest first. A program sees those that it made."""
        return [await shown_webhook(info.context, found) for found in await webhooks_view(info.context).all()]


@strawberry.type
class WebhookMutations:
    @mutation
    async def add_webhook(self, info: Info, name: str, url: str, filter: ImageFilterInput) -> NewWebhook:
        """Call an address from now on whenever photos come into the answer to a filter, change in it or leave it."""
        context, view = info.context, webhooks_view(info.context)
        await view.all()  # raises for whoever may have none, before any name is looked up
        host, port = host_of(checked_url(url))
        await addresses_of(host, port, context.settings.webhook_networks)
        made = await view.add(name, url, chosen_filter(filter))
        context.look_for_webhooks()
        return NewWebhook(webhook=await shown_webhook(context, made), signing_key=secret_of(context.settings, made))

    @mutation
    async def delete_webhook(self, info: Info, key: str) -> bool:
        """The webhook, and what is kept of its calls."""
        await webhooks_view(info.context).remove(key)
        info.context.look_for_webhooks()
        return True

    @mutation
    async def enable_webhook(self, info: Info, key: str) -> Webhook:
        """Call it again, and tell what it missed."""
        enabled = await webhooks_view(info.context).enable(key)
        info.context.look_for_webhooks()
        return await shown_webhook(info.context, enabled)

    @mutation
    async def test_webhook(self, info: Info, key: str) -> WebhookEvent:
        """Send it an event about nothing."""
        made = await webhooks_view(info.context).test(key)
        info.context.look_for_webhooks()
        return shown_event(made)

    @mutation
    async def replay_webhook_event(self, info: Info, key: str) -> WebhookEvent:
        """Send an event once more, under the same id."""
        replayed = await webhooks_view(info.context).replay(key)
        info.context.look_for_webhooks()
        return shown_event(replayed)
