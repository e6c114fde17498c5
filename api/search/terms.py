"""`key:value` terms: `year:2019 -tag:dog rating>3 camera:sony,canon`. Values are read by the rules for sentences."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from api.search import cameras, clock, faces, looks, marks, nouns, places, things, times
from api.search.bounds import NUMBERS, bounds_of
from api.search.days import taken_between
from api.search.joining import any_of
from api.search.leaf import FaceLeaf
from api.search.people import person_phrase
from api.search.pieces import FacePart, Piece, Role
from api.search.sentence import LONGEST, Sentence, listed
from api.search.tokens import Form, Token, english, tokenize
from schema.filter.nodes import (
    AlbumFilter,
    CameraFilter,
    ColorFilter,
    FaceFilter,
    Gender,
    ImageFilter,
    PathFilter,
    PlaceFilter,
    SetFilter,
    SimilarFilter,
    TagFilter,
    TextField,
    TextFilter,
    TimeFilter,
)
from schema.words import words

Read = Callable[[Sentence, str], Piece | ImageFilter | None]
_TRUE, _FALSE = listed("yes true on 1 any fired"), listed("no false off 0 none")
_ALSO_PREPOSITIONS = listed("in from to at before after since until is has")
_MAX_VALUES = 50


def read_term(s: Sentence, i: int) -> Piece:
    """The piece of the term at i; an unknown key or a value that means nothing gives an unknown one."""
    token = s.tokens[i]
    found = _meaning(s, token)
    if isinstance(found, ImageFilter):
        return Piece(i, i + 1, Role.MEANING, token.key, found)
    if found is None:
        return Piece(i, i + 1, Role.UNKNOWN, "term")
    return Piece(
        i, i + 1, found.role, found.kind, found.filter, found.face, found.people, found.count, found.word, found.sort,
        found.limit, found.alternatives,
    )  # fmt: skip


def spaced_term(s: Sentence, i: int) -> Piece | None:
    """`person: anna meier`: a term with a space behind its colon takes the most words that mean something there."""
    key = s.norm(i)
    if s.norm(i + 1) != ":" or not s.tokens[i + 1].glued or key not in KEYS or key in _ALSO_PREPOSITIONS:
        return None
    for end in range(min(len(s), i + 2 + LONGEST), i + 2, -1):
        value = s.written(i + 2, end)
        found = _meaning(s, Token(0, len(value), value, value, Form.TERM, key=key, op=":", value=f'"{value}"'))
        if isinstance(found, ImageFilter):
            return Piece(i, end, Role.MEANING, key, found)
        if found is not None and found.role is not Role.UNKNOWN:
            return replace(found, start=i, end=end)
    return None


def _meaning(s: Sentence, token: Token) -> Piece | ImageFilter | None:
    key = token.key
    if key in NUMBERS and (bounds := bounds_of(token.op, token.value.strip('"'))) is not None:
        return NUMBERS[key](bounds)
    if key in ("year", "years"):
        return _years(token)
    if token.op not in (":", "="):
        return _compared_date(s, token)
    reader = _READERS.get(key)
    if reader is None:
        return None
    found = [reader(s, value) for value in _values(token.value)]
    if not found or any(one is None for one in found):
        return None
    if len(found) == 1:
        return found[0]
    filters = [_as_filter(one) for one in found if one is not None]
    return any_of([one for one in filters if one is not None]) if all(filters) else None


def _as_filter(found: Piece | ImageFilter) -> ImageFilter | None:
    """What a piece asks for by itself."""
    if isinstance(found, ImageFilter):
        return found
    if found.role in (Role.FACE, Role.PERSON):
        leaf = FaceLeaf([], people=found.people)
        leaf.add(found, found.face or FacePart())
        return leaf.leaf().filter
    return found.filter


def _values(text: str) -> list[str]:
    """Parted at commas outside of quotes."""
    parts = re.findall(r'"([^"]*)"|([^,"]+)', text)
    return [value.strip() for pair in parts if (value := pair[0] or pair[1]).strip()][:_MAX_VALUES]


def _within(s: Sentence, value: str) -> Sentence | None:
    """A value as a sentence of its own."""
    plain = value.replace("_", " ")
    tokens, _ = tokenize(plain, replace(english(), tags=False))  # a value needs no parts of speech
    return Sentence(plain, tokens, s.vocabulary, s.today) if tokens else None


def _rule(rule: Callable[[Sentence, int], Piece | None]) -> Read:
    """A rule for sentences, that has to take all of the value."""

    def read(s: Sentence, value: str) -> Piece | None:
        inner = _within(s, value)
        if inner is None or (piece := rule(inner, 0)) is None or piece.end < len(inner):
            return None
        return piece

    return read


# -- dates


def _years(token: Token) -> ImageFilter | None:
    value = token.value.strip('"')
    if token.op in (":", "=") and all(v.isdecimal() and len(v) == 4 for v in _values(value)) and _values(value):
        return ImageFilter(taken=TimeFilter(years=tuple(int(v) for v in _values(value))))
    bounds = bounds_of(token.op, value)
    if bounds is None or any(v is not None and not 1 <= v <= 9998 for v in bounds[:2]):
        return None
    low, high, strict = bounds
    start = None if low is None else date(int(low) + (1 if strict else 0), 1, 1)
    end = None if high is None else date(int(high) + (0 if strict else 1), 1, 1)
    return ImageFilter(taken=taken_between(start, end))


def _compared_date(s: Sentence, token: Token) -> ImageFilter | None:
    """`date>2019-05`."""
    if token.key not in ("date", "taken", "when", "added"):
        return None
    word = {">": "after", ">=": "since", "<": "before", "<=": "until"}[token.op]
    found = _date(word, token.key)(s, token.value)
    return found if isinstance(found, ImageFilter) else None


def _date(word: str, key: str = "taken") -> Read:
    def read(s: Sentence, value: str) -> ImageFilter | None:
        piece = _rule(times.time_phrase)(s, f"{word} {value}".strip())
        if not isinstance(piece, Piece) or piece.filter is None or piece.filter.taken is None:
            return None
        return ImageFilter(added=piece.filter.taken) if key == "added" else piece.filter

    return read


# -- names


def _place(*levels: str) -> Read:
    def read(s: Sentence, value: str) -> Piece | None:
        inner = _within(s, value)
        found = places.place_at(inner, 0, linked=True) if inner else None
        if inner is None or found is None or found[1] < len(inner):
            found_short = s.vocabulary.places_named.get(words(value))
            if not found_short:
                return None
            found = list(found_short), 1
        fitting = [place for place in found[0] if not levels or place.level in levels]
        return places.within(s, 0, 1, fitting) if fitting else None

    return read


def _near(s: Sentence, value: str) -> Piece | None:
    found = _rule(places.place_phrase)(s, f"near {value}")
    return found if isinstance(found, Piece) else None


def _person(s: Sentence, value: str) -> Piece | None:
    found = s.vocabulary.people_named.get(words(value))
    if found:
        return Piece(0, 1, Role.PERSON, "person", people=tuple(person.reference for person in found))
    piece = _rule(person_phrase)(s, value)
    return piece if isinstance(piece, Piece) else None


def _tag(s: Sentence, value: str) -> ImageFilter | None:
    said = value.replace("_", " ").lower()
    if s.vocabulary.lexicon.synset(value.lower()):
        return things.tagged((value.lower(),))
    if tag := s.vocabulary.labels.get(words(value)):
        return things.tagged((tag,))
    word = nouns.base_noun(s, said) or said
    return things.tagged(s.vocabulary.concepts(word) if word != said or word else (word,))


def _album(s: Sentence, value: str) -> ImageFilter | None:
    if value.lower() in _FALSE | _TRUE:
        return ImageFilter(album=AlbumFilter(known=value.lower() in _TRUE))
    found = s.vocabulary.albums_named.get(words(value))
    return None if found is None else ImageFilter(album=AlbumFilter(any=(f"album:{found.id}",)))


def _camera_name(s: Sentence, value: str) -> Piece | ImageFilter | None:
    piece = _rule(cameras.camera_phrase)(s, value)
    return piece or (ImageFilter(camera=CameraFilter(model=(value.lower(),))) if words(value) else None)


def _lens(s: Sentence, value: str) -> ImageFilter | None:
    if word := looks.lens_named(value.lower()):
        return looks.lens(word)
    return ImageFilter(camera=CameraFilter(lens=(value.lower(),))) if words(value) else None


def _under(s: Sentence, value: str) -> ImageFilter:
    return ImageFilter(path=PathFilter(under=(value,)))


def _in(s: Sentence, value: str) -> Piece | ImageFilter:
    return _album(s, value) or _place()(s, value) or _under(s, value)


def _text(*fields: TextField) -> Read:
    def read(s: Sentence, value: str) -> ImageFilter | None:
        if not words(value):
            return None
        if len(words(value)) > 1:
            return ImageFilter(text=TextFilter(phrase=value, fields=fields))
        return ImageFilter(text=TextFilter(words=value, fields=fields))

    return read


def _color(s: Sentence, value: str) -> ImageFilter | None:
    from schema.color import parse_color

    try:
        parse_color(value)
    except ValueError:
        return None
    return ImageFilter(color=ColorFilter(near=value.lower()))


def _is(s: Sentence, value: str) -> Piece | ImageFilter | None:
    said = tuple(words(value))
    if flag := marks.FLAGS.get(said):
        return flag
    for rule in (looks.look_phrase, faces.face_word):
        piece = _rule(rule)(s, value)
        if isinstance(piece, Piece) and piece.role is not Role.COLOR:
            return piece
    return None


def _has(s: Sentence, value: str) -> Piece | ImageFilter | None:
    if value in ("faces", "face", "people"):
        return ImageFilter(face=FaceFilter())
    if value in ("place", "gps", "location"):
        return ImageFilter(place=PlaceFilter(known=True))
    if value in ("tags", "tag"):
        return ImageFilter(tagged=True)
    if value in ("date", "time"):
        return ImageFilter(taken=TimeFilter(known=True))
    return marks.FLAGS.get(("with", value)) or _is(s, value)


def _gender(s: Sentence, value: str) -> Piece | None:
    letter = {"f": Gender.FEMALE, "m": Gender.MALE}.get(value.lower())
    if letter:
        return Piece(0, 1, Role.FACE, "face", face=FacePart(gender=letter, after=True))
    return _attribute(s, value, "gender")


def _attribute(s: Sentence, value: str, field: str) -> Piece | None:
    piece = _rule(faces.face_word)(s, value) or _rule(faces.age_phrase)(s, value)
    if not isinstance(piece, Piece) or piece.face is None or not getattr(piece.face, field):
        return None
    part = FacePart(**{field: getattr(piece.face, field)}, after=True)
    return Piece(0, 1, Role.FACE, "face", face=part)


def _set_field(field: str, known: Callable[[str], str | None]) -> Read:
    def read(s: Sentence, value: str) -> ImageFilter | None:
        word = known(value.lower())
        return ImageFilter.model_validate({field: SetFilter(any=(word,))}) if word else None

    return read


def _orientation(s: Sentence, value: str) -> ImageFilter | None:
    which = looks.orientation_named(value.lower())
    return looks.orientation(which) if which else None


def _flash(s: Sentence, value: str) -> ImageFilter | None:
    if value.lower() not in _TRUE | _FALSE:
        return None
    return ImageFilter(camera=CameraFilter(flash=value.lower() in _TRUE))


def _similar(s: Sentence, value: str) -> ImageFilter | None:
    to = value if value.startswith("image:") else f"image:{value}"
    return ImageFilter(similar=SimilarFilter(to=to)) if re.fullmatch(r"image:[1-9]\d{0,9}", to) else None


def _order(s: Sentence, value: str) -> Piece | None:
    piece = _rule(marks.order_phrase)(s, f"sorted by {value}") or _rule(marks.order_phrase)(s, value)
    return piece if isinstance(piece, Piece) else None


def _month(s: Sentence, value: str) -> Piece | ImageFilter | None:
    if value.isdecimal() and 1 <= int(value) <= 12:
        return ImageFilter(taken=TimeFilter(months=(int(value),)))
    return _rule(times.time_phrase)(s, value)


def _keyword(s: Sentence, value: str) -> ImageFilter:
    return ImageFilter(tag=TagFilter(any=(value,), narrower=False))


_time: Read = _rule(times.time_phrase)
_READERS: dict[str, Read] = {
    "tag": _tag, "tags": _tag, "thing": _tag, "object": _tag, "scene": _tag, "keyword": _keyword,
    "person": _person, "people": _person, "who": _person, "with": _person,
    "place": _place(), "where": _place(), "location": _place(), "near": _near,
    "country": _place("country"), "region": _place("region"), "state": _place("region"),
    "city": _place("city", "region"),
    "continent": _place("continent"),
    "before": _date("before"), "after": _date("after"), "since": _date("since"), "until": _date("until"),
    "date": _time, "taken": _time, "when": _time, "time": _time, "day": _time, "weekday": _time, "season": _time,
    "hour": _rule(clock.hours_phrase), "month": _month, "added": _date("", "added"),
    "camera": _camera_name, "make": _camera_name, "model": _camera_name, "lens": _lens, "flash": _flash,
    "age": lambda s, value: _attribute(s, value, "age"), "gender": _gender, "sex": _gender,
    "emotion": lambda s, value: _attribute(s, value, "emotions"),
    "mood": lambda s, value: _attribute(s, value, "emotions"),
    "is": _is, "not": lambda s, value: None, "has": _has,
    "album": _album, "in": _in, "folder": _under, "path": _under, "under": _under,
    "file": lambda s, value: ImageFilter(path=PathFilter(name=(value,))),
    "name": lambda s, value: ImageFilter(path=PathFilter(name=(value,))),
    "filename": lambda s, value: ImageFilter(path=PathFilter(name=(value,))),
    "glob": lambda s, value: ImageFilter(path=PathFilter(glob=(value,))),
    "format": _set_field("format", looks.FORMATS.get), "type": _set_field("format", looks.FORMATS.get),
    "ext": _set_field("format", looks.FORMATS.get),
    "condition": _set_field("condition", looks.condition_named),
    "light": _set_field("condition", looks.condition_named),
    "size": _set_field("size_word", looks.SIZE_WORDS.get), "orientation": _orientation, "shape": _orientation,
    "text": _text(), "ocr": _text(TextField.OCR), "says": _text(TextField.OCR), "title": _text(TextField.TITLE),
    "caption": _text(TextField.CAPTION), "color": _color, "colour": _color,
    "similar": _similar, "like": _similar, "sort": _order, "order": _order,
}  # fmt: skip
KEYS = tuple(sorted({*_READERS, *NUMBERS, "year"} - {"not"}))
"""All keys, for suggestions."""
