"""Which store a library lies in."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from schema.errors import BadConfig
from schema.filter.photo import Embed
from schema.lexicon import Lexicon
from schema.settings import Settings
from schema.sqlite import SqliteStore
from schema.store import GraphStore

if TYPE_CHECKING:
    from schema.edgedb.query.engine import StoreEngine


def open_store(settings: Settings) -> GraphStore:
    """The store that the settings name, not opened yet: `await store.open()` creates, checks and migrates it."""
    if not settings.edgedb_dsn and settings.query == "store":
        raise BadConfig(
            "PIGALLERY_QUERY=store needs a library on an EdgeDB server: set PIGALLERY_EDGEDB_DSN, or unset "
            "PIGALLERY_QUERY to use the read index."
        )
    if not settings.edgedb_dsn:
        return SqliteStore(settings.database)
    try:
        from schema.edgedb import EdgeStore
    except ImportError:
        raise BadConfig(
            "PIGALLERY_EDGEDB_DSN is set, but the driver of EdgeDB is missing; "
            "in PiGallery's folder run: .venv/bin/pip install -e '.[edgedb]'"
        ) from None
    return EdgeStore(settings.edgedb_dsn, _ancestors(settings))


def store_engine(settings: Settings, lexicon: Lexicon, embed: Embed | None) -> Callable[[], StoreEngine]:
    """Makes engines that have the store answer questions by itself (PIGALLERY_QUERY=store)."""
    from schema.edgedb.query.asking import Asking
    from schema.edgedb.query.engine import StoreEngine

    asking = Asking(settings.edgedb_dsn)
    return lambda: StoreEngine(asking, lexicon, embed=embed)


def _ancestors(settings: Settings) -> Callable[[str], tuple[str, ...]]:
    """Broader synsets by the lexicon, which is opened when the first concept is written."""

    @cache
    def lexicon() -> Lexicon:
        return Lexicon.open(settings.data, settings.packages)

    return lambda name: lexicon().ancestors(name)
