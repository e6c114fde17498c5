"""Sentence -> pieces: at every token the rules are asked, and the longest reading wins, earlier rules first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from api.search import (
    beside,
    cameras,
    counting,
    faces,
    looks,
    marks,
    people,
    places,
    small_words,
    terms,
    texts,
    things,
    times,
)
from api.search.pieces import Piece, Role
from api.search.sentence import Sentence, listed
from api.search.tokens import Form
from schema.errors import BadFilter
from schema.filter.validate import check

Rule = Callable[[Sentence, int], Piece | None]
RULES: tuple[Rule, ...] = (
    texts.text_phrase,
    people.when_aged,
    people.born,
    people.her_birthday,
    marks.mark_phrase,
    faces.age_phrase,
    times.time_phrase,
    cameras.camera_phrase,
    marks.order_phrase,
    counting.how_many,
    counting.tail,
    marks.some_of,
    people.person_phrase,
    people.by_somebody,
    people.unknown_relation,
    faces.once_aged,
    faces.company,
    places.place_phrase,
    small_words.joining,
    terms.spaced_term,
    looks.look_phrase,
    faces.face_word,
    things.thing_phrase,
    things.name_elsewhere,
    things.relation_verb,
    small_words.small,
    small_words.idiom,
    beside.unplaced,
)


_TELLING = listed("more less most least fewer than exactly until till except ago between other others same")
_TELLING_LAST = listed("above below behind beneath underneath abroad elsewhere")
"""With nothing after them to stand above."""
_BEFORE_THINGS = (Role.ARTICLE, Role.LINK, Role.COLOR, Role.COUNT, Role.IGNORED)
_SAY_NOTHING = (Role.ARTICLE, Role.LINK, Role.FILLER, Role.IGNORED)


def read(s: Sentence) -> list[Piece]:
    """All pieces, left to right, every token in one."""
    i = 0
    while i < len(s):
        for piece in _at(s, i):
            s.pieces.append(piece)
            i = max(i, piece.end)
    return _either(s, [_in_vain(s, piece) for piece in s.pieces])


def _either(s: Sentence, pieces: list[Piece]) -> list[Piece]:
    """`Anna with either Bob or Carl`: what is between `either` and the first thing after the last `or` belongs
    together."""
    for start in reversed(range(len(pieces))):
        if pieces[start].role is Role.FILLER and s.norm(pieces[start].start) == "either":
            end = _end_of_alternatives(pieces, start)
            if end is not None:
                last = pieces[end - 1].end
                pieces.insert(end, Piece(last, last, Role.CLOSE))
                pieces[start] = replace(pieces[start], role=Role.OPEN)
    return pieces


def _end_of_alternatives(pieces: Sequence[Piece], start: int) -> int | None:
    at = next((at for at in range(start, len(pieces)) if pieces[at].role is Role.OR), len(pieces)) + 1
    while at < len(pieces) and pieces[at].role in _BEFORE_THINGS:
        at += 1
    end = at
    while end < len(pieces) and pieces[end].role is Role.FACE:
        end += 1
    if end == at and end < len(pieces) and pieces[end].role in (Role.PERSON, Role.MEANING, Role.UNKNOWN):
        end += 1
    if end >= len(pieces) or pieces[end].role is not Role.OR:
        return end if end > at else None
    return _end_of_alternatives(pieces, end)


def _in_vain(s: Sentence, piece: Piece) -> Piece:
    """A word that changes what is asked for, and that no rule made anything of, is not passed over."""
    passed_over = piece.role in _SAY_NOTHING and piece.end - piece.start == 1
    telling = _TELLING | _TELLING_LAST if piece.end == len(s) else _TELLING
    return replace(piece, role=Role.UNKNOWN, kind="word") if passed_over and s.norm(piece.start) in telling else piece


def _at(s: Sentence, i: int) -> list[Piece]:
    if s.tokens[i].form is Form.TERM:
        piece = _valid(terms.read_term(s, i))
        return [Piece(i, i, Role.NOT, word="minus"), piece] if s.tokens[i].minus else [piece]
    best: Piece | None = None
    for rule in RULES:
        found = rule(s, i)
        if found is not None and (best is None or found.end > best.end):
            best = found
    if best is None or (best.role in _SAY_NOTHING and _is_code(s, i)):
        return [_unknown(s, i)]
    return [_valid(best)]


def _valid(piece: Piece) -> Piece:
    """A reading that is no well-formed question is none."""
    if piece.filter is None:
        return piece
    try:
        check(piece.filter)
    except BadFilter:
        return replace(piece, role=Role.UNKNOWN, filter=None)
    return piece


def _is_code(s: Sentence, i: int) -> bool:
    """Whether a small word begins what is written with letters and digits: the `a` of `a7`."""
    return i + 1 < len(s) and s.tokens[i + 1].glued and s.tokens[i + 1].form is Form.NUMBER and not s.tokens[i].glued


def _unknown(s: Sentence, i: int) -> Piece:
    """A word nothing is known by, with all that is written on to it: `xq-77b`."""
    end = i + 1
    while end < len(s) and s.tokens[end].glued and s.tokens[end].form in (Form.WORD, Form.NUMBER):
        end += 1
    return Piece(i, end, Role.UNKNOWN, "word")
