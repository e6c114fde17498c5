"""A share's link and its visits: both are signed with a secret of the home, so that neither has to be kept.

Link: `/s/<key><signature>`. Visit: a cookie that says that the password was given, or that this opening was counted.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

from starlette.responses import Response

from api.auth.caller import Caller
from api.auth.secrets import secret
from api.paths import SHARED
from schema import apps, shares
from schema.errors import LoginNeeded
from schema.policy import NOBODY, Viewer
from schema.shares import Share
from schema.store import GraphStore

if TYPE_CHECKING:
    from schema.settings import Settings

KEY = 12
"""Characters of a share's key."""
VISIT_S = 86_400
OVER = "This link is over. Ask whoever sent it for a new one."
LOCKED = "This link needs to be opened first; load its page."


def _signature(settings: Settings, *told: str) -> str:
    digest = hmac.new(secret(settings, "links").encode(), "\n".join(told).encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest[:18]).decode()


def link_token(settings: Settings, share: Share) -> str:
    return share.key + _signature(settings, "link", share.key, share.salt)


def link_path(settings: Settings, share: Share) -> str:
    return f"{SHARED}/{link_token(settings, share)}"


async def find(store: GraphStore, settings: Settings, token: str) -> Share | None:
    """The share of a link, whatever its state."""
    share = await shares.get(store, token[:KEY])
    right = share is not None and hmac.compare_digest(link_token(settings, share).encode(), token.encode())
    return share if right else None


def _visit(settings: Settings, share: Share, until: str) -> str:
    return f"{until}.{_signature(settings, 'visit', share.key, share.salt, share.password, until)}"


def has_visit(caller: Caller, share: Share) -> bool:
    """Whether this browser opened the share before; a new password or link ends that."""
    given = caller.connection.cookies.get(f"share_{share.key}", "")
    until = given.partition(".")[0]
    fresh = until.isdecimal() and len(until) < 12 and int(until) > time.time()
    return fresh and hmac.compare_digest(_visit(caller.settings, share, until).encode(), given.encode())


def begin_visit(response: Response, caller: Caller, share: Share) -> None:
    until = str(int(time.time()) + VISIT_S)
    response.set_cookie(
        f"share_{share.key}",
        _visit(caller.settings, share, until),
        max_age=VISIT_S,
        path=link_path(caller.settings, share),
        httponly=True,
        samesite="lax",
        secure=caller.is_secure,
    )


def token_of(caller: Caller) -> str | None:
    """Set by `SharePaths` for everything below a link."""
    token: str | None = caller.connection.scope.get("state", {}).get("share")
    return token


async def identify(caller: Caller) -> Viewer | None:
    """A visitor of a share; whoever they are otherwise does not count below a link. Raises LoginNeeded."""
    token = token_of(caller)
    if token is None:
        return None
    store = caller.library.store
    share = await find(store, caller.settings, token)
    person = await apps.person(store, share.account) if share is not None and not share.is_over else None
    if share is None or person is None:
        if caller.connection.scope["type"] == "http" and caller.connection.scope.get("path", "").startswith(SHARED):
            return NOBODY  # its page says so
        raise LoginNeeded(OVER)
    if share.counts_visits and not has_visit(caller, share):
        return NOBODY
    return share.viewer(person)
