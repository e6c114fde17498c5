"""What is said of faces: gender, age, emotion, how many."""

from __future__ import annotations

from dataclasses import replace

from api.search.heads import (
    AGE_WORDS,
    EMOTIONS,
    HEADS,
    ages,
    is_head,
    leads_to_face,
)
from api.search.language import ARTICLES, BE, PHOTO, PLACE_LINKS
from api.search.nouns import noun_at
from api.search.numbers import DECADES, TENS
from api.search.pieces import FacePart, Piece, Role
from api.search.quantity import quantity
from api.search.sentence import Sentence, listed, table
from schema.filter.nodes import Emotion, Range

_COMPANY = table(
    {
        "someone else|somebody else|other people|others|another person|somebody|company|not alone|other persons"
        "|anyone else|anybody else|other folks|more people|friends|his friends|her friends|their friends"
        "|my friends": True,
    }
)
_PARTS_OF_YEAR = table({"month|months|mo|mos": 12.0, "week|weeks|wk|wks": 52.0, "day|days": 365.0})
"""How many a year has."""
_MIENS = listed("face expression look mood grin smile")
_MAKING = listed("with making makes made has having wearing pulling in")
_HAS_ON = ("wearing", "wears", "wore", "wear", "holding", "holds", "carrying", "carries", "has", "having")
_NAMELESS = listed("unknown unnamed unidentified unrecognized unrecognised nameless")
_NOBODY = table({"nobody|no one|noone|no-one|no body|no-body|unpeopled|people-free": True})
_BACK_THEN = listed("he she they")
_NEEDS_NOUN = listed("little small tiny wee aged ancient old older young younger senior adult grown retired baby teen")
_POSSESSIVE = listed("her his their my our")
_HOURS = listed("am pm a p o'clock oclock : h mm % / st nd rd th")
_OR_SO = ("something", "somethings")
_PARTS = {"early": (0, 3), "mid": (4, 6), "late": (7, 9)}


def _stands_after(s: Sentence, end: int) -> bool:
    """Whether an age that ends there is said of somebody before it: in `men over 60 and women` the women are others."""
    return not leads_to_face(s, end, () if has_face_before(s) else ("and", "or", ",", "very"))


def once_aged(s: Sentence, i: int) -> Piece | None:
    """`as a baby`, `when she was little`: the age in the picture of the person named before."""
    if s.last(Role.PERSON) is None:
        return None
    at = s.after(i, "as a", "as an", "as")
    if at is None and s.norm(i) in ("when", "while") and s.norm(i + 1) in _BACK_THEN:
        was = s.after(i + 2, "was", "were")
        at = was and (s.after(was, "still a", "still", "a", "an") or was)
    if at is None:
        return None
    told = aged_words(s, at)
    return None if told is None or s.norm(told[1]) in PHOTO else Piece(i, told[1], Role.FACE, "face", face=told[0])


def aged_words(s: Sentence, i: int) -> tuple[FacePart, int] | None:
    """`a little girl`: how old somebody was, and where it ends."""
    part, end = FacePart(after=True), i
    while True:
        if aged := s.longest(end, AGE_WORDS):
            end, part = aged[0], replace(part, age=part.age or aged[1])
        elif head := s.longest(end, HEADS):
            end, part = head[0], replace(part, age=part.age or head[1].age, gender=part.gender or head[1].gender)
        else:
            break
    return None if part.age is None else (part, end)


def _of_somebody(s: Sentence, i: int) -> bool:
    """Whether `pictures of Max` or the like follows: `baby pictures of Max` show him as one."""
    if s.norm(i) not in PHOTO or (at := s.after(i + 1, "of", "from", "with")) is None:
        return False
    at = s.skip(at, ("my", "our", "the"))
    return s.longest(at, s.vocabulary.people_named) is not None or (s.norm(at - 1) == "my" and is_head(s, at))


def company(s: Sentence, i: int) -> Piece | None:
    """`with someone else`: one face more than the people named."""
    many = quantity(s, i)
    end = s.longest(many.end if many else i, _COMPANY)
    named = sum(piece.role is Role.PERSON for piece in s.pieces)
    if end is None or not named:
        return None
    others = many.range(1) if many else Range(min=1)
    bounds = [None if bound is None else bound + named for bound in (others.min, others.max)]
    count = Range(min=bounds[0] or named, max=bounds[1])
    return Piece(i, end[0], Role.FACE, "face", face=FacePart(neutral=True, head=True, count=count))


