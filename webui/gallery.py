"""The gallery page: grid, facets, search and the viewer above them. Its elements find their parts in this markup."""

from __future__ import annotations

import htpy as h
from htpy import Element, Node
from starlette.requests import Request
from starlette.responses import Response

from webui.frame import bar, dock, page, rail
from webui.icons import icon
from webui.looks import TEXTS, THEMES
from webui.search import search_box
from webui.selection import selecting, selection_bar
from webui.shares import share_dialog

SORTS = (
    ("TAKEN", "Date taken"),
    ("ADDED", "Date added"),
    ("NAME", "Name"),
    ("BYTES", "File size"),
    ("PIXELS", "Picture size"),
    ("RATING", "Rating"),
    ("RELEVANCE", "Best match"),
    ("RANDOM", "Shuffled"),
)
MODES = (
    ("justified", "layout-dashboard", "Justified"),
    ("square", "grid-3x3", "Square"),
    ("list", "list", "Described"),
)
GROUPS = (("year", "Year"), ("month", "Month"), ("day", "Day"), ("none", "None"))


def gallery_page(request: Request, api_url: str) -> Response:
    return page(
        request,
        title="PiGallery",
        module="gallery-page",
        api_url=api_url,
        content=lambda: h.gallery_page(data_state="busy")[
            bar(search_box(), tools()),
            rail("photos", h.facet_panel(aria_label="Facets", role="group")),
            main(),
            ingest_line(),
            dock("photos", filters_button()),
            h.div(".shade", data_sheet_toggle=True),
            selection_bar(),
            view_menu(),
            question(),
            viewer(),
            share_dialog(),
        ],
    )


def size_slider() -> Node:
    return h.label(".size-slider", title="Thumbnail size")[
        icon("grid-3x3"),
        h.input("#tile-size", type="range", min="0", max="100", value="46", aria_label="Thumbnail size"),
        icon("image"),
    ]


def tools() -> Node:
    return [
        selecting(),
        size_slider(),
        h.button(".icon-button", type="button", popovertarget="view-menu", aria_label="View and order", title="View")[
            icon("sliders-horizontal")
        ],
    ]


def filters_button() -> Node:
    return h.button(type="button", data_sheet_toggle=True)[icon("funnel"), h.span["Filters"]]


def choices(name: str, options: tuple[tuple[str, str], ...] | list[tuple[str, str]], legend: str) -> Element:
    """A row of radio buttons that looks like one control."""
    return h.fieldset(".segments")[
        h.legend[legend],
        h.div[(h.label[h.input(type="radio", name=name, value=value), h.span[text]] for value, text in options)],
    ]


def view_menu() -> Node:
    return h.view_menu("#view-menu.menu", popover="auto", role="dialog", aria_label="View and order")[
        h.fieldset(".segments")[
            h.legend["Layout"],
            h.div[
                (
                    h.label[h.input(type="radio", name="mode", value=value), h.span[icon(image), text]]
                    for value, image, text in MODES
                )
            ],
        ],
        choices("group", GROUPS, "Group by"),
        h.div(".sorting")[
            h.label[
                h.span["Order"],
                h.select(name="sort")[(h.option(value=value)[text] for value, text in SORTS)],
            ],
            h.label(".toggle", title="Descending")[
                h.input(type="checkbox", name="descending", checked=True, aria_label="Newest or largest first"),
                icon("arrow-down-up"),
            ],
        ],
        choices("theme", list(THEMES.items()), "Theme"),
        choices("text", list(TEXTS.items()), "Text"),
    ]


def question() -> Node:
    return h.div("#question.menu.question", popover="auto", role="dialog", aria_label="The search as a filter")[
        h.h2["How this was read"],
        h.p,
        h.pre(tabindex="0", aria_label="The filter as GraphQL"),
        h.a(".button", href="/playground")["Open the playground"],
    ]


