"""What a client learns of an error: our own sentences as they are, anything else only under an id."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types.execution import ExecutionResult, StreamExecutionResult

from schema.errors import BadFilter, PiGalleryError

log = logging.getLogger("pigallery.graphql")


def _code(error: PiGalleryError) -> str:
    """`BadFilter` -> `BAD_FILTER`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).upper()


def shown(error: GraphQLError) -> GraphQLError:
    """The error as clients may see it; an unexpected one is logged whole."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if cause is None or isinstance(cause, GraphQLError):
        return error
    if isinstance(cause, PiGalleryError):
        message, extensions = str(cause), {"code": _code(cause)}
        if isinstance(cause, BadFilter):
            extensions["path"] = cause.path
    elif isinstance(cause, RecursionError):
        message, extensions = "This request is nested too deeply; ask for less at once.", {"code": "TOO_MUCH"}
    else:
        id = secrets.token_hex(4)
        log.error("error %s at %s", id, error.path, exc_info=cause)
        message = f"Something went wrong inside; the server's log tells more under the id {id}."
        extensions = {"code": "INTERNAL", "id": id}
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


class Errors(SchemaExtension):
    """Replaces the errors of every result, also of each one of a subscription."""

    _streamed = False

    def on_operation(self) -> Iterator[None]:
        yield
        context = self.execution_context
        if self._streamed:
            return
        if context.pre_execution_errors:
            context.pre_execution_errors[:] = [shown(error) for error in context.pre_execution_errors]
        result = context.result
        if result is not None and result.errors and result.errors is not context.pre_execution_errors:
            result.errors = [shown(error) for error in result.errors]

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        self._streamed = True
        if isinstance(result, ExecutionResult) and result.errors:
            result.errors = [shown(error) for error in result.errors]
        yield
