"""Albums: chosen by hand or saved searches, one in another."""

from __future__ import annotations

import htpy as h
from starlette.requests import Request
from starlette.responses import Response

from webui.frame import bar, dock, page, rail
from webui.icons import icon
from webui.search import search_box


def albums_page(request: Request, api_url: str) -> Response:
    return page(
        request,
        title="Albums · PiGallery",
        module="albums-page",
        api_url=api_url,
        content=lambda: h.div(".plain-page")[
            bar(search_box(), None),
            rail("albums"),
            h.main("#content.page.albums", tabindex="-1")[
                h.albums_page[
                    h.header(".albums-head")[
                        h.div[h.nav(".album-trail", aria_label="Where this lies", hidden=True), h.h1["Albums"]],
                        h.button(".button", type="button", data_new=True)[icon("folder-plus"), "New album"],
                    ],
                    h.ul(".album-cards", aria_label="Albums"),
                    h.div(".albums-empty", hidden=True)[
                        icon("book-image"),
                        h.h2["No albums yet"],
                        h.p[
                            "Select photos and put them into an album, or search for something and save the search: "
                            "such an album fills itself."
                        ],
                        h.a(".button", href="/")["Go to the photos"],
                    ],
                    h.p(".albums-failed", role="alert", hidden=True),
                ],
            ],
            dock("albums"),
        ],
    )
