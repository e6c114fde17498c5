"""Filters joined by and, or, not, in the flattest form: `tag.all`, `person.none`, one list of places, not trees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from schema.filter.compose import conjoin
from schema.filter.nodes import (
    EVERYTHING,
    AlbumFilter,
    FaceFilter,
    FilterNode,
    ImageFilter,
    PlaceFilter,
    Range,
    SetFilter,
    TagFilter,
    TextFilter,
    TimeFilter,
)

_SETS: dict[str, type[SetFilter]] = {
    "tag": TagFilter, "person": SetFilter, "condition": SetFilter, "lens": SetFilter, "size_word": SetFilter,
    "format": SetFilter, "album": AlbumFilter,
}  # fmt: skip
_LISTS = {
    "place": ("within",), "taken": ("years", "months", "weekdays", "seasons"), "camera": ("make", "model", "lens"),
    "size": ("orientation",), "path": ("under", "name"),
}  # fmt: skip
"""Lists of which one entry is enough."""


def only_field(asked: ImageFilter) -> tuple[str, object] | None:
    """The one field that a filter sets."""
    fields = [name for name in asked.model_fields_set if getattr(asked, name) != getattr(EVERYTHING, name)]
    return (fields[0], getattr(asked, fields[0])) if len(fields) == 1 else None


def plain_set(asked: ImageFilter) -> tuple[str, tuple[str, ...]] | None:
    """(field, references) of a filter that only asks for one of some."""
    found = only_field(asked)
    if found is None or found[0] not in _SETS:
        return None
    field, value = found
    kind = _SETS[field]
    if isinstance(value, SetFilter) and value.any and value == kind(any=value.any):
        return field, value.any
    return None


def _plain_list(asked: ImageFilter) -> tuple[str, str, tuple[object, ...]] | None:
    """(field, list, its entries) of a filter that only asks for one of some."""
    found = only_field(asked)
    if found is None or found[0] not in _LISTS:
        return None
    field, value = found
    assert isinstance(value, FilterNode)
    for name in _LISTS[field]:
        entries = getattr(value, name)
        if entries and value == type(value)(**{name: entries}):
            return field, name, entries
    return None


def all_of(filters: Sequence[ImageFilter]) -> ImageFilter:
    """Every one of these."""
    wanted: dict[str, list[tuple[str, ...]]] = {}
    unwanted: dict[str, list[str]] = {}
    rest: list[ImageFilter] = []
    places_not: list[str] = []
    for asked in _flat(filters):
        if asked == EVERYTHING:
            continue
        if (found := plain_set(asked)) is not None:
            wanted.setdefault(found[0], []).append(found[1])
        elif (denied := _plain_none(asked)) is not None:
            unwanted.setdefault(denied[0], []).extend(denied[1])
        elif asked.place is not None and asked == ImageFilter(place=PlaceFilter(none=asked.place.none)):
            places_not += asked.place.none
        else:
            rest.append(asked)
    for field in dict.fromkeys((*wanted, *unwanted)):
        rest += _set_filters(field, wanted.get(field, []), unwanted.get(field, []))
    if places_not:
        rest.append(ImageFilter(place=PlaceFilter(none=tuple(dict.fromkeys(places_not)))))
    return _one_object(rest)


def _plain_none(asked: ImageFilter) -> tuple[str, tuple[str, ...]] | None:
    found = only_field(asked)
    if found is None or found[0] not in _SETS:
        return None
    field, value = found
    kind = _SETS[field]
    if isinstance(value, SetFilter) and value.none and value == kind(none=value.none):
        return field, value.none
    return None


def _set_filters(field: str, wanted: list[tuple[str, ...]], unwanted: list[str]) -> list[ImageFilter]:
    kind = _SETS[field]
    singles = tuple(dict.fromkeys(refs[0] for refs in wanted if len(refs) == 1))
    lists = list(dict.fromkeys(refs for refs in wanted if len(refs) > 1))
    none = tuple(dict.fromkeys(unwanted))
    first: SetFilter | None = None
    if len(singles) == 1 and not lists:
        first = kind(any=singles, none=none)
    elif singles or lists or none:
        first = kind(all=singles, any=lists.pop(0) if lists else (), none=none)
    found = [] if first is None else [ImageFilter.model_validate({field: first})]
    return found + [ImageFilter.model_validate({field: kind(any=refs)}) for refs in lists]


def _flat(filters: Iterable[ImageFilter]) -> Iterable[ImageFilter]:
    for asked in filters:
        if asked.and_ and asked == ImageFilter(and_=asked.and_):
            yield from _flat(asked.and_)
        else:
            yield asked


def _one_object(filters: list[ImageFilter]) -> ImageFilter:
    """As fields of one object where no field is wanted twice; the rest beside it."""
    together: dict[str, object] = {}
    beside: list[ImageFilter] = []
    for asked in dict.fromkeys(filters):
        fields = {name: getattr(asked, name) for name in asked.model_fields_set}
        fields = {name: value for name, value in fields.items() if value != getattr(EVERYTHING, name)}
        merged = _merged(together, fields)
        if merged is not None:
            together.update(merged)
        elif together.keys() & fields.keys():
            beside.append(asked)
        else:
            together.update(fields)
    one = ImageFilter.model_validate(together)
    return one if not beside else conjoin(one, *beside)


def _merged(together: dict[str, object], fields: dict[str, object]) -> dict[str, object] | None:
    """Two conditions on one part (`taken`, `camera` ...) that set different fields of it, as one; two lists of words
    as one."""
    if len(fields) != 1:
        return None
    ((name, value),) = fields.items()
    have = together.get(name)
    if not isinstance(value, FilterNode) or isinstance(value, (SetFilter, ImageFilter, FaceFilter)):
        return None
    if have is None or type(have) is not type(value) or not isinstance(have, FilterNode):
        return None
    if isinstance(value, TextFilter) and isinstance(have, TextFilter):
        both_words = TextFilter(words=f"{have.words} {value.words}")
        plain = value == TextFilter(words=value.words) and have == TextFilter(words=have.words)
        return {name: both_words} if plain else None
    if name not in ("taken", "added", "camera", "place", "size"):
        return None
    if have.model_fields_set & value.model_fields_set:
        return None
    both = {field: getattr(part, field) for part in (have, value) for field in part.model_fields_set}
    if isinstance(value, TimeFilter) and not _in_order(both):
        return None
    return {name: type(value)(**both)}


def _in_order(both: dict[str, object]) -> bool:
    """Whether a merged time is well-formed: an empty stretch is an honest answer of two parts, but no valid one."""
    start, end = both.get("from_"), both.get("to")
    return start is None or end is None or start < end  # type: ignore[operator]


def any_of(filters: Sequence[ImageFilter]) -> ImageFilter:
    """At least one of these."""
    asked = list(dict.fromkeys(filters))
    if len(asked) == 1:
        return asked[0]
    sets = [plain_set(one) for one in asked]
    if all(sets) and len({found[0] for found in sets if found}) == 1:
        field = next(found[0] for found in sets if found)
        refs = tuple(dict.fromkeys(ref for found in sets if found for ref in found[1]))
        return ImageFilter.model_validate({field: _SETS[field](any=refs)})
    lists = [_plain_list(one) for one in asked]
    if all(lists) and len({found[:2] for found in lists if found}) == 1:
        field, name, _ = next(found for found in lists if found)
        entries = tuple(dict.fromkeys(entry for found in lists if found for entry in found[2]))
        part = type(getattr(asked[0], field))
        return ImageFilter.model_validate({field: part(**{name: entries})})
    flat = [inner for one in asked for inner in (one.or_ if one.or_ and one == ImageFilter(or_=one.or_) else (one,))]
    return ImageFilter(or_=tuple(dict.fromkeys(flat)))


def none_of(asked: ImageFilter) -> ImageFilter:
    """Not this; of what asks nothing, nothing."""
    if asked == EVERYTHING:
        return EVERYTHING
    if asked.not_ is not None and asked == ImageFilter(not_=asked.not_):
        return asked.not_
    if (found := plain_set(asked)) is not None and found[0] in ("tag", "person"):
        return ImageFilter.model_validate({found[0]: _SETS[found[0]](none=found[1])})
    if (flag := only_field(asked)) is not None and isinstance(flag[1], bool):
        return ImageFilter.model_validate({flag[0]: not flag[1]})
    if (
        asked.place is not None
        and asked.place.within
        and asked == ImageFilter(place=PlaceFilter(within=asked.place.within))
    ):
        return ImageFilter(place=PlaceFilter(none=asked.place.within))
    if asked.face == FaceFilter() and asked == ImageFilter(face=FaceFilter()):
        return ImageFilter(face=FaceFilter(count=Range(max=0)))
    if asked.or_ and asked == ImageFilter(or_=asked.or_):
        return all_of([none_of(one) for one in asked.or_])
    return ImageFilter(not_=asked)
