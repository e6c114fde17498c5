"""Stretches of days with a definite year, as people write and say them: `3 May 2019`, `last summer`, `2 weeks ago`.

"N weeks ago" is that calendar week, "last summer" the last one that is over, "summer 2019" June to August, "early 2020"
its first third.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from api.search.days import (
    Span,
    add_months,
    month_span,
    season_span,
    taken_between,
    week_span,
    years_ago,
)
from api.search.holidays import HOLIDAYS
from api.search.numbers import ROUGHLY, at_ordinal
from api.search.sentence import Sentence, listed, table
from api.search.tokens import Form
from schema.filter.nodes import Season, TimeFilter, Unit

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
        "autumn|autumns|fall": Season.AUTUMN,
        "winter|winters|wintertime": Season.WINTER,
    }
)
UNITS = table(
    {
        "day|days": Unit.DAY, "week|weeks|wk|wks": Unit.WEEK, "month|months": Unit.MONTH,
        "year|years|yr|yrs": Unit.YEAR,
    }
)  # fmt: skip
_ABOUT = listed("about around roughly like some maybe approximately almost nearly")
LAST = listed("last previous past prior")
THIS = listed("this current")
_PARTS = {
    "early": (1, 5), "beginning of": (1, 5), "start of": (1, 5), "mid": (5, 9), "middle of": (5, 9),
    "late": (9, 13), "end of": (9, 13),
    "first half of": (1, 7), "second half of": (7, 13), "q 1": (1, 4), "q 2": (4, 7), "q 3": (7, 10), "q 4": (10, 13),
    "first quarter of": (1, 4), "second quarter of": (4, 7), "third quarter of": (7, 10), "last quarter of": (10, 13),
}  # fmt: skip
"""First month, and the month after."""


@dataclass(frozen=True, slots=True)
class Moment:
    span: Span
    kind: str
    """year span."""
    end: int

    def filter(self) -> TimeFilter:
        start, _ = self.span
        return TimeFilter(years=(start.year,)) if self.kind == "year" else taken_between(*self.span)


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


def _short_year(s: Sentence, i: int) -> tuple[int, int] | None:
    """`69` after `summer of`."""
    word = s.norm(i)
    if s.norm(i - 1) != "of" or not (word.isdecimal() and len(word) == 2):
        return None
    return (2000 if int(word) <= s.today.year % 100 else 1900) + int(word), i + 1


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
            if len(numbers) == 2:
                return month_span(numbers[1], numbers[0])
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


def day_month(s: Sentence, i: int) -> tuple[int, int, int] | None:
    """`3 May` `3rd of May` `May 3rd` `May the 3rd` `3.5.`: (day, month, end)."""
    if i < len(s) and s.tokens[i].form is Form.DATE and s.tokens[i].value.endswith("."):
        day, month_number = s.tokens[i].value.rstrip(".").split(".")
        return int(day), int(month_number), i + 1
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
    if found := day_month(s, i):
        day, month, end = found
        if year := year_at(s, s.skip(end, (",", "of", "in"))):
            try:
                start = date(year[0], month, day)
            except ValueError:
                return None
            return Moment((start, start + timedelta(1)), "span", year[1])
    if (named := s.longest(i, MONTHS)) and (year := year_at(s, s.skip(named[0], (",", "of", "in")))):
        return Moment(month_span(year[0], named[1]), "span", year[1])
    if named_season := s.longest(i, SEASONS):
        at = s.skip(named_season[0], (",", "of", "in", "holiday", "holidays", "vacation", "break", "trip"))
        if year := year_at(s, at) or _short_year(s, at):
            end = year[1]
            both = s.after(end, "/", "-")
            if both and s.norm(both) in (str(year[0] + 1), str(year[0] + 1)[2:]):  # winter 2019/20
                end = both + 1
            return Moment(season_span(year[0], named_season[1]), "span", end)
    if (year := year_at(s, i)) and (named := s.longest(year[1], MONTHS)) and not year_at(s, named[0]):
        return Moment(month_span(year[0], named[1]), "span", named[0])
    return None


def _part_of_year(s: Sentence, i: int) -> Moment | None:
    i = s.after(i, "the") or i
    for phrase, (first, last) in _PARTS.items():
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
    if end := s.after(at, "week before last"):
        return Moment(week_span(today - timedelta(14)), "span", end)
    if end := s.after(at, "weekend before last"):
        monday = week_span(today - timedelta(14))[0]
        return Moment((monday + 5 * day, monday + 7 * day), "span", end)
    if (season := s.longest(at, SEASONS)) and (end := s.after(season[0], "before last")):
        return Moment(_seasons_over(s, season[1])[-2], "span", end)
    if end := s.after(at, "month before last"):
        return Moment((add_months(today, -2), add_months(today, -1)), "span", end)
    if (of := s.after(at, "weekend of", "week of")) and (within := moment(s, of)) and within.kind == "span":
        monday = week_span(within.span[0])[0]
        whole = (monday, monday + 7 * day) if s.norm(at) == "week" else (monday + 5 * day, monday + 7 * day)
        return Moment(whole, "span", within.end) if within.span[1] - within.span[0] <= 4 * day else None
    if (of := s.after(at, "first day of", "last day of")) and (within := moment(s, of)):
        start = within.span[0] if s.norm(at) == "first" else within.span[1] - day
        return Moment((start, start + day), "span", within.end)
    if end := s.after(i, "yesterday"):
        return Moment((today - day, today), "span", end)
    if end := s.after(i, "today"):
        return _so_long_ago(s, i) or Moment((today, today + day), "span", end)
    if s.norm(at) in THIS and (shifted := _this_of_last_year(s, at + 1)):
        return shifted
    if s.norm(at) in LAST | THIS and (found := _last_or_this(s, at + 1, last=s.norm(at) in LAST)):
        return found
    return _so_long_ago(s, i)


def _last_or_this(s: Sentence, i: int, *, last: bool) -> Moment | None:
    today, back = s.today, 1 if last else 0
    if unit := s.longest(i, UNITS):
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


def _this_of_last_year(s: Sentence, i: int) -> Moment | None:
    """`this month last year`; `this time last year` is that week."""
    if (end := s.after(i + 1, "last year", "of last year", "a year ago", "in the last year")) is None:
        return None
    then = years_ago(s.today, 1)
    match s.norm(i):
        case "month":
            return Moment(month_span(then.year, then.month), "span", end)
        case "week" | "time":
            return Moment(week_span(then), "span", end)
        case "day":
            return Moment((then, then + timedelta(1)), "span", end)
    return None


def many_at(s: Sentence, i: int) -> tuple[int, int] | None:
    """`3` `three` `a` `a few` `a couple of`: (how many, end)."""
    at = s.after(i, "a", "an") or i
    if s.norm(at) in ROUGHLY:
        return ROUGHLY[s.norm(at)], s.after(at + 1, "of") or at + 1
    if (found := s.number(at)) and found[0] == int(found[0]) and 1 <= found[0] <= 1000:
        return int(found[0]), found[1]
    return (1, at) if at != i else None


def _seasons_ago(s: Sentence, many: int, season: Season, i: int) -> Moment | None:
    """`two summers ago`: of those that are over, the last but one."""
    if (end := s.after(i, "ago", "back")) is None or many > 100:
        return None
    return Moment(_seasons_over(s, season, many)[-many], "span", end)


def _seasons_over(s: Sentence, season: Season, many: int = 2) -> list[Span]:
    """The last `many` of them that are over, and perhaps one more, the latest last."""
    spans = [season_span(year, season) for year in range(s.today.year - many - 1, s.today.year + 1)]
    return [span for span in spans if span[1] <= s.today]


def _so_long_ago(s: Sentence, i: int) -> Moment | None:
    """`two weeks ago`: that calendar week."""
    exact = s.after(i, "today", "this day", "on this day")
    if (many := many_at(s, exact or s.skip(i, _ABOUT))) is None:
        return None
    if season := s.longest(many[1], SEASONS):
        return _seasons_ago(s, many[0], season[1], season[0])
    decades = s.after(many[1], "decade", "decades")
    unit = (decades, Unit.YEAR) if decades else s.longest(many[1], UNITS)
    if unit is None or (end := s.after(unit[0], "ago", "back", "earlier")) is None:
        return None
    n, today = many[0] * (10 if decades else 1), s.today
    try:
        exactly = end if exact else s.after(end, "today", "this day", "to the day", "on this day")
        if unit[1] is Unit.YEAR and exactly:
            day = years_ago(today, n)
            return Moment((day, day + timedelta(1)), "span", exactly)
        if unit[1] is Unit.YEAR and (exactly := s.after(end, "this month")):
            return Moment(month_span(today.year - n, today.month), "span", exactly)
        if unit[1] is Unit.YEAR and (exactly := s.after(end, "this week")):
            return Moment(week_span(years_ago(today, n)), "span", exactly)
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
