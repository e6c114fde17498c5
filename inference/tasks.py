"""What each kind of model is asked, one function per task: many pictures in, one typed answer or error for each.

All of them run their model in batches over everything they are given: pictures of a batch, faces of all its pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from inference.decoders import attributes
from inference.decoders.classify import probabilities
from inference.decoders.detect import Detections, centernet, nanodet
from inference.decoders.faces import FaceBoxes, aligned, square, yunet
from inference.decoders.settings import (
    AgeGender,
    CenterNet,
    Characters,
    Classes,
    DecoderSettings,
    Emotions,
    Identity,
    NanoDet,
    TextMap,
    Unsafe,
    Vector,
    YuNet,
)
from inference.decoders.texts import LineBoxes, characters, line_cut, text_map
from inference.model import Model, Row
from inference.preprocess import Floats, Picture, Pyramid, view
from schema.errors import BadConfig, PiGalleryError
from schema.filter.nodes import Emotion, Gender

S = TypeVar("S", bound=DecoderSettings)


@dataclass(frozen=True, slots=True)
class Classified:
    probabilities: Floats
    """(classes,), sums to 1."""
    vector: Floats | None
    """Features; L2-normalized in an answer."""


@dataclass(frozen=True, slots=True)
class FaceCut:
    """A face to look at closer."""

    pyramid: Pyramid
    box: Floats
    landmarks: Floats


@dataclass(frozen=True, slots=True)
class AgeAndGender:
    age: float
    gender: Gender | None
    gender_score: float


def decoding(model: Model, kind: type[S]) -> S:
    """The card's decoder settings as the type that its task has."""
    if not isinstance(model.card.decoder, kind):
        raise BadConfig(f"Model card {model.name}: decoder {model.card.decoder.kind!r} does not do this task.")
    return model.card.decoder


def unit(vector: Floats) -> Floats:
    """L2-normalized; a zero vector stays zero."""
    length = float(np.linalg.norm(vector))
    return (vector / length if length > 0 else vector).astype(np.float32)


def classify(model: Model, pyramids: Sequence[Pyramid]) -> list[Classified | PiGalleryError]:
    """Means over the views."""
    settings = decoding(model, Classes)

    def decode(row: Row) -> Classified:
        vector = row[settings.features].ravel().copy() if settings.features else None
        return Classified(probabilities(attributes.only(row, settings.scores).ravel(), settings), vector)

    def merge(views: Sequence[Classified]) -> Classified | PiGalleryError:
        mean = np.mean([view.probabilities for view in views], axis=0)
        if len(mean) != len(model.labels):
            return BadConfig(f"Model {model.name} does not have the classes its label map names: fix its card.")
        vectors = [view.vector for view in views if view.vector is not None]
        return Classified(mean, unit(np.mean(vectors, axis=0)) if vectors else None)

    return model.read_views(pyramids, decode, merge)


def detect(model: Model, pyramids: Sequence[Pyramid], score: float | None = None) -> list[Detections | PiGalleryError]:
    """`score` overrides the card's threshold."""
    settings = model.card.decoder
    views = [view(pyramid, model.card.input, model.card.input.views[0]) for pyramid in pyramids]

    def decode(index: int, row: Row) -> Detections | PiGalleryError:
        picture, placement = views[index]
        if isinstance(settings, CenterNet):
            found = centernet(row, settings, placement, score)
        else:
            found = nanodet(row, decoding(model, NanoDet), placement, picture.shape[1], score)
        if found.classes.max(initial=-1) >= len(model.labels):
            return BadConfig(f"Model {model.name} does not have the classes its label map names: fix its card.")
        return found

    return model.read([picture for picture, _ in views], decode)


def find_faces(model: Model, pyramids: Sequence[Pyramid]) -> list[FaceBoxes | PiGalleryError]:
    settings = decoding(model, YuNet)
    views = [view(pyramid, model.card.input, model.card.input.views[0]) for pyramid in pyramids]
    return model.read(
        [picture for picture, _ in views],
        lambda index, row: yunet(row, settings, views[index][1], views[index][0].shape[1]),
    )


def identify(model: Model, faces: Sequence[FaceCut]) -> list[Floats | PiGalleryError]:
    """L2-normalized vectors, float32."""
    settings = decoding(model, Identity)
    cuts = [aligned(face.pyramid, face.landmarks, model.card.input.width) for face in faces]
    return model.read(cuts, lambda _, row: unit(attributes.only(row, settings.output).ravel()))


def know_age(model: Model, faces: Sequence[FaceCut]) -> list[AgeAndGender | PiGalleryError]:
    settings = decoding(model, AgeGender)
    cuts = _squares(model, faces, settings.margin)
    return model.read(
        cuts, lambda _, row: AgeAndGender(attributes.age(row, settings), *attributes.gender(row, settings))
    )


def know_emotion(model: Model, faces: Sequence[FaceCut]) -> list[tuple[Emotion | None, float] | PiGalleryError]:
    settings = decoding(model, Emotions)
    return model.read(_squares(model, faces, settings.margin), lambda _, row: attributes.emotion(row, settings))


def _squares(model: Model, faces: Sequence[FaceCut], margin: float) -> list[Picture]:
    shape = model.card.input
    return [square(face.pyramid, face.box, margin, shape.width, shape.height) for face in faces]


def judge(model: Model, pyramids: Sequence[Pyramid]) -> list[float | PiGalleryError]:
    """NSFW scores, 0..1; the worst of the views."""
    settings = decoding(model, Unsafe)
    return model.read_views(pyramids, lambda row: attributes.unsafe(row, settings), max)


def embed(model: Model, pyramids: Sequence[Pyramid]) -> list[Floats | PiGalleryError]:
    """L2-normalized vectors, float32; the mean of the views."""
    settings = decoding(model, Vector)
    return model.read_views(
        pyramids,
        lambda row: unit(attributes.only(row, settings.output).ravel()),
        lambda views: unit(np.mean(views, axis=0)),
    )


def find_lines(model: Model, pyramids: Sequence[Pyramid]) -> list[LineBoxes | PiGalleryError]:
    settings = decoding(model, TextMap)
    views = [view(pyramid, model.card.input, model.card.input.views[0]) for pyramid in pyramids]
    return model.read([picture for picture, _ in views], lambda index, row: text_map(row, settings, views[index][1]))


@dataclass(frozen=True, slots=True)
class LineCut:
    """A line to be read."""

    pyramid: Pyramid
    corners: Floats


def read_lines(model: Model, lines: Sequence[LineCut]) -> list[tuple[str, float] | PiGalleryError | None]:
    """What each line says and how surely; None when that is not to be believed."""
    settings, shape = decoding(model, Characters), model.card.input
    alphabet = [*model.session.metadata.get(settings.characters, "").split("\n"), " "]
    cuts = [line_cut(line.pyramid, line.corners, shape.height, shape.width) for line in lines]

    def decode(_: int, row: Row) -> tuple[str, float] | PiGalleryError | None:
        if attributes.only(row, settings.output).shape[-1] != len(alphabet) + 1:
            return BadConfig(f"Model {model.name} does not have the characters its file names: fix its card.")
        return characters(row, settings, alphabet)

    return model.read(cuts, decode)
