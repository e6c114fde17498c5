"""A filter that is listened to: what comes into its answer, changes in it, and leaves it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import cast

import strawberry
from strawberry.types.unset import UNSET

from api.graphql.context import Context, Info
from api.graphql.fields import subscription
from api.graphql.filter_input import ImageFilterInput, to_json
from api.graphql.image import Image, edges_wanted, fetch_names
from api.graphql.selection import selected
from schema.filter import parse_filter
from schema.patience import answered_within
from schema.view import Matches


@strawberry.type(description="What is new in the answer to a filter; at most 200 images, the others follow at once.")
class MatchEvent:
    total_count: int = strawberry.field(description="Images that match, as far as they were told.")
    entered_keys: list[int] = strawberry.field(description="`Image.key` of those that match now and did not before.")
    changed_keys: list[int] = strawberry.field(
        description="Of those that still match, and something about them is new."
    )
    left_keys: list[int] = strawberry.field(description="Of those that do not match any more, or are not to be seen.")
    entered: list[Image]
    changed: list[Image]


async def _event(context: Context, info: Info, found: Matches) -> MatchEvent:
    shown: dict[str, list[Image]] = {}
    context.forget_names()
    for name, ids in (("entered", found.entered), ("changed", found.changed)):
        nodes = []
        if ids and selected(info._raw_info, name):
            nodes = await context.view.images(ids, fields=edges_wanted(info._raw_info, name))
            await fetch_names(context, info._raw_info, nodes, name)
        shown[name] = cast("list[Image]", [node for node in nodes if node is not None])
    return MatchEvent(
        total_count=found.total,
        entered_keys=list(found.entered),
        changed_keys=list(found.changed),
        left_keys=list(found.left),
        entered=shown["entered"],
        changed=shown["changed"],
    )


@strawberry.type
class MatchSubscription:
    @subscription
    async def matches(self, info: Info, filter: ImageFilterInput | None = UNSET) -> AsyncGenerator[MatchEvent, None]:
        """Listen to a filter: first how many match, then what comes, changes and leaves, within a second."""
        context = info.context
        within_s = context.settings.query_timeout
        async for found in context.view.matches(parse_filter(to_json(filter)), within_s):
            async with answered_within(within_s):
                event = await _event(context, info, found)
            yield event
