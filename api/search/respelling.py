"""Typing errors: a word that nothing is known by becomes the one known word that is near, if there is only one."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from api.search import (
    beside,
    cameras,
    clock,
    colors,
    counting,
    faces,
    heads,
    holidays,
    language,
    looks,
    marks,
    moments,
    nouns,
    numbers,
    parts,
    people,
    quantity,
    small_words,
    texts,
    things,
    times,
)  # fmt: skip
from api.search.places import is_word
from api.search.spelling import Spelling, is_slip, sound
from api.search.tokens import Form, Token
from api.search.vocabulary import Vocabulary
from schema.lexicon import Lexicon

_MODULES = (
    beside, cameras, clock, colors, counting, faces, heads, holidays, language, looks, marks, moments, nouns, parts,
    people, quantity, small_words, texts, things, times,
)  # fmt: skip
_HELD_DOWN = re.compile(r"(.)\1{2,}")
FREQUENT = 3
"""Nouns that WordNet's texts use at least so often are offered as corrections."""
_SHORT = 4
"""Letters of a word that another letter in its place makes another word."""
_RULE_WORD = 50
"""Weight of a word of the rules, in pictures."""


@lru_cache(maxsize=1)
def _rule_words() -> frozenset[str]:
    """Every word that some rule reads."""
    found: set[str] = set(numbers.WORDS)
    for module in _MODULES:
        for value in vars(module).values():
            if isinstance(value, frozenset):
                found |= {word for word in value if isinstance(word, str)}
            elif isinstance(value, dict):
                found |= {word for key in value if isinstance(key, tuple) for word in key}
                found |= {key for key in value if isinstance(key, str)}
    found |= {word + "s" for word in looks.FORMATS}
    return frozenset(word for word in found if word.isalpha())


@lru_cache(maxsize=1)
def _rules() -> Spelling:
    return Spelling({word: _RULE_WORD for word in _rule_words() if len(word) > 3})


@lru_cache(maxsize=4)
def _nouns(lexicon: Lexicon) -> Spelling:
    words: dict[str, int] = {}
    for noun, count in lexicon.frequent("n", FREQUENT).items():
        if noun.isalpha():
            words[noun] = count
            words.setdefault(noun + "s", count)
    return Spelling(words)


def prepare(lexicon: Lexicon) -> None:
    """Make what the first typing error would wait for."""
    _rules()
    _nouns(lexicon)


def respell(tokens: list[Token], vocabulary: Vocabulary) -> None:
    """Correct the words in place; `typed` keeps what stood there."""
    beside_each_other = [f"{one.norm} {other.norm}" for one, other in pairwise(tokens)]
    for i, token in enumerate(tokens):
        if token.form is not Form.WORD or len(token.norm) < 3 or not token.norm.isalpha():
            continue
        if any(vocabulary.lexicon.is_lemma(pair) for pair in beside_each_other[max(0, i - 1) : i + 1]):
            continue  # Costa Rica
        if (short := _less_drawn_out(token.norm, vocabulary)) is not None:
            token.typed, token.norm = token.text, short
            continue
        meant = _name_meant(token.norm, vocabulary) or (_meant(token, vocabulary) if len(token.norm) > 3 else None)
        if meant is not None and meant != token.norm:
            token.typed, token.norm = token.text, meant


def _less_drawn_out(word: str, vocabulary: Vocabulary) -> str | None:
    """`zooo`, `sooo`, `pizzzza`: letters held down, once or twice as in the word that exists."""
    for kept in (r"\1\1", r"\1"):
        short = _HELD_DOWN.sub(kept, word)
        if short == word:
            return None
        known = short in _rule_words() or language.is_function(short) or vocabulary.knows(short)
        if known or is_word(vocabulary.lexicon, short):
            return short
    return None


def _name_meant(word: str, vocabulary: Vocabulary) -> str | None:
    """The one person's name that a word nobody uses sounds like: `ana` is Anna, not a collection of anecdotes."""
    if word in _rule_words() or language.is_function(word) or vocabulary.knows(word):
        return None
    lexicon = vocabulary.lexicon
    used = any(lexicon.is_lemma(word, pos) and lexicon.frequency(word, pos) for pos in "nvar")
    if used or any(sense in vocabulary.pictured for sense in lexicon.senses(word)):
        return None
    alike = vocabulary.names_sounding.get(sound(word), frozenset())
    return next(iter(alike)) if len(alike) == 1 else None


def _meant(token: Token, vocabulary: Vocabulary) -> str | None:
    word = token.norm
    if word in _rule_words() or language.is_function(word) or vocabulary.knows(word):
        return None
    if vocabulary.lexicon.is_lemma(word, "a"):  # Swiss, Greek: written small, and still no typing errors
        return None
    if is_word(vocabulary.lexicon, word):
        # "swiming" has the look of a form of "swim".
        near = None if vocabulary.lexicon.is_lemma(word) else _rules().nearest(word)
        return near[0] if near and near[1] == 1 and word.endswith("ing") and is_slip(word, near[0]) else None
    # A name that WordNet or the gazetteer knows is one, unless a word for searching is a slip of one key away.
    is_name = bool(vocabulary.lexicon.senses(word)) or bool(vocabulary.elsewhere(word))
    if is_name and (token.text[:1].isupper() or vocabulary.elsewhere(word)):
        return None
    rule_word = _rules().nearest(word)
    if rule_word and not _is_likely(word, rule_word[0]):
        rule_word = None
    candidates = [near for near in (rule_word, vocabulary.spelling.nearest(word)) if near is not None]
    candidates = [near for near in candidates if near[0][0] == word[0] or near[1] == 1]
    if candidates:
        likely = sorted((near[1], not is_slip(word, near[0]), -near[2], near) for near in candidates)
        best = likely[0][3]
        rivals = [one[3] for one in likely[1:] if one[:2] == likely[0][:2] and one[3][0] != best[0]]
        if not rivals or all(near[2] * 10 < best[2] for near in rivals) or _same_stem(best[0], rivals[0][0]):
            return best[0] if not is_name or (best[1] == 1 and is_slip(word, best[0])) else None
        return None
    near = None if is_name else _nouns(vocabulary.lexicon).nearest(word)
    if near is None or not (is_slip(word, near[0]) or (near[1] == 1 and _is_likely(word, near[0]))):
        return None
    return near[0]


def _is_likely(word: str, known: str) -> bool:
    """Of short words of one length, wifi and wife, only slips are the same; and no letter comes into a small word by
    chance: Boeing is not being."""
    short = len(word) == len(known) == _SHORT
    longer = len(word) > len(known) and language.is_function(known)
    return is_slip(word, known) or not (short or longer)


def _same_stem(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
