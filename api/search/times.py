"""Words about when: moments, ranges of them, relative times, what comes back every day, week or year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from api.search.beside import beside
from api.search.clock import hours_phrase
from api.search.days import (
    Holiday,
    Span,
    month_span,
    season_span,
    taken_between,
)
from api.search.holidays import HOLIDAYS
from api.search.lately import last_begun, last_few, one_winter, rolling, same_time, seasons_of_years, so_old, until_now
from api.search.moments import (
    MONTHS,
    SEASONS,
    WEEKDAYS,
    Moment,
    day_month,
    moment,
    written_date,
    year_at,
)
from api.search.numbers import DECADES, at_ordinal
from api.search.parts import days_of_month, months_of_year, no_such_time, part_of_month, week_of_month
from api.search.people import month_is_name
from api.search.pieces import Alternative, Piece, Role
from api.search.sentence import Sentence, listed, table
from api.search.tokens import Form
from schema.filter.nodes import ImageFilter, ThisDay, TimeFilter

_SAME = {
    "this day": ThisDay(), "on this day": ThisDay(), "today": ThisDay(), "same day": ThisDay(),
    "this week": ThisDay(window=3), "same week": ThisDay(window=3),
    "this month": ThisDay(window=15), "same month": ThisDay(window=15),
}  # fmt: skip
_THIS_DAY = table(
    {
        "on this day|this day in history|this day years ago|this day|this day over the years": ThisDay(),
        "this week over the years": ThisDay(window=3),
    }
)
_THIS_DAY |= table(
    {
        f"{said} in {past} years": which
        for past in ("past", "previous", "other", "earlier", "former", "all", "prior")
        for said, which in _SAME.items()
    }
)
_BEFORE = table(
    {"before|prior to|earlier than|older than|until before|pre|pre -": "before", "until|till|up to|through": "until"}
)
_AFTER = table(
    {
        "after|later than|newer than|more recent than|following|post|post -": "after",
        "since|from|starting|starting from|as of": "since",
    }
)
_TODAY = table(
    {
        "this morning": (0, 6, 6), "this afternoon": (0, 12, 6), "this evening": (0, 18, 6), "tonight": (0, 18, 12),
        "last night|yesterday night": (-1, 18, 12), "yesterday morning": (-1, 6, 6),
        "earlier today": (0, 0, 24),
        "yesterday afternoon": (-1, 12, 6), "yesterday evening": (-1, 18, 6), "last evening": (-1, 18, 6),
    }
)  # fmt: skip
"""Days from today, the first hour, how many hours."""
_BREAKS = listed("break breaks holiday holidays vacation vacations")
_FALLING = listed("from off down over out asleep into")
_ADDED = listed("added uploaded imported")


MOST_YEARS = 30
"""So many years back a holiday without a fixed date is listed."""


def time_phrase(s: Sentence, i: int) -> Piece | None:
    """The longest reading of what stands at i as a time."""
    if s.norm(i) in _ADDED or (s.norm(i) == "recently" and s.norm(i + 1) in _ADDED):
        return _added(s, i)
    if s.norm(i) == "fall" and s.norm(i + 1) in _FALLING:
        return None
    found = [piece for rule in _RULES if (piece := rule(s, i)) is not None]
    return max(found, key=lambda piece: piece.end, default=None)


def _taken(i: int, end: int, kind: str, when: TimeFilter, *others: Alternative) -> Piece:
    return Piece(i, end, Role.MEANING, kind, ImageFilter(taken=when), alternatives=others)


def _added(s: Sentence, i: int) -> Piece | None:
    starts = dict.fromkeys((i + 1 + (s.norm(i) == "recently"), s.skip(i + 1, ("on", "in", "the"))))
    found = [piece for at in starts if at < len(s) for rule in _RULES if (piece := rule(s, at)) is not None]
    inner = max(found, key=lambda piece: piece.end, default=None)
    if inner is None or inner.filter is None or inner.filter.taken is None:
        return None
    return Piece(i, inner.end, Role.MEANING, "added", ImageFilter(added=inner.filter.taken))


# -- rules that give pieces


def _at_moment(s: Sentence, i: int) -> Piece | None:
    if (found := moment(s, i)) is None:
        return None
    others: tuple[Alternative, ...] = ()
    if s.tokens[i].form is Form.DATE and "/" in s.tokens[i].value and found.end == i + 1:
        others = _day_first(s.tokens[i].value, found)
    return _taken(i, found.end, found.kind, found.filter(), *others)


def _day_first(text: str, found: Moment) -> tuple[Alternative, ...]:
    other = written_date(text.replace("/", "."))
    if other is None or other == found.span:
        return ()
    return (Alternative(f"{other[0]:%d %B %Y}", ImageFilter(taken=taken_between(*other))),)


def _bounded(s: Sentence, i: int) -> Piece | None:
    """`before 2015` `since last summer` `until June 2020`."""
    for words in (_BEFORE, _AFTER):
        if (found := s.longest(i, words)) is None:
            continue
        end, how = found
        if how == "since" and s.norm(i) == "from":
            continue
        if (when := moment(s, end) or (last_begun(s, end) if how == "since" else None)) is None:
            return None
        first, last = when.span
        span = {"before": (None, first), "until": (None, last), "after": (last, None), "since": (first, None)}[how]
        return _taken(i, when.end, "bound", taken_between(*span))
    return None


def _or_later(s: Sentence, i: int) -> Piece | None:
    """`2020 or later`, `May 2019 and before`."""
    if (when := moment(s, i)) is None:
        return None
    if end := s.after(
        when.end, "or later", "and later", "or after", "and after", "onwards", "onward", "and newer", "on"
    ):
        return _taken(i, end, "bound", taken_between(when.span[0], None))
    if end := s.after(when.end, "or earlier", "and earlier", "or before", "and before", "and older", "or older"):
        return _taken(i, end, "bound", taken_between(None, when.span[1]))
    return None


def _from_to(s: Sentence, i: int) -> Piece | None:
    """`between May and July 2019` `2015-2018` `from june to august` `3 to 10 august 2018`."""
    at = s.after(i, "between", "from", "in between")
    joints = (
        ("and", "to", "-", "–", "..", "...", "until", "till", "through", "thru")
        if at
        else ("to", "-", "–", "..", "...", "until", "till", "through", "thru")
    )
    at = at or i
    if (first := moment(s, at)) and (joint := s.after(first.end, *joints)) and (second := moment(s, joint)):
        if first.span[0] < second.span[1]:
            return _taken(i, second.end, "span", taken_between(first.span[0], second.span[1]))
        return None
    if month := s.longest(at, MONTHS):
        joint = s.after(month[0], *joints)
        if joint is not None and (until := moment(s, joint)) and s.longest(joint, MONTHS):
            year = until.span[0].year - (1 if month[1] > until.span[0].month else 0)
            return _taken(i, until.end, "span", taken_between(date(year, month[1], 1), until.span[1]))
        if joint is not None and (other := s.longest(joint, MONTHS)):
            months = [(m - 1) % 12 + 1 for m in range(month[1], month[1] + (other[1] - month[1]) % 12 + 1)]
            return _taken(i, other[0], "month", TimeFilter(months=tuple(months)))
    if (weekday := s.longest(at, WEEKDAYS)) and (joint := s.after(weekday[0], *joints)):
        other_day = s.longest(joint, WEEKDAYS)
        if other_day and len(weekday[1]) == len(other_day[1]) == 1:
            (start,), (stop,) = weekday[1], other_day[1]
            week = tuple((start + k - 1) % 7 + 1 for k in range((stop - start) % 7 + 1))
            return _taken(i, other_day[0], "weekday", TimeFilter(weekdays=week))
    if (day := s.number(at)) and day[0] == int(day[0]) and 1 <= day[0] <= 31:
        joint = s.after(day[1], *joints)
        if joint is not None and (until := moment(s, joint)) and until.kind == "span":
            last = until.span[1] - timedelta(1)
            if last == until.span[0] and day[0] < last.day:
                return _taken(i, until.end, "span", taken_between(last.replace(day=int(day[0])), until.span[1]))
    return None


def _in_each(s: Sentence, i: int) -> Piece | None:
    """`summer of 2015 or 2016`, `Christmas 2018 and 2019`: what comes every year, in several years."""
    at = s.after(i, "in the", "in", "the") or i
    if (every := _every_year(s, at)) is None:
        return None
    end, span_in = every
    years: list[int] = []
    joint: int | None = s.skip(end, (",", "of", "in"))
    while joint is not None and (year := year_at(s, joint)) and not s.longest(year[1], MONTHS):
        years.append(year[0])
        end = year[1]
        joint = s.after(end, ", and", ", or", "and", "or", ",", "&", "/")
    if len(years) < 2:
        return None
    asked = ImageFilter(or_=tuple(ImageFilter(taken=taken_between(*span_in(year))) for year in years))
    return Piece(i, end, Role.MEANING, "span", asked)


def _day_before(s: Sentence, i: int) -> Piece | None:
    """`yesterday or the day before`."""
    end = s.after(i, "the day before") if s.norm(i - 2) == "yesterday" else None
    day = s.today - timedelta(2)
    return _taken(i, end, "span", taken_between(day, day + timedelta(1))) if end else None


def _every_year(s: Sentence, i: int) -> tuple[int, Callable[[int], Span]] | None:
    """Where the season, month or holiday at i ends, and its days in a year."""
    if season := s.longest(i, SEASONS):
        return season[0], lambda year: season_span(year, season[1])
    if month := s.longest(i, MONTHS):
        return month[0], lambda year: month_span(year, month[1])
    if holiday := s.longest(i, HOLIDAYS):
        return holiday[0], holiday[1].span
    return None


def _decade(s: Sentence, i: int) -> Piece | None:
    at = s.after(i, "the") or i
    part = s.norm(at) if s.norm(at) in ("early", "mid", "late") else ""
    at += bool(part)
    if s.norm(at) in DECADES and (at > i or s.norm(at) != "teens"):  # "the teens" are years, "teens" are people
        tens, end = DECADES[s.norm(at)], at + 1
    elif s.norm(at).isdecimal() and s.norm(at + 1) in ("s", "ies") and len(s.norm(at)) in (2, 4):
        if int(s.norm(at)) % 10:
            return None
        tens, end = int(s.norm(at)), at + 2
    else:
        return None
    first = tens if tens > 100 else (1900 if tens >= 30 else 2000) + tens
    if not 1800 <= first <= 2100:
        return None
    start, stop = {"early": (0, 4), "mid": (3, 7), "late": (6, 10), "": (0, 10)}[part]
    return _taken(i, end, "span", taken_between(date(first + start, 1, 1), date(first + stop, 1, 1)))


def _part_of_today(s: Sentence, i: int) -> Piece | None:
    """`this morning`, `tonight`, `last night`: hours of one day."""
    if (found := s.longest(i, _TODAY)) is None:
        return None
    end, (days, start, hours) = found
    begin = datetime.combine(s.today + timedelta(days), time(start))
    return _taken(i, end, "span", TimeFilter(from_=begin, to=begin + timedelta(hours=hours)))


def _days_between(s: Sentence, i: int) -> Piece | None:
    """`between Christmas and New Year`, `from 20 December to 5 January`: days of any year."""
    at = s.after(i, "between", "from")
    first = _day_of_year(s, at) if at else None
    joint = s.after(first[2], "and", "to", "-", "until", "till") if first else None
    last = _day_of_year(s, joint) if joint else None
    if first is None or last is None:
        return None
    if year := year_at(s, s.skip(last[2], (",", "of", "in"))):
        over = (last[0], last[1]) < (first[0], first[1])
        try:
            span = date(year[0], first[0], first[1]), date(year[0] + over, last[0], last[1]) + timedelta(1)
        except ValueError:
            return None
        return _taken(i, year[1], "span", taken_between(*span))
    if first[0] == last[0]:
        if first[1] > last[1]:
            return None
        return _taken(i, last[2], "days", TimeFilter(months=first[:1], days=tuple(range(first[1], last[1] + 1))))
    parts = [
        TimeFilter(months=first[:1], days=tuple(range(first[1], 32))),
        TimeFilter(months=last[:1], days=tuple(range(1, last[1] + 1))),
    ]
    whole = [(first[0] + k) % 12 + 1 for k in range((last[0] - first[0]) % 12 - 1)]
    if whole:
        parts.append(TimeFilter(months=tuple(whole)))
    return Piece(i, last[2], Role.MEANING, "days", ImageFilter(or_=tuple(ImageFilter(taken=part) for part in parts)))


def _day_of_year(s: Sentence, i: int) -> tuple[int, int, int] | None:
    """(month, day, end) of a date without a year, or of a holiday that has one."""
    if found := s.longest(i, HOLIDAYS):
        every = found[1].every_year
        fixed = every.this_day if every else None
        return (fixed.month, fixed.day, found[0]) if fixed and fixed.month and fixed.day else None
    day = day_month(s, i)
    return (day[1], day[0], day[2]) if day else None


def _recurring(s: Sentence, i: int) -> Piece | None:
    at = s.after(i, "in the", "on", "every", "during the", "during", "at") or i
    if at != i and not any(s.longest(at, t) for t in (WEEKDAYS, SEASONS, HOLIDAYS)):
        at = i
    at = s.after(at, "happy", "merry") or at
    if found := s.longest(at, HOLIDAYS):
        return _any_year(s, i, found[0], found[1])
    if day := day_month(s, at):
        return _taken(i, day[2], "day", TimeFilter(months=(day[1],), days=(day[0],)))
    if (month := s.longest(at, MONTHS)) and not _is_other_word(s, at):
        return _taken(i, month[0], "month", TimeFilter(months=(month[1],)))
    if (weekday := s.longest(at, WEEKDAYS)) and (day_of_month := at_ordinal(s.norms, s.skip(weekday[0], ("the",)))):
        number, tokens = day_of_month
        if len(weekday[1]) == 1 and number <= 31 and not s.longest(weekday[0] + tokens + 1, MONTHS):
            end = s.skip(weekday[0], ("the",)) + tokens
            return _taken(i, end, "day", TimeFilter(weekdays=weekday[1], days=(number,)))
    if (weekday := s.longest(at, WEEKDAYS)) and (
        s.norm(at) not in ("sun", "sat", "wed", "mon") or s.before(at) in ("on", "every")
    ):
        return _taken(i, weekday[0], "weekday", TimeFilter(weekdays=weekday[1]))
    if season := s.longest(at, SEASONS):
        end = season[0] + (s.norm(season[0]) in _BREAKS)
        return _taken(i, end, "season", TimeFilter(seasons=(season[1],)))
    return None


def _any_year(s: Sentence, i: int, end: int, holiday: Holiday) -> Piece:
    if holiday.every_year is not None:
        return _taken(i, end, "holiday", holiday.every_year)
    first, last = s.vocabulary.years or (s.today.year - 20, s.today.year)
    spans = [holiday.span(year) for year in range(max(first, last - MOST_YEARS), last + 1)]
    asked = ImageFilter(or_=tuple(ImageFilter(taken=taken_between(*span)) for span in spans))
    return Piece(i, end, Role.MEANING, "holiday", asked)


def _is_other_word(s: Sentence, i: int) -> bool:
    """`you may`, `may be`; `march` as a verb or a protest; `Joy and April`."""
    if month_is_name(s, i):
        return True
    if s.norm(i) == "may":
        return s.before(i) in ("i", "you", "we", "it", "that", "they", "there") or s.norm(i + 1) in ("be", "have", "i")
    return s.norm(i) in ("march", "mar") and s.before(i) in ("a", "the", "protest")


def _this_day(s: Sentence, i: int) -> Piece | None:
    found = s.longest(i, _THIS_DAY)
    return None if found is None else _taken(i, found[0], "day", TimeFilter(this_day=found[1]))


Rule = Callable[[Sentence, int], Piece | None]
_RULES: tuple[Rule, ...] = (
    seasons_of_years,
    _from_to,
    one_winter,
    _in_each,
    days_of_month,
    months_of_year,
    _day_before,
    beside,
    _days_between,
    _bounded,
    _or_later,
    until_now,
    so_old,
    same_time,
    rolling,
    last_few,
    _part_of_today,
    week_of_month,
    part_of_month,
    _at_moment,
    _this_day,
    no_such_time,
    _decade,
    _recurring,
    hours_phrase,
)
