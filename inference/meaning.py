"""What pictures and words mean, in one space of vectors.

Without a model that was taught pictures and words together, a picture means what its tags mean: the mean of the
vectors of their words, weighted by how likely each is (ConSE; Norouzi et al., "Zero-shot learning by convex combination
of semantic embeddings", 2014). A tag's words are its own and those of the two terms above it (`poodle, dog, domestic
animal`): on 162 labelled sample pictures and 26 questions in other words that gave a mean average precision of .68,
its own word alone .56, its definition .62.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inference import tasks
from inference.cards import Card, Task, chosen, load_cards, read_labels
from inference.model import Model
from inference.text_tower import TextTower
from schema.errors import BadFilter, PiGalleryError
from schema.filter.nodes import Gender
from schema.filter.photo import Meaning
from schema.graph import Face
from schema.settings import Settings

Floats = NDArray[np.float32]

ABOVE = 2
"""So many broader terms stand beside a tag's own word."""
SURE = 3.0
"""A picture means a text when their cosine is so many standard deviations above the mean over classes of all kinds: of
the sample pictures found so, six in ten were right, and six in ten of the right ones were found."""
KINDS = 0.5
"""Classes nearer to each other than this are of one kind, of which one will do: ImageNet has 120 kinds of dogs."""
LEAST, MOST = 0.29, 0.95
"""Bounds of that: words that are near to nothing at all are not near to the nearest of it."""
SPAN_CUTOFF = 0.2
"""For towers taught together, when the card does not say; usual for CLIP."""
REMEMBERED = 512
NO_MODEL = "there is no model for meaning; run pigallery models fetch, or leave this out"
CHILD = 13.0


class Words(Protocol):
    """What is asked of the lexicon."""

    def label(self, name: str) -> str: ...

    def chain(self, name: str) -> tuple[str, ...]: ...


def told(name: str, words: Words) -> str:
    """A synset in words: `poodle, dog, domestic animal`."""
    chain = [one for one in words.chain(name) if one != name]
    return ", ".join(words.label(one) for one in (name, *chain[:ABOVE]))


def face_words(faces: Iterable[Face]) -> dict[str, float]:
    """Synsets of the people whose faces are there."""
    found: dict[str, float] = {}
    for face in faces:
        if face.age is not None and face.age < CHILD:
            name = "child.n.01"
        elif face.gender is None:
            name = "person.n.01"
        else:
            name = "woman.n.01" if face.gender is Gender.FEMALE else "man.n.01"
        found[name] = max(found.get(name, 0.0), face.score / 2)
    return found


class TagMeanings:
    """The vectors of tags, embedded when first met."""

    def __init__(self, tower: TextTower, words: Words) -> None:
        self._tower, self._words = tower, words
        self._known: dict[str, Floats] = {}
        self._lock = threading.Lock()

    def of(self, names: Sequence[str]) -> Floats:
        """(n, d). Raises `ModelFailed`."""
        with self._lock:
            new = [name for name in dict.fromkeys(names) if name not in self._known]
            if new:
                vectors = self._tower.embed([told(name, self._words) for name in new])
                self._known.update(zip(new, vectors, strict=True))
            return np.stack([self._known[name] for name in names])

    def picture(self, weights: Mapping[str, float]) -> Floats | None:
        """What a picture with these synsets means; None without any."""
        likely = {name: weight for name, weight in weights.items() if weight > 0}
        if not likely:
            return None
        return tasks.unit(np.array(list(likely.values()), np.float32) @ self.of(list(likely)))


def spans(text: Card, image: Card | None) -> bool:
    """Whether pictures have vectors of their own beside this model's texts."""
    return bool(image is not None and image.space and image.space == text.space)


class TextMeanings:
    """What texts mean, for filters. The model is loaded at the first text; the answers are remembered."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tower: TextTower | None = None
        self._background: Floats | None = None
        self._cutoff: float | None = None
        self._file = ""
        self._remembered: OrderedDict[str, Meaning] = OrderedDict()
        self._lock = threading.Lock()

    def ready(self) -> bool:
        """Whether there is a model for texts, without loading it."""
        return self._cards() is not None

    def __call__(self, text: str) -> Meaning:
        """Raises `BadFilter` when there is no model, or it fails."""
        with self._lock:
            try:
                tower = self._open()
                if text not in self._remembered:
                    (vector,) = tower.embed([text])
                    self._remembered[text] = Meaning(vector, self._cut(vector))
                    while len(self._remembered) > REMEMBERED:
                        self._remembered.popitem(last=False)
                self._remembered.move_to_end(text)
                return self._remembered[text]
            except BadFilter:
                raise
            except (PiGalleryError, ImportError) as error:
                raise BadFilter(str(error), "semantic.text") from None

    def _cards(self) -> tuple[Card, Card | None] | None:
        """The text card and the image card to go with it, when both are here."""
        here = [
            card
            for card in chosen(load_cards(self._settings), self._settings)
            if (self._settings.weights / card.file_name).is_file()
        ]
        by_task = {card.task: card for card in here}
        text = by_task.get(Task.TEXT_EMBED)
        return None if text is None else (text, by_task.get(Task.IMAGE_EMBED))

    def _open(self) -> TextTower:
        cards = self._cards()
        if cards is None:
            raise BadFilter(NO_MODEL, "semantic.text")
        text, image = cards
        if self._tower is None or self._file != text.file_name:
            tower = TextTower(Model.open(text, self._settings), self._settings)
            self._cutoff = tower.settings.cutoff
            self._background = None
            if self._cutoff is None:
                if spans(text, image):
                    self._cutoff = SPAN_CUTOFF
                else:
                    self._background = background(tower, self._settings)
            self._remembered.clear()
            self._tower, self._file = tower, text.file_name
        return self._tower

    def _cut(self, vector: Floats) -> float:
        if self._background is None:
            return SPAN_CUTOFF if self._cutoff is None else self._cutoff
        cosines = self._background @ vector
        return float(np.clip(cosines.mean() + SURE * cosines.std(), LEAST, MOST))


def background(tower: TextTower, settings: Settings) -> Floats:
    """(n, d): the classes that the shipped label maps know, embedded once and kept beside the weights."""
    path = settings.weights / f"{tower.model.card.file_name.removesuffix('.onnx')}.classes.npy"
    try:
        kept: Floats = np.load(path, allow_pickle=False).astype(np.float32)
        return kept
    except (OSError, ValueError):
        pass
    from schema.lexicon import Lexicon

    lexicon = Lexicon.open(settings.data, settings.packages)
    maps = {card.labels for card in load_cards(settings).values() if card.labels and card.default}
    cards = [next(card for card in load_cards(settings).values() if card.labels == name) for name in sorted(maps)]
    names = list(dict.fromkeys(label.synset for card in cards for label in read_labels(card)))
    vectors = tower.embed([told(name, lexicon) for name in names])
    kinds: list[int] = []
    for number, vector in enumerate(vectors):
        if not kinds or float((vectors[kinds] @ vector).max()) < KINDS:
            kinds.append(number)
    _keep(path, vectors[kinds])
    return vectors[kinds]


def _keep(path: Path, vectors: Floats) -> None:
    """Made anew next time when there is no room for it."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as stream:
            np.save(stream, vectors.astype(np.float16))
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
