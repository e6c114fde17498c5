"""The cookie of a browser that is logged in."""

from __future__ import annotations

from http.cookies import CookieError
from typing import Any

from starlette.responses import Response

from api.auth.caller import Caller
from schema.accounts import directory, session
from schema.policy import Viewer

COOKIE = "pigallery"


def cookie_name(caller: Caller) -> str:
    """Over TLS under a name that browsers keep to this very host, and never send in the clear."""
    return f"__Host-{COOKIE}" if caller.is_secure else COOKIE


def _cookie(caller: Caller) -> dict[str, Any]:
    return {"path": "/", "httponly": True, "samesite": "lax", "secure": caller.is_secure}


def set_cookie(response: Response, caller: Caller, token: str) -> None:
    response.set_cookie(cookie_name(caller), token, max_age=int(session.LONGEST_S), **_cookie(caller))


def clear_cookie(response: Response, caller: Caller) -> None:
    response.delete_cookie(cookie_name(caller), **_cookie(caller))


def token_of(caller: Caller) -> str:
    try:
        return caller.connection.cookies.get(cookie_name(caller), "")
    except CookieError:
        return ""


async def identify(caller: Caller) -> Viewer | None:
    """The account of the session cookie; a session that ended, or an account that may not log in, is nobody."""
    token = token_of(caller)
    if not token:
        return None
    store = caller.library.store
    found = await session.find(store, token)
    account = await directory.get(store, found.account) if found is not None else None
    if found is None or account is None or account.disabled:
        return None
    return account.viewer(found.key)
