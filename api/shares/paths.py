"""Everything a visitor asks for lies below the link: `/s/<token>/graphql` is `/graphql` as the visitor."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from api.paths import GRAPHQL, MEDIA, SHARED

_LINK = re.compile(rf"{SHARED}/([A-Za-z0-9_-]{{20,80}})(/.*)?")


class SharePaths:
    """ASGI middleware: notes the link's token, and takes it off the path of questions and pictures."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        link = _LINK.fullmatch(scope["path"]) if scope["type"] in ("http", "websocket") else None
        if link is not None:
            token, rest = link[1], link[2] or ""
            scope = {**scope, "state": {**scope.get("state", {}), "share": token}}
            if rest == GRAPHQL or rest.startswith(f"{MEDIA}/"):
                scope["path"] = rest
        await self.app(scope, receive, send)
