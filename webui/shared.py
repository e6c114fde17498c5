"""What a visitor sees at a link: the gallery of what is shared, or the door to it. No way leads to the rest."""

from __future__ import annotations

from typing import Any

import htpy as h
from htpy import Node
from starlette.requests import Request
from starlette.responses import Response

from webui.frame import mark, page
from webui.gallery import add_pictures, main, question, size_slider, view_menu, viewer
from webui.icons import icon
from webui.search import search_box


def shared_page(request: Request, api_url: str) -> Response:
    """`request.state.shared`: what the server in front tells of the link (see there); nothing: the link is over."""
    about: dict[str, Any] = getattr(request.state, "shared", {"state": "over"})
    if about["state"] == "open":
        return _gallery(request, about)
    response = _door(request, about["state"])
    if about["state"] == "over":
        response.status_code = 404
    return response


def _gallery(request: Request, about: dict[str, Any]) -> Response:
    return page(
        request,
        title=about["name"],
        module="shared-page",
        api_url=about["base"],
        kept=False,
        head=[h.meta(name="pigallery-base", content=about["base"]), _card(about)],
        content=lambda: h.gallery_page(
            ".shared", data_state="busy", data_download=about["download"], data_shared=about["name"]
        )[
            h.header(".bar.shared-bar")[
                h.div(".bar-start")[
                    h.a(".brand", href=about["base"], data_view="photos", aria_label=f"{about['name']}, all photos")[
                        mark(), h.span[about["name"]]
                    ]
                ],
                search_box(),
                h.div(".bar-end")[
                    about["contribute"] and add_pictures("/contribute"),
                    about["download"] == "original"
                    and h.button(
                        ".icon-button.download-all",
                        type="button",
                        aria_label="Download these photos",
                        title="Download these photos",
                    )[icon("download")],
                    size_slider(),
                    h.button(
                        ".icon-button",
                        type="button",
                        popovertarget="view-menu",
                        aria_label="View and order",
                        title="View",
                    )[icon("sliders-horizontal")],
                ],
            ],
            h.facet_panel(hidden=True),
            main(visitor=True),
            view_menu(),
            question(),
            viewer(),
        ],
    )


def _card(about: dict[str, Any]) -> Node:
    """What chat programs show beside the link; of a locked link they learn nothing."""
    if "address" not in about:
        return None
    number = about["count"]
    told = {
        "og:type": "website",
        "og:title": about["name"],
        "og:description": f"{number:,} photo{'' if number == 1 else 's'}",
        "og:url": about["address"],
        "og:image": about["card"],
    }
    return [h.meta(property=name, content=value) for name, value in told.items()]


DOORS = {
    "locked": ("These photos have a password", "Whoever sent you the link knows it."),
    "closed": ("Photos for you", "This link can be opened a limited number of times."),
    "over": ("This link is over", "Ask whoever sent it for a new one."),
}


def _door(request: Request, state: str) -> Response:
    title, said = DOORS[state]
    return page(
        request,
        title="Shared photos",
        module="shared-door",
        kept=False,
        head=[h.meta(property="og:title", content="Shared photos")],
        content=lambda: h.main("#content.door", tabindex="-1")[
            h.shared_door[
                mark(),
                h.h1[title],
                h.p[said],
                state != "over"
                and h.form[
                    state == "locked"
                    and h.input(
                        name="password",
                        type="password",
                        autocomplete="current-password",
                        aria_label="Password",
                        placeholder="Password",
                        required=True,
                    ),
                    h.button(".button.primary", type="submit")["See the photos"],
                    h.p(".said", role="alert"),
                ],
            ]
        ],
    )
