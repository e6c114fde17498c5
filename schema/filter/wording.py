"""Words for the pieces of a question: lists, ranges, dates, numbers with units. English only."""

from __future__ import annotations

import re
from calendar import month_name, monthrange
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from schema.filter.nodes import Ago, Range, ThisDay, TimeFilter

Namer = Callable[[str], str]
"""What to call a reference: `geo:4164138` -> `Miami`, `gown.n.01` -> `gown`."""

_MASS = frozenset(
    [
        "art",
        "bread",
        "clothing",
        "equipment",
        "fire",
        "food",
        "footwear",
        "furniture",
        "glass",
        "grass",
        "hair",
        "ice",
        "jewelry",
        "luggage",
        "meat",
        "music",
        "paper",
        "rain",
        "sand",
        "smoke",
        "snow",
        "steam",
        "water",
        "wine",
        "wood",
    ]
)
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def plain_name(reference: str) -> str:
    """A name from the reference alone, for when nobody can be asked."""
    if found := re.fullmatch(r"(.+)\.[nvasr]\.\d+", reference):
        return found[1].replace("_", " ")
    if found := re.fullmatch(r"(person|album|image|share):(\S+)", reference):
        return f"{found[1]} {found[2]}"
    return reference


def either(words: Iterable[str], join: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`; a long list is cut."""
    given = list(words)
    if len(given) > 6:
        given = [*given[:5], f"{len(given) - 5} more"]
    return given[0] if len(given) == 1 else f"{', '.join(given[:-1])} {join} {given[-1]}" if given else ""


def both(words: Iterable[str]) -> str:
    return either(words, "and")


def with_article(noun: str) -> str:
    """`a dress`, `an apple`; names, plurals and materials stand alone."""
    last = noun.split()[-1].lower() if noun.split() else ""
    plural = last.endswith("s") and not last.endswith(("ss", "us", "is"))
    if noun[:1].isupper() or plural or last in _MASS or last.endswith("ing") or not last:
        return noun
    return f"an {noun}" if noun[0].lower() in "aeio" or re.match(r"u(?!n[ity]|s[ae]|r)", noun.lower()) else f"a {noun}"


def counted(number: float) -> str:
    return _NUMBERS[int(number)] if number in range(len(_NUMBERS)) else figure(number)


def figure(number: float) -> str:
    """`1200`, `0.5`; no exponent where a person would not write one."""
    return f"{number:.0f}" if float(number).is_integer() and abs(number) < 1e15 else f"{number:.6g}"


def ranged(
    bounds: Range, shown: Callable[[float], str] = figure, *, least: str = "at least", most: str = "at most"
) -> str:
    low, high = bounds.min, bounds.max
    if low is not None and high is not None:
        return shown(low) if low == high else f"{shown(low)} to {shown(high)}"
    if low is not None:
        return f"{least} {shown(low)}"
    return "known" if high is None else f"{most} {shown(high)}"


def exposure(seconds: float) -> str:
    return f"1/{round(1 / seconds)} s" if 0 < seconds < 0.4 else f"{figure(seconds)} s"


def size_in_bytes(number: float) -> str:
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= scale:
            return f"{number / scale:.4g} {unit}"
    return f"{figure(number)} bytes"


def coordinates(lat: float, lon: float) -> str:
    north, east = "N" if lat >= 0 else "S", "E" if lon >= 0 else "W"
    return f"{figure(abs(lat))}°{north} {figure(abs(lon))}°{east}"


def day(when: datetime) -> str:
    return f"{when.day} {month_name[when.month]} {when.year}"


def moment(when: datetime) -> str:
    if (when.hour, when.minute, when.second) == (0, 0, 0):
        return day(when)
    return f"{day(when)} {when:%H:%M:%S}".removesuffix(":00")


def span(start: datetime | None, end: datetime | None) -> str:
    """`from` and `to` (first moment left out) as a person would say it."""
    start = start and start.replace(tzinfo=None)
    end = end and end.replace(tzinfo=None)
    if start is None:
        return f"before {moment(end)}" if end is not None else ""
    if end is None:
        return f"since {moment(start)}"
    whole_days = start.time() == end.time() == datetime.min.time()
    if not whole_days:
        return f"from {moment(start)} until {moment(end)}"
    last = end - timedelta(days=1)
    if start == last:
        return f"on {day(start)}"
    if start.day == 1 and last.day == monthrange(last.year, last.month)[1]:
        if (start.year, start.month) == (last.year, last.month):
            return f"in {month_name[start.month]} {start.year}"
        if (start.month, last.month) == (1, 12):
            return f"in {start.year}" if start.year == last.year else f"from {start.year} to {last.year}"
    return f"from {day(start)} to {day(last)}"


def ago(asked: Ago) -> str:
    unit = asked.unit.lower()
    if not asked.until:
        return f"in the last {unit}" if asked.n == 1 else f"in the last {asked.n} {unit}s"
    return f"between {asked.n} and {asked.until} {unit}s ago"


def this_day(asked: ThisDay) -> str:
    named = f"{asked.day} {month_name[asked.month]}" if asked.month and asked.day else "this day"
    around = (
        f"within {counted(asked.window)} day{'s' * (asked.window != 1)} of {named}" if asked.window else f"on {named}"
    )
    return f"{around} {'in past years' if asked.past_only else 'in any year'}"


def ordinal(number: int) -> str:
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def time(asked: TimeFilter, verb: str) -> list[str]:
    """Clauses such as `taken in summer 2019`; `verb` says what happened then."""
    parts: list[str] = []
    seasons = [season.lower() for season in asked.seasons]
    months = [month_name[month] for month in asked.months]
    years = either(map(str, asked.years))
    if seasons or months:
        first, rest = (seasons, months) if seasons else (months, [])
        parts.append(f"in {either(first)}" + (f" {years}" if years else ""))
        parts += [f"in {either(rest)}"] if rest else []
    elif years:
        parts.append(f"in {years}")
    if asked.from_ is not None or asked.to is not None:
        parts.append(span(asked.from_, asked.to))
    if asked.days:
        parts.append(f"on the {either(map(ordinal, asked.days))}")
    if asked.weekdays:
        weekend = set(asked.weekdays) == {6, 7}
        parts.append("on weekends" if weekend else f"on {either(_DAYS[number - 1] for number in asked.weekdays)}")
    if asked.hours is not None:
        parts.append(f"between {asked.hours.from_}:00 and {asked.hours.to}:00")
    if asked.this_day is not None:
        parts.append(this_day(asked.this_day))
    if asked.ago is not None:
        parts.append(ago(asked.ago))
    clauses = [f"{verb} {' '.join(parts)}"] if parts else []
    if asked.known is not None:
        clauses.append(
            f"{'with a' if asked.known else 'without a'} date{'' if verb == 'taken' else f' they were {verb}'}"
        )
    return clauses
