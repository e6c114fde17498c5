"""Who asks: gives every request its `View`, before anything else sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from schema.policy import OWNER, Viewer

if TYPE_CHECKING:
    from schema.library import Library


def viewer_of(scope: Scope) -> Viewer:
    """The one local user; a gallery without accounts knows no other."""
    return OWNER


class Viewers:
    """ASGI middleware: `request.state.view` is the only door to the graph that a route has."""

    def __init__(self, app: ASGIApp, library: Library) -> None:
        self.app = app
        self.library = library

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            scope.setdefault("state", {})["view"] = self.library.view(viewer_of(scope))
        await self.app(scope, receive, send)
