"""Average precision the COCO way: 101 recall points, IoU .50 to .95, at most 100 boxes a picture, mean over classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

THRESHOLDS = np.arange(0.5, 0.951, 0.05)
RECALLS = np.linspace(0, 1, 101)


@dataclass(frozen=True, slots=True)
class Boxes:
    """n boxes of one picture."""

    boxes: NDArray[np.float64]
    """(n, 4) x0 y0 x1 y1, any one unit."""
    classes: NDArray[np.int64]
    scores: NDArray[np.float64]
    """(n,); of no meaning for the truth."""


@dataclass(frozen=True, slots=True)
class Precision:
    mean: float
    """Over thresholds and classes that occur in the truth."""
    at_half: float
    """At IoU .50."""


def overlaps(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, m) intersection over union."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    both = np.prod(np.clip(high - low, 0, None), axis=2)
    area_a, area_b = np.prod(a[:, 2:] - a[:, :2], axis=1), np.prod(b[:, 2:] - b[:, :2], axis=1)
    return both / np.maximum(area_a[:, None] + area_b[None] - both, 1e-12)


def average_precision(truth: Mapping[str, Boxes], found: Mapping[str, Boxes], limit: int = 100) -> Precision:
    """Both by picture; pictures without an entry in `found` have nothing found."""
    classes = sorted({int(c) for boxes in truth.values() for c in boxes.classes})
    table = np.array([_of_class(truth, found, c, limit) for c in classes])
    return Precision(float(table.mean()), float(table[:, 0].mean()))


def _of_class(truth: Mapping[str, Boxes], found: Mapping[str, Boxes], label: int, limit: int) -> NDArray[np.float64]:
    """(thresholds,) average precision of one class."""
    scores: list[float] = []
    hits: list[NDArray[np.bool_]] = []
    total = 0
    for name, real in truth.items():
        wanted = real.boxes[real.classes == label]
        total += len(wanted)
        if name not in found:
            continue
        mine = found[name]
        order = np.argsort(-mine.scores, kind="stable")[:limit]
        order = order[mine.classes[order] == label]
        iou = overlaps(mine.boxes[order], wanted)
        taken = np.zeros((len(THRESHOLDS), len(wanted)), bool)
        for row, index in enumerate(order):
            hit = np.zeros(len(THRESHOLDS), bool)
            for t, threshold in enumerate(THRESHOLDS):
                free = np.where(taken[t], -1.0, iou[row])
                if len(wanted) and free.max() >= threshold:
                    taken[t, free.argmax()] = hit[t] = True
            scores.append(float(mine.scores[index]))
            hits.append(hit)
    if not hits:
        return np.zeros(len(THRESHOLDS))
    ranked = np.array(hits)[np.argsort(-np.array(scores), kind="stable")]
    right = ranked.cumsum(axis=0)
    recall, precision = right / total, right / np.arange(1, len(ranked) + 1)[:, None]
    best = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
    result = np.zeros(len(THRESHOLDS))
    for t in range(len(THRESHOLDS)):
        at = np.searchsorted(recall[:, t], RECALLS, side="left")
        result[t] = np.where(at < len(ranked), best[np.minimum(at, len(ranked) - 1), t], 0).mean()
    return result
