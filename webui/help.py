"""What the page can do, and which keys do it."""

from __future__ import annotations

import htpy as h
from starlette.requests import Request
from starlette.responses import Response

from webui.frame import bar, dock, page, rail
from webui.search import search_box

KEYS = (
    (
        "Anywhere",
        (
            ("/", "Go to the search box"),
            ("Esc", "Close what is open; clear the search"),
            ("\\", "Load the page again"),
            ("?", "This page"),
        ),
    ),
    (
        "Photos",
        (
            ("← → ↑ ↓", "Move from photo to photo"),
            ("Enter", "Open the photo"),
            ("PgUp PgDn", "One window up or down"),
            ("Home End", "Newest or oldest"),
            (".", "Next order: date, name, size, shuffled…"),
            (",", "Show descriptions"),
            ("X", "Select the photo (or hold it down; with Shift all up to it)"),
            ("Ctrl A", "Select all that was found"),
            ("F 1…5 T D Del", "Favorite, rate, tag, download or trash what is selected"),
            ("+ −", "Larger or smaller thumbnails"),
        ),
    ),
    (
        "One photo",
        (
            ("← →", "Previous, next (or swipe)"),
            ("+ − 0", "Scale from 50 to 500 % (or wheel, pinch, double click); fit"),
            ("B", "Outline the objects, faces and texts that were found"),
            ("F", "Favorite"),
            ("1…5", "Rate; the same again takes the rating away"),
            ("T", "Add a tag"),
            ("Del", "Move to the trash"),
            ("I", "Show or hide the details"),
            ("D", "Download the original"),
            ("P", "Slideshow from this photo on; Space pauses it"),
            ("Esc", "Back to the photos, where you were"),
        ),
    ),
)
MODELS = (
    ("/live", "Live camera", "What the models see in your camera, while it runs. Nothing of it is kept."),
    ("/compare", "Compare models", "What several models say of the same photos, how fast, and how often alike."),
)
"""Address, name, what it is for."""
SEARCHES = (
    ("clothing", "Broader words find narrower ones: a gown is clothing."),
    ("convertible", "Words that nobody typed in: they were seen in the picture."),
    ("country:croatia year:2019", "Terms with a key are exact."),
    ("wide night", "Lens and light, from the camera's own facts."),
    ("camera:sony -tag:dog", "A minus leaves something out."),
    ("two people at the beach in summer", "A sentence works too; what was understood is shown as chips."),
    ("latest 20 photos not in Croatia", "How many, and which first."),
)


def help_page(request: Request, api_url: str) -> Response:
    return page(
        request,
        title="Help · PiGallery",
        module="page-frame",
        api_url=api_url,
        content=lambda: h.div(".plain-page")[
            bar(search_box(), None),
            rail("help"),
            h.main("#content.page", tabindex="-1")[
                h.h1["Help"],
                h.h2["Searching"],
                h.p[
                    "Type words, a sentence, or ",
                    h.code["key:value"],
                    " terms. Each becomes a chip: open it to turn it round, for something broader or narrower, or "
                    "to choose what else it can mean; close it to take it away. What was not understood is marked and "
                    "looked for as text. Best matches come first; wider results follow under a heading of their own.",
                ],
                h.p[
                    "“My daughter” and “at home” are understood once you have told ",
                    h.a(href="/me")["who and where that is"],
                    ". “Most similar to this” means the photo you had open last.",
                ],
                h.ul(".examples")[
                    (
                        h.li[h.a(href=f"/?q={text.replace(' ', '+').replace(':', '%3A')}")[text], h.span[said]]
                        for text, said in SEARCHES
                    )
                ],
                h.p[
                    "In the panel on the left a click narrows to a value, the minus beside it (or Alt-click) leaves it "
                    "out, and all counts follow. Every view has an address: bookmark it, send it, or go back."
                ],
                h.h2["Keyboard"],
                h.div(".key-tables")[
                    (
                        h.section[
                            h.h3[title],
                            h.dl[([h.dt[(h.kbd[key] for key in keys.split(" "))], h.dd[said]] for keys, said in rows)],
                        ]
                        for title, rows in KEYS
                    )
                ],
                h.h2["The models at work"],
                h.ul(".examples")[(h.li[h.a(href=address)[name], h.span[said]] for address, name, said in MODELS)],
                h.h2["Asking by program"],
                h.p[
                    "Everything on these pages comes from one GraphQL graph. Try it in the ",
                    h.a(href="/playground")["playground"],
                    ".",
                ],
            ],
            dock("help"),
        ],
    )
