"""`Image`: a picture with all that is known of it. Fields are read from `schema.graph.Image` as it was fetched."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import strawberry
from graphql import GraphQLResolveInfo

from api.graphql.alt import alt_text
from api.graphql.context import Context, Info
from api.graphql.fields import field
from api.graphql.filter_input import ImageFilterInput, to_json
from api.graphql.node import Box, Node, box, global_id
from api.graphql.person import Face
from api.graphql.place import Place, shown_place
from api.graphql.scalars import JSON, LocalDateTime
from api.graphql.selection import selected
from api.graphql.tag import TagEdge
from api.graphql.why import Reason, reasons
from api.paths import MEDIA, media_url
from schema import graph
from schema.filter import parse_filter
from schema.safety import NsfwLevel, nsfw_level

EDGES = {
    "tags": ("tags",),
    "faces": ("faces",),
    "texts": ("texts",),
    "files": ("files",),
    "offline": ("files",),
    "alt": ("tags", "faces"),
    "why": ("tags", "faces"),
}
"""GraphQL field -> edges of `graph.Image` it is answered from."""


@strawberry.type
class PaletteColor:
    hex: str
    share: float = strawberry.field(description="0..1 of the picture.")


@strawberry.type(description="A line of text read in the picture.")
class TextLine:
    text: str
    score: float
    model: str
    version: str
    made: datetime | None = strawberry.field(description="UTC: when it was read.")

    @field
    @staticmethod
    def box(root: strawberry.Parent[graph.TextLine]) -> Box:
        return box(root.box)


@strawberry.type(description="What became of one step of importing a file: pending, done, failed or skipped.")
class Stage:
    reason: str = strawberry.field(description="One sentence, when failed or skipped.")
    detail: str = strawberry.field(description="Version of what ran.")
    ms: float | None
    attempts: int

    @field
    @staticmethod
    def stage(root: strawberry.Parent[graph.StageRecord]) -> str:
        return root.stage.value

    @field
    @staticmethod
    def state(root: strawberry.Parent[graph.StageRecord]) -> str:
        return root.state.value


@strawberry.type(description="A file on disk that holds the picture.")
class AssetFile:
    present: bool
    content_hash: str

    @field
    @staticmethod
    def id(root: strawberry.Parent[graph.AssetFile]) -> int:
        return root.id

    @field
    @staticmethod
    def path(root: strawberry.Parent[graph.AssetFile]) -> str:
        """Where it lies; bytes that are not UTF-8 are shown as \ufffd."""
        return root.path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    @field
    @staticmethod
    def file_size(root: strawberry.Parent[graph.AssetFile]) -> float:
        """Bytes."""
        return root.file_size

    @field
    @staticmethod
    def stages(root: strawberry.Parent[graph.AssetFile]) -> list[Stage]:
        return cast("list[Stage]", root.stages)


def _is_turned(image: graph.Image) -> bool:
    return image.orientation >= 5


@strawberry.type(description="A picture. Unknown numbers are null, unknown texts empty.")
class Image(Node):
    id: strawberry.ID = global_id("Image")
    name: str
    format: str
    orientation: int = strawberry.field(description="EXIF 1..8 of the file; width and height are given upright.")
    taken: LocalDateTime | None
    taken_offset: int | None = strawberry.field(description="Minutes east of UTC, when written in the file.")
    taken_source: str
    make: str
    model: str
    lens: str
    software: str
    iso: float | None
    aperture: float | None = strawberry.field(description="f-number.")
    exposure: float | None = strawberry.field(description="Seconds.")
    focal: float | None = strawberry.field(description="Millimeters.")
    focal35: float | None = strawberry.field(name="focal35", description="35 mm equivalent, millimeters.")
    flash: bool | None
    lat: float | None
    lon: float | None
    altitude: float | None = strawberry.field(description="Meters.")
    title: str
    caption: str
    conditions: list[str]
    sharpness: float | None = strawberry.field(description="0..1, where the picture is sharpest; below .35 is blurry.")
    brightness: float | None = strawberry.field(description="Mean luma, 0..1.")
    contrast: float | None = strawberry.field(description="0..1 between the darkest and the brightest hundredth.")
    lens_words: list[str]
    size_word: str
    palette: list[PaletteColor]
    nsfw: float | None = strawberry.field(description="0..1, how likely it is not safe for work.")
    rating: int | None
    favorite: bool
    media_version: int = strawberry.field(description="Part of the media addresses; 0 while there is no thumbnail.")

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        return isinstance(value, graph.Image)

    @field
    @staticmethod
    def key(root: strawberry.Parent[graph.Image]) -> int:
        """The plain number, as in media addresses and `image:42`."""
        return root.id

    @field
    @staticmethod
    def file_size(root: strawberry.Parent[graph.Image]) -> float:
        """Bytes."""
        return root.file_size

    @field
    @staticmethod
    def width(root: strawberry.Parent[graph.Image]) -> int | None:
        """Upright pixels."""
        return root.height if _is_turned(root) else root.width

    @field
    @staticmethod
    def height(root: strawberry.Parent[graph.Image]) -> int | None:
        """Upright pixels."""
        return root.width if _is_turned(root) else root.height

    @field
    @staticmethod
    def added(root: strawberry.Parent[graph.Image]) -> datetime | None:
        """UTC."""
        return root.added

    @field
    @staticmethod
    def trashed(root: strawberry.Parent[graph.Image]) -> datetime | None:
        """UTC; null unless it is in the trash."""
        return root.trashed

    @field
    @staticmethod
    def offline(root: strawberry.Parent[graph.Image]) -> bool:
        """No file of it is reachable now."""
        return not any(file.present for file in root.files)

    @field
    @staticmethod
    def metadata(root: strawberry.Parent[graph.Image]) -> JSON:
        """Every other readable field of the file, name to text."""
        return cast("JSON", root.metadata)

    @field
    @staticmethod
    def nsfw_level(root: strawberry.Parent[graph.Image]) -> NsfwLevel | None:
        """Safe below .2, explicit from .8 on; null while it was not analyzed."""
        return nsfw_level(root.nsfw)

    @field
    @staticmethod
    def thumbhash(root: strawberry.Parent[graph.Image]) -> str | None:
        """A blurred miniature: base64 of a ThumbHash."""
        return b64encode(root.thumbhash).decode("ascii") if root.thumbhash else None

    @field
    @staticmethod
    async def place(root: strawberry.Parent[graph.Image], info: Info) -> Place | None:
        """The most exact known place."""
        return shown_place(info.context.places.get(root.place or ""))

    @field
    @staticmethod
    async def near_city(root: strawberry.Parent[graph.Image], info: Info) -> Place | None:
        """The nearest city over 100,000, for grouping."""
        return shown_place(info.context.places.get(root.near_city or ""))

    @field
    @staticmethod
    def small_url(root: strawberry.Parent[graph.Image], info: Info) -> str | None:
        """320 pixels long side, JPEG. For apps the address is signed, and good for ten minutes at least."""
        return info.context.media(media_url(root.id, root.media_version, "small.jpg")) if root.media_version else None

    @field
    @staticmethod
    def large_url(root: strawberry.Parent[graph.Image], info: Info) -> str | None:
        """1440 pixels long side, JPEG."""
        return info.context.media(media_url(root.id, root.media_version, "large.jpg")) if root.media_version else None

    @field
    @staticmethod
    def original_url(root: strawberry.Parent[graph.Image], info: Info) -> str:
        """The file as it is; add `download=1` to its query to save it. Who may not know where or with what it was taken
        is given a copy without that."""
        return info.context.media(f"{MEDIA}/{root.id}/original")

    @field
    @staticmethod
    def alt(root: strawberry.Parent[graph.Image], info: Info) -> str:
        """The picture in words, for those who cannot see it."""
        chain = info.context.chain(root.place)
        return alt_text(root, [place.name for place in chain], info.context.lexicon.label)

    @field
    @staticmethod
    def tags(root: strawberry.Parent[graph.Image]) -> list[TagEdge]:
        return cast("list[TagEdge]", root.tags)

    @field
    @staticmethod
    def faces(root: strawberry.Parent[graph.Image]) -> list[Face]:
        return cast("list[Face]", root.faces)

    @field
    @staticmethod
    def texts(root: strawberry.Parent[graph.Image]) -> list[TextLine]:
        return cast("list[TextLine]", root.texts)

    @field
    @staticmethod
    def files(root: strawberry.Parent[graph.Image]) -> list[AssetFile]:
        return cast("list[AssetFile]", root.files)

    @field
    @staticmethod
    async def why(root: strawberry.Parent[graph.Image], info: Info, filter: ImageFilterInput) -> list[Reason]:
        """Which parts of a filter this image meets, and by what."""
        return await reasons(info.context, root, parse_filter(to_json(filter)))


def edges_wanted(info: GraphQLResolveInfo[Any], *paths: str) -> frozenset[str]:
    """Which edges of `graph.Image` the selection at these paths needs."""
    return frozenset(edge for name in selected(info, *paths) for edge in EDGES.get(name, ()))


async def fetch_names(
    context: Context, info: GraphQLResolveInfo[Any], images: Sequence[graph.Image | None], *paths: str
) -> None:
    """Fetch the places and people that the selection shows, for all images at once."""
    wanted = selected(info, *paths)
    shown = [image for image in images if image is not None]
    if wanted & {"place", "nearCity", "alt"}:
        await context.fetch_places(key for image in shown for key in (image.place, image.near_city))
    in_faces = selected(info, *(f"{path}.faces".lstrip(".") for path in paths)) if "faces" in wanted else frozenset()
    if in_faces & {"person", "ageRange"}:
        context.taken.update((image.id, image.taken) for image in shown)
        await context.fetch_people(face.person_id for image in shown for face in image.faces)
