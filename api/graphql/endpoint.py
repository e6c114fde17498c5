"""POST /graphql, and graphql-transport-ws on the same address."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLRequestData
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult

from api.auth.attempts import Attempts
from api.budget import Budgets, OverBudget, Purse
from api.graphql import limits
from api.graphql.context import Context, Work
from api.graphql.documents import Documents
from api.graphql.schema import schema
from api.graphql.socket import SocketHandler
from api.paths import issuer_of
from api.shares.links import token_of
from schema.policy import ViewerKind

if TYPE_CHECKING:
    from api.webhooks.keeping import Webhooks
    from schema.library import Library
    from schema.settings import Settings

MAX_BODY = 2_000_000
"""Bytes: a filter of many thousand references fits."""
MAX_STRANGERS_BODY = 100_000
BYTES_A_UNIT = 20
"""Bytes of a request that take as long as a unit of cost: to be read, parsed and checked."""
FULL = 4429
"""Close code of a live connection too many."""


class Body:
    """Receives a request: stops reading a body that is too long, whatever its header says, and then waits for the
    client to go."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = most
        self._whole = asyncio.Event()
        self.length = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self.length += len(message.get("body", b""))
        if self.length > self._most:
            raise HTTPException(413, f"A request may have {self._most:,} bytes; ask for less at once.\n")
        if not message.get("more_body", False):
            self._whole.set()
        return message

    async def until_gone(self) -> None:
        await self._whole.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass


class GraphQLEndpoint(GraphQL[Context, None]):
    """No queries by GET, no batches, no uploads, no page of its own (see `api.playground`)."""

    graphql_transport_ws_handler_class = SocketHandler

    def __init__(
        self, settings: Settings, library: Library, queue: Any, attempts: Attempts, webhooks: Webhooks | None = None
    ) -> None:
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
        self.webhooks = webhooks
        self.budgets = Budgets(settings.budget)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        viewer, caller = scope["state"]["view"].viewer, scope["state"]["caller"]
        if scope["type"] == "websocket":
            with self.budgets.seat(viewer, caller.address) as free:
                if free:
                    await super().__call__(scope, receive, send)
                else:
                    await _turn_away(WebSocket(scope, receive, send))
            return
        purse = self.budgets.purse(viewer, caller.address)
        try:
            purse.require_some()
        except OverBudget as error:
            await _over_budget(error)(scope, receive, send)
            return
        most = MAX_STRANGERS_BODY if viewer.kind is ViewerKind.ANONYMOUS else MAX_BODY
        await self._while_wanted(scope, Body(receive, most), send, purse)

    async def _while_wanted(self, scope: Scope, body: Body, send: Send, purse: Purse) -> None:
        """Answer, unless the client goes: then a question is stopped, and a change finished."""
        scope["state"]["work"] = begun = Work()
        work = asyncio.create_task(super().__call__(scope, body, send))
        gone = asyncio.create_task(body.until_gone())
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done() and not begun.writes:
                work.cancel()
            await asyncio.wait({work})
            if not work.cancelled():
                work.result()
        finally:
            gone.cancel()
            purse.charge(body.length / BYTES_A_UNIT)
            if not work.done() and not begun.writes:
                work.cancel()

    def parse_json(self, data: str | bytes) -> Any:
        try:
            asked = super().parse_json(data)
        except RecursionError:
            asked = None
        if isinstance(asked, list):
            raise HTTPException(400, "Send one question at a time; lists of them are not answered.\n")
        if not isinstance(asked, dict):
            raise HTTPException(400, 'Send one JSON object: {"query": ..., "variables": ...}.\n')
        if asked.get("query") is None and isinstance(id := asked.get("documentId"), str):
            asked["query"] = Documents.text(id)
            if asked["query"] is None:
                raise HTTPException(404, "That document is not known here, or not any more; send its text.\n")
        if (wrong := limits.malformed(asked)) is not None:
            raise HTTPException(400, f"{wrong}\n")
        return asked

    async def execute_single(
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        sub_response: Response,
        context: Context,
        root_value: None,
        request_data: GraphQLRequestData,
    ) -> ExecutionResult:
        result = await super().execute_single(request, request_adapter, sub_response, context, root_value, request_data)
        for error in result.errors or ():
            if (error.extensions or {}).get("code") == "OVER_BUDGET":
                sub_response.status_code = 429
                sub_response.headers["retry-after"] = str((error.extensions or {})["retryAfterS"])
        return result

    def is_websocket_origin_allowed(self, request: WebSocket, origin: str) -> bool:
        """`HostGuard` has decided; it knows the public address too, where a proxy has rewritten `Host`."""
        return True

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        address = request.state.caller.address
        return Context(
            view=request.state.view,
            library=self.library,
            settings=self.settings,
            queue=self.queue,
            address=address,
            issuer=issuer_of(request, self.settings),
            share=token_of(request.state.caller) or "",
            attempts=self.attempts,
            webhooks=self.webhooks,
            purse=self.budgets.purse(request.state.view.viewer, address),
            work=getattr(request.state, "work", Work()),
            over_socket=isinstance(request, WebSocket),
        )


def _over_budget(error: OverBudget) -> Response:
    extensions = {"code": "OVER_BUDGET", "retryAfterS": error.wait_s}
    content = {"data": None, "errors": [{"message": str(error), "extensions": extensions}]}
    return JSONResponse(content, 429, headers={"retry-after": str(error.wait_s), "cache-control": "no-store"})


async def _turn_away(socket: WebSocket) -> None:
    """Accepted first: a browser learns nothing of a socket that was refused."""
    offered = socket.scope.get("subprotocols", ())
    await socket.accept(GRAPHQL_TRANSPORT_WS_PROTOCOL if GRAPHQL_TRANSPORT_WS_PROTOCOL in offered else None)
    await socket.close(FULL, "Too many live connections; close another page, or ask again now and then.")
