"""How texts are compared everywhere: without case, without accents, word by word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_ACCENTS = re.compile("[\u0300-\u036f]")
"""Combining marks of Latin, Greek and Cyrillic. Marks that make another letter (Japanese dakuten) stay."""
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(f"[{_IDEOGRAPHS}]|[^\\W_{_IDEOGRAPHS}]+")


def fold(text: str) -> str:
    """Text without case and accents: `Žižkov` -> `zizkov`, `Straße` -> `strasse`."""
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", spread))


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """The folded words of a text. Everything but letters and digits parts them, `_` too; an ideograph is a word."""
    return tuple(_WORD.findall(fold(text)))


def label_key(label: str) -> str:
    """What makes two labels or names the same: folded, `_` as a space, single spaces."""
    return " ".join(fold(label).replace("_", " ").split())


def has_phrase(text: Sequence[str], phrase: Sequence[str]) -> bool:
    """Whether the words of a phrase stand in the words of a text, next to each other and in order."""
    size = len(phrase)
    return size > 0 and any(tuple(text[i : i + size]) == tuple(phrase) for i in range(len(text) - size + 1))


def has_word(text: Sequence[str], word: str) -> bool:
    """Whether a text has a word; one that ends with `*` is a beginning."""
    return any(w.startswith(word[:-1]) for w in text) if word.endswith("*") else word in text


def query_words(text: str) -> tuple[str, ...]:
    """The words a person typed, folded; a word with `*` at its end keeps it on its last part."""
    found: list[str] = []
    for piece in text.split():
        parts = words(piece.rstrip("*"))
        found += parts[:-1]
        if parts:
            found.append(parts[-1] + "*" if piece.endswith("*") else parts[-1])
    return tuple(found)
