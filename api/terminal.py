"""What the terminal shows while the gallery serves: the address, and one live line of the import."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

if TYPE_CHECKING:
    from ingest.control import IngestStatus
    from schema.store import GraphStore

EVERY_S = 0.5
IDLE_EVERY_S = 3.0


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
