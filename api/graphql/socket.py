"""Messages over a live connection, in the form that graphql-transport-ws gives them."""

from __future__ import annotations

from typing import Any, cast

from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message

from api.graphql import limits
from api.graphql.context import Context

MAX_ID = 100
"""Characters of the name that a client gives an operation."""


class SocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """Closes the connection of a client that does not keep to the protocol."""

    async def handle_message(self, message: Message) -> None:
        wrong = _malformed(message)
        if wrong is not None:
            await self.handle_invalid_message(wrong)
            return
        await super().handle_message(message)


def _malformed(message: Any) -> str | None:
    """What is wrong with a message, in the 123 bytes that a close frame has."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "A message is a JSON object with a type."
    if message["type"] in ("subscribe", "complete"):
        id = message.get("id")
        if not isinstance(id, str) or not 0 < len(id) <= MAX_ID:
            return f"An operation has an id of at most {MAX_ID} characters."
    if message["type"] == "subscribe":
        if not isinstance(message.get("payload"), dict):
            return "What is asked stands in the payload."
        payload = cast("dict[str, Any]", message["payload"])
        return limits.malformed(payload) if payload.get("query") is not None else "The payload has no query."
    return None if message["type"] in KNOWN else "There is no message of this type."


KNOWN = ("connection_init", "ping", "pong", "complete")
