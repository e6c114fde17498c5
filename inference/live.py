"""One frame of a camera at a time, in front of the models that somebody chose. Nothing of it is kept."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, Self

import cv2
import numpy as np
from PIL import Image

from inference import tasks
from inference.cards import Card, Task, load_cards
from inference.decoders.faces import shorter_side
from inference.decoders.settings import AgeGender, Classes, Emotions
from inference.model import Model
from inference.preprocess import Picture, Pyramid
from schema.errors import BadConfig, BadFile, NotFound, PiGalleryError
from schema.settings import Settings

LIVE = (Task.FACE_DETECT, Task.FACE_ATTRIBUTES, Task.EMOTION, Task.DETECT, Task.CLASSIFY, Task.NSFW)
"""What can be asked about a frame, in the order in which it is answered."""
OF_FACES = frozenset({Task.FACE_ATTRIBUTES, Task.EMOTION})
MOST_BYTES = 1_000_000
MOST_PIXELS = 1920 * 1200
MOST_CLASSES = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """Which models look, and how sure they must be."""

    models: tuple[str, ...]
    """Names of cards, at most one for each task."""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    """Task -> 0..1; where none is given, the card's own."""

    @classmethod
    def of(cls, said: object) -> Self:
        """From what a client sent. Raises `BadConfig` for anything else than `{models, thresholds}`."""
        if not isinstance(said, dict):
            raise BadConfig('Say which models shall look: {"models": ["yunet"]}.')
        models, thresholds = said.get("models"), said.get("thresholds") or {}
        if not isinstance(models, list) or not all(isinstance(name, str) for name in models):
            raise BadConfig("`models` must be a list of names of models.")
        known = {task.value for task in LIVE}
        if not isinstance(thresholds, dict) or not all(
            name in known and type(value) in (int, float) and 0 <= value <= 1 for name, value in thresholds.items()
        ):
            raise BadConfig(f"`thresholds` must give numbers from 0 to 1 for any of: {', '.join(sorted(known))}.")
        return cls(tuple(dict.fromkeys(models))[: len(LIVE)], dict(thresholds))


def live_cards(settings: Settings) -> list[Card]:
    """Models that are here and can look at a frame; the default of each task first."""
    cards = [card for card in load_cards(settings).values() if card.task in LIVE]
    here = [card for card in cards if (settings.weights / card.file_name).is_file()]
    return sorted(here, key=lambda card: (LIVE.index(card.task), not card.default, card.name))


def threshold(card: Card) -> float | None:
    """From which score on this model speaks; None where it says something of every picture."""
    decoder = card.decoder
    if isinstance(decoder, Classes):
        return decoder.leaf
    found = getattr(decoder, "score", None) if card.task in (Task.DETECT, Task.FACE_DETECT) else None
    return found if isinstance(found, float) else None


@dataclass(frozen=True, slots=True)
class Watcher:
    """Chosen models, open."""

    models: Mapping[Task, Model]
    least: float
    """Probability from which a class is told."""

    @classmethod
    def open(cls, choice: Choice, settings: Settings) -> Self:
        """Loads what is not loaded yet. Raises `NotFound` for an unknown name, `BadConfig` where weights are missing,
        two models do the same, or something is to be known of faces that nobody finds."""
        cards = load_cards(settings)
        models: dict[Task, Model] = {}
        least = 0.05
        for name in choice.models:
            if name not in cards or cards[name].task not in LIVE:
                raise NotFound(f"There is no model '{name[:64]}' that can look at a camera's pictures; choose another.")
            card = cards[name]
            if card.task in models:
                raise BadConfig(f"Models {models[card.task].name} and {name} do the same; choose one of them.")
            given = choice.thresholds.get(card.task.value)
            if card.task is Task.CLASSIFY:
                least = least if given is None else given
            model = Model.open(card, settings)
            models[card.task] = replace(model, card=_tuned(card, given))
        if OF_FACES & models.keys() and Task.FACE_DETECT not in models:
            raise BadConfig("Age and emotion are known of faces only; choose a model that finds faces too.")
        return cls({task: models[task] for task in LIVE if task in models}, least)

    def look(self, frame: bytes) -> dict[str, Any]:
        """What is seen in one JPEG, ready for JSON: width, height, milliseconds for each model, and per chosen task
        `faces`, `objects`, `classes`, `nsfw`; a model that failed says so in `errors`. Boxes and landmarks are 0..1.

        Raises `BadFile` for what is no JPEG or too large.
        """
        started = perf_counter()
        picture = decode(frame)
        pyramid = Pyramid(picture)
        ms = {"decode": _since(started)}
        said: dict[str, Any] = {"width": pyramid.width, "height": pyramid.height, "ms": ms}
        cuts: list[tasks.FaceCut] = []
        for task, model in self.models.items():
            started = perf_counter()
            try:
                _ANSWERS[task](self, model, pyramid, cuts, said)
            except PiGalleryError as error:
                said.setdefault("errors", []).append(str(error))
            ms[model.name] = _since(started)
        return said

    def faces(self, model: Model, pyramid: Pyramid, cuts: list[tasks.FaceCut], said: dict[str, Any]) -> None:
        found = _good(tasks.find_faces(model, [pyramid])[0])
        cuts += [tasks.FaceCut(pyramid, box, marks) for box, marks in zip(found.boxes, found.landmarks, strict=True)]
        said["faces"] = [
            {
                "box": _rounded(cut.box),
                "score": _score(score),
                "landmarks": [_rounded(point) for point in cut.landmarks],
            }
            for cut, score in zip(cuts, found.scores, strict=True)
        ]

    def ages(self, model: Model, pyramid: Pyramid, cuts: list[tasks.FaceCut], said: dict[str, Any]) -> None:
        for face, known in _each_face(tasks.know_age, model, AgeGender, cuts, said):
            face["age"] = round(known.age)
            if known.gender is not None:
                face |= {"gender": known.gender.value, "genderScore": _score(known.gender_score)}

    def emotions(self, model: Model, pyramid: Pyramid, cuts: list[tasks.FaceCut], said: dict[str, Any]) -> None:
        for face, (emotion, score) in _each_face(tasks.know_emotion, model, Emotions, cuts, said):
            if emotion is not None:
                face |= {"emotion": emotion.value, "emotionScore": _score(score)}

    def objects(self, model: Model, pyramid: Pyramid, cuts: list[tasks.FaceCut], said: dict[str, Any]) -> None:
        found = _good(tasks.detect(model, [pyramid])[0])
        said["objects"] = [
            {"label": model.labels[index].text, "box": _rounded(box), "score": _score(score)}
            for box, score, index in zip(found.boxes, found.scores, found.classes, strict=True)
        ]

    def classes(self, model: Model, pyramid: Pyramid, cuts: list[tasks.FaceCut], said: dict[str, Any]) -> None:
        told = _good(tasks.classify(model, [pyramid])[0]).probabilities
        best = [index for index in np.argsort(-told)[:MOST_CLASSES] if told[index] >= self.least]
        said["classes"] = [{"label": model.labels[index].text, "score": _score(told[index])} for index in best]

    def safety(self, model: Model, pyramid: Pyramid, cuts: list[tasks.FaceCut], said: dict[str, Any]) -> None:
        said["nsfw"] = _score(_good(tasks.judge(model, [pyramid])[0]))


