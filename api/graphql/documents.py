"""Documents: read and checked once, since a page asks the same few over and over; and known by their digest, so that
it need not send them again.

A client that sends `extensions: {"keep": true}` with a document is told its id in `extensions.document`; it may send
`documentId` alone from then on (GraphQL over HTTP, appendix on persisted documents), until it hears that the id is not
known any more.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from graphql import DocumentNode, validate
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.graphql.limits import MAX_ERRORS, STRANGERS

if TYPE_CHECKING:
    from api.graphql.context import Context

KEPT = 256


@dataclass(frozen=True, slots=True)
class _Kept:
    text: str
    document: DocumentNode


def id_of(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


class Documents(SchemaExtension):
    """Keeps valid documents by their digest, least recently used first out. Shared by all requests of the process."""

    _valid: ClassVar[OrderedDict[str, _Kept]] = OrderedDict()

    @classmethod
    def text(cls, id: str) -> str | None:
        """None: not known, or not any more."""
        known = cls._valid.get(id)
        return known.text if known is not None else None

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        self._id = id_of(context.query or "")
        known = self._valid.get(self._id)
        if known is not None:
            self._valid.move_to_end(self._id)
            context.graphql_document = known.document
            context.validation_rules = ()
        yield

    def on_validate(self) -> Iterator[None]:
        """After `Limits` has let it through: validation compares in pairs, and looks for what may have been meant."""
        context = self.execution_context
        asks: Context = context.context
        if context.graphql_document is not None and context.validation_rules and not context.pre_execution_errors:
            context.pre_execution_errors = validate(
                context.schema._schema,
                context.graphql_document,
                (*context.validation_rules, MaybeNullValidationRule, OneOfInputValidationRule),
                max_errors=MAX_ERRORS,
                hide_suggestions=asks.view.viewer.kind in STRANGERS,
            )
        yield
        if context.query and context.graphql_document and not context.pre_execution_errors:
            self._valid[self._id] = _Kept(context.query, context.graphql_document)
            if len(self._valid) > KEPT:
                self._valid.popitem(last=False)

    def get_results(self) -> dict[str, Any]:
        wanted = (self.execution_context.operation_extensions or {}).get("keep") is True
        return {"document": self._id} if wanted and self._id in self._valid else {}
