"""The library, open for as long as a block runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.meaning import text_meanings
from api.terminal import Indexing
from schema.library import Library
from schema.settings import Settings


@asynccontextmanager
async def opened(settings: Settings, *, follow: bool = True) -> AsyncIterator[Library]:
    """`follow`: go on taking in what other processes change."""
    with Indexing() as told:
        library = await Library.open(settings, follow=follow, embed=text_meanings(settings), progress=told)
    try:
        yield library
    finally:
        await library.close()
