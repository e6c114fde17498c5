"""Functions of EdgeQL that take one value of each argument, and what its operators ask of values."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.schema.edgeql_grammar import EdgeQLError
from tests.schema.edgeql_values import Big, Found, Free, Json, Values

_PARTS: dict[str, Callable[[datetime], int]] = {
    "year": lambda moment: moment.year,
    "month": lambda moment: moment.month,
    "day": lambda moment: moment.day,
    "hour": lambda moment: moment.hour,
    "isodow": lambda moment: moment.isoweekday(),
}


def function(name: str, *taken: Any) -> Values:
    match name, taken:
        case "len", (str() | tuple() as held,):
            return [len(held)]
        case "contains", (str() as held, str() as part):
            return [part in held]
        case "contains", (tuple() as held, part):
            return [part in held]
        case "array_unpack", (tuple() as held,):
            return list(held)
        case "json_array_unpack", (Json(list() as held),):
            return [Json(item) for item in held]
        case "json_get", (Json(held), str() as key):
            return [Json(held[key])] if isinstance(held, dict) and key in held else []
        case "to_json", (str() as written,):
            return [Json(json.loads(written))]
        case "to_str", (Json(held),):
            return [json.dumps(held)]
        case "enc::base64_decode", (str() as written,):
            return [b64decode(written, validate=True)]
        case "datetime_get", (datetime() as moment, str() as part):
            return [float(_PARTS[part](moment))]
        case "sys::get_version", ():
            return [Free({"major": ([7], False)})]
    raise EdgeQLError(f"function {name}{taken} does not exist")


def truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise EdgeQLError(f"{value!r} is no bool")
    return value


def key_of(value: Any) -> Any:
    return value.object.number if isinstance(value, Found) else value


def alike(one: Any, other: Any) -> tuple[Any, Any]:
    """Two values that can be compared."""
    one, other = key_of(one), key_of(other)
    kinds = {type(one), type(other)}
    if len(kinds) > 1 and kinds not in ({int, float}, {int, Big}):
        raise EdgeQLError(f"{one!r} and {other!r} cannot be compared")
    return one, other
