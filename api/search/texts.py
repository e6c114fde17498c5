"""Words that are to be found as text: quotes, `that says stop`, `titled sunset`."""

from __future__ import annotations

from api.search.language import is_function
from api.search.pieces import Piece, Role
from api.search.sentence import Sentence, listed, table
from api.search.tokens import Form
from schema.filter.nodes import ImageFilter, TextField, TextFilter
from schema.words import words

_SAYING = table(
    {
        "text saying|words saying|text that says|text reading"
        "|that says|which says|says|saying|that say|with the word|with the words|with the text|with text|with words"
        "|that reads|reading that|containing the word|containing the words|containing the text|containing text"
        "|with the inscription|where it says"
        "|the word|the words|written|labeled|labelled|it says": (TextField.OCR,),
        "titled|with the title|with title|called": (TextField.TITLE,),
        "captioned|with the caption|with caption|described as": (TextField.CAPTION,),
        "with the keyword|with keyword": (TextField.KEYWORDS,),
        "mentioning|mentions|text": (),
    }
)
_ONE_WORD = {"with the word", "containing the word", "with keyword", "with the keyword", "the word"}
_ENDS = listed(
    "in on at from near with without and or but by taken shot before after since until during not photo photos"
)
"""Where words that are to be read in the picture end, when they are not quoted."""
_NEEDS_QUOTE = {"called", "text", "written", "the words", "says", "reading that"}
_WRITTEN_ON = ("written on", "written in", "written across", "painted on", "printed on", "engraved in", "engraved on")


def text_phrase(s: Sentence, i: int) -> Piece | None:
    if s.tokens[i].form is Form.QUOTE:
        return _phrase(s, i, i, ())
    if s.norm(i) == "reading" and i + 1 < len(s) and s.tokens[i + 1].form is Form.QUOTE:
        return _phrase(s, i, i + 1, (TextField.OCR,))
    if s.norm(i) == "reading" and i + 1 < len(s) and _bears_words(s):
        end = _end_of_words(s, i + 1)
        return Piece(i, end, Role.MEANING, "text", _text(s.written(i + 1, end), (TextField.OCR,)))
    if on := _written_somewhere(s, i):
        return on
    if found := s.longest(i, _SAYING):
        at, fields = found
        at = s.skip(at, (":", ","))
        if at < len(s) and s.tokens[at].form is Form.QUOTE:
            return _phrase(s, i, at, fields)
        said = " ".join(s.norms[i : found[0]])
        if at < len(s) and said not in _NEEDS_QUOTE and s.tokens[at].form in (Form.WORD, Form.NUMBER):
            end = at + 1 if said in _ONE_WORD else _end_of_words(s, at)
            return Piece(i, end, Role.MEANING, "text", _text(s.written(at, end), fields))
    return None


def _end_of_words(s: Sentence, i: int) -> int:
    end = i + 1
    while end < len(s) and s.tokens[end].form in (Form.WORD, Form.NUMBER) and s.norm(end) not in _ENDS:
        end += 1
    return end


def _bears_words(s: Sentence) -> bool:
    """Whether a sign, a plate, a shirt stands right before, rather than somebody who reads."""
    last = s.pieces[-1] if s.pieces else None
    if last is None or last.role is not Role.MEANING or last.kind != "tag":
        return False
    lexicon = s.vocabulary.lexicon
    main = lexicon.senses(last.word)[:1]
    return any({"artifact.n.01", "communication.n.02"} & set(lexicon.ancestors(sense)) for sense in main)


def _written_somewhere(s: Sentence, i: int) -> Piece | None:
    """`zagreb written on a sign`."""
    end = s.after(i + 1, *_WRITTEN_ON) if s.is_word(i) and not s.pieces and not is_function(s.norm(i)) else None
    return Piece(i, end - 1, Role.MEANING, "text", _text(s.written(i, i + 1), (TextField.OCR,))) if end else None


def _phrase(s: Sentence, start: int, at: int, fields: tuple[TextField, ...]) -> Piece:
    said = s.tokens[at].value
    if not words(said):
        return Piece(start, at + 1, Role.UNKNOWN if said else Role.FILLER)
    return Piece(start, at + 1, Role.MEANING, "text", _text(said, fields))


def _text(said: str, fields: tuple[TextField, ...]) -> ImageFilter:
    return ImageFilter(text=TextFilter(phrase=said[:1000], fields=fields))
