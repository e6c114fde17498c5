"""Who "me" is: told once, so that "my daughter" and "at home" mean something in the search box."""

from __future__ import annotations

import htpy as h
from starlette.requests import Request
from starlette.responses import Response

from webui.frame import bar, dock, page, rail
from webui.icons import icon
from webui.search import search_box


def me_page(request: Request, api_url: str) -> Response:
    return page(
        request,
        title="Me and mine · PiGallery",
        module="about-me",
        api_url=api_url,
        content=lambda: h.about_me(".plain-page")[
            bar(search_box(), None),
            rail("help"),
            h.main("#content.page", tabindex="-1")[
                h.h1["Me and mine"],
                h.p["What these words mean in your searches: me, my daughter, our kids, at home."],
                h.form(".mine", aria_busy="true")[
                    h.label[h.span["I am"], h.select(name="person")],
                    h.fieldset[
                        h.legend["Who is who to me"],
                        h.ul(".relations"),
                        h.button(".button", type="button", data_act="add")[icon("plus"), "Add somebody"],
                    ],
                    h.fieldset[
                        h.legend["Home"],
                        h.label[
                            h.span["Place, or latitude and longitude"],
                            h.input(name="home", autocomplete="off", placeholder="Zagreb, or 45.81, 15.98"),
                        ],
                        h.label[
                            h.span["Kilometers around it"],
                            h.input(name="km", type="number", min="0.05", max="100", step="any", value="0.3"),
                        ],
                    ],
                    h.p(".said", role="status"),
                    h.button(".button.primary", type="submit")["Save"],
                ],
            ],
            dock("help"),
        ],
    )
