"""The embedded store: a library in one SQLite file."""

from schema.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
