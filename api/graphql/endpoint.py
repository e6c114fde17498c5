"""POST /graphql, and graphql-transport-ws on the same address."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from api.auth.attempts import Attempts
from api.graphql.context import Context
from api.graphql.schema import schema
from api.paths import issuer_of
from api.shares.links import token_of

if TYPE_CHECKING:
    from schema.library import Library
    from schema.settings import Settings

MAX_BODY = 2_000_000
"""Bytes: a filter of many thousand references fits."""


def _limited(receive: Receive) -> Receive:
    """Stops reading a body that is too long, whatever its header says."""
    read = 0

    async def receive_some() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > MAX_BODY:
            raise HTTPException(413, f"A request may have {MAX_BODY:,} bytes; ask for less at once.\n")
        return message

    return receive_some


class GraphQLEndpoint(GraphQL[Context, None]):
    """No queries by GET, no batches, no uploads, no page of its own (see `api.playground`)."""

    def __init__(self, settings: Settings, library: Library, queue: Any, attempts: Attempts) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=timedelta(seconds=10),
            max_subscriptions_per_connection=10,
        )
        self.settings = settings
        self.library = library
        self.queue = queue
        self.attempts = attempts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            receive = _limited(receive)
        await super().__call__(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        return Context(
            view=request.state.view,
            library=self.library,
            settings=self.settings,
            queue=self.queue,
            address=request.state.caller.address,
            issuer=issuer_of(request, self.settings),
            share=token_of(request.state.caller) or "",
            attempts=self.attempts,
        )
