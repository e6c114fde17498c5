"""The read index: every question answered from memory."""

from schema.index.engine import ReadIndex

__all__ = ["ReadIndex"]
