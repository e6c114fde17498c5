"""`Analyzer`: pictures in, analyses out; every model runs in batches across pictures and across faces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self, TypeVar

import numpy as np

from inference import tasks
from inference.box_colors import box_colors
from inference.cards import Card, Task, chosen, load_cards
from inference.decoders.classify import ClassTerms, Taxonomy
from inference.decoders.detect import Detections
from inference.decoders.faces import FaceBoxes, shorter_side
from inference.decoders.settings import AgeGender, Classes, Emotions, Identity
from inference.model import Model
from inference.preprocess import Floats, Picture, Pyramid
from inference.tags import Sighting, tag_edges
from schema.errors import BadConfig, PiGalleryError
from schema.filter.nodes import Emotion, Gender
from schema.graph import Face, TagEdge, TextLine
from schema.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the models saw in one picture."""

    tags: tuple[TagEdge, ...] = ()
    faces: tuple[Face, ...] = ()
    embedding: bytes = b""
    """float16, L2-normalized; b'' without a model that gives one."""
    embedding_model: str = ""
    nsfw: float | None = None
    texts: tuple[TextLine, ...] = ()


@dataclass
class _Seen:
    """A face on its way through the models."""

    cut: tasks.FaceCut
    score: float
    age: float | None = None
    gender: Gender | None = None
    gender_score: float | None = None
    emotion: Emotion | None = None
    emotion_score: float | None = None
    embedding: bytes = b""

    @property
    def side(self) -> float:
        return shorter_side(self.cut.pyramid, self.cut.box)


@dataclass
class _Look:
    """A picture on its way through the models."""

    pyramid: Pyramid
    sightings: list[Sighting] = field(default_factory=list)
    faces: list[_Seen] = field(default_factory=list)
    embedding: bytes = b""
    embedding_model: str = ""
    nsfw: float | None = None
    error: PiGalleryError | None = None


