"""Words that are to be found as text: quotes, `that says stop`, `titled sunset`."""

from __future__ import annotations

from api.search.pieces import Piece, Role
from api.search.sentence import Sentence, table
from api.search.tokens import Form
from schema.filter.nodes import ImageFilter, TextField, TextFilter
from schema.words import words

_SAYING = table(
    {
        "that says|which says|says|saying|that say|with the word|with the words|with the text|with text|with words"
        "|that reads|reading that|containing the word|containing the words|containing the text|containing text"
        "|with the inscription|where it says"
        "|the word|the words|written|labeled|labelled|it says": (TextField.OCR,),
        "titled|with the title|with title|called": (TextField.TITLE,),
        "captioned|with the caption|with caption|described as": (TextField.CAPTION,),
        "with the keyword|with keyword": (TextField.KEYWORDS,),
        "mentioning|mentions|text": (),
    }
)
_NEEDS_QUOTE = {"called", "text", "written", "the word", "the words", "says", "reading that"}


def text_phrase(s: Sentence, i: int) -> Piece | None:
    if s.tokens[i].form is Form.QUOTE:
        return _phrase(s, i, i, ())
    if found := s.longest(i, _SAYING):
        at, fields = found
        at = s.skip(at, (":", ","))
        if at < len(s) and s.tokens[at].form is Form.QUOTE:
            return _phrase(s, i, at, fields)
        said = " ".join(s.norms[i : found[0]])
        if at < len(s) and said not in _NEEDS_QUOTE and s.tokens[at].form in (Form.WORD, Form.NUMBER):
            return Piece(i, at + 1, Role.MEANING, "text", _text(s.tokens[at].typed or s.tokens[at].text, fields))
    return None


def _phrase(s: Sentence, start: int, at: int, fields: tuple[TextField, ...]) -> Piece:
    said = s.tokens[at].value
    if not words(said):
        return Piece(start, at + 1, Role.UNKNOWN if said else Role.FILLER)
    return Piece(start, at + 1, Role.MEANING, "text", _text(said, fields))


def _text(said: str, fields: tuple[TextField, ...]) -> ImageFilter:
    return ImageFilter(text=TextFilter(phrase=said[:1000], fields=fields))
