"""What helps to correct many pictures: any place of the world by name, and reading pictures anew."""

from __future__ import annotations

import strawberry

from api.graphql.context import Info
from api.graphql.fields import field, mutation
from api.graphql.filter_input import ImageFilterInput, to_json
from api.graphql.limits import clamp
from schema import graph
from schema.filter import parse_filter


@strawberry.type(description="A place of the gazetteer, whether or not there are pictures of it.")
class GazetteerPlace:
    key: str = strawberry.field(description="What `ImageEdit.place` takes.")
    name: str
    level: graph.PlaceLevel
    within: str = strawberry.field(description="Names of the places around it, nearest first.")


@strawberry.type
class EditingQueries:
    @field
    async def gazetteer(self, info: Info, search: str, first: int = 10) -> list[GazetteerPlace]:
        """Places whose name is, or begins like, a text; the most populous first."""
        found = await info.context.view.gazetteer(search, clamp(first, 50))
        return [
            GazetteerPlace(key=place.key, name=place.name, level=place.level, within=", ".join(a.name for a in around))
            for place, around in found
        ]


@strawberry.type
class EditingMutations:
    @mutation
    async def reanalyze(self, info: Info, filter: ImageFilterInput) -> int:
        """Show these images to the models again; returns how many. What people said of them stays."""
        from ingest import control

        files, count = await info.context.view.files_of(parse_filter(to_json(filter)))
        if files:
            queue = info.context.queue
            await control.retry(
                info.context.library.store, queue, file_ids=files, stage=graph.Stage.ANALYSIS.value, failed_only=False
            )
        return count
