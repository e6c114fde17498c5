"""The newest part of the change feed in memory, so that of many who follow it not each one asks the store."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from schema.graph import Change

MOST_STEPS = 256
MOST = 20_000
"""Changes kept; who is further behind reads the feed itself."""


class Recent:
    """Steps by which the index came up to date: from one cursor to the next."""

    def __init__(self) -> None:
        self._steps: deque[tuple[str, Sequence[Change], str]] = deque()
        self._changes = 0

    def add(self, before: str, changes: Sequence[Change], after: str) -> None:
        """Forgets all, where this does not go on where the last step ended."""
        if self._steps and self._steps[-1][2] != before:
            self.forget()
        self._steps.append((before, changes, after))
        self._changes += len(changes)
        while len(self._steps) > MOST_STEPS or self._changes > MOST:
            self._changes -= len(self._steps.popleft()[1])

    def forget(self) -> None:
        self._steps.clear()
        self._changes = 0

    def since(self, cursor: str) -> tuple[list[Change], str] | None:
        """The changes after a cursor, and the newest cursor; None where that is not known here."""
        if not self._steps or self._steps[-1][2] == cursor:
            return ([], cursor) if self._steps else None
        found: deque[Sequence[Change]] = deque()
        for before, changes, _ in reversed(self._steps):
            found.appendleft(changes)
            if before == cursor:
                return [change for step in found for change in step], self._steps[-1][2]
        return None
