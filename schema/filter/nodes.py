"""`ImageFilter`: the one question type, as frozen pydantic models.

All fields given in one filter object are ANDed; an empty filter matches every image. The JSON form
(`model_dump(by_alias=True, exclude_defaults=True, mode="json")`) and the GraphQL input are the same shape, in
camelCase.

References are strings. A *concept* is a synset name (`gown.n.01`) or a plain word (`gown`: every tag with that
label and every noun sense with that lemma). People, places, albums, shares and images are `person:12`, `geo:4164138`,
`country:HR`, `album:3`, `share:…`, `image:42`, or a name, compared without case.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class FilterNode(BaseModel):
    """What all parts share: immutable, camelCase outside, unknown fields refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, allow_inf_nan=False
    )


class Range(FilterNode):
    """`min <= value <= max`; an open end is left out. An image without the value never matches."""

    min: float | None = None
    max: float | None = None


class AtLeast(FilterNode):
    """At least `k` of `of`."""

    k: Annotated[int, Field(ge=1)]
    of: tuple[str, ...]


class SetFilter(FilterNode):
    """Quantifiers over a set of references; all that are given must hold.

    any: at least one; all: every one; none: not one; only: these (all of them) and nothing else;
    at_least: k of a list.
    """

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    at_least: AtLeast | None = None


class Origin(StrEnum):
    """Who made an edge."""

    MODEL = "MODEL"
    METADATA = "METADATA"
    RULE = "RULE"
    USER = "USER"


class TagFilter(SetFilter):
    """Tags and synsets. Narrower terms count unless `narrower` is false."""

    narrower: bool = True
    min_score: Annotated[float, Field(ge=0, le=1)] = 0.0
    min_count: Annotated[int, Field(ge=1)] = 1
    """Each named concept appears at least this many times (separate boxes)."""
    color: str | None = None
    """A color name or #rrggbb that the concept's own box must show."""
    origin: tuple[Origin, ...] = ()


class Gender(StrEnum):
    FEMALE = "FEMALE"
    MALE = "MALE"


class Emotion(StrEnum):
    ANGRY = "ANGRY"
    DISGUST = "DISGUST"
    FEAR = "FEAR"
    HAPPY = "HAPPY"
    NEUTRAL = "NEUTRAL"
    SAD = "SAD"
    SURPRISE = "SURPRISE"


class FaceFilter(FilterNode):
    """Conditions that ONE face meets together; `count` faces (default: at least one) must meet them.

    An empty FaceFilter with a count counts faces ("exactly two people").
    """

    person: tuple[str, ...] = ()
    named: bool | None = None
    age: Range | None = None
    gender: Gender | None = None
    emotion: tuple[Emotion, ...] = ()
    min_score: Annotated[float, Field(ge=0, le=1)] = 0.0
    count: Range | None = None
    every: bool = False
    """Every face of the image meets them (and there is at least one face)."""


class Near(FilterNode):
    """Within `km` of a point, or of a place's center."""

    lat: Annotated[float | None, Field(ge=-90, le=90)] = None
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None
    place: str | None = None
    km: Annotated[float, Field(gt=0, le=20040)]


class Box(FilterNode):
    """A box of coordinates in degrees; `west > east` crosses the antimeridian."""

    south: Annotated[float, Field(ge=-90, le=90)]
    west: Annotated[float, Field(ge=-180, le=180)]
    north: Annotated[float, Field(ge=-90, le=90)]
    east: Annotated[float, Field(ge=-180, le=180)]


class PlaceFilter(FilterNode):
    """Where the picture was taken. `within` and `none` take places of any level."""

    within: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    near: Near | None = None
    box: Box | None = None
    polygon: tuple[tuple[float, float], ...] = ()
    """Corners as (lat, lon) in degrees, at least three, not self-crossing; edges take the short way round."""
    known: bool | None = None


class Season(StrEnum):
    """Meteorological, by hemisphere of the picture (north when unknown)."""

    SPRING = "SPRING"
    SUMMER = "SUMMER"
    AUTUMN = "AUTUMN"
    WINTER = "WINTER"


class Unit(StrEnum):
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    YEAR = "YEAR"


class Ago(FilterNode):
    """Relative to now: from `n` units ago until `until` units ago (0 = now)."""

    n: Annotated[int, Field(ge=1, le=10000)]
    unit: Unit
    until: Annotated[int, Field(ge=0)] = 0


class ThisDay(FilterNode):
    """The same calendar day (today when not given) in any year, `window` days around it."""

    month: Annotated[int | None, Field(ge=1, le=12)] = None
    day: Annotated[int | None, Field(ge=1, le=31)] = None
    window: Annotated[int, Field(ge=0, le=183)] = 0
    past_only: bool = True
    """Leave out the current year."""


class Hours(FilterNode):
    """Local hours of the day, from <= hour < to; `from > to` runs over midnight."""

    from_: Annotated[int, Field(ge=0, le=24, alias="from")]
    to: Annotated[int, Field(ge=0, le=24)]


class TimeFilter(FilterNode):
    """When, by the picture's own local time. `from` is inclusive, `to` exclusive; zone offsets are ignored."""

    from_: Annotated[datetime | None, Field(alias="from")] = None
    to: datetime | None = None
    years: tuple[int, ...] = ()
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()
    days: tuple[Annotated[int, Field(ge=1, le=31)], ...] = ()
    weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = ()
    """ISO: 1 is Monday."""
    hours: Hours | None = None
    seasons: tuple[Season, ...] = ()
    this_day: ThisDay | None = None
    ago: Ago | None = None
    known: bool | None = None


