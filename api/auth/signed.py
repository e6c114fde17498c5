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
from schema.policy import Capability, Viewer
from schema.settings import Settings

GOOD_FOR_S = 900
RIGHTS = (Capability.ORIGINALS, Capability.LOCATION, Capability.CAMERA, Capability.NAMES)
"""What the bytes of a picture depend on. An address has no more of them than the token it was given to."""
STEP_S = 300
"""The end is rounded up to these, so that a page asked again finds its pictures in the browser's cache."""


def _signature(settings: Settings, path: str, grant: str, may: str, until: str) -> str:
    told = hmac.new(secret(settings, "media").encode(), f"{path}\n{grant}\n{may}\n{until}".encode(), hashlib.sha256)
    return urlsafe_b64encode(told.digest()[:18]).decode()


def signed(settings: Settings, path: str, viewer: Viewer) -> str:
    """The address for an app, good for 10 to 15 minutes."""
    grant, may = viewer.credential, ".".join(right.value for right in RIGHTS if viewer.may(right))
    until = str((int(time.time()) + GOOD_FOR_S) // STEP_S * STEP_S)
    return f"{path}?grant={grant}&may={may}&until={until}&sig={_signature(settings, path, grant, may, until)}"


def is_signed(caller: Caller) -> bool:
    return "sig" in caller.connection.query_params and caller.connection.url.path.startswith(f"{MEDIA}/")


async def identify(caller: Caller) -> Viewer | None:
    if not is_signed(caller):
        return None
    given = caller.connection.query_params
    grant, may, until = (given.get(name, "") for name in ("grant", "may", "until"))
    right = _signature(caller.settings, caller.connection.url.path, grant, may, until)
    fresh = until.isdecimal() and len(until) < 12 and int(until) > time.time()
    proven = fresh and hmac.compare_digest(right.encode(), given["sig"].encode())
    rights = apps.capabilities_of(may.replace(".", " "))
    viewer = await apps.viewer_of_grant(caller.library.store, grant, rights) if proven else None
    if viewer is None:
        raise LoginNeeded("This address of a picture is not good any more; ask the gallery for a new one.")
    return viewer
