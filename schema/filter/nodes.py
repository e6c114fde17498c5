"""`ImageFilter`: the one question type, as frozen pydantic models.

All fields given in one filter object are ANDed; an empty filter matches every image. The JSON form
(`model_dump(by_alias=True, exclude_defaults=True, mode="json")`) and the GraphQL input are the same shape, in
camelCase.

References are strings. A *concept* is a synset name (`gown.n.01`) or a plain word (`gown`: every tag with that
label and every noun sense with that lemma). People, places, albums, shares and images are `person:12`, `geo:4164138`,
`country:HR`, `album:3`, `share:…`, `image:42`, or a name, compared as `schema.words.label_key` does. A name that
several bear means all of them together; one that nobody bears matches nothing.

What each part means, exactly, is `schema.filter.matching`: plain Python, the law that the read index is tested against.
Where `FactBatch` keeps a number in single precision, the bounds are rounded to single precision before they compare.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
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
    at_least: k different ones of a list. An empty list is no condition.

    `only` looks, for tags, at the edges that pass `min_score`, `origin`, `min_count` and `color`; for people, a face
    without identity is somebody else; for albums, at membership by hand.
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
    """Tags and synsets. Narrower terms count unless `narrower` is false.

    An image has a concept when ONE of its tag edges meets it together with everything below. A synset name means that
    synset; a word means tags of any other kind with that label (`label_key`) and concepts of all its noun senses.
    """

    narrower: bool = True
    min_score: Annotated[float, Field(ge=0, le=1)] = 0.0
    min_count: Annotated[int, Field(ge=1)] = 1
    """Each named concept appears at least this many times (separate boxes). Counts of several edges are not added
    up: two models may have found the same thing."""
    color: str | None = None
    """A color name or #rrggbb that the concept's own box must show, within `TAG_COLOR_DISTANCE`."""
    origin: tuple[Origin, ...] = ()
    """Only edges made by one of these; empty: by any."""


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

    An empty FaceFilter with a count counts faces ("exactly two people"). A face without the value asked for does not
    meet the condition.
    """

    person: tuple[str, ...] = ()
    """One of these."""
    named: bool | None = None
    """Belongs to a person with a name."""
    age: Range | None = None
    gender: Gender | None = None
    emotion: tuple[Emotion, ...] = ()
    min_score: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Faces detected with less are not seen at all, by `count` and `every` neither."""
    count: Range | None = None
    """How many faces meet them; `max: 0` is none."""
    every: bool = False
    """Every face of the image meets them (and there is at least one face)."""


class Near(FilterNode):
    """Within `km` of a point, or of a place's center (the most populous one of that name)."""

    lat: Annotated[float | None, Field(ge=-90, le=90)] = None
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None
    place: str | None = None
    km: Annotated[float, Field(gt=0, le=20040)]


class Box(FilterNode):
    """A box of coordinates in degrees, edges included; `west > east` crosses the antimeridian."""

    south: Annotated[float, Field(ge=-90, le=90)]
    west: Annotated[float, Field(ge=-180, le=180)]
    north: Annotated[float, Field(ge=-90, le=90)]
    east: Annotated[float, Field(ge=-180, le=180)]


class PlaceFilter(FilterNode):
    """Where the picture was taken. `within` (one of them) and `none` take places of any level: a picture is within its
    own place, everything that lies around it, and the large city it is grouped under (`near_city`)."""

    within: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    near: Near | None = None
    box: Box | None = None
    polygon: tuple[tuple[float, float], ...] = ()
    """Corners as (lat, lon) in degrees, at least three, not self-crossing; edges take the short way round, the
    outline is inside. See `schema.filter.geometry.area` for outlines round a pole."""
    known: bool | None = None
    """Has coordinates or a place."""


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
    """Relative to now: from `n` units ago until before `until` units ago (0 = now), to the second. Months and years
    are those of the calendar; 31 March less a month is the last day of February."""

    n: Annotated[int, Field(ge=1, le=10000)]
    unit: Unit
    until: Annotated[int, Field(ge=0)] = 0


class ThisDay(FilterNode):
    """The same calendar day (today when not given) in any year, `window` days around it, over New Year too.
    29 February falls on the 28th in common years."""

    month: Annotated[int | None, Field(ge=1, le=12)] = None
    day: Annotated[int | None, Field(ge=1, le=31)] = None
    window: Annotated[int, Field(ge=0, le=183)] = 0
    past_only: bool = True
    """Leave out this year's day (with the window around it) and later ones."""


class Hours(FilterNode):
    """Local hours of the day, from <= hour < to; `from > to` runs over midnight."""

    from_: Annotated[int, Field(ge=0, le=24, alias="from")]
    to: Annotated[int, Field(ge=0, le=24)]


def _written_date(value: object) -> object:
    """Only what is written as a date: pydantic would read plain numbers as seconds since 1970."""
    if isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}", value):
        return datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value
    raise ValueError("not a date")


