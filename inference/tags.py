"""Sightings of all models to tag edges: one edge per meaning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

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


def tag_edges(sightings: Iterable[Sighting]) -> tuple[TagEdge, ...]:
    """Merged per synset, best first: the best score of all models, the boxes best first, their number as the count.

    The edge names the model that can show where, else the surest one.
    """
    groups: dict[str, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        groups[sighting.synset].append(sighting)
    edges = []
    for synset, group in groups.items():
        group.sort(key=lambda sighting: -sighting.score)
        boxed = [sighting for sighting in group if sighting.box is not None]
        source = (boxed or group)[0]
        colors = dict.fromkeys(color for sighting in boxed for color in sighting.colors)
        edges.append(
            TagEdge(
                tag=synset,
                kind=TagKind.CONCEPT,
                score=group[0].score,
                origin=Origin.MODEL,
                model=source.model,
                version=source.version,
                boxes=tuple(sighting.box for sighting in boxed if sighting.box is not None),
                box_scores=tuple(sighting.score for sighting in boxed),
                count=max(1, len(boxed)),
                colors=tuple(colors)[:MAX_COLORS],
            )
        )
    return tuple(sorted(edges, key=lambda edge: (-edge.score, edge.tag)))