def main(*, visitor: bool = False) -> Node:
    """The photos. A visitor of a link is shown no way to anything else."""
    return h.main("#content", tabindex="-1")[
        h.div(".heading")[
            h.div(".where")[
                h.h1(".now")["Photos"],
                h.span(".total", role="status"),
                not visitor and add_pictures("/upload", hidden=True),
            ],
            h.search_chips(".chips", role="group", aria_label="What was understood", hidden=True),
        ],
        h.photo_timeline(tabindex="-1", role="region", aria_label="Photos")[h.div(".canvas")],
        h.date_scrubber(
            role="slider",
            tabindex="0",
            aria_label="Go to a date",
            aria_orientation="vertical",
            aria_valuemin="0",
            aria_valuemax="100",
            aria_valuenow="0",
            hidden=True,
        ),
        h.div(".state.state-busy", aria_hidden="true")[h.i, h.i, h.i, h.i, h.i, h.i, h.i, h.i, h.i, h.i, h.i, h.i],
        h.div(".state.state-empty")[
            h.div(".when-new")[
                icon("images"),
                h.h2["No photos yet"],
                not visitor
                and [
                    h.p["Photos appear here by themselves while folders are read in."],
                    h.code["pigallery ingest ~/Pictures"],
                    h.a(".button", href="/ingest")["See what is being read"],
                ],
            ],
            h.div(".when-nothing")[
                icon("search"),
                h.h2["Nothing matches"],
                h.p["No photo meets all of these conditions. Take one away, or try a broader word."],
                h.div(".nearby", role="group", aria_label="Near questions that have photos"),
                h.button(".button", type="button", data_reset=True)["Show all photos"],
            ],
        ],
        h.div(".state.state-failed", role="alert")[
            icon("cloud-off"),
            h.h2["The photos could not be fetched"],
            h.p[""],
            h.button(".button", type="button", data_retry=True)["Try again"],
        ],
        h.div(".offline-note", role="status")[icon("wifi-off"), "Offline. What was seen before still works."],
    ]


def add_pictures(to: str, *, hidden: bool = False) -> Node:
    """A button for files; `hidden` until it is known that whoever looks may add them."""
    return h.add_pictures(data_to=to, hidden=hidden)[
        h.label(".button")[
            icon("plus"),
            h.span["Add pictures"],
            h.input(".unseen", type="file", accept="image/*,.heic,.heif,.dng,.nef,.arw,.cr2,.cr3", multiple=True),
        ]
    ]


def ingest_line() -> Node:
    return h.ingest_line(role="region", aria_label="Photos being read in", hidden=True)[
        h.progress(max="1", aria_label="Photos read in"),
        h.a(".ingest-text", href="/ingest"),
    ]


def slide_show() -> Node:
    return h.slide_show(role="toolbar", aria_label="Slideshow", hidden=True)[
        h.button(".icon-button", type="button", data_play="turn", aria_label="Pause")[icon("circle-pause")],
        h.label[
            h.span["Each for"],
            h.select[(h.option(value=str(seconds))[f"{seconds} s"] for seconds in (3, 5, 10, 30))],
        ],
        h.button(".icon-button", type="button", data_play="stop", aria_label="End the slideshow", title="End (Esc)")[
            icon("x")
        ],
    ]


def viewer() -> Node:
    def act(name: str, image: str, label: str, key: str = "", **more: str) -> Element:
        title = f"{label} ({key})" if key else label
        return h.button(".icon-button", type="button", data_act=name, aria_label=label, title=title, **more)[
            icon(image)
        ]

    return h.photo_viewer[
        h.dialog(".viewer", aria_label="Photo")[
            h.photo_stage(tabindex="0", role="group", aria_label="Photo; arrows go to the next, plus and minus scale"),
            h.div(".viewer-bar")[
                act("close", "x", "Close", "Esc"),
                h.div(".viewer-name")[h.strong(".viewer-title"), h.span(".place-in-order")],
                h.span(".scale", hidden=True),
                h.div(".viewer-tools")[
                    act("out", "minus", "Smaller", "-"),
                    act("in", "plus", "Larger", "+"),
                    act("boxes", "scan", "Outline what was found", "b", aria_pressed="false"),
                    act("play", "play", "Slideshow", "p"),
                    act("favorite", "heart", "Favorite", "f", aria_pressed="false"),
                    h.a(
                        ".icon-button",
                        href="#",
                        download=True,
                        data_act="download",
                        aria_label="Download the original",
                        title="Download (d)",
                    )[icon("download")],
                    act("trash", "trash-2", "Move to the trash", "Delete"),
                    act("info", "info", "Details", "i", aria_pressed="false"),
                ],
            ],
            act("previous", "chevron-left", "Previous photo", "←"),
            act("next", "chevron-right", "Next photo", "→"),
            slide_show(),
            h.photo_details(role="complementary", aria_label="Details"),
        ]
    ]
