"""Orders that the server knows, and their cursors, which are those of the reference evaluator."""

from __future__ import annotations

from math import inf, isinf
from typing import Any

from schema.errors import BadFilter
from schema.filter.reference import cursor_of, key_of
from schema.query import Sort, SortBy

ORDERED = {
    SortBy.TAKEN: ".taken_seconds",
    SortBy.ADDED: ".added_seconds",
    SortBy.BYTES: "<float64>.file_size",
    SortBy.PIXELS: ".pixels",
    SortBy.RATING: "<float64>.rating",
}


class Order:
    """Images without the value come last either way; ties by number, which runs the same way."""

    def __init__(self, sort: Sort) -> None:
        self._sort = sort
        self.value = f"({ORDERED[sort.by]})"

    @property
    def clause(self) -> str:
        way = "desc" if self._sort.descending else "asc"
        return f"{self.value} {way} empty last then .number {way}"

    def cursor(self, value: float | None, number: int) -> str:
        sign = -1 if self._sort.descending else 1
        key = inf if value is None else sign * self._typed(value)
        return cursor_of((key, sign * number), self._sort)

    def _typed(self, value: float) -> float:
        """Seconds are whole; the others come as whole numbers where they are."""
        return int(value) if self._sort.by in (SortBy.TAKEN, SortBy.ADDED) else float(value)

    def before(self, cursor: str, *, inclusive: bool) -> tuple[str, dict[str, Any]]:
        """The condition of standing before a cursor, or at it too."""
        key = key_of(cursor, self._sort)
        if len(key) != 2 or any(isinstance(part, str) for part in key):
            raise BadFilter("this is not a cursor of this library; start from the first page")
        value, number = float(key[0]), int(key[1])
        sign = -1 if self._sort.descending else 1
        less = ">" if self._sort.descending else "<"
        last = f".number {less}{'=' if inclusive else ''} <int64>$at_number"
        if isinf(value):
            return f"(exists {self.value} or {last})", {"at_number": sign * number}
        at = "<float64>$at_value"
        here = f"<float64>{self.value}"
        text = f"(({here} {less} {at} or ({here} = {at} and {last})) ?? false)"
        return text, {"at_number": sign * number, "at_value": sign * value}
