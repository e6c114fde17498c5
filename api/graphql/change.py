"""The change feed: what a cache has to fetch again or forget."""

from __future__ import annotations

from typing import cast

import strawberry

from api.graphql.fields import field
from schema import graph


@strawberry.type
class Change:
    kind: graph.NodeKind
    op: graph.Op

    @field
    @staticmethod
    def key(root: strawberry.Parent[graph.Change]) -> str:
        """`Image.key`, or the key of the place, person, album or file."""
        return str(root.id)


@strawberry.type(description="Changes after a cursor, oldest first.")
class Changes:
    cursor: str = strawberry.field(description="Ask from here next time.")
    reset: bool = strawberry.field(
        description="Forget everything and go on from this cursor: the one given is not known (any more), or too much "
        "changed at once."
    )
    changes: list[Change]


def shown_changes(found: tuple[list[graph.Change], str, bool]) -> Changes:
    changes, cursor, reset = found
    return Changes(cursor=cursor, reset=reset, changes=cast("list[Change]", changes))
