"""Sentences as filters: what each word was taken for, what else it could be, and what to ask instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import strawberry

from api.graphql.context import Context, Info
from api.graphql.fields import field
from api.graphql.filter_input import ImageFilterInput, to_json
from api.graphql.ids import as_reference
from api.graphql.scalars import JSON
from api.turning import Edit, How
from schema.errors import BadFilter
from schema.filter import conjoin, parse_filter, to_graphql
from schema.filter import to_json as filter_json
from schema.filter.compose import parts
from schema.filter.nodes import ImageFilter
from schema.query import Sort, SortBy

if TYPE_CHECKING:
    from api import search

MAX_SENTENCE = 50_000
"""Characters; what is read of them is the parser's to say."""
MAX_EDITS = 50
MOST_TURNED = 30
"""Chips that can be turned; nobody writes so many, and each turn is a question of its own."""
MOST_TRIED = 60
"""Looser questions that are counted in search of those that have pictures."""

strawberry.enum(How, name="Turn", description="What can be done to one condition of a question.")


@strawberry.input(description="One condition turned: the chip that starts at `at`, and how.")
class ChipEdit:
    at: int = strawberry.field(description="`start` of the chip.")
    how: How
    choice: int = strawberry.field(default=0, description="Which of several alternatives, broader or narrower ones.")


@strawberry.type(description="A condition turned, as a client gives it back.")
class ChipEdited:
    at: int
    how: How
    choice: int


@strawberry.type(description="Another reading of the same words.")
class Alternative:
    description: str
    filter: JSON


@strawberry.type(description="What one turn of one condition would give.")
class Variant:
    how: How
    choice: int
    description: str = strawberry.field(description="The condition after the turn; empty where it goes away.")
    part: JSON | None = strawberry.field(description="The condition alone, after the turn.")
    filter: JSON = strawberry.field(description="The whole question after the turn.")
    asked: strawberry.Private[ImageFilter]
    among: strawberry.Private[ImageFilter]

    @field
    def graphql(self) -> str:
        """The whole question as it is written in a GraphQL document."""
        return to_graphql(self.asked)

    @field
    async def count(self, info: Info) -> int:
        """Images that the whole question finds after the turn."""
        return await info.context.view.count(conjoin(self.asked, self.among))


@strawberry.type(description="A part of the question and what it was taken for.")
class Chip:
    start: int = strawberry.field(
        description="Character offset in the sentence; the number of the condition where there is no sentence."
    )
    end: int
    text: str
    kind: str = strawberry.field(description="tag person face place time camera ..., unknown, ignored or order.")
    description: str
    filter: JSON | None = strawberry.field(description="This part alone; null where it adds no condition.")
    negated: bool
    edited: bool = strawberry.field(description="Whether it was turned since it was read.")
    alternatives: list[Alternative]
    found: strawberry.Private[Any]
    question: strawberry.Private[Question]

    @field
    async def variants(self, info: Info) -> list[Variant]:
        """Everything that can be done to this condition, each with the whole question it gives."""
        return await self.question.variants(info.context, self.found)


@strawberry.type(description="An order of images.")
class UnderstoodSort:
    by: SortBy
    descending: bool


@strawberry.type(description="A near question that has pictures.")
class Relaxation:
    description: str = strawberry.field(description="What is different: `in Florida instead of “Miami”`.")
    filter: JSON
    graphql: str
    edits: list[ChipEdited] = strawberry.field(description="How to get there from this question.")
    distance: int = strawberry.field(description="How far it is from what was asked; 1 is one step.")
    count: int


@strawberry.type(description="What lies around a question: each condition loosened by itself, the question left out.")
class Wider:
    description: str
    filter: JSON
    graphql: str
    asked: strawberry.Private[ImageFilter]
    among: strawberry.Private[ImageFilter]

    @field
    async def count(self, info: Info) -> int:
        """Images that the wider question adds."""
        return await info.context.view.count(conjoin(self.asked, self.among))


@strawberry.type(description="What a question means here.")
class Understood:
    filter: JSON
    graphql: str = strawberry.field(description="The filter as it is written in a GraphQL document.")
    description: str
    chips: list[Chip]
    unknown: list[str] = strawberry.field(description="Words that nothing is known by; they are looked for as text.")
    sort: UnderstoodSort | None = strawberry.field(description="The order that was asked for.")
    order: UnderstoodSort = strawberry.field(
        description="The order that `search` gives: the one asked for, else best matches first where pictures can "
        "match better or worse, else newest first."
    )
    limit: int | None = strawberry.field(description="How many were asked for; null for all.")
    question: strawberry.Private[Question]

    @field
    async def relaxations(self, info: Info, first: int = 3) -> list[Relaxation]:
        """The nearest looser questions that have pictures: for when this one has none."""
        return await self.question.relaxations(info.context, max(0, min(10, first)))

    @field
    async def wider(self, info: Info) -> Wider | None:
        """The wider question around this one; null where nothing can be loosened."""
        return await self.question.wider(info.context)


