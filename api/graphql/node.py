"""Relay's interface: everything with a name that lasts."""

from __future__ import annotations

from typing import Any

import strawberry

from api.graphql.ids import to_global


@strawberry.interface(description="Anything with an id that stays the same for ever.")
class Node:
    id: strawberry.ID = strawberry.field(description="Global id: opaque, kept by clients, taken by filters.")


def global_id(kind: str, key: str = "id") -> Any:
    """The `id` of a type whose values are read from a graph node: its kind and the node's own key."""

    def resolve(root: strawberry.Parent[Any]) -> strawberry.ID:
        return strawberry.ID(to_global(kind, getattr(root, key)))

    return strawberry.field(resolver=resolve)


@strawberry.type(description="Where a page lies in the whole answer.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="x and y in 0..1 of the upright picture.")
class Box:
    x0: float
    y0: float
    x1: float
    y1: float


def box(corners: tuple[float, float, float, float]) -> Box:
    return Box(x0=corners[0], y0=corners[1], x1=corners[2], y1=corners[3])
