"""Which store a library lies in."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from schema.errors import BadConfig
from schema.lexicon import Lexicon
from schema.settings import Settings
from schema.sqlite import SqliteStore
from schema.store import GraphStore


def open_store(settings: Settings) -> GraphStore:
    """The store that the settings name, not opened yet: `await store.open()` creates, checks and migrates it."""
    if not settings.edgedb_dsn:
        return SqliteStore(settings.database)
    try:
        from schema.edgedb import EdgeStore
    except ImportError:
        raise BadConfig(
            "PIGALLERY_EDGEDB_DSN is set, but the driver of EdgeDB is missing; run: pip install 'pigallery[edgedb]'."
        ) from None
    return EdgeStore(settings.edgedb_dsn, _ancestors(settings))


def _ancestors(settings: Settings) -> Callable[[str], tuple[str, ...]]:
    """Broader synsets by the lexicon, which is opened when the first concept is written."""

    @cache
    def lexicon() -> Lexicon:
        return Lexicon.open(settings.data, settings.packages)

    return lambda name: lexicon().ancestors(name)
