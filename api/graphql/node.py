"""Relay's interface: everything with a name that lasts."""

from __future__ import annotations

import strawberry


@strawberry.interface(description="Anything with an id that stays the same for ever.")
class Node:
    id: strawberry.ID = strawberry.field(description="Global id: opaque, kept by clients, taken by filters.")


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
