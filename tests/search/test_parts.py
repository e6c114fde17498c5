"""Spelling, days, quantities, joining and suggestions by themselves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.search import suggest
from api.search.days import easter, nth_weekday, week_span, years_ago
from api.search.joining import all_of, any_of, none_of
from api.search.spelling import Spelling, distance, sound
from api.search.vocabulary import Vocabulary
from schema.filter.nodes import EVERYTHING, FaceFilter, ImageFilter, PlaceFilter, SetFilter, TagFilter

WORDS = st.text("abcdef", min_size=0, max_size=9)


@given(WORDS, WORDS)
def test_distance_is_symmetric_and_bounded(one: str, other: str) -> None:
    edits = distance(one, other, 9)
    assert edits == distance(other, one, 9)
    assert (edits == 0) == (one == other)
    assert abs(len(one) - len(other)) <= edits <= max(len(one), len(other))


@given(st.sets(st.text("abcde", min_size=4, max_size=10), max_size=20), st.text("abcde", min_size=4, max_size=10))
def test_the_index_finds_what_comparing_with_all_finds(known: set[str], typed: str) -> None:
    most = 1 if len(typed) < 8 else 2
    near = {word for word in known if 0 < distance(typed, word, most) <= most}
    found = Spelling(dict.fromkeys(known, 1)).nearest(typed)
    if found is not None:
        assert found[0] in near or sound(found[0]) == sound(typed)
    elif len(near) == 1:
        (only,) = near
        assert min(len(only), len(typed)) < 8 and distance(typed, only, 2) == 2


def test_a_tie_is_no_answer_unless_one_is_far_more_common() -> None:
    assert Spelling({"lisbon": 5, "lesbon": 4}).nearest("lusbon") is None
    assert Spelling({"lisbon": 500, "lesbon": 4}).nearest("lusbon") == ("lisbon", 1, 500)


@pytest.mark.parametrize(
    ("year", "month", "day"), [(1961, 4, 2), (2000, 4, 23), (2008, 3, 23), (2011, 4, 24), (2026, 4, 5), (2038, 4, 25)]
)
def test_easter(year: int, month: int, day: int) -> None:
    assert easter(year) == date(year, month, day)


@given(st.integers(1900, 2100), st.integers(1, 12), st.integers(1, 7), st.integers(1, 4))
def test_nth_weekday(year: int, month: int, weekday: int, n: int) -> None:
    day = nth_weekday(month, weekday, n).day_in(year)
    assert day.isoweekday() == weekday and day.month == month and (day.day - 1) // 7 == n - 1


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_a_week_begins_on_monday_and_holds_its_day(day: date) -> None:
    start, end = week_span(day)
    assert start.isoweekday() == 1 and end - start == timedelta(7) and start <= day < end
    assert years_ago(day, 1).year == day.year - 1


def test_joined_filters_are_flat() -> None:
    dog, cat = ImageFilter(tag=TagFilter(any=("dog",))), ImageFilter(tag=TagFilter(any=("cat",)))
    paris = ImageFilter(place=PlaceFilter(within=("geo:1",)))
    assert all_of([dog, cat]) == ImageFilter(tag=TagFilter(all=("dog", "cat")))
    assert any_of([dog, cat]) == ImageFilter(tag=TagFilter(any=("dog", "cat")))
    assert all_of([dog, none_of(cat), paris]) == ImageFilter(
        tag=TagFilter(any=("dog",), none=("cat",)), place=PlaceFilter(within=("geo:1",))
    )
    assert none_of(none_of(paris)).model_dump() != none_of(paris).model_dump()
    assert all_of([]) == EVERYTHING
    one, other = ImageFilter(face=FaceFilter(every=True)), ImageFilter(face=FaceFilter(named=True))
    assert all_of([one, other]) == ImageFilter(and_=(one, other))
    red = ImageFilter(tag=TagFilter(any=("car",), color="red"))
    assert none_of(red) == ImageFilter(not_=red)
    assert all_of([ImageFilter(person=SetFilter(any=("person:1", "person:2"))), dog]).tag == dog.tag


@pytest.mark.parametrize(
    ("typed", "text", "kind", "start"),
    [
        ("ann", "Anna Meier", "person", 0),
        ("photos of me", "Anna Meier", "person", 10),
        ("beach in cro", "Croatia", "place", 9),
        ("new y", "New York", "place", 0),
        ("road t", "Road Trip", "album", 0),
        ("iph", "iPhone 13 Pro", "camera", 0),
        ("ani", "animal", "tag", 0),
        ("munchen", "München", "place", 0),
        ("rac", "raclette night", "tag", 0),
        ("coun", "country:", "key", 0),
    ],
)
def test_suggestions(vocabulary: Vocabulary, typed: str, text: str, kind: str, start: int) -> None:
    found = suggest(typed, vocabulary)
    assert (text, kind, start) in [(one.text, one.kind, one.start) for one in found]
    assert all(one.end == len(typed) for one in found) and len(found) <= 8


@given(st.text(st.characters(), max_size=50))
def test_anything_may_be_typed(vocabulary: Vocabulary, typed: str) -> None:
    assert len(suggest(typed, vocabulary)) <= 8
