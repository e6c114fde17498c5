"""The outside forms of a filter: JSON both ways, and GraphQL text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from difflib import get_close_matches
from enum import Enum
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schema.errors import BadFilter
from schema.filter.nodes import EVERYTHING, FilterNode, ImageFilter
from schema.filter.validate import DEPTH, LENGTH, PARTS, VALUES, check

LINE = 72
"""What fits into as many characters stays on one line of GraphQL text."""


def parse_filter(data: object) -> ImageFilter:
    """A checked filter from decoded JSON (None: every image). Raises BadFilter with the path of the first wrong part.

    Work is bounded before anything is built: see DEPTH, PARTS, VALUES and LENGTH in `schema.filter.validate`.
    """
    if data is None:
        return EVERYTHING
    if isinstance(data, ImageFilter):
        return check(data)
    _measure(data)
    try:
        text = json.dumps(data, default=_plain, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadFilter(f"a filter is made of JSON values ({error})") from error
    try:
        asked = ImageFilter.model_validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BadFilter(_sentence(first), ".".join(map(str, first["loc"]))) from None
    return check(asked)


def to_json(asked: ImageFilter) -> dict[str, Any]:
    """The JSON form: camelCase, nothing that is left at its default. `parse_filter` reads it back the same."""
    return asked.model_dump(by_alias=True, exclude_defaults=True, mode="json")


def to_graphql(asked: ImageFilter, *, indent: int = 0) -> str:
    """The filter as a GraphQL input literal: bare names, unquoted enum members. `indent` spreads it over lines."""
    return _literal(asked, indent, 0)


def _literal(value: object, indent: int, level: int) -> str:
    if isinstance(value, FilterNode):
        names = [name for name, info in type(value).model_fields.items() if getattr(value, name) != info.default]
        fields = type(value).model_fields
        items = [f"{fields[name].alias}: {_literal(getattr(value, name), indent, level + 1)}" for name in names]
        return _enclosed("{", items, "}", indent, level)
    if isinstance(value, tuple):
        plain = not any(isinstance(item, FilterNode) for item in value)
        return _enclosed("[", [_literal(item, indent, level + 1) for item in value], "]", 0 if plain else indent, level)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return json.dumps(value.isoformat())
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**31:
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def _enclosed(start: str, items: list[str], end: str, indent: int, level: int) -> str:
    line = start + ", ".join(items) + end
    if not indent or (len(line) <= LINE and "\n" not in line):
        return line
    margin = "\n" + " " * indent * (level + 1)
    return start + margin + margin.join(items) + "\n" + " " * indent * level + end


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is none")


class _Place:
    """Where a container lies; its path is put together only when it is needed."""

    __slots__ = ("above", "depth", "item", "name")

    def __init__(self, item: object, depth: int, above: _Place | None = None, name: str | int = "") -> None:
        self.item, self.depth, self.above, self.name = item, depth, above, name

    def path(self, *names: str | int) -> str:
        place: _Place | None = self
        while place is not None and place.above is not None:
            names = (place.name, *names)
            place = place.above
        return ".".join(map(str, names))


def _measure(data: object) -> None:
    """Refuse what is too deep or too large, without recursion, before anything is built from it."""
    objects = values = 0
    stack = [_Place(data, 0)]
    while stack:
        place = stack.pop()
        item, depth = place.item, place.depth
        pairs: Iterable[tuple[str | int, object]] = ()
        if isinstance(item, Mapping):
            objects, depth, pairs = objects + 1, depth + 1, item.items()
        elif isinstance(item, list | tuple):
            values, pairs = values + len(item), enumerate(item)
            depth += place.above is not None and not isinstance(place.above.item, Mapping)
        if depth > DEPTH:
            raise BadFilter(f"the filter is nested deeper than {DEPTH} levels; lay it flat", place.path())
        if objects > PARTS:
            raise BadFilter(f"a filter may have {PARTS} parts; ask in several steps", place.path())
        if values > VALUES:
            raise BadFilter(f"a filter may list {VALUES} values in all; ask in several steps", place.path())
        for name, value in pairs:
            if isinstance(value, str):
                if len(value) > LENGTH:
                    raise BadFilter(
                        f"a text may have {LENGTH} characters, this has {len(value)}", place.path(str(name))
                    )
            elif isinstance(value, Mapping | list | tuple):
                stack.append(_Place(value, depth, place, name))


def _sentence(error: ErrorDetails) -> str:
    """What pydantic found, said to a person."""
    given, context = error["input"], error.get("ctx", {})
    shown = json.dumps(given, default=str) if isinstance(given, str | int | float | bool | None) else ""
    shown = shown if len(shown) <= 80 else shown[:77] + "…"
    match error["type"]:
        case "extra_forbidden":
            name = str(error["loc"][-1])
            known = _fields(error["loc"][:-1])
            close = get_close_matches(name, known, 1)
            hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(known)}" if known else ""
            return f"there is no field '{name}' here" + (f"; {hint}" if hint else "")
        case "json_invalid":
            return "a text in it holds characters that are not Unicode; leave them out"
        case "missing":
            return "this is required"
        case "enum":
            return f"{shown} is not one of {str(context.get('expected', '')).replace(chr(39), '')}"
        case "greater_than_equal":
            return f"{shown} is less than {context['ge']:g}"
        case "greater_than":
            return f"{shown} is not more than {context['gt']:g}"
        case "less_than_equal":
            return f"{shown} is more than {context['le']:g}"
        case "model_type" | "model_attributes_type" | "dataclass_type":
            return "an object is needed here, in braces"
        case "tuple_type":
            return "a list is needed here"
        case "string_type":
            return f"a text is needed here{', not ' + shown if shown else ''}"
        case "bool_type" | "bool_parsing":
            return f"true or false is needed here{', not ' + shown if shown else ''}"
        case "int_type" | "int_parsing" | "int_from_float":
            return f"a whole number is needed here{', not ' + shown if shown else ''}"
        case "float_type" | "float_parsing" | "finite_number":
            return f"a number is needed here{', not ' + shown if shown else ''}"
        case "datetime_type" | "datetime_parsing" | "datetime_from_date_parsing" | "value_error":
            return f"{shown or 'this'} is not a date; write 2019-08-15 or 2019-08-15T18:30:00"
        case "too_long" | "too_short":
            return "each corner is a pair, [lat, lon]"
        case _:
            return error["msg"][:1].lower() + error["msg"][1:]


def _fields(location: tuple[int | str, ...]) -> list[str]:
    """JSON names of the fields at a location."""
    model: type[FilterNode] = ImageFilter
    for name in location:
        if isinstance(name, int):
            continue
        info = next((info for key, info in model.model_fields.items() if name in (key, info.alias)), None)
        inner = None if info is None else _model_in(info.annotation)
        if inner is None:
            return []
        model = inner
    return [info.alias or name for name, info in model.model_fields.items()]


def _model_in(annotation: object) -> type[FilterNode] | None:
    if isinstance(annotation, type) and issubclass(annotation, FilterNode):
        return annotation
    return next((found for argument in get_args(annotation) if (found := _model_in(argument)) is not None), None)
