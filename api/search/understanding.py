"""`understand`: sentence -> filter, chips, order. Pure and deterministic; any text gives a result."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from api.search.apart import tree_of
from api.search.chips import chips_of, chips_of_filter, plain_chip
from api.search.flipping import flip
from api.search.grouping import Grouping
from api.search.leaf import Leaf
from api.search.logic import build, leaves, to_filter
from api.search.pieces import Alternative, Piece, Role
from api.search.reading import read
from api.search.respelling import respell
from api.search.sentence import Sentence
from api.search.tokens import English, english, tokenize
from api.search.understood import Chip, Understood
from api.search.vocabulary import Vocabulary
from api.turning import Edit
from schema.errors import BadFilter
from schema.filter import describe
from schema.filter.nodes import EVERYTHING, ImageFilter, SemanticFilter, TextFilter
from schema.filter.validate import check
from schema.query import Sort
from schema.words import words

MOST_EDITS = 50
SHORTEST_MEANING = 3
"""Letters from which an unknown word is looked for by its meaning."""


def understand(
    text: str,
    vocabulary: Vocabulary,
    today: date,
    pipeline: English | None = None,
    edits: Sequence[Edit] = (),
    *,
    by_meaning: bool = False,
) -> Understood:
    """What a sentence asks of a library with this vocabulary.

    `pipeline`: the spaCy pipeline; the installed English model by default, `tokens.blank()` works as well.
    `edits` turn conditions, one after the other; one that finds no chip where it should be is passed over.
    `by_meaning`: words that were not understood are looked for by what they mean, too.
    """
    text_read = text.encode("utf-8", "replace").decode()
    tokens, end = tokenize(text_read, pipeline or english())
    respell(tokens, vocabulary)
    s = Sentence(text_read, tokens, vocabulary, today)
    pieces = read(s)
    grouped = Grouping(s).run(pieces)
    items = [_as_text(s, item, by_meaning) for item in (_runs_of_words(grouped) if by_meaning else grouped)]
    tree = build(items)
    for edit in edits[:MOST_EDITS]:
        leaf = next((chip.leaf for chip in chips_of(s, tree) if chip.start == edit.at), None)
        turned = leaf and flip(tree, leaf, edit.how, edit.choice, vocabulary)
        tree = turned or tree
    asked = _valid(to_filter(tree))
    chips = chips_of(s, tree)
    sort, limit = _order(pieces)
    chips += [plain_chip(s, piece) for piece in pieces if piece.role in (Role.ORDER, Role.IGNORED)]
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
        tree=tree,
    )


def understand_filter(asked: ImageFilter, vocabulary: Vocabulary) -> Understood:
    """A filter that nobody typed, as its conditions."""
    tree = tree_of(asked)
    chips = tuple(chips_of_filter(tree, vocabulary))
    told = describe(asked, vocabulary.name)
    return Understood(text="", filter=asked, chips=chips, description=told, tree=tree)


def _as_text(s: Sentence, item: Leaf | Piece, by_meaning: bool) -> Leaf | Piece:
    """What was not understood is looked for as text, and words also by what they mean; what has no letter or digit
    cannot be."""
    if isinstance(item, Leaf) or item.role is not Role.UNKNOWN:
        return item
    said = re.sub(r"[^\w\s]+", " ", _written(s, item)).strip()[:1000]
    if not words(said) or item.kind == "this":
        return Leaf("unknown", [item], EVERYTHING)
    as_text = ImageFilter(text=TextFilter(words=said))
    if not by_meaning or item.kind not in ("word", "words") or len(said) < SHORTEST_MEANING or said.isdecimal():
        return Leaf("unknown", [item], as_text)
    meaning = ImageFilter(semantic=SemanticFilter(text=said))
    either = (Alternative("only as text", as_text), Alternative("only by meaning", meaning))
    return Leaf("unknown", [item], ImageFilter(or_=(as_text, meaning)), either)


def _runs_of_words(items: Sequence[Leaf | Piece]) -> list[Leaf | Piece]:
    """Unknown words that stand side by side mean something together: `hustle and bustle` apart, `cosy vibes` as one."""
    found: list[Leaf | Piece] = []
    for item in items:
        last = found[-1] if found else None
        if (
            isinstance(item, Piece)
            and isinstance(last, Piece)
            and item.role is last.role is Role.UNKNOWN
            and item.start == last.end
            and {item.kind, last.kind} <= {"word", "words"}
        ):
            found[-1] = replace(last, end=item.end, kind="words")
        else:
            found.append(item)
    return found


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
