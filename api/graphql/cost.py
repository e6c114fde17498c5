"""What a document may cost, told before anything of it is answered.

Cost is the number of fields that could be answered: a field costs 1 (or its price below, and more for a filter of many
parts), times the length of every list around it. A list's length is its `first`, `last`, `limit` or number of `ids`;
without one, what is usual.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    value_from_ast_untyped,
)

MOST_PARTS = 6_000
"""Of a filter; more are not counted, since these cost too much already."""
PART_PRICE = 10
"""Of each part of a filter, for every field that asks it."""
GRID_ROW = 0.01
"""A row of the packed grid against one of a list."""

PRICES = {
    "images": 20,
    "search": 40,
    "understand": 20,
    "conditions": 20,
    "variants": 40,
    "coverUrl": 10,
    "gazetteer": 20,
    "relaxations": 200,
    "wider": 20,
    "suggest": 5,
    "facets": 100,
    "timeline": 20,
    "grid": 50,
    "mapClusters": 50,
    "count": 5,
    "narrowerWithImages": 100,
    "why": 20,
    "tags": 2,
}
"""Fields that take more than reading an attribute, in attribute reads (about 10 us each)."""

LENGTHS = {
    "images": 50,
    "search": 50,
    "chips": 6,
    "variants": 8,
    "relaxations": 3,
    "tags": 15,
    "faces": 3,
    "texts": 5,
    "files": 1,
    "palette": 16,
    "boxes": 3,
    "stages": 4,
    "chain": 8,
    "broader": 2,
    "narrower": 20,
    "narrowerWithImages": 50,
    "places": 50,
    "people": 50,
    "albums": 20,
    "values": 30,
    "failures": 50,
    "buckets": 200,
    "why": 5,
    "entered": 50,
    "changed": 50,
}
"""Usual lengths of lists asked for without a number."""

INTROSPECTED = {
    "types": 30.0,
    "fields": 8.0,
    "inputFields": 8.0,
    "args": 3.0,
    "enumValues": 5.0,
    "possibleTypes": 5.0,
    "directives": 3.0,
}
"""Lists of the schema. There are 200 types, whose fields are read much faster than those of a library."""


@dataclass(slots=True)
class Measure:
    """Of a selection: depth in fields, aliases written, cost."""

    depth: int = 0
    aliases: int = 0
    cost: int = 0

    def add(self, other: Measure) -> None:
        self.depth = max(self.depth, other.depth)
        self.aliases += other.aliases
        self.cost += other.cost


@dataclass(slots=True)
class Written:
    """How much stands in a document, asked or not."""

    fields: int = 0
    repeats: int = 0
    directives: int = 0
    definitions: int = 0
    variables: int = 0
    introspects: bool = False
    """It asks for the schema."""


def _given(node: ValueNode, variables: Mapping[str, Any]) -> Any:
    """An argument's number, or how many its list has; None for anything else."""
    value: Any = variables.get(node.name.value) if isinstance(node, VariableNode) else None
    if isinstance(node, IntValueNode):
        value = int(node.value)
    elif isinstance(node, ListValueNode):
        value = node.values
    if isinstance(value, list | tuple):
        return len(value)
    return max(0, value) if isinstance(value, int) and not isinstance(value, bool) else None


def _parts(value: ValueNode, variables: Mapping[str, Any]) -> int:
    """Objects in an argument, its own included: the parts of a filter."""
    found = 0
    waiting: list[Any] = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, VariableNode):
            part = variables.get(part.name.value)
        if isinstance(part, ListValueNode):
            waiting += part.values
        elif isinstance(part, ObjectValueNode):
            found += 1
            waiting += [field.value for field in part.fields]
        elif isinstance(part, dict):  # as JSON was read; asking for a Mapping takes ten times as long
            found += 1
            waiting += [one for one in part.values() if isinstance(one, dict | list)]
        elif isinstance(part, list):
            waiting += [one for one in part if isinstance(one, dict | list)]
        if found > MOST_PARTS:
            break
    return found


