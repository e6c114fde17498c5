"""Which store a library lies in."""

from __future__ import annotations

from schema.errors import BadConfig
from schema.settings import Settings
from schema.sqlite import SqliteStore
from schema.store import GraphStore


def open_store(settings: Settings) -> GraphStore:
    """The store that the settings name, not opened yet: `await store.open()` creates, checks and migrates it."""
    if settings.edgedb_dsn:
        raise BadConfig(
            "This version of PiGallery keeps libraries in SQLite only: unset PIGALLERY_EDGEDB_DSN (edgedb_dsn)."
        )
    return SqliteStore(settings.database)
