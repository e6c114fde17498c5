"""Sentences as filters, with what each word was taken for."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import strawberry

from api.graphql.context import Context
from api.graphql.scalars import JSON
from schema.errors import BadFilter
from schema.filter import to_graphql
from schema.filter import to_json as filter_json

if TYPE_CHECKING:
    from api import search

MAX_SENTENCE = 500
"""Characters."""


@strawberry.type(description="A part of the sentence and what it was taken for.")
class Chip:
    start: int = strawberry.field(description="Character offset in the sentence.")
    end: int
    text: str
    kind: str
    description: str
    filter: JSON | None


@strawberry.type(description="What a sentence means here.")
class Understood:
    filter: JSON
    graphql: str = strawberry.field(description="The filter as it is written in a GraphQL document.")
    description: str
    chips: list[Chip]
    unknown: list[str] = strawberry.field(description="Words that nothing is known by.")


async def ask(context: Context, text: str) -> search.Understood:
    """What the sentence means in this library, today."""
    from api import search

    if len(text) > MAX_SENTENCE:
        raise BadFilter(f"A sentence may have {MAX_SENTENCE} characters; this one has {len(text)}.")
    return await search.ask(context.view, text)


async def understood(context: Context, text: str) -> Understood:
    found = await ask(context, text)
    return Understood(
        filter=cast("JSON", filter_json(found.filter)),
        graphql=to_graphql(found.filter),
        description=await context.view.describe(found.filter),
        chips=[
            Chip(
                start=chip.start,
                end=chip.end,
                text=chip.text,
                kind=chip.kind,
                description=chip.description,
                filter=cast("JSON", filter_json(chip.filter)) if chip.filter is not None else None,
            )
            for chip in found.chips
        ],
        unknown=list(found.unknown),
    )
