"""One event to its address: what it says is looked up now, as its maker may see it now."""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from api.graphql.ids import to_global
from api.outward import BadAddress, NoAnswer, call
from api.webhooks.signing import secret_of, signed_headers
from schema import webhooks
from schema.accounts import audit
from schema.errors import Conflict
from schema.graph import Image
from schema.policy import NOBODY
from schema.webhooks import EventState, Webhook, WebhookEvent

if TYPE_CHECKING:
    from schema.library import Library
    from schema.settings import Settings
    from schema.view import View

RETRY_S: tuple[float, ...] = (5, 30, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600)
"""From each try that failed to the next; after the last the event is given up."""
PATIENCE_S = 4 * 86_400.0
"""An address that fails for so long is not called any more."""
PHRASES = {each.value: each.phrase for each in HTTPStatus}
LEASE_S = 60.0
"""Who sends an event has it alone for so long; if the gallery ends meanwhile, it is sent again afterwards."""


def shown(image: Image) -> dict[str, Any]:
    """What a call says of a photo; for more its receiver asks the gallery."""
    return {
        "key": image.id,
        "id": to_global("Image", image.id),
        "name": image.name,
        "taken": image.taken.isoformat() if image.taken is not None else None,
        "title": image.title,
        "caption": image.caption,
        "rating": image.rating,
        "favorite": image.favorite,
        "lat": image.lat,
        "lon": image.lon,
    }


async def body_of(view: View, webhook: Webhook, event: WebhookEvent) -> bytes:
    """The event as JSON. Photos that may not be seen any more are left out."""
    images = await view.images([*event.entered, *event.changed], frozenset())
    seen = {image.id: shown(image) for image in images if image is not None}
    data = {
        "webhook": {"key": webhook.key, "name": webhook.name},
        "entered": [seen[number] for number in event.entered if number in seen],
        "changed": [seen[number] for number in event.changed if number in seen],
        "left": list(event.left),
    }
    return json.dumps({"type": event.kind, "timestamp": event.moment, "data": data}).encode()


async def send(library: Library, settings: Settings, view: View, webhook: Webhook, event: WebhookEvent) -> Webhook:
    """Try once, and write down what came of it. Where somebody else sends it just now, nothing."""
    store, now = library.store, time.time()
    try:
        event = await webhooks.write_event(store, replace(event, due=now + LEASE_S, tries=event.tries + 1))
    except Conflict:
        return webhook
    body = await body_of(view, webhook, event)
    headers = signed_headers(secret_of(settings, webhook), event.id, body)
    status, error = 0, ""
    try:
        status = await call(webhook.url, body, headers, settings.webhook_networks)
    except (BadAddress, NoAnswer) as wrong:
        error = str(wrong)
    if 300 <= status < 400:
        error = f"It answered {status}, which leads elsewhere and is not followed; give the address itself."
    elif status and not 200 <= status < 300:
        error = f"It answered {status} ({PHRASES.get(status, 'unknown')})."
    done = replace(event, status=status, error=error)
    if not error:
        done = replace(done, state=EventState.DELIVERED)
    elif event.tries > len(RETRY_S):
        done = replace(done, state=EventState.FAILED)
    else:
        done = replace(done, due=time.time() + RETRY_S[event.tries - 1] * random.uniform(1.0, 1.2))
    try:
        await webhooks.write_event(store, done)
        return await _judged(library, webhook, done)
    except Conflict:  # it was deleted meanwhile
        return webhook


async def _judged(library: Library, webhook: Webhook, event: WebhookEvent) -> Webhook:
    """The webhook after a call: failing since when, or switched off with the reason."""
    failing = (webhook.failing or time.time()) if event.error else 0.0
    disabled = ""
    if event.status == HTTPStatus.GONE:
        disabled = "Its address asked not to be called any more (410 Gone)."
    elif failing and time.time() - failing > PATIENCE_S:
        disabled = f"No call succeeded for {PATIENCE_S / 86_400:.0f} days. {event.error}"
    if failing == webhook.failing and not disabled:
        return webhook
    changed = replace(webhook, failing=failing, disabled=disabled)
    changed = Webhook.of(await library.store.put_entry(changed.to_entry(), expected=webhook.version))
    if disabled:
        await audit.write(library.store, "webhook.disabled", NOBODY, f"{webhook.name}: {disabled}")
    return changed