class CameraFilter(FilterNode):
    """Camera facts; texts match whole words without case (`sony` finds `SONY ILCE-7`)."""

    make: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    lens: tuple[str, ...] = ()
    software: tuple[str, ...] = ()
    iso: Range | None = None
    aperture: Range | None = None
    """f-number."""
    exposure: Range | None = None
    """Seconds."""
    focal: Range | None = None
    """35 mm equivalent, millimeters."""
    flash: bool | None = None
    known: bool | None = None


class Orientation(StrEnum):
    LANDSCAPE = "LANDSCAPE"
    PORTRAIT = "PORTRAIT"
    SQUARE = "SQUARE"


class SizeFilter(FilterNode):
    """The upright picture's size."""

    megapixels: Range | None = None
    """pixels / 1024^2."""
    width: Range | None = None
    height: Range | None = None
    bytes: Range | None = None
    aspect: Range | None = None
    """width / height."""
    orientation: tuple[Orientation, ...] = ()


class ColorFilter(FilterNode):
    """A palette color within CIEDE2000 `distance` of `near`, covering at least `min_share` of the picture."""

    near: str
    """A color name (CSS) or #rrggbb."""
    distance: Annotated[float, Field(gt=0, le=100)] = 20.0
    min_share: Annotated[float, Field(ge=0, le=1)] = 0.05


class TextField(StrEnum):
    OCR = "OCR"
    TITLE = "TITLE"
    CAPTION = "CAPTION"
    KEYWORDS = "KEYWORDS"
    PATH = "PATH"


class TextFilter(FilterNode):
    """Free text: every word of `words`, and `phrase` exactly; no case. `fields` empty means all of them."""

    words: str = ""
    phrase: str = ""
    fields: tuple[TextField, ...] = ()


class PathFilter(FilterNode):
    """Where the file lies. `under`: a folder and everything below; `glob`: pattern on the whole path; `name`: part of
    the file name."""

    under: tuple[str, ...] = ()
    glob: tuple[str, ...] = ()
    name: tuple[str, ...] = ()


class DuplicateKind(StrEnum):
    SAME_BYTES = "SAME_BYTES"
    SAME_PICTURE = "SAME_PICTURE"
    BURST = "BURST"


class SimilarBy(StrEnum):
    LOOK = "LOOK"
    HASH = "HASH"
    FACES = "FACES"
    DESCRIPTION = "DESCRIPTION"


class SimilarFilter(FilterNode):
    """Similar to an image. LOOK: cosine distance of embeddings 0..2; HASH: Hamming distance 0..64;
    FACES: cosine distance of the nearest face pair; DESCRIPTION: 1 - weighted Jaccard of tags."""

    to: str
    by: SimilarBy = SimilarBy.LOOK
    distance: Annotated[float | None, Field(ge=0, le=64)] = None


class SemanticFilter(FilterNode):
    """Meaning, by the image-text embedding: like this text, or like this image."""

    text: str = ""
    image: str = ""
    min_score: Annotated[float | None, Field(ge=-1, le=1)] = None


class AlbumFilter(SetFilter):
    """Albums; `known` true: in any album, false: in none."""

    known: bool | None = None


class ImageFilter(FilterNode):
    """A question about images. Fields given together are ANDed."""

    and_: Annotated[tuple[ImageFilter, ...], Field(alias="and")] = ()
    or_: Annotated[tuple[ImageFilter, ...], Field(alias="or")] = ()
    """At least one of these; an empty list is no condition."""
    not_: Annotated[ImageFilter | None, Field(alias="not")] = None
    ids: tuple[str, ...] | None = None
    """Only these images; an empty list matches nothing."""
    tag: TagFilter | None = None
    tagged: bool | None = None
    """Has any tag made by a model or a person."""
    person: SetFilter | None = None
    face: FaceFilter | None = None
    place: PlaceFilter | None = None
    taken: TimeFilter | None = None
    added: TimeFilter | None = None
    camera: CameraFilter | None = None
    condition: SetFilter | None = None
    """bright outdoors indoors night dark long, and measured ones: blurry sharp."""
    lens: SetFilter | None = None
    """Lens words: superzoom zoom portrait wide ultrawide."""
    size: SizeFilter | None = None
    size_word: SetFilter | None = None
    """huge large medium small."""
    format: SetFilter | None = None
    """jpeg png webp avif heic tiff gif raw jxl."""
    color: ColorFilter | None = None
    text: TextFilter | None = None
    path: PathFilter | None = None
    rating: Range | None = None
    favorite: bool | None = None
    nsfw: Range | None = None
    """Score 0..1; an image never analyzed counts as 0."""
    album: AlbumFilter | None = None
    share: SetFilter | None = None
    duplicate: tuple[DuplicateKind, ...] = ()
    similar: SimilarFilter | None = None
    semantic: SemanticFilter | None = None
    trashed: bool | None = None
    offline: bool | None = None
    """True: no file of it is reachable now."""


ImageFilter.model_rebuild()
EVERYTHING = ImageFilter()
