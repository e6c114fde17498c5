"""What a client learns of an error: our own sentences as they are, anything else only under an id."""

from __future__ import annotations

import logging
import re
import secrets

from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from schema.errors import BadFilter, PiGalleryError

log = logging.getLogger("pigallery.graphql")

_SUGGESTION = re.compile(r"\s*Did you mean .*\?\s*$", re.DOTALL)


def _code(error: PiGalleryError) -> str:
    """`BadFilter` -> `BAD_FILTER`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).upper()


def shown(error: GraphQLError) -> GraphQLError:
    """The error as clients may see it; an unexpected one is logged whole."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(error, GraphQLSyntaxError) and error.message.endswith("Parsing aborted."):
        sentence = "This request is too long or nested too deeply; ask for less at once."
        return GraphQLError(sentence, extensions={"code": "TOO_MUCH"})
    if cause is None or isinstance(cause, GraphQLError | CannotGetOperationTypeError | InvalidOperationTypeError):
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


def without_suggestion(error: GraphQLError) -> GraphQLError:
    """Without the names that whoever asked may have meant."""
    error.message = _SUGGESTION.sub("", error.message)
    return error
