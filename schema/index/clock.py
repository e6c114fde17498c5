"""Times of images: seconds, and the day each falls on, since nearly every question of a calendar is one about days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from schema.facts import NO_TIME
from schema.filter import clock
from schema.filter.nodes import Season, ThisDay, TimeFilter
from schema.index.bitmaps import BitMap, Mask, Survivors, from_mask, from_rows, to_array
from schema.index.columns import Coded, Column

_EPOCH = datetime(1970, 1, 1)
_DAY = 86_400
NO_MONTH = np.iinfo(np.int32).min


class Clock:
    """One time of every row. A day, as a code, has its own bitmap: a year is the union of 365 small ones."""

    def __init__(self) -> None:
        self.seconds = Column(np.int64)
        self.day: Coded[int | None] = Coded()
        """Days since 1970-01-01, None where unknown."""
        self.hour = Column(np.uint8)
        self._days = np.empty(0, np.int64), np.empty(0, np.bool_)

    def append(self, seconds: NDArray[np.int64]) -> None:
        known = seconds != NO_TIME
        days = np.floor_divide(seconds, _DAY)
        self.seconds.append(seconds)
        self.hour.append(np.where(known, (seconds - days * _DAY) // 3600, 24).astype(np.uint8))
        self.day.append([day if yes else None for day, yes in zip(days.tolist(), known.tolist(), strict=True)])

    def kept(self, survivors: Survivors) -> Clock:
        found = Clock()
        found.seconds, found.hour = self.seconds.kept(survivors.rows), self.hour.kept(survivors.rows)
        found.day, found._days = self.day.kept(survivors), self._days
        return found

    def unknown(self) -> BitMap:
        code = self.day.code_of.get(None)
        return BitMap() if code is None else self.day.bitmaps[code]

    def days(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Days since 1970-01-01 of each code, and which codes are days at all."""
        days, known = self._days
        if len(new := self.day.values[len(days) :]):
            known = np.concatenate([known, [value is not None for value in new]])
            days = np.concatenate([days, np.array([0 if value is None else value for value in new], dtype=np.int64)])
            self._days = days, known
        return days, known

    def months(self) -> NDArray[np.int32]:
        """Months since 1970-01 of each code, NO_MONTH for the unknown."""
        days, known = self.days()
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        return np.where(known, months, NO_MONTH).astype(np.int32)

    def in_month(self, month: int | None) -> BitMap:
        """Rows of one month since 1970-01, None: without a time."""
        return self.day.rows(np.flatnonzero(self.months() == (NO_MONTH if month is None else month)))

    def matching(self, asked: TimeFilter, now: datetime, within: BitMap, south: BitMap) -> BitMap:
        """Of some rows those whose time meets the filter. `south`: rows of the southern hemisphere."""
        found = within
        if asked.known is not None:
            found = found - self.unknown() if asked.known else found & self.unknown()
            if asked == TimeFilter(known=asked.known):
                return found
        days, known = self.days()
        meets = known & _calendar(asked, days, now.date())
        starts, stops = _bounds(asked, now)
        for start in starts:
            meets &= days >= start // _DAY
        for stop in stops:
            meets &= days <= (stop - 1) // _DAY
        found = found & self._in_season(asked.seasons, days, meets, south)
        for day in {bound // _DAY for bound in (*starts, *stops) if bound % _DAY}:
            found = self._cut(found, day, starts, stops)
        if asked.hours is not None and found:
            hours = [hour for hour in range(24) if clock.in_hours(asked.hours, hour)]
            found = self._at_hours(found, hours)
        return found

    def _in_season(self, seasons: Sequence[Season], days: NDArray[np.int64], meets: Mask, south: BitMap) -> BitMap:
        if not seasons:
            return self.day.rows(np.flatnonzero(meets))
        month = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1
        in_north = np.isin(month, [m for m in range(1, 13) if clock.season(m, south=False) in seasons])
        in_south = np.isin(month, [m for m in range(1, 13) if clock.season(m, south=True) in seasons])
        north = self.day.rows(np.flatnonzero(meets & in_north)) - south
        return north | (self.day.rows(np.flatnonzero(meets & in_south)) & south)

    def _cut(self, found: BitMap, day: int, starts: Sequence[int], stops: Sequence[int]) -> BitMap:
        """Leave out rows of a day that lie outside a bound within the day."""
        code = self.day.code_of.get(day)
        if code is None:
            return found
        rows = to_array(found & self.day.bitmaps[code])
        seconds = self.seconds.values[rows]
        outside = np.zeros(len(rows), dtype=np.bool_)
        for start in starts:
            outside |= seconds < start
        for stop in stops:
            outside |= seconds >= stop
        return found - from_rows(rows[outside])

    def _at_hours(self, found: BitMap, hours: list[int]) -> BitMap:
        chosen = np.zeros(256, dtype=np.bool_)
        chosen[hours] = True
        if len(found) * 16 < len(self.hour):
            rows = to_array(found)
            return from_rows(rows[chosen[self.hour.values[rows]]])
        return from_mask(chosen.take(self.hour.values)) & found


def _calendar(asked: TimeFilter, days: NDArray[np.int64], today: date) -> Mask:
    """Which days meet what is asked of year, month, day, weekday and this day."""
    meets = np.ones(len(days), dtype=np.bool_)
    stamps = days.astype("datetime64[D]")
    months = stamps.astype("datetime64[M]")
    if asked.years:
        meets &= np.isin(months.astype("datetime64[Y]").astype(np.int64) + 1970, asked.years)
    if asked.months:
        meets &= np.isin(months.astype(np.int64) % 12 + 1, asked.months)
    if asked.days:
        meets &= np.isin((stamps - months.astype("datetime64[D]")).astype(np.int64) + 1, asked.days)
    if asked.weekdays:
        meets &= np.isin((days + 3) % 7 + 1, asked.weekdays)
    if asked.this_day is not None:
        meets &= _this_day(asked.this_day, days, today)
    return meets


def _this_day(asked: ThisDay, days: NDArray[np.int64], today: date) -> Mask:
    """Days near the asked day of some year: the nearest such days on both sides are looked at."""
    if not len(days):
        return np.zeros(0, dtype=np.bool_)
    month = today.month if asked.month is None else asked.month
    number = today.day if asked.day is None else asked.day
    years = (np.array([days.min(), days.max()])).astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    last = min(9999, int(years[1]) + 1, today.year - 1 if asked.past_only else 9999)
    span = range(max(1, int(years[0]) - 1), last + 1)
    anchors = np.array([clock.anchor(year, month, number).toordinal() - _EPOCH.toordinal() for year in span])
    if not len(anchors):
        return np.zeros(len(days), dtype=np.bool_)
    after = np.searchsorted(anchors, days).clip(0, len(anchors) - 1)
    before = (after - 1).clip(0)
    near = np.minimum(np.abs(anchors[after] - days), np.abs(anchors[before] - days))
    return np.asarray(near <= asked.window)


def _bounds(asked: TimeFilter, now: datetime) -> tuple[list[int], list[int]]:
    """Whole seconds since 1970: the first ones in, the first ones out."""
    starts, stops = [], []
    if asked.from_ is not None:
        starts.append(_ceil(asked.from_.replace(tzinfo=None)))
    if asked.to is not None:
        stops.append(_ceil(asked.to.replace(tzinfo=None)))
    if asked.ago is not None:
        starts.append(_ceil(clock.ago(asked.ago.n, asked.ago.unit, now)))
        stops.append(_ceil(clock.ago(asked.ago.until, asked.ago.unit, now)))
    return starts, stops


def _ceil(when: datetime) -> int:
    """Whole seconds since 1970, not before a time: a whole second is before it just when it is below this."""
    return -((_EPOCH - when) // timedelta(seconds=1))
