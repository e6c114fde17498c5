"""How a receiver knows that it is us who calls: https://www.standardwebhooks.com, symmetric signatures.

Over `<webhook-id>.<webhook-timestamp>.<body>` goes an HMAC-SHA256 with the webhook's secret. The secret is made from
the webhook's key and a secret of the gallery's home, so that nobody can find it in a stolen database.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

from api.auth.secrets import secret

if TYPE_CHECKING:
    from schema.settings import Settings
    from schema.webhooks import Webhook

PREFIX = "whsec_"


def secret_of(settings: Settings, webhook: Webhook) -> str:
    """`whsec_` and 256 bits in base64: what the receiver is given, once."""
    told = f"{webhook.key}\n{webhook.salt}".encode()
    return PREFIX + b64encode(hmac.digest(secret(settings, "webhooks").encode(), told, hashlib.sha256)).decode("ascii")


def signed_headers(key: str, id: str, body: bytes) -> dict[str, str]:
    """Of a call that leaves now. A receiver refuses what is older than five minutes."""
    moment = str(int(time.time()))
    told = b".".join((id.encode(), moment.encode(), body))
    signature = b64encode(hmac.digest(b64decode(key.removeprefix(PREFIX)), told, hashlib.sha256)).decode("ascii")
    return {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{signature}",
    }
