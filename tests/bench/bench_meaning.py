"""How well texts in other words find pictures: `python -m tests.bench.bench_meaning [--home DIR]`.

Analyzes the labelled sample pictures beside the checkout, asks questions whose words are mostly no label of any model,
and compares what the model's own cut-off finds with the labels. Prints figures; asserts nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.analysis import Analysis
from inference.analyzer import Analyzer
from inference.cards import Card, Task, load_cards, read_labels
from inference.meaning import TextMeanings
from inference.preprocess import Picture
from schema.lexicon import Lexicon
from schema.settings import Settings
from tests.bench.bench_models import SAMPLES, coco, labelled

QUESTIONS = {
    "puppy": "dog.n.01",
    "a dog playing outside": "dog.n.01",
    "automobiles": "car.n.01 motor_vehicle.n.01",
    "cars and trucks": "motor_vehicle.n.01",
    "birds flying": "bird.n.01",
    "insects and bugs": "insect.n.01",
    "something to eat": "food.n.01 food.n.02 fruit.n.01",
    "fresh fruit": "fruit.n.01 edible_fruit.n.01",
    "musical instruments": "musical_instrument.n.01",
    "planes in the sky": "aircraft.n.01",
    "wild animals of africa": "elephant.n.01 zebra.n.01 giraffe.n.01 lion.n.01 big_cat.n.01 antelope.n.01",
    "cats": "feline.n.01",
    "boats on water": "vessel.n.02 boat.n.01",
    "furniture": "furniture.n.01",
    "reptiles": "reptile.n.01",
    "clothes": "clothing.n.01",
    "fish": "fish.n.01",
    "horse riding": "horse.n.01",
    "a living room": "sofa.n.01 furniture.n.01",
    "computers and electronics": "computer.n.01 electronic_device.n.01 electronic_equipment.n.01",
    "buildings and architecture": "building.n.01",
    "kitchen": "kitchen_appliance.n.01 kitchen_utensil.n.01 white_goods.n.01",
    "people": "person.n.01",
    "teddy bear toy": "plaything.n.01 teddy.n.01",
}
"""Question -> synsets of which a right picture shows one, or a narrower one."""


def pictures(cards: dict[str, Card]) -> Iterator[tuple[set[str], Picture]]:
    """What each is labelled with."""
    by_task = {card.task: card for card in cards.values() if card.default}
    lines = (Path(__file__).resolve().parents[2] / "models" / "labels" / by_task[Task.CLASSIFY].labels).read_text(
        "utf-8"
    )
    wnids = {row.split("\t")[1]: row.split("\t")[2] for row in lines.splitlines()[1:]}
    for wnid, picture in labelled(SAMPLES):
        yield {wnids[wnid]}, picture
    objects = read_labels(by_task[Task.DETECT])
    for _, picture, truth in coco(SAMPLES):
        yield {objects[int(index)].synset for index in truth.classes}, picture


def average_precision(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    ranked = right[np.argsort(-scores, kind="stable")]
    return float((np.cumsum(ranked) / np.arange(1, len(ranked) + 1))[ranked].mean())


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--home", type=Path, default=None)
    given = arguments.parse_args()
    settings = Settings(**({"home": given.home} if given.home else {}))
    lexicon = Lexicon.open(settings.data, settings.packages)
    analyzer = Analyzer.open(settings, lexicon)
    shown: list[set[str]] = []
    vectors = []
    for labels, picture in pictures(load_cards(settings)):
        (seen,) = analyzer.analyze([picture])
        if isinstance(seen, Analysis):
            shown.append(labels.union(*map(lexicon.ancestors, labels)))
            vectors.append(np.frombuffer(seen.meaning, "<f2").astype(np.float64) if seen.meaning else None)
    means = TextMeanings(settings)
    hits = wrong = missed = 0
    precisions = []
    for question, synsets in QUESTIONS.items():
        right = np.array([not labels.isdisjoint(synsets.split()) for labels in shown])
        if not right.any():
            continue
        told = means(question)
        scores = np.array([-1.0 if vector is None else float(vector @ told.vector) for vector in vectors])
        found = scores >= told.cutoff
        precisions.append(average_precision(scores, right))
        real = int((found & right).sum())
        hits, wrong, missed = hits + real, wrong + int(found.sum()) - real, missed + int(right.sum()) - real
        print(
            f"{question:30} AP {precisions[-1]:.2f}, {int(found.sum())} found, {real} of them right, of {right.sum()}"
        )
    print(
        f"{len(precisions)} questions, {len(shown)} pictures: mean average precision {np.mean(precisions):.2f}, "
        f"precision {hits / max(1, hits + wrong):.2f}, recall {hits / max(1, hits + missed):.2f}"
    )


if __name__ == "__main__":
    main()
