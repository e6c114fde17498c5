"""Text in pictures: a map of text to lines with corners, a line cut out and laid straight, its characters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.decoders.attributes import only
from inference.decoders.settings import Characters, TextMap
from inference.preprocess import Picture, Placement, Pyramid
from schema.graph import Box

Floats = NDArray[np.float32]

GRAY = 127
"""What surrounds a line that is shorter than its tensor: 0 after normalization."""
STEP = 80
"""Tensors are filled up to multiples of so many pixels, so that lines of about one length run together."""
UPRIGHT = 1.5
"""A line so many times higher than wide is written from top to bottom, or was turned."""


@dataclass(frozen=True, slots=True)
class LineBoxes:
    """n lines of one picture in reading order."""

    corners: Floats
    """(n, 4, 2) x, y in 0..1 of the upright picture, clockwise, from where the line begins."""
    scores: Floats

    def __len__(self) -> int:
        return len(self.scores)


def text_map(row: Mapping[str, NDArray[Any]], settings: TextMap, placement: Placement) -> LineBoxes:
    """Connected regions of the map, each as the smallest turned rectangle around it."""
    likely = only(row, settings.output)
    likely = likely.reshape(likely.shape[-2:])
    mask = (likely > settings.threshold).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    corners: list[Floats] = []
    scores: list[float] = []
    for contour in contours:
        center, (w, h), angle = cv2.minAreaRect(contour)
        if min(w, h) < settings.min_side:
            continue
        score = _mean_inside(likely, np.asarray(cv2.boxPoints((center, (w, h), angle)), np.float32))
        if score < settings.score:
            continue
        grown = 2 * w * h * settings.unclip / (2 * (w + h))
        turned = np.asarray(cv2.boxPoints((center, (w + grown, h + grown), angle)), np.float32)
        scale = np.array([placement.scale_x, placement.scale_y], np.float32)
        corners.append((_clockwise(turned) / scale).astype(np.float32))
        scores.append(score)
    best = np.argsort(-np.array(scores), kind="stable")[: settings.limit]
    kept = reading_order([corners[k].clip(0, 1) for k in best])
    return LineBoxes(
        np.array([corners[best[k]].clip(0, 1) for k in kept], np.float32).reshape(-1, 4, 2),
        np.array([scores[best[k]] for k in kept], np.float32),
    )


def _mean_inside(likely: Floats, points: Floats) -> float:
    h, w = likely.shape
    x0, y0 = np.floor(points.min(axis=0)).astype(int).clip(0, [w - 1, h - 1])
    x1, y1 = np.ceil(points.max(axis=0)).astype(int).clip(0, [w - 1, h - 1])
    mask = np.zeros((y1 - y0 + 1, x1 - x0 + 1), np.uint8)
    cv2.fillPoly(mask, [(points - [x0, y0]).astype(np.int32)], (1,))
    return float(cv2.mean(np.ascontiguousarray(likely[y0 : y1 + 1, x0 : x1 + 1]), mask)[0])


def _clockwise(points: Floats) -> Floats:
    """Top left, top right, bottom right, bottom left."""
    by_x = points[np.argsort(points[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    left, right = left[np.argsort(left[:, 1], kind="stable")], right[np.argsort(right[:, 1], kind="stable")]
    return np.array([left[0], right[0], right[1], left[1]], np.float32)


def reading_order(lines: Sequence[Floats]) -> list[int]:
    """From top to bottom; what stands at one height, from left to right."""
    centers = [float(line[:, 1].mean()) for line in lines]
    heights = [float(np.ptp(line[:, 1])) for line in lines]
    rows: list[list[int]] = []
    for k in sorted(range(len(lines)), key=lambda k: centers[k]):
        if rows and centers[k] - centers[rows[-1][0]] < heights[rows[-1][0]] / 2:
            rows[-1].append(k)
        else:
            rows.append([k])
    return [k for row in rows for k in sorted(row, key=lambda k: float(lines[k][:, 0].min()))]


def bounds(corners: Floats) -> Box:
    """x0 y0 x1 y1 around four corners."""
    (x0, y0), (x1, y1) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return x0, y0, x1, y1


def line_cut(pyramid: Pyramid, corners: Floats, height: int, longest: int) -> Picture:
    """The line laid straight, (height, w, 3), with gray behind it up to a multiple of STEP; at most `longest`."""
    size = np.array([pyramid.width, pyramid.height], np.float32)
    points = corners * size
    w = max(float(np.linalg.norm(points[1] - points[0])), float(np.linalg.norm(points[2] - points[3])), 1.0)
    h = max(float(np.linalg.norm(points[3] - points[0])), float(np.linalg.norm(points[2] - points[1])), 1.0)
    if h >= UPRIGHT * w:
        points, w, h = np.roll(points, -1, axis=0), h, w
    across = int(np.clip(round(w * height / h), 8, longest))
    shrink = max(1.0, h / height)
    level = pyramid.at_least(pyramid.width / shrink, pyramid.height / shrink)
    source = (points * (level.shape[1] / pyramid.width)).astype(np.float32)
    target = np.array([[0, 0], [across, 0], [across, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    cut = cv2.warpPerspective(level, matrix, (across, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    canvas = np.full((height, min(longest, -(-across // STEP) * STEP), 3), GRAY, np.uint8)
    canvas[:, :across] = cut
    return canvas


def characters(
    row: Mapping[str, NDArray[Any]], settings: Characters, alphabet: Sequence[str]
) -> tuple[str, float] | None:
    """What the line says and how surely, 0..1; nothing when it is not believed."""
    steps = only(row, settings.output)
    steps = steps.reshape(-1, steps.shape[-1])
    best, likely = steps.argmax(axis=1), steps.max(axis=1)
    told = (best > 0) & (best != np.concatenate([[-1], best[:-1]]))
    text = "".join(alphabet[k - 1] for k in best[told]).strip()
    score = float(likely[told].mean()) if told.any() else 0.0
    return (text, min(1.0, score)) if score >= settings.score and len(text) >= settings.shortest else None
