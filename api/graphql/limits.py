"""What one request may ask for. Decided on the parsed document, before validation and execution spend anything.

Cost is the number of fields that could be answered: a field costs 1 (or its price below), times the length of every
list around it. A list's length is its `first`, `last`, `limit` or number of `ids`; without one, what is usual.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    value_from_ast_untyped,
)
from strawberry.extensions import SchemaExtension

from schema.filter.validate import PARTS

MAX_PAGE = 200
MAX_TOKENS = 4_000
MAX_DEPTH = 16
MAX_ALIASES = 60
MAX_FIELDS = 500
"""Fields written in a document; validation compares fields in pairs."""
MAX_COST = 60_000
"""About one second of work on one core."""

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


def clamp(first: int, most: int = MAX_PAGE) -> int:
    """A page length: refuses what is out of range rather than answering less than was asked."""
    if not 0 <= first <= most:
        raise GraphQLError(f"A page has 0 to {most} entries, not {first}; ask for less and follow the cursor.")
    return first


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


def _length(field: FieldNode, variables: Mapping[str, Any]) -> float:
    """How often what is selected below a field may be answered."""
    name = field.name.value
    given = {argument.name.value: _given(argument.value, variables) for argument in field.arguments or ()}
    if name == "facets":  # `first` is of the values in each
        return (given.get("by") or 1) * (given.get("first") or LENGTHS["values"]) / LENGTHS["values"]
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
        self.open: set[str] = set()
        self.fields = 0

    def selection(self, selections: SelectionSetNode | None) -> Measure:
        total = Measure()
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                total.add(self.field(node))
            elif isinstance(node, InlineFragmentNode):
                total.add(self.selection(node.selection_set))
            elif isinstance(node, FragmentSpreadNode):
                total.add(self.fragment(node.name.value))
        return total

    def field(self, field: FieldNode) -> Measure:
        self.fields += 1
        name = field.name.value
        if name.startswith("__"):  # introspection reads the schema only, and is bounded by depth and tokens
            inner = self.selection(field.selection_set)
            return Measure(inner.depth + 1, inner.aliases, 1)
        inner = self.selection(field.selection_set)
        length = _length(field, self.variables) if field.selection_set else 1
        return Measure(
            depth=inner.depth + 1,
            aliases=inner.aliases + (field.alias is not None),
            cost=PRICES.get(name, 1) + round(length * inner.cost),
        )

    def fragment(self, name: str) -> Measure:
        # Cycles and unknown names are validation's to refuse; here they only must not loop.
        if name in self.measured or name in self.open or name not in self.fragments:
            return self.measured.get(name, Measure())
        self.open.add(name)
        self.measured[name] = self.selection(self.fragments[name].selection_set)
        self.open.discard(name)
        return self.measured[name]


def measure(document: DocumentNode, operation: str | None, variables: Mapping[str, Any]) -> tuple[Measure, int]:
    """The measure of the named (or costliest) operation, and how many fields are written in the document."""
    measurer = _Measurer(document, variables)
    worst = Measure()
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            found = measurer.selection(definition.selection_set)
            if operation is None or (definition.name is not None and definition.name.value == operation):
                worst = max(worst, found, key=lambda m: m.cost)
        elif isinstance(definition, FragmentDefinitionNode):
            measurer.fragment(definition.name.value)
    return worst, measurer.fields


def crowded(variables: Mapping[str, Any]) -> str | None:
    """Where a filter among the variables has more parts than one may have; found before they are all turned into
    objects, which takes longer than to refuse them. None: nowhere."""
    for value in variables.values():
        left, waiting = PARTS, [("", value)]
        while waiting:
            path, part = waiting.pop()
            if not isinstance(part, Mapping):
                continue
            for name, below in part.items():
                inner = f"{path}.{name}" if path else str(name)
                if name in ("and", "or") and isinstance(below, list):
                    if len(below) > left:
                        return f"{inner}.{left}"
                    left -= len(below)
                    waiting += [(f"{inner}.{number}", one) for number, one in enumerate(below)]
                elif isinstance(below, Mapping):
                    waiting.append((inner, below))
    return None


def refusal(found: Measure, fields: int) -> str | None:
    """One sentence, when it is too much."""
    for value, most, what in (
        (fields, MAX_FIELDS, "fields"),
        (found.depth, MAX_DEPTH, "levels"),
        (found.aliases, MAX_ALIASES, "aliases"),
        (found.cost, MAX_COST, "cost units"),
    ):
        if value > most:
            return f"This request has {value:,} {what}, {most:,} are allowed; ask for less at once."
    return None


class Limits(SchemaExtension):
    """Refuses what is over a limit; says in `extensions.cost` what a request cost."""

    cost: int | None = None

    def on_operation(self) -> Iterator[None]:
        self.execution_context.parse_options["max_tokens"] = MAX_TOKENS
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        if context.graphql_document is not None:
            try:
                found, fields = measure(context.graphql_document, context.operation_name, context.variables or {})
                sentence = refusal(found, fields)
                self.cost = found.cost
            except RecursionError:
                sentence = "This request is nested too deeply; ask for less at once."
            if sentence:
                # Set before validation, which costs more than a refusal should and is left out then.
                context.pre_execution_errors = [GraphQLError(sentence, extensions={"code": "TOO_MUCH"})]
            elif (path := crowded(context.variables or {})) is not None:
                sentence = f"{path}: a filter may have {PARTS} parts; ask in several steps"
                context.pre_execution_errors = [GraphQLError(sentence, extensions={"code": "BAD_FILTER", "path": path})]
        yield

    def get_results(self) -> dict[str, Any]:
        return {} if self.cost is None else {"cost": {"requested": self.cost, "allowed": MAX_COST}}
