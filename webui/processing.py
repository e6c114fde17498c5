"""What is being read in: progress by stage, and every file that failed with its reason."""

from __future__ import annotations

import htpy as h
from starlette.requests import Request
from starlette.responses import Response

from webui.frame import bar, dock, page, rail
from webui.icons import icon
from webui.search import search_box


def processing_page(request: Request, api_url: str) -> Response:
    return page(
        request,
        title="Processing · PiGallery",
        module="processing-page",
        api_url=api_url,
        content=lambda: h.processing_page(".plain-page")[
            bar(search_box(), None),
            rail("processing"),
            h.main("#content.page", tabindex="-1")[
                h.h1["Processing"],
                h.section(".run-card", aria_busy="true")[
                    h.div(".run-words")[
                        h.p(".run-phase", role="status")["Asking…"],
                        h.p(".run-detail.faint")[""],
                    ],
                    h.div(".run-actions")[
                        h.button(".button.primary", type="button", data_act="start", hidden=True)[
                            icon("refresh-cw"), "Look for new photos"
                        ],
                        h.button(".button", type="button", data_act="stop", hidden=True)[icon("circle-pause"), "Stop"],
                    ],
                    h.progress(max="1", value="0", aria_label="Photos read in"),
                ],
                h.h2["Stages"],
                h.div(".stages"),
                h.div(".failures", hidden=True)[
                    h.div(".failures-head")[
                        h.h2["Failed"],
                        h.button(".button", type="button", data_act="retry-all")[icon("rotate-ccw"), "Try all again"],
                    ],
                    h.ul(".failure-list"),
                ],
            ],
            dock("processing"),
        ],
    )
