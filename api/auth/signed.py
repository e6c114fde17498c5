"""Addresses of pictures that say by themselves who may have them: signed for one grant, good for a short time.

An app puts them into `<img>`, where no header can be sent. What was revoked is over at once: the grant is looked up.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from base64 import urlsafe_b64encode

from api.auth.caller import Caller
from api.auth.secrets import secret
from api.paths import MEDIA
from schema import apps
from schema.errors import LoginNeeded
from schema.policy import Viewer
from schema.settings import Settings

GOOD_FOR_S = 900
STEP_S = 300
"""The end is rounded up to these, so that a page asked again finds its pictures in the browser's cache."""


def _signature(settings: Settings, path: str, grant: str, until: str) -> str:
    told = hmac.new(secret(settings, "media").encode(), f"{path}\n{grant}\n{until}".encode(), hashlib.sha256)
    return urlsafe_b64encode(told.digest()[:18]).decode()


def signed(settings: Settings, path: str, grant: str) -> str:
    """The address for a grant, good for 10 to 15 minutes."""
    until = str((int(time.time()) + GOOD_FOR_S) // STEP_S * STEP_S)
    return f"{path}?grant={grant}&until={until}&sig={_signature(settings, path, grant, until)}"


def is_signed(caller: Caller) -> bool:
    return "sig" in caller.connection.query_params and caller.connection.url.path.startswith(f"{MEDIA}/")


async def identify(caller: Caller) -> Viewer | None:
    if not is_signed(caller):
        return None
    given = caller.connection.query_params
    grant, until = given.get("grant", ""), given.get("until", "")
    right = _signature(caller.settings, caller.connection.url.path, grant, until)
    fresh = until.isdecimal() and len(until) < 12 and int(until) > time.time()
    viewer = await apps.viewer_of_grant(caller.library.store, grant) if fresh else None
    if viewer is None or not hmac.compare_digest(right.encode(), given["sig"].encode()):
        raise LoginNeeded("This address of a picture is not good any more; ask the gallery for a new one.")
    return viewer
