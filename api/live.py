"""Live camera: frames in, what is seen in them out, over one socket; nothing of it is kept.

A client first says as text which models shall look, `{"models": ["yunet"], "thresholds": {"face-detect": 0.6}}`, and
may say so again at any time; then it sends frames as binary JPEG. Each frame that was looked at is answered in JSON
with its number (the first is 1), the milliseconds of every model, the time it waited, and how many frames were
dropped so far: of the frames that wait, only the newest is ever looked at.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.paths import LIVE
from schema.errors import BadConfig, PiGalleryError
from schema.policy import Viewer, ViewerKind

if TYPE_CHECKING:
    from inference.live import Choice, Watcher
    from schema.settings import Settings

MOST = 8
MOST_OF_ONE = 2
"""Cameras at the same time: of all viewers, and of one."""
MOST_WORDS = 4096
SILENT_S = 60
"""After which a camera that sends nothing is let go."""
NOT_YOURS = "The live camera is for those who are logged in here; log in first."


@dataclass
class _Seat:
    """One open camera."""

    choice: Choice | None = None
    watcher: Watcher | None = None
    wrong: str = ""
    """What was said and could not be understood."""
    frame: bytes = b""
    """The newest that was not looked at; b'' when there is none."""
    came: float = 0.0
    number: int = 0
    dropped: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Live:
    """The endpoint. All cameras share one thread for the models and take turns, a frame each."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._turn = asyncio.Lock()  # wakes those who wait in the order in which they came
        self._thread = ThreadPoolExecutor(1, "live")
        self._open: Counter[str] = Counter()

    def routes(self) -> list[WebSocketRoute]:
        return [WebSocketRoute(LIVE, self.serve)]

    async def serve(self, socket: WebSocket) -> None:
        viewer: Viewer = socket.state.view.viewer
        await socket.accept()
        refusal = self._refusal(viewer)
        if refusal:
            await socket.send_json({"error": refusal})
            await socket.close(1008, "Refused.")
            return
        self._open[viewer.account] += 1
        seat = _Seat()
        reading = asyncio.create_task(_read(socket, seat))
        answering = asyncio.create_task(self._answer(socket, seat))
        try:
            await asyncio.wait({reading, answering}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open[viewer.account] -= 1
            for task in (reading, answering):
                task.cancel()
            with suppress(Exception):
                await asyncio.gather(reading, answering, return_exceptions=True)
            with suppress(RuntimeError, WebSocketDisconnect):
                await socket.close()

    def _refusal(self, viewer: Viewer) -> str:
        if viewer.kind not in (ViewerKind.OWNER, ViewerKind.ACCOUNT):
            return NOT_YOURS
        if self._open.total() >= MOST or self._open[viewer.account] >= MOST_OF_ONE:
            return "Too many cameras are on already; stop another one first."
        return ""

    async def _answer(self, socket: WebSocket, seat: _Seat) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                await seat.news.wait()
                seat.news.clear()
                if seat.wrong:
                    wrong, seat.wrong = seat.wrong, ""
                    await socket.send_json({"error": wrong})
                if seat.choice is not None:
                    await socket.send_json(await self._choose(seat))
                if seat.frame and seat.watcher is not None:
                    await socket.send_json(await self._look(seat, seat.watcher))

    async def _choose(self, seat: _Seat) -> dict[str, Any]:
        choice, seat.choice = seat.choice, None
        try:
            async with self._turn:
                seat.watcher = await self._in_thread(_open_watcher, choice, self.settings)
        except PiGalleryError as error:
            seat.watcher = None
            return {"error": str(error)}
        return {"watching": {task.value: model.name for task, model in seat.watcher.models.items()}}

    async def _look(self, seat: _Seat, watcher: Watcher) -> dict[str, Any]:
        async with self._turn:
            # Now, not when it began to wait: a newer one may have come.
            frame, number, came = seat.frame, seat.number, seat.came
            seat.frame = b""
            waited = perf_counter() - came
            try:
                said = await self._in_thread(watcher.look, frame)
            except PiGalleryError as error:
                said = {"error": str(error)}
        told = {"frame": number, "dropped": seat.dropped, "waitMs": round(waited * 1000, 2), **said}
        return told | {"totalMs": round((perf_counter() - came) * 1000, 2)}

    async def _in_thread(self, act: Any, *given: Any) -> Any:
        """Shielded: a camera that goes must not give its turn away while its frame still holds the thread."""
        work = asyncio.get_running_loop().run_in_executor(self._thread, act, *given)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            with suppress(PiGalleryError):
                await work
            raise


def _open_watcher(choice: Choice, settings: Settings) -> Watcher:
    from inference.live import Watcher  # OpenCV and the models, which a gallery without cameras never loads here

    return Watcher.open(choice, settings)


async def _read(socket: WebSocket, seat: _Seat) -> None:
    """Takes what comes as fast as it comes, so that no frame ever waits behind an older one."""
    from inference.live import Choice

    with suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        while True:
            message = await asyncio.wait_for(socket.receive(), SILENT_S)
            if message["type"] == "websocket.disconnect":
                return
            frame, words = message.get("bytes"), message.get("text")
            if frame:
                seat.dropped += bool(seat.frame)
                seat.number += 1
                seat.frame, seat.came = frame, perf_counter()
            elif words:
                try:
                    seat.choice = Choice.of(_said(words))
                except BadConfig as error:
                    seat.wrong = str(error)
            seat.news.set()


def _said(words: str) -> object:
    try:
        return json.loads(words) if len(words) <= MOST_WORDS else None
    except (ValueError, RecursionError):
        return None
