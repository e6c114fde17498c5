"""People: everybody in the photos, and one of them. The elements fill in what the library knows."""

from __future__ import annotations

import htpy as h
from htpy import Node
from starlette.requests import Request
from starlette.responses import Response

from webui.frame import bar, dock, page, rail
from webui.icons import icon
from webui.search import search_box


def people_page(request: Request, api_url: str) -> Response:
    return page(
        request,
        title="People · PiGallery",
        module="people-page",
        api_url=api_url,
        content=lambda: h.people_page(".plain-page")[
            bar(search_box(), None),
            rail("people"),
            h.main("#content.page.wide-page", tabindex="-1")[
                h.div(".page-head")[
                    h.div[h.h1["People"], h.p(".faint.people-total", role="status")["Asking…"]],
                    h.div(".page-tools")[
                        h.label(".find-name")[
                            icon("search"), h.input(type="search", placeholder="Find a name", aria_label="Find a name")
                        ],
                        h.label(".button.toggle-button")[
                            h.input(".unseen", type="checkbox", name="hidden"), icon("eye-off"), h.span["Hidden"]
                        ],
                    ],
                ],
                h.section(".maybe", aria_label="Maybe the same", hidden=True)[
                    h.div(".section-head")[
                        h.h2["Is this the same person?"],
                        h.p(".faint")[h.kbd["y"], " yes ", h.kbd["n"], " no"],
                    ],
                    h.ul(".maybe-list"),
                ],
                h.section(".named", hidden=True)[h.ul(".people-grid")],
                h.section(".unnamed", hidden=True)[h.h2["Not named yet"], h.ul(".people-grid"), more_button()],
                h.div(".page-empty", hidden=True)[
                    icon("users"),
                    h.h2["Nobody was found yet"],
                    h.p["People appear here when two photos show the same face. They are looked for by themselves."],
                    h.a(".button", href="/ingest")["See what is being read"],
                ],
            ],
            chosen_bar(
                ("merge", "merge", "Same person"),
                ("hide", "eye-off", "Hide"),
                ("dismiss", "user-x", "Not a person"),
            ),
            dock("people"),
        ],
    )


def person_page(request: Request, api_url: str) -> Response:
    return page(
        request,
        title="Person · PiGallery",
        module="person-page",
        api_url=api_url,
        content=lambda: h.person_page(".plain-page")[
            bar(search_box(), None),
            rail("people"),
            h.main("#content.page.wide-page", tabindex="-1")[
                h.h1(".unseen")["Person"],
                h.a(".back-link", href="/people")[icon("chevron-left"), "People"],
                h.div(".person-head", aria_busy="true")[
                    h.img(".person-cover", alt=""),
                    h.form(".person-facts")[
                        h.input(
                            ".person-name",
                            name="name",
                            aria_label="Name",
                            placeholder="Who is this?",
                            autocomplete="off",
                            maxlength="200",
                            list="people-names",
                        ),
                        h.p(".faint.person-count", role="status")["Asking…"],
                        h.label(".birthday")[
                            icon("cake"), h.span["Birthday"], h.input(type="date", name="birthday", max="9999-12-31")
                        ],
                        h.div(".person-actions")[
                            h.a(".button.primary", href="/")[icon("images"), "Photos"],
                            h.button(".button", type="button", data_act="hide")[icon("eye-off"), h.span["Hide"]],
                            h.button(".button", type="button", data_act="dismiss")[icon("user-x"), "Not a person"],
                        ],
                    ],
                ],
                h.h2["Faces"],
                h.p(".faint")["Choose faces that are somebody else, or one to be the cover."],
                h.ul(".face-grid"),
                more_button(),
            ],
            chosen_bar(
                ("cover", "image", "Use as cover"),
                ("split", "split", "Somebody else…"),
                ("nobody", "user-x", "Not a face"),
            ),
            dock("people"),
        ],
    )


def more_button() -> Node:
    return h.button(".button.more", type="button", data_act="more", hidden=True)["Show more"]


def chosen_bar(*acts: tuple[str, str, str]) -> Node:
    """What can be done with everything that is chosen."""
    return h.div(".chosen-bar", role="toolbar", aria_label="With those chosen", hidden=True)[
        h.span(".chosen-count", role="status"),
        (h.button(".button", type="button", data_act=act)[icon(image), h.span[label]] for act, image, label in acts),
        h.button(".icon-button", type="button", data_act="clear", aria_label="Choose none", title="Choose none (Esc)")[
            icon("x")
        ],
    ]
