"""What a card's `[decoder]` table may say: one model per way of reading outputs. Thresholds live here too."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

Unit = Annotated[float, Field(ge=0, le=1)]


class DecoderSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    tasks: ClassVar[tuple[str, ...]] = ()
    named: ClassVar[tuple[str, ...]] = ("output",)
    """Fields that name outputs of the model; '' is the first one."""

    def outputs(self) -> tuple[str, ...]:
        """Outputs that the model must have."""
        said = (getattr(self, field, "") for field in self.named)
        return tuple(name for value in said for name in ((value,) if isinstance(value, str) else value) if name)


class Classes(DecoderSettings):
    """Scores over exclusive classes: `scores` (n, classes), optionally `features` (n, d) for similarity."""

    tasks: ClassVar = ("classify",)
    named: ClassVar = ("scores", "features")
    kind: Literal["classes"]
    scores: str = ""
    """Output name; empty: the first output."""
    activation: Literal["softmax", "none"] = "softmax"
    features: str = ""
    leaf: Unit = 0.1
    """A class is told from this probability on."""
    broader: Unit = 0.5
    """The deepest WordNet terms are told whose classes together reach this probability."""
    min_depth: Annotated[int, Field(ge=0)] = 6
    """Terms nearer to WordNet's root say too little."""


class CenterNet(DecoderSettings):
    """`heat` (n, h, w, classes): scores at local maxima, 0 elsewhere; `ltrb` (n, h, w, 4): distances to the sides."""

    tasks: ClassVar = ("detect",)
    named: ClassVar = ("heat", "ltrb")
    kind: Literal["centernet"]
    heat: str = "heat"
    ltrb: str = "ltrb"
    stride: int = 4
    score: Unit = 0.3
    nms: Unit = 0.5
    limit: Annotated[int, Field(ge=1)] = 100


class NanoDet(DecoderSettings):
    """Per stride: class scores (n, cells, classes) and box sides (n, cells, 4 x bins) as distributions."""

    tasks: ClassVar = ("detect",)
    named: ClassVar = ("scores", "boxes")
    kind: Literal["nanodet"]
    scores: tuple[str, ...]
    boxes: tuple[str, ...]
    strides: tuple[int, ...] = (8, 16, 32)
    bins: int = 11
    score: Unit = 0.35
    nms: Unit = 0.6
    limit: Annotated[int, Field(ge=1)] = 100


class YuNet(DecoderSettings):
    """Outputs cls, obj, bbox and kps per stride, named `cls_8` and so on."""

    tasks: ClassVar = ("face-detect",)
    kind: Literal["yunet"]
    strides: tuple[int, ...] = (8, 16, 32)
    score: Unit = 0.7
    nms: Unit = 0.3
    limit: Annotated[int, Field(ge=1)] = 500

    def outputs(self) -> tuple[str, ...]:
        return tuple(f"{part}_{stride}" for part in ("cls", "obj", "bbox", "kps") for stride in self.strides)


class Identity(DecoderSettings):
    """A vector per face cut out along its five landmarks onto the ArcFace template."""

    tasks: ClassVar = ("face-embed",)
    kind: Literal["identity"]
    min_pixels: Annotated[int, Field(ge=1)] = 45
    """Faces with a shorter side say nothing certain."""
    output: str = ""


class AgeGender(DecoderSettings):
    """`age` (n, bins) probabilities of 1 year each from `first_age`; `gender` (n, 1) probability of male."""

    tasks: ClassVar = ("face-attributes",)
    named: ClassVar = ("age", "gender")
    kind: Literal["age-gender"]
    age: str = "age"
    gender: str = "gender"
    first_age: float = 0.0
    margin: Annotated[float, Field(gt=0)] = 1.0
    """Side of the square cut out, in units of the face box's longer side."""
    min_pixels: Annotated[int, Field(ge=1)] = 32
    gender_score: Unit = 0.6


class Emotions(DecoderSettings):
    """Probabilities (n, 7) in the order of `names`; a name is told from its own threshold on."""

    tasks: ClassVar = ("emotion",)
    kind: Literal["emotions"]
    names: tuple[str, ...]
    thresholds: tuple[Unit, ...]
    margin: Annotated[float, Field(gt=0)] = 1.1
    min_pixels: Annotated[int, Field(ge=1)] = 32
    output: str = ""


class Unsafe(DecoderSettings):
    """Probabilities (n, classes); the sum over `unsafe` is the NSFW score."""

    tasks: ClassVar = ("nsfw",)
    kind: Literal["unsafe"]
    unsafe: tuple[int, ...] = (1,)
    activation: Literal["softmax", "none"] = "none"
    output: str = ""


class Vector(DecoderSettings):
    """One vector (n, d) per picture, L2-normalized after."""

    tasks: ClassVar = ("image-embed",)
    kind: Literal["vector"]
    output: str = ""


class TextMap(DecoderSettings):
    """A map (n, 1, h, w) of how likely each pixel lies in the middle of a line of text (Liao et al. 2020,
    "Real-time scene text detection with differentiable binarization")."""

    tasks: ClassVar = ("text-detect",)
    kind: Literal["text-map"]
    output: str = ""
    threshold: Unit = 0.3
    score: Unit = 0.5
    """Mean over the line, from which on it is one."""
    unclip: Annotated[float, Field(gt=0)] = 1.6
    """The map shows lines shrunk; they are grown by area * unclip / perimeter."""
    min_side: Annotated[float, Field(gt=0)] = 3.0
    limit: Annotated[int, Field(ge=1)] = 200


class Characters(DecoderSettings):
    """Per step along a line (n, steps, characters) probabilities, the first character being none (CTC, Graves 2006)."""

    tasks: ClassVar = ("ocr",)
    kind: Literal["characters"]
    output: str = ""
    characters: str = "character"
    """Key of the model file's own metadata that holds all characters, one a line; a space is added behind them."""
    score: Unit = 0.8
    """Mean over the characters of a line, from which on it is believed."""
    shortest: Annotated[int, Field(ge=1)] = 2


class Sentences(DecoderSettings):
    """Vectors of texts: (n, d), or (n, tokens, d) of which the mean or the first counts. L2-normalized after."""

    tasks: ClassVar = ("text-embed",)
    kind: Literal["sentences"]
    output: str = ""
    pool: Literal["mean", "first", "none"] = "none"
    tokens: Annotated[int, Field(ge=4, le=4096)] = 64
    """Longer texts are cut."""
    fill: bool = False
    """Every text is filled up to `tokens`, as CLIP's and SigLIP's text towers want it."""
    fill_token: str = ""
    """With which token; empty: with the number 0."""
    prompt: str = "{}"
    """What stands around the words asked for, e.g. `a photo of {}`."""
    cutoff: Annotated[float | None, Field(ge=-1, le=1)] = None
    """The cosine from which a picture means a text. None: worked out anew for every text, see `inference.meaning`."""


Decoder = (
    Classes
    | CenterNet
    | NanoDet
    | YuNet
    | Identity
    | AgeGender
    | Emotions
    | Unsafe
    | Vector
    | TextMap
    | Characters
    | Sentences
)
