"""How well and how fast the models are: `python -m tests.bench.bench_models [--home DIR] [--threads 1] [NAME...]`.

Reads the sample photos beside the checkout and the weights in $PIGALLERY_HOME/models (`pigallery models fetch`).
Prints figures; asserts nothing.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from inference import tasks
from inference.analysis import Analysis
from inference.analyzer import Analyzer
from inference.cards import READING, Card, Task, load_cards
from inference.decoders.classify import ClassTerms
from inference.decoders.detect import Detections
from inference.decoders.settings import Classes
from inference.model import Model
from inference.preprocess import Picture, Pyramid, tensor, view
from inference.runtime import Session, open_session
from schema.errors import PiGalleryError
from schema.lexicon import Lexicon
from schema.settings import Settings
from tests.bench.coco_map import Boxes, average_precision

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"


def read(path: Path, side: int = 1440) -> Picture:
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    image.thumbnail((side, side))
    return np.asarray(image)


def labelled(samples: Path) -> Iterator[tuple[str, Picture]]:
    """wnid, picture."""
    for path in sorted((samples / "imagenet").iterdir()):
        yield path.name.partition("_")[0], read(path)


def classifier(model: Model, lexicon: Lexicon, samples: Path) -> dict[str, float]:
    """Shares of the labelled pictures, 0..1."""
    settings = tasks.decoding(model, Classes)
    terms = ClassTerms(model.labels, lexicon, settings)
    rows = (
        (Path(__file__).resolve().parents[2] / "models" / "labels" / model.card.labels).read_text("utf-8").splitlines()
    )
    wnids = [row.split("\t")[1] for row in rows[1:]]
    first = fifth = tagged = right = total = leaf_tagged = 0
    for wnid, picture in labelled(samples):
        (answer,) = tasks.classify(model, [Pyramid(picture)])
        if isinstance(answer, PiGalleryError):
            raise answer
        ranked = np.argsort(-answer.probabilities)
        index = wnids.index(wnid)
        total += 1
        first += ranked[0] == index
        fifth += index in ranked[:5]
        leaf_tagged += answer.probabilities.max() >= settings.broader
        synset = model.labels[index].synset
        likely = [name for name, score in terms.tell(answer.probabilities).items() if score >= settings.broader]
        if likely:
            tagged += 1
            true = {synset, *lexicon.ancestors(synset)}
            right += all(name in true for name in likely)
    return {
        "top-1": first / total,
        "top-5": fifth / total,
        "sure of a class": leaf_tagged / total,
        "sure of a term": tagged / total,
        "of which right": right / max(1, tagged),
    }


def coco(samples: Path) -> Iterator[tuple[str, Picture, Boxes]]:
    """Truth in pixels of the picture."""
    for path in sorted((samples / "coco").rglob("*.jpg")):
        picture = np.asarray(Image.open(path).convert("RGB"))
        h, w = picture.shape[:2]
        (note,) = [*path.parent.parent.rglob(path.stem + ".txt")]
        rows = np.array([line.split() for line in note.read_text().splitlines()], np.float64).reshape(-1, 5)
        center, half = rows[:, 1:3] * [w, h], rows[:, 3:5] * [w, h] / 2
        yield (
            path.stem,
            picture,
            Boxes(
                np.concatenate([center - half, center + half], axis=1), rows[:, 0].astype(np.int64), np.ones(len(rows))
            ),
        )


def detector(model: Model, samples: Path) -> dict[str, float]:
    """Average precision with every box above .01, and precision and recall (IoU .5) at the card's threshold."""
    truth: dict[str, Boxes] = {}
    found: dict[str, Boxes] = {}
    for name, picture, real in coco(samples):
        (answer,) = tasks.detect(model, [Pyramid(picture)], score=0.01)
        if isinstance(answer, PiGalleryError):
            raise answer
        truth[name], found[name] = real, _pixels(answer, picture)
    precision = average_precision(truth, found)
    return {"mAP": precision.mean, "AP50": precision.at_half}


def _pixels(answer: Detections, picture: Picture) -> Boxes:
    h, w = picture.shape[:2]
    return Boxes(answer.boxes.astype(np.float64) * [w, h, w, h], answer.classes, answer.scores.astype(np.float64))


def faces(model: Model, samples: Path) -> dict[str, float]:
    count = pictures = 0
    for path in sorted((samples / "photos").rglob("*.jpg")):
        (answer,) = tasks.find_faces(model, [Pyramid(read(path))])
        if isinstance(answer, PiGalleryError):
            raise answer
        count += len(answer)
        pictures += len(answer) > 0
    return {"faces": count, "photos with faces": pictures}


