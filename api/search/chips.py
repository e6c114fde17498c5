"""What a question was taken for, as it is shown: one chip for each condition, each order and each word passed over."""

from __future__ import annotations

from api.search.joining import none_of
from api.search.leaf import Leaf
from api.search.logic import Tree, leaves
from api.search.pieces import Alternative, Piece, Role
from api.search.sentence import Sentence
from api.search.understood import Chip
from api.search.vocabulary import Vocabulary
from schema.filter import describe
from schema.filter.nodes import EVERYTHING, ImageFilter

_KIND = dict.fromkeys(("year", "span", "month", "weekday", "season", "hours", "day", "holiday", "bound"), "time") | {
    "people": "face", "count": "face", "near": "place",
}  # fmt: skip


def chips_of(s: Sentence, tree: Tree) -> list[Chip]:
    """One for each condition; a word that is said of two (`Anna and Bob smiling`) stands on the first."""
    chips: list[Chip] = []
    used: set[Piece] = set()
    for leaf, denied in leaves(tree):
        pieces = [piece for piece in leaf.pieces if piece not in used]
        used.update(pieces)
        if pieces:
            chips.append(_chip(s, leaf, denied, _spans(s, pieces)))
    return chips


def _chip(s: Sentence, leaf: Leaf, denied: bool, spans: tuple[tuple[int, int], ...]) -> Chip:
    asked = none_of(leaf.filter) if denied else leaf.filter
    kind = _KIND.get(leaf.kind, leaf.kind)
    if leaf.kind == "unknown":
        how = "text or meaning" if leaf.filter.or_ else "meaning" if leaf.filter.semantic else "text"
        told = f"not understood; searched as {how}" if asked != EVERYTHING else "not understood"
    else:
        told = described(asked, s.vocabulary)
    typed = [s.tokens[k] for piece in leaf.pieces for k in range(piece.start, piece.end) if s.tokens[k].typed]
    if typed and not leaf.edited:
        told += f" (read as {', '.join(token.norm for token in typed)})"
    others = tuple(
        Alternative(other.description, none_of(other.filter) if denied else other.filter)
        for other in leaf.alternatives
        if other.filter != leaf.filter
    )
    start, end = spans[0]
    written = " … ".join(s.text[a:b] for a, b in spans)
    shown = None if asked == EVERYTHING else asked
    return Chip(start, end, written, kind, told, shown, denied, others, spans, leaf)


def chips_of_filter(tree: Tree, vocabulary: Vocabulary) -> list[Chip]:
    """One for each condition of a filter that no sentence was read for; they are numbered instead."""
    chips = []
    for number, (leaf, denied) in enumerate(leaves(tree)):
        asked = none_of(leaf.filter) if denied else leaf.filter
        told = described(asked, vocabulary)
        chips.append(Chip(number, number, told, leaf.kind, told, asked, denied, leaf=leaf))
    return chips


def described(asked: ImageFilter, vocabulary: Vocabulary) -> str:
    """A condition in words, without saying that it is about photos."""
    return describe(asked, vocabulary.name).removeprefix("photos ")


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


def plain_chip(s: Sentence, piece: Piece) -> Chip:
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
