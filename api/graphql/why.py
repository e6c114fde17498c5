"""Why an image answers a filter: each condition it meets, in words, with the chain of meanings that led there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import strawberry

from api.graphql.scalars import JSON
from schema import graph
from schema.filter import conjoin
from schema.filter import to_json as filter_json
from schema.filter.nodes import ImageFilter, TagFilter

if TYPE_CHECKING:
    from api.graphql.context import Context
    from schema.lexicon import Lexicon

MAX_REASONS = 50


@strawberry.type(description="One condition of a filter that an image meets.")
class Reason:
    text: str = strawberry.field(description="The condition in words.")
    via: list[str] = strawberry.field(description="How its tags lead there, e.g. `ball gown > gown > clothing`.")
    filter: JSON = strawberry.field(description="The condition as a filter.")


def conditions(filter: ImageFilter) -> Iterator[ImageFilter]:
    """The single positive conditions of a filter, depth first; negations say why not, never why."""
    for name in ImageFilter.model_fields:
        value = getattr(filter, name)
        if value in (None, ()) or name == "not_":
            continue
        if name in ("and_", "or_"):
            for part in value:
                yield from conditions(part)
        else:
            yield ImageFilter(**{name: value})


def _concepts(filter: TagFilter) -> set[str]:
    return {*filter.any, *filter.all, *filter.only, *(filter.at_least.of if filter.at_least else ())}


def ways(tags: tuple[graph.TagEdge, ...], filter: TagFilter, lexicon: Lexicon) -> list[str]:
    """For each tag that meets a named concept: the labels from the tag up to the concept."""
    wanted = {sense for concept in _concepts(filter) for sense in (concept, *lexicon.senses(concept))}
    found: dict[str, None] = {}
    for edge in tags:
        if edge.kind is not graph.TagKind.CONCEPT:
            if edge.tag.casefold() in {name.casefold() for name in wanted}:
                found[edge.tag] = None
            continue
        names = [edge.tag, *(lexicon.ancestors(edge.tag) if filter.narrower else ())]
        end = next((name for name in names if name in wanted), None)
        if end is not None:
            found[" > ".join(lexicon.label(name) for name in _path(edge.tag, end, lexicon))] = None
    return list(found)


def _path(start: str, end: str, lexicon: Lexicon) -> list[str]:
    """A shortest way up from `start` to `end`, both included."""
    came_from: dict[str, str] = {start: ""}
    frontier = [start]
    while frontier and end not in came_from:
        frontier = [
            broader
            for name in frontier
            for broader in lexicon.hypernyms(name)
            if came_from.setdefault(broader, name) == name
        ]
    path = [end]
    while path[-1] != start:
        path.append(came_from[path[-1]])
    return path[::-1]


async def reasons(context: Context, image: graph.Image, filter: ImageFilter) -> list[Reason]:
    """At most `MAX_REASONS`, in the order the filter states its conditions."""
    met: list[Reason] = []
    here = ImageFilter(ids=(f"image:{image.id}",))
    for condition in conditions(filter):
        if len(met) == MAX_REASONS:
            break
        if await context.view.count(conjoin(here, condition)):
            via = ways(image.tags, condition.tag, context.lexicon) if condition.tag else []
            met.append(
                Reason(
                    text=await context.view.describe(condition), via=via, filter=cast("JSON", filter_json(condition))
                )
            )
    return met
