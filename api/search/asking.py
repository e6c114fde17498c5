"""`ask`: a sentence put to a library as a viewer sees it. The vocabulary is kept as long as it is true."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from time import monotonic
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from api.meaning import can_embed
from api.search import respelling
from api.search.mine import AboutMe, about_me
from api.search.suggesting import Suggestion, suggest
from api.search.tokens import english
from api.search.understanding import understand, understand_filter
from api.search.understood import Understood
from api.search.vocabulary import KnownAlbum, KnownPerson, KnownPlace, Vocabulary
from api.turning import Edit
from schema.filter.compose import parts
from schema.filter.nodes import EVERYTHING, CameraFilter, ImageFilter
from schema.graph import Image, PlaceLevel
from schema.patience import for_everybody, preparing
from schema.policy import Viewer
from schema.query import FacetBy, Sort
from schema.visibility import sees_cameras, sees_names, sees_paths, sees_places

if TYPE_CHECKING:
    from schema.library import Library
    from schema.view import View

log = logging.getLogger("pigallery")

FRESH_S = 5.0
"""While pictures come in, a new vocabulary is made at most this often, beside the questions that use the old one; names
of people and albums are always of now."""
_VIEWERS = 32
"""Vocabularies kept per library."""
MOST_TAGS, MOST_PLACES, MOST_FOLDERS, MOST_CAMERAS = 50_000, 20_000, 5_000, 2_000
MOST_MODELS_LOOKED_AT = 200
"""Camera models whose maker is looked up, the most used first."""
POPULOUS = 50_000
"""Cities without pictures are known from this size on; smaller ones bear the names of too many things."""


def forget(library: Library) -> None:
    """Make all vocabularies anew: what they were made of has changed beside the library itself."""
    _kept.pop(library, None)


@dataclass(frozen=True, slots=True)
class _Kept:
    vocabulary: Vocabulary
    version: int
    names: tuple[object, ...]
    made: float


_kept: WeakKeyDictionary[Library, OrderedDict[Viewer, _Kept]] = WeakKeyDictionary()
_remaking: set[asyncio.Task[Vocabulary]] = set()


async def ask(
    view: View, text: str, today: date | None = None, edits: Sequence[Edit] = (), current: str | None = None
) -> Understood:
    """What a sentence means in the library as this viewer sees it. `current`: the image that `this` means."""
    vocabulary = (await vocabulary_of(view)).looking_at(current)
    day = today or datetime.now().date()
    found = understand(text, vocabulary, day, edits=edits)
    if not found.unknown or view.library.embed is None:
        return found
    meant = understand(text, vocabulary, day, edits=edits, by_meaning=True)
    texts = {part.semantic.text for _, part in parts(meant.filter) if part.semantic is not None}
    if not texts or not await asyncio.to_thread(can_embed, view.library.embed, texts):
        return found
    return meant


async def ask_filter(view: View, asked: ImageFilter) -> Understood:
    """A filter as its conditions, in this library's words."""
    return understand_filter(asked, await vocabulary_of(view))


async def suggestions(view: View, prefix: str, limit: int = 8) -> list[Suggestion]:
    """How what is being typed may go on."""
    return suggest(prefix, await vocabulary_of(view), limit)


async def vocabulary_of(view: View) -> Vocabulary:
    """This library's words for this viewer, from the last time when nothing has changed."""
    library, viewer = view.library, view.viewer
    kept = _kept.setdefault(library, OrderedDict())
    found = kept.get(viewer)
    if found is None or found.names != _names(library):
        return await _remake(view)
    kept.move_to_end(viewer)
    if found.version != library.version and monotonic() - found.made > FRESH_S:
        kept[viewer] = replace(found, made=monotonic())
        task = asyncio.create_task(_remake(view), context=for_everybody())
        _remaking.add(task)
        task.add_done_callback(_remade)
    return found.vocabulary


def _names(library: Library) -> tuple[object, ...]:
    return tuple(library.people.values()), tuple(library.albums.values())


async def _remake(view: View) -> Vocabulary:
    library = view.library
    names, version = _names(library), library.version
    async with preparing():
        await asyncio.to_thread(english)
        vocabulary = await from_view(view)
    kept = _kept.setdefault(library, OrderedDict())
    kept[view.viewer] = _Kept(vocabulary, version, names, monotonic())
    while len(kept) > _VIEWERS:
        kept.popitem(last=False)
    return vocabulary


def _remade(task: asyncio.Task[Vocabulary]) -> None:
    """A vocabulary that could not be made anew (the library was closed, say) leaves the old one in use."""
    _remaking.discard(task)
    if not task.cancelled() and task.exception() is not None:
        log.info("the words of the library could not be read again: %s", task.exception())


