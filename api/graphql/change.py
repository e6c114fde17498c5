"""The change feed: what a cache has to fetch again or forget."""

from __future__ import annotations

from typing import cast

import strawberry

from api.graphql.filter_input import enum_type
from schema import graph

NodeKind = enum_type(graph.NodeKind)
Op = enum_type(graph.Op)


@strawberry.type
class Change:
    kind: NodeKind
    op: Op

    @strawberry.field(description="`Image.key`, or the key of the place, person, album or file.")
    @staticmethod
    def key(root: strawberry.Parent[graph.Change]) -> str:
        return str(root.id)


@strawberry.type(description="Changes after a cursor, oldest first.")
class Changes:
    cursor: str = strawberry.field(description="Ask from here next time.")
    reset: bool = strawberry.field(description="The cursor is of another life of the library: forget everything.")
    changes: list[Change]


def shown_changes(found: tuple[list[graph.Change], str, bool]) -> Changes:
    changes, cursor, reset = found
    return Changes(cursor=cursor, reset=reset, changes=cast("list[Change]", changes))