def face_word(s: Sentence, i: int) -> Piece | None:
    """A noun for people, an emotion, a word of age."""
    if found := s.longest(i, _NOBODY):
        if worn := s.after(s.skip(found[0], BE), *_HAS_ON):
            return Piece(i, worn, Role.NOT, word="no")  # nobody wears a hat
        if verb := _what_nobody_does(s, found[0]):
            return Piece(i, verb, Role.UNKNOWN, "words")
        return Piece(i, found[0], Role.FACE, "face", face=FacePart(neutral=True, head=True, count=Range(max=0)))
    if found_age := s.longest(i, AGE_WORDS):
        end, age = found_age
        if leads_to_face(s, end) or (s.norm(i) not in _NEEDS_NOUN and not is_head(s, i)):
            return Piece(i, end, Role.FACE, "face", face=FacePart(age=age))
    if found_head := s.longest(i, HEADS):
        end, part = found_head
        if part.count and s.norm(end) == "of":
            return None  # a group of trees
        if part.age and _is_of_thing(s, i, end):
            return Piece(i, end, Role.UNKNOWN, "word")
        if part.age and _of_somebody(s, end):
            return Piece(i, end, Role.FACE, "face", face=part)
        # "female skiers", "male lion": an adjective; "female doctor" is a woman all the same.
        return Piece(i, end, Role.FACE, "face", face=_as_head(part))
    if s.norm(i) in _NAMELESS and is_head(s, i + 1):
        return Piece(i, i + 1, Role.FACE, "face", face=FacePart(named=False))
    if s.norm(i) == "non" and (found_emotion := s.longest(s.skip(i + 1, "-"), EMOTIONS)):
        others = tuple(other for other in Emotion if other is not found_emotion[1])
        return Piece(i, found_emotion[0], Role.FACE, "face", face=FacePart(emotions=others))
    if s.norm(i) == "all" and (found_emotion := s.longest(i + 1, EMOTIONS)):
        every = FacePart(emotions=(found_emotion[1],), every=True)
        return Piece(i, found_emotion[0], Role.FACE, "face", face=every)
    if found_emotion := s.longest(i, EMOTIONS):
        end, emotion = found_emotion
        end = s.after(s.skip(end, "-"), "looking") or end
        if _is_of_thing(s, i, end):
            return Piece(i, end, Role.UNKNOWN, "word")
        if s.norm(end) in _MIENS and s.before(i) in ARTICLES and s.norm(i - 2) in _MAKING:
            end += 1  # Bob with a sad face: his
        return Piece(i, end, Role.FACE, "face", face=FacePart(emotions=(emotion,)))
    return None


def _what_nobody_does(s: Sentence, i: int) -> int | None:
    """Where `nobody is looking at the camera` ends: it does not ask for pictures without people, and what they do not
    do is no condition."""
    verb = s.skip(i, BE)
    if not (s.norm(verb).endswith("ing") and s.is_word(verb)) or s.longest(verb, EMOTIONS):
        return None
    return _sentence_end(s, verb + 1) if not s.longest(s.skip(verb + 1, "-"), EMOTIONS) else None


def _sentence_end(s: Sentence, i: int) -> int:
    """Where the clause at i ends: at a comma, a join, or another preposition than its first."""
    seen = False
    while s.is_word(i) and s.norm(i) not in ("and", "or", "but", "with", "without", "during"):
        if s.norm(i) in PLACE_LINKS:
            if seen:
                break
            seen = True
        i += 1
    return i


_NOT_OF_PEOPLE = ("animal.n.01", "clothing.n.01", "event.n.01", "body_of_water.n.01", "geological_formation.n.01")


def _is_of_thing(s: Sentence, i: int, end: int) -> bool:
    """Whether a word for people is said of what follows: a happy dog, a baby elephant, a baby shower, a calm sea.
    Happy dogs smile, but no face of theirs is known."""
    if leads_to_face(s, end) or not s.is_word(end) or s.norm(end - 1).endswith("s"):
        return False
    lexicon, noun = s.vocabulary.lexicon, noun_at(s, end)
    if noun is None or s.before(i) in BE:
        return False
    main = lexicon.senses(noun)[:1]
    return any(kind in lexicon.ancestors(sense) for sense in main for kind in _NOT_OF_PEOPLE)


def _as_head(part: FacePart) -> FacePart:
    return replace(part, head=True)


def has_face_before(s: Sentence) -> bool:
    """Whether the sentence has just spoken of somebody."""
    for piece in reversed(s.pieces):
        if piece.role in (Role.FACE, Role.PERSON):
            return True
        if piece.role not in (Role.FILLER, Role.LINK, Role.THAT, Role.ARTICLE, Role.COMMA, Role.IGNORED, Role.COUNT):
            return False
    return False


