"""Filters as trees: walk them, join them, change the references in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum

from schema.filter.nodes import EVERYTHING, AtLeast, FilterNode, ImageFilter, SetFilter


class Refers(StrEnum):
    """What a reference names."""

    IMAGE = "image"
    PERSON = "person"
    PLACE = "place"
    ALBUM = "album"
    SHARE = "share"


def parts(asked: ImageFilter, path: str = "") -> Iterator[tuple[str, ImageFilter]]:
    """A filter and every filter below it, each with its path (`and.0.not`), outer ones first."""
    stack = [(path, asked)]
    while stack:
        path, part = stack.pop()
        yield path, part
        dot = path + "." if path else ""
        below = [(f"{dot}and.{i}", inner) for i, inner in enumerate(part.and_)]
        below += [(f"{dot}or.{i}", inner) for i, inner in enumerate(part.or_)]
        if part.not_ is not None:
            below.append((f"{dot}not", part.not_))
        stack += reversed(below)


def step(path: str, *names: str | int) -> str:
    """A path and what comes below it."""
    return ".".join([path] * bool(path) + [str(name) for name in names])


def conjoin(*filters: ImageFilter) -> ImageFilter:
    """All of these: nested `and`s are laid flat, empty filters and repetitions left out."""
    flat: dict[ImageFilter, None] = {}
    for asked in filters:
        if asked.and_ and asked == ImageFilter(and_=asked.and_):
            inner = conjoin(*asked.and_)
            flat |= dict.fromkeys(inner.and_ if inner == ImageFilter(and_=inner.and_) else (inner,))
        else:
            flat[asked] = None
    flat.pop(EVERYTHING, None)
    found = tuple(flat)
    return found[0] if len(found) == 1 else ImageFilter(and_=found)


Change = Callable[[Refers, str], tuple[str, ...]]
"""What stands for a reference: itself, others, or nothing."""


def change_references(asked: ImageFilter, change: Change) -> ImageFilter:
    """The filter with other references. Where one place takes only one (`near.place`, `similar.to`), the first."""

    def many(kind: Refers, references: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(new for reference in references for new in change(kind, reference)))

    def one(kind: Refers, reference: str) -> str:
        return next(iter(change(kind, reference)), reference)

    def quantified(kind: Refers, part: SetFilter) -> SetFilter:
        lists = {name: many(kind, getattr(part, name)) for name in ("any", "all", "none", "only")}
        of = part.at_least and AtLeast(k=part.at_least.k, of=many(kind, part.at_least.of))
        return part.model_copy(update=lists | {"at_least": of})

    new: dict[str, FilterNode | tuple[ImageFilter, ...] | tuple[str, ...]] = {}
    if asked.and_:
        new["and_"] = tuple(change_references(part, change) for part in asked.and_)
    if asked.or_:
        new["or_"] = tuple(change_references(part, change) for part in asked.or_)
    if asked.not_ is not None:
        new["not_"] = change_references(asked.not_, change)
    if asked.ids is not None:
        new["ids"] = many(Refers.IMAGE, asked.ids)
    if asked.person is not None:
        new["person"] = quantified(Refers.PERSON, asked.person)
    if asked.face is not None:
        new["face"] = asked.face.model_copy(update={"person": many(Refers.PERSON, asked.face.person)})
    if asked.place is not None:
        near = asked.place.near
        if near is not None and near.place is not None:
            near = near.model_copy(update={"place": one(Refers.PLACE, near.place)})
        new["place"] = asked.place.model_copy(
            update={
                "within": many(Refers.PLACE, asked.place.within),
                "none": many(Refers.PLACE, asked.place.none),
                "near": near,
            }
        )
    if asked.album is not None:
        new["album"] = quantified(Refers.ALBUM, asked.album)
    if asked.share is not None:
        new["share"] = quantified(Refers.SHARE, asked.share)
    if asked.similar is not None:
        new["similar"] = asked.similar.model_copy(update={"to": one(Refers.IMAGE, asked.similar.to)})
    if asked.semantic is not None and asked.semantic.image:
        new["semantic"] = asked.semantic.model_copy(update={"image": one(Refers.IMAGE, asked.semantic.image)})
    return asked.model_copy(update=new) if new else asked
