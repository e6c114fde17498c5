"""`input ImageFilter`, made from the pydantic models of `schema.filter`, so that the two cannot drift apart."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import types
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

import strawberry
from pydantic.alias_generators import to_camel
from strawberry.types.unset import UNSET

from api.graphql.ids import as_reference
from api.graphql.scalars import LocalDateTime
from schema.filter import nodes

REFERENCE_FIELDS = frozenset((nodes.SetFilter, name) for name in ("any", "all", "none", "only")) | {
    (nodes.AtLeast, "of"),
    (nodes.FaceFilter, "person"),
    (nodes.PlaceFilter, "within"),
    (nodes.PlaceFilter, "none"),
    (nodes.Near, "place"),
    (nodes.SimilarFilter, "to"),
    (nodes.SemanticFilter, "image"),
    (nodes.ImageFilter, "ids"),
}
"""Where a Relay global id may stand for a reference."""

_RENAMED = {nodes.Box: "BoxInput", nodes.Range: "RangeInput", nodes.AtLeast: "AtLeastInput"}
"""Inputs whose model name would be taken for an output type."""

_inputs: dict[type[nodes.FilterNode], type] = {}


def _graphql_type(hint: Any) -> Any:
    """The type of one field, without its optionality."""
    origin = get_origin(hint)
    if origin is Annotated:
        return _graphql_type(get_args(hint)[0])
    if origin in (Union, types.UnionType):
        (inner,) = (part for part in get_args(hint) if part is not type(None))
        return _graphql_type(inner)
    if origin is tuple:
        return list[_graphql_type(get_args(hint)[0])]  # type: ignore[misc]
    if isinstance(hint, type) and issubclass(hint, nodes.FilterNode):
        return input_type(hint)
    return LocalDateTime if hint is datetime else hint


@cache
def _written_docs() -> dict[tuple[str, str], str]:
    """(class, field) -> the string written below the field in the models' source."""
    docs: dict[tuple[str, str], str] = {}
    for node in ast.parse(inspect.getsource(nodes)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        for field, below in zip(node.body, node.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
                docs[node.name, field.target.id] = inspect.cleandoc(str(ast.literal_eval(below.value)))
    return docs


def _outside_names(text: str) -> str:
    """A description as clients read it: fields by their camelCase names, on one line."""
    return re.sub(r"\b[a-z]+(?:_[a-z]+)+\b", lambda name: to_camel(name[0]), " ".join(text.split()))


def _field_description(model: type[nodes.FilterNode], name: str) -> str | None:
    field = model.model_fields[name]
    parts = [docs for parent in model.__mro__ if (docs := _written_docs().get((parent.__name__, name)))]
    if isinstance(field.default, bool | int | float) and field.default:
        parts.append(f"Default: {str(field.default).lower()}.")
    return _outside_names(" ".join(parts)) or None


def _description(model: type[nodes.FilterNode]) -> str:
    return _outside_names(model.__doc__ or "")


def input_type(model: type[nodes.FilterNode]) -> type:
    """The strawberry input of one model; recursive models meet themselves in the table."""
    if model in _inputs:
        return _inputs[model]
    name = _RENAMED.get(model, model.__name__)
    cls = _inputs[model] = type(name, (), {"__doc__": model.__doc__, "__module__": __name__, "_model": model})
    annotations: dict[str, Any] = {}
    for field_name, field in model.model_fields.items():
        inner = _graphql_type(field.annotation)
        annotations[field_name] = inner if field.is_required() else inner | None
        outside = field.alias or field_name
        extra: dict[str, Any] = {} if field.is_required() else {"default": UNSET}
        setattr(
            cls,
            field_name,
            strawberry.field(name=outside, description=_field_description(model, field_name), **extra),
        )
    cls.__annotations__ = annotations
    strawberry.input(cls, name=name, description=_description(model))
    return cls


def _outside(model: type[nodes.FilterNode], name: str) -> str:
    return model.model_fields[name].alias or name


def _is_reference(model: type[nodes.FilterNode], name: str) -> bool:
    return any((parent, name) in REFERENCE_FIELDS for parent in model.__mro__)


def _plain(value: Any, references: bool) -> Any:
    if dataclasses.is_dataclass(value) and hasattr(value, "_model"):
        return dict(_members(value))
    if isinstance(value, list):
        return [_plain(item, references) for item in value]
    if isinstance(value, Enum):
        return value.value
    return as_reference(value) if references and isinstance(value, str) else value


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    model: type[nodes.FilterNode] = value._model
    for name in model.model_fields:
        given = getattr(value, name)
        if given is not UNSET and given is not None:
            yield _outside(model, name), _plain(given, _is_reference(model, name))


def to_json(value: Any) -> dict[str, Any]:
    """The JSON form of a filter given as GraphQL input; global ids become references, null means not given."""
    return dict(_members(value)) if value is not None and value is not UNSET else {}


if TYPE_CHECKING:
    ImageFilterInput = Any
    BoxInput = Any
else:
    ImageFilterInput = input_type(nodes.ImageFilter)
    BoxInput = input_type(nodes.Box)
