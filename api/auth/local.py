"""Commands on the gallery's own machine: who can read its home is its owner."""

from __future__ import annotations

import hmac
from dataclasses import replace

from api.auth.caller import Caller
from api.auth.secrets import secret
from schema.errors import Refused
from schema.policy import OWNER, Viewer
from schema.settings import Settings

PREFIX = "pgl_"


def bearer(settings: Settings) -> str:
    """What a command sends in `Authorization`."""
    return f"Bearer {PREFIX}{secret(settings, 'local')}"


async def identify(caller: Caller) -> Viewer | None:
    given = caller.connection.headers.get("authorization", "")
    if not given.startswith(f"Bearer {PREFIX}"):
        return None
    if not caller.is_local or not hmac.compare_digest(given.encode(), bearer(caller.settings).encode()):
        raise Refused("This key is not that of this gallery's home; use it on its own machine only.")
    return replace(OWNER, name="command line")
