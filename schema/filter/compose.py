"""Filters as trees: walk them, join them, change the references in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum

from schema.filter.nodes import EVERYTHING, AtLeast, ImageFilter, SetFilter


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


def rewrite(asked: ImageFilter, change: Callable[[ImageFilter], ImageFilter]) -> ImageFilter:
    """The tree with every filter in it changed, inner ones first; what does not change is not copied."""
    new: dict[str, object] = {}
    for field in ("and_", "or_"):
        given = getattr(asked, field)
        changed = tuple(rewrite(part, change) for part in given)
        if any(one is not other for one, other in zip(given, changed, strict=True)):
            new[field] = changed
    if asked.not_ is not None and (inner := rewrite(asked.not_, change)) is not asked.not_:
        new["not_"] = inner
    return change(asked.model_copy(update=new) if new else asked)


Change = Callable[[Refers, str], tuple[str, ...]]
"""What stands for a reference: itself, others, or nothing."""


def change_references(asked: ImageFilter, change: Change) -> ImageFilter:
    """The filter with other references. Where only one can stand (`near.place`, `similar.to`), the first is taken."""
    return rewrite(asked, lambda part: _with_references(part, change))


def _with_references(part: ImageFilter, change: Change) -> ImageFilter:
    def many(kind: Refers, references: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(new for reference in references for new in change(kind, reference)))

    def one(kind: Refers, reference: str) -> str:
        return next(iter(change(kind, reference)), reference)

    new: dict[str, object] = {}
    for field, kind in (("person", Refers.PERSON), ("album", Refers.ALBUM), ("share", Refers.SHARE)):
        asked: SetFilter | None = getattr(part, field)
        if asked is not None:
            lists: dict[str, object] = {
                name: many(kind, getattr(asked, name)) for name in ("any", "all", "none", "only")
            }
            lists["at_least"] = asked.at_least and AtLeast(k=asked.at_least.k, of=many(kind, asked.at_least.of))
            new[field] = asked.model_copy(update=lists)
    if part.ids is not None:
        new["ids"] = many(Refers.IMAGE, part.ids)
    if part.face is not None and part.face.person:
        new["face"] = part.face.model_copy(update={"person": many(Refers.PERSON, part.face.person)})
    if part.place is not None:
        near = part.place.near
        if near is not None and near.place is not None:
            near = near.model_copy(update={"place": one(Refers.PLACE, near.place)})
        places = {name: many(Refers.PLACE, getattr(part.place, name)) for name in ("within", "none")}
        new["place"] = part.place.model_copy(update={**places, "near": near})
    if part.similar is not None:
        new["similar"] = part.similar.model_copy(update={"to": one(Refers.IMAGE, part.similar.to)})
    if part.semantic is not None and part.semantic.image:
        new["semantic"] = part.semantic.model_copy(update={"image": one(Refers.IMAGE, part.semantic.image)})
    return part.model_copy(update=new) if new else part
