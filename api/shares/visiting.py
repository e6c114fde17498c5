"""What a visitor does at a link: open it, with its password where it has one; look; add pictures where they may."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from api.auth import passwords
from api.auth.attempts import Attempts
from api.auth.caller import Caller
from api.auth.door import told
from api.auth.forms import fields, refuse_foreign
from api.paths import SHARED, issuer_of
from api.receiving import import_soon, receive
from api.shares import links
from schema import apps, shares
from schema.accounts import audit
from schema.errors import LoginNeeded, PiGalleryError, Refused
from schema.filter.nodes import EVERYTHING
from schema.media import LARGE, thumbnail_path
from schema.policy import NOBODY, Capability
from schema.query import Sort
from schema.shares import Share, ShareState

if TYPE_CHECKING:
    from schema.library import Library
    from schema.settings import Settings

WRONG = "This is not the password of the link; check it and try again."
TOLD = {"cache-control": "no-store", "x-robots-tag": "noindex"}


class Visiting:
    """Routes below /s/<token>; `pages` shows the gallery there."""

    def __init__(self, settings: Settings, library: Library, queue: Any, pages: Starlette | None) -> None:
        self.settings = settings
        self.library = library
        self.queue = queue
        self.pages = pages
        self.attempts = Attempts()

    def routes(self) -> list[BaseRoute]:
        page = f"{SHARED}/{{token}}"
        return [
            Route(f"{page}/open", self.open, methods=["POST"]),
            Route(f"{page}/contribute", self.contribute, methods=["POST"]),
            Route(f"{page}/card.jpg", self.card),
            Route(page, _Page(self)),
            Route(f"{page}/photo/{{key:int}}", _Page(self)),
        ]

    async def share_of(self, request: Request) -> Share | None:
        return await links.find(self.library.store, self.settings, request.path_params["token"])

    async def about(self, request: Request) -> dict[str, Any]:
        """What the page needs before its first question; no more of a share that is not open than that it is not."""
        share = await self.share_of(request)
        over = share is None or share.is_over or await apps.person(self.library.store, share.account) is None
        if share is None or over:
            return {"state": "over"}
        caller: Caller = request.state.caller
        if share.counts_visits and not links.has_visit(caller, share):
            if share.state is ShareState.USED_UP:
                return {"state": "over"}
            return {"state": "locked" if share.password else "closed"}
        base = links.link_path(self.settings, share)
        address = f"{issuer_of(request, self.settings)}{base}"
        open_card = {} if share.counts_visits else {"card": f"{address}/card.jpg", "address": address}
        count = await request.state.view.count(EVERYTHING)
        return {
            "state": "open",
            "name": share.name,
            "count": count,
            "base": base,
            "download": share.download.value,
            "contribute": bool(share.contribute),
            "location": share.location,
            "key": share.key,
            **open_card,
        }

    async def open(self, request: Request) -> Response:
        """Begin a visit: the password is tried, the opening counted."""
        caller: Caller = request.state.caller
        try:
            share = await self.share_of(request)
            (password,) = await fields(request, "password")
            if share is None or share.is_over:
                raise LoginNeeded(links.OVER)
            if share.password:
                self.attempts.check(share.key, caller.address)
                if not await passwords.is_right(password[:1000], share.password):
                    await audit.write(self.library.store, "share.password", NOBODY, share.name, address=caller.address)
                    raise LoginNeeded(WRONG)
                self.attempts.succeeded(share.key, caller.address)
            counted = await shares.count_view(self.library.store, share)
            if counted is None:
                raise LoginNeeded(links.OVER)
        except PiGalleryError as error:
            return told(error)
        response = JSONResponse({"open": True}, headers=TOLD)
        links.begin_visit(response, caller, counted)
        return response

    async def card(self, request: Request) -> Response:
        """The picture that a chat program shows beside the link: none where the link asks for more than itself."""
        share = await self.share_of(request)
        if share is None or share.counts_visits or not request.state.view.viewer.may(Capability.READ):
            return PlainTextResponse("There is no picture for this link.\n", 404, headers=TOLD)
        _, images = await request.state.view.page(EVERYTHING, Sort(), 1, fields=frozenset())
        path = thumbnail_path(self.settings.thumbnails, images[0].content_hash, LARGE) if images else Path()
        if not images or not path.is_file():
            return PlainTextResponse("There is no picture for this link.\n", 404, headers=TOLD)
        return FileResponse(
            path, media_type="image/jpeg", headers={**TOLD, "cross-origin-resource-policy": "cross-origin"}
        )

    async def contribute(self, request: Request) -> Response:
        """One picture as the body, `?name=` its name. Never replaces a file; what it is its content decides."""
        try:
            refuse_foreign(request)
            name = await self._receive(request)
        except PiGalleryError as error:
            return told(error)
        return JSONResponse({"name": name}, 201, headers=TOLD)

    async def _receive(self, request: Request) -> str:
        share = await self.share_of(request)
        if share is None or not request.state.view.viewer.may(Capability.READ):
            raise LoginNeeded(links.OVER)
        folder = Path(share.contribute)
        if not share.contribute or not folder.is_absolute():
            raise Refused("Pictures cannot be added to this link.")
        if not await shares.count_received(self.library.store, share):
            raise Refused("No more pictures can be added to this link; ask its owner.")
        kept = False
        try:
            name = await receive(request, folder)
            kept = True
        finally:
            if not kept:
                with anyio.CancelScope(shield=True):  # the visitor may be gone
                    await shares.uncount_received(self.library.store, share.key)
        await audit.write(
            self.library.store,
            "share.received",
            request.state.view.viewer,
            f"{share.name}: {name}",
            address=request.state.caller.address,
        )
        await import_soon(self.queue, folder / name)
        return name


class _Page:
    """The gallery's page below a link, told by `request.state.shared` what it shows."""

    def __init__(self, visiting: Visiting) -> None:
        self.visiting = visiting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        visiting = self.visiting
        request = Request(scope, receive)
        about = await visiting.about(request)
        share = await visiting.share_of(request)
        caller: Caller = request.state.caller
        if visiting.pages is None:
            answer = PlainTextResponse("No web pages are installed here.\n", 404, headers=TOLD)
            await answer(scope, receive, send)
            return
        cookie: Response | None = None
        uncounted = share is not None and not share.counts_visits and not links.has_visit(caller, share)
        if share is not None and uncounted and about["state"] == "open":
            counted = await shares.count_view(visiting.library.store, share)
            cookie = Response()
            links.begin_visit(cookie, caller, counted or share)

        async def send_with_visit(message: Any) -> None:
            if message["type"] == "http.response.start":
                more = [(name.encode(), value.encode()) for name, value in TOLD.items()]
                if cookie is not None:
                    more += [pair for pair in cookie.raw_headers if pair[0] == b"set-cookie"]
                kept = [pair for pair in message["headers"] if pair[0] not in (b"cache-control", b"etag")]
                message = {**message, "headers": [*kept, *more]}
            await send(message)

        shown = {**scope, "state": {**scope["state"], "shared": about}}
        await visiting.pages(shown, receive, send_with_visit)
