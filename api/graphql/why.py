"""Why an image answers a filter: each condition it meets, in words, with the edge that met it and the way up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import strawberry

from api.graphql.scalars import JSON
from schema import graph
from schema.filter import conjoin
from schema.filter import to_json as filter_json
from schema.filter.nodes import FaceFilter, ImageFilter, PlaceFilter, SetFilter, TagFilter

if TYPE_CHECKING:
    from api.graphql.context import Context
    from schema.lexicon import Lexicon

MAX_REASONS = 50
MAX_EVIDENCE = 8
"""Edges named for one condition, the surest first."""


@strawberry.type(description="What in an image meets a condition: an edge of the graph.")
class Evidence:
    kind: str = strawberry.field(description="tag face or place.")
    label: str
    score: float | None = strawberry.field(description="0..1, of what a model saw.")
    model: str = strawberry.field(description="Who saw it; empty for people, files and rules.")
    path: list[str] = strawberry.field(description="From the edge up to what was asked: ball gown, gown, clothing.")


@strawberry.type(description="One condition of a filter that an image meets.")
class Reason:
    path: str = strawberry.field(description="The branch of the filter: `and.0.tag`.")
    text: str = strawberry.field(description="The condition in words.")
    via: list[str] = strawberry.field(description="How its tags lead there, e.g. `ball gown > gown > clothing`.")
    evidence: list[Evidence]
    filter: JSON = strawberry.field(description="The condition as a filter.")


def conditions(filter: ImageFilter, path: str = "") -> Iterator[tuple[str, ImageFilter]]:
    """The single positive conditions of a filter with their branches, depth first; negations say why not, never why."""
    for name, field in ImageFilter.model_fields.items():
        value = getattr(filter, name)
        if value in (None, ()) or name == "not_":
            continue
        outside = field.alias or name
        step = f"{path}.{outside}" if path else outside
        if name in ("and_", "or_"):
            for at, part in enumerate(value):
                yield from conditions(part, f"{step}.{at}")
        else:
            yield step, ImageFilter(**{name: value})


def _concepts(filter: TagFilter) -> set[str]:
    return {*filter.any, *filter.all, *filter.only, *(filter.at_least.of if filter.at_least else ())}


def _tags(tags: tuple[graph.TagEdge, ...], filter: TagFilter, lexicon: Lexicon) -> Iterator[Evidence]:
    """Each tag that meets a named concept: the labels from the tag up to the concept."""
    wanted = {sense for concept in _concepts(filter) for sense in (concept, *lexicon.senses(concept))}
    plain = {name.casefold() for name in wanted}
    for edge in sorted(tags, key=lambda edge: -edge.score):
        if edge.score < filter.min_score:
            continue
        if edge.kind is not graph.TagKind.CONCEPT:
            if edge.tag.casefold() in plain:
                yield Evidence(kind="tag", label=edge.tag, score=edge.score, model=edge.model, path=[edge.tag])
            continue
        names = [edge.tag, *(lexicon.ancestors(edge.tag) if filter.narrower else ())]
        end = next((name for name in names if name in wanted), None)
        if end is not None:
            path = [lexicon.label(name) for name in _path(edge.tag, end, lexicon)]
            yield Evidence(kind="tag", label=path[0], score=edge.score, model=edge.model, path=path)


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


def _faces(faces: tuple[graph.Face, ...], asked: FaceFilter | SetFilter, context: Context) -> Iterator[Evidence]:
    """Each face that meets what is said of one face, as the picture shows it."""
    for face in faces:
        named = f"person:{face.person_id}" if face.person_id is not None else ""
        person = context.people.get(face.person_id) if face.person_id is not None else None
        name = person.name if person is not None and person.name else ""
        if isinstance(asked, FaceFilter):
            age, bounds = face.age, asked.age
            young = bounds is not None and bounds.min is not None and (age is None or age < bounds.min)
            old = bounds is not None and bounds.max is not None and (age is None or age > bounds.max)
            wrong = (asked.gender and face.gender is not asked.gender) or (
                asked.emotion and face.emotion not in asked.emotion
            )
            other = asked.person and named not in asked.person and name not in asked.person
            if young or old or wrong or other or face.score < asked.min_score:
                continue
        elif not {named, name} & {*asked.any, *asked.all, *asked.only, *(asked.at_least.of if asked.at_least else ())}:
            continue
        about = [
            face.gender.value.lower() if face.gender else "",
            f"about {face.age:.0f}" if face.age is not None else "",
            face.emotion.value.lower() if face.emotion else "",
        ]
        said = ", ".join(word for word in (name, *about) if word) or "a face"
        yield Evidence(kind="face", label=said, score=face.score, model=face.model, path=[said])


def _places(image: graph.Image, asked: PlaceFilter, context: Context) -> Iterator[Evidence]:
    """The place of the image, and what lies around it up to the place that was asked for."""
    chain = context.chain(image.place)
    at = next((n for n, place in enumerate(chain) if {place.key, place.name} & {*asked.within}), None)
    shown = chain[: at + 1] if at is not None else chain[:1]
    if shown:
        names = [place.name for place in shown]
        yield Evidence(kind="place", label=names[0], score=None, model="", path=names)


async def _evidence(context: Context, image: graph.Image, condition: ImageFilter) -> list[Evidence]:
    found: Iterator[Evidence] = iter(())
    if condition.tag is not None:
        found = _tags(image.tags, condition.tag, context.lexicon)
    elif condition.face is not None or condition.person is not None:
        await context.fetch_people(face.person_id for face in image.faces)
        found = _faces(image.faces, condition.face or condition.person or SetFilter(), context)
    elif condition.place is not None:
        await context.fetch_places([image.place])
        found = _places(image, condition.place, context)
    return [evidence for evidence, _ in zip(found, range(MAX_EVIDENCE), strict=False)]


async def reasons(context: Context, image: graph.Image, filter: ImageFilter) -> list[Reason]:
    """At most `MAX_REASONS`, in the order the filter states its conditions."""
    met: list[Reason] = []
    here = ImageFilter(ids=(f"image:{image.id}",))
    for path, condition in conditions(filter):
        if len(met) == MAX_REASONS:
            break
        if not await context.view.count(conjoin(here, condition)):
            continue
        evidence = await _evidence(context, image, condition)
        met.append(
            Reason(
                path=path,
                text=await context.view.describe(condition),
                via=list(dict.fromkeys(" > ".join(one.path) for one in evidence if one.kind == "tag")),
                evidence=evidence,
                filter=cast("JSON", filter_json(condition)),
            )
        )
    return met