_ANSWERS: Mapping[Task, Callable[[Watcher, Model, Pyramid, list[tasks.FaceCut], dict[str, Any]], None]] = {
    Task.FACE_DETECT: Watcher.faces,
    Task.FACE_ATTRIBUTES: Watcher.ages,
    Task.EMOTION: Watcher.emotions,
    Task.DETECT: Watcher.objects,
    Task.CLASSIFY: Watcher.classes,
    Task.NSFW: Watcher.safety,
}


def _tuned(card: Card, given: float | None) -> Card:
    """With this threshold, and frames left at their own size: enlarged they cost twice the time, and a face in front
    of a camera is large."""
    changes: dict[str, Any] = {"input": card.input.model_copy(update={"enlarge": False})}
    if given is not None and card.task in (Task.DETECT, Task.FACE_DETECT):
        changes["decoder"] = card.decoder.model_copy(update={"score": given})
    return card.model_copy(update=changes)


def decode(frame: bytes) -> Picture:
    """RGB of a JPEG whose bytes and pixels are counted before it is decoded. Raises `BadFile`."""
    if len(frame) > MOST_BYTES:
        raise BadFile(f"A frame may have {MOST_BYTES // 1000} kB at most; send smaller ones.")
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(frame), formats=["JPEG"]) as header:
            warnings.simplefilter("ignore")
            width, height = header.size
    except Exception:  # whatever a decoder raises on bad bytes
        raise BadFile("A frame must be a JPEG picture.") from None
    if width * height > MOST_PIXELS:
        raise BadFile(f"A frame may have {MOST_PIXELS} pixels at most; send smaller ones.")
    picture = cv2.imdecode(np.frombuffer(frame, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if picture is None:
        raise BadFile("A frame must be a JPEG picture that is whole.")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def _each_face(
    ask: Callable[[Model, list[tasks.FaceCut]], list[Any]],
    model: Model,
    kind: type[AgeGender | Emotions],
    cuts: list[tasks.FaceCut],
    said: dict[str, Any],
) -> list[tuple[dict[str, Any], Any]]:
    """Faces that are large enough for this model, each with its answer."""
    least = tasks.decoding(model, kind).min_pixels
    large = [(face, cut) for face, cut in zip(said.get("faces", []), cuts, strict=False) if _side(cut) >= least]
    answers = ask(model, [cut for _, cut in large]) if large else []
    return [
        (face, answer)
        for (face, _), answer in zip(large, answers, strict=True)
        if not isinstance(answer, PiGalleryError)
    ]


def _side(cut: tasks.FaceCut) -> float:
    return shorter_side(cut.pyramid, cut.box)


def _good(answer: Any) -> Any:
    if isinstance(answer, PiGalleryError):
        raise answer
    return answer


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 4) for value in values]


def _score(value: float) -> float:
    return round(float(value), 3)


def _since(started: float) -> float:
    return round((perf_counter() - started) * 1000, 2)
