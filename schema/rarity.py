"""How much each concept of a question counts: a rare one more than one that most pictures have.

The weight of a concept that n of N pictures show is the inverse document frequency of Robertson and Spärck Jones in the
form that is never negative,

    idf = ln(1 + (N - n + 1/2) / (n + 1/2))

(S. Robertson, H. Zaragoza: "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, section 3.1; the 1 is
Lucene's), over that of the rarest concept of the same question, in steps of a sixteenth. N and n are counted among the
pictures that the viewer may see: an order tells nothing of the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from schema.filter.nodes import ImageFilter

MOST_WEIGHED = 32
"""Concepts of one question that are counted; the rest count as much as the commonest."""
STEPS = 16
"""Steps of a weight, so that an order does not change with every picture that comes."""
AS_GOOD = 10
"""Matches are as good as each other within one part in so many, and the newer comes first."""


def concepts_named(asked: ImageFilter) -> tuple[str, ...]:
    """Every concept that a picture is to show, each once: those outside of `not` and `none`."""
    found: dict[str, None] = {}

    def look(part: ImageFilter) -> None:
        if part.tag is not None:
            of = part.tag.at_least.of if part.tag.at_least else ()
            found.update(dict.fromkeys((*part.tag.any, *part.tag.all, *part.tag.only, *of)))
        for below in (*part.and_, *part.or_):
            look(below)

    look(asked)
    return tuple(found)


def idf(shown: int, total: int) -> float:
    """The inverse document frequency of what `shown` of `total` pictures show; always above 0."""
    return log(1 + (max(0, total - shown) + 0.5) / (shown + 0.5))


def weighed(concepts: Sequence[str], shown: Sequence[int], total: int) -> tuple[tuple[str, float], ...]:
    """(concept, weight) with weights from 1/16 to 1, the rarest concept's."""
    rarity = [idf(n, total) for n in shown]
    most = max(rarity, default=1.0)
    return tuple(
        (concept, max(1, round(STEPS * one / most)) / STEPS) for concept, one in zip(concepts, rarity, strict=True)
    )
