"""What can be done with chosen photos: a bar that appears with the first of them."""

from __future__ import annotations

import htpy as h
from htpy import Element, Node

from webui.icons import icon


def _act(name: str, image: str, label: str, key: str = "") -> Element:
    title = f"{label} ({key})" if key else label
    return h.button(".icon-button", type="button", data_chosen=name, aria_label=label, title=title)[icon(image)]


def _entry(name: str, image: str, label: str) -> Element:
    return h.button(type="button", data_chosen=name)[icon(image), h.span[label]]


def share(what: str, label: str) -> Element:
    """Opens the share dialog, for what is `chosen` or all that is in `view`."""
    return h.button(".icon-button", type="button", data_share=what, aria_label=label, title=label)[icon("share-2")]


def selection_bar() -> Node:
    return [
        h.selection_bar(role="toolbar", aria_label="Selected photos", hidden=True)[
            _act("clear", "x", "Select nothing", "Esc"),
            h.strong(".chosen-count"),
            h.button(".text-button", type="button", data_chosen="all")["Select all"],
            h.div(".chosen-acts")[
                _act("favorite", "heart", "Favorite", "f"),
                h.button(
                    ".icon-button",
                    type="button",
                    popovertarget="chosen-rating",
                    aria_label="Rate",
                    title="Rate (1 to 5)",
                )[icon("star")],
                _act("tag", "tag", "Add a tag", "t"),
                _act("place", "map-pin", "Correct the place"),
                _act("collect", "folder-plus", "Add to an album"),
                share("chosen", "Share the selected photos"),
                _act("download", "download", "Download", "d"),
                _act("trash", "trash-2", "Move to the trash", "Delete"),
                _act("restore", "rotate-ccw", "Restore from the trash"),
                h.button(".icon-button", type="button", popovertarget="chosen-more", aria_label="More", title="More")[
                    icon("ellipsis")
                ],
            ],
        ],
        h.div("#chosen-rating.menu.chosen-menu", popover="auto", role="dialog", aria_label="Rate")[
            h.div(".stars")[
                (
                    h.button(".icon-button", type="button", data_chosen="rate", value=str(n), aria_label=f"{n} of 5")[
                        icon("star"), str(n)
                    ]
                    for n in range(1, 6)
                )
            ],
            h.button(type="button", data_chosen="rate", value="0")[icon("x"), h.span["No rating"]],
        ],
        h.div("#chosen-more.menu.chosen-menu", popover="auto", role="dialog", aria_label="More to do")[
            _entry("untag", "tags", "Take a tag away"),
            _entry("title", "type", "Set the title"),
            _entry("uncollect", "folder", "Take out of this album"),
            _entry("cover", "image", "Show the album by this photo"),
            _entry("reanalyze", "scan", "Look at them again"),
            _entry("forget", "trash-2", "Delete from the library"),
        ],
    ]


def selecting() -> Node:
    """Buttons of the top bar."""
    return [
        h.button(
            ".icon-button",
            type="button",
            data_chosen="save",
            aria_label="Save this search as an album",
            title="Save this search as an album",
            hidden=True,
        )[icon("folder-plus")],
        share("view", "Share these photos"),
        h.button(
            ".icon-button", type="button", data_chosen="start", aria_label="Select photos", title="Select photos (x)"
        )[icon("circle-check")],
    ]
