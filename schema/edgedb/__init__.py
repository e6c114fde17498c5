"""The store for installations past one machine: a library as a graph on an EdgeDB (Gel) server."""

from schema.edgedb.store import EdgeStore

__all__ = ["EdgeStore"]
