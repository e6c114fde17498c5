"""What is kept beside the graph, as small JSON documents: accounts, sessions, shares, apps, tokens, the audit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One document. `(kind, key)` is its identity; every store answers and changes it in one step."""

    kind: str
    key: str
    body: dict[str, Any] = field(default_factory=dict)
    owner: str = ""
    """Whom it belongs to; entries can be listed by it."""
    expires: float | None = None
    """Unix time in seconds; from then on it is not there any more."""
    version: int = 0
    """Raised by one with each write; 0 is not written yet."""
