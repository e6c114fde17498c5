"""How much: `800` `over 800` `at least 3` `100-400` `between 100 and 400` `4+` `3 or more` `around 50`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from api.search.sentence import Sentence, Table, table
from schema.filter.nodes import Range

_LESS = "under|below|less than|lower than|smaller than|shorter than|younger than|fewer than|faster than"
_MORE = (
    "over|above|more than|greater than|bigger than|larger than|longer than|older than|higher than|slower than|beyond"
    "|better than|farther than|further than|exceeding|wider than|taller than|heavier than|upwards of"
)
_COMPARED = table(
    {
        _MORE + "|> |>": "over",
        _LESS + "|<": "under",
        "at least|min|minimum|minimum of|no less than|not less than|not fewer than|no fewer than|> =|≥|from at least"
        "|a minimum of": "min",
        "at most|max|maximum|maximum of|up to|no more than|not more than|< =|≤|a maximum of": "max",
        "around|about|roughly|approximately|circa|ca|nearly|almost|~|approx": "about",
        "exactly|precisely|just|only|=": "exact",
    }
)
_AFTER = table(
    {
        "+|or more|and more|and up|or up|or better|and better|or higher|and higher|and above|or above|or over|and over"
        "|or older|and older|or larger|or bigger|and bigger|or greater|plus|or longer|at least|minimum": "min",
        "or less|and less|or fewer|and fewer|or lower|and lower|and below|or below|or under|and under|or younger"
        "|and younger|or smaller|and smaller|or faster|or shorter|or worse|and worse|max|at most|maximum|tops": "max",
    }
)
End = int
Where = Callable[[Sentence, int], End | None]
"""Where something that begins here ends, if it does."""
Value = Callable[[Sentence, int], tuple[float, End] | None]
"""The number that begins here, and where it ends."""


def unit_in(units: Table[float]) -> Where:
    """Any unit of a table."""

    def end(s: Sentence, i: int) -> End | None:
        found = s.longest(i, units)
        return found[0] if found else None

    return end


def nothing(s: Sentence, i: int) -> None:
    return None


def plain(s: Sentence, i: int) -> tuple[float, End] | None:
    return s.number(i)


@dataclass(frozen=True, slots=True)
class Quantity:
    """What was said, not yet what it means: `over 800` has low 800 and `strict`."""

    low: float | None
    high: float | None
    strict: bool
    """The bound itself is not meant: over, under."""
    about: bool
    exact: bool
    """One number and nothing else."""
    unit: bool
    """A unit was said."""
    end: End
    joined_by_or: bool = False

    def range(self, step: float = 0.0) -> Range:
        """As a filter's range. `step`: between two neighboring values, for `over`; 0 where they lie dense."""
        low = self.low + step if self.low is not None and self.strict else self.low
        high = self.high - step if self.high is not None and self.strict else self.high
        return Range(min=low, max=high)


def quantity(
    s: Sentence,
    i: int,
    unit: Where = nothing,
    lead: Where = nothing,
    value: Value = plain,
    *,
    list_of_two: bool = False,
) -> Quantity | None:
    """The quantity at i. `unit` and `lead` say where an optional word after or before each number ends (`mm`, `f/`);
    `value` reads one number; `list_of_two`: `two or three` is a range too."""
    compared = s.longest(i, _COMPARED)
    at, how = compared if compared else (i, "")
    between = None if compared else s.after(at, "between", "from", "anywhere between")
    at = between or at
    first = _one(s, at, unit, lead, value)
    if first is None:
        return None
    number, end, has_unit = first
    joints = ("and", "to", "-", "–", "—", "..", ". .", "through", "until", "till", "&") if between else (
        "to", "-", "–", "—", "..", ". .", "through") + (("or",) if list_of_two else ())  # fmt: skip
    joint = None if compared and how not in ("exact", "about") else s.after(end, *joints)
    if joint is not None and (second := _one(s, joint, unit, lead, value)) is not None and second[0] > number:
        high, last, also = second
        by_or = s.norm(end) == "or"
        return Quantity(number, high, False, False, False, has_unit or also, last, by_or)
    if between is not None:
        return None
    if not how and (tail := s.longest(end, _AFTER)):
        how, end = tail[1], tail[0]
        if not has_unit and (after := unit(s, end)) is not None:
            has_unit, end = True, after
    match how:
        case "over" | "min":
            return Quantity(number, None, how == "over", False, False, has_unit, end)
        case "under" | "max":
            return Quantity(None, number, how == "under", False, False, has_unit, end)
        case "about":
            return Quantity(number, number, False, True, False, has_unit, end)
    return Quantity(number, number, False, False, True, has_unit, end)


def _one(
    s: Sentence,
    i: int,
    unit: Where,
    lead: Where,
    value: Value,
) -> tuple[float, End, bool] | None:
    before = lead(s, i)
    found = value(s, before or i)
    if found is None or not math.isfinite(found[0]):
        return None
    after = unit(s, found[1])
    return found[0], after or found[1], after is not None or before is not None
