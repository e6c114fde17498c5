"""What the terminal shows while the gallery serves: the address, and one live line of the import."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

if TYPE_CHECKING:
    from ingest.control import IngestStatus
    from schema.store import GraphStore

EVERY_S = 0.5
IDLE_EVERY_S = 3.0
WORTH_TELLING = 50_000
"""Photos: the index of fewer is made in a few seconds."""


def duration(seconds: float) -> str:
    """'40 s', '3 min', '2 h 10 min'."""
    whole = max(0, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"


def progress_line(status: IngestStatus) -> str:
    parts = [f"Importing {status.done:,} of {status.total:,}"]
    if status.rate_per_s:
        parts.append(f"{status.rate_per_s:,.1f}/s")
    if status.seconds_left is not None and status.seconds_left > 0:
        parts.append(f"{duration(status.seconds_left)} left")
    if status.failed:
        parts.append(f"{status.failed:,} failed")
    return " · ".join(parts)


def summary_line(status: IngestStatus, seconds: float) -> str:
    failed = f", {status.failed:,} could not be imported (see the page, or pigallery status)" if status.failed else ""
    return f"Imported {status.done:,} files in {duration(seconds)}{failed}."


class Indexing:
    """Says what a start does that makes the index anew: a live line on a terminal, one line elsewhere. Small libraries
    are done before anybody has read it."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._live: Live | None = None
        self._first: tuple[int, float] | None = None
        """How many images there were at the first report, and when that was."""
        self._over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        if self._live is not None:
            self._live.stop()

    def __call__(self, done: int, total: int) -> None:
        if self._over or total < WORTH_TELLING:
            return
        if self._first is None:
            self._first = done, time.monotonic()
            if self._console.is_terminal:
                self._live = Live(console=self._console, refresh_per_second=4, transient=True)
                self._live.start()
            else:
                say(f"The index of {total:,} photos is made anew first, which takes a minute or two for each million.")
        if self._live is not None:
            first, began = self._first
            seconds = time.monotonic() - began
            line = indexing_line(done, total, (done - first) / seconds if seconds else 0.0)
            self._live.update(Text(line, no_wrap=True, overflow="ellipsis"))


def indexing_line(done: int, total: int, rate_per_s: float) -> str:
    parts = [f"Making the index anew: {done:,} of {total:,} photos"]
    if done >= total:
        parts.append("saving it")
    elif rate_per_s > 0:
        parts += [f"{rate_per_s:,.0f}/s", f"{duration((total - done) / rate_per_s)} left"]
    return " · ".join(parts)


async def show_imports(store: GraphStore, queue: Any) -> None:
    """Runs until cancelled: a live line during imports on a terminal, one line at their end everywhere."""
    from ingest import control

    console = Console(stderr=True, highlight=False)
    loop = asyncio.get_running_loop()
    live: Live | None = None
    began = 0.0
    try:
        while True:
            status = await control.status(store, queue)
            if status.running and not began:
                began = loop.time()
                if console.is_terminal:
                    live = Live(console=console, refresh_per_second=4, transient=True)
                    live.start()
            if status.running and live is not None:
                live.update(Text(progress_line(status), no_wrap=True, overflow="ellipsis"))
            if not status.running and began:
                if live is not None:
                    live.stop()
                    live = None
                console.print(summary_line(status, loop.time() - began))
                began = 0.0
            await asyncio.sleep(EVERY_S if began else IDLE_EVERY_S)
    finally:
        if live is not None:
            live.stop()


def say(line: str) -> None:
    """One line for people, at once, beside whatever is piped from standard output."""
    print(line, file=sys.stderr, flush=True)
