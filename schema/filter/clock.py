"""Calendar arithmetic of `TimeFilter`: hours over midnight, seasons by hemisphere, this day in other years, ago."""

from __future__ import annotations

from calendar import isleap, monthrange
from datetime import UTC, date, datetime, timedelta

from schema.filter.nodes import Hours, Season, ThisDay, Unit

_NORTH = {
    **dict.fromkeys((3, 4, 5), Season.SPRING),
    **dict.fromkeys((6, 7, 8), Season.SUMMER),
    **dict.fromkeys((9, 10, 11), Season.AUTUMN),
    **dict.fromkeys((12, 1, 2), Season.WINTER),
}


def local(now: datetime) -> datetime:
    """The wall clock of a time; a naive one is a wall clock already."""
    return now.replace(tzinfo=None)


def utc(now: datetime) -> datetime:
    """UTC of a time, naive; a naive one is taken as it is."""
    return now if now.tzinfo is None else now.astimezone(UTC).replace(tzinfo=None)


def season(month: int, *, south: bool) -> Season:
    """The meteorological season of a month 1..12."""
    return _NORTH[(month + 5) % 12 + 1 if south else month]


def in_hours(hours: Hours, hour: int) -> bool:
    if hours.from_ <= hours.to:
        return hours.from_ <= hour < hours.to
    return hour >= hours.from_ or hour < hours.to


def anchor(year: int, month: int, day: int) -> date:
    """That calendar day of a year; 29 February is the 28th in common years."""
    return date(year, month, 28 if (month, day) == (2, 29) and not isleap(year) else day)


def on_this_day(asked: ThisDay, day: date, today: date) -> bool:
    """Whether a day lies within the window around the asked day of some year."""
    month = today.month if asked.month is None else asked.month
    number = today.day if asked.day is None else asked.day
    return any(
        abs(day - anchor(year, month, number)) <= timedelta(days=asked.window)
        for year in (day.year - 1, day.year, day.year + 1)
        if 1 <= year <= 9999 and not (asked.past_only and year >= today.year)
    )


def ago(n: int, unit: Unit, now: datetime) -> datetime:
    """`n` units before now, not before year 1; months and years keep the day, or take the month's last."""
    try:
        if unit in (Unit.DAY, Unit.WEEK):
            return now - timedelta(days=n * (7 if unit is Unit.WEEK else 1))
        months = now.year * 12 + now.month - 1 - n * (12 if unit is Unit.YEAR else 1)
        year, month = months // 12, months % 12 + 1
        return now.replace(year=year, month=month, day=min(now.day, monthrange(max(year, 1), month)[1]))
    except (OverflowError, ValueError):
        return datetime.min
