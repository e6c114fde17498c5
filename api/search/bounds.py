"""Terms whose value is a number or a range: `iso:100..400` `rating>3` `age:30-40` `exposure:1/500`."""

from __future__ import annotations

import re
from collections.abc import Callable

from api.search.heads import ages
from api.search.marks import MAX_LIMIT
from api.search.numbers import parse_number
from api.search.pieces import FacePart, Piece, Role
from schema.filter.nodes import CameraFilter, FaceFilter, ImageFilter, Range, SizeFilter

_RANGE = re.compile(r"(?P<low>[\d.,/]+)\s*(?:\.\.|-|–|to)\s*(?P<high>[\d.,/]+)|(?P<exact>[\d.,/]+)(?P<up>\+?)")


def bounds_of(op: str, value: str) -> tuple[float | None, float | None, bool] | None:
    """(low, high, the bound is not meant) of `>3` `4-5` `100..400` `800+` `1/500`."""
    if op in (":", "=") and value[:1] in "<>" and value[1:]:
        op, value = (value[:2], value[2:]) if value[1:2] == "=" else (value[0], value[1:])
    match = _RANGE.fullmatch(value.strip())
    if match is None:
        return None
    if match["low"] is not None:
        low, high = _number(match["low"]), _number(match["high"])
        if low is None or high is None or low > high or op not in (":", "="):
            return None
        return low, high, False
    number = _number(match["exact"])
    if number is None:
        return None
    if match["up"]:
        return number, None, False
    return {
        ":": (number, number, False), "=": (number, number, False), ">=": (number, None, False),
        "<=": (None, number, False), ">": (number, None, True), "<": (None, number, True),
    }[op]  # fmt: skip


def _number(text: str) -> float | None:
    above, slash, below = text.partition("/")
    if slash:
        one, other = parse_number(above), parse_number(below)
        return one / other if one is not None and other else None
    return parse_number(text)


Bounds = tuple[float | None, float | None, bool]


def _range(bounds: Bounds, step: float = 0.0, scale: float = 1.0) -> Range:
    low, high, strict = bounds
    move = step if strict else 0.0
    return Range(min=None if low is None else (low + move) * scale, max=None if high is None else (high - move) * scale)


def _camera(field: str, step: float = 0.0) -> Callable[[Bounds], ImageFilter]:
    return lambda bounds: ImageFilter(camera=CameraFilter.model_validate({field: _range(bounds, step)}))


def _size(field: str, scale: float = 1.0) -> Callable[[Bounds], ImageFilter]:
    return lambda bounds: ImageFilter(size=SizeFilter.model_validate({field: _range(bounds, 0, scale)}))


def _age(bounds: Bounds) -> Piece:
    low, high, strict = bounds
    if strict and high is not None:
        high -= 1
    return Piece(0, 1, Role.FACE, "face", face=FacePart(age=ages(low, high), told=True, after=True))


def _limit(bounds: Bounds) -> Piece | None:
    low, high, _ = bounds
    if low is None or low != high or not 1 <= low <= MAX_LIMIT or low != int(low):
        return None
    return Piece(0, 1, Role.ORDER, "order", limit=int(low))


NUMBERS: dict[str, Callable[[Bounds], Piece | ImageFilter | None]] = {
    "iso": _camera("iso", 1),
    "aperture": _camera("aperture"), "f": _camera("aperture"),
    "exposure": _camera("exposure"), "shutter": _camera("exposure"),
    "focal": _camera("focal"), "mm": _camera("focal"),
    "rating": lambda bounds: ImageFilter(rating=_range(bounds, 1)),
    "stars": lambda bounds: ImageFilter(rating=_range(bounds, 1)),
    "width": _size("width"), "height": _size("height"), "mp": _size("megapixels"), "megapixels": _size("megapixels"),
    "bytes": _size("bytes"), "kb": _size("bytes", 1e3), "mb": _size("bytes", 1e6),
    "faces": lambda bounds: ImageFilter(face=FaceFilter(count=_range(bounds, 1))),
    "people": lambda bounds: ImageFilter(face=FaceFilter(count=_range(bounds, 1))),
    "age": _age, "limit": _limit, "first": _limit,
    "nsfw": lambda bounds: ImageFilter(nsfw=_range(bounds)),
}  # fmt: skip
