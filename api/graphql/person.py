"""People and the faces they were seen by."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import strawberry
from strawberry.types.unset import UNSET

from api.graphql.context import Info
from api.graphql.fields import field
from api.graphql.filter_input import ImageFilterInput, to_json
from api.graphql.node import Box, Node, box, global_id
from api.graphql.scalars import JSON
from api.paths import face_url, media_url
from schema import graph
from schema.filter import conjoin, parse_filter
from schema.filter import to_json as filter_json
from schema.filter.nodes import AlbumFilter, Emotion, Gender, ImageFilter, Origin, SetFilter
from schema.people import age_on, age_range


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
    async def cover(root: strawberry.Parent[graph.Person], info: Info) -> Face | None:
        """The face chosen to show them by, else one that shows them large."""
        if root.id not in info.context.covers:
            info.context.covers.update(await info.context.view.covers([root]))
        return cast("Face | None", info.context.covers.get(root.id))

    @field
    @staticmethod
    async def count(root: strawberry.Parent[graph.Person], info: Info, filter: ImageFilterInput | None = UNSET) -> int:
        """Images that show this person, among those of `filter`."""
        among = parse_filter(to_json(filter))
        here = ImageFilter(person=SetFilter(any=(f"person:{root.id}",)))
        return await info.context.view.count(conjoin(among, here))


@strawberry.type(description="Full years.")
class AgeRange:
    min: int
    max: int


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
    made: datetime | None = strawberry.field(description="UTC: when it was found.")

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
    def image_key(root: strawberry.Parent[graph.Face]) -> int:
        """Of the picture that it is in."""
        return root.image_id

    @field
    @staticmethod
    def url(root: strawberry.Parent[graph.Face], info: Info) -> str:
        """The face alone, square, JPEG."""
        return info.context.media(face_url(root.id))

    @field
    @staticmethod
    def confirmed(root: strawberry.Parent[graph.Face]) -> bool:
        """Somebody, or the file, has said whose it is; else a model found it near."""
        return root.person_origin in (Origin.USER, Origin.METADATA)

    @field
    @staticmethod
    async def age_range(root: strawberry.Parent[graph.Face], info: Info) -> AgeRange | None:
        """Exact where the birthday is known and the picture has a date, else around what the model took them for."""
        await info.context.fetch_people([root.person_id])
        person = info.context.people.get(root.person_id or 0)
        taken = info.context.taken.get(root.image_id)
        if person is not None and person.birthday and taken is not None:
            exact = age_on(person.birthday, taken)
            if exact is not None:
                return AgeRange(min=exact, max=exact)
        if root.age is None:
            return None
        youngest, oldest = age_range(root.age)
        return AgeRange(min=youngest, max=oldest)

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

    @field
    @staticmethod
    async def cover_url(root: strawberry.Parent[graph.Album], info: Info) -> str | None:
        """Of the image chosen as the cover, else of the newest one: 320 pixels long side, JPEG."""
        image = await info.context.view.album_cover(root)
        if image is None or not image.media_version:
            return None
        return info.context.media(media_url(image.id, image.media_version, "small.jpg"))
