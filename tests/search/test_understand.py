"""What holds for every sentence, and what is shown of how it was understood."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from api.search import Understood, understand
from api.search.tokens import MAX_TOKENS, blank
from api.search.vocabulary import KnownPerson, Vocabulary
from schema.filter import check, parse_filter
from schema.filter.nodes import EVERYTHING, ImageFilter, PlaceFilter, SetFilter, SizeFilter, TagFilter
from schema.filter.parse import to_json
from tests.search.gold import questions

TEXTS = [question.text for question in questions()]
PIECES = sorted({word for text in TEXTS for word in text.split()})
PLAIN = blank()
many = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=150)


def is_sound(text: str, found: Understood) -> None:
    check(found.filter)
    assert parse_filter(to_json(found.filter)) == found.filter
    end = 0
    stretches = sorted(span for chip in found.chips for span in chip.spans or ((chip.start, chip.end),))
    for start, stop in stretches:
        assert end <= start < stop <= len(text)
        end = stop
    for chip in found.chips:
        assert (chip.start, chip.end) == (chip.spans or ((chip.start, chip.end),))[0]
        if len(chip.spans) == 1:
            assert chip.text == text[chip.start : chip.end].encode("utf-8", "replace").decode()
        if chip.filter is not None:
            check(chip.filter)
        for other in chip.alternatives:
            check(other.filter)


@many
@given(st.text(st.characters(), max_size=200))
@example("\ud800 \udfff")
@example("\0")
@example("(" * 2000)
@example("not " * 500)
@example("1/0 f/0 iso 1e999 0 stars 0/0s 99999999999999999999999 years ago")
@example("'; DROP TABLE image; -- {images(filter:{}){nodes{id}}}")
@example("שלום مرحبا 你好 🏖️👩‍👩‍👧")
def test_any_text_gives_a_sound_answer(vocabulary: Vocabulary, today: date, text: str) -> None:
    found = understand(text, vocabulary, today, PLAIN)
    is_sound(text, found)
    assert found == understand(text, vocabulary, today, PLAIN)


@many
@given(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join))
def test_any_words_of_the_trade_give_a_sound_answer(vocabulary: Vocabulary, today: date, text: str) -> None:
    is_sound(text, understand(text, vocabulary, today, PLAIN))


@many
@given(st.sampled_from(TEXTS), st.sampled_from(TEXTS))
def test_two_questions_in_one_give_a_sound_answer(vocabulary: Vocabulary, today: date, one: str, other: str) -> None:
    is_sound(f"{one}, {other}", understand(f"{one}, {other}", vocabulary, today, PLAIN))


@many
@given(st.sampled_from(TEXTS), st.sampled_from([str.upper, str.title, lambda text: f"  {text} ?"]))
def test_every_word_is_accounted_for(vocabulary: Vocabulary, today: date, text: str, changed: object) -> None:
    assert callable(changed)
    is_sound(changed(text), understand(changed(text), vocabulary, today, PLAIN))


def test_the_readme_example(vocabulary: Vocabulary, today: date) -> None:
    text = "Happy female in 20ies in Miami wearing dress and dining outdoors"
    found = understand(text, vocabulary, today)
    assert [(chip.text, chip.kind) for chip in found.chips] == [
        ("Happy female in 20ies", "face"),
        ("Miami", "place"),
        ("dress", "tag"),
        ("dining", "tag"),
        ("outdoors", "condition"),
    ]
    assert to_json(found.filter)["face"] == {"emotion": ["HAPPY"], "gender": "FEMALE", "age": {"min": 20, "max": 29.9}}
    assert "Miami" in found.description and found.unknown == ()


def test_other_readings_are_offered(vocabulary: Vocabulary, today: date) -> None:
    (paris,) = understand("paris", vocabulary, today).chips
    assert [(a.description, a.filter) for a in paris.alternatives] == [
        ("Paris, United States", ImageFilter(place=PlaceFilter(within=("geo:4717560",))))
    ]
    (portrait,) = understand("portrait photos", vocabulary, today).chips
    assert portrait.filter == ImageFilter(size=SizeFilter.model_validate({"orientation": ["PORTRAIT"]}))
    assert [a.filter for a in portrait.alternatives] == [ImageFilter(lens=SetFilter(any=("portrait",)))]
    (dog,) = understand("not a dog", vocabulary, today).chips
    assert dog.negated and dog.filter == ImageFilter(tag=TagFilter(none=("dog.n.01",)))
    assert ImageFilter(tag=TagFilter(none=("frank.n.02",))) in [a.filter for a in dog.alternatives]


def test_a_corrected_word_says_so(vocabulary: Vocabulary, today: date) -> None:
    (chip,) = understand("crotia", vocabulary, today).chips
    assert chip.text == "crotia" and "read as croatia" in chip.description


def test_unknown_words_are_shown_and_searched_as_text(vocabulary: Vocabulary, today: date) -> None:
    found = understand("dog frobnicatorium", vocabulary, today)
    assert found.unknown == ("frobnicatorium",)
    assert [chip.kind for chip in found.chips] == ["tag", "unknown"]
    assert to_json(found.filter)["text"] == {"words": "frobnicatorium"}


def test_words_that_say_nothing_are_shown_as_ignored(vocabulary: Vocabulary, today: date) -> None:
    found = understand("beautiful sunset", vocabulary, today)
    assert [chip.kind for chip in found.chips] == ["ignored", "tag"]


def test_words_apart_are_one_chip(vocabulary: Vocabulary, today: date) -> None:
    text = "dude with sunglasses smiling"
    face, glasses = understand(text, vocabulary, today).chips
    assert [text[a:b] for a, b in face.spans] == ["dude", "smiling"]
    assert glasses.text == "sunglasses"


def test_relations_and_home_have_to_be_set(vocabulary: Vocabulary, today: date) -> None:
    found = understand("my boss at home", Vocabulary(lexicon=vocabulary.lexicon), today)
    assert found.unknown == ("boss", "at home")


def test_a_very_long_text_is_read_as_far_as_that_makes_sense(vocabulary: Vocabulary, today: date) -> None:
    text = "dog and cat " * 1000
    found = understand(text, vocabulary, today)
    is_sound(text, found)
    assert len(found.unknown) == 1 and found.chips[-1].end == len(text)
    assert len(found.chips) < MAX_TOKENS


def test_easter_is_in_every_year_of_the_library(vocabulary: Vocabulary, today: date) -> None:
    asked = to_json(understand("easter", vocabulary, today).filter)["or"]
    assert {"taken": {"from": "2019-04-19T00:00:00", "to": "2019-04-23T00:00:00"}} in asked
    assert {"taken": {"from": "2024-03-29T00:00:00", "to": "2024-04-02T00:00:00"}} in asked
    assert len(asked) == 23


@pytest.mark.parametrize(("name", "expected"), [("drop", False), ("Željko", True)])
def test_names_decide_nothing_but_themselves(vocabulary: Vocabulary, today: date, name: str, expected: bool) -> None:
    small = Vocabulary(lexicon=vocabulary.lexicon, people=(KnownPerson(1, "Željko Čvorović", 3),))
    found = understand(f"photos of {name}", small, today)
    assert (found.filter.person is not None) is expected
    assert understand("", small, today).filter == EVERYTHING
