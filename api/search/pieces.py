"""What the rules read out of a sentence: pieces, each a stretch of tokens with one meaning or one duty."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from schema.filter.nodes import Emotion, Gender, ImageFilter, Range
from schema.query import Sort


class Role(Enum):
    MEANING = auto()
    """A condition by itself: `filter`."""
    PERSON = auto()
    """One of `people`, named or related."""
    FACE = auto()
    """Something about one face: `face`."""
    COUNT = auto()
    """How many of what follows: `count`."""
    COLOR = auto()
    """`word` is a CSS color, of what follows, or else of the picture."""
    ONES = auto()
    """Stands for the thing named before."""
    AND = auto()
    OR = auto()
    COMMA = auto()
    BUT = auto()
    NOT = auto()
    """`word`: `no` (reaches over a list), `not` (the next thing), `neither` (whatever `nor` adds), `minus` (exactly the
    next piece)."""
    OPEN = auto()
    CLOSE = auto()
    ARTICLE = auto()
    LINK = auto()
    """A preposition or the like: parts and joins, means nothing by itself. `word` is it."""
    THAT = auto()
    """`that is`, `which are`: what follows is said of the thing before."""
    ONLY = auto()
    ALONE = auto()
    """`alone`, `nobody else`: of the people before."""
    APART = auto()
    """`not both`, `not together`: of the alternatives before, not all."""
    FILLER = auto()
    IGNORED = auto()
    """Understood to say nothing about pictures (`beautiful`); shown."""
    ORDER = auto()
    """`sort`, `limit`."""
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another reading of the same words."""

    description: str
    filter: ImageFilter


@dataclass(frozen=True, slots=True)
class FacePart:
    """What words say about a face; None and () say nothing."""

    gender: Gender | None = None
    age: Range | None = None
    emotions: tuple[Emotion, ...] = ()
    named: bool | None = None
    head: bool = False
    """Is a noun: `woman`, `people`; the rest are adjectives and the like."""
    neutral: bool = False
    """A head that says no more than that there is somebody."""
    count: Range | None = None
    every: bool = False
    told: bool = False
    """The age is given in numbers, which count for more than `kid` or `old`."""
    seen: bool = False
    """A face itself is spoken of; a person may be seen from behind."""
    after: bool = False
    """Follows its noun: `in her 20s`, `over 60`."""


@dataclass(frozen=True, slots=True)
class Piece:
    start: int
    end: int
    """Tokens of the sentence, end exclusive."""
    role: Role
    kind: str = ""
    """Of meanings: tag place year month ...; kinds decide what `and` and `or` join."""
    filter: ImageFilter | None = None
    face: FacePart | None = None
    people: tuple[str, ...] = ()
    """References, one of which is meant."""
    count: Range | None = None
    word: str = ""
    sort: Sort | None = None
    limit: int | None = None
    alternatives: tuple[Alternative, ...] = field(default=())
