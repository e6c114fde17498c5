"""Questions are answered in time or not at all; changes are finished."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from schema.patience import answered_within, waiting

if TYPE_CHECKING:
    from api.graphql.context import Context

CHANGE_S = 30.0
"""How long a change may look for what it is to change; what it writes is written whole."""


class Deadlines(SchemaExtension):
    """Cancels a query after `Settings.query_timeout`, with all that works for it: what waits on this loop, statements
    in SQLite, and the parts of a filter in the index. A single computation is not cut: resolving fields (bounded by
    their cost), one step over one column (at most some 100 ms at a million images)."""

    async def on_execute(self) -> AsyncIterator[None]:
        context: Context = self.execution_context.context
        kind = self.execution_context.operation_type
        if kind is OperationType.QUERY:
            async with answered_within(context.settings.query_timeout):
                yield
        elif kind is OperationType.MUTATION:
            context.work.writes = True
            with waiting(CHANGE_S):
                yield
        else:
            yield
