"""WordNet as a graph: names, words, and every walk checked against the plain data files."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema import wordnet
from schema.errors import BadConfig
from schema.lexicon import Lexicon


@pytest.mark.parametrize(
    ("narrow", "broad"),
    [
        ("gown.n.01", "clothing.n.01"),
        ("convertible.n.01", "vehicle.n.01"),
        ("poodle.n.01", "animal.n.01"),
        ("paris.n.01", "city.n.01"),
    ],
)
def test_narrow_lies_under_broad(lexicon: Lexicon, narrow: str, broad: str) -> None:
    assert broad in lexicon.ancestors(narrow)
    assert narrow in lexicon.descendants(broad)
    chain = lexicon.chain(narrow)
    assert chain[0] == narrow and chain[-1] == "entity.n.01"
    assert all(above in lexicon.hypernyms(below) for below, above in pairwise(chain))


def test_closure_agrees_with_a_naive_walk(lexicon: Lexicon, packages: Path) -> None:
    up = {r.offset: r.hypernyms for r in wordnet.read_synsets(wordnet.folder(packages), "n")}
    senses = dict(wordnet.read_senses(wordnet.folder(packages), "n"))

    def walk(offset: int) -> set[int]:
        return {o for parent in up[offset] for o in ({parent} | walk(parent))}

    def name_of(record: wordnet.Record) -> str:
        lemma = record.lemmas[0].lower()
        return f"{lemma.replace(' ', '_')}.n.{senses[lemma].index(record.offset) + 1:02d}"

    records = list(wordnet.read_synsets(wordnet.folder(packages), "n"))
    names = {record.offset: name_of(record) for record in records}
    assert len(set(names.values())) == len(records) > 80_000
    for record in random.Random(7).sample(records, 2_000):
        name = names[record.offset]
        ancestors = lexicon.ancestors(name)
        assert set(ancestors) == {names[o] for o in walk(record.offset)}
        assert name not in ancestors and len(set(ancestors)) == len(ancestors)
        assert set(lexicon.hypernyms(name)) == set(ancestors[: len(lexicon.hypernyms(name))])


def test_nothing_noun_lies_outside_entity(lexicon: Lexicon) -> None:
    assert len(lexicon.descendants("entity.n.01")) == 82_191


def test_a_cycle_among_verbs_ends(lexicon: Lexicon) -> None:
    for word in ("inhibit", "restrain"):
        for name in lexicon.senses(word, "v"):
            assert name not in lexicon.ancestors(name)
            assert len(set(lexicon.chain(name))) == len(lexicon.chain(name))


@pytest.mark.parametrize(
    ("word", "pos", "sense"),
    [
        ("gowns", "n", "gown.n.01"),
        ("Women", "n", "woman.n.01"),
        ("ice_creams", "n", "ice_cream.n.01"),
        ("sports cars", "n", "sports_car.n.01"),
        ("knives", "n", "knife.n.01"),
        ("puppies", "n", "puppy.n.01"),
        ("children", "n", "child.n.01"),
        ("t shirts", "n", "jersey.n.03"),
        ("skiing", "v", "ski.v.01"),
        ("swimming", "v", "swim.v.01"),
        ("wore", "v", "wear.v.01"),
        ("happier", "a", "happy.a.01"),
        ("dog", "n", "dog.n.01"),
    ],
)
def test_inflected_words_have_the_senses_of_their_base(lexicon: Lexicon, word: str, pos: str, sense: str) -> None:
    assert sense in lexicon.senses(word, pos)


def test_the_most_frequent_sense_comes_first(lexicon: Lexicon) -> None:
    assert lexicon.senses("dog")[0] == "dog.n.01"
    assert lexicon.frequency("dog") > lexicon.frequency("poodle")
    assert lexicon.label("domestic_dog.n.99") == "domestic_dog.n.99"
    assert lexicon.label("dog.n.01") == "dog"


def test_search_gives_the_word_itself_before_longer_ones(lexicon: Lexicon) -> None:
    found = [synset.name for synset in lexicon.search("conv", 50)]
    assert len(found) == 50
    assert lexicon.search("convertible", 3)[0].name == "convertible.n.01"
    assert lexicon.search("") == [] and lexicon.search("   ") == []


@given(st.text(st.characters(), max_size=60))
def test_any_text_may_be_asked(lexicon: Lexicon, text: str) -> None:
    assert isinstance(lexicon.senses(text), tuple)
    assert isinstance(lexicon.search(text, 3), list)
    assert lexicon.ancestors(text) == lexicon.descendants(text) or lexicon.synset(text)


def test_a_broken_file_is_built_again_and_missing_data_says_what_to_do(tmp_path: Path, packages: Path) -> None:
    (tmp_path / "lexicon.sqlite").write_bytes(b"not a database")
    with pytest.raises(BadConfig, match="npm install"):
        Lexicon.open(tmp_path, tmp_path)
    assert Lexicon.open(tmp_path, packages).synset("gown.n.01")
    assert [p.name for p in tmp_path.iterdir()] == ["lexicon.sqlite"]


def test_common_senses_are_told_from_rare_ones(lexicon: Lexicon) -> None:
    counts = lexicon.sense_counts("dogs")
    assert counts["dog.n.01"] > 10 * counts["frank.n.02"]


def test_many_threads_may_ask_at_once(lexicon: Lexicon, packages: Path, data: Path) -> None:
    fresh = Lexicon.open(data, packages)
    names = [synset.name for synset in lexicon.search("c", 400)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(fresh.ancestors, names * 4))
    assert found == [lexicon.ancestors(name) for name in names] * 4
