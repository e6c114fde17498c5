"""Faces: detector outputs to boxes and landmarks, and the cuts of a face that other models look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.decoders.detect import kept
from inference.decoders.settings import YuNet
from inference.preprocess import Picture, Placement, Pyramid

Floats = NDArray[np.float32]

TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float64
)
"""Where the five landmarks of a 112 x 112 aligned face lie (Deng et al. 2019, ArcFace)."""


@dataclass(frozen=True, slots=True)
class FaceBoxes:
    """n faces of one picture, best first."""

    boxes: Floats
    """(n, 4) x0 y0 x1 y1 in 0..1 of the upright picture, clipped to it."""
    scores: Floats
    landmarks: Floats
    """(n, 5, 2) right eye, left eye, nose, right and left mouth corner (the person's sides); may lie outside."""

    def __len__(self) -> int:
        return len(self.scores)


def yunet(row: Mapping[str, NDArray[Any]], settings: YuNet, placement: Placement, width: int) -> FaceBoxes:
    """`width` of the tensor in pixels. Decoding after OpenCV's FaceDetectorYN."""
    boxes, scores, points = [], [], []
    for stride in settings.strides:
        cls, obj = row[f"cls_{stride}"].ravel(), row[f"obj_{stride}"].ravel()
        score = np.sqrt(np.clip(cls, 0, 1) * np.clip(obj, 0, 1))
        cell = np.flatnonzero(score >= settings.score)
        columns = width // stride
        origin = np.stack([cell % columns, cell // columns], axis=1).astype(np.float32)
        shape = row[f"bbox_{stride}"][cell]
        center = (origin + shape[:, :2]) * stride
        half = np.exp(np.minimum(shape[:, 2:], 10)) * stride / 2
        boxes.append(np.concatenate([center - half, center + half], axis=1))
        points.append((row[f"kps_{stride}"][cell].reshape(-1, 5, 2) + origin[:, None]) * stride)
        scores.append(score[cell])
    raw, score = np.concatenate(boxes).astype(np.float32), np.concatenate(scores).astype(np.float32)
    order = kept(raw, score, np.zeros(len(score), np.int64), settings.nms, settings.limit)
    units = placement.to_unit(raw[order])
    scale = np.array([placement.scale_x, placement.scale_y], np.float32)
    marks = (np.concatenate(points)[order] / scale).astype(np.float32)
    real = (units[:, 2] > units[:, 0]) & (units[:, 3] > units[:, 1])
    return FaceBoxes(units[real], score[order][real], marks[real])


def similarity(source: NDArray[Any], target: NDArray[Any]) -> NDArray[np.float64]:
    """The (2, 3) rotation, uniform scale and shift that carries points (n, 2) onto others with least squares error.

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns", 1991.
    """
    source, target = source.astype(np.float64), target.astype(np.float64)
    from_mean, to_mean = source.mean(axis=0), target.mean(axis=0)
    a, b = source - from_mean, target - to_mean
    u, singular, vt = np.linalg.svd(b.T @ a / len(source))
    flip = np.array([1.0, np.sign(np.linalg.det(u @ vt)) or 1.0])
    rotation = u @ np.diag(flip) @ vt
    spread = a.var(axis=0).sum()
    scale = float((singular * flip).sum() / spread) if spread > 0 else 1.0
    return np.column_stack([scale * rotation, to_mean - scale * rotation @ from_mean])


def aligned(pyramid: Pyramid, landmarks: Floats, size: int) -> Picture:
    """The face (size, size, 3) turned and scaled so that its landmarks lie on the template."""
    spread = np.ptp(landmarks, axis=0) * [pyramid.width, pyramid.height]
    shrink = max(1e-6, float(spread.max())) / (size * 0.36)  # eyes lie 0.31 to 0.36 of the side apart
    level = pyramid.at_least(pyramid.width / max(1.0, shrink), pyramid.height / max(1.0, shrink))
    h, w = level.shape[:2]
    # Pixel centers lie half a pixel inside.
    matrix = similarity(landmarks * [w, h] - 0.5, TEMPLATE * (size / 112))
    return cv2.warpAffine(level, matrix, (size, size), flags=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def square(pyramid: Pyramid, box: Floats, margin: float, width: int, height: int) -> Picture:
    """The square around a box, `margin` times its longer side, black outside the picture, as (height, width, 3)."""
    x0, y0, x1, y1 = box * np.array([pyramid.width, pyramid.height] * 2, np.float32)
    side = max(1.0, float(max(x1 - x0, y1 - y0)) * margin)
    shrink = max(1.0, side / max(width, height))
    level = pyramid.at_least(pyramid.width / shrink, pyramid.height / shrink)
    to_level = level.shape[1] / pyramid.width
    cx, cy, half = (x0 + x1) / 2 * to_level, (y0 + y1) / 2 * to_level, side * to_level / 2
    scale_x, scale_y = width / (2 * half), height / (2 * half)
    matrix = np.array(
        [
            [scale_x, 0, (half - cx + 0.5) * scale_x - 0.5],
            [0, scale_y, (half - cy + 0.5) * scale_y - 0.5],
        ]
    )
    return cv2.warpAffine(level, matrix, (width, height), flags=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def shorter_side(pyramid: Pyramid, box: Floats) -> float:
    """Of a face box, in pixels of the picture."""
    return float(min((box[2] - box[0]) * pyramid.width, (box[3] - box[1]) * pyramid.height))
