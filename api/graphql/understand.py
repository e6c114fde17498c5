"""Sentences as filters, with what each word was taken for."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import strawberry

from api.graphql.context import Context
from api.graphql.scalars import JSON
from schema.errors import BadFilter
from schema.filter import to_graphql
from schema.filter import to_json as filter_json
from schema.filter.nodes import ImageFilter
from schema.query import SortBy

if TYPE_CHECKING:
    from api import search

MAX_SENTENCE = 1000
"""Characters."""


@strawberry.type(description="Another reading of the same words.")
class Alternative:
    description: str
    filter: JSON


@strawberry.type(description="A part of the sentence and what it was taken for.")
class Chip:
    start: int = strawberry.field(description="Character offset in the sentence.")
    end: int
    text: str
    kind: str = strawberry.field(description="tag person face place time camera ..., unknown, ignored or order.")
    description: str
    filter: JSON | None = strawberry.field(description="This part alone; null where it adds no condition.")
    negated: bool
    alternatives: list[Alternative]


@strawberry.type(description="The order that a sentence asks for.")
class UnderstoodSort:
    by: SortBy
    descending: bool


@strawberry.type(description="What a sentence means here.")
class Understood:
    filter: JSON
    graphql: str = strawberry.field(description="The filter as it is written in a GraphQL document.")
    description: str
    chips: list[Chip]
    unknown: list[str] = strawberry.field(description="Words that nothing is known by; they are looked for as text.")
    sort: UnderstoodSort | None
    limit: int | None


@strawberry.type(description="How what is being typed may go on: `text` replaces the characters start..end.")
class Suggestion:
    text: str
    kind: str = strawberry.field(description="person album place tag camera lens folder key.")
    count: int = strawberry.field(description="Pictures; 0 for keys.")
    start: int
    end: int


async def suggested(context: Context, text: str, first: int) -> list[Suggestion]:
    from api import search

    return [
        Suggestion(text=found.text, kind=found.kind, count=found.count, start=found.start, end=found.end)
        for found in await search.suggestions(context.view, text[:MAX_SENTENCE], first)
    ]


async def ask(context: Context, text: str) -> search.Understood:
    """What the sentence means in this library, today."""
    from api import search

    if len(text) > MAX_SENTENCE:
        raise BadFilter(f"A sentence may have {MAX_SENTENCE} characters; this one has {len(text)}.")
    return await search.ask(context.view, text)


def _json(filter: ImageFilter) -> JSON:
    return cast("JSON", filter_json(filter))


async def understood(context: Context, text: str) -> Understood:
    found = await ask(context, text)
    chips = [
        Chip(
            start=chip.start,
            end=chip.end,
            text=chip.text,
            kind=chip.kind,
            description=chip.description,
            filter=None if chip.filter is None else _json(chip.filter),
            negated=chip.negated,
            alternatives=[
                Alternative(description=other.description, filter=_json(other.filter)) for other in chip.alternatives
            ],
        )
        for chip in found.chips
    ]
    return Understood(
        filter=_json(found.filter),
        graphql=to_graphql(found.filter),
        description=found.description,
        chips=chips,
        unknown=list(found.unknown),
        sort=UnderstoodSort(by=found.sort.by, descending=found.sort.descending) if found.sort else None,
        limit=found.limit,
    )
