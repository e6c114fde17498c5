"""The world map of the photos."""

from __future__ import annotations

import htpy as h
from starlette.requests import Request
from starlette.responses import Response

from webui.assets import PACKAGED
from webui.frame import bar, dock, page, rail
from webui.search import search_box


def places_page(request: Request, api_url: str) -> Response:
    return page(
        request,
        title="Places · PiGallery",
        module="places-map",
        api_url=api_url,
        styles=("leaflet/dist/leaflet.css",),
        content=lambda: h.div(".plain-page.map-page")[
            bar(search_box(), None),
            rail("places"),
            h.main("#content", tabindex="-1")[
                h.h1(".unseen")["Places"],
                h.places_map(
                    data_world=PACKAGED.address("world-atlas/countries-50m.json"),
                    data_topojson=PACKAGED.address("topojson-client/dist/topojson-client.min.js"),
                ),
            ],
            dock("places"),
        ],
    )