def _length(field: FieldNode, variables: Mapping[str, Any]) -> float:
    """How often what is selected below a field may be answered."""
    name = field.name.value
    if name in INTROSPECTED:
        return INTROSPECTED[name]
    given = {argument.name.value: _given(argument.value, variables) for argument in field.arguments or ()}
    if name == "facets":  # `first` is of the values in each
        return (given.get("by") or 1) * (given.get("first") or LENGTHS["values"]) / LENGTHS["values"]
    if name == "grid":  # columns, not objects
        return 1 + GRID_ROW * (given.get("limit") or 0)
    asked = [length for argument in ("first", "last", "limit", "ids") if (length := given.get(argument)) is not None]
    return float(max(asked)) if asked else LENGTHS.get(name, 1)


def _defaults(document: DocumentNode) -> dict[str, Any]:
    """What variables are that are not given; of operations that differ, the longest."""
    found: dict[str, Any] = {}
    for definition in document.definitions:
        for variable in getattr(definition, "variable_definitions", None) or ():
            name, default = variable.variable.name.value, variable.default_value
            if default is not None:
                found[name] = max(found.get(name), value_from_ast_untyped(default), key=_size)
    return found


def _size(value: Any) -> int:
    return value if isinstance(value, int) else len(value) if isinstance(value, list) else 0


class _Measurer:
    """Walks a document once: every fragment is measured once, however often it is spread."""

    def __init__(self, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.variables = {**_defaults(document), **variables}
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self.measured: dict[str, Measure] = {}
        self.parts: dict[str, int] = {}
        """Of variables, which are measured once, too."""
        self.open: set[str] = set()
        self.written = Written()

    def selection(self, selections: SelectionSetNode | None, beside: set[str] | None = None) -> Measure:
        """`beside`: names that stand around it, which it is merged with."""
        total = Measure()
        names = set[str]() if beside is None else beside
        for node in selections.selections if selections else ():
            self.written.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                name = (node.alias or node.name).value
                self.written.repeats += name in names
                names.add(name)
                total.add(self.field(node))
            elif isinstance(node, InlineFragmentNode):
                total.add(self.selection(node.selection_set, names))
            elif isinstance(node, FragmentSpreadNode):
                name = f"...{node.name.value}"
                self.written.repeats += name in names
                names.add(name)
                total.add(self.fragment(node.name.value))
        return total

    def field(self, field: FieldNode) -> Measure:
        self.written.fields += 1
        name = field.name.value
        self.written.introspects |= name in ("__schema", "__type")
        inner = self.selection(field.selection_set)
        length = _length(field, self.variables) if field.selection_set else 1
        asked = sum(self._parts(argument.value) for argument in field.arguments or ())
        return Measure(
            depth=inner.depth + 1,
            aliases=inner.aliases + (field.alias is not None),
            cost=PRICES.get(name, 1) + PART_PRICE * asked + round(length * inner.cost),
        )

    def _parts(self, value: ValueNode) -> int:
        if not isinstance(value, VariableNode):
            return _parts(value, self.variables)
        name = value.name.value
        if name not in self.parts:
            self.parts[name] = _parts(value, self.variables)
        return self.parts[name]

    def fragment(self, name: str) -> Measure:
        # Cycles and unknown names are validation's to refuse; here they only must not loop.
        if name in self.measured or name in self.open or name not in self.fragments:
            return self.measured.get(name, Measure())
        self.open.add(name)
        self.measured[name] = self.selection(self.fragments[name].selection_set)
        self.open.discard(name)
        return self.measured[name]


def measure(document: DocumentNode, operation: str | None, variables: Mapping[str, Any]) -> tuple[Measure, Written]:
    """The measure of the named (or costliest) operation, and what is written in the document."""
    measurer = _Measurer(document, variables)
    written = measurer.written
    worst = Measure()
    for definition in document.definitions:
        written.definitions += 1
        written.directives += len(getattr(definition, "directives", None) or ())
        if isinstance(definition, OperationDefinitionNode):
            written.variables += len(definition.variable_definitions or ())
            found = measurer.selection(definition.selection_set)
            if operation is None or (definition.name is not None and definition.name.value == operation):
                worst = max(worst, found, key=lambda m: m.cost)
        elif isinstance(definition, FragmentDefinitionNode):
            measurer.fragment(definition.name.value)
    return worst, written
