"""What a login form sends, and how it is answered: small JSON objects, from our own pages only."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from schema.errors import Refused

MAX_BODY = 10_000
FETCHED_HERE = ("same-origin", "none")
"""`Sec-Fetch-Site` of requests by our own pages, and of those typed by hand."""


def refuse_foreign(request: Request) -> None:
    """Raises Refused for a request that a page of another site made."""
    if request.headers.get("sec-fetch-site", "none") not in FETCHED_HERE:
        raise Refused("Pages of other sites may not do this here; open the gallery's own page.")


async def fields(request: Request, *names: str) -> list[str]:
    """Texts of a small JSON object. Raises Refused: a form of another site cannot send JSON."""
    refuse_foreign(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused("Send JSON, with content-type application/json.")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise Refused("That is too long for a name and a password.")
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Refused("Send one JSON object.")
    return [value if isinstance(value := given.get(name, ""), str) else "" for name in names]


def answered(content: dict[str, Any], status: int = 200, **headers: str) -> JSONResponse:
    return JSONResponse(content, status, headers={"cache-control": "no-store", **headers})
