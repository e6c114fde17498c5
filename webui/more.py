"""On a phone: all views that its bottom bar has no room for."""

from __future__ import annotations

import htpy as h
from starlette.requests import Request
from starlette.responses import Response

from webui.frame import DOCKED, VIEWS, bar, dock, page, rail
from webui.icons import icon
from webui.search import search_box


def more_page(request: Request, api_url: str) -> Response:
    return page(
        request,
        title="More · PiGallery",
        module="page-frame",
        api_url=api_url,
        content=lambda: h.div(".plain-page")[
            bar(search_box(), None),
            rail(""),
            h.main("#content.page", tabindex="-1")[
                h.h1["More"],
                h.ul(".more-views")[
                    (
                        h.li[h.a(href=address)[icon(image), h.span[label]]]
                        for name, address, image, label in VIEWS
                        if name not in DOCKED
                    )
                ],
            ],
            dock("more"),
        ],
    )