def times(act: Callable[[], object], seconds: float = 2.0) -> float:
    """Best of several runs, in milliseconds: other programs on the machine only ever add."""
    act()
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - start)
    return best * 1e3


def input_of(card: Card, picture: Picture) -> NDArray[np.float32]:
    return tensor([view(Pyramid(picture), card.input, card.input.views[0])[0]], card.input)


def speed(model: Model, picture: Picture) -> float:
    """Bare session, ms per run of one."""
    ready = input_of(model.card, picture)
    return times(lambda: model.session.run(ready))


def pipeline(
    analyzer: Analyzer, models: Sequence[Model], pictures: Sequence[Picture], settings: Settings
) -> tuple[float, float]:
    """ms per picture: bare sessions on ready tensors (all views, all faces, same batches), one after the other with all
    threads; and the whole analyzer."""
    ready: list[tuple[Session, NDArray[np.float32]]] = []
    pyramids = [Pyramid(picture) for picture in pictures]
    faces = [face for answer in analyzer.analyze(pictures) if isinstance(answer, Analysis) for face in answer.faces]
    crops = {
        Task.FACE_EMBED: sum(bool(face.embedding) for face in faces),
        Task.FACE_ATTRIBUTES: sum(face.age is not None for face in faces),
        Task.EMOTION: sum(face.age is not None for face in faces),
    }
    for model in models:
        card = model.card.input
        if model.card.task in crops:
            views = [np.zeros((card.height, card.width, 3), np.uint8)] * crops[model.card.task]
        else:
            views = [view(pyramid, card, kind)[0] for pyramid in pyramids for kind in card.views]
        by_shape: dict[tuple[int, ...], list[Picture]] = {}
        for picture in views:
            by_shape.setdefault(picture.shape, []).append(picture)
        bare_session = open_session(settings.weights / model.card.file_name, settings, settings.threads)
        ready += [
            (bare_session, tensor(some[at : at + step], card))
            for some in by_shape.values()
            for step in [model.step(some[0])]
            for at in range(0, len(some), step)
        ]
    bare = whole = float("inf")
    for _ in range(3):  # in turns, so that a busy machine is fair to both
        bare = min(bare, times(lambda: [session.run(values) for session, values in ready], 6))
        whole = min(whole, times(lambda: analyzer.analyze(pictures), 6))
    return bare / len(pictures), whole / len(pictures)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("names", nargs="*")
    arguments.add_argument("--home", type=Path, default=None)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--quality-only", action="store_true")
    given = arguments.parse_args()
    settings = Settings(threads=given.threads, **({"home": given.home} if given.home else {}))
    lexicon = Lexicon.open(settings.data, settings.packages)
    cards = load_cards(settings)
    models = []
    photo = read(SAMPLES / "photos" / "Girls1.jpg") if (SAMPLES / "photos" / "Girls1.jpg").exists() else None
    for card in cards.values():
        if (given.names and card.name not in given.names) or not (settings.weights / card.file_name).is_file():
            continue
        model = Model.open(card, settings)
        models.append(model)
        figures: dict[str, float] = {}
        if card.task is Task.CLASSIFY:
            figures = classifier(model, lexicon, SAMPLES)
        elif card.task is Task.DETECT:
            figures = detector(model, SAMPLES)
        elif card.task is Task.FACE_DETECT:
            figures = faces(model, SAMPLES)
        if photo is not None and not given.quality_only and card.task not in (*READING, Task.TEXT_EMBED):
            figures["ms a run"] = speed(model, photo)
        print(f"{card.name:24}", "  ".join(f"{name} {value:.3f}" for name, value in figures.items()), flush=True)
    default = [model for model in models if model.card.default and model.card.task not in (*READING, Task.TEXT_EMBED)]
    if given.quality_only or given.names or not default:
        return
    chosen = settings.model_copy(update={"models": tuple(model.name for model in default)})
    analyzer = Analyzer.open(chosen, lexicon)
    pictures = [read(path) for path in sorted((SAMPLES / "photos").rglob("*.jpg"))[:16]]
    bare, whole = pipeline(analyzer, default, pictures, settings)
    print(f"bare sessions {bare:.1f} ms a picture, analyzer {whole:.1f} ms: {bare / whole:.1%} of their throughput")


if __name__ == "__main__":
    main()
