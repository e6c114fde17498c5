"""Duplicates, reviewed group by group."""

from __future__ import annotations

import htpy as h
from starlette.requests import Request
from starlette.responses import Response

from webui.frame import bar, dock, page, rail
from webui.icons import icon
from webui.people import more_button
from webui.search import search_box

KINDS = (("SAME_PICTURE", "Same picture"), ("BURST", "Bursts"), ("SAME_BYTES", "Same file"))


def duplicates_page(request: Request, api_url: str) -> Response:
    return page(
        request,
        title="Duplicates · PiGallery",
        module="duplicates-page",
        api_url=api_url,
        content=lambda: h.duplicates_page(".plain-page")[
            bar(search_box(), None),
            rail("duplicates"),
            h.main("#content.page.wide-page", tabindex="-1")[
                h.div(".page-head")[
                    h.div[h.h1["Duplicates"], h.p(".faint.group-total", role="status")["Asking…"]],
                    h.fieldset(".segments")[
                        h.legend(".unseen")["Kind"],
                        h.div[
                            (
                                h.label[h.input(type="radio", name="kind", value=value), h.span[text]]
                                for value, text in KINDS
                            )
                        ],
                    ],
                ],
                h.p(".faint.keys")[
                    h.kbd["↓"],
                    " ",
                    h.kbd["↑"],
                    " group ",
                    h.kbd["1"],
                    "–",
                    h.kbd["9"],
                    " keep that one ",
                    h.kbd["a"],
                    " keep all",
                ],
                h.ol(".groups"),
                more_button(),
                h.div(".page-empty", hidden=True)[
                    icon("copy-check"),
                    h.h2["Nothing to decide"],
                    h.p["Copies are found by themselves as photos come in. Nothing is ever deleted from disk here."],
                ],
            ],
            dock("duplicates"),
        ],
    )
