"""Nodes of the graph as JSON and back, exactly: driven by the types of their fields, so that no field is forgotten.

A field at its default is left out. Bytes are base64, moments ISO 8601. Text keeps lone surrogates (paths that are not
UTF-8): written by `json.dumps` they are `\\udcXX` escapes.
"""

from __future__ import annotations

import base64
import types
from collections.abc import Hashable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from pydantic import BaseModel

T = TypeVar("T")
_AS_THEY_ARE = frozenset({str, int, float, bool, type(None)})


def to_json(value: Any) -> Any:
    """A JSON-able form of a node, or of anything it is made of."""
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is tuple or kind is list:
        return [item if type(item) in _AS_THEY_ARE else to_json(item) for item in value]
    if is_dataclass(kind):
        return {
            name: item if type(item) in _AS_THEY_ARE else to_json(item)
            for name, default in _defaults(cast(Hashable, kind))
            if (item := getattr(value, name)) != default
        }
    if kind is bytes:
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Enum):
        return value.value
    if kind is dict:
        return {key: to_json(item) for key, item in value.items()}
    if kind is datetime:
        return value.isoformat()
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True, exclude_defaults=True, mode="json")
    raise TypeError(f"{kind.__name__} is no part of a node")


def from_json(kind: type[T], value: Any) -> T:
    """The node that `to_json` was given. Raises ValueError that names the wrong field."""
    return cast(T, _read(kind, value, kind.__name__))


def _read(kind: Any, value: Any, where: str) -> Any:
    if kind is Any:
        return value
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        (inner,) = (arg for arg in get_args(kind) if arg is not type(None))
        return _read(inner, value, where)
    if origin is tuple:
        return _read_tuple(get_args(kind), value, where)
    if origin is dict:
        _, item = get_args(kind)
        return {key: _read(item, inner, f"{where}.{key}") for key, inner in _checked(dict, value, where).items()}
    if is_dataclass(kind):
        return _read_node(cast(type[Any], kind), _checked(dict, value, where), where)
    try:
        if kind is bytes:
            return base64.b64decode(_checked(str, value, where), validate=True)
        if kind is datetime:
            return datetime.fromisoformat(_checked(str, value, where))
        if issubclass(kind, Enum):
            return kind(value)
        if issubclass(kind, BaseModel):
            return kind.model_validate(value)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return _checked(kind, value, where)


def _read_tuple(args: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    items = _checked(list, value, where)
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_read(args[0], item, where) for item in items)
    if len(items) != len(args):
        raise ValueError(f"{where}: {len(items)} values where {len(args)} belong")
    return tuple(_read(arg, item, where) for arg, item in zip(args, items, strict=True))


def _read_node(kind: type[Any], value: dict[str, Any], where: str) -> Any:
    hints = _hints(cast(Hashable, kind))
    unknown = value.keys() - hints.keys()
    if unknown:
        raise ValueError(f"{where}: no field {min(unknown)}")
    try:
        return kind(**{name: _read(hints[name], item, f"{where}.{name}") for name, item in value.items()})
    except TypeError as error:
        raise ValueError(f"{where}: {error}") from error


def _checked(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{where}: {type(value).__name__} where {kind.__name__} belongs")
    return value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


@cache
def _defaults(kind: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, _default(field)) for field in fields(kind))


def _default(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING
