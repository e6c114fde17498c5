"""Sightings of models to tag edges: one edge for each meaning and model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from schema.filter.nodes import Origin
from schema.graph import Box, TagEdge, TagKind

MAX_COLORS = 8


@dataclass(frozen=True, slots=True)
class Sighting:
    """One model says that this is in the picture; with a box, where."""

    synset: str
    score: float
    model: str
    version: str
    box: Box | None = None
    colors: tuple[str, ...] = ()


def tag_edges(sightings: Iterable[Sighting], made: datetime | None = None) -> tuple[TagEdge, ...]:
    """Put together per synset and model, best first: the best score, the boxes best first, their number as the count.

    Models stay apart, so that each can be run anew alone; `schema.seen` puts them together for people.
    """
    groups: dict[tuple[str, str, str], list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        groups[sighting.synset, sighting.model, sighting.version].append(sighting)
    edges = []
    for (synset, model, version), group in groups.items():
        group.sort(key=lambda sighting: -sighting.score)
        boxed = [sighting for sighting in group if sighting.box is not None]
        colors = dict.fromkeys(color for sighting in boxed for color in sighting.colors)
        edges.append(
            TagEdge(
                tag=synset,
                kind=TagKind.CONCEPT,
                score=group[0].score,
                origin=Origin.MODEL,
                model=model,
                version=version,
                boxes=tuple(sighting.box for sighting in boxed if sighting.box is not None),
                box_scores=tuple(sighting.score for sighting in boxed),
                count=max(1, len(boxed)),
                colors=tuple(colors)[:MAX_COLORS],
                made=made,
            )
        )
    return tuple(sorted(edges, key=lambda edge: (-edge.score, edge.tag, edge.model)))
