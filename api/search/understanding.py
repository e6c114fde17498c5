"""`understand`: sentence -> filter, chips, order. Pure and deterministic; any text gives a result."""

from __future__ import annotations

import re
from datetime import date

from api.search.grouping import Grouping
from api.search.joining import none_of
from api.search.leaf import Leaf
from api.search.logic import build, leaves, to_filter
from api.search.pieces import Alternative, Piece, Role
from api.search.reading import read
from api.search.respelling import respell
from api.search.sentence import Sentence
from api.search.tokens import English, english, tokenize
from api.search.understood import Chip, Understood
from api.search.vocabulary import Vocabulary
from schema.errors import BadFilter
from schema.filter import describe
from schema.filter.nodes import EVERYTHING, ImageFilter, TextFilter
from schema.filter.validate import check
from schema.query import Sort
from schema.words import words

_KIND = dict.fromkeys(("year", "span", "month", "weekday", "season", "hours", "day", "holiday", "bound"), "time") | {
    "people": "face", "count": "face", "near": "place",
}  # fmt: skip


def understand(text: str, vocabulary: Vocabulary, today: date, pipeline: English | None = None) -> Understood:
    """What a sentence asks of a library with this vocabulary.

    `pipeline`: the spaCy pipeline; the installed English model by default, `tokens.blank()` works as well.
    """
    text_read = text.encode("utf-8", "replace").decode()
    tokens, end = tokenize(text_read, pipeline or english())
    respell(tokens, vocabulary)
    s = Sentence(text_read, tokens, vocabulary, today)
    pieces = read(s)
    items = [_as_text(s, item) for item in Grouping(s).run(pieces)]
    tree = build(items)
    asked = _valid(to_filter(tree))
    chips = _chips(s, [(leaf, denied) for leaf, denied in leaves(tree) if leaf.pieces])
    sort, limit = _order(pieces)
    chips += [_plain_chip(s, piece) for piece in pieces if piece.role in (Role.ORDER, Role.IGNORED)]
    unknown = [_written(s, piece) for leaf, _ in leaves(tree) if leaf.kind == "unknown" for piece in leaf.pieces]
    if end < len(text_read):
        rest = text_read[end:].strip()
        chips.append(Chip(end, len(text_read), text_read[end:], "unknown", "too long; not read from here on", None))
        unknown.append(rest[:40] + "…" if len(rest) > 40 else rest)
    return Understood(
        text=text,
        filter=asked,
        chips=tuple(sorted(chips, key=lambda chip: (chip.start, chip.end))),
        unknown=tuple(dict.fromkeys(unknown)),
        sort=sort,
        limit=limit,
        description=describe(asked, vocabulary.name),
    )


def _as_text(s: Sentence, item: Leaf | Piece) -> Leaf | Piece:
    """What was not understood is looked for as text; what has no letter or digit cannot be."""
    if isinstance(item, Leaf) or item.role is not Role.UNKNOWN:
        return item
    said = re.sub(r"[^\w\s]+", " ", _written(s, item)).strip()
    asked = ImageFilter(text=TextFilter(words=said[:1000])) if words(said) and item.kind != "this" else EVERYTHING
    return Leaf("unknown", [item], asked)


def _written(s: Sentence, piece: Piece) -> str:
    return s.written(piece.start + (piece.kind == "relation"), piece.end)


def _valid(asked: ImageFilter) -> ImageFilter:
    """Each part is well-formed by itself; a whole that is too large or too deep asks for nothing rather than fails."""
    try:
        return check(asked)
    except BadFilter:
        return EVERYTHING


def _order(pieces: list[Piece]) -> tuple[Sort | None, int | None]:
    """The last order said and the last limit said."""
    sort: Sort | None = None
    limit: int | None = None
    for piece in pieces:
        if piece.role is Role.ORDER:
            sort, limit = piece.sort or sort, piece.limit or limit
    return sort, limit


# -- chips


def _chips(s: Sentence, found: list[tuple[Leaf, bool]]) -> list[Chip]:
    """One for each condition; a word that is said of two (`Anna and Bob smiling`) stands on the first."""
    chips: list[Chip] = []
    used: set[Piece] = set()
    for leaf, denied in found:
        pieces = [piece for piece in leaf.pieces if piece not in used]
        used.update(pieces)
        if pieces:
            chips.append(_chip(s, leaf, denied, _spans(s, pieces)))
    return chips


def _chip(s: Sentence, leaf: Leaf, denied: bool, spans: tuple[tuple[int, int], ...]) -> Chip:
    asked = none_of(leaf.filter) if denied else leaf.filter
    kind = _KIND.get(leaf.kind, leaf.kind)
    if leaf.kind == "unknown":
        told = "not understood; searched as text" if asked != EVERYTHING else "not understood"
    else:
        told = _described(s, asked)
    typed = [s.tokens[k] for piece in leaf.pieces for k in range(piece.start, piece.end) if s.tokens[k].typed]
    if typed:
        told += f" (read as {', '.join(token.norm for token in typed)})"
    others = tuple(
        Alternative(other.description, none_of(other.filter) if denied else other.filter)
        for other in leaf.alternatives
        if other.filter != leaf.filter
    )
    start, end = spans[0]
    written = " … ".join(s.text[a:b] for a, b in spans)
    return Chip(start, end, written, kind, told, None if asked == EVERYTHING else asked, denied, others, spans)


def _described(s: Sentence, asked: ImageFilter) -> str:
    return describe(asked, s.vocabulary.name).removeprefix("photos ")


def _spans(s: Sentence, pieces: list[Piece]) -> tuple[tuple[int, int], ...]:
    """Where the words of a condition stand; stretches with only small words between are one."""
    small = {
        k
        for p in s.pieces
        if p.role in (Role.FILLER, Role.ARTICLE, Role.LINK, Role.THAT)
        for k in range(p.start, p.end)
    }
    spans: list[tuple[int, int]] = []
    for start, end in sorted((piece.start, piece.end) for piece in pieces if piece.end > piece.start):
        if spans and all(k in small for k in range(spans[-1][1], start)):
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return tuple((s.tokens[start].start, s.tokens[end - 1].end) for start, end in spans)


def _plain_chip(s: Sentence, piece: Piece) -> Chip:
    start, end = s.tokens[piece.start].start, s.tokens[piece.end - 1].end
    told = _ordered(piece) if piece.role is Role.ORDER else "does not narrow the search"
    kind = "order" if piece.role is Role.ORDER else "ignored"
    return Chip(start, end, s.text[start:end], kind, told, None, spans=((start, end),))


_ORDERED = {
    ("TAKEN", True): "newest first", ("TAKEN", False): "oldest first", ("RATING", True): "best rated first",
    ("RATING", False): "worst rated first", ("RANDOM", True): "in random order", ("BYTES", True): "largest first",
    ("BYTES", False): "smallest first", ("NAME", False): "by name", ("ADDED", True): "last added first",
    ("PIXELS", True): "highest resolution first", ("SIMILARITY", True): "most similar first",
    ("RELEVANCE", True): "best matches first",
}  # fmt: skip


def _ordered(piece: Piece) -> str:
    told = []
    if piece.limit is not None:
        told.append(f"only {piece.limit}")
    if piece.sort is not None:
        way = "descending" if piece.sort.descending else "ascending"
        told.append(_ORDERED.get((piece.sort.by, piece.sort.descending), f"by {piece.sort.by.lower()}, {way}"))
    return ", ".join(told)