Moment = Annotated[datetime, BeforeValidator(_written_date)]
"""ISO 8601, a day or a time of day: `2019-08-15`, `2019-08-15T18:30:00`."""


class TimeFilter(FilterNode):
    """When, by the picture's own local time. `from` is inclusive, `to` exclusive; zone offsets are ignored.

    An image without a date meets nothing here but `known: false`. "Now" is the server's local time for `taken`, and
    UTC for `added`, which is kept in UTC.
    """

    from_: Annotated[Moment | None, Field(alias="from")] = None
    to: Moment | None = None
    years: tuple[int, ...] = ()
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()
    days: tuple[Annotated[int, Field(ge=1, le=31)], ...] = ()
    """Of the month."""
    weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = ()
    """ISO: 1 is Monday."""
    hours: Hours | None = None
    seasons: tuple[Season, ...] = ()
    this_day: ThisDay | None = None
    ago: Ago | None = None
    known: bool | None = None


class CameraFilter(FilterNode):
    """Camera facts; texts match whole words in order, without case or accents (`sony` finds `SONY ILCE-7`), one of
    those listed being enough."""

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
    """Whether it fired; an image that does not say meets neither."""
    known: bool | None = None
    """Names its make or model."""


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
    """Palette colors within CIEDE2000 `distance` of `near` (at least one), which together cover at least `min_share` of
    the picture. All are compared as one of 65,536 shades (`schema.color.shades`)."""

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
    """Free text, without case, accents and punctuation (`schema.words`). `fields` empty means all of them.

    Every word of `words` is a whole word somewhere in the fields, not necessarily in the same one; `beach*` is any word
    that begins so. The words of `phrase` stand together, in order, in one field value. KEYWORDS are the labels of
    keyword and user tags, PATH the paths of the files; lines of OCR are one value.
    """

    words: str = ""
    phrase: str = ""
    fields: tuple[TextField, ...] = ()


class PathFilter(FilterNode):
    """Where the file lies: one path of the image meets all three, of each list one entry being enough.

    under: a folder and everything below; absolute and exact (`/photos/2019`), or folder names that follow each other
    anywhere (`2019/croatia`, without case).
    glob: pattern without case on the whole path, or on its end when it does not begin with `/`: `*` and `?` stay within
    a folder, `**` does not, `[abc]` is one of these.
    name: part of the file name, without case and accents.
    """

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


SIMILAR_DISTANCE = {SimilarBy.LOOK: 0.4, SimilarBy.HASH: 8.0, SimilarBy.FACES: 0.5, SimilarBy.DESCRIPTION: 0.7}
"""How far "similar" goes when the filter does not say. Eight bits of hash is a near-duplicate."""
SEMANTIC_IMAGE_SCORE = 0.6
TAG_COLOR_DISTANCE = 20.0


class SimilarFilter(FilterNode):
    """Similar to an image, which is itself part of the answer. LOOK: cosine distance of embeddings 0..2; HASH: Hamming
    distance 0..64; FACES: cosine distance of the nearest face pair; DESCRIPTION: 1 - weighted Jaccard of tags
    (sum of the smaller over sum of the larger of the best scores per tag, WORD tags left out).

    At most `distance` away, else `SIMILAR_DISTANCE`. Nothing is similar to an image that is not there, or that lacks
    what is compared; embeddings of different length are never similar.
    """

    to: str
    by: SimilarBy = SimilarBy.LOOK
    distance: Annotated[float | None, Field(ge=0, le=64)] = None


class SemanticFilter(FilterNode):
    """Meaning, by vectors that pictures and texts share: like this text and like this image, whichever is given, with a
    cosine of at least `min_score`; else of what the model holds for a match of that text, or `SEMANTIC_IMAGE_SCORE`."""

    text: str = ""
    image: str = ""
    min_score: Annotated[float | None, Field(ge=-1, le=1)] = None


class AlbumFilter(SetFilter):
    """Albums; `known` true: in any album by hand, false: in none (smart albums hold whatever they find).

    An album holds what was put into it, what its filter finds, and what the albums inside it hold.
    """

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
    """Has any tag made by a model or a user."""
    person: SetFilter | None = None
    """Identities of its faces."""
    face: FaceFilter | None = None
    place: PlaceFilter | None = None
    taken: TimeFilter | None = None
    added: TimeFilter | None = None
    camera: CameraFilter | None = None
    condition: SetFilter | None = None
    """bright outdoors indoors night dark long, and measured ones: blurry sharp dark overexposed faded."""
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
    """Has a duplicate of one of these kinds."""
    similar: SimilarFilter | None = None
    semantic: SemanticFilter | None = None
    trashed: bool | None = None
    offline: bool | None = None
    """True: no file of it is reachable now."""

    def describe(self) -> str:
        """The question in English; `schema.filter.describe` takes names for references."""
        from schema.filter.english import describe  # which is written in terms of these classes

        return describe(self)


ImageFilter.model_rebuild()
EVERYTHING = ImageFilter()
