"""What several models say of one picture, put together for people to read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from schema.filter.nodes import Origin
from schema.graph import TagEdge, TagKind


def merged(edges: Sequence[TagEdge]) -> tuple[TagEdge, ...]:
    """One edge for each meaning that models found: with the best score of all of them, and the boxes, count and name of
    the one that can show where (else of the surest). Edges that files, rules or people made stay as they are.

    In the order of the edges' scores, best first.
    """
    found: dict[str, list[TagEdge]] = defaultdict(list)
    rest: list[TagEdge] = []
    for edge in edges:
        if edge.kind is TagKind.CONCEPT and edge.origin is Origin.MODEL:
            found[edge.tag].append(edge)
        else:
            rest.append(edge)
    for same in found.values():
        shown = max(same, key=lambda edge: (len(edge.boxes), edge.score))
        rest.append(replace(shown, score=max(edge.score for edge in same), count=max(edge.count for edge in same)))
    return tuple(sorted(rest, key=lambda edge: (-edge.score, edge.tag, edge.kind, edge.model)))
