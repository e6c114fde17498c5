"""Questions are answered in time or not at all, each event of a subscription too; changes are finished."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
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


class TimedEvents(StrawberryGraphQLCoreExecutionContext):
    """Gives the execution of each event what a query has; a subscription of which one takes longer is over. Waiting
    for the event is on nobody's clock."""

    is_event = False

    def build_per_event_executor(self, payload: Any) -> TimedEvents:
        made = super().build_per_event_executor(payload)
        assert isinstance(made, TimedEvents)
        made.is_event = True
        return made

    def execute_operation(self, serially: bool | None = None) -> Any:
        return self._in_time(serially) if self.is_event else super().execute_operation(serially)

    async def _in_time(self, serially: bool | None) -> Any:
        context: Context = self.context_value
        async with answered_within(context.settings.query_timeout):
            result = super().execute_operation(serially)
            return await result if self.is_awaitable(result) else result
