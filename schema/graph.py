"""The graph: every node and edge as a frozen dataclass. The only currency between floors.

Units: degrees for coordinates (south and west negative), seconds for exposure, millimeters for focal lengths,
pixels for sizes *as stored in the file* (before orientation is applied), bytes for sizes. Unknown is `None`, never 0.
Boxes are `(x0, y0, x1, y1)` in 0..1 of the *upright* image.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from schema.filter.nodes import Emotion, Gender, ImageFilter, Origin

Box = tuple[float, float, float, float]


class Stage(StrEnum):
    """What is done to a file, in this order; each has its own visible state."""

    IDENTIFY = "identify"
    """Whole-file hash and file type."""
    METADATA = "metadata"
    PIXELS = "pixels"
    """One decode: thumbnails, perceptual hash, palette, placeholder."""
    ANALYSIS = "analysis"
    """Models. `StageRecord.detail` names the models and versions that ran."""


class StageState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Does not apply here, e.g. analysis with no runtime installed."""


@dataclass(frozen=True, slots=True)
class StageRecord:
    stage: Stage
    state: StageState
    reason: str = ""
    """One sentence, when failed or skipped."""
    detail: str = ""
    """Version of what ran; a stage is run again when it differs from the current one."""
    ms: float | None = None
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class AssetFile:
    """A file on disk. Several files with the same bytes belong to one image."""

    path: str
    """Absolute; bytes that are not UTF-8 are surrogate-escaped, as `os.fsdecode` gives them."""
    root: str
    """The configured location it was found under."""
    file_size: int
    mtime_ns: int
    inode: int
    device: int
    content_hash: str = ""
    """blake3 of the whole file, hex; empty until identified."""
    present: bool = True
    """False: vanished or its root is offline."""
    id: int = 0
    image_id: int | None = None
    stages: tuple[StageRecord, ...] = ()


class TagKind(StrEnum):
    CONCEPT = "concept"
    """A WordNet synset; `Tag.name` is the synset name."""
    KEYWORD = "keyword"
    """From IPTC/XMP."""
    WORD = "word"
    """From path parts, extension, year, camera, software."""
    USER = "user"


@dataclass(frozen=True, slots=True)
class TagEdge:
    """image -> tag. One edge per (tag, origin, model); several boxes of one tag are one edge."""

    tag: str
    """Synset name for concepts, else the label as shown."""
    kind: TagKind
    score: float = 1.0
    origin: Origin = Origin.MODEL
    model: str = ""
    version: str = ""
    boxes: tuple[Box, ...] = ()
    box_scores: tuple[float, ...] = ()
    count: int = 1
    """How many separate instances were found."""
    colors: tuple[str, ...] = ()
    """Colors of the boxes, #rrggbb, most of it first."""
    made: datetime | None = None
    """UTC, naive: when the model, rule or reader said so."""


@dataclass(frozen=True, slots=True)
class Face:
    """A detection. `person_id` is the identity, when known."""

    box: Box
    score: float
    landmarks: tuple[tuple[float, float], ...] = ()
    """Five points: right eye, left eye, nose, right and left mouth corner; x, y in 0..1 upright."""
    age: float | None = None
    gender: Gender | None = None
    gender_score: float | None = None
    emotion: Emotion | None = None
    emotion_score: float | None = None
    embedding: bytes = b""
    """float32, L2-normalized."""
    embedding_model: str = ""
    """`model@version` that the embedding is of; only those of one model are comparable."""
    person_id: int | None = None
    person_origin: Origin = Origin.MODEL
    model: str = ""
    version: str = ""
    made: datetime | None = None
    """UTC, naive."""
    id: int = 0
    image_id: int = 0


@dataclass(frozen=True, slots=True)
class TextLine:
    text: str
    score: float
    box: Box
    model: str = ""
    version: str = ""
    made: datetime | None = None
    """UTC, naive."""


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    """Empty while unnamed."""
    id: int = 0
    hidden: bool = False
    cover_face_id: int | None = None
    birthday: str | None = None
    """ISO date."""


class PlaceLevel(StrEnum):
    CONTINENT = "continent"
    COUNTRY = "country"
    REGION = "region"
    CITY = "city"


