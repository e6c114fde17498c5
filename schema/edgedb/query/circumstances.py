"""Where and when a picture was taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import asin, cos, degrees, radians, sin

from schema.edgedb.query.conditions import (
    NEVER,
    PERHAPS,
    Condition,
    Parameters,
    every,
    is_,
    known,
    negated,
    some,
)
from schema.filter import clock, geometry
from schema.filter.nodes import Box, Near, PlaceFilter, ThisDay, TimeFilter
from schema.filter.photo import World

_EPOCH = datetime(1970, 1, 1)
_SECOND = timedelta(seconds=1)
_SLACK = 1e-6
"""Degrees around what is narrowed, far more than rounding takes."""


def places(given: Parameters, asked: PlaceFilter, world: World) -> Condition:
    parts: list[Condition] = []
    if asked.within:
        parts.append(_inside(given, asked.within, world))
    if asked.none:
        parts.append(negated(_inside(given, asked.none, world)))
    if asked.near is not None:
        parts.append(_near(given, asked.near, world))
    if asked.box is not None:
        parts.append(in_box(given, asked.box))
    if asked.polygon:
        parts.append(_in_outline(given, asked.polygon))
    if asked.known is not None:
        there = Condition("((exists .lat and exists .lon) or ((.place != '') ?? false))")
        parts.append(is_(there, asked.known))
    return every(parts)


def _inside(given: Parameters, references: Sequence[str], world: World) -> Condition:
    """The place of an image is one of those meant or lies inside one; or it is grouped under one."""
    meant = {key for reference in references for key in world.place_keys(reference)}
    return some(
        [
            known(f".place in {given.among('str', sorted(meant | _below(meant, world)))}"),
            known(f".near_city in {given.among('str', sorted(meant))}"),
        ]
    )


def _below(meant: set[str], world: World) -> set[str]:
    inside: dict[str, list[str]] = {}
    for place in world.places:
        if place.parent is not None:
            inside.setdefault(place.parent, []).append(place.key)
    found: set[str] = set()
    waiting = list(meant)
    while waiting:
        for key in inside.get(waiting.pop(), ()):
            if key not in found:
                found.add(key)
                waiting.append(key)
    return found


def in_box(given: Parameters, box: Box) -> Condition:
    south, north = given.number(box.south), given.number(box.north)
    west = given.number(box.west)
    east = given.number(box.east if box.west <= box.east else box.east + 360)
    turns = [f"({lon} >= {west} and {lon} <= {east})" for lon in ("(.lon - 360.0)", ".lon", "(.lon + 360.0)")]
    return known(f".lat >= {south} and .lat <= {north} and ({' or '.join(turns)})")


def _near(given: Parameters, near: Near, world: World) -> Condition:
    """A box around the circle; the law measures what is inside."""
    center = None
    if near.place is not None:
        center = world.center(near.place)
    elif near.lat is not None and near.lon is not None:
        center = near.lat, near.lon
    if center is None:
        return NEVER
    lat, lon = center
    angle = near.km / geometry.EARTH_KM
    south, north = lat - degrees(angle) - _SLACK, lat + degrees(angle) + _SLACK
    if south <= -90 or north >= 90:
        return _loose(known(f".lat >= {given.number(south)} and .lat <= {given.number(north)} and exists .lon"))
    reach = degrees(asin(min(1.0, sin(angle) / cos(radians(lat))))) + _SLACK
    return _narrowed(given, south, north, lon - reach, lon + reach)


def _in_outline(given: Parameters, corners: Sequence[tuple[float, float]]) -> Condition:
    """The box around an outline, whose longitudes may run on over 180."""
    outline = geometry.area(corners).outline
    if outline.is_empty:
        return NEVER
    west, south, east, north = outline.bounds
    return _narrowed(given, south - _SLACK, north + _SLACK, west - _SLACK, east + _SLACK)


def _narrowed(given: Parameters, south: float, north: float, west: float, east: float) -> Condition:
    low, high = given.number(west), given.number(east)
    shifts = ("(.lon - 720.0)", "(.lon - 360.0)", ".lon", "(.lon + 360.0)", "(.lon + 720.0)")
    turns = " or ".join(f"({lon} >= {low} and {lon} <= {high})" for lon in shifts)
    return _loose(known(f".lat >= {given.number(south)} and .lat <= {given.number(north)} and ({turns})"))


def _loose(condition: Condition) -> Condition:
    return Condition(condition.text, exact=False)


# -- when


def times(given: Parameters, asked: TimeFilter, moment: str, now: datetime) -> Condition:
    """`moment`: the property, beside which its whole seconds lie. `now` is a naive wall clock of the same kind."""
    at = f"{moment}_seconds"
    parts: list[Condition] = []
    if asked.known is not None:
        parts.append(is_(Condition(f"(exists {at})"), asked.known))
    if asked == TimeFilter(known=asked.known):
        return every(parts)
    if asked.from_ is not None:
        parts.append(_since(given, at, asked.from_))
    if asked.to is not None:
        parts.append(_until(given, at, asked.to))
    for part, chosen in (
        ("year", asked.years),
        ("month", asked.months),
        ("day", asked.days),
        ("isodow", asked.weekdays),
    ):
        if chosen:
            parts.append(_is_one(given, moment, part, chosen))
    if asked.hours is not None:
        hours = [hour for hour in range(24) if clock.in_hours(asked.hours, hour)]
        parts.append(_is_one(given, moment, "hour", hours))
    if asked.seasons:
        north, south = (
            _is_one(given, moment, "month", [m for m in range(1, 13) if clock.season(m, south=side) in asked.seasons])
            for side in (False, True)
        )
        below = known(".lat < 0.0")
        parts.append(some([every([below, south]), every([negated(below), north])]))
    if asked.this_day is not None:
        parts.append(_on_this_day(given, moment, at, asked.this_day, now.date()))
    if asked.ago is not None:
        parts.append(_since(given, at, clock.ago(asked.ago.n, asked.ago.unit, now)))
        parts.append(_until(given, at, clock.ago(asked.ago.until, asked.ago.unit, now)))
    return every([Condition(f"(exists {at})"), *parts])


def _seconds(moment: datetime) -> int:
    """Since 1970, of the first whole second not before a moment."""
    return -((_EPOCH - moment.replace(tzinfo=None)) // _SECOND)


def _since(given: Parameters, at: str, moment: datetime) -> Condition:
    return known(f"{at} >= {given.integer(_seconds(moment))}")


def _until(given: Parameters, at: str, moment: datetime) -> Condition:
    return known(f"{at} < {given.integer(_seconds(moment))}")


def _is_one(given: Parameters, moment: str, part: str, chosen: Sequence[int]) -> Condition:
    values = sorted({float(number) for number in chosen})
    return known(f"datetime_get({moment}, '{part}') in {given.among('float64', values)}") if values else NEVER


def _on_this_day(given: Parameters, moment: str, at: str, asked: ThisDay, today: date) -> Condition:
    """The days of the calendar that it may be; the law knows leap years, and which years are past."""
    days = _days_around(asked.month or today.month, asked.day or today.day, asked.window)
    day = f"(datetime_get({moment}, 'month') * 100.0 + datetime_get({moment}, 'day'))"
    parts = [known(f"{day} in {given.among('float64', days)}") if len(days) < 366 else PERHAPS]
    if asked.past_only and 1 < today.year < 9999:
        parts.append(_until(given, at, datetime(today.year, 12, 31) + timedelta(days=1 + asked.window)))
    return _loose(every(parts))


@lru_cache(maxsize=64)
def _days_around(month: int, day: int, window: int) -> tuple[float, ...]:
    """month * 100 + day of all days that are so near to that day of some year: eight years show every leap year."""
    asked = ThisDay(month=month, day=day, window=window, past_only=False)
    first = date(2017, 1, 1)
    days = (first + timedelta(days=number) for number in range(8 * 366))
    return tuple(
        sorted({one.month * 100.0 + one.day for one in days if clock.on_this_day(asked, one, date(2030, 1, 1))})
    )
