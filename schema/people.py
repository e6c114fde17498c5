"""What is kept of people beside the graph: who is not whom, for ever, and who may be the same.

Both speak of faces, not of people: a face stays what it is when people are merged, split and grouped anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from schema.entries import Entry

APART = "people.apart"
"""Kind of entries, one for each pair of faces of which somebody said that they are two people."""
SUGGESTED = "people.suggested"
"""Kind of the one entry with the pairs to be asked about."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """Two faces that may be one person's."""

    a: int
    b: int
    cosine: float
    """Mean cosine between the faces of one and of the other."""

    def to_json(self) -> list[Any]:
        return [self.a, self.b, self.cosine]


def apart_entry(a: int, b: int) -> Entry:
    first, second = sorted((a, b))
    return Entry(APART, f"{first}-{second}", {"faces": [first, second]})


def apart_pairs(entries: Iterable[Entry]) -> set[tuple[int, int]]:
    return {(int(entry.body["faces"][0]), int(entry.body["faces"][1])) for entry in entries}


def suggested_pairs(entry: Entry | None) -> list[Suggested]:
    return [Suggested(int(a), int(b), float(cosine)) for a, b, cosine in entry.body["pairs"]] if entry else []


UNDER, OVER = 4.0, 8.0
"""How many years an estimated age may be too high, and too low: the model reads people in their forties as seven years
younger (measured with MODELS' face attributes), others within four."""


def age_on(birthday: str, taken: datetime) -> int | None:
    """Full years of somebody born on an ISO date; None before that day, or when it is no date."""
    try:
        born = date.fromisoformat(birthday)
    except ValueError:
        return None
    years = taken.year - born.year - ((taken.month, taken.day) < (born.month, born.day))
    return years if years >= 0 else None


def age_range(estimate: float) -> tuple[int, int]:
    """Full years between which an estimated age lies."""
    return max(0, round(estimate - UNDER)), round(estimate + OVER)
