"""What EdgeQL works with: objects, edges, free objects and JSON, and the types of values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any

from tests.schema.edgeql_grammar import EdgeQLError, Node, Pointer

Values = list[Any]


class Big(int):
    """A bigint, which is not compared with what is a float64 or becomes one."""


_TYPES: dict[str, type] = {
    "str": str,
    "int64": int,
    "bigint": Big,
    "float64": float,
    "bool": bool,
    "bytes": bytes,
    "cal::local_datetime": datetime,
}
_NUMBERS = count(1)


class NotUniqueError(EdgeQLError):
    """An exclusive constraint is violated."""


@dataclass(eq=False, slots=True)
class Object:
    type: str
    properties: dict[str, Any] = field(default_factory=dict)
    links: dict[str, list[tuple[Object, dict[str, Any]]]] = field(default_factory=dict)
    number: int = field(default_factory=lambda: next(_NUMBERS))


@dataclass(slots=True)
class Found:
    """An object in a set, with the edge by which it was reached, and the shape it was given."""

    object: Object
    edge: Mapping[str, Any] | None = None
    pointer: Pointer | None = None
    shape: list[Node] | None = None
    scope: Scope | None = None


@dataclass(slots=True)
class Free:
    """A free object: name -> (values, whether many)."""

    held: dict[str, tuple[Values, bool]]
    shape: list[Node] | None = None
    scope: Scope | None = None


@dataclass(frozen=True, slots=True)
class Json:
    value: Any

    def __hash__(self) -> int:
        return hash(json.dumps(self.value, sort_keys=True))


@dataclass(frozen=True, slots=True)
class Scope:
    named: Mapping[str, Values] = field(default_factory=dict)
    here: Any = None
    """What a path that starts with a dot starts at."""
    inserting: str = ""
    """The type of what is made, whose other objects are not seen then."""

    def at(self, here: Any) -> Scope:
        return replace(self, here=here)

    def with_(self, name: str, values: Values) -> Scope:
        return replace(self, named={**self.named, name: values})


def typed(kind: Any, value: Any, where: str) -> Any:
    if isinstance(kind, tuple):
        if not isinstance(value, tuple):
            raise EdgeQLError(f"{where} takes an array, not {value!r}")
        return tuple(typed(kind[1], item, where) for item in value)
    if kind == "bigint" and type(value) is int:
        return Big(value)
    if kind == "json":
        wrong = not isinstance(value, Json)
    elif kind == "float64" and type(value) is int:
        return float(value)
    else:
        wrong = type(value) is not _TYPES[kind]
    if not wrong and kind == "int64":
        wrong = not -(2**63) <= value < 2**63
    if not wrong and kind == "float64":
        wrong = not abs(value) < float("inf")
    if not wrong and kind == "str":
        wrong = any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value)
    if wrong:
        raise EdgeQLError(f"{where} takes {kind}, not {value!r}")
    return value


def from_json(kind: Any, value: Any) -> Any:
    if isinstance(kind, tuple):
        if not isinstance(value, list):
            raise EdgeQLError(f"expected JSON array; got {value!r}")
        return tuple(from_json(kind[1], item) for item in value)
    if kind == "cal::local_datetime" and isinstance(value, str):
        return datetime.fromisoformat(value)
    if kind in ("int64", "bigint") and type(value) is float and value.is_integer():
        value = int(value)
    return typed(kind, value, "a cast from JSON")
