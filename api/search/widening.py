"""A condition a little broader or narrower: up and down the hypernyms, places, folders and calendars, looser numbers.

Each gives a few conditions, the nearest or most photographed first; none where nothing is near. Only steps that this
library's pictures can tell apart are given.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from api.search.joining import only_field
from api.search.vocabulary import Vocabulary
from schema.filter.nodes import SIMILAR_DISTANCE as DISTANCE
from schema.filter.nodes import (
    CameraFilter,
    ColorFilter,
    FaceFilter,
    ImageFilter,
    PathFilter,
    PlaceFilter,
    Range,
    Season,
    SetFilter,
    SimilarBy,
    SimilarFilter,
    TagFilter,
    TextFilter,
    TimeFilter,
)

STEPS_UP = 3
STEPS_DOWN = 6
TOO_BROAD = 5
"""Synsets nearer to the root than this many steps (`whole`, `object`) narrow nothing."""
LOOSER = 1.5
"""A number may be so many times larger or smaller."""
YEARS = 5.0
"""Years by which an age is widened to both sides."""
STARS = 5


def broader(asked: ImageFilter, vocabulary: Vocabulary) -> list[ImageFilter]:
    found = only_field(asked)
    if found is None:
        return []
    field, value = found
    match value:
        case TagFilter():
            return [ImageFilter(tag=tag) for tag in _broader_tags(value, vocabulary)]
        case PlaceFilter():
            return [ImageFilter(place=place) for place in _broader_places(value, vocabulary)]
        case SetFilter() if field == "person":
            return _broader_people(value)
        case FaceFilter():
            return [ImageFilter(face=face) for face in _broader_faces(value)]
        case TimeFilter():
            return [ImageFilter.model_validate({field: time}) for time in _broader_times(value)]
        case CameraFilter():
            return [ImageFilter(camera=camera) for camera in _looser_cameras(value)]
        case PathFilter(under=(folder,)) if "/" in folder.strip("/"):
            return [ImageFilter(path=PathFilter(under=(folder.rpartition("/")[0],)))]
        case TextFilter(phrase=phrase) if " " in phrase.strip():
            return [ImageFilter(text=TextFilter(words=phrase, fields=value.fields))]
        case Range() if field == "rating" and value.min is not None and value.min > 1:
            return [ImageFilter(rating=Range(min=value.min - 1))]
        case ColorFilter() if value.distance < 40:
            return [ImageFilter(color=value.model_copy(update={"distance": 40.0}))]
        case SimilarFilter():
            return [ImageFilter(similar=_further(value, LOOSER))]
    return []


def narrower(asked: ImageFilter, vocabulary: Vocabulary) -> list[ImageFilter]:
    found = only_field(asked)
    if found is None:
        return []
    field, value = found
    match value:
        case TagFilter():
            return [ImageFilter(tag=tag) for tag in _narrower_tags(value, vocabulary)]
        case PlaceFilter():
            return [ImageFilter(place=place) for place in _narrower_places(value, vocabulary)]
        case SetFilter() if field == "person" and value == SetFilter(any=value.any):
            each = [SetFilter(any=(one,)) for one in value.any] if len(value.any) > 1 else []
            return [ImageFilter(person=one) for one in each or [SetFilter(only=value.any)]]
        case FaceFilter() if not value.every and value.count is None:
            return [ImageFilter(face=value.model_copy(update={"every": True}))]
        case TimeFilter() if value == TimeFilter(years=value.years) and len(value.years) == 1:
            return [ImageFilter(taken=TimeFilter(years=value.years, seasons=(season,))) for season in Season]
        case PathFilter(under=(folder,)):
            inside = [name for name in vocabulary.folders if name.rpartition("/")[0] == folder]
            most = sorted(inside, key=lambda name: -vocabulary.folders[name])[:STEPS_DOWN]
            return [ImageFilter(path=PathFilter(under=(name,))) for name in most]
        case TextFilter(words=said) if " " in said.strip():
            return [ImageFilter(text=TextFilter(phrase=said, fields=value.fields))]
        case Range() if field == "rating" and value.min is not None and value.min < STARS and value.max is None:
            return [ImageFilter(rating=Range(min=value.min + 1))]
        case SimilarFilter():
            return [ImageFilter(similar=_further(value, 1 / LOOSER))]
    return []


# -- things


def _meaning(word: str, vocabulary: Vocabulary) -> str | None:
    """The one synset of a word to go up or down from: the most photographed sense, else the commonest."""
    lexicon = vocabulary.lexicon
    if lexicon.synset(word):
        return word
    senses = lexicon.senses(word)
    if not senses:
        return None
    counts, pictured = lexicon.sense_counts(word), vocabulary.pictured
    return max(senses, key=lambda sense: (pictured.get(sense, 0), counts.get(sense, 0)))


def _broader_tags(asked: TagFilter, vocabulary: Vocabulary) -> list[TagFilter]:
    found: list[TagFilter] = []
    if asked.color is not None:
        found.append(asked.model_copy(update={"color": None}))
    if asked.min_count > 1:
        found.append(asked.model_copy(update={"min_count": 1}))
    if found or len(asked.any) != 1 or asked.all or asked.none or asked.only:
        return found
    meant = _meaning(asked.any[0], vocabulary)
    if meant is None:
        return []
    lexicon, pictured = vocabulary.lexicon, vocabulary.pictured
    here = pictured.get(meant, 0)
    for name in lexicon.chain(meant):
        if name == meant or len(lexicon.chain(name)) < TOO_BROAD or pictured.get(name, 0) <= here:
            continue
        here = pictured[name]
        found.append(asked.model_copy(update={"any": (name,)}))
    return found[:STEPS_UP]


def _narrower_tags(asked: TagFilter, vocabulary: Vocabulary) -> list[TagFilter]:
    if asked.all or asked.none or asked.only:
        return []
    pictured = vocabulary.pictured
    if len(asked.any) > 1:
        parts = [name for name in asked.any if (meant := _meaning(name, vocabulary)) and pictured.get(meant)]
        return [asked.model_copy(update={"any": (name,)}) for name in parts[:STEPS_DOWN]] if len(parts) > 1 else []
    if not asked.any or (meant := _meaning(asked.any[0], vocabulary)) is None:
        return []
    below = [name for name in vocabulary.lexicon.hyponyms(meant) if pictured.get(name)]
    below.sort(key=lambda name: -pictured[name])
    return [asked.model_copy(update={"any": (name,)}) for name in below[:STEPS_DOWN]]


# -- places


def _broader_places(asked: PlaceFilter, vocabulary: Vocabulary) -> list[PlaceFilter]:
    if asked.near is not None and asked == PlaceFilter(near=asked.near):
        return [PlaceFilter(near=asked.near.model_copy(update={"km": min(20040.0, asked.near.km * 2)}))]
    if asked != PlaceFilter(within=asked.within) or len(asked.within) != 1:
        return []
    place = vocabulary.place(asked.within[0])
    return [PlaceFilter(within=(around.key,)) for around in vocabulary.around(place)[:STEPS_UP]] if place else []


def _narrower_places(asked: PlaceFilter, vocabulary: Vocabulary) -> list[PlaceFilter]:
    if asked.near is not None and asked == PlaceFilter(near=asked.near):
        return [PlaceFilter(near=asked.near.model_copy(update={"km": asked.near.km / 2}))]
    if asked != PlaceFilter(within=asked.within):
        return []
    if len(asked.within) > 1:
        return [PlaceFilter(within=(key,)) for key in asked.within[:STEPS_DOWN]]
    inside = [place for place in vocabulary.places if place.parent in asked.within]
    inside.sort(key=lambda place: -place.count)
    return [PlaceFilter(within=(place.key,)) for place in inside[:STEPS_DOWN]]


# -- people


def _broader_people(asked: SetFilter) -> list[ImageFilter]:
    if asked.only:
        return [ImageFilter(person=SetFilter(all=asked.only))]
    if asked.at_least is not None and asked.at_least.k > 1:
        fewer = asked.at_least.model_copy(update={"k": asked.at_least.k - 1})
        return [ImageFilter(person=SetFilter(at_least=fewer))]
    return [ImageFilter(face=FaceFilter())] if asked == SetFilter(any=asked.any) else []


def _broader_faces(asked: FaceFilter) -> list[FaceFilter]:
    found: list[FaceFilter] = []
    if asked.count is not None and asked.count.max is not None and asked.count.min is not None:
        found.append(asked.model_copy(update={"count": Range(min=asked.count.min)}))
    if asked.age is not None and not (asked.age.min is None and asked.age.max is None):
        low = None if asked.age.min is None else max(0.0, asked.age.min - YEARS)
        high = None if asked.age.max is None else asked.age.max + YEARS
        found.append(asked.model_copy(update={"age": Range(min=low, max=high)}))
    said: dict[str, object] = {"emotion": (), "age": None, "gender": None, "person": (), "every": False}
    given = [name for name, nothing in said.items() if getattr(asked, name) != nothing]
    if len(given) > 1 or (given and asked.count is not None):
        found += [asked.model_copy(update={name: said[name]}) for name in given]
    return found[: STEPS_UP + 1]


# -- times


def _broader_times(asked: TimeFilter) -> list[TimeFilter]:
    start, end = asked.from_, asked.to
    if start is not None and end is not None and asked == TimeFilter(from_=start, to=end):
        found = []
        if end - start <= timedelta(days=7):
            found.append(_month(start))
        if end - start <= timedelta(days=93):
            found.append(TimeFilter(years=(start.year,)))
        return [*found, _around(start, end)]
    if asked == TimeFilter(years=asked.years) and asked.years:
        years = tuple(range(min(asked.years) - 1, max(asked.years) + 2))
        return [TimeFilter(years=years)] if len(years) <= 30 else []
    given = [name for name in asked.model_fields_set if getattr(asked, name) not in (None, ())]
    if len(given) > 1 and "from_" not in given and "to" not in given:
        nothing = TimeFilter()
        return [asked.model_copy(update={name: getattr(nothing, name)}) for name in sorted(given)][:STEPS_UP]
    return []


def _month(day: datetime) -> TimeFilter:
    start = datetime(day.year, day.month, 1)
    last = day.year == datetime.max.year and day.month == 12
    end = datetime.max if last else datetime(day.year + day.month // 12, day.month % 12 + 1, 1)
    return TimeFilter(from_=start, to=end)


def _around(start: datetime, end: datetime) -> TimeFilter:
    """As long again on either side."""
    length = end - start
    try:
        return TimeFilter(from_=start - length, to=end + length)
    except OverflowError:
        return TimeFilter(from_=start)


# -- numbers


def _looser_cameras(asked: CameraFilter) -> list[CameraFilter]:
    found: list[CameraFilter] = []
    for name in ("iso", "aperture", "exposure", "focal"):
        bounds = getattr(asked, name)
        if bounds is not None:
            low = None if bounds.min is None else round(bounds.min / LOOSER, 6)
            high = None if bounds.max is None else round(bounds.max * LOOSER, 6)
            found.append(asked.model_copy(update={name: Range(min=low, max=high)}))
    return found[:STEPS_UP]


def _further(asked: SimilarFilter, times: float) -> SimilarFilter:
    most = 64.0 if asked.by is SimilarBy.HASH else 2.0
    now = DISTANCE[asked.by] if asked.distance is None else asked.distance
    return asked.model_copy(update={"distance": min(most, round(now * times, 2))})
