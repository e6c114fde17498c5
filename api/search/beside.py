"""Days and weeks beside others: `the day after Christmas`, `the week before Easter 2021`, `the day before 5 May
2019`; and what nobody can place in time, `after lunch`."""

from __future__ import annotations

from datetime import date, timedelta

from api.search.days import taken_between, week_span
from api.search.holidays import HOLIDAYS
from api.search.moments import moment, year_at
from api.search.nouns import noun_end
from api.search.pieces import Piece, Role
from api.search.sentence import Sentence, listed
from schema.filter.nodes import ImageFilter, ThisDay, TimeFilter

_UNITS = {"day": 1, "weekend": 2, "week": 7}
_BOUNDS = listed("after before until till since")


def beside(s: Sentence, i: int) -> Piece | None:
    """`the day after Christmas (2020)`: the days right before or behind the ones named."""
    at = s.after(i, "on the", "in the", "the") or i
    unit, way = s.norm(at), s.norm(at + 1)
    if unit not in _UNITS or way not in ("after", "before"):
        return None
    start = s.skip(at + 2, ("the",))
    if holiday := s.longest(start, HOLIDAYS):
        end, named = holiday
        if year := year_at(s, s.skip(end, (",", "of", "in"))):
            day = named.day_in(year[0])
            return _taken(i, year[1], _span(unit, way, day, day + timedelta(1)))
        fixed = named.every_year.this_day if named.every_year else None
        if unit == "day" and fixed and fixed.month and fixed.day and moment(s, start) is None:
            then = date(2001, fixed.month, fixed.day) + timedelta(1 if way == "after" else -1)
            every = TimeFilter(this_day=ThisDay(month=then.month, day=then.day, past_only=False))
            return Piece(i, end, Role.MEANING, "day", ImageFilter(taken=every))
    if (when := moment(s, start)) is None or when.kind != "span":
        return None
    return _taken(i, when.end, _span(unit, way, *when.span))


def unplaced(s: Sentence, i: int) -> Piece | None:
    """`after lunch`: a time, but nobody knows which."""
    if s.norm(i) not in _BOUNDS:
        return None
    end = noun_end(s, s.skip(i + 1, ("the", "our", "my")))
    return None if end is None else Piece(i, end, Role.UNKNOWN, "words")


def _span(unit: str, way: str, first: date, last: date) -> tuple[date, date]:
    """Of days from `first` until before `last`."""
    many = timedelta(_UNITS[unit])
    if unit == "weekend":
        monday = week_span(first)[0] if way == "before" else week_span(last)[0]
        saturday = monday + timedelta(5)
        if way == "before" and saturday >= first:
            saturday -= timedelta(7)
        return saturday, saturday + many
    return (last, last + many) if way == "after" else (first - many, first)


def _taken(i: int, end: int, span: tuple[date, date]) -> Piece:
    return Piece(i, end, Role.MEANING, "span", ImageFilter(taken=taken_between(*span)))
