"""The search box. Without its element it is a plain form that leads to the gallery."""

from __future__ import annotations

import htpy as h
from htpy import Node

from webui.icons import icon


def search_box() -> Node:
    return h.search_box[
        h.form(role="search", action="/", autocomplete="off")[
            icon("search"),
            h.input(
                "#q",
                type="search",
                name="q",
                placeholder="Search: a dress in Miami, wide night, camera:sony",
                role="combobox",
                aria_label="Search the photos",
                aria_expanded="false",
                aria_controls="suggestions",
                aria_autocomplete="list",
                autocapitalize="off",
                spellcheck="false",
                enterkeyhint="search",
            ),
            h.button(".clear.icon-button", type="button", aria_label="Clear the search")[icon("x")],
            h.kbd(aria_hidden="true")["/"],
        ],
        h.div("#suggestions.suggestions", role="listbox", aria_label="Suggestions", hidden=True),
    ]
