"""The frame around every page: head, top bar, rail and the phone's dock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import htpy as h
from htpy import Element, Node
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from webui.assets import OURS, PACKAGED, STYLED, import_map, import_map_hash, imported, module_address
from webui.icons import icon, sprite
from webui.looks import Look

VIEWS = (
    ("photos", "/", "images", "Photos"),
    ("favorites", "/?f=%7B%22favorite%22%3Atrue%7D", "heart", "Favorites"),
    ("albums", "/albums", "book-image", "Albums"),
    ("people", "/people", "users", "People"),
    ("places", "/places", "map", "Places"),
    ("duplicates", "/duplicates", "copy-check", "Duplicates"),
    ("trash", "/?f=%7B%22trashed%22%3Atrue%7D", "trash-2", "Trash"),
    ("shares", "/shares", "share-2", "Shares"),
    ("apps", "/apps", "plug", "Apps"),
    ("live", "/live", "webcam", "Live camera"),
    ("processing", "/ingest", "activity", "Processing"),
    ("account", "/account", "user", "Account"),
    ("help", "/help", "circle-help", "Help"),
)
"""name, address, icon, label"""
DOCKED = ("photos", "albums", "people", "places")
"""Those in a phone's bottom bar; the others stand behind "More"."""


def policy(api_url: str) -> str:
    """Content-Security-Policy: our own scripts, the import map by its hash, nothing inline, nothing foreign."""
    other = ""
    if api_url:
        address = urlsplit(api_url)
        socket = "wss" if address.scheme == "https" else "ws"
        other = f" {address.scheme}://{address.netloc} {socket}://{address.netloc}"
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' '{import_map_hash()}'",
            "style-src 'self'",
            f"img-src 'self' data: blob:{other}",
            f"connect-src 'self'{other}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def mark() -> Markup:
    """The logo: two overlapping prints."""
    return Markup(
        '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><rect x="3" y="7" width="19" height="19" rx="5"'
        ' class="mark-back"/><rect x="10" y="4" width="19" height="19" rx="5" class="mark-front"/>'
        '<path d="M13 19l5-6 4 4.5 2-2 3 3.5" class="mark-line"/><circle cx="15.5" cy="9.5" r="1.6" class="mark-dot"/>'
        "</svg>"
    )


def rail(current: str, below: Node = None) -> Node:
    return h.nav("#rail.rail", aria_label="Views and facets")[
        h.ul(".views")[
            (
                h.li[
                    h.a(href=address, data_view=name, aria_current="page" if name == current else None)[
                        icon(image), h.span[label]
                    ]
                ]
                for name, address, image, label in VIEWS
            )
        ],
        below,
    ]


def dock(current: str, *extra: Node) -> Node:
    """The phone's bottom bar."""
    return h.nav(".dock", aria_label="Views")[
        (
            h.a(href=address, data_view=name, aria_current="page" if name == current else None)[
                icon(image), h.span[label]
            ]
            for name, address, image, label in VIEWS
            if name in DOCKED
        ),
        h.a(href="/more", data_view="more", aria_current="page" if current and current not in DOCKED else None)[
            icon("ellipsis"), h.span["More"]
        ],
        extra,
    ]


def bar(middle: Node, tools: Node) -> Node:
    return h.header(".bar")[
        h.div(".bar-start")[
            h.button(
                "#rail-toggle.icon-button", type="button", aria_label="Show or hide the rail", aria_controls="rail"
            )[icon("panel-left")],
            h.a(".brand", href="/", aria_label="PiGallery, all photos")[mark(), h.span["PiGallery"]],
        ],
        middle,
        h.div(".bar-end")[tools],
    ]


_kept: dict[tuple[str, ...], tuple[str, str]] = {}
"""Pages as they were built, by what they differ in: (document, ETag). At most a few per look."""


def page(
    request: Request,
    *,
    title: str,
    module: str,
    content: Callable[[], Node],
    api_url: str = "",
    styles: Sequence[str] = (),
    head: Node = None,
    kept: bool = True,
) -> Response:
    """A whole page. `module` is the element module that starts it; the others are fetched alongside, not after.
    Not `kept`: it is another for every address."""
    look = Look.of(request)
    if not kept:
        document = str(_document(look, title, module, content(), api_url, styles, head))
        return HTMLResponse(document, headers={"Cache-Control": "no-store", "Content-Security-Policy": policy("")})
    key = (title, module, api_url, look.theme, look.text, look.rail, OURS.version, STYLED.version)
    if key not in _kept:
        document = str(_document(look, title, module, content(), api_url, styles, head))
        _kept[key] = (document, f'"{hashlib.blake2b(document.encode(), digest_size=8).hexdigest()}"')
    document, tag = _kept[key]
    headers = {"Cache-Control": "no-cache", "ETag": tag, "Vary": "Cookie", "Content-Security-Policy": policy(api_url)}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return HTMLResponse(document, headers=headers)


def _document(
    look: Look, title: str, module: str, content: Node, api_url: str, styles: Sequence[str], head: Node
) -> Element:
    early = ("opening", *imported("opening")) if module == "gallery-page" else ()
    rest = [name for name in imported(module) if name not in early]
    return h.html(
        lang="en", data_theme=look.theme, data_text=look.text, data_rail=look.rail, data_version=OURS.version
    )[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(name="viewport", content="width=device-width, initial-scale=1, viewport-fit=cover"),
            h.meta(name="color-scheme", content="light dark"),
            h.meta(name="theme-color", content="#ffffff", media="(prefers-color-scheme: light)"),
            h.meta(name="theme-color", content="#131417", media="(prefers-color-scheme: dark)"),
            api_url and h.meta(name="pigallery-api", content=api_url),
            h.title[title],
            head,
            h.script(type="importmap")[Markup(import_map())],
            # The first question is under way before the page has its looks.
            early and h.script(type="module", src=module_address("opening"), async_=True, fetchpriority="high"),
            (h.link(rel="modulepreload", href=module_address(name), fetchpriority="high") for name in early[1:]),
            (h.link(rel="stylesheet", href=PACKAGED.address(name)) for name in styles),
            h.link(rel="stylesheet", href=STYLED.address("all.css")),
            h.script(type="module", src=module_address(module)),
            (h.link(rel="modulepreload", href=module_address(name)) for name in rest),
            h.link(rel="icon", href="/icon.svg", type="image/svg+xml"),
            h.link(rel="manifest", href="/manifest.webmanifest"),
        ],
        h.body[Markup('<a class="skip" href="#content">Skip to the content</a>'), sprite(), content],
    ]
