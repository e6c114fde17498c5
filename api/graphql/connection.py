"""Pages of images, by cursor (Relay)."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import strawberry
from graphql import GraphQLError

from api.graphql.context import Info
from api.graphql.fields import field
from api.graphql.image import Image, edges_wanted, fetch_names
from api.graphql.limits import clamp
from api.graphql.node import PageInfo
from schema import graph
from schema.filter import conjoin
from schema.filter.nodes import ImageFilter
from schema.query import Page, Sort, SortBy
from schema.view import View

_IMAGE_PATHS = ("nodes", "edges.node")


@strawberry.input(description="An order of images.")
class SortInput:
    by: SortBy = SortBy.TAKEN
    descending: bool = True
    seed: int = strawberry.field(default=0, description="Chooses the shuffle of RANDOM.")

    def to_sort(self) -> Sort:
        return Sort(by=self.by, descending=self.descending, seed=self.seed)


@strawberry.type
class ImageEdge:
    cursor: str
    node: Image


@strawberry.type(description="A page of images. `totalCount` is exact.")
class ImageConnection:
    page_info: PageInfo
    total_count: int
    nodes: list[Image]
    cursors: strawberry.Private[list[str]]

    @field
    def edges(self) -> list[ImageEdge]:
        return [ImageEdge(cursor=c, node=node) for c, node in zip(self.cursors, self.nodes, strict=True)]


async def _end(
    view: View, filter: ImageFilter, sort: Sort, length: int, fields: frozenset[str]
) -> tuple[Page, list[graph.Image]]:
    """The last page: which images are on it is known by their place in the order."""
    total = await view.count(filter)
    ids = (await view.grid(filter, None, sort, offset=max(0, total - length), limit=length)).id.tolist()
    among = ImageFilter(ids=tuple(f"image:{number}" for number in ids) or ("image:0",))
    page, images = await view.page(conjoin(filter, among), sort, length, fields=fields)
    return replace(page, total=total, has_next=False, has_previous=total > len(ids)), images


async def image_page(
    info: Info,
    filter: ImageFilter,
    sort: Sort,
    first: int | None,
    after: str | None,
    last: int | None = None,
    before: str | None = None,
) -> ImageConnection:
    """`first`/`after` forwards or `last`/`before` backwards, never both; `last` alone is the end."""
    if (last is not None or before is not None) and after is not None:
        raise GraphQLError("Ask forwards with first and after, or backwards with last and before, not both.")
    raw, view = info._raw_info, info.context.view
    fields = edges_wanted(raw, *_IMAGE_PATHS)
    length = clamp(last if last is not None else 50 if first is None else first)
    if last is not None and before is None:
        page, images = await _end(view, filter, sort, length, fields)
    else:
        page, images = await view.page(filter, sort, length, after=after, before=before, fields=fields)
    await fetch_names(info.context, raw, images, *_IMAGE_PATHS)
    return ImageConnection(
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=page.cursors[0] if page.cursors else None,
            end_cursor=page.cursors[-1] if page.cursors else None,
        ),
        total_count=page.total,
        nodes=cast("list[Image]", images),
        cursors=page.cursors,
    )
