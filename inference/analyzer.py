"""`Analyzer`: pictures in, analyses out; every model runs in batches across pictures and across faces.

What one model does is a job, and jobs run side by side in a few lanes: while one model computes, pictures are cut and
scaled for the next. Two models with one core each are faster than one after the other with two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol, Self, TypeVar

import numpy as np

from inference import tasks
from inference.analysis import Analysis, Known, Look, SeenFace, as_face, seen_before
from inference.box_colors import box_colors
from inference.cards import Card, Task, chosen, load_cards
from inference.decoders.classify import ClassTerms, Taxonomy
from inference.decoders.detect import Detections
from inference.decoders.faces import FaceBoxes
from inference.decoders.settings import AgeGender, Classes, Emotions, Identity
from inference.decoders.texts import LineBoxes, bounds
from inference.meaning import TagMeanings, Words, face_words, spans
from inference.model import Model
from inference.preprocess import Floats, Picture, Pyramid
from inference.runtime import ModelFailed, lanes
from inference.tags import Sighting, tag_edges
from inference.text_tower import TextTower
from schema.errors import BadConfig, PiGalleryError
from schema.filter.nodes import Origin
from schema.graph import TagKind, TextLine
from schema.settings import Settings

T = TypeVar("T")
Names = Mapping[Task, frozenset[str]]


FACES = (Task.FACE_DETECT, Task.FACE_EMBED, Task.FACE_ATTRIBUTES, Task.EMOTION)
READ = (Task.TEXT_DETECT, Task.OCR)
PIECE = 4
"""Pictures of a batch that one job takes on a CPU, so that no lane is left with all the rest."""


class Lexicon(Taxonomy, Words, Protocol):
    """What is asked of the lexicon."""


class Analyzer:
    """All chosen models, loaded. Safe to call from several threads; the sessions are the whole process's."""

    def __init__(self, models: Mapping[Task, Model], lexicon: Lexicon, settings: Settings, rivals: Names) -> None:
        """`rivals`: for each task the names of all models there are cards for."""
        self._models = dict(models)
        self._rivals = rivals
        self._lanes = lanes(settings)
        self._terms: ClassTerms | None = None
        self._meanings: TagMeanings | None = None
        self._spans = False
        if (model := models.get(Task.CLASSIFY)) is not None:
            self._terms = ClassTerms(model.labels, lexicon, tasks.decoding(model, Classes))
        if (text := models.get(Task.TEXT_EMBED)) is not None:
            image = models.get(Task.IMAGE_EMBED)
            self._spans = spans(text.card, None if image is None else image.card)
            if not self._spans:
                self._meanings = TagMeanings(TextTower(text, settings), lexicon)

    @classmethod
    def open(cls, settings: Settings, lexicon: Lexicon) -> Self:
        """The models that the settings choose: those named, else the default ones that have been fetched.

        Raises `BadConfig` when ONNX Runtime is missing, a named model lacks, nothing was fetched, or models is none.
        """
        every = load_cards(settings)
        cards = chosen(every, settings)
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
        rivals = {task: frozenset(card.name for card in every.values() if card.task is task) for task in Task}
        return cls({task: Model.open(card, settings) for task, card in by_task.items()}, lexicon, settings, rivals)

    @property
    def versions(self) -> dict[Task, str]:
        """Task -> `model@version`."""
        return {task: f"{model.name}@{model.version}" for task, model in sorted(self._models.items())}

    @property
    def detail(self) -> str:
        """All models and versions in one line; what of it a picture does not say of itself is run again."""
        return " ".join(sorted(self.versions.values()))

    @property
    def device(self) -> str:
        """Where every model runs (`cuda`), else `cpu`."""
        devices = {model.session.device for model in self._models.values()}
        return devices.pop() if len(devices) == 1 else "cpu"

    @property
    def _on_gpu(self) -> bool:
        return all(model.session.on_gpu for model in self._models.values())

    def speaks_for(self, ran: frozenset[Task]) -> frozenset[str]:
        """Names of all models whose earlier answers these tasks replace, of others for the same tasks too."""
        return frozenset().union(*(self._rivals.get(task, frozenset()) for task in ran))

    def warm_up(self) -> None:
        """Runs the models once, so that the first picture does not wait for what they set up."""
        self.analyze([np.zeros((64, 64, 3), np.uint8)])

    def analyze(
        self, pictures: Sequence[Picture], known: Sequence[Known | None] = ()
    ) -> list[Analysis | PiGalleryError]:
        """One result per picture, in order: its analysis, or the error of a picture that broke a model, alone.

        Pictures are uint8 (h, w, 3) RGB, upright, of any size; more than 2000 pixels a side brings nothing. `known`,
        where given, says for each picture which tasks to run, and what is known of it (None: all, and nothing).
        """
        everything = Known(frozenset(self._models))
        results: list[Look | PiGalleryError] = []
        for index, picture in enumerate(pictures):
            before = known[index] if known else None
            try:
                results.append(Look(Pyramid(picture), before or everything))
            except PiGalleryError as error:
                results.append(error)
        looks = [result for result in results if isinstance(result, Look)]
        step = max(1, len(looks)) if self._on_gpu else PIECE
        pieces = [looks[at : at + step] for at in range(0, len(looks), step)]
        jobs = (self._detect, self._classify, self._people, self._judge, self._read, self._embed)
        with ThreadPoolExecutor(self._lanes, "models") as threads:
            running = [threads.submit(job, piece) for piece in pieces for job in jobs]
            for one in running:
                one.result()
        made = datetime.now(UTC).replace(tzinfo=None)
        answers: list[Analysis | PiGalleryError] = []
        for result in results:
            if isinstance(result, Look) and result.error is None:
                answers.append(self._analysis(result, made))
            else:
                answers.append(result if isinstance(result, PiGalleryError) else result.error or ModelFailed(""))
        return answers

    def _people(self, looks: Sequence[Look]) -> None:
        self._find_faces(looks)
        self._know_faces([look for look in looks if look.error is None])

    def _each(
        self,
        task: Task,
        looks: Sequence[Look],
        ask: Callable[[Model, Sequence[Pyramid]], list[T | PiGalleryError]],
        keep: Callable[[Model, Look, T], None],
        also: Sequence[Task] = (),
    ) -> None:
        """Asks the task's model, if there is one, about all pictures and keeps each answer or error in its look."""
        model = self._models.get(task)
        looks = [look for look in looks if look.known.tasks & {task, *also}]
        if model is None or not looks:
            return
        for look, answer in zip(looks, ask(model, [look.pyramid for look in looks]), strict=True):
            if isinstance(answer, PiGalleryError):
                look.error = answer
            else:
                keep(model, look, answer)

    def _classify(self, looks: Sequence[Look]) -> None:
        def keep(model: Model, look: Look, answer: tasks.Classified) -> None:
            assert self._terms is not None
            told = self._terms.tell(answer.probabilities)
            look.sightings += [Sighting(synset, score, model.name, model.version) for synset, score in told.items()]
            if answer.vector is not None:
                look.embedding = answer.vector.astype("<f2").tobytes()
                look.embedding_model = f"{model.name}@{model.version}"

        self._each(Task.CLASSIFY, looks, tasks.classify, keep)

    def _detect(self, looks: Sequence[Look]) -> None:
        def keep(model: Model, look: Look, answer: Detections) -> None:
            for box, score, index in zip(answer.boxes, answer.scores, answer.classes, strict=True):
                x0, y0, x1, y1 = map(float, box)
                sighting = Sighting(
                    model.labels[index].synset, float(score), model.name, model.version,
                    box=(x0, y0, x1, y1), colors=box_colors(look.pyramid, box),
                )  # fmt: skip
                look.sightings.append(sighting)

        self._each(Task.DETECT, looks, tasks.detect, keep)

    def _find_faces(self, looks: Sequence[Look]) -> None:
        def keep(model: Model, look: Look, found: FaceBoxes) -> None:
            look.faces = [
                SeenFace(
                    tasks.FaceCut(look.pyramid, box, landmarks), float(score), model=model.name, version=model.version
                )
                for box, landmarks, score in zip(found.boxes, found.landmarks, found.scores, strict=True)
            ]

        self._each(Task.FACE_DETECT, looks, tasks.find_faces, keep)
        for look in looks:
            if Task.FACE_DETECT not in look.known.tasks and look.known.tasks & set(FACES):
                look.faces = [seen_before(look.pyramid, face) for face in look.known.faces]

    def _know_faces(self, looks: Sequence[Look]) -> None:
        """A face that one of these models cannot digest is kept without its answer."""
        if found := self._faces_for(Task.FACE_EMBED, Identity, looks):
            model, faces = found
            for face, vector in zip(faces, tasks.identify(model, [face.cut for face in faces]), strict=True):
                face.embedding = b"" if isinstance(vector, PiGalleryError) else vector.astype("<f4").tobytes()
                face.embedding_model = f"{model.name}@{model.version}"
        if found := self._faces_for(Task.FACE_ATTRIBUTES, AgeGender, looks):
            model, faces = found
            for face, known in zip(faces, tasks.know_age(model, [face.cut for face in faces]), strict=True):
                if not isinstance(known, PiGalleryError):
                    face.age = round(known.age, 1)
                    face.gender = known.gender
                    face.gender_score = known.gender_score if known.gender else None
        if found := self._faces_for(Task.EMOTION, Emotions, looks):
            model, faces = found
            for face, felt in zip(faces, tasks.know_emotion(model, [face.cut for face in faces]), strict=True):
                if not isinstance(felt, PiGalleryError):
                    face.emotion, face.emotion_score = felt if felt[0] is not None else (None, None)

    def _faces_for(
        self, task: Task, kind: type[Identity | AgeGender | Emotions], looks: Sequence[Look]
    ) -> tuple[Model, list[SeenFace]] | None:
        """The task's model, and the faces that it is to look at and that are large enough for it."""
        model = self._models.get(task)
        if model is None:
            return None
        least = tasks.decoding(model, kind).min_pixels
        anew = {task, Task.FACE_DETECT}
        faces = [face for look in looks if look.known.tasks & anew for face in look.faces if face.side >= least]
        return (model, faces) if faces else None

    def _judge(self, looks: Sequence[Look]) -> None:
        def keep(_: Model, look: Look, score: float) -> None:
            look.nsfw = score

        self._each(Task.NSFW, looks, tasks.judge, keep)

    def _read(self, looks: Sequence[Look]) -> None:
        """A line that cannot be read is left out."""
        model = self._models.get(Task.OCR)
        if model is None:
            return
        found: list[tuple[Look, Floats]] = []
        looks = [look for look in looks if look.known.tasks & set(READ)]

        def keep(_: Model, look: Look, lines: LineBoxes) -> None:
            found.extend((look, corners) for corners in lines.corners)

        self._each(Task.TEXT_DETECT, looks, tasks.find_lines, keep, also=READ)
        answers = tasks.read_lines(model, [tasks.LineCut(look.pyramid, corners) for look, corners in found])
        for (look, corners), answer in zip(found, answers, strict=True):
            if answer is not None and not isinstance(answer, PiGalleryError):
                look.texts += (TextLine(answer[0], answer[1], bounds(corners), model.name, model.version),)

    def _embed(self, looks: Sequence[Look]) -> None:
        def keep(model: Model, look: Look, vector: Floats) -> None:
            said, name = vector.astype("<f2").tobytes(), f"{model.name}@{model.version}"
            if self._spans:
                look.meaning, look.meaning_model = said, name
            else:
                look.embedding, look.embedding_model = said, name

        self._each(Task.IMAGE_EMBED, looks, tasks.embed, keep)

    def _analysis(self, look: Look, made: datetime) -> Analysis:
        ran = frozenset(task for task in look.known.tasks if task in self._models)
        if ran & set(READ):
            ran |= set(READ) & self._models.keys()
        result = Analysis(
            tags=tag_edges(look.sightings, made),
            faces=tuple(as_face(face, made) for face in look.faces),
            embedding=look.embedding,
            embedding_model=look.embedding_model,
            meaning=look.meaning,
            meaning_model=look.meaning_model,
            nsfw=look.nsfw,
            texts=tuple(replace(line, made=made) for line in look.texts),
            tasks=ran,
        )
        text = self._models.get(Task.TEXT_EMBED)
        if self._meanings is None or text is None or not ran & _MEANT:
            return result
        return replace(result, meaning=self._meaning(look, result), meaning_model=f"{text.name}@{text.version}")

    def _meaning(self, look: Look, found: Analysis) -> bytes:
        """By the tags of all models, of earlier runs too; b'' without any, or when the model fails."""
        assert self._meanings is not None
        renewed = self.speaks_for(found.tasks)
        tags = [*found.tags, *(edge for edge in look.known.tags if edge.model not in renewed)]
        weights: dict[str, float] = {}
        for edge in tags:
            if edge.kind is TagKind.CONCEPT and edge.origin is Origin.MODEL:
                weights[edge.tag] = max(weights.get(edge.tag, 0.0), edge.score)
        for name, weight in face_words(found.faces if found.tasks & set(FACES) else look.known.faces).items():
            weights.setdefault(name, weight)
        try:
            vector = self._meanings.picture(weights)
        except ModelFailed:
            return b""
        return b"" if vector is None else vector.astype("<f2").tobytes()


_MEANT = frozenset({Task.CLASSIFY, Task.DETECT, Task.TEXT_EMBED, *FACES})
"""Tasks that a picture's meaning follows from."""
