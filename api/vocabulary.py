"""What a viewer can ask about in words: gathered from `View`, kept while the library stays as it is."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from schema.filter.nodes import EVERYTHING, AlbumFilter, CameraFilter, ImageFilter
from schema.graph import PlaceLevel
from schema.policy import Capability, Viewer
from schema.query import FacetBy, Sort

if TYPE_CHECKING:
    from api.search.vocabulary import KnownPlace, Vocabulary
    from schema.graph import Place
    from schema.view import View

FRESH_S = 10.0
"""While an import changes the library all the time, words may lag behind it by this much."""
KEPT = 32
"""Viewers."""
MOST = 100_000
"""Values of one kind."""
LARGE_CITY = 50_000
"""People."""
CAMERAS = 200
"""Whose makers are looked up."""


class Vocabularies:
    """One vocabulary for each viewer of a library."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Viewer, tuple[int, float, Vocabulary]] = OrderedDict()
        self._gathering = asyncio.Lock()

    async def of(self, view: View) -> Vocabulary:
        """What this viewer's sentences may name."""
        async with self._gathering:
            version, now = view.library.version, time.monotonic()
            kept = self._kept.get(view.viewer)
            if kept is not None and (kept[0] == version or now - kept[1] < FRESH_S):
                return kept[2]
            found = await gather(view)
            self._kept[view.viewer] = (version, time.monotonic(), found)
            self._kept.move_to_end(view.viewer)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return found


async def _counts(view: View, by: FacetBy) -> dict[str, int]:
    return {value.value: value.count for value in await view.facets(EVERYTHING, by, MOST)}


async def _makes(view: View, cameras: dict[str, int]) -> dict[str, int]:
    """Makers of the cameras: each asked of one picture of it."""
    makes: dict[str, int] = {}
    for camera, count in list(cameras.items())[:CAMERAS]:
        either = ImageFilter(
            or_=(
                ImageFilter(camera=CameraFilter(model=(camera,))),
                ImageFilter(camera=CameraFilter(make=(camera,))),
            )
        )
        _, images = await view.page(either, Sort(), 1, fields=frozenset())
        if images and images[0].make:
            makes[images[0].make] = makes.get(images[0].make, 0) + count
    return makes


def _known(place: Place, count: int = 0) -> KnownPlace:
    from api.search.vocabulary import KnownPlace

    return KnownPlace(key=place.key, level=place.level.value, name=place.name, count=count, parent=place.parent)


def _is_large(place: Place) -> bool:
    """A place without pictures is worth naming when most people know it: else `cars` would be a village in France."""
    return place.level is not PlaceLevel.CITY or place.population >= LARGE_CITY


async def gather(view: View) -> Vocabulary:
    """Ask the library for everything that has a name; only what this viewer may see is found."""
    from api.search.vocabulary import KnownAlbum, KnownPerson, Vocabulary

    library = view.library
    people, shown = await view.people(), await _counts(view, FacetBy.PERSON)
    cameras, years = await _counts(view, FacetBy.CAMERA), await _counts(view, FacetBy.YEAR)
    places: list[KnownPlace] = []
    if view.viewer.may(Capability.LOCATION):
        there = await _counts(view, FacetBy.PLACE)
        places = [_known(place, there[place.key]) for place in await view.places(list(there))]
    albums = [
        KnownAlbum(album.id, album.name, await view.count(ImageFilter(album=AlbumFilter(any=(f"album:{album.id}",)))))
        for album in await view.albums()
    ]
    seen = sorted(int(year) for year in years if year.isdecimal())
    return Vocabulary(
        lexicon=library.lexicon,
        people=tuple(
            KnownPerson(person.id, person.name, shown.get(f"person:{person.id}", 0), birthday=person.birthday)
            for person in people
            if person.name
        ),
        places=tuple(places),
        tags=await _counts(view, FacetBy.TAG),
        makes=await _makes(view, cameras),
        models=cameras,
        lenses=await _counts(view, FacetBy.LENS),
        albums=tuple(albums),
        folders=await _counts(view, FacetBy.FOLDER) if view.viewer.may(Capability.IMPORT) else {},
        years=(seen[0], seen[-1]) if seen else None,
        elsewhere=lambda name: [_known(place) for place in library.gazetteer.find(name) if _is_large(place)],
    )
