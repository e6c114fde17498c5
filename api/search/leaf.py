"""One condition, and the words it was read from; a face gathers its words before it is one."""

from __future__ import annotations

from dataclasses import dataclass

from api.search.pieces import Alternative, FacePart, Piece, Role
from schema.filter.nodes import (
    EVERYTHING,
    AtLeast,
    Emotion,
    FaceFilter,
    Gender,
    ImageFilter,
    Range,
    SetFilter,
    TagFilter,
)

PEOPLE = ImageFilter(or_=(ImageFilter(face=FaceFilter()), ImageFilter(tag=TagFilter(any=("person",)))))
"""Somebody: a face, or a person seen from behind."""
NOBODY = ImageFilter(face=FaceFilter(count=Range(max=0)), tag=TagFilter(none=("person",)))


@dataclass(slots=True)
class Leaf:
    """One condition. `pieces` are its words."""

    kind: str
    pieces: list[Piece]
    filter: ImageFilter = EVERYTHING
    alternatives: tuple[Alternative, ...] = ()
    word: str = ""
    """Of a tag: the noun, to be colored or counted."""
    edited: bool = False
    """Turned by the one who asks, after it was read."""


@dataclass(slots=True)
class FaceLeaf:
    """What is said of one person in the picture."""

    pieces: list[Piece]
    people: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    gender: Gender | None = None
    age: Range | None = None
    told: bool = False
    """The age was given in numbers."""
    emotions: tuple[Emotion, ...] = ()
    not_emotions: tuple[Emotion, ...] = ()
    named: bool | None = None
    count: Range | None = None
    every: bool = False
    seen: bool = False
    """A face itself was spoken of."""
    has_head: bool = False
    open: bool = True
    """Waits for its noun: adjectives came, the noun will."""

    @property
    def is_plain_head(self) -> bool:
        """Whether it is one noun for somebody, and no name: `man`, `old lady`; `people` say too little."""
        return self.has_head and not (self.people or self.every or self.count) and any(self.said[:3])

    @property
    def said(self) -> tuple[object, ...]:
        """What the face shows."""
        return self.gender, self.age, self.emotions, self.not_emotions, self.named

    def takes(self, part: FacePart) -> bool:
        """Whether it says nothing yet about what this part says."""
        return not (
            (part.gender and self.gender)
            or (part.age and self.age and part.told == self.told)
            or (part.emotions and self.emotions and not self.open)
            or (part.named is not None and self.named is not None)
            or (part.count and self.count)
        )

    def add(self, piece: Piece, part: FacePart) -> None:
        self.pieces.append(piece)
        self.gender = part.gender or self.gender
        if part.age and (part.told or not self.told):
            self.age, self.told = part.age, part.told
        self.emotions = tuple(dict.fromkeys(self.emotions + part.emotions))
        self.named = part.named if part.named is not None else self.named
        self.count = part.count or self.count
        self.every = self.every or part.every
        self.seen = self.seen or part.seen

    def leaf(self) -> Leaf:
        left = tuple(e for e in Emotion if e not in self.not_emotions) if self.not_emotions else self.emotions
        face = FaceFilter(
            person=self.people, named=self.named, age=self.age, gender=self.gender, emotion=left, count=self.count,
            every=self.every,
        )  # fmt: skip
        if self.people and face == FaceFilter(person=self.people):
            asked = ImageFilter(person=SetFilter(any=self.people))
            return Leaf("person", self.pieces, asked, self.alternatives)
        if self.seen and face == FaceFilter():
            return Leaf("face", self.pieces, ImageFilter(face=face))
        if face in (FaceFilter(), FaceFilter(every=True)):
            return Leaf("people", self.pieces, PEOPLE)
        if face == FaceFilter(count=Range(max=0)):
            return Leaf("people", self.pieces, NOBODY)
        return Leaf("face", self.pieces, ImageFilter(face=face))


def at_least(piece: Piece, leaves: list[Leaf]) -> Leaf | None:
    """`at least two of Anna, Bob and Carl`; `exactly one of them`."""
    people = tuple(dict.fromkeys(ref for leaf in leaves if leaf.filter.person for ref in leaf.filter.person.any))
    k = int((piece.count.min if piece.count else None) or 1)
    if not 1 <= k <= len(people):
        return None
    asked = ImageFilter(person=SetFilter(at_least=AtLeast(k=k, of=people)))
    if piece.count and piece.count.max == k < len(people):
        more = ImageFilter(person=SetFilter(at_least=AtLeast(k=k + 1, of=people)))
        asked = asked.model_copy(update={"not_": more})
    return Leaf("person", [piece, *(p for leaf in leaves for p in leaf.pieces)], asked)


Item = Leaf | FaceLeaf | Piece
JOINS = (Role.AND, Role.OR, Role.COMMA)
SMALL = (Role.FILLER, Role.ARTICLE, Role.LINK, Role.THAT, Role.IGNORED)


def is_piece(item: Item | None, *roles: Role) -> bool:
    """Whether an item is a piece with one of these roles, and no condition."""
    return isinstance(item, Piece) and item.role in roles
