"""Models side by side on the same pictures: how fast each is, what each says, and how often they say the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

import numpy as np

from inference import tasks
from inference.cards import Card, Task, load_cards
from inference.convert import probe
from inference.decoders.classify import ClassTerms
from inference.decoders.settings import Classes
from inference.meaning import Words
from inference.model import Model
from inference.preprocess import Picture, Pyramid
from inference.text_tower import TextTower
from schema.errors import BadConfig, NotFound, PiGalleryError
from schema.settings import Settings

COMPARABLE = (Task.CLASSIFY, Task.DETECT, Task.FACE_DETECT, Task.NSFW)
NSFW_AT = 0.5
SECONDS = 1.5
"""How long each model is timed."""


class Lexicon(Words, Protocol):
    """What is asked of the lexicon."""

    def hypernyms(self, name: str) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Said:
    """What one model says of one picture."""

    words: tuple[str, ...]
    """Best first; what two models are compared by."""
    scores: tuple[float, ...]
    ms: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """Models of one task on some pictures."""

    task: str
    models: tuple[str, ...]
    said: dict[str, tuple[Said, ...]]
    """Picture -> one for each model, in their order."""

    def ms(self, model: int) -> float:
        """Per picture, the median: the first one sets things up."""
        return float(np.median([row[model].ms for row in self.said.values()])) if self.said else 0.0

    def agreement(self, one: int, other: int) -> float:
        """0..1: of all that either says of the pictures, the share that both say."""
        both = either = 0
        for row in self.said.values():
            a, b = set(row[one].words), set(row[other].words)
            both, either = both + len(a & b), either + len(a | b)
        return both / either if either else 1.0


def same_task(settings: Settings, names: Sequence[str]) -> list[Card]:
    """The named cards, which must do the same task; without names, those for objects that are here."""
    cards = load_cards(settings)
    unknown = [name for name in names if name not in cards]
    if unknown:
        raise NotFound(f"There is no model card named {unknown[0]}; `pigallery models list` shows those there are.")
    here = [card for card in cards.values() if (settings.weights / card.file_name).is_file()]
    chosen = [cards[name] for name in names] or [card for card in here if card.task is Task.DETECT]
    kinds = {card.task for card in chosen}
    if len(kinds) != 1 or not kinds <= set(COMPARABLE):
        told = ", ".join(task.value for task in COMPARABLE)
        raise BadConfig(f"Give models that do one and the same task, which must be one of these: {told}.")
    return chosen


def compare(
    settings: Settings, cards: Sequence[Card], pictures: Iterable[tuple[str, Picture]], lexicon: Lexicon
) -> Compared:
    """Raises `BadConfig` when a model cannot be opened; what it cannot digest is told with the picture."""
    models = [Model.open(card, settings) for card in cards]
    speakers = [_speaker(model, lexicon) for model in models]
    said = {name: tuple(_timed(speak, picture) for speak in speakers) for name, picture in pictures}
    return Compared(cards[0].task.value, tuple(card.name for card in cards), said)


Speak = Callable[[Pyramid], dict[str, float] | PiGalleryError]


def _timed(speak: Speak, picture: Picture) -> Said:
    started = perf_counter()
    told = speak(Pyramid(picture))
    ms = (perf_counter() - started) * 1000
    if isinstance(told, PiGalleryError):
        return Said((), (), ms, str(told))
    best = sorted(told.items(), key=lambda item: -item[1])
    return Said(tuple(word for word, _ in best), tuple(score for _, score in best), ms)


def _speaker(model: Model, lexicon: Lexicon) -> Speak:
    task = model.card.task
    if task is Task.CLASSIFY:
        terms = ClassTerms(model.labels, lexicon, tasks.decoding(model, Classes))

        def classes(pyramid: Pyramid) -> dict[str, float] | PiGalleryError:
            (answer,) = tasks.classify(model, [pyramid])
            if isinstance(answer, PiGalleryError):
                return answer
            return {lexicon.label(name): score for name, score in terms.tell(answer.probabilities).items()}

        return classes
    if task is Task.DETECT:

        def objects(pyramid: Pyramid) -> dict[str, float] | PiGalleryError:
            (answer,) = tasks.detect(model, [pyramid])
            if isinstance(answer, PiGalleryError):
                return answer
            names = [model.labels[index].text for index in answer.classes]
            return _numbered(zip(names, answer.scores.tolist(), strict=True))

        return objects
    if task is Task.FACE_DETECT:

        def faces(pyramid: Pyramid) -> dict[str, float] | PiGalleryError:
            (answer,) = tasks.find_faces(model, [pyramid])
            if isinstance(answer, PiGalleryError):
                return answer
            return _numbered(("face", score) for score in answer.scores.tolist())

        return faces

    def safety(pyramid: Pyramid) -> dict[str, float] | PiGalleryError:
        (answer,) = tasks.judge(model, [pyramid])
        return answer if isinstance(answer, PiGalleryError) else {"unsafe" if answer >= NSFW_AT else "safe": answer}

    return safety


def _numbered(found: Iterable[tuple[str, float]]) -> dict[str, float]:
    """dog, dog 2, dog 3: so that counts are compared too."""
    told: dict[str, float] = {}
    counts: dict[str, int] = {}
    for name, score in found:
        counts[name] = counts.get(name, 0) + 1
        told[name if counts[name] == 1 else f"{name} {counts[name]}"] = score
    return told


@dataclass(frozen=True, slots=True)
class Speed:
    model: str
    task: str
    device: str
    batch: int
    ms: float
    """Per picture (or text), the bare model at its batch."""


def speed(model: Model, settings: Settings) -> Speed:
    """The best of some runs on made-up input: other programs on the machine only ever add."""
    if model.card.task is Task.TEXT_EMBED:
        tower = TextTower(model, settings)
        batch = 1
        best = _best(lambda: tower.embed(["a red car on a wet street at night"]))
    else:
        card = model.card.input
        width = 320 if "line" in card.views else card.width
        height = card.height if "fit" not in card.views else -(-card.width * 3 // 4 // 32) * 32
        batch = model.step(np.empty((height, width, 3), np.uint8))
        shape = (batch, 3, height, width) if card.layout == "NCHW" else (batch, height, width, 3)
        ready = probe(shape, -1.0, 1.0)
        best = _best(lambda: model.session.run(ready)) / batch
    return Speed(model.name, model.card.task.value, model.session.device, batch, best)


def _best(act: Callable[[], object]) -> float:
    """Milliseconds."""
    act()
    best, end = float("inf"), perf_counter() + SECONDS
    while perf_counter() < end:
        started = perf_counter()
        act()
        best = min(best, perf_counter() - started)
    return best * 1000
