"""Class scores to WordNet terms: the classes that are likely, and the deepest broader terms that are likelier still."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from inference.cards import Label
from inference.decoders.settings import Classes

Floats = NDArray[np.float32]


class Taxonomy(Protocol):
    """What is asked of the lexicon."""

    def hypernyms(self, name: str) -> tuple[str, ...]: ...


def softmax(scores: Floats) -> Floats:
    """Over the last axis."""
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    result: Floats = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


class ClassTerms:
    """The hypernym graph above a model's classes, ready to sum probabilities over it.

    P(term) is the sum over the classes below it: classes exclude each other, so their broader term's probability is
    exactly that sum. Where the model hesitates between eleven terriers it is still sure of a dog.
    """

    def __init__(self, labels: Sequence[Label], taxonomy: Taxonomy, settings: Classes) -> None:
        self.settings = settings
        above: dict[str, frozenset[str]] = {}
        depth: dict[str, int] = {}

        def climb(name: str) -> frozenset[str]:
            if name not in above:
                parents = taxonomy.hypernyms(name)
                above[name] = frozenset(parents).union(*(climb(parent) for parent in parents))
                depth[name] = 1 + min((depth[parent] for parent in parents), default=-1)
            return above[name]

        for label in labels:
            climb(label.synset)
        self.terms = sorted(name for name in depth if depth[name] >= settings.min_depth)
        self._above = above
        row = {name: index for index, name in enumerate(self.terms)}
        cells = [
            (row[name], label.index) for label in labels for name in (label.synset, *above[label.synset]) if name in row
        ]
        rows, columns = zip(*cells, strict=True) if cells else ((), ())
        self._members = csr_matrix(
            (np.ones(len(cells), np.float32), (rows, columns)), shape=(len(self.terms), len(labels))
        )
        self._synsets = [label.synset for label in labels]

    def tell(self, probabilities: Floats) -> dict[str, float]:
        """Synset -> score, for one picture; `probabilities` (classes,) sums to 1."""
        told: dict[str, float] = {}
        for index in np.flatnonzero(probabilities >= self.settings.leaf):
            name = self._synsets[index]
            told[name] = max(told.get(name, 0.0), float(probabilities[index]))
        sums = self._members @ probabilities
        likely = {self.terms[index]: float(sums[index]) for index in np.flatnonzero(sums >= self.settings.broader)}
        covered = {name for term in likely for name in self._above[term]}
        for name, score in likely.items():
            if name not in covered:
                told[name] = max(told.get(name, 0.0), min(1.0, score))
        return told


def probabilities(scores: Floats, settings: Classes) -> Floats:
    """(classes,) outputs of one view to probabilities."""
    return softmax(scores) if settings.activation == "softmax" else scores.astype(np.float32)
