"""Parts of months and years, and of the time to come: `mid July`, `12 to 20 August`, `next summer`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from api.search.days import month_span, taken_between
from api.search.holidays import HOLIDAYS
from api.search.moments import MONTHS, SEASONS, UNITS, WEEKDAYS, moment, year_at
from api.search.numbers import at_ordinal
from api.search.pieces import Piece, Role
from api.search.sentence import Sentence, Table, table
from schema.filter.nodes import ImageFilter, TimeFilter

_FIRST, _SECOND, _THIRD = range(1, 11), range(11, 21), range(21, 32)
_THIRDS = table(
    {
        "early|beginning of|the beginning of|start of|the start of": _FIRST,
        "mid|middle of|the middle of": _SECOND,
        "late|end of|the end of": _THIRD,
    }
)


def part_of_month(s: Sentence, i: int) -> Piece | None:
    """`mid July`, `late May`: a third of that month, of any year."""
    third = s.longest(s.after(i, "in", "at", "around") or i, _THIRDS)
    at = s.skip(third[0], ("-",)) if third else i
    if third is None or (month := s.longest(at, MONTHS)) is None:
        return None
    if year := year_at(s, s.skip(month[0], (",", "of", "in"))):
        first, after = month_span(year[0], month[1])
        start = first + timedelta(third[1][0] - 1)
        return _taken(i, year[1], "span", taken_between(start, min(after, first + timedelta(third[1][-1]))))
    if moment(s, at) is not None:
        return None
    return _taken(i, month[0], "days", TimeFilter(months=(month[1],), days=tuple(third[1])))


_OF_MONTH = tuple(
    f"{unit} {of}" for unit in ("week", "weekend", "day", "days", "few days", "couple of days") for of in ("of", "in")
)


def week_of_month(s: Sentence, i: int) -> Piece | None:
    """`second week of August`, `the last weekend of July`, `the first days of May`, of any year or of the one that
    follows."""
    at = s.after(i, "on the", "in the", "the") or i
    number = (5, 1) if s.norm(at) == "last" else at_ordinal(s.norms, at)
    if number is None or not 1 <= number[0] <= 5:
        return None
    unit = at + number[1]
    if weekday := _weekday_of_month(s, i, unit, number[0]):
        return weekday
    after = s.after(unit, *_OF_MONTH)
    month = s.longest(after, MONTHS) if after else None
    if month is None:
        return None
    first = 7 * number[0] - 6 if number[0] < 5 else 25
    if s.norm(unit) == "day":
        length = (month_span(2000, month[1])[1] - month_span(2000, month[1])[0]).days
        day = length if number[0] == 5 else number[0]
        return _taken(i, month[0], "day", TimeFilter(months=(month[1],), days=(day,)))
    ends = (6, 7) if s.norm(unit) == "weekend" else ()
    when = TimeFilter(months=(month[1],), days=tuple(range(first, first + 7)), weekdays=ends)
    return _taken(i, month[0], "days", when)


def days_of_month(s: Sentence, i: int) -> Piece | None:
    """`24th to 26th December 2019`, `August 12-20, 2020`, `12 to 20 August`: of that year, or of any."""
    at = s.after(i, "from the", "from", "between the", "between", "the") or i
    month = s.longest(at, MONTHS)
    first = _day(s, s.skip(month[0], ("the",)) if month else at)
    joint = s.after(first[1], "and", "to", "-", "–", "until", "till", "through") if first else None
    last = _day(s, s.skip(joint, ("the",))) if joint else None
    if first is None or last is None or not first[0] < last[0]:
        return None
    end = last[1]
    if month is None:
        month = s.longest(s.after(end, "of") or end, MONTHS)
        end = month[0] if month else end
    if month is None:
        return None
    days = tuple(range(first[0], last[0] + 1))
    if year := year_at(s, s.skip(end, (",", "of", "in"))):
        start = month_span(year[0], month[1])[0]
        if last[0] > (month_span(year[0], month[1])[1] - start).days:
            return None
        span = taken_between(start.replace(day=first[0]), start.replace(day=last[0]) + timedelta(1))
        return _taken(i, year[1], "span", span)
    return _taken(i, end, "days", TimeFilter(months=(month[1],), days=days))


def _day(s: Sentence, i: int) -> tuple[int, int] | None:
    """`24th`, `24`: (day, end)."""
    if number := at_ordinal(s.norms, i):
        return (number[0], i + number[1]) if number[0] <= 31 else None
    word = s.norm(i)
    return (int(word), i + 1) if word.isdecimal() and 1 <= int(word) <= 31 else None


def months_of_year(s: Sentence, i: int) -> Piece | None:
    """`June or July 2021`: of that year both."""
    months: list[int] = []
    at: int | None = s.after(i, "in") or i
    end = i
    while at is not None and (month := s.longest(at, MONTHS)):
        months.append(month[1])
        end = month[0]
        at = s.after(end, ", and", ", or", "and", "or", ",", "&", "/")
    year = year_at(s, s.skip(end, ("of", "in"))) if len(months) > 1 else None
    return _taken(i, year[1], "month", TimeFilter(years=(year[0],), months=tuple(months))) if year else None


def _weekday_of_month(s: Sentence, i: int, at: int, number: int) -> Piece | None:
    """`first Monday of March`, `last Friday in November`."""
    weekday = s.longest(at, WEEKDAYS)
    of = s.after(weekday[0], "of", "in") if weekday and len(weekday[1]) == 1 else None
    month = s.longest(of, MONTHS) if of else None
    if weekday is None or month is None:
        return None
    length = (month_span(2000, month[1])[1] - month_span(2000, month[1])[0]).days
    first = 7 * number - 6 if number < 5 else length - 6
    when = TimeFilter(months=(month[1],), days=tuple(range(first, first + 7)), weekdays=weekday[1])
    return _taken(i, month[0], "days", when)


_NAMES: tuple[Table[Any], ...] = (SEASONS, MONTHS, WEEKDAYS, HOLIDAYS, UNITS)


def no_such_time(s: Sentence, i: int) -> Piece | None:
    """`next summer`, `the other day`: nobody has pictures of the one, and no day is meant by the other."""
    if end := s.after(i, "the other day", "the other week", "the other night", "some day", "one day", "back then"):
        return Piece(i, end, Role.UNKNOWN, "words")
    at = s.after(i, "next") or s.after(i, "the next")
    named = at and next(
        (x for names in (SEASONS, MONTHS, WEEKDAYS, HOLIDAYS, UNITS) if (x := s.longest(at, names))), None
    )
    return Piece(i, named[0], Role.UNKNOWN, "words") if named else None


def _taken(i: int, end: int, kind: str, when: TimeFilter) -> Piece:
    return Piece(i, end, Role.MEANING, kind, ImageFilter(taken=when))
