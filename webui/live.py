"""The live camera: what the models see in it, drawn over it while it runs."""

from __future__ import annotations

import htpy as h
from htpy import Node
from starlette.requests import Request
from starlette.responses import Response

from webui.frame import bar, dock, page, rail
from webui.icons import icon
from webui.search import search_box

FILTERS = (
    ("brightness", "Brightness", 0, 2, 1),
    ("contrast", "Contrast", 0, 2, 1),
    ("saturate", "Saturation", 0, 2, 1),
    ("grayscale", "Gray", 0, 1, 0),
    ("sepia", "Sepia", 0, 1, 0),
    ("invert", "Negative", 0, 1, 0),
    ("blur", "Blur", 0, 8, 0),
)
"""CSS filter function, label, least, most, and what changes nothing."""


def live_page(request: Request, api_url: str) -> Response:
    return page(
        request,
        title="Live camera · PiGallery",
        module="live-page",
        api_url=api_url,
        content=lambda: h.live_page(".plain-page")[
            bar(search_box(), None),
            rail("live"),
            h.main("#content.page.wide-page", tabindex="-1")[
                h.div(".page-head")[
                    h.div[
                        h.h1["Live camera"],
                        h.p(".faint")["Frames go to your own gallery, are looked at, and are gone: nothing is kept."],
                    ],
                    h.div(".page-tools")[
                        h.a(".button", href="/compare")["Compare models"],
                        h.label(".live-camera")[h.span(".unseen")["Camera"], h.select(name="camera")],
                        h.button(".button.primary", type="button", data_act="start")[icon("play"), h.span["Start"]],
                    ],
                ],
                h.p(".live-word", role="status", hidden=True),
                h.div(".live-room")[
                    h.div(".live-left")[
                        h.div(".live-stage")[
                            h.video(muted=True, playsinline=True, autoplay=True, aria_label="Camera"),
                            h.canvas(aria_hidden="true"),
                            h.div(".live-idle")[icon("webcam"), h.p["The camera is off."]],
                        ],
                        h.ul(".live-told", aria_label="What is seen"),
                    ],
                    h.div(".live-side")[
                        _section("Models", h.div(".live-models")[h.p(".faint")["Asking…"]]),
                        _section("Speed", h.div(".live-charts")),
                        _section(
                            "Picture",
                            h.div(".live-filters")[
                                (
                                    _slider(f"filter-{name}", label, least, most, usual)
                                    for name, label, least, most, usual in FILTERS
                                )
                            ],
                            h.p(".faint.live-note")["The models see the picture as it is set here."],
                            h.button(".text-button", type="button", data_act="plain")["As the camera sees it"],
                        ),
                    ],
                ],
            ],
            dock("live"),
        ],
    )


def _section(title: str, *inside: Node) -> Node:
    return h.section(".live-card")[h.h2[title], inside]


def _slider(name: str, label: str, least: int, most: int, usual: int) -> Node:
    return h.label(".live-slider")[
        h.span[label],
        h.input(type="range", name=name, min=least, max=most, step="0.05", value=usual, data_usual=usual),
        h.output[f"{usual:.2f}"],
    ]
