"""Parsed and validated once: a page asks the same few documents over and over."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import ClassVar

from graphql import DocumentNode
from strawberry.extensions import SchemaExtension

KEPT = 256
MAX_KEPT_TEXT = 20_000
"""Characters; longer documents are not worth keeping."""


class Documents(SchemaExtension):
    """Keeps valid documents by their text, least recently used first out. Shared by all requests of the process."""

    _valid: ClassVar[OrderedDict[str, DocumentNode]] = OrderedDict()

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        known = self._valid.get(context.query or "")
        if known is not None:
            self._valid.move_to_end(context.query or "")
            context.graphql_document = known
            context.validation_rules = ()
        yield

    def on_validate(self) -> Iterator[None]:
        yield
        context = self.execution_context
        query, document = context.query, context.graphql_document
        if query and document and not context.pre_execution_errors and len(query) <= MAX_KEPT_TEXT:
            self._valid[query] = document
            if len(self._valid) > KEPT:
                self._valid.popitem(last=False)
