"""What is known of a picture while the models look at it, and what they made of it in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from inference import tasks
from inference.cards import Task
from inference.decoders.faces import shorter_side
from inference.preprocess import Pyramid
from inference.tags import Sighting
from schema.errors import PiGalleryError
from schema.filter.nodes import Emotion, Gender
from schema.graph import Face, TagEdge, TextLine


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier runs left of a picture, of which only some tasks are to be run again."""

    tasks: frozenset[Task]
    """Those to run."""
    tags: tuple[TagEdge, ...] = ()
    faces: tuple[Face, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the models saw in one picture; fields of tasks that did not run are at their defaults."""

    tags: tuple[TagEdge, ...] = ()
    faces: tuple[Face, ...] = ()
    embedding: bytes = b""
    """float16, L2-normalized; b'' without a model that gives one."""
    embedding_model: str = ""
    meaning: bytes = b""
    """float16, L2-normalized, beside the texts of `meaning_model`."""
    meaning_model: str = ""
    nsfw: float | None = None
    texts: tuple[TextLine, ...] = ()
    tasks: frozenset[Task] = frozenset()
    """That ran."""


@dataclass
class SeenFace:
    """A face on its way through the models."""

    cut: tasks.FaceCut
    score: float
    age: float | None = None
    gender: Gender | None = None
    gender_score: float | None = None
    emotion: Emotion | None = None
    emotion_score: float | None = None
    embedding: bytes = b""
    embedding_model: str = ""
    model: str = ""
    version: str = ""
    made: datetime | None = None

    @property
    def side(self) -> float:
        return shorter_side(self.cut.pyramid, self.cut.box)


@dataclass
class Look:
    """A picture on its way through the models."""

    pyramid: Pyramid
    known: Known
    sightings: list[Sighting] = field(default_factory=list)
    faces: list[SeenFace] = field(default_factory=list)
    embedding: bytes = b""
    embedding_model: str = ""
    meaning: bytes = b""
    meaning_model: str = ""
    nsfw: float | None = None
    texts: tuple[TextLine, ...] = ()
    error: PiGalleryError | None = None


def seen_before(pyramid: Pyramid, face: Face) -> SeenFace:
    """A face that was found by an earlier run."""
    landmarks = np.array(face.landmarks, np.float32).reshape(-1, 2)
    return SeenFace(
        tasks.FaceCut(pyramid, np.array(face.box, np.float32), landmarks),
        face.score,
        age=face.age,
        gender=face.gender,
        gender_score=face.gender_score,
        emotion=face.emotion,
        emotion_score=face.emotion_score,
        embedding=face.embedding,
        embedding_model=face.embedding_model,
        model=face.model,
        version=face.version,
        made=face.made,
    )


def as_face(face: SeenFace, made: datetime) -> Face:
    x0, y0, x1, y1 = map(float, face.cut.box)
    return Face(
        box=(x0, y0, x1, y1),
        score=face.score,
        landmarks=tuple((float(x), float(y)) for x, y in face.cut.landmarks),
        age=face.age,
        gender=face.gender,
        gender_score=face.gender_score,
        emotion=face.emotion,
        emotion_score=face.emotion_score,
        embedding=face.embedding,
        embedding_model=face.embedding_model,
        model=face.model,
        version=face.version,
        made=face.made or made,
    )