def age_phrase(s: Sentence, i: int) -> Piece | None:
    """`in her 20s` `20ies` `30 year old` `aged 5` `over 60` `between 8 and 12` `around 50`.

    A bare number is an age only after words for somebody, and only with a comparison: `women over 60`.
    """
    if told_otherwise := _decade(s, i) or _people_aged(s, i) or _in_months(s, i):
        return told_otherwise
    told = (s.after(i, "at") if s.last(Role.PERSON) else None) or s.after(
        i, "aged between", "aged", "age", "ages", "at age", "at the age of", "age of"
    )
    at = i + 1 if s.norm(i) == "aged" and s.norm(i + 1) == "between" else told or i
    found = quantity(s, at, unit=_years)
    if found is None or max(found.low or 0, found.high or 0) > 120:
        return None
    of_somebody = has_face_before(s) and not found.exact
    if not (told or found.unit or of_somebody):
        return None
    if s.norm(i) == "at" and at != i and (not found.exact or s.norm(found.end) in _HOURS or (found.low or 0) < 10):
        return None
    end = found.end
    if not found.unit and (years := s.after(end, "years", "year", "yrs")) and s.norm(years) != "ago":
        end = years
    if not (told or found.unit) and (end < len(s) and _is_counted(s, end)):
        return None
    low, high = found.low, found.high
    if found.about and low is not None:
        low, high = max(0.0, low - 5), low + 5
    elif found.strict and high is not None:  # under 18 is 17 at most; over 60 begins on the sixtieth birthday
        high -= 1
    after = has_face_before(s) and _stands_after(s, end)
    return Piece(i, end, Role.FACE, "face", face=FacePart(age=ages(low, high), told=True, after=after))


def _in_months(s: Sentence, i: int) -> Piece | None:
    """`3 months old`, `at six weeks`, `a 10 day old baby`: in that year of life, as faces tell no more."""
    told = s.after(i, "at the age of", "aged", "at age", "at") if s.last(Role.PERSON) or has_face_before(s) else None
    many = s.number(told or i)
    unit = s.longest(s.skip(many[1], "-"), _PARTS_OF_YEAR) if many else None
    if many is None or unit is None:
        return None
    end = s.after(s.skip(unit[0], "-"), "old", "olds", "of age")
    if end is None and (told is None or s.norm(unit[0]) == "ago"):
        return None
    years = float(int(many[0] / unit[1]))
    after = has_face_before(s) and _stands_after(s, end or unit[0])
    return Piece(i, end or unit[0], Role.FACE, "face", face=FacePart(age=ages(years, years), told=True, after=after))


def _people_aged(s: Sentence, i: int) -> Piece | None:
    """`under 18s`, `the over 60s`: people of that age."""
    at = s.after(i, "under", "over")
    told = s.number(at) if at else None
    if told is None or told[0] != int(told[0]) or not 1 < told[0] <= 99 or s.norm(told[1]) != "s":
        return None
    years = ages(None, told[0] - 1) if s.norm(i) == "under" else ages(told[0], None)
    return Piece(i, told[1] + 1, Role.FACE, "face", face=FacePart(age=years, told=True, head=True))


def _years(s: Sentence, i: int) -> int | None:
    return s.after(
        i, "years old", "year olds", "year old", "years of age", "yrs old", "yr old", "yr olds", "yo", "y o", "y / o",
        "yrs of age", "yos",
    )  # fmt: skip


def _is_counted(s: Sentence, i: int) -> bool:
    """Whether a number before i counts or measures what stands there."""
    return s.is_word(i) and s.norm(i) in listed("mm people dogs cats stars star mp km mb px kb gb am pm megapixels")


def _decade(s: Sentence, i: int) -> Piece | None:
    """`in her (early) 20s` `20ies` `in their forties`; a decade of years instead, where nobody is spoken of."""
    at = s.after(i, "in", "of") or i
    owned = s.norm(at) in _POSSESSIVE
    at += owned
    if s.norm(at) == "the" and not owned:
        return None
    part = _PARTS.get(s.norm(at))
    if part:
        at += 1
        if s.norm(at) == "-":
            at += 1
    tens, end = DECADES.get(s.norm(at)), at + 1
    if s.norm(at) in TENS and s.norm(at + 1) in _OR_SO:  # twenty-something
        tens, end, owned = TENS[s.norm(at)], at + 2, True
    if tens is None:
        if not (s.norm(at).isdecimal() and len(s.norm(at)) == 2 and s.norm(at)[1] == "0"):
            return None
        if s.norm(at + 1) not in ("s", "ies", "ish", *_OR_SO):
            return None
        tens, end = int(s.norm(at)), at + 2
    end = s.after(end, "year olds", "years old") or end
    somebody = owned or has_face_before(s) or leads_to_face(s, end) or s.norm(end - 1) == "ies"
    if not somebody and tens not in (20, 30, 40):
        return None
    low, high = (tens + part[0], tens + part[1]) if part else (tens, tens + 9)
    if (joint := s.after(end, "or", "and", "to", "-", "/")) and (further := _further_decade(s, joint, tens)):
        high, end = further
    return Piece(i, end, Role.FACE, "face", face=FacePart(age=ages(low, high), told=True, after=_stands_after(s, end)))


def _further_decade(s: Sentence, i: int, tens: int) -> tuple[int, int] | None:
    """`40s or 50s`: the last year of the decade that follows, and where it ends."""
    i = s.skip(i, ("early", "in", *_POSSESSIVE))
    if s.norm(i) in DECADES:
        next_tens, end = DECADES[s.norm(i)], i + 1
    elif s.norm(i).isdecimal() and len(s.norm(i)) == 2 and s.norm(i + 1) in ("s", "ies"):
        next_tens, end = int(s.norm(i)), i + 2
    else:
        return None
    return (next_tens + 9, end) if next_tens == tens + 10 else None
