"""Duplicates in groups, and what is to stay."""

from __future__ import annotations

from typing import cast

import strawberry
from strawberry.types.unset import UNSET

from api.graphql.context import Info
from api.graphql.fields import field, mutation
from api.graphql.filter_input import ImageFilterInput, to_json
from api.graphql.image import Image, edges_wanted, fetch_names
from api.graphql.limits import clamp
from schema.filter import parse_filter
from schema.filter.nodes import DuplicateKind


@strawberry.type(description="Pictures that are alike, the best first; one alone where several files are the same.")
class DuplicateGroup:
    kind: DuplicateKind
    images: list[Image]


@strawberry.type(description="A page of groups. `totalCount` is exact.")
class DuplicateGroups:
    total_count: int
    nodes: list[DuplicateGroup]


@strawberry.type
class DuplicateQueries:
    @field
    async def duplicates(
        self,
        info: Info,
        kind: DuplicateKind,
        filter: ImageFilterInput | None = UNSET,
        first: int = 20,
        offset: int = 0,
    ) -> DuplicateGroups:
        """Groups with a picture in the answer to `filter`, the newest first."""
        paths = "nodes.images"
        groups, total = await info.context.view.duplicates(
            kind,
            parse_filter(to_json(filter)),
            offset=max(0, offset),
            limit=clamp(first, 100),
            fields=edges_wanted(info._raw_info, paths),
        )
        images = [image for group in groups for image in group.images]
        await fetch_names(info.context, info._raw_info, images, paths)
        return DuplicateGroups(total_count=total, nodes=cast("list[DuplicateGroup]", groups))


@strawberry.type
class DuplicateMutations:
    @mutation
    async def keep_all(self, info: Info, image_keys: list[int]) -> bool:
        """All of these stay (of one picture: all its files), and are never again called duplicates of each other."""
        await info.context.view.keep_all(image_keys)
        return True