async def from_view(view: View) -> Vocabulary:
    """Everything in the viewer's images that has a name: eight facets, and one picture of each camera model."""
    library, viewer = view.library, view.viewer
    about = await about_me(view)
    makes, models = await _cameras(view) if sees_cameras(viewer) else ({}, {})
    vocabulary = Vocabulary(
        lexicon=library.lexicon,
        people=await _people(view, about) if sees_names(viewer) else (),
        places=await _places(view) if sees_places(viewer) else (),
        tags=await _counts(view, FacetBy.TAG, MOST_TAGS),
        makes=makes,
        models=models,
        lenses=await _counts(view, FacetBy.LENS, MOST_CAMERAS) if sees_cameras(viewer) else {},
        albums=tuple(KnownAlbum(album.id, album.name) for album in await view.albums()),
        folders=await _counts(view, FacetBy.FOLDER, MOST_FOLDERS) if sees_paths(viewer) else {},
        me=about.person,
        home=about.home,
        years=await _years(view),
        elsewhere=_elsewhere(library),
        anywhere=_anywhere(library),
    )
    await asyncio.to_thread(_prepare, vocabulary)
    return vocabulary


def _prepare(vocabulary: Vocabulary) -> None:
    vocabulary.prepare()
    respelling.prepare(vocabulary.lexicon)


async def _counts(view: View, by: FacetBy, most: int) -> dict[str, int]:
    return {value.value: value.count for value in await view.facets(EVERYTHING, by, most)}


async def _people(view: View, about: AboutMe) -> tuple[KnownPerson, ...]:
    counts = await _counts(view, FacetBy.PERSON, MOST_TAGS)
    return tuple(
        KnownPerson(
            id=person.id,
            name=person.name,
            count=counts.get(f"person:{person.id}", 0),
            relation=about.relations.get(person.id, ""),
            birthday=person.birthday,
        )
        for person in await view.people()
        if person.name
    )


async def _places(view: View) -> tuple[KnownPlace, ...]:
    counts = await _counts(view, FacetBy.PLACE, MOST_PLACES)
    found = await view.places(list(counts))
    return tuple(
        KnownPlace(place.key, place.level.value, place.name, counts.get(place.key, 0), place.parent) for place in found
    )


async def _cameras(view: View) -> tuple[dict[str, int], dict[str, int]]:
    """Makers and models. Pictures are counted by model, or by maker where they name no model; who makes a model stands
    in any of its pictures."""
    makes: dict[str, int] = {}
    models: dict[str, int] = {}
    for at, (name, count) in enumerate((await _counts(view, FacetBy.CAMERA, MOST_CAMERAS)).items()):
        image: Image | None = None
        if at < MOST_MODELS_LOOKED_AT:
            asked = ImageFilter(camera=CameraFilter(model=(name,)))
            _, found = await view.page(asked, Sort(), 1, fields=frozenset())
            image = next((one for one in found if one.model == name), None)
            if image is None:
                makes[name] = makes.get(name, 0) + count
                continue
        models[name] = count
        if image is not None and image.make:
            makes[image.make] = makes.get(image.make, 0) + count
    return makes, models


async def _years(view: View) -> tuple[int, int] | None:
    years = [int(year) for year in await _counts(view, FacetBy.YEAR, 1000) if year.isdecimal()]
    return (min(years), max(years)) if years else None


def _elsewhere(library: Library) -> Callable[[str], Sequence[KnownPlace]]:
    def find(name: str) -> list[KnownPlace]:
        return [
            KnownPlace(place.key, place.level.value, place.name, 0, place.parent)
            for place in library.gazetteer.find(name, limit=5)
            if place.level is not PlaceLevel.CITY or place.population >= POPULOUS
        ]

    return find


def _anywhere(library: Library) -> Callable[[str], KnownPlace | None]:
    def find(key: str) -> KnownPlace | None:
        place = library.gazetteer.place(key)
        return KnownPlace(place.key, place.level.value, place.name, 0, place.parent) if place is not None else None

    return find


WARMING = (
    "happy woman in her 20ies in Miami, wearing a red dress and dining outdoors",
    "country:us year:2019 is:favorite",
    "3 best photos of a smilng boy with a dog on the beach last summer, not blurry, iso over 800",
)
"""Between them they go through every rule, and through a typing error."""


async def warm_up(view: View) -> None:
    """Make what the first sentence would wait for: the language, the tables of the rules, the words of the library."""
    await asyncio.to_thread(english)
    await vocabulary_of(view)
    for sentence in WARMING:
        await ask(view, sentence)
        await suggestions(view, sentence[:2])
