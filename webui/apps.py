"""What programs may see: apps that were allowed, personal tokens, and apps of one's own."""

from __future__ import annotations

import htpy as h
from htpy import Node
from starlette.requests import Request
from starlette.responses import Response

from webui.frame import bar, dock, page, rail
from webui.icons import icon
from webui.search import search_box

RIGHTS = (
    ("names", "People and albums", True),
    ("location", "Places", True),
    ("camera", "Camera settings", True),
    ("originals", "Originals", True),
    ("edit", "Changes", False),
    ("webhooks", "Be called when photos match", False),
    ("import", "Imports and file paths", False),
)


def apps_page(request: Request, api_url: str) -> Response:
    return page(
        request,
        title="Apps · PiGallery",
        module="apps-page",
        api_url=api_url,
        content=lambda: h.apps_page(".plain-page")[
            bar(search_box(), None),
            rail("apps"),
            h.main("#content.page", tabindex="-1")[
                h.h1["Apps and tokens"],
                h.p["What programs may see and do in your name. Taking it away works at once."],
                h.div(".page-empty.no-grants", hidden=True)[
                    icon("plug"),
                    h.h2["No app has access"],
                    h.p["Apps ask for it by themselves; scripts use a token from below."],
                    h.a(".button", href="/device")["Connect a device by its code"],
                ],
                h.ul(".card-list.grants", aria_label="Apps and tokens"),
                h.details(".adder")[
                    h.summary[icon("plus"), h.span["New token for a script"]],
                    h.form(".add-token")[
                        h.label[h.span["Name"], h.input(name="name", required=True, maxlength="100")],
                        h.fieldset[
                            h.legend["Besides seeing photos it may see or do"],
                            h.div(".ticks")[
                                (
                                    h.label[
                                        h.input(type="checkbox", name="right", value=name, checked=on), h.span[says]
                                    ]
                                    for name, says, on in RIGHTS
                                )
                            ],
                        ],
                        h.label[
                            h.span["Only what this search finds (empty: everything)"],
                            h.input(name="search", autocomplete="off", placeholder="album:Family"),
                        ],
                        h.label[
                            h.span["Good for"],
                            h.select(name="days")[
                                h.option(value="7")["a week"],
                                h.option(value="90", selected=True)["three months"],
                                h.option(value="365")["a year"],
                                h.option(value="")["ever"],
                            ],
                        ],
                        h.button(".button.primary", type="submit")["Make the token"],
                    ],
                ],
                h.details(".adder")[
                    h.summary[icon("plus"), h.span["Register an app of your own"]],
                    h.form(".add-app")[
                        h.label[h.span["Name"], h.input(name="name", required=True, maxlength="80")],
                        h.label[
                            h.span["Addresses it returns to, one on each line"],
                            h.textarea(name="uris", rows="2", placeholder="https://example.org/callback"),
                        ],
                        h.label(".tick")[
                            h.input(type="checkbox", name="secret"),
                            h.span["It runs on a server that can keep a secret"],
                        ],
                        h.button(".button.primary", type="submit")["Register"],
                    ],
                ],
                h.div(".told-once", role="status", hidden=True),
                h.section(".own-apps", hidden=True)[h.h2["Registered apps"], h.ul(".card-list.registered")],
                _webhooks(),
            ],
            dock("apps"),
        ],
    )


def _webhooks() -> Node:
    return h.webhook_list[
        h.h2["Webhooks"],
        h.p[
            "Addresses that are called, with a signature, whenever photos come into what a search finds, change in it, "
            "or leave it."
        ],
        h.ul(".card-list.webhooks", aria_label="Webhooks"),
        h.details(".adder")[
            h.summary[icon("plus"), h.span["New webhook"]],
            h.form(".add-webhook")[
                h.label[h.span["Name"], h.input(name="name", required=True, maxlength="100")],
                h.label[
                    h.span["Address to call"],
                    h.input(
                        name="url",
                        type="url",
                        required=True,
                        maxlength="1000",
                        autocomplete="off",
                        placeholder="https://example.org/photos",
                    ),
                ],
                h.label[
                    h.span["For what this search finds (empty: everything)"],
                    h.input(name="search", autocomplete="off", placeholder="album:Family"),
                ],
                h.button(".button.primary", type="submit")["Make the webhook"],
            ],
        ],
        h.div(".told-once", role="status", hidden=True),
    ]
