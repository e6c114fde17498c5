"""What each kind of model is asked, one function per task: many pictures in, one typed answer or error for each.

All of them run their model in batches over everything they are given: pictures of a batch, faces of all its pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    Classes,
    DecoderSettings,
    Emotions,
    Identity,
    NanoDet,
    Unsafe,
    Vector,
    YuNet,
)
from inference.model import Model, Row
from inference.preprocess import Floats, Pyramid, view
from schema.errors import BadConfig, PiGalleryError
from schema.filter.nodes import Emotion, Gender

T = TypeVar("T")
S = TypeVar("S", bound=DecoderSettings)


@dataclass(frozen=True, slots=True)
class Classified:
    probabilities: Floats
    """(classes,), mean of the views."""
    vector: Floats | None
    """Features, L2-normalized, mean of the views."""


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


def _each(
    rows: Sequence[Row | PiGalleryError], decode: Callable[[int, Row], T | PiGalleryError]
) -> list[T | PiGalleryError]:
    return [row if isinstance(row, PiGalleryError) else decode(index, row) for index, row in enumerate(rows)]


def classify(model: Model, pyramids: Sequence[Pyramid]) -> list[Classified | PiGalleryError]:
    settings = decoding(model, Classes)
    answers: list[Classified | PiGalleryError] = []
    for rows in model.views(pyramids):
        if isinstance(rows, PiGalleryError):
            answers.append(rows)
            continue
        mean = probabilities([attributes.only(row, settings.scores).ravel() for row in rows], settings)
        if len(mean) != len(model.labels):
            answers.append(
                BadConfig(f"Model {model.name} does not have the classes its label map names: fix its card.")
            )
            continue
        vector = unit(np.mean([row[settings.features].ravel() for row in rows], axis=0)) if settings.features else None
        answers.append(Classified(mean, vector))
    return answers


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

    return _each(model.rows([picture for picture, _ in views]), decode)


def find_faces(model: Model, pyramids: Sequence[Pyramid]) -> list[FaceBoxes | PiGalleryError]:
    settings = decoding(model, YuNet)
    views = [view(pyramid, model.card.input, model.card.input.views[0]) for pyramid in pyramids]
    rows = model.rows([picture for picture, _ in views])
    return _each(rows, lambda index, row: yunet(row, settings, views[index][1], views[index][0].shape[1]))


def identify(model: Model, faces: Sequence[FaceCut]) -> list[Floats | PiGalleryError]:
    """L2-normalized vectors, float32."""
    settings = decoding(model, Identity)
    cuts = [aligned(face.pyramid, face.landmarks, model.card.input.width) for face in faces]
    return _each(model.rows(cuts), lambda _, row: unit(attributes.only(row, settings.output).ravel()))


def know_age(model: Model, faces: Sequence[FaceCut]) -> list[AgeAndGender | PiGalleryError]:
    settings = decoding(model, AgeGender)
    shape = model.card.input
    cuts = [square(face.pyramid, face.box, settings.margin, shape.width, shape.height) for face in faces]
    return _each(
        model.rows(cuts),
        lambda _, row: AgeAndGender(attributes.age(row, settings), *attributes.gender(row, settings)),
    )


def know_emotion(model: Model, faces: Sequence[FaceCut]) -> list[tuple[Emotion | None, float] | PiGalleryError]:
    settings = decoding(model, Emotions)
    shape = model.card.input
    cuts = [square(face.pyramid, face.box, settings.margin, shape.width, shape.height) for face in faces]
    return _each(model.rows(cuts), lambda _, row: attributes.emotion(row, settings))


def judge(model: Model, pyramids: Sequence[Pyramid]) -> list[float | PiGalleryError]:
    """NSFW scores, 0..1; the worst of the views."""
    settings = decoding(model, Unsafe)
    return [
        rows if isinstance(rows, PiGalleryError) else max(attributes.unsafe(row, settings) for row in rows)
        for rows in model.views(pyramids)
    ]


def embed(model: Model, pyramids: Sequence[Pyramid]) -> list[Floats | PiGalleryError]:
    """L2-normalized vectors, float32; the mean of the views."""
    settings = decoding(model, Vector)
    return [
        rows if isinstance(rows, PiGalleryError)
        else unit(np.mean([attributes.only(row, settings.output).ravel() for row in rows], axis=0))
        for rows in model.views(pyramids)
    ]  # fmt: skip
