"""What a well-formed filter may still get wrong: contradictory ranges, impossible days, crossed outlines, odd names."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from functools import singledispatch

from schema import color
from schema.errors import BadFilter
from schema.filter.compose import step
from schema.filter.nodes import (
    AtLeast,
    Box,
    CameraFilter,
    ColorFilter,
    FaceFilter,
    FilterNode,
    Hours,
    ImageFilter,
    Near,
    PathFilter,
    PlaceFilter,
    Range,
    SemanticFilter,
    SetFilter,
    SimilarBy,
    SimilarFilter,
    TagFilter,
    TextFilter,
    ThisDay,
    TimeFilter,
)
from schema.words import query_words, words

DEPTH = 64
"""How deep objects may lie in each other."""
PARTS = 1_000
"""How many objects a filter may have."""
VALUES = 10_000
"""How many values in all its lists together."""
LENGTH = 4_096
"""Characters of one text."""
CORNERS = 1_000

Problem = tuple[str, str]
"""Path of the wrong part and a sentence."""

_SYNSET_LIKE = re.compile(r"\S.*\.[a-z]\.\d+")
_SYNSET = re.compile(r"[^\s.][^\s]*\.[nvasr]\.\d{2,3}")
_REFERENCE = {
    "image": re.compile(r"image:[1-9]\d{0,9}|[1-9]\d{0,9}"),
    "person": re.compile(r"person:[1-9]\d{0,17}"),
    "album": re.compile(r"album:[1-9]\d{0,17}"),
    "share": re.compile(r"share:\S+"),
    "place": re.compile(r"geo:\d{1,18}|country:[A-Z]{2}|region:[A-Z]{2}\.\w{1,20}|continent:[A-Z]{2}"),
}
_EXAMPLE = {
    "image": "image:42",
    "person": "person:12 or a name",
    "album": "album:3 or a name",
    "share": "share:… or its key",
    "place": "geo:4164138, region:HR.18, country:HR, continent:EU or a name",
}
_PREFIX = re.compile(r"(image|person|album|share|geo|country|region|continent):")


def check(asked: ImageFilter) -> ImageFilter:
    """The filter itself. Raises BadFilter, with the path, for the first part that cannot be meant."""
    for path, sentence in problems(asked):
        raise BadFilter(sentence, path)
    return asked


def problems(part: FilterNode, depth: int = 1) -> Iterator[Problem]:
    """All that is wrong, outer parts first. Paths use the JSON names."""
    if depth > DEPTH:
        yield "", f"the filter is nested deeper than {DEPTH} levels; lay it flat"
        return
    yield from own_problems(part)
    for name in part.model_fields_set:
        value = getattr(part, name)
        if isinstance(value, FilterNode):
            yield from at(_alias(part, name), problems(value, depth + 1))
        elif isinstance(value, tuple):
            for i, item in enumerate(value):
                if isinstance(item, FilterNode):
                    yield from at(step(_alias(part, name), i), problems(item, depth + 1))
                elif isinstance(item, str) and not item.strip():
                    yield step(_alias(part, name), i), "this is empty; write what is meant or leave it out"


def at(path: str | int, found: Iterable[Problem]) -> Iterator[Problem]:
    """Problems of a part, seen from what holds it."""
    for below, sentence in found:
        yield f"{path}.{below}" if below else str(path), sentence


def _alias(part: FilterNode, name: str) -> str:
    return type(part).model_fields[name].alias or name


def references(kind: str, given: tuple[str, ...]) -> Iterator[Problem]:
    """Names are free; what begins like a reference must be one of this kind, and images have no names."""
    for i, reference in enumerate(given):
        named = kind != "image" and not _PREFIX.match(reference)
        if not named and not _REFERENCE[kind].fullmatch(reference):
            yield str(i), f"'{reference[:80]}' does not name {_a(kind)}; write {_EXAMPLE[kind]}"
        elif kind == "image" and int(reference.removeprefix("image:")) >= 2**32:
            yield str(i), f"'{reference}' is larger than any image number"


def reference(kind: str, given: str) -> Iterator[Problem]:
    yield from (("", sentence) for _, sentence in references(kind, (given,)))


def concepts(given: tuple[str, ...]) -> Iterator[Problem]:
    for i, concept in enumerate(given):
        if _SYNSET_LIKE.fullmatch(concept) and not _SYNSET.fullmatch(concept):
            yield str(i), f"'{concept[:80]}' is not a synset name; they look like gown.n.01"


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _lists(part: SetFilter) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from (("any", part.any), ("all", part.all), ("none", part.none), ("only", part.only))
    if part.at_least is not None:
        yield "atLeast.of", part.at_least.of


@singledispatch
def own_problems(part: FilterNode) -> Iterator[Problem]:
    """What is wrong in a part itself, not below it."""
    yield from ()


@own_problems.register
def _(part: ImageFilter) -> Iterator[Problem]:
    if part.ids is not None:
        yield from at("ids", references("image", part.ids))
    for kind, asked in (("person", part.person), ("album", part.album), ("share", part.share)):
        for name, given in _lists(asked) if asked is not None else ():
            yield from at(f"{kind}.{name}", references(kind, given))


@own_problems.register
def _(part: Range) -> Iterator[Problem]:
    if part.min is not None and part.max is not None and part.min > part.max:
        yield "", f"min {part.min:g} is more than max {part.max:g}; nothing can lie between"


@own_problems.register
def _(part: AtLeast) -> Iterator[Problem]:
    different = len(set(part.of))
    if part.k > different:
        yield "k", f"{part.k} of {different} different ones cannot be; name more or ask for fewer"


@own_problems.register
def _(part: TagFilter) -> Iterator[Problem]:
    for name, given in _lists(part):
        yield from at(name, concepts(given))
    if part.color is not None:
        yield from at("color", _color(part.color))


@own_problems.register
def _(part: FaceFilter) -> Iterator[Problem]:
    yield from at("person", references("person", part.person))


@own_problems.register
def _(part: Near) -> Iterator[Problem]:
    if (part.lat is None) != (part.lon is None):
        yield "", "a point needs both lat and lon"
    elif (part.lat is None) == (part.place is None):
        yield "", "give a point (lat and lon) or a place, one of the two"
    elif part.place is not None:
        if not part.place.strip():
            yield "place", "this is empty; write what is meant or leave it out"
        yield from at("place", reference("place", part.place))


@own_problems.register
def _(part: Box) -> Iterator[Problem]:
    if part.south > part.north:
        yield "", f"south {part.south:g} lies north of {part.north:g}; exchange them"


@own_problems.register
def _(part: PlaceFilter) -> Iterator[Problem]:
    yield from at("within", references("place", part.within))
    yield from at("none", references("place", part.none))
    if part.polygon:
        yield from at("polygon", _outline(part.polygon))


def _outline(corners: tuple[tuple[float, float], ...]) -> Iterator[Problem]:
    if len(corners) > CORNERS:
        yield "", f"an outline may have {CORNERS} corners, this one has {len(corners)}; simplify it"
        return
    for i, (lat, lon) in enumerate(corners):
        if not -90 <= lat <= 90:
            yield f"{i}.0", f"latitude {lat:g} is not between -90 and 90; corners are (lat, lon)"
            return
        if not -180 <= lon <= 180:
            yield f"{i}.1", f"longitude {lon:g} is not between -180 and 180; corners are (lat, lon)"
            return
    from schema.filter import geometry  # shapely takes a while to load, and few filters have an outline

    try:
        geometry.area(corners)
    except ValueError as error:
        yield "", str(error)


@own_problems.register
def _(part: ThisDay) -> Iterator[Problem]:
    if (part.month is None) != (part.day is None):
        yield "", "a calendar day needs both month and day, or neither for today"
    elif part.month is not None and part.day is not None and part.day > monthrange(2024, part.month)[1]:
        yield "day", f"month {part.month} has no day {part.day}"


@own_problems.register
def _(part: Hours) -> Iterator[Problem]:
    if part.from_ == part.to or (part.from_, part.to) == (24, 0):
        yield "", f"from {part.from_} to {part.to} is no time at all; for the whole day leave it out"


@own_problems.register
def _(part: TimeFilter) -> Iterator[Problem]:
    if part.from_ is not None and part.to is not None:
        start, end = part.from_.replace(tzinfo=None), part.to.replace(tzinfo=None)
        if start >= end:
            span = f"from {start.isoformat()} to {end.isoformat()}"
            yield "", f"{span} is no time at all; 'to' is the first moment left out"
    for i, year in enumerate(part.years):
        if not 1 <= year <= 9999:
            yield f"years.{i}", f"there is no year {year}; years are 1 to 9999"
    if part.ago is not None and part.ago.until >= part.ago.n:
        span = f"from {part.ago.n} until {part.ago.until} units ago"
        yield "ago", f"{span} is no time at all; 'until' is the smaller number"
    if part.days and part.months and not any(min(part.days) <= monthrange(2024, month)[1] for month in part.months):
        yield "days", "none of these months has such a day"


@own_problems.register
def _(part: CameraFilter) -> Iterator[Problem]:
    for name in ("make", "model", "lens", "software"):
        for i, text in enumerate(getattr(part, name)):
            if text.strip() and not words(text):
                yield f"{name}.{i}", f"'{text[:80]}' has no letter or digit to look for"


@own_problems.register
def _(part: ColorFilter) -> Iterator[Problem]:
    yield from at("near", _color(part.near))


def _color(text: str) -> Iterator[Problem]:
    try:
        color.parse_color(text)
    except ValueError as error:
        yield "", str(error)


@own_problems.register
def _(part: TextFilter) -> Iterator[Problem]:
    if part.words.strip() and not query_words(part.words):
        yield "words", f"'{part.words[:80]}' has no letter or digit to look for"
    if part.phrase.strip() and not words(part.phrase):
        yield "phrase", f"'{part.phrase[:80]}' has no letter or digit to look for"


@own_problems.register
def _(part: PathFilter) -> Iterator[Problem]:
    for i, folder in enumerate(part.under):
        if folder.strip() and not folder.startswith("/") and not folder.strip("/ "):
            yield f"under.{i}", f"'{folder[:80]}' is not a folder"


@own_problems.register
def _(part: SimilarFilter) -> Iterator[Problem]:
    yield from at("to", reference("image", part.to))
    most = {SimilarBy.HASH: 64, SimilarBy.DESCRIPTION: 1}.get(part.by, 2)
    if part.distance is not None and part.distance > most:
        yield "distance", f"distances by {part.by} end at {most}, {part.distance:g} is beyond"


@own_problems.register
def _(part: SemanticFilter) -> Iterator[Problem]:
    if not part.text.strip() and not part.image:
        yield "", "say what it is about: a text or an image"
    if part.image:
        yield from at("image", reference("image", part.image))
