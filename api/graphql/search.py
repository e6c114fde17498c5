"""The search fields of `type Query`: a sentence understood, run, suggested, and who "me" is in it."""

from __future__ import annotations

from typing import cast

import strawberry
from graphql import GraphQLError
from strawberry.types.unset import UNSET

from api.graphql.about_me import AboutMeQuery
from api.graphql.connection import ImageConnection, SortInput, image_page
from api.graphql.context import Info
from api.graphql.fields import field
from api.graphql.filter_input import ImageFilterInput
from api.graphql.limits import clamp
from api.graphql.scalars import JSON
from api.graphql.understand import ChipEdit, Question, Relaxation, Suggestion, Understood, ask, ask_filter, suggested
from schema.filter import conjoin, to_graphql
from schema.filter import to_json as filter_json
from schema.filter.nodes import ImageFilter
from schema.query import Sort, SortBy


@strawberry.type(description="What nearly matches, apart from what matches: the wider question, and its images.")
class WiderResults:
    description: str = strawberry.field(description="What is looser, in words.")
    filter: JSON
    graphql: str
    asked: strawberry.Private[ImageFilter]

    @field
    async def images(self, info: Info, first: int | None = 50, after: str | None = None) -> ImageConnection:
        """Best matches first; none of them meets the question itself."""
        return await image_page(info, self.asked, Sort(SortBy.RELEVANCE), first, after)


@strawberry.type(
    description="Images that a sentence asks for. `totalCount` is exact, and at most what the sentence asks."
)
class SearchConnection(ImageConnection):
    question: strawberry.Private[Question]

    @field
    def understood(self) -> Understood:
        """What the sentence was taken for."""
        return self.question.shown()

    @field
    async def relaxations(self, info: Info, first: int = 3) -> list[Relaxation]:
        """Where nothing was found: the nearest looser questions that have pictures, with how many."""
        if self.total_count:
            return []
        return await self.question.relaxations(info.context, max(0, min(10, first)))

    @field
    async def wider(self, info: Info) -> WiderResults | None:
        """What lies around the question; null where nothing can be loosened, or where a number was asked for."""
        found = await self.question.wider(info.context) if self.question.found.limit is None else None
        if found is None:
            return None
        asked = conjoin(found.asked, self.question.among)
        return WiderResults(
            description=found.description,
            filter=cast("JSON", filter_json(asked)),
            graphql=to_graphql(asked),
            asked=asked,
        )


@strawberry.type
class SearchQuery(AboutMeQuery):
    @field
    async def understand(
        self,
        info: Info,
        text: str,
        edits: list[ChipEdit] | None = None,
        current: strawberry.ID | None = None,
        among: ImageFilterInput | None = UNSET,
    ) -> Understood:
        """A sentence as a filter, with what each word was taken for. `edits` turn its conditions one after the other,
        `current` is the image that `this` means, `among` narrows all counts."""
        return (await ask(info.context, text, edits, current, among)).shown()

    @field
    async def conditions(
        self, info: Info, filter: ImageFilterInput, among: ImageFilterInput | None = UNSET
    ) -> Understood:
        """A filter as its conditions, each with what can be done to it. `among` narrows all counts."""
        return (await ask_filter(info.context, filter, among)).shown()

    @field
    async def suggest(self, info: Info, text: str, first: int = 8) -> list[Suggestion]:
        """While a sentence is typed: this library's own names that go on from its last words."""
        return await suggested(info.context, text, clamp(first, 50))

    @field
    async def search(
        self,
        info: Info,
        text: str,
        sort: SortInput | None = None,
        first: int | None = 50,
        after: str | None = None,
        edits: list[ChipEdit] | None = None,
        current: strawberry.ID | None = None,
        filter: ImageFilterInput | None = UNSET,
    ) -> SearchConnection:
        """`understand` and `images` in one: the best matches first, unless the sentence or `sort` says otherwise.
        `filter` narrows the sentence further; the number that a sentence asks (`latest 20`) holds over all pages."""
        question = await ask(info.context, text, edits, current, filter)
        return await search_page(info, question, sort.to_sort() if sort else question.order, first, after)


async def search_page(
    info: Info, question: Question, order: Sort, first: int | None, after: str | None
) -> SearchConnection:
    """A page whose cursors count, so that a sentence's own limit ends the last one."""
    before, inner = _opened(after)
    limit = question.found.limit
    wanted = clamp(50 if first is None else first)
    left = wanted if limit is None else max(0, min(wanted, limit - before))
    page = await image_page(info, conjoin(question.found.filter, question.among), order, left, inner)
    cursors = [f"{before + n}.{cursor}" for n, cursor in enumerate(page.cursors, 1)]
    ended = limit is not None and before + len(cursors) >= limit
    page.page_info.has_next_page = page.page_info.has_next_page and not ended
    page.page_info.start_cursor = cursors[0] if cursors else None
    page.page_info.end_cursor = cursors[-1] if cursors else after
    return SearchConnection(
        page_info=page.page_info,
        total_count=page.total_count if limit is None else min(limit, page.total_count),
        nodes=page.nodes,
        cursors=cursors,
        question=question,
    )


def _opened(after: str | None) -> tuple[int, str | None]:
    """(how many came before, the cursor below)."""
    if after is None:
        return 0, None
    count, dot, inner = after.partition(".")
    if not dot or not count.isascii() or not count.isdigit() or len(count) > 9:
        raise GraphQLError("This cursor is not of a search; take it from `endCursor` of the page before.")
    return int(count), inner
