"""Places: a hierarchy of continent, country, region, city."""

from __future__ import annotations

from typing import cast

import strawberry
from strawberry.types.unset import UNSET

from api.graphql.context import Info
from api.graphql.filter_input import ImageFilterInput, enum_type, to_json
from api.graphql.ids import to_global
from api.graphql.node import Node
from schema import graph
from schema.filter import parse_filter
from schema.filter.nodes import ImageFilter, PlaceFilter

PlaceLevel = enum_type(graph.PlaceLevel)


@strawberry.type(description="One step of the way up from a place.")
class PlaceName:
    key: str
    level: PlaceLevel
    name: str


@strawberry.type(description="A node of the gazetteer. Its key is what filters take: `country:HR`, `geo:3191648`.")
class Place(Node):
    key: str
    level: PlaceLevel
    name: str
    lat: float
    lon: float
    population: int

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        return isinstance(value, graph.Place)

    @strawberry.field
    @staticmethod
    def id(root: strawberry.Parent[graph.Place]) -> strawberry.ID:
        return strawberry.ID(to_global("Place", root.key))

    @strawberry.field(description="The place this one lies in.")
    @staticmethod
    async def parent(root: strawberry.Parent[graph.Place], info: Info) -> Place | None:
        await info.context.fetch_places([root.parent])
        return cast("Place | None", info.context.places.get(root.parent or ""))

    @strawberry.field(description="This place and those it lies in, most exact first.")
    @staticmethod
    async def chain(root: strawberry.Parent[graph.Place], info: Info) -> list[PlaceName]:
        await info.context.fetch_places([root.key])
        return [PlaceName(key=p.key, level=p.level, name=p.name) for p in info.context.chain(root.key)]

    @strawberry.field(description="Images taken there, among those of `filter`.")
    @staticmethod
    async def count(
        root: strawberry.Parent[graph.Place], info: Info, filter: ImageFilterInput | None = UNSET
    ) -> int:
        among = parse_filter(to_json(filter))
        return await info.context.view.count(ImageFilter(and_=(among, ImageFilter(place=PlaceFilter(within=(root.key,))))))


def shown_place(place: graph.Place | None) -> Place | None:
    """The same object, as what GraphQL calls it: fields are read from the dataclass itself."""
    return cast("Place | None", place)
