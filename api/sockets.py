"""Live connections below the protocol: what waits for a client that does not read stays little, and is let go."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

STALLED_S = 30.0
"""How long a client may take nothing of what waits for it."""


class Sockets(WebSocketsSansIOProtocol):
    """uvicorn's, which lets whoever sends wait while a client does not read. Besides:

    - A client that takes nothing for `STALLED_S` is cut off: to close politely would wait for it, too.
    - A client that reads nothing has no claim to be answered: pongs are not kept for it.
    """

    _stalled: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._look_again()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._rest()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def handle_ping(self) -> None:
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()  # drops the pong

    def _look_again(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        self._stalled = self.loop.call_later(STALLED_S, self._cut_if_stalled, waiting)

    def _cut_if_stalled(self, waiting: int) -> None:
        if self.transport.get_write_buffer_size() >= waiting:
            self.transport.abort()
        else:
            self._look_again()

    def _rest(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
