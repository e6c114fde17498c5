"""`Sentence`: the tokens under the rules' eyes, with what they look things up in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from api.search.numbers import at_number
from api.search.pieces import Piece, Role
from api.search.tokens import Form, Token
from api.search.vocabulary import Vocabulary

T = TypeVar("T")
Table = dict[tuple[str, ...], T]
LONGEST = 6
"""Words of the longest phrase that is looked up."""


def table(phrases: Mapping[str, T]) -> Table[T]:
    """Phrases as tuples of words; `a|b` gives both the same meaning."""
    return {tuple(one.split()): value for phrase, value in phrases.items() for one in phrase.split("|")}


def listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


@dataclass(slots=True)
class Sentence:
    text: str
    tokens: list[Token]
    vocabulary: Vocabulary
    today: date
    norms: list[str] = field(init=False)
    pieces: list[Piece] = field(default_factory=list)
    """Read so far, left to right."""

    def __post_init__(self) -> None:
        # Quotes and terms are nobody's words: no rule for words may match them.
        self.norms = [
            token.norm if token.form not in (Form.QUOTE, Form.TERM, Form.DATE) else "\0" for token in self.tokens
        ]

    def __len__(self) -> int:
        return len(self.tokens)

    def norm(self, i: int) -> str:
        """The word at i, '' outside of the sentence."""
        return self.norms[i] if 0 <= i < len(self.norms) else ""

    def is_word(self, i: int) -> bool:
        return 0 <= i < len(self.tokens) and self.tokens[i].form is Form.WORD

    def longest(self, i: int, phrases: Mapping[tuple[str, ...], T]) -> tuple[int, T] | None:
        """The longest phrase of a table that begins at i: (where it ends, its value)."""
        for n in range(min(LONGEST, len(self.norms) - i), 0, -1):
            found = phrases.get(tuple(self.norms[i : i + n]))
            if found is not None:
                return i + n, found
        return None

    def after(self, i: int, *choices: str) -> int | None:
        """Where the first of these phrases that stands at i ends."""
        for choice in choices:
            said = choice.split()
            if self.norms[i : i + len(said)] == said:
                return i + len(said)
        return None

    def skip(self, i: int, words: Iterable[str]) -> int:
        """The first token from i on that is none of these words."""
        words = frozenset(words)
        while i < len(self.norms) and self.norms[i] in words:
            i += 1
        return i

    def number(self, i: int) -> tuple[float, int] | None:
        """The number at i: (value, where it ends)."""
        found = at_number(self.norms, i)
        return None if found is None else (found[0], i + found[1])

    def last(self, *roles: Role) -> Piece | None:
        """The last piece read that is no filler, if it has one of these roles."""
        for piece in reversed(self.pieces):
            if piece.role not in (Role.FILLER, Role.IGNORED):
                return piece if piece.role in roles else None
        return None

    def written(self, start: int, end: int) -> str:
        """The characters of tokens start..end, as typed."""
        return self.text[self.tokens[start].start : self.tokens[end - 1].end]

    def before(self, i: int) -> str:
        return self.norm(i - 1)
