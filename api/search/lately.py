"""Times counted back from today: `the past two years`, `more than a year ago`, `the last three summers`, `till now`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from api.search.days import add_months, month_span, season_span, taken_between, week_span, years_ago
from api.search.holidays import HOLIDAYS
from api.search.moments import LAST, MONTHS, SEASONS, UNITS, WEEKDAYS, Moment, many_at, moment, year_at
from api.search.pieces import Piece, Role
from api.search.sentence import Sentence, table
from schema.filter.nodes import Ago, ImageFilter, Season, ThisDay, TimeFilter, Unit

_PARTS: dict[str, tuple[int, Callable[[date], tuple[date, date]]]] = {
    "day": (0, lambda day: (day, day + timedelta(1))),
    "date": (0, lambda day: (day, day + timedelta(1))),
    "week": (3, week_span),
    "time": (7, week_span),
    "month": (15, lambda day: month_span(day.year, day.month)),
}
"""Days on both sides that belong to it in every year; from when to when it lasts in one."""
_EVERY_YEAR = (
    "of the year", "of year", "every year", "each year", "any year", "in other years", "in any year", "in all years",
    "in every year", "of every year",
)  # fmt: skip
_MOST = 20
"""So many summers are listed."""
_AGO = table(
    {
        "more than|over|at least|longer than|further than|earlier than": "longer",
        "less than|under|within|no more than|at most|not more than": "shorter",
    }
)
_JOINTS = ("to", "-", "–", "until", "till", "up to", "through", "thru")
_NOW = ("now", "today", "the present", "present", "this day", "the present day", "right now")


def rolling(s: Sentence, i: int) -> Piece | None:
    """`last 30 days` `in the past two years` `the last few weeks` `past week` `the last decade`."""
    at = s.skip(i, ("in", "within", "during", "over", "the"))
    if s.norm(at) not in LAST:
        return None
    all_along = s.norm(at) == "past" or (at - i > 1 and s.norm(at - 1) == "the")
    many, start = many_at(s, at + 1) or (1, at + 1)
    if end := s.after(start, "decade", "decades"):
        return _taken(i, end, TimeFilter(ago=Ago(n=many * 10, unit=Unit.YEAR)))
    if (start == at + 1 and not all_along) or (unit := s.longest(start, UNITS)) is None:
        return None
    return _taken(i, unit[0], TimeFilter(ago=Ago(n=many, unit=unit[1])))


def so_old(s: Sentence, i: int) -> Piece | None:
    """`older than 5 years`, `more than a year ago`, `less than a week ago`."""
    if told := s.after(i, "older than", "newer than", "younger than"):
        longer, ago = s.norm(i) == "older", False
    elif found := s.longest(i, _AGO):
        told, longer, ago = found[0], found[1] == "longer", True
    else:
        return None
    if (many := many_at(s, told)) is None or (unit := s.longest(many[1], UNITS)) is None:
        return None
    end = s.after(unit[0], "ago", "back") if ago else unit[0]
    day = None if end is None or s.norm(unit[0]) == "old" else _before_today(s.today, many[0], unit[1])
    if end is None or day is None:
        return None
    return _taken(i, end, taken_between(None, day) if longer else taken_between(day, None))


def _before_today(today: date, many: int, unit: Unit) -> date | None:
    try:
        match unit:
            case Unit.DAY | Unit.WEEK:
                return today - timedelta(many * (7 if unit is Unit.WEEK else 1))
            case Unit.MONTH:
                first = add_months(today, -many)
                return min(first + timedelta(today.day - 1), add_months(first, 1) - timedelta(1))
            case _:
                return years_ago(today, many)
    except (ValueError, OverflowError):
        return None


def same_time(s: Sentence, i: int) -> Piece | None:
    """`this time of year`, `the same day last year`, `same month in 2019`: what today is the time of."""
    at = s.skip(i, ("around", "about", "at", "on", "in", "the", "very"))
    told = s.after(at, "this", "same")
    part = _PARTS.get(s.norm(told)) if told else None
    if told is None or part is None:
        return None
    if end := s.after(told + 1, *_EVERY_YEAR):
        return _taken(i, end, TimeFilter(this_day=ThisDay(window=part[0])))
    then = _year_before(s, s.skip(told + 1, ("in", "of")))
    if then is None or (day := years_ago(s.today, s.today.year - then[0])) is None:
        return None
    return _taken(i, then[1], taken_between(*part[1](day)))


def _year_before(s: Sentence, i: int) -> tuple[int, int] | None:
    """`last year`, `two years ago`, `2019`; and where it ends."""
    if end := s.after(i, "last year", "the year before", "the previous year"):
        return s.today.year - 1, end
    if (many := many_at(s, i)) and (end := s.after(many[1], "year ago", "years ago", "years back", "years earlier")):
        return s.today.year - many[0], end
    return year_at(s, i)


def last_few(s: Sentence, i: int) -> Piece | None:
    """`the last three summers`, `last 3 weekends`, `the past two Christmases`: those that are over."""
    at = s.skip(i, ("in", "within", "during", "over", "the", "on"))
    if s.norm(at) not in LAST or (many := many_at(s, at + 1)) is None or not 1 <= many[0] <= _MOST:
        return None
    years = range(s.today.year, s.today.year - many[0] - 2, -1)
    if season := s.longest(many[1], SEASONS):
        end, spans = season[0], [season_span(year, season[1]) for year in years]
    elif holiday := s.longest(many[1], HOLIDAYS):
        end, spans = holiday[0], [holiday[1].span(year) for year in years]
    elif s.norm(many[1]) in ("weekend", "weekends"):
        sunday = s.today - timedelta(s.today.isoweekday() % 7)
        ends = [sunday - timedelta(7 * week - 1) for week in range(many[0] + 1)]
        end, spans = many[1] + 1, [(after - timedelta(2), after) for after in ends]
    else:
        return None
    over = [span for span in spans if span[1] <= s.today][: many[0]]
    asked = ImageFilter(or_=tuple(ImageFilter(taken=taken_between(*span)) for span in sorted(over)))
    return Piece(i, end, Role.MEANING, "span", asked)


def until_now(s: Sentence, i: int) -> Piece | None:
    """`June 2019 till now`."""
    first = moment(s, s.after(i, "from", "between") or i)
    joint = s.after(first.end, *_JOINTS) if first else None
    end = s.after(joint, *_NOW) if joint else None
    return _taken(i, end, taken_between(first.span[0], None)) if first and end else None


def one_winter(s: Sentence, i: int) -> Piece | None:
    """`winter 2019/2020`, `the winter of 2019-20`: from December on."""
    season = s.longest(s.after(i, "in the", "in", "the") or i, SEASONS)
    if season is None or season[1] is not Season.WINTER or s.norm(season[0] - 1) == "winters":
        return None
    year = year_at(s, s.skip(season[0], ("of", ",")))
    joint = s.after(year[1], "/", "-", "–", "to", "and") if year else None
    if year is None or joint is None or s.norm(joint) not in (str(year[0] + 1), f"{(year[0] + 1) % 100:02}"):
        return None
    return Piece(i, joint + 1, Role.MEANING, "span", ImageFilter(taken=taken_between(*season_span(year[0], season[1]))))


def seasons_of_years(s: Sentence, i: int) -> Piece | None:
    """`summers 2016 to 2018`, `the summer holidays of 2015 and 2017`, `Christmas 2016 to 2018`: each of them."""
    start = s.after(i, "in the", "in", "at", "the") or i
    season, holiday = s.longest(start, SEASONS), s.longest(start, HOLIDAYS)
    if holiday:
        stop, of_year = holiday[0], holiday[1].span
    elif season:
        stop, of_year = season[0], partial(season_span, season=season[1])
    else:
        return None
    at = s.skip(stop, ("holiday", "holidays", "vacation", "vacations", "break", "breaks", "of", "in", "from", ","))
    if (first := year_at(s, at)) is None:
        return None
    years, end = [first[0]], first[1]
    several = holiday is not None or any(word.endswith("s") for word in s.norms[start:at])
    joint = s.after(end, *_JOINTS) if several else None
    if joint and (last := year_at(s, joint)) and 0 < last[0] - first[0] <= _MOST:
        years, end = list(range(first[0], last[0] + 1)), last[1]
    else:
        while (joint := s.after(end, "and", "or", ",", "&")) and (other := year_at(s, joint)):
            years, end = [*years, other[0]], other[1]
    if len(years) == 1 or (not several and season is not None and season[1] is Season.WINTER):
        return None
    spans = [taken_between(*of_year(year)) for year in years]
    return Piece(i, end, Role.MEANING, "span", ImageFilter(or_=tuple(ImageFilter(taken=span) for span in spans)))


def last_begun(s: Sentence, i: int) -> Moment | None:
    """`(since) January`, `(since) Monday`, `(since) Easter`: the last one that has begun."""
    if month := s.longest(i, MONTHS):
        return Moment(month_span(s.today.year - (month[1] > s.today.month), month[1]), "span", month[0])
    if (weekday := s.longest(i, WEEKDAYS)) and len(weekday[1]) == 1:
        day = s.today - timedelta((s.today.isoweekday() - weekday[1][0]) % 7)
        return Moment((day, day + timedelta(1)), "span", weekday[0])
    if holiday := s.longest(i, HOLIDAYS):
        spans = (holiday[1].span(year) for year in (s.today.year, s.today.year - 1))
        return next((Moment(span, "span", holiday[0]) for span in spans if span[0] <= s.today), None)
    return None


def _taken(i: int, end: int, when: TimeFilter) -> Piece:
    return Piece(i, end, Role.MEANING, "bound", ImageFilter(taken=when))