@dataclass(frozen=True, slots=True)
class Place:
    """A node of the gazetteer. Keys: `continent:EU`, `country:HR`, `region:HR.18`, `geo:3191648` (a city)."""

    key: str
    level: PlaceLevel
    name: str
    parent: str | None
    lat: float
    lon: float
    country: str = ""
    """ISO 3166 alpha-2."""
    population: int = 0


@dataclass(frozen=True, slots=True)
class PaletteColor:
    hex: str
    share: float
    """0..1 of the picture; shares of a palette sum to 1."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture: what the files hold, what was understood, and what people said of it.

    `taken` is the naive local wall-clock time of the camera; `taken_offset` its minutes east of UTC, when written.
    """

    content_hash: str
    name: str
    """Name of the primary file, for showing: invalid bytes replaced, no control characters."""
    format: str
    """jpeg png webp avif heic tiff gif raw jxl."""
    file_size: int
    width: int | None = None
    height: int | None = None
    orientation: int = 1
    """EXIF 1..8. Upright size swaps width and height for 5..8."""
    taken: datetime | None = None
    taken_offset: int | None = None
    taken_source: str = ""
    """The field the date was read from, e.g. `exif.DateTimeOriginal`."""
    make: str = ""
    model: str = ""
    lens: str = ""
    software: str = ""
    iso: float | None = None
    aperture: float | None = None
    exposure: float | None = None
    focal: float | None = None
    focal35: float | None = None
    flash: bool | None = None
    lat: float | None = None
    lon: float | None = None
    altitude: float | None = None
    place: str | None = None
    """Key of the most exact known place (city, else country)."""
    near_city: str | None = None
    """Key of the nearest city over 100,000 within reach, for grouping."""
    place_origin: Origin = Origin.METADATA
    title: str = ""
    caption: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    """Every other readable field, for showing."""
    conditions: tuple[str, ...] = ()
    lens_words: tuple[str, ...] = ()
    size_word: str = ""
    phash: int | None = None
    """64-bit perceptual hash, unsigned."""
    palette: tuple[PaletteColor, ...] = ()
    """Up to 16, largest share first."""
    thumbhash: bytes = b""
    embedding: bytes = b""
    """float16, L2-normalized, of the model named in `embedding_model`."""
    embedding_model: str = ""
    meaning: bytes = b""
    """float16, L2-normalized, in the space of the texts that `meaning_model` embeds."""
    meaning_model: str = ""
    sharpness: float | None = None
    """0..1 of the sharpest parts, see `ingest.quality`; likewise the next two."""
    brightness: float | None = None
    contrast: float | None = None
    nsfw: float | None = None
    rating: int | None = None
    """1..5; from metadata until a person sets it."""
    favorite: bool = False
    trashed: datetime | None = None
    added: datetime | None = None
    """UTC, naive."""
    media_version: int = 0
    """`schema.media.media_version` once the thumbnails are made, 0 before."""
    duplicate_of: int | None = None
    """The best of the same pictures, where it is not this one."""
    burst_of: int | None = None
    """The best of the shots taken in one go, where it is not this one."""
    id: int = 0
    """32-bit, given by the store, never reused."""
    files: tuple[AssetFile, ...] = ()
    tags: tuple[TagEdge, ...] = ()
    faces: tuple[Face, ...] = ()
    texts: tuple[TextLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Album:
    """Manual (`filter` None: members by hand) or smart (`filter` says what is in it). May lie in another album."""

    name: str
    id: int = 0
    parent_id: int | None = None
    filter: ImageFilter | None = None
    cover_image_id: int | None = None


class NodeKind(StrEnum):
    IMAGE = "image"
    FILE = "file"
    PERSON = "person"
    ALBUM = "album"
    PLACE = "place"
    EDIT = "edit"
    """A person changed very many images at once; each of them may be another now."""


class Op(StrEnum):
    UPSERT = "upsert"
    DELETE = "delete"
    """A tombstone; kept for ever, so that a reader of any age learns of it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One step of the change feed. Only the newest change of a node is kept."""

    seq: int
    kind: NodeKind
    id: int | str
    """int for all but places, whose key it is."""
    op: Op
