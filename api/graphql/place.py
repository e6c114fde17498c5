"""Places: a hierarchy of continent, country, region, city."""

from __future__ import annotations

from typing import cast

import strawberry
from strawberry.types.unset import UNSET

from api.graphql.context import Info
from api.graphql.fields import field
from api.graphql.filter_input import ImageFilterInput, to_json
from api.graphql.node import Node, global_id
from schema import graph
from schema.filter import conjoin, parse_filter
from schema.filter.nodes import ImageFilter, PlaceFilter


@strawberry.type(description="One step of the way up from a place.")
class PlaceName:
    key: str
    level: graph.PlaceLevel
    name: str


@strawberry.type(description="A node of the gazetteer. Its key is what filters take: `country:HR`, `geo:3191648`.")
class Place(Node):
    id: strawberry.ID = global_id("Place", "key")
    key: str
    level: graph.PlaceLevel
    name: str
    lat: float
    lon: float
    population: int

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        return isinstance(value, graph.Place)

    @field
    @staticmethod
    async def parent(root: strawberry.Parent[graph.Place], info: Info) -> Place | None:
        """The place this one lies in."""
        await info.context.fetch_places([root.parent])
        return cast("Place | None", info.context.places.get(root.parent or ""))

    @field
    @staticmethod
    async def chain(root: strawberry.Parent[graph.Place], info: Info) -> list[PlaceName]:
        """This place and those it lies in, most exact first."""
        await info.context.fetch_places([root.key])
        return [PlaceName(key=p.key, level=p.level, name=p.name) for p in info.context.chain(root.key)]

    @field
    @staticmethod
    async def count(root: strawberry.Parent[graph.Place], info: Info, filter: ImageFilterInput | None = UNSET) -> int:
        """Images taken there, among those of `filter`."""
        among = parse_filter(to_json(filter))
        return await info.context.view.count(conjoin(among, ImageFilter(place=PlaceFilter(within=(root.key,)))))


def shown_place(place: graph.Place | None) -> Place | None:
    """The same object, as what GraphQL calls it: fields are read from the dataclass itself."""
    return cast("Place | None", place)
