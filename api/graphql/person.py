"""People and the faces they were seen by."""

from __future__ import annotations

from typing import cast

import strawberry
from strawberry.types.unset import UNSET

from api.graphql.context import Info
from api.graphql.filter_input import ImageFilterInput, enum_type, to_json
from api.graphql.ids import to_global
from api.graphql.node import Box, Node, box
from api.graphql.scalars import JSON
from schema import graph
from schema.filter import parse_filter
from schema.filter import to_json as filter_json
from schema.filter.nodes import AlbumFilter, Emotion, Gender, ImageFilter, SetFilter

GenderType = enum_type(Gender)
EmotionType = enum_type(Emotion)


@strawberry.type(description="Somebody. In filters: `person:12` or the name.")
class Person(Node):
    name: str = strawberry.field(description="Empty while unnamed.")
    hidden: bool
    birthday: str | None
    cover_face_id: int | None

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        return isinstance(value, graph.Person)

    @strawberry.field
    @staticmethod
    def id(root: strawberry.Parent[graph.Person]) -> strawberry.ID:
        return strawberry.ID(to_global("Person", root.id))

    @strawberry.field
    @staticmethod
    def key(root: strawberry.Parent[graph.Person]) -> int:
        return root.id

    @strawberry.field(description="Images that show this person, among those of `filter`.")
    @staticmethod
    async def count(root: strawberry.Parent[graph.Person], info: Info, filter: ImageFilterInput | None = UNSET) -> int:
        among = parse_filter(to_json(filter))
        here = ImageFilter(person=SetFilter(any=(f"person:{root.id}",)))
        return await info.context.view.count(ImageFilter(and_=(among, here)))


@strawberry.type(description="A face found in a picture.")
class Face:
    score: float
    age: float | None
    gender: GenderType | None
    gender_score: float | None
    emotion: EmotionType | None
    emotion_score: float | None
    model: str
    version: str

    @strawberry.field
    @staticmethod
    def id(root: strawberry.Parent[graph.Face]) -> int:
        return root.id

    @strawberry.field
    @staticmethod
    def box(root: strawberry.Parent[graph.Face]) -> Box:
        return box(root.box)

    @strawberry.field
    @staticmethod
    async def person(root: strawberry.Parent[graph.Face], info: Info) -> Person | None:
        await info.context.fetch_people([root.person_id])
        return cast("Person | None", info.context.people.get(root.person_id or 0))


@strawberry.type(description="An album: chosen by hand, or everything a saved filter matches.")
class Album(Node):
    name: str
    parent_id: int | None
    cover_image_id: int | None

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        return isinstance(value, graph.Album)

    @strawberry.field
    @staticmethod
    def id(root: strawberry.Parent[graph.Album]) -> strawberry.ID:
        return strawberry.ID(to_global("Album", root.id))

    @strawberry.field
    @staticmethod
    def key(root: strawberry.Parent[graph.Album]) -> int:
        return root.id

    @strawberry.field(description="The saved filter of a smart album.")
    @staticmethod
    def filter(root: strawberry.Parent[graph.Album]) -> JSON | None:
        return cast("JSON", filter_json(root.filter)) if root.filter is not None else None

    @strawberry.field
    @staticmethod
    async def count(root: strawberry.Parent[graph.Album], info: Info) -> int:
        return await info.context.view.count(ImageFilter(album=AlbumFilter(any=(f"album:{root.id}",))))
