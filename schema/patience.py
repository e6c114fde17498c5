"""How long somebody waits for an answer. What works for them looks here, and stops once nobody waits any more."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import Context, ContextVar, copy_context

from schema.errors import PiGalleryError


class TooSlow(PiGalleryError):
    """The answer took longer than anybody is to wait for it, or who asked is gone."""


class Patience:
    """Of one request; seen by every thread that works for it."""

    __slots__ = ("_cut", "_left", "_paused", "_seconds", "_until", "over")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until = time.monotonic() + seconds
        self._cut: asyncio.Timeout | None = None
        self._paused = 0
        self._left = 0.0
        self.over = False
        """Nobody waits: the answer was given, or who asked is gone."""

    @property
    def is_lost(self) -> bool:
        return self.over or time.monotonic() > self._until

    def pause(self) -> None:
        if not self._paused:
            self._left, self._until = self._until - time.monotonic(), math.inf
            self._cut_at(None)
        self._paused += 1

    def go_on(self) -> None:
        self._paused -= 1
        if not self._paused:
            self._until = time.monotonic() + self._left
            self._cut_at(asyncio.get_running_loop().time() + self._left)

    def _cut_at(self, when: float | None) -> None:
        with suppress(RuntimeError):  # it is being cut already
            if self._cut is not None:
                self._cut.reschedule(when)

    def error(self) -> TooSlow:
        return TooSlow(
            f"This took longer than {self._seconds:g} seconds and was stopped; ask for less, or in several steps."
        )


_patience: ContextVar[Patience | None] = ContextVar("patience", default=None)


@contextmanager
def waiting(seconds: float) -> Iterator[Patience]:
    """Whatever is asked inside, on any thread, stops soon after this block has ended or the time is over."""
    patience = Patience(seconds)
    token = _patience.set(patience)
    try:
        yield patience
    finally:
        patience.over = True
        _patience.reset(token)


@asynccontextmanager
async def answered_within(seconds: float) -> AsyncIterator[None]:
    """As `waiting`; and what awaits inside is cancelled when the time is over. Raises TooSlow."""
    with waiting(seconds) as patience:
        try:
            async with asyncio.timeout(seconds) as patience._cut:
                yield
        except TimeoutError:
            if patience.is_lost:
                raise patience.error() from None
            raise


@asynccontextmanager
async def preparing() -> AsyncIterator[None]:
    """What is done once for many requests, such as loading a language, is on nobody's clock."""
    patience = _patience.get()
    if patience is None:
        yield
        return
    patience.pause()
    try:
        yield
    finally:
        patience.go_on()


def for_everybody() -> Context:
    """The context of a task that goes on when the request that began it is over."""
    context = copy_context()
    context.run(_patience.set, None)
    return context


def current() -> Patience | None:
    """Of whoever this thread or task works for; None: nobody in particular, who waits as long as it takes."""
    return _patience.get()


def still_wanted() -> None:
    """Raises TooSlow once nobody waits any more. To be called now and then by what may take long."""
    patience = _patience.get()
    if patience is not None and patience.is_lost:
        raise patience.error()
