"""What one request may ask for. Decided on the parsed document, before validation and execution spend anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from api.budget import OverBudget
from api.graphql.cost import Measure, Written, measure
from schema.filter.validate import PARTS
from schema.policy import Viewer, ViewerKind

if TYPE_CHECKING:
    from api.graphql.context import Context

MAX_PAGE = 200
MAX_TEXT = 20_000
"""Characters of a document; what is longer belongs into variables."""
MAX_TOKENS = 1_000
MAX_DEPTH = 16
MAX_ALIASES = 60
MAX_FIELDS = 250
"""Fields written in a document; validation compares fields in pairs."""
MAX_REPEATS = 20
"""Fields written again under a name that stands beside them already; validation compares what is below each pair."""
MAX_DIRECTIVES = 20
MAX_DEFINITIONS = 40
"""Operations and fragments."""
MAX_VARIABLES = 60
MAX_COST = 60_000
"""About one second of work on one core."""
MAX_ERRORS = 3
"""Mistakes told at once; each is looked for among all names there are."""
STRANGERS = (ViewerKind.ANONYMOUS, ViewerKind.SHARE)
TOO_MUCH = {"code": "TOO_MUCH"}


def clamp(first: int, most: int = MAX_PAGE) -> int:
    """A page length: refuses what is out of range rather than answering less than was asked."""
    if not 0 <= first <= most:
        raise GraphQLError(f"A page has 0 to {most} entries, not {first}; ask for less and follow the cursor.")
    return first


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


def malformed(asked: Mapping[str, Any]) -> str | None:
    """One sentence, when a request is not one: looked at before anything of it is read."""
    for name, kind, what in (
        ("query", str, "a text"),
        ("variables", dict, "an object"),
        ("operationName", str, "a text"),
    ):
        if not isinstance(asked.get(name), kind | None):
            return f"`{name}` is {what}, or left out."
    if len(asked.get("query") or "") > MAX_TEXT:
        return f"A document has at most {MAX_TEXT:,} characters; put long lists into variables."
    return None


def refusal(found: Measure, written: Written) -> str | None:
    """One sentence, when it is too much."""
    for value, most, what in (
        (written.fields, MAX_FIELDS, "fields"),
        (written.repeats, MAX_REPEATS, "fields that stand there already"),
        (written.directives, MAX_DIRECTIVES, "directives"),
        (written.definitions, MAX_DEFINITIONS, "operations and fragments"),
        (written.variables, MAX_VARIABLES, "variables"),
        (found.depth, MAX_DEPTH, "levels"),
        (found.aliases, MAX_ALIASES, "aliases"),
        (found.cost, MAX_COST, "cost units"),
    ):
        if value > most:
            return f"This request has {value:,} {what}, {most:,} are allowed; ask for less at once."
    return None


def may_introspect(viewer: Viewer, setting: str) -> bool:
    """Whether the schema is told; by default to those who are known here, and not to visitors."""
    return setting == "on" or (setting == "auto" and viewer.kind not in STRANGERS)


class Limits(SchemaExtension):
    """Refuses what is over a limit or over the budget; says in `extensions.cost` what a request cost, and what is
    left to whoever asked."""

    cost: int | None = None

    def on_operation(self) -> Iterator[None]:
        self.execution_context.parse_options["max_tokens"] = MAX_TOKENS
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        if context.graphql_document is not None and (error := self._refused()) is not None:
            # Set before validation, which costs more than a refusal should and is left out then.
            context.pre_execution_errors = [error]
        yield

    def _refused(self) -> GraphQLError | None:
        context = self.execution_context
        asks: Context = context.context
        assert context.graphql_document is not None
        if (path := crowded(context.variables or {})) is not None:
            told = f"{path}: a filter may have {PARTS} parts; ask in several steps"
            return GraphQLError(told, extensions={"code": "BAD_FILTER", "path": path})
        if context.operation_type is OperationType.SUBSCRIPTION and not asks.over_socket:
            told = "A subscription needs a live connection: graphql-transport-ws, at the same address."
            return GraphQLError(told, extensions={"code": "NEEDS_SOCKET"})
        try:
            found, written = measure(context.graphql_document, context.operation_name, context.variables or {})
        except RecursionError:
            return GraphQLError("This request is nested too deeply; ask for less at once.", extensions=TOO_MUCH)
        self.cost = found.cost
        if (sentence := refusal(found, written)) is not None:
            return GraphQLError(sentence, extensions=TOO_MUCH)
        if written.introspects and not may_introspect(asks.view.viewer, asks.settings.introspection):
            told = "The schema is not told here to those who have not logged in; log in first."
            return GraphQLError(told, extensions={"code": "NO_INTROSPECTION"})
        try:
            asks.purse.spend(found.cost)
        except OverBudget as error:
            return GraphQLError(str(error), extensions={"code": "OVER_BUDGET", "retryAfterS": error.wait_s})
        return None

    def get_results(self) -> dict[str, Any]:
        if self.cost is None:
            return {}
        asks: Context = self.execution_context.context
        return {"cost": {"requested": self.cost, "allowed": MAX_COST, **asks.purse.shown()}}
