"""A filter taken apart into its conditions, so that what was clicked together can be turned like what was typed."""

from __future__ import annotations

from collections.abc import Iterator

from api.search.leaf import Leaf
from api.search.logic import Tree, Whole
from schema.filter.nodes import ImageFilter, PlaceFilter, SetFilter

_KIND = {
    "tag": "tag", "person": "person", "face": "face", "place": "place", "taken": "time", "added": "time",
    "camera": "camera", "condition": "condition", "lens": "lens", "size": "size", "size_word": "size",
    "format": "format", "color": "color", "text": "text", "path": "folder", "album": "album", "similar": "similar",
}  # fmt: skip


def tree_of(asked: ImageFilter) -> Tree:
    """The conditions of a filter and how they are joined; it means the same."""
    parts = tuple(_parts(asked))
    return parts[0] if len(parts) == 1 else Whole("all", parts)


def _parts(asked: ImageFilter) -> Iterator[Tree]:
    for name in ImageFilter.model_fields:
        value = getattr(asked, name)
        if value is None or value == ():
            continue
        if name == "and_":
            for part in value:
                yield from _parts(part)
        elif name == "or_":
            yield Whole("any", tuple(tree_of(part) for part in value))
        elif name == "not_":
            yield Whole("none", (tree_of(value),))
        elif isinstance(value, SetFilter):
            yield from _of_set(name, value)
        elif isinstance(value, PlaceFilter) and value.none and value != PlaceFilter(none=value.none):
            yield _leaf(name, value.model_copy(update={"none": ()}))
            yield _leaf(name, PlaceFilter(none=value.none))
        else:
            yield _leaf(name, value)


def _of_set(name: str, value: SetFilter) -> Iterator[Tree]:
    nothing = {"any": (), "all": (), "none": (), "only": (), "at_least": None}
    if value.any:
        yield _leaf(name, value.model_copy(update={**nothing, "any": value.any}))
    for one in value.all:
        yield _leaf(name, value.model_copy(update={**nothing, "any": (one,)}))
    for one in value.none:
        yield Whole("none", (_leaf(name, value.model_copy(update={**nothing, "any": (one,)})),))
    if value.only:
        yield _leaf(name, value.model_copy(update={**nothing, "only": value.only}))
    if value.at_least is not None:
        yield _leaf(name, value.model_copy(update={**nothing, "at_least": value.at_least}))
    if not (value.any or value.all or value.none or value.only or value.at_least):
        yield _leaf(name, value)


def _leaf(name: str, value: object) -> Leaf:
    return Leaf(_KIND.get(name, name), [], ImageFilter.model_validate({name: value}))
