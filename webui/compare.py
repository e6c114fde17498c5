"""Models side by side on photos of the library."""

from __future__ import annotations

import htpy as h
from starlette.requests import Request
from starlette.responses import Response

from webui.frame import bar, dock, page, rail
from webui.icons import icon
from webui.search import search_box


def compare_page(request: Request, api_url: str) -> Response:
    return page(
        request,
        title="Compare models · PiGallery",
        module="compare-page",
        api_url=api_url,
        content=lambda: h.compare_page(".plain-page")[
            bar(search_box(), None),
            rail("live"),
            h.main("#content.page.wide-page", tabindex="-1")[
                h.div(".page-head")[
                    h.div[
                        h.h1["Compare models"],
                        h.p(".faint")["What models of one kind say of the same photos, how fast, and how often alike."],
                    ],
                ],
                h.form(".compare-form")[
                    h.label(".compare-what")[
                        h.span["Photos"],
                        h.input(
                            name="q",
                            type="search",
                            placeholder="All photos, or: beach in Croatia, folder:2019…",
                            autocomplete="off",
                        ),
                    ],
                    h.label[
                        h.span["How many"],
                        h.input(name="first", type="number", min="1", max="50", value="12", required=True),
                    ],
                    h.label[h.span["Kind"], h.select(name="task")],
                    h.fieldset(".compare-models")[h.legend["Models"], h.div[h.span(".faint")["Asking…"]]],
                    h.button(".button.primary", type="submit", disabled=True)[icon("play"), "Compare"],
                ],
                h.p(".live-word", role="status", hidden=True),
                h.progress(".compare-progress", max="1", value="0", hidden=True, aria_label="Photos compared"),
                h.section(".compare-sum", hidden=True)[
                    h.h2["In short"], h.div(".table-room", tabindex="0", role="region", aria_label="In short")
                ],
                h.section(".compare-each", hidden=True)[h.h2["Photo by photo"], h.ol(".compare-list")],
            ],
            dock("live"),
        ],
    )