@strawberry.type(description="How what is being typed may go on: `text` replaces the characters start..end.")
class Suggestion:
    text: str
    kind: str = strawberry.field(description="person album place tag camera lens folder key.")
    count: int = strawberry.field(description="Pictures; 0 for keys.")
    start: int
    end: int


class Question:
    """What was understood, and what may still be asked about it, among images that also meet `among`."""

    def __init__(self, found: search.Understood, among: ImageFilter) -> None:
        self.found = found
        self.among = among

    @property
    def order(self) -> Sort:
        """Best matches first only where the filter names something that pictures show more or less of."""
        if self.found.sort is not None:
            return self.found.sort
        scored = any(
            chip.kind == "tag" or (chip.kind == "unknown" and any(part.semantic for _, part in parts(chip.filter)))
            for chip in self.found.chips
            if chip.filter is not None and not chip.negated
        )
        return Sort(SortBy.RELEVANCE if scored else SortBy.TAKEN)

    async def variants(self, context: Context, chip: search.Chip) -> list[Variant]:
        from api import search

        if chip.leaf is None or chip not in self.found.chips[:MOST_TURNED]:
            return []
        vocabulary = await search.vocabulary_of(context.view)
        return [
            Variant(
                how=one.how,
                choice=one.choice,
                description="" if one.part is None else search.described(one.part, vocabulary),
                part=None if one.part is None else _json(one.part),
                filter=_json(one.whole),
                asked=one.whole,
                among=self.among,
            )
            for one in search.variants(self.found.tree, chip.leaf, vocabulary)
        ]

    async def relaxations(self, context: Context, first: int) -> list[Relaxation]:
        from api import search

        told: list[Relaxation] = []
        for one in search.relaxations(self.found, await search.vocabulary_of(context.view))[:MOST_TRIED]:
            if len(told) == first:
                break
            if count := await context.view.count(conjoin(one.filter, self.among)):
                told.append(
                    Relaxation(
                        description=one.description,
                        filter=_json(one.filter),
                        graphql=to_graphql(one.filter),
                        edits=[ChipEdited(at=edit.at, how=edit.how, choice=edit.choice) for edit in one.edits],
                        distance=one.distance,
                        count=count,
                    )
                )
        return told

    async def wider(self, context: Context) -> Wider | None:
        from api import search

        found = search.wider(self.found, await search.vocabulary_of(context.view))
        if found is None:
            return None
        return Wider(
            description=found.description,
            filter=_json(found.filter),
            graphql=to_graphql(found.filter),
            asked=found.filter,
            among=self.among,
        )

    def shown(self) -> Understood:
        found, order = self.found, self.order
        chips = [
            Chip(
                start=chip.start,
                end=chip.end,
                text=chip.text,
                kind=chip.kind,
                description=chip.description,
                filter=None if chip.filter is None else _json(chip.filter),
                negated=chip.negated,
                edited=chip.edited,
                alternatives=[
                    Alternative(description=other.description, filter=_json(other.filter))
                    for other in chip.alternatives
                ],
                found=chip,
                question=self,
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
            order=UnderstoodSort(by=order.by, descending=order.descending),
            limit=found.limit,
            question=self,
        )


async def suggested(context: Context, text: str, first: int) -> list[Suggestion]:
    from api import search

    return [
        Suggestion(text=found.text, kind=found.kind, count=found.count, start=found.start, end=found.end)
        for found in await search.suggestions(context.view, text[-MAX_SENTENCE:], first)
    ]


async def ask(
    context: Context, text: str, edits: Sequence[ChipEdit] | None = None, current: str | None = None, among: Any = None
) -> Question:
    """What the sentence means in this library, today."""
    from api import search

    if len(text) > MAX_SENTENCE:
        raise BadFilter(f"A sentence may have {MAX_SENTENCE:,} characters; this one has {len(text):,}. Shorten it.")
    if len(edits or ()) > MAX_EDITS:
        raise BadFilter(f"At most {MAX_EDITS} edits can be made to one sentence; write it anew.")
    turned = [Edit(edit.at, edit.how, edit.choice) for edit in edits or ()]
    shown = as_reference(current) if current else None
    found = await search.ask(context.view, text, edits=turned, current=shown)
    return Question(found, parse_filter(to_json(among)))


async def ask_filter(context: Context, asked: Any, among: Any = None) -> Question:
    """A filter as its conditions."""
    from api import search

    found = await search.ask_filter(context.view, parse_filter(to_json(asked)))
    return Question(found, parse_filter(to_json(among)))


def _json(filter: ImageFilter) -> JSON:
    return cast("JSON", filter_json(filter))


__all__ = ["ChipEdit", "ImageFilterInput", "Question", "Suggestion", "Understood", "ask", "ask_filter", "suggested"]
