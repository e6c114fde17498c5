"""`type Subscription`, over graphql-transport-ws."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import strawberry

from api.graphql.change import Changes, shown_changes
from api.graphql.comparing import CompareSubscription
from api.graphql.context import Info
from api.graphql.fields import subscription
from api.graphql.ingest import IngestStatus, ingest_progress
from api.graphql.matching import MatchSubscription


@strawberry.type
class Subscription(CompareSubscription, MatchSubscription):
    @subscription
    async def ingest(self, info: Info) -> AsyncGenerator[IngestStatus, None]:
        """How the import stands, now and whenever that changes."""
        async for status in ingest_progress(info.context):
            yield status

    @subscription
    async def changes(self, info: Info, since: str | None = None) -> AsyncGenerator[Changes, None]:
        """Changes from a cursor on (or from now on), as they happen."""
        async for found in info.context.view.follow(since, info.context.settings.query_timeout):
            yield shown_changes(found)
