"""One line per request: client, method, path, status, milliseconds. Goes to `logs/access.log` of the home."""

from __future__ import annotations

import logging
import logging.handlers
import re
import time
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.paths import SHARED

log = logging.getLogger("pigallery.access")


def renewed(file: Path) -> logging.Handler:
    """A log that is begun anew at 10 MB, three kept."""
    file.parent.mkdir(parents=True, exist_ok=True)
    return logging.handlers.RotatingFileHandler(file, maxBytes=10_000_000, backupCount=3, encoding="utf-8")


def write_access_log(folder: Path) -> None:
    """Send the lines to a file."""
    handler = renewed(folder / "access.log")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.handlers = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False


_SECRET = re.compile(rf"^({SHARED}/[^/]{{4}})[^/]*")
"""A link is as good as a password: the log names no more than its beginning."""


class AccessLog:
    """ASGI middleware; costs nothing while nobody listens to the logger."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not log.isEnabledFor(logging.INFO):
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "websocket.accept":
                status = 101
            await send(message)

        try:
            await self.app(scope, receive, note_status)
        finally:
            client = scope["client"][0] if scope.get("client") else "-"
            # The raw path is still percent-encoded: no line break can get into the log.
            path = _SECRET.sub(r"\1…", scope.get("raw_path", b"").decode("latin-1"))
            elapsed = (time.perf_counter() - started) * 1000
            log.info("%s %s %s %d %.1f ms", client, scope.get("method", "WS"), path, status, elapsed)
