"""What is in a picture: tags, people, faces; and the albums it is in."""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import ceil, floor, inf

from schema.edgedb.query.conditions import (
    ALWAYS,
    NEVER,
    Condition,
    Parameters,
    every,
    is_,
    known,
    lowest,
    negated,
    quantified,
    some,
    within,
)
from schema.filter.nodes import AlbumFilter, FaceFilter, ImageFilter, Range, SetFilter, TagFilter
from schema.filter.photo import World
from schema.words import label_key

Compile = Callable[[ImageFilter, frozenset[int]], Condition]
"""The condition of a filter, inside of some smart albums."""


def tags(given: Parameters, asked: TagFilter, world: World) -> Condition:
    """Asked from the synsets and labels backwards to images, which is fast; where the edge itself matters, one of the
    edges to those tags must be such."""
    edge, exact = _edge(given, asked)

    def has(concept: str) -> Condition:
        tags_ = concept_tags(given, [concept], world, narrower=asked.narrower)
        found = Condition(f"(.number in {tags_}.marks.images.number)")
        if not edge:
            return found
        there = f"(exists (select .tags filter .tag.key in {tags_}.key and {edge}))"
        return every([found, Condition(there, exact)])

    def nothing_but(concepts: Collection[str]) -> Condition:
        if not exact:
            return Condition("true", exact=False)
        tags_ = concept_tags(given, concepts, world, narrower=asked.narrower)
        other = f".tag.key not in {tags_}.key" + (f" and {edge}" if edge else "")
        return Condition(f"(not exists (select .tags filter {other}))")

    return quantified(asked, has, nothing_but)


def _edge(given: Parameters, asked: TagFilter) -> tuple[str, bool]:
    """Condition on an edge, empty where any will do; whether it is exact. Scores lie in 0..1."""
    parts: list[str] = []
    if asked.min_score > 0:
        parts.append(f"@score >= {given.number(lowest(asked.min_score))}")
    if asked.min_count > 1:
        parts.append(f"@count >= {given.integer(asked.min_count)}")
    if asked.origin:
        parts.append(f"@origin in {given.among('str', [str(origin) for origin in asked.origin])}")
    if asked.color is not None:  # how colors look is not for EdgeQL
        parts.append("exists @colors")
    return f"(({' and '.join(parts)}) ?? false)" if parts else "", asked.color is None


def concept_tags(given: Parameters, concepts: Collection[str], world: World, *, narrower: bool) -> str:
    """Name of the set of tags that any of the concepts means: synsets, with what is narrower, and labels."""
    names = sorted({name for concept in concepts for name in world.synsets(concept, narrower=False)})
    synsets = given.named("synsets", f"(select Synset filter .name in {given.among('str', names)})")
    labels = given.among("str", sorted({label_key(concept) for concept in concepts}))
    parts = [f"{synsets}.tags"]
    if narrower:
        parts.append(f"{synsets}.narrower.tags")
    parts.append(f"(select Tag filter .kind != 'concept' and .label in {labels})")
    return given.named("tags", f"(select distinct ({' union '.join(parts)}))")


def tagged(asked: bool) -> Condition:
    return is_(Condition("(exists (select .tags filter (@origin in {'MODEL', 'USER'}) ?? false))"), asked)


def people(given: Parameters, asked: SetFilter, world: World) -> Condition:
    def has(reference: str) -> Condition:
        ids = world.person_ids(reference)
        if not ids:
            return NEVER
        named = given.named("people", f"(select Person filter .number in {given.numbers(ids)})")
        return Condition(f"(.number in {named}.faces.image.number)")

    def nothing_but(references: Collection[str]) -> Condition:
        ids = given.numbers(number for reference in references for number in world.person_ids(reference))
        return Condition(f"(not exists (select .faces filter not ((.person.number in {ids}) ?? false)))")

    return quantified(asked, has, nothing_but)


def faces(given: Parameters, asked: FaceFilter, world: World) -> Condition:
    meets: list[Condition] = []
    if asked.person:
        ids = {number for reference in asked.person for number in world.person_ids(reference)}
        meets.append(known(f".person.number in {given.numbers(ids)}"))
    if asked.named is not None:
        meets.append(is_(known(".person.name != ''"), asked.named))
    if asked.age is not None:
        meets.append(within(given, ".shown_age", asked.age))
    if asked.gender is not None:
        meets.append(known(f".gender = {given.text(str(asked.gender))}"))
    if asked.emotion:
        meets.append(known(f".emotion in {given.among('str', [str(emotion) for emotion in asked.emotion])}"))
    seen = ALWAYS
    if asked.min_score > 0:
        seen = within(given, ".score", Range(min=asked.min_score))
    meeting = f"(select .faces filter {every([seen, *meets])})"
    parts = [_counted(given, meeting, asked.count)]
    if asked.every:
        parts.append(Condition(f"(exists (select .faces filter {seen}))"))
        parts.append(Condition(f"(not exists (select .faces filter {every([seen, negated(every(meets))])}))"))
    return every(parts)


def _counted(given: Parameters, found: str, bounds: Range | None) -> Condition:
    if bounds is None:
        return Condition(f"(exists {found})")
    parts: list[Condition] = []
    if bounds.min is not None:
        parts.append(Condition(f"(count({found}) >= {given.integer(_whole(bounds.min, ceil))})"))
    if bounds.max is not None:
        parts.append(Condition(f"(count({found}) <= {given.integer(_whole(bounds.max, floor))})"))
    return every(parts)


def _whole(bound: float, rounded: Callable[[float], int]) -> int:
    return rounded(bound) if abs(bound) < inf else (2**62 if bound > 0 else -(2**62))


def albums(given: Parameters, asked: AlbumFilter, world: World, opened: frozenset[int], compile_: Compile) -> Condition:
    smart = {album.id: album.filter for album in world.albums if album.filter is not None}

    def has(reference: str) -> Condition:
        ids = world.album_ids(reference)
        if not ids:
            return NEVER
        held = given.named("albums", f"(select Album filter .number in {given.numbers(ids)})")
        parts = [Condition(f"(.number in {held}.images.number)")]
        for album in sorted(ids - opened):
            found = smart.get(album)
            if found is not None:
                parts.append(compile_(found, opened | {album}))
        return some(parts)

    def nothing_but(references: Collection[str]) -> Condition:
        ids = given.numbers(number for reference in references for number in world.album_ids(reference))
        return Condition(f"(not exists (select .albums filter .number not in {ids}))")

    return every(
        [
            quantified(asked, has, nothing_but),
            ALWAYS if asked.known is None else is_(Condition("(exists .albums)"), asked.known),
        ]
    )
