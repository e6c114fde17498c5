"""Hours of the day: morning 6-12, afternoon 12-18, evening 18-22, night 22-6; clock times as people write them."""

from __future__ import annotations

from api.search.pieces import Alternative, Piece, Role
from api.search.sentence import Sentence, table
from schema.filter.nodes import Hours, ImageFilter, SetFilter, TimeFilter

_NIGHT = (22, 6)
_PARTS = table(
    {
        "morning|mornings|in the morning|in the mornings|am": (6, 12),
        "early morning|early mornings|early in the morning": (5, 8),
        "late morning": (10, 12),
        "afternoon|afternoons|in the afternoon|in the afternoons": (12, 18),
        "late afternoon": (15, 18),
        "evening|evenings|in the evening|in the evenings": (18, 22),
        "after dark|after nightfall": _NIGHT,
        "at night|nights|in the night|night time|nighttime|during the night|by night|at nights": _NIGHT,
        "late at night|late night|late nights": (23, 4),
        "at noon|noon|midday|at midday|around noon|lunchtime|at lunch": (11, 14),
        "at midnight|midnight|around midnight": (23, 1),
        "during the day|daytime|by day|in the daytime": (6, 18),
    }
)

_MORNING, _EVENING = 6, 18
"""After midnight is until the morning, and before it from the evening on."""


def hours_phrase(s: Sentence, i: int) -> Piece | None:
    if (told := clock_at(s, i)) and (joint := s.after(told[1], "-", "–", "to", "until", "till")):
        until = clock_at(s, joint)
        if until is not None and until[2] and told[0] < until[0]:
            early = not told[2] and until[0] > 12 and told[0] + 12 < until[0]  # 2-4 pm
            return _hours(i, until[1], told[0] + 12 * early, until[0])
    if found := s.longest(i, _PARTS):
        end, (start, stop) = found
        if s.norm(i) == "am":
            return None
        others: tuple[Alternative, ...] = ()
        if (start, stop) == _NIGHT:
            others = (Alternative("dark, by its exposure", ImageFilter(condition=SetFilter(any=("night",)))),)
        return _hours(i, end, start, stop, *others)
    if at := s.after(i, "between", "from"):
        return _between(s, i, at)
    for words, low, high in (
        (("after", "later than", "past", "since"), 0, None),
        (("before", "earlier than", "until", "by"), None, 0),
        (("around", "about", "at around", "at about"), -1, 1),
        (("at",), 0, 1),
    ):
        if (at := s.after(i, *words)) and (told := clock_at(s, at)) and told[2]:
            hour, end, _ = told
            if low == 0 and high is None and hour < _MORNING:
                return _hours(i, end, hour, _MORNING)
            if low is None and hour == 0:
                return _hours(i, end, _EVENING, 24)
            start = 0 if low is None else (hour + low) % 24
            stop = 24 if high is None else hour + high
            return _hours(i, end, start, stop if stop <= 24 else stop - 24)
    if (told := clock_at(s, i)) and told[2]:
        return _hours(i, told[1], told[0], (told[0] + 1) % 24 or 24)
    return None


def _between(s: Sentence, i: int, at: int) -> Piece | None:
    first = clock_at(s, at)
    joint = s.after(first[1], "and", "to", "-", "–", "until") if first else None
    second = clock_at(s, joint) if joint else None
    if first is None or second is None or not second[2]:
        return None
    start, stop = first[0], second[0]
    told = any(s.norm(j).startswith(("am", "pm", "a.", "p.")) for j in range(at, first[1]))
    if not told and stop > 12 and start + 12 <= stop:  # between 6 and 8 pm
        start += 12
    return _hours(i, second[1], start, stop)


def _hours(i: int, end: int, start: int, stop: int, *others: Alternative) -> Piece | None:
    if start == stop:
        return None
    when = TimeFilter(hours=Hours(from_=start, to=stop))
    return Piece(i, end, Role.MEANING, "hours", ImageFilter(taken=when), alternatives=others)


def clock_at(s: Sentence, i: int) -> tuple[int, int, bool] | None:
    """`8pm` `10:30` `17 h` `noon`: (hour, end, whether it can only be a time)."""
    if s.norm(i) in ("noon", "midday"):
        return 12, i + 1, True
    if s.norm(i) == "midnight":
        return 0, i + 1, True
    if past := s.after(i, "half past", "quarter past", "a quarter past", "quarter to", "a quarter to"):
        told = s.number(past)
        if told is not None and 1 <= told[0] <= 12:
            hour = (int(told[0]) - (s.norm(past - 1) == "to")) % 12
            if late := s.after(told[1], "pm", "in the afternoon", "in the evening", "at night"):
                return hour + 12, late, True
            return hour or 12, s.after(told[1], "am", "in the morning") or told[1], True
    if (found := s.number(i)) is None or found[0] != int(found[0]) or not 0 <= found[0] <= 24:
        return None
    hour, end = int(found[0]), found[1]
    sure = False
    if s.norm(end) == ":" and s.norm(end + 1).isdecimal() and len(s.norm(end + 1)) == 2:
        end, sure = end + 2, True
    if tail := s.after(end, "am", "a m", "a. m", "a. m.", "a.m", "a.m."):
        return hour % 12, tail, True
    if tail := s.after(end, "pm", "p m", "p. m", "p. m.", "p.m", "p.m."):
        return hour % 12 + 12, tail, True
    if 1 <= hour <= 12 and (tail := s.after(end, "in the morning", "in the mornings")):
        return hour % 12, tail, True
    if 1 <= hour <= 12 and (tail := s.after(end, "in the afternoon", "in the evening", "in the evenings")):
        return hour % 12 + 12, tail, True
    if 6 <= hour < 12 and (tail := s.after(end, "at night")):
        return hour + 12, tail, True
    if tail := s.after(end, "o'clock", "oclock", "o clock", "uhr"):
        later = s.after(tail, "pm", "in the afternoon", "in the evening", "at night") if hour < 12 else None
        return (hour + 12, later, True) if later else (hour % 24, s.after(tail, "in the morning", "am") or tail, True)
    return hour % 24, end, sure
