"""What can be done to one condition of a question. Known without the language, which takes long to load."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class How(StrEnum):
    NOT = "NOT"
    """The opposite; of the opposite, the thing itself."""
    ANY = "ANY"
    """This or the others of its kind are enough; where it is the only one of its kind, this or all the rest."""
    ALL = "ALL"
    """This and those it was an alternative to."""
    OTHER = "OTHER"
    """Another reading of the same words; `choice` counts `alternatives`."""
    BROADER = "BROADER"
    """`choice` 0 is the nearest."""
    NARROWER = "NARROWER"
    """`choice` 0 has the most pictures."""
    REMOVE = "REMOVE"


@dataclass(frozen=True, slots=True)
class Edit:
    at: int
    """Where the chip starts."""
    how: How
    choice: int = 0
