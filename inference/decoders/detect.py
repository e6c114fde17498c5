"""Detector outputs to boxes. One picture at a time: `row` holds the outputs of one batch entry by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.decoders.classify import softmax
from inference.decoders.settings import CenterNet, NanoDet
from inference.preprocess import Placement

Floats = NDArray[np.float32]
Row = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Detections:
    """n things, best first."""

    boxes: Floats
    """(n, 4) x0 y0 x1 y1 in 0..1 of the upright picture."""
    scores: Floats
    """(n,) 0..1."""
    classes: NDArray[np.int64]
    """(n,) index into the card's labels."""

    def __len__(self) -> int:
        return len(self.scores)


def kept(boxes: Floats, scores: Floats, classes: NDArray[np.int64], iou: float, limit: int) -> NDArray[np.int64]:
    """Indices that survive non-maximum suppression within each class, best first, at most `limit`."""
    if not len(scores):
        return np.empty(0, np.int64)
    corners = boxes.astype(np.float64)
    xywh = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    chosen = cv2.dnn.NMSBoxesBatched(xywh.tolist(), scores.tolist(), classes.tolist(), 0.0, iou)
    order = np.asarray(chosen, np.int64).ravel()
    return order[np.argsort(-scores[order], kind="stable")][:limit]


def _finish(
    boxes: Floats, scores: Floats, classes: NDArray[np.int64], placement: Placement, iou: float, limit: int
) -> Detections:
    units = placement.to_unit(boxes)
    real = (units[:, 2] > units[:, 0]) & (units[:, 3] > units[:, 1])  # some lie wholly in the padding
    units, boxes, scores, classes = units[real], boxes[real], scores[real], classes[real]
    order = kept(boxes, scores, classes, iou, limit)
    return Detections(units[order], scores[order], classes[order])


def centernet(row: Row, settings: CenterNet, placement: Placement, score: float | None = None) -> Detections:
    """`score` overrides the card's threshold (to measure precision over recall)."""
    heat: Floats = row[settings.heat]
    y, x, classes = np.nonzero(heat >= (settings.score if score is None else score))
    scores = heat[y, x, classes].astype(np.float32)
    sides = row[settings.ltrb][y, x]
    cx, cy = x * settings.stride, y * settings.stride
    boxes = np.stack([cx - sides[:, 0], cy - sides[:, 1], cx + sides[:, 2], cy + sides[:, 3]], axis=1)
    return _finish(boxes.astype(np.float32), scores, classes, placement, settings.nms, settings.limit)


def nanodet(row: Row, settings: NanoDet, placement: Placement, width: int, score: float | None = None) -> Detections:
    """Each side's distance is the mean of a distribution over `bins` steps of the stride (Li et al. 2020, GFL)."""
    threshold = settings.score if score is None else score
    boxes, scores, classes = [], [], []
    steps = np.arange(settings.bins, dtype=np.float32)
    for name, sides_name, stride in zip(settings.scores, settings.boxes, settings.strides, strict=True):
        values = row[name].reshape(-1, row[name].shape[-1])
        cell, label = np.nonzero(values >= threshold)
        sides = softmax(row[sides_name].reshape(-1, 4, settings.bins)[cell]) @ steps * stride
        columns = -(-width // stride)
        cx, cy = (cell % columns + 0.5) * stride, (cell // columns + 0.5) * stride
        boxes.append(np.stack([cx - sides[:, 0], cy - sides[:, 1], cx + sides[:, 2], cy + sides[:, 3]], axis=1))
        scores.append(values[cell, label])
        classes.append(label)
    return _finish(
        np.concatenate(boxes).astype(np.float32),
        np.concatenate(scores).astype(np.float32),
        np.concatenate(classes),
        placement,
        settings.nms,
        settings.limit,
    )
