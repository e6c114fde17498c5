"""Where a person decides what an app or a device may see and do."""

from __future__ import annotations

import htpy as h
from htpy import Node
from starlette.requests import Request
from starlette.responses import Response

from webui.frame import bar, dock, page, rail
from webui.icons import icon
from webui.search import search_box


def decision() -> Node:
    """The form that `connect-page` fills: rights to leave out, photos to choose, and what comes of it in words."""
    return h.form(".decide", hidden=True)[
        h.div(".who-asks")[icon("plug"), h.div[h.h1(".app-name"), h.p(".app-about.faint")]],
        h.fieldset(".rights")[h.legend["It asks to"], h.ul],
        h.fieldset(".part")[
            h.legend["Which photos"],
            h.label[h.input(type="radio", name="part", value="all", checked=True), h.span["All that I can see"]],
            h.label[h.input(type="radio", name="part", value="album"), h.span["Only one album"]],
            h.label(".under", data_part="album", hidden=True)[
                h.span(".unseen")["Album"], h.select(name="album", aria_label="Album")
            ],
            h.label[h.input(type="radio", name="part", value="search"), h.span["Only what a search finds"]],
            h.label(".under", data_part="search", hidden=True)[
                h.span(".unseen")["Search"],
                h.input(
                    name="search", autocomplete="off", placeholder="beach in summer, -Ada", aria_label="Search sentence"
                ),
            ],
        ],
        h.p(".comes-to", role="status"),
        h.div(".decide-buttons")[
            h.button(".button", type="button", data_act="deny")["Deny"],
            h.button(".button.primary", type="submit")["Allow"],
        ],
        h.p(".said.faint", role="alert"),
    ]


def connect_page(request: Request, api_url: str) -> Response:
    return page(
        request,
        title="Connect an app · PiGallery",
        module="connect-page",
        api_url=api_url,
        content=lambda: h.connect_page(".plain-page")[
            bar(search_box(), None),
            rail("apps"),
            h.main("#content.page.narrow-page", tabindex="-1")[
                h.div(".waiting-words", role="status")["Asking what the app wants…"],
                decision(),
            ],
            dock("apps"),
        ],
    )


def device_page(request: Request, api_url: str) -> Response:
    return page(
        request,
        title="Connect a device · PiGallery",
        module="connect-page",
        api_url=api_url,
        content=lambda: h.connect_page(".plain-page", data_device=True)[
            bar(search_box(), None),
            rail("apps"),
            h.main("#content.page.narrow-page", tabindex="-1")[
                h.form(".type-code")[
                    h.h1["Connect a device"],
                    h.p["Type the code that your television, frame or program shows."],
                    h.input(
                        ".code",
                        name="code",
                        autocomplete="off",
                        autocapitalize="characters",
                        spellcheck="false",
                        maxlength="12",
                        placeholder="XXXX-XXXX",
                        aria_label="Code",
                        required=True,
                    ),
                    h.button(".button.primary", type="submit")["Go on"],
                    h.p(".said.faint", role="alert"),
                ],
                decision(),
            ],
            dock("apps"),
        ],
    )
