"""`understand`: sentence -> filter, chips, order. Pure and deterministic; any text gives a result."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from api.search.apart import tree_of
from api.search.chips import chips_of, chips_of_filter, plain_chip
from api.search.flipping import flip
from api.search.grouping import Grouping
from api.search.leaf import Leaf
from api.search.logic import build, leaves, to_filter
from api.search.pieces import Piece, Role
from api.search.reading import read
from api.search.respelling import respell
from api.search.sentence import Sentence
from api.search.tokens import English, english, tokenize
from api.search.understood import Chip, Understood
from api.search.vocabulary import Vocabulary
from api.turning import Edit
from schema.errors import BadFilter
from schema.filter import describe
from schema.filter.nodes import EVERYTHING, ImageFilter, TextFilter
from schema.filter.validate import check
from schema.query import Sort
from schema.words import words

MOST_EDITS = 50


def understand(
    text: str,
    vocabulary: Vocabulary,
    today: date,
    pipeline: English | None = None,
    edits: Sequence[Edit] = (),
) -> Understood:
    """What a sentence asks of a library with this vocabulary.

    `pipeline`: the spaCy pipeline; the installed English model by default, `tokens.blank()` works as well.
    `edits` turn conditions, one after the other; one that finds no chip where it should be is passed over.
    """
    text_read = text.encode("utf-8", "replace").decode()
    tokens, end = tokenize(text_read, pipeline or english())
    respell(tokens, vocabulary)
    s = Sentence(text_read, tokens, vocabulary, today)
    pieces = read(s)
    items = [_as_text(s, item) for item in Grouping(s).run(pieces)]
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
