"""Words about when: dates, ranges, relative times, what comes back every day, week or year.

A *moment* is a stretch of days with a definite year. "N weeks ago" is that calendar week, "last summer" the last one
that is over, "summer 2019" June to August, "early 2020" its first third.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from api.search.clock import hours_phrase
from api.search.days import (
    Holiday,
    Span,
    add_months,
    fixed,
    last_monday,
    month_span,
    moving,
    nth_weekday,
    season_span,
    taken_between,
    week_span,
    years_ago,
)
from api.search.numbers import DECADES, ROUGHLY, at_ordinal
from api.search.pieces import Alternative, Piece, Role
from api.search.sentence import Sentence, listed, table
from api.search.tokens import Form
from schema.filter.nodes import Ago, ImageFilter, Season, ThisDay, TimeFilter, Unit

MONTHS = table(
    {
        "january|jan": 1, "february|feb": 2, "march|mar": 3, "april|apr": 4, "may": 5, "june|jun": 6, "july|jul": 7,
        "august|aug": 8, "september|sep|sept": 9, "october|oct": 10, "november|nov": 11, "december|dec": 12,
    }
)  # fmt: skip
WEEKDAYS = table(
    {
        "monday|mondays|mon": (1,), "tuesday|tuesdays|tue|tues": (2,), "wednesday|wednesdays|wed": (3,),
        "thursday|thursdays|thu|thurs": (4,), "friday|fridays|fri": (5,), "saturday|saturdays|sat": (6,),
        "sunday|sundays|sun": (7,), "weekend|weekends|week end|week ends": (6, 7),
        "weekday|weekdays|workday|workdays|working days": (1, 2, 3, 4, 5),
    }
)  # fmt: skip
SEASONS = table(
    {
        "spring|springs|springtime": Season.SPRING,
        "summer|summers|summertime": Season.SUMMER,
        "autumn|autumns|fall|falls": Season.AUTUMN,
        "winter|winters|wintertime": Season.WINTER,
    }
)
HOLIDAYS: dict[tuple[str, ...], Holiday] = table(
    {
        "christmas|xmas|christmas time|christmastime|x mas|noel": fixed(12, 25, 1),
        "christmas day|xmas day": fixed(12, 25),
        "christmas eve|xmas eve": fixed(12, 24),
        "boxing day": fixed(12, 26),
        "new year eve|new years eve|nye|silvester|sylvester": fixed(12, 31),
        "new year day|new years day": fixed(1, 1),
        "new year|new years": fixed(1, 1, 1),
        "halloween|hallowe'en": fixed(10, 31),
        "valentine day|valentines day|valentine|valentines": fixed(2, 14),
        "st patrick day|saint patrick day|st patricks day|saint patricks day|st paddy day": fixed(3, 17),
        "fourth of july|4 th of july|july fourth|july 4 th|independence day": fixed(7, 4),
        "bastille day": fixed(7, 14),
        "april fools|april fool day|april fools day": fixed(4, 1),
        "women day|womens day": fixed(3, 8),
        "epiphany|three kings day": fixed(1, 6),
        "veterans day|veteran day|remembrance day": fixed(11, 11),
        "thanksgiving|thanksgiving day": nth_weekday(11, 4, 4),
        "mother day|mothers day": nth_weekday(5, 7, 2),
        "father day|fathers day": nth_weekday(6, 7, 3),
        "labor day|labour day": nth_weekday(9, 1, 1),
        "memorial day": last_monday(5),
        "easter": moving(0, 2, 1),
        "easter sunday": moving(0),
        "easter monday": moving(1),
        "good friday": moving(-2),
        "pentecost|whitsun": moving(49, 0, 1),
        "mardi gras|shrove tuesday|fat tuesday": moving(-47),
        "carnival|karneval|fasching": moving(-47, 5, 0),
    }
)
_UNITS = table(
    {
        "day|days": Unit.DAY, "week|weeks|wk|wks": Unit.WEEK, "month|months": Unit.MONTH,
        "year|years|yr|yrs": Unit.YEAR,
    }
)  # fmt: skip
_THIS_DAY = table(
    {
        "on this day|this day in past years|this day in previous years|this day in other years|this day in history"
        "|this day years ago|this day|this day over the years|today in past years|today in previous years"
        "|on this day in past years|on this day in previous years": ThisDay(),
        "this week in past years|this week in previous years|this week in other years"
        "|this week over the years": ThisDay(window=3),
        "this month in past years|this month in previous years": ThisDay(window=15),
    }
)
_LAST = listed("last previous past prior")
_THIS = listed("this current")
_BEFORE = table({"before|prior to|earlier than|older than|until before": "before", "until|till|up to|through": "until"})
_AFTER = table({"after|later than|newer than|following": "after", "since|from|starting|starting from|as of": "since"})
_ADDED = listed("added uploaded imported")
_THIRDS = {"early": (1, 5), "beginning of": (1, 5), "mid": (5, 9), "middle of": (5, 9), "late": (9, 13),
           "end of": (9, 13)}  # fmt: skip


MOST_YEARS = 30
"""So many years back a holiday without a fixed date is listed."""


@dataclass(frozen=True, slots=True)
class Moment:
    span: Span
    kind: str
    """year span."""
    end: int

    def filter(self) -> TimeFilter:
        start, _ = self.span
        return TimeFilter(years=(start.year,)) if self.kind == "year" else taken_between(*self.span)


def time_phrase(s: Sentence, i: int) -> Piece | None:
    """The longest reading of what stands at i as a time."""
    if s.norm(i) in _ADDED or (s.norm(i) == "recently" and s.norm(i + 1) in _ADDED):
        return _added(s, i)
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


# -- moments with a year


def moment(s: Sentence, i: int) -> Moment | None:
    found = [m for rule in (_written, _day_month_year, _part_of_year, _year, _named, _relative) if (m := rule(s, i))]
    return max(found, key=lambda m: m.end, default=None)


def year_at(s: Sentence, i: int) -> tuple[int, int] | None:
    """A year, written in four digits, or two after an apostrophe: (year, end)."""
    word = s.norm(i)
    if word.isascii() and word.isdecimal() and len(word) == 4 and 1826 <= int(word) <= 2100:
        nxt = s.norm(i + 1)
        glued = i + 1 < len(s) and s.tokens[i + 1].glued
        if nxt in ("px", "pixel", "pixels", "mm", "k", "iso", "people", "kb", "mb") or (glued and nxt in ("s", "x")):
            return None
        return int(word), i + 1
    if word in ("'", "’") and s.norm(i + 1).isdecimal() and len(s.norm(i + 1)) == 2:
        short = int(s.norm(i + 1))
        return (2000 if short <= s.today.year % 100 else 1900) + short, i + 2
    return None


def _year(s: Sentence, i: int) -> Moment | None:
    at = s.after(i, "the year") or i
    found = year_at(s, at)
    return None if found is None else Moment((date(found[0], 1, 1), date(found[0] + 1, 1, 1)), "year", found[1])


def _written(s: Sentence, i: int) -> Moment | None:
    """`2019-05-03` `2019-05` `3.5.2019` `5/3/2019`; a slash puts the month first, unless it cannot."""
    if i >= len(s) or s.tokens[i].form is not Form.DATE:
        return None
    span = written_date(s.tokens[i].value)
    return None if span is None else Moment(span, "span", i + 1)


def written_date(text: str) -> Span | None:
    for mark in "-./":
        parts = text.split(mark)
        if len(parts) > 1:
            break
    if not all(part.isascii() and part.isdecimal() for part in parts):
        return None
    numbers = [int(part) for part in parts]
    try:
        if len(parts[0]) == 4:
            year, month, *day = numbers
        else:
            a, b, year = numbers
            month, day = (a, [b]) if mark == "/" and a <= 12 else (b, [a])
            if year < 100:
                year += 2000 if year < 70 else 1900
        if day:
            start = date(year, month, day[0])
            return start, start + timedelta(1)
        return month_span(year, month)
    except (ValueError, OverflowError):
        return None


def _day_month(s: Sentence, i: int) -> tuple[int, int, int] | None:
    """`3 May` `3rd of May` `May 3rd` `May the 3rd`: (day, month, end)."""
    at = s.after(i, "the") or i
    number = at_ordinal(s.norms, at)
    if number is None and s.norm(at).isdecimal() and len(s.norm(at)) <= 2:
        number = int(s.norm(at)), 1
    if number is not None and 1 <= number[0] <= 31:
        after = s.after(at + number[1], "of") or at + number[1]
        if month := s.longest(after, MONTHS):
            return number[0], month[1], month[0]
    if month := s.longest(i, MONTHS):
        at = s.after(month[0], "the") or month[0]
        number = at_ordinal(s.norms, at)
        if number is None and s.norm(at).isdecimal() and len(s.norm(at)) <= 2:
            follows = s.norm(at + 1)
            if follows in ("mm", "people", "-", "dogs", "stars", "star", ":", "am", "pm") or (
                s.is_word(at + 1) and (s.tokens[at + 1].glued)
            ):
                return None
            number = int(s.norm(at)), 1
        if number is not None and 1 <= number[0] <= 31:
            return number[0], month[1], at + number[1]
    return None


def _day_month_year(s: Sentence, i: int) -> Moment | None:
    if found := _day_month(s, i):
        day, month, end = found
        if year := year_at(s, s.skip(end, (",", "of", "in"))):
            try:
                start = date(year[0], month, day)
            except ValueError:
                return None
            return Moment((start, start + timedelta(1)), "span", year[1])
    if (named := s.longest(i, MONTHS)) and (year := year_at(s, s.skip(named[0], (",", "of", "in")))):
        return Moment(month_span(year[0], named[1]), "span", year[1])
    if (named_season := s.longest(i, SEASONS)) and (year := year_at(s, s.skip(named_season[0], (",", "of", "in")))):
        return Moment(season_span(year[0], named_season[1]), "span", year[1])
    if (year := year_at(s, i)) and (named := s.longest(year[1], MONTHS)) and not year_at(s, named[0]):
        return Moment(month_span(year[0], named[1]), "span", named[0])
    return None


def _part_of_year(s: Sentence, i: int) -> Moment | None:
    for phrase, (first, last) in _THIRDS.items():
        if (at := s.after(i, phrase)) is not None and (year := year_at(s, s.skip(at, ("-", "in")))):
            return Moment((date(year[0], first, 1), add_months(date(year[0], 1, 1), last - 1)), "span", year[1])
    return None


def _named(s: Sentence, i: int) -> Moment | None:
    """A holiday of a year."""
    at = s.after(i, "last", "this", "the last") or i
    if found := s.longest(at, HOLIDAYS):
        end, holiday = found
        if at != i:
            last = s.norm(at - 1) == "last"
            spans = [holiday.span(year) for year in range(s.today.year - 1, s.today.year + 1)]
            over = [span for span in spans if span[1] <= s.today]
            return Moment(over[-1] if last and over else spans[-1], "span", end)
        if year := year_at(s, s.skip(end, (",", "of", "in"))):
            return Moment(holiday.span(year[0]), "span", year[1])
        if (relative := _relative(s, end)) and relative.kind == "year":
            return Moment(holiday.span(relative.span[0].year), "span", relative.end)
    return None


def _relative(s: Sentence, i: int) -> Moment | None:
    today = s.today
    at = s.after(i, "the") or i
    day = timedelta(1)
    if end := s.after(at, "day before yesterday"):
        return Moment((today - 2 * day, today - day), "span", end)
    if end := s.after(at, "year before last"):
        return Moment((date(today.year - 2, 1, 1), date(today.year - 1, 1, 1)), "year", end)
    if end := s.after(i, "yesterday"):
        return Moment((today - day, today), "span", end)
    if end := s.after(i, "today"):
        return Moment((today, today + day), "span", end)
    if end := s.after(i, "last night", "yesterday night", "yesterday evening"):
        return Moment((today - day, today), "span", end)
    if s.norm(at) in _LAST | _THIS and (found := _last_or_this(s, at + 1, last=s.norm(at) in _LAST)):
        return found
    return _so_long_ago(s, i)


def _last_or_this(s: Sentence, i: int, *, last: bool) -> Moment | None:
    today, back = s.today, 1 if last else 0
    if unit := s.longest(i, _UNITS):
        if s.norm(i) not in ("week", "month", "year", "wk", "yr") or (last and s.norm(i - 1) == "past"):
            return None
        end = unit[0]
        if unit[1] is Unit.WEEK:
            return Moment(week_span(today - timedelta(7 * back)), "span", end)
        if unit[1] is Unit.MONTH:
            first = add_months(today, -back)
            return Moment((first, add_months(first, 1)), "span", end)
        return Moment((date(today.year - back, 1, 1), date(today.year - back + 1, 1, 1)), "year", end)
    if season := s.longest(i, SEASONS):
        spans = [season_span(year, season[1]) for year in range(today.year - 2, today.year + 1)]
        over = [span for span in spans if (span[1] if last else span[0]) <= today]
        return Moment(over[-1], "span", season[0])
    if month := s.longest(i, MONTHS):
        year = today.year - (1 if last and month[1] >= today.month else 0)
        return Moment(month_span(year, month[1]), "span", month[0])
    if weekday := s.longest(i, WEEKDAYS):
        if len(weekday[1]) == 5:
            return None
        end_of = today - timedelta((today.isoweekday() - weekday[1][-1]) % 7)
        if last and end_of >= today:
            end_of -= timedelta(7)
        if not last and end_of < week_span(today)[0]:
            end_of += timedelta(7)
        return Moment((end_of - timedelta(len(weekday[1]) - 1), end_of + timedelta(1)), "span", weekday[0])
    return None


def _many(s: Sentence, i: int) -> tuple[int, int] | None:
    """`3` `three` `a` `a few` `a couple of`: (how many, end)."""
    at = s.after(i, "a", "an") or i
    if s.norm(at) in ROUGHLY:
        return ROUGHLY[s.norm(at)], s.after(at + 1, "of") or at + 1
    if (found := s.number(at)) and found[0] == int(found[0]) and 1 <= found[0] <= 1000:
        return int(found[0]), found[1]
    return (1, at) if at != i else None


def _so_long_ago(s: Sentence, i: int) -> Moment | None:
    """`two weeks ago`: that calendar week."""
    if (many := _many(s, i)) is None or (unit := s.longest(many[1], _UNITS)) is None:
        return None
    if (end := s.after(unit[0], "ago", "back", "earlier")) is None:
        return None
    n, today = many[0], s.today
    try:
        match unit[1]:
            case Unit.DAY:
                start = today - timedelta(n)
                return Moment((start, start + timedelta(1)), "span", end)
            case Unit.WEEK:
                return Moment(week_span(today - timedelta(7 * n)), "span", end)
            case Unit.MONTH:
                return Moment((add_months(today, -n), add_months(today, 1 - n)), "span", end)
            case _:
                return Moment((date(today.year - n, 1, 1), date(today.year - n + 1, 1, 1)), "year", end)
    except (ValueError, OverflowError):
        return None


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
        if (when := moment(s, end)) is None:
            return _older_than(s, i, end)
        first, last = when.span
        span = {"before": (None, first), "until": (None, last), "after": (last, None), "since": (first, None)}[how]
        return _taken(i, when.end, "bound", taken_between(*span))
    return None


def _older_than(s: Sentence, i: int, at: int) -> Piece | None:
    """`older than 5 years`."""
    if s.norm(i) not in ("older", "newer") or (many := _many(s, at)) is None:
        return None
    if (unit := s.longest(many[1], _UNITS)) is None or s.norm(unit[0]) == "old":
        return None
    n = many[0]
    try:
        match unit[1]:
            case Unit.DAY | Unit.WEEK:
                day = s.today - timedelta(n * (7 if unit[1] is Unit.WEEK else 1))
            case Unit.MONTH:
                first = add_months(s.today, -n)
                day = min(first + timedelta(s.today.day - 1), add_months(first, 1) - timedelta(1))
            case _:
                day = years_ago(s.today, n)
    except (ValueError, OverflowError):
        return None
    span = (None, day) if s.norm(i) == "older" else (day, None)
    return _taken(i, unit[0], "bound", taken_between(*span))


def _from_to(s: Sentence, i: int) -> Piece | None:
    """`between May and July 2019` `2015-2018` `from june to august` `3 to 10 august 2018`."""
    at = s.after(i, "between", "from", "in between")
    joints = (
        ("and", "to", "-", "–", "..", "...", "until", "till", "through", "thru")
        if at
        else ("to", "-", "–", "..", "...", "until", "through", "thru")
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
    if (day := s.number(at)) and day[0] == int(day[0]) and 1 <= day[0] <= 31:
        joint = s.after(day[1], *joints)
        if joint is not None and (until := moment(s, joint)) and until.kind == "span":
            last = until.span[1] - timedelta(1)
            if last == until.span[0] and day[0] < last.day:
                return _taken(i, until.end, "span", taken_between(last.replace(day=int(day[0])), until.span[1]))
    return None


def _rolling(s: Sentence, i: int) -> Piece | None:
    """`last 30 days` `in the past two years` `the last few weeks` `past week`."""
    at = s.skip(i, ("in", "within", "during", "over", "the"))
    if s.norm(at) not in _LAST:
        return None
    all_along = s.norm(at) == "past" or (at - i > 1 and s.norm(at - 1) == "the")
    many = _many(s, at + 1) or ((1, at + 1) if all_along else None)
    if many is None or (unit := s.longest(many[1], _UNITS)) is None:
        return None
    return _taken(i, unit[0], "bound", TimeFilter(ago=Ago(n=many[0], unit=unit[1])))


def _decade(s: Sentence, i: int) -> Piece | None:
    at = s.after(i, "the") or i
    part = s.norm(at) if s.norm(at) in ("early", "mid", "late") else ""
    at += bool(part)
    if s.norm(at) in DECADES:
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


def _recurring(s: Sentence, i: int) -> Piece | None:
    at = s.after(i, "in the", "on", "every", "during the", "during", "at") or i
    if at != i and not any(s.longest(at, t) for t in (WEEKDAYS, SEASONS, HOLIDAYS)):
        at = i
    at = s.after(at, "happy", "merry") or at
    if found := s.longest(at, HOLIDAYS):
        return _any_year(s, i, found[0], found[1])
    if day := _day_month(s, at):
        return _taken(i, day[2], "day", TimeFilter(months=(day[1],), days=(day[0],)))
    if (month := s.longest(at, MONTHS)) and not _is_other_word(s, at):
        return _taken(i, month[0], "month", TimeFilter(months=(month[1],)))
    if (weekday := s.longest(at, WEEKDAYS)) and (s.norm(at) not in ("sun", "sat", "wed", "mon") or at != i):
        return _taken(i, weekday[0], "weekday", TimeFilter(weekdays=weekday[1]))
    if season := s.longest(at, SEASONS):
        return _taken(i, season[0], "season", TimeFilter(seasons=(season[1],)))
    return None


def _any_year(s: Sentence, i: int, end: int, holiday: Holiday) -> Piece:
    if holiday.every_year is not None:
        return _taken(i, end, "holiday", holiday.every_year)
    first, last = s.vocabulary.years or (s.today.year - 20, s.today.year)
    spans = [holiday.span(year) for year in range(max(first, last - MOST_YEARS), last + 1)]
    asked = ImageFilter(or_=tuple(ImageFilter(taken=taken_between(*span)) for span in spans))
    return Piece(i, end, Role.MEANING, "holiday", asked)


def _is_other_word(s: Sentence, i: int) -> bool:
    """`you may`, `may be`; `march` as a verb or a protest."""
    if s.norm(i) == "may":
        return s.before(i) in ("i", "you", "we", "it", "that", "they", "there") or s.norm(i + 1) in ("be", "have", "i")
    return s.norm(i) in ("march", "mar") and s.before(i) in ("a", "the", "protest")


def _this_day(s: Sentence, i: int) -> Piece | None:
    found = s.longest(i, _THIS_DAY)
    return None if found is None else _taken(i, found[0], "day", TimeFilter(this_day=found[1]))


Rule = Callable[[Sentence, int], Piece | None]
_RULES: tuple[Rule, ...] = (
    _from_to, _bounded, _rolling, _at_moment, _this_day, _decade, _recurring, hours_phrase
)  # fmt: skip
