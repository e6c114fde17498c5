"""Days that move and days that do not: holidays, seasons, weeks. Pure date arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from schema.filter.nodes import Season, ThisDay, TimeFilter


@dataclass(frozen=True, slots=True)
class Holiday:
    """Its day in a year, and the days before and after that are part of it."""

    day_in: Callable[[int], date]
    before: int = 0
    after: int = 0
    every_year: TimeFilter | None = None
    """In any year; None where only a list of years can say it."""

    def span(self, year: int) -> Span:
        day = self.day_in(year)
        return day - timedelta(self.before), day + timedelta(self.after + 1)


Span = tuple[date, date]
"""From, and the day after."""


def fixed(month: int, day: int, window: int = 0) -> Holiday:
    """The same date every year, with `window` days around it."""
    every = TimeFilter(this_day=ThisDay(month=month, day=day, window=window, past_only=False))
    return Holiday(lambda year: date(year, month, day), window, window, every)


def nth_weekday(month: int, weekday: int, n: int) -> Holiday:
    """The n-th such weekday (1 Monday) of a month."""
    return weekday_from(month, weekday, 7 * (n - 1) + 1)


def weekday_from(month: int, weekday: int, first: int) -> Holiday:
    """The first such weekday from a day of a month on, in that month."""
    every = TimeFilter(months=(month,), weekdays=(weekday,), days=tuple(range(first, first + 7)))

    def day_in(year: int) -> date:
        start = date(year, month, first)
        return start + timedelta((weekday - start.isoweekday()) % 7)

    return Holiday(day_in, every_year=every)


def last_monday(month: int) -> Holiday:
    """The last Monday of a month of 31 days."""
    every = TimeFilter(months=(month,), weekdays=(1,), days=tuple(range(25, 32)))

    def day_in(year: int) -> date:
        end = date(year, month, 31)
        return end - timedelta(end.weekday())

    return Holiday(day_in, every_year=every)


def easter(year: int) -> date:
    """Easter Sunday, Gregorian: the anonymous algorithm of Meeus, Astronomical Algorithms, chapter 8."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def moving(days: int, before: int = 0, after: int = 0) -> Holiday:
    """So many days from Easter Sunday."""
    return Holiday(lambda year: easter(year) + timedelta(days), before, after)


def month_span(year: int, month: int) -> Span:
    return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)


def season_span(year: int, season: Season) -> Span:
    """Of the north; the winter of a year begins in its December."""
    start = {Season.SPRING: 3, Season.SUMMER: 6, Season.AUTUMN: 9, Season.WINTER: 12}[season]
    end = (start + 2) % 12 + 1
    return date(year, start, 1), date(year + (1 if season is Season.WINTER else 0), end, 1)


def week_span(day: date) -> Span:
    """Monday to Sunday."""
    monday = day - timedelta(day.weekday())
    return monday, monday + timedelta(7)


def add_months(day: date, months: int) -> date:
    """The first of the month so many months later."""
    total = day.year * 12 + day.month - 1 + months
    return date(total // 12, total % 12 + 1, 1)


def years_ago(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


def taken_between(start: date | None, end: date | None) -> TimeFilter:
    """From midnight on, until midnight; an open end is None."""
    return TimeFilter(
        from_=None if start is None else datetime.combine(start, time()),
        to=None if end is None else datetime.combine(end, time()),
    )
