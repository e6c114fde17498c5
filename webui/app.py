"""The pages as one ASGI application. It knows the library only by its public address."""

from __future__ import annotations

import json
from collections.abc import Callable

import htpy as h
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from webui.accounts import account_page, accounts_page, audit_page
from webui.albums import albums_page
from webui.apps import apps_page
from webui.assets import OURS, PACKAGED, STYLED
from webui.compare import compare_page
from webui.connect import connect_page, device_page
from webui.doors import login_page, setup_page
from webui.duplicates import duplicates_page
from webui.frame import bar, dock, mark, page, rail
from webui.gallery import gallery_page
from webui.help import help_page
from webui.live import live_page
from webui.me import me_page
from webui.more import more_page
from webui.people import people_page, person_page
from webui.places import places_page
from webui.processing import processing_page
from webui.search import search_box
from webui.shared import shared_page
from webui.shares import shares_page

GUARDS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_app(api_url: str = "") -> Starlette:
    """`api_url`: where the library answers, when that is not where the pages come from."""
    api_url = api_url.rstrip("/")

    def shown(make: Callable[[Request, str], Response]) -> Callable[[Request], Response]:
        def endpoint(request: Request) -> Response:
            response = make(request, api_url)
            response.headers.update(GUARDS)
            return response

        return endpoint

    async def missing(request: Request, _: Exception) -> Response:
        if request.url.path.startswith(("/ui/", "/style/", "/lib/")):
            return Response("Not found", 404, media_type="text/plain")
        response = missing_page(request, api_url)
        response.headers.update(GUARDS)
        return response

    return Starlette(
        routes=[
            Route("/", shown(gallery_page)),
            Route("/photo/{key:int}", shown(gallery_page)),
            Route("/people", shown(people_page)),
            Route("/people/{key:int}", shown(person_page)),
            Route("/places", shown(places_page)),
            Route("/albums", shown(albums_page)),
            Route("/duplicates", shown(duplicates_page)),
            Route("/compare", shown(compare_page)),
            Route("/live", shown(live_page)),
            Route("/ingest", shown(processing_page)),
            Route("/help", shown(help_page)),
            Route("/more", shown(more_page)),
            Route("/me", shown(me_page)),
            Route("/login", shown(login_page)),
            Route("/setup", shown(setup_page)),
            Route("/account", shown(account_page)),
            Route("/accounts", shown(accounts_page)),
            Route("/audit", shown(audit_page)),
            Route("/shares", shown(shares_page)),
            Route("/s/{token}", shown(shared_page)),
            Route("/s/{token}/photo/{key:int}", shown(shared_page)),
            Route("/apps", shown(apps_page)),
            Route("/connect", shown(connect_page)),
            Route("/device", shown(device_page)),
            Route("/icon.svg", logo),
            Route("/manifest.webmanifest", manifest),
            Route("/ui/{version}/{name:path}", OURS.serve),
            Route("/style/{version}/{name:path}", STYLED.serve),
            Route("/lib/{version}/{name:path}", PACKAGED.serve),
        ],
        middleware=[Middleware(GZipMiddleware, minimum_size=1024)],
        exception_handlers={404: missing},
    )


def missing_page(request: Request, api_url: str) -> Response:
    response = page(
        request,
        title="Not found · PiGallery",
        module="page-frame",
        api_url=api_url,
        content=lambda: h.div(".plain-page")[
            bar(search_box(), None),
            rail(""),
            h.main("#content.page", tabindex="-1")[
                h.h1["There is no such page"],
                h.p["The address may have changed. All photos are where they were."],
                h.a(".button", href="/")["Go to the photos"],
            ],
            dock(""),
        ],
    )
    response.status_code = 404
    return response


def logo(_: Request) -> Response:
    """The mark on its own, with the colors that a style sheet gives it elsewhere."""
    colors = (
        "<style>.mark-back{fill:#9db8ff}.mark-front{fill:#2f6bff}"
        ".mark-line{fill:none;stroke:#fff;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}"
        ".mark-dot{fill:#fff}</style>"
    )
    drawing = (
        str(mark())
        .replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
        .replace("><rect", f">{colors}<rect", 1)
    )
    return Response(drawing, media_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})


def manifest(_: Request) -> Response:
    described = {
        "name": "PiGallery",
        "short_name": "PiGallery",
        "start_url": "/",
        "display": "standalone",
        "background_color": "#111214",
        "theme_color": "#111214",
        "icons": [{"src": "/icon.svg", "sizes": "any", "type": "image/svg+xml"}],
    }
    return Response(json.dumps(described), media_type="application/manifest+json")
