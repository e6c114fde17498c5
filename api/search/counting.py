"""How many people or things: `two women`, `a group of kids`, `2-4 people`, `tons of birds`."""

from __future__ import annotations

from api.search.heads import CROWD, GROUP, TWO, is_head, leads_to_face
from api.search.language import is_function
from api.search.nouns import noun_at
from api.search.pieces import FacePart, Piece, Role
from api.search.quantity import Quantity, quantity
from api.search.sentence import Sentence, listed
from schema.filter.nodes import Range

_LONE = listed("single lone lonely solitary")
_PLENTY = tuple(
    f"{many} of"
    for many in ("tons", "a ton", "loads", "a load", "plenty", "heaps", "a lot", "dozens", "hundreds", "thousands")
)
_MULTITUDES = listed("dozens hundreds thousands")
_EXACTLY = listed("exactly precisely just only =")
_COMPANIES = listed("group groups crowd crowds party parties")
_WHOLE = listed("a the our whole entire big large huge small little")
MOST_ADJECTIVES = 3
FEW = Range(min=2, max=5)


def how_many(s: Sentence, i: int) -> Piece | None:
    """`two` `at least 3` `2-4` before people or things; `a group of`, `any two of`."""
    group = s.skip(i, _WHOLE)
    members = s.after(group, "group of", "groups of", "bunch of", "crowd of") if group - i <= MOST_ADJECTIVES else None
    if end := members or s.after(i, "lots of", "many", "several"):
        if (many := quantity(s, end, list_of_two=True)) and (members_told := _whole_numbers(many)):
            return Piece(i, many.end, Role.COUNT, count=members_told, word="group")
        if is_head(s, end) or leads_to_face(s, end):
            return Piece(i, end, Role.COUNT, count=GROUP)
        return None
    if family := _of_so_many(s, i):
        return family
    if end := s.after(i, "a dozen of", "a dozen", "dozen"):
        return Piece(i, end, Role.COUNT, count=Range(min=12, max=12)) if _thing_follows(s, end) else None
    if (end := s.after(i, *_PLENTY)) and leads_to_face(s, end):
        return Piece(i, end, Role.COUNT, count=CROWD if s.norm(end - 2) in _MULTITUDES else GROUP)
    if end and _thing_follows(s, end):
        return Piece(i, end, Role.IGNORED, word="many")
    if (end := s.after(i, "the most", "the fewest", "the least")) and (is_head(s, end) or _thing_follows(s, end)):
        return Piece(i, end, Role.UNKNOWN, "words")
    if (end := s.after(i, "just a few", "only a few", "a few", "few", "a handful of")) and is_head(s, end):
        return Piece(i, end, Role.COUNT, count=FEW)
    if end := s.after(i, "us two", "both of us", "just the two of us"):
        return Piece(i, end, Role.FACE, "face", face=FacePart(neutral=True, head=True, count=TWO))
    if s.norm(i) == "us" and (number := s.number(i + 1)) and number[0] == int(number[0]) >= 2:
        us = FacePart(neutral=True, head=True, count=Range(min=number[0], max=number[0]))
        return Piece(i, number[1], Role.FACE, "face", face=us)
    if end := s.after(i, "a couple of", "couple of", "a pair of", "pair of"):
        return Piece(i, end, Role.COUNT, count=TWO)
    if s.norm(i) == "both" and "and" in s.norms[i + 2 : i + 6]:
        return Piece(i, i + 1, Role.FILLER)  # "both Anna and a dog"
    if s.norm(i) == "both":
        counted = is_head(s, i + 1) or _thing_follows(s, i + 1)
        return Piece(i, i + 1, Role.COUNT, count=TWO) if counted else None
    if s.norm(i) in _LONE and is_head(s, i + 1) and s.norm(i - 2) != "not":
        return Piece(i, i + 1, Role.COUNT, count=Range(min=1, max=1))
    if s.norm(i) in _LONE and (_thing_follows(s, i + 1) or is_head(s, i + 1)):
        return Piece(i, i + 1, Role.IGNORED, word=s.norm(i))
    at = s.after(i, "any", "the") or i
    if (found_two := quantity(s, at, list_of_two=True)) is None:
        return None
    end = found_two.end
    if end < len(s) and s.tokens[end].glued and s.norms[end - 1].isdigit():  # "4k"
        return None
    if (count := _whole_numbers(found_two)) is None:
        return None
    low, high = _or_more(s, end, count.min, count.max)
    word = "exactly" if s.norm(at) in _EXACTLY else ""
    if ours := s.after(end, "of us", "of them", "of you"):
        return Piece(i, ours, Role.FACE, "face", face=FacePart(neutral=True, head=True, count=Range(min=low, max=high)))
    if s.norm(end) == "of":
        high = low if word else None
        end, word = end + 1, "of"
    elif not (leads_to_face(s, end) or _thing_follows(s, end)):
        return None
    return Piece(i, end, Role.COUNT, count=Range(min=low, max=high), word=word)


def _of_so_many(s: Sentence, i: int) -> Piece | None:
    """`a family of four`, `groups larger than ten`: so many faces."""
    at = s.skip(i, ("a", "the", "our", "big", "large", "small"))
    end = s.after(at, "family of", "families of", "party of", "table of")
    grown = s.norm(at) in _COMPANIES
    many = quantity(s, end or s.skip(at + 1, ("of", "with"))) if end or grown else None
    count = _whole_numbers(many) if many and (end or not many.exact) else None
    if many is None or count is None or (many.end < len(s) and s.tokens[many.end].glued):
        return None
    stop = s.after(many.end, "people", "persons", "members") or many.end
    return Piece(i, stop, Role.FACE, "face", face=FacePart(neutral=True, head=True, count=count))


def _whole_numbers(found: Quantity) -> Range | None:
    """At least one of them, unless there shall be none."""
    if any(value is not None and (value != int(value) or value > 1000) for value in (found.low, found.high)):
        return None
    count = found.range(1)
    return Range(min=1, max=count.max) if count.min is None and (count.max or 0) >= 1 else count


_TAILS = {"or more": True, "and more": True, "or fewer": False, "or less": False}


def _or_more(s: Sentence, i: int, low: float | None, high: float | None) -> tuple[float | None, float | None]:
    """`ten people or more`: what comes after the noun opens the count."""
    for at in range(i + 1, i + 4):
        for tail, is_more in _TAILS.items():
            if s.after(at, tail) and low == high:
                return (low, None) if is_more else (1, high)
    return low, high


def tail(s: Sentence, i: int) -> Piece | None:
    """The `or more` of a count before, that is read with it."""
    end = s.after(i, *_TAILS)
    counted = any(piece.role is Role.COUNT for piece in s.pieces[-4:])
    return Piece(i, end, Role.IGNORED, word="tail") if end and counted else None


def _thing_follows(s: Sentence, i: int) -> bool:
    """Whether a thing that can be counted comes next, over a color or an adjective."""
    return noun_at(s, i) is not None or (s.is_word(i) and noun_at(s, i + 1) is not None and not is_function(s.norm(i)))
