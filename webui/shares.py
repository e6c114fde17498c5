"""Links that were given away: what each shows, how often it was opened, and the way to end it."""

from __future__ import annotations

import htpy as h
from htpy import Node
from starlette.requests import Request
from starlette.responses import Response

from webui.frame import bar, dock, page, rail
from webui.icons import icon
from webui.search import search_box


def shares_page(request: Request, api_url: str) -> Response:
    return page(
        request,
        title="Shares · PiGallery",
        module="shares-page",
        api_url=api_url,
        content=lambda: h.shares_page(".plain-page")[
            bar(search_box(), None),
            rail("shares"),
            h.main("#content.page", tabindex="-1")[
                h.h1["Shares"],
                h.p["Whoever has a link sees just these photos, without an account. Ending a link works at once."],
                h.div(".page-empty.no-shares", hidden=True)[
                    icon("share-2"),
                    h.h2["Nothing is shared"],
                    h.p["Search for photos, or select some, and choose Share."],
                    h.a(".button", href="/")["Go to the photos"],
                ],
                h.ul(".card-list.shares", aria_label="Shares"),
            ],
            share_dialog(),
            dock("shares"),
        ],
    )


def share_dialog() -> Node:
    """Asks how something is shared; `share-dialog` fills and sends it."""
    return h.share_dialog[
        h.dialog(".ask-dialog", aria_label="Share photos")[
            h.form(method="dialog")[
                h.h2["Share"],
                h.p(".what.faint"),
                h.label[h.span["Name"], h.input(name="name", maxlength="120", placeholder="Shared photos")],
                h.fieldset(".kind")[
                    h.legend["Which photos"],
                    h.label[h.input(type="radio", name="fixed", value="yes"), h.span["Just these"]],
                    h.label[
                        h.input(type="radio", name="fixed", value="", checked=True),
                        h.span["Whatever matches, also later ones"],
                    ],
                ],
                h.label[
                    h.span["Download"],
                    h.select(name="download")[
                        h.option(value="NONE")["None"],
                        h.option(value="PREVIEW", selected=True)["Previews"],
                        h.option(value="ORIGINAL")["Originals"],
                    ],
                ],
                h.fieldset[
                    h.legend["Show also"],
                    h.div(".ticks")[
                        h.label[h.input(type="checkbox", name="location"), h.span["Places"]],
                        h.label[h.input(type="checkbox", name="camera"), h.span["Camera settings"]],
                        h.label[h.input(type="checkbox", name="names"), h.span["Names of people and albums"]],
                    ],
                ],
                h.div(".pair")[
                    h.label[
                        h.span["Password (none if empty)"],
                        h.input(name="password", type="text", autocomplete="off", maxlength="200", spellcheck="false"),
                    ],
                    h.label[h.span["Until (open end if empty)"], h.input(name="expires", type="date")],
                    h.label[
                        h.span["Openings (any number if empty)"],
                        h.input(name="most", type="number", min="1", max="1000000", step="1"),
                    ],
                    h.label[
                        h.span["Visitors may add pictures to this folder"],
                        h.input(name="contribute", autocomplete="off", placeholder="/photos/from friends"),
                    ],
                ],
                h.p(".said", role="alert"),
                h.div(".decide-buttons")[
                    h.button(".button", type="button", data_act="cancel")["Cancel"],
                    h.button(".button.primary", type="submit")["Share"],
                ],
                h.div(".made", hidden=True)[
                    h.label[h.span["The link"], h.input(name="link", readonly=True)],
                    h.button(".button.primary", type="button", data_act="copy")["Copy"],
                    h.button(".button", type="button", data_act="done")["Done"],
                ],
            ]
        ]
    ]
