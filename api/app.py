"""The server: GraphQL, media, playground, and the pages at "/", with the same guards before all of them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from api.access_log import AccessLog
from api.auth.door import Door
from api.graphql.endpoint import GraphQLEndpoint
from api.headers import SecurityHeaders
from api.hosts import HostGuard, Hosts
from api.live import Live
from api.media import Media
from api.oauth.origins import AppOrigins
from api.oauth.routes import OAuthRoutes
from api.paths import GRAPHQL, HEALTH, PLAYGROUND
from api.playground import playground
from api.shares.paths import SharePaths
from api.shares.visiting import Visiting
from api.uploads import Uploads
from api.viewers import Viewers
from api.webhooks.keeping import Webhooks
from schema.errors import NotFound, PiGalleryError, Refused, StoreUnavailable

if TYPE_CHECKING:
    from schema.library import Library
    from schema.settings import Settings

log = logging.getLogger("pigallery")

PAGES = "pigallery.pages"
"""Entry points of page applications: `create_app(api_url: str) -> Starlette`; the first by name is served."""

WITHOUT_PAGES = """<!doctype html><html lang="en"><meta charset="utf-8"><title>PiGallery</title>
<h1>PiGallery</h1><p>No web pages are installed here. Ask the library in the <a href="/playground">playground</a>.</p>
"""


def find_pages() -> Starlette | None:
    for entry in sorted(entry_points(group=PAGES), key=lambda entry: entry.name):
        try:
            pages = entry.load()("")
        except ImportError:
            log.exception("The pages '%s' cannot be loaded", entry.name)
        else:
            if isinstance(pages, Starlette):
                return pages
    return None


async def _without_pages(request: Request) -> Response:
    return HTMLResponse(WITHOUT_PAGES)


async def _show_error(request: Request, error: Exception) -> Response:
    """A PiGalleryError outside GraphQL: its sentence, under the status that fits."""
    status = 400
    for kind, code in ((NotFound, 404), (Refused, 403), (StoreUnavailable, 503)):
        if isinstance(error, kind):
            status = code
    return PlainTextResponse(f"{error}\n", status, headers={"cache-control": "no-store"})


def create_app(settings: Settings, library: Library, queue: Any, *, with_pages: bool = True) -> Starlette:
    """`library` is open and stays the caller's to close; `queue` is the arq pool, or None without imports."""
    pages = find_pages() if with_pages else None
    door = Door(settings)
    hosts = Hosts(settings)
    webhooks = Webhooks(settings, library)
    graphql = GraphQLEndpoint(settings, library, queue, door.entrance.attempts, webhooks)

    async def health(request: Request) -> Response:
        return JSONResponse({"ok": True}, headers={"cache-control": "no-store"})

    async def to_playground(request: Request) -> Response:
        return RedirectResponse(f"{PLAYGROUND}/", 303)

    # Pictures are packed already, and the pages pack their own.
    packed = [Middleware(GZipMiddleware, minimum_size=1024, compresslevel=1)]
    routes: list[BaseRoute] = [
        Route(GRAPHQL, graphql, methods=["POST"], middleware=packed),
        Route(GRAPHQL, to_playground, methods=["GET"]),
        WebSocketRoute(GRAPHQL, graphql),
        Route(HEALTH, health),
        *Live(settings).routes(),
        *door.routes(),
        *OAuthRoutes(settings, library).routes(),
        *Visiting(settings, library, queue, pages or find_pages()).routes(),
        *Uploads(settings, library, queue).routes(),
        *Media(settings, queue).routes(),
        *playground(settings.packages),
        Mount("/", pages) if pages is not None else Route("/", _without_pages),
    ]

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(webhooks.running())
            if pages is not None:  # a mounted application's own lifespan is not run by Starlette
                await stack.enter_async_context(pages.router.lifespan_context(pages))
            yield

    return Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={PiGalleryError: _show_error},
        middleware=[
            Middleware(AccessLog),
            Middleware(SecurityHeaders),
            Middleware(AppOrigins, library=library, hosts=hosts),
            Middleware(HostGuard, hosts=hosts),
            Middleware(SharePaths),
            Middleware(Viewers, library=library, settings=settings),
        ],
    )