class Analyzer:
    """All chosen models, loaded. Safe to call from several threads; the sessions are the whole process's."""

    def __init__(self, models: Mapping[Task, Model], taxonomy: Taxonomy) -> None:
        self._models = dict(models)
        self._terms: ClassTerms | None = None
        if (model := models.get(Task.CLASSIFY)) is not None:
            self._terms = ClassTerms(model.labels, taxonomy, tasks.decoding(model, Classes))

    @classmethod
    def open(cls, settings: Settings, lexicon: Taxonomy) -> Self:
        """The models that the settings choose: those named, else the default ones that have been fetched.

        Raises `BadConfig` when ONNX Runtime is missing, a named model lacks, nothing was fetched, or models is none.
        """
        cards = chosen(load_cards(settings), settings)
        if not cards:
            raise BadConfig("Pictures are not analyzed because the models are set to none; unset that to analyze them.")
        if settings.models is None:
            cards = [card for card in cards if (settings.weights / card.file_name).is_file()]
            if not cards:
                raise BadConfig("No model has been fetched, so pictures are not analyzed; run: pigallery models fetch")
        by_task: dict[Task, Card] = {}
        for card in cards:
            if (other := by_task.setdefault(card.task, card)) is not card:
                raise BadConfig(f"Models {other.name} and {card.name} both do {card.task.value}: choose one of them.")
        return cls({task: Model.open(card, settings) for task, card in by_task.items()}, lexicon)

    @property
    def versions(self) -> dict[str, str]:
        """Task -> `model@version`."""
        return {task.value: f"{model.name}@{model.version}" for task, model in sorted(self._models.items())}

    @property
    def detail(self) -> str:
        """All models and versions in one line; a picture is analyzed again when this is not what it says of itself."""
        return " ".join(sorted(self.versions.values()))

    @property
    def device(self) -> str:
        """`cuda` when every model runs there, else `cpu`."""
        devices = {model.session.device for model in self._models.values()}
        return "cuda" if devices == {"cuda"} else "cpu"

    def warm_up(self) -> None:
        """Runs the models once, so that the first picture does not wait for what they set up."""
        self.analyze([np.zeros((64, 64, 3), np.uint8)])

    def analyze(self, pictures: Sequence[Picture]) -> list[Analysis | PiGalleryError]:
        """One result per picture, in order: its analysis, or the error of a picture that broke a model, alone.

        Pictures are uint8 (h, w, 3) RGB, upright, of any size; more than 2000 pixels a side brings nothing.
        """
        results: list[_Look | PiGalleryError] = []
        for picture in pictures:
            try:
                results.append(_Look(Pyramid(picture)))
            except PiGalleryError as error:
                results.append(error)
        looks = [result for result in results if isinstance(result, _Look)]
        for step in (self._classify, self._detect, self._find_faces, self._know_faces, self._judge, self._embed):
            step([look for look in looks if look.error is None])
        return [
            result if isinstance(result, PiGalleryError) else result.error or self._analysis(result)
            for result in results
        ]

    def _each(
        self,
        task: Task,
        looks: Sequence[_Look],
        ask: Callable[[Model, Sequence[Pyramid]], list[T | PiGalleryError]],
        keep: Callable[[Model, _Look, T], None],
    ) -> None:
        """Asks the task's model, if there is one, about all pictures and keeps each answer or error in its look."""
        model = self._models.get(task)
        if model is None or not looks:
            return
        for look, answer in zip(looks, ask(model, [look.pyramid for look in looks]), strict=True):
            if isinstance(answer, PiGalleryError):
                look.error = answer
            else:
                keep(model, look, answer)

    def _classify(self, looks: Sequence[_Look]) -> None:
        def keep(model: Model, look: _Look, answer: tasks.Classified) -> None:
            assert self._terms is not None
            told = self._terms.tell(answer.probabilities)
            look.sightings += [Sighting(synset, score, model.name, model.version) for synset, score in told.items()]
            if answer.vector is not None:
                look.embedding = answer.vector.astype("<f2").tobytes()
                look.embedding_model = f"{model.name}@{model.version}"

        self._each(Task.CLASSIFY, looks, tasks.classify, keep)

    def _detect(self, looks: Sequence[_Look]) -> None:
        def keep(model: Model, look: _Look, answer: Detections) -> None:
            for box, score, index in zip(answer.boxes, answer.scores, answer.classes, strict=True):
                x0, y0, x1, y1 = map(float, box)
                sighting = Sighting(
                    model.labels[index].synset, float(score), model.name, model.version,
                    box=(x0, y0, x1, y1), colors=box_colors(look.pyramid, box),
                )  # fmt: skip
                look.sightings.append(sighting)

        self._each(Task.DETECT, looks, tasks.detect, keep)

    def _find_faces(self, looks: Sequence[_Look]) -> None:
        def keep(_: Model, look: _Look, found: FaceBoxes) -> None:
            look.faces = [
                _Seen(tasks.FaceCut(look.pyramid, box, landmarks), float(score))
                for box, landmarks, score in zip(found.boxes, found.landmarks, found.scores, strict=True)
            ]

        self._each(Task.FACE_DETECT, looks, tasks.find_faces, keep)

    def _know_faces(self, looks: Sequence[_Look]) -> None:
        """A face that one of these models cannot digest is kept without its answer."""
        faces = [face for look in looks for face in look.faces]
        if (model := self._models.get(Task.FACE_EMBED)) is not None:
            some = [face for face in faces if face.side >= tasks.decoding(model, Identity).min_pixels]
            for face, vector in zip(some, tasks.identify(model, [face.cut for face in some]), strict=True):
                if not isinstance(vector, PiGalleryError):
                    face.embedding = vector.astype("<f4").tobytes()
        if (model := self._models.get(Task.FACE_ATTRIBUTES)) is not None:
            some = [face for face in faces if face.side >= tasks.decoding(model, AgeGender).min_pixels]
            for face, known in zip(some, tasks.know_age(model, [face.cut for face in some]), strict=True):
                if not isinstance(known, PiGalleryError):
                    face.age = round(known.age, 1)
                    face.gender = known.gender
                    face.gender_score = known.gender_score if known.gender else None
        if (model := self._models.get(Task.EMOTION)) is not None:
            some = [face for face in faces if face.side >= tasks.decoding(model, Emotions).min_pixels]
            for face, felt in zip(some, tasks.know_emotion(model, [face.cut for face in some]), strict=True):
                if not isinstance(felt, PiGalleryError) and felt[0] is not None:
                    face.emotion, face.emotion_score = felt

    def _judge(self, looks: Sequence[_Look]) -> None:
        def keep(_: Model, look: _Look, score: float) -> None:
            look.nsfw = score

        self._each(Task.NSFW, looks, tasks.judge, keep)

    def _embed(self, looks: Sequence[_Look]) -> None:
        def keep(model: Model, look: _Look, vector: Floats) -> None:
            look.embedding = vector.astype("<f2").tobytes()
            look.embedding_model = f"{model.name}@{model.version}"

        self._each(Task.IMAGE_EMBED, looks, tasks.embed, keep)

    def _analysis(self, look: _Look) -> Analysis:
        return Analysis(
            tags=tag_edges(look.sightings),
            faces=tuple(self._face(face) for face in look.faces),
            embedding=look.embedding,
            embedding_model=look.embedding_model,
            nsfw=look.nsfw,
        )

    def _face(self, face: _Seen) -> Face:
        detector = self._models[Task.FACE_DETECT]
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
            model=detector.name,
            version=detector.version,
        )
