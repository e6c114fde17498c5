"""People and the faces they were seen by."""

from __future__ import annotations

from typing import cast

import strawberry
from strawberry.types.unset import UNSET

from api.graphql.context import Info
from api.graphql.fields import field
from api.graphql.filter_input import ImageFilterInput, to_json
from api.graphql.node import Box, Node, box, global_id
from api.graphql.scalars import JSON
from schema import graph
from schema.filter import conjoin, parse_filter
from schema.filter import to_json as filter_json
from schema.filter.nodes import AlbumFilter, Emotion, Gender, ImageFilter, SetFilter


@strawberry.type(description="Somebody. In filters: `person:12` or the name.")
class Person(Node):
    id: strawberry.ID = global_id("Person")
    name: str = strawberry.field(description="Empty while unnamed.")
    hidden: bool
    birthday: str | None
    cover_face_id: int | None

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        return isinstance(value, graph.Person)

    @field
    @staticmethod
    def key(root: strawberry.Parent[graph.Person]) -> int:
        return root.id

    @field
    @staticmethod
    async def count(root: strawberry.Parent[graph.Person], info: Info, filter: ImageFilterInput | None = UNSET) -> int:
        """Images that show this person, among those of `filter`."""
        among = parse_filter(to_json(filter))
        here = ImageFilter(person=SetFilter(any=(f"person:{root.id}",)))
        return await info.context.view.count(conjoin(among, here))


@strawberry.type(description="A face found in a picture.")
class Face:
    score: float
    age: float | None
    gender: Gender | None
    gender_score: float | None
    emotion: Emotion | None
    emotion_score: float | None
    model: str
    version: str

    @field
    @staticmethod
    def id(root: strawberry.Parent[graph.Face]) -> int:
        return root.id

    @field
    @staticmethod
    def box(root: strawberry.Parent[graph.Face]) -> Box:
        return box(root.box)

    @field
    @staticmethod
    async def person(root: strawberry.Parent[graph.Face], info: Info) -> Person | None:
        await info.context.fetch_people([root.person_id])
        return cast("Person | None", info.context.people.get(root.person_id or 0))


@strawberry.type(description="An album: chosen by hand, or everything a saved filter matches.")
class Album(Node):
    id: strawberry.ID = global_id("Album")
    name: str
    parent_id: int | None
    cover_image_id: int | None

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        return isinstance(value, graph.Album)

    @field
    @staticmethod
    def key(root: strawberry.Parent[graph.Album]) -> int:
        return root.id

    @field
    @staticmethod
    def filter(root: strawberry.Parent[graph.Album]) -> JSON | None:
        """The saved filter of a smart album."""
        return cast("JSON", filter_json(root.filter)) if root.filter is not None else None

    @field
    @staticmethod
    async def count(root: strawberry.Parent[graph.Album], info: Info) -> int:
        return await info.context.view.count(ImageFilter(album=AlbumFilter(any=(f"album:{root.id}",))))
