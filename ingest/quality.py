"""How a picture turned out: sharpness, light and contrast, each a number from 0 to 1, and the words for the extremes.

Sharpness is looked for where a picture is sharpest, since a portrait before a soft background is sharp: the picture is
cut into tiles, and the tile in which edges are steep for their height decides. An edge that is `w` pixels wide has a
gradient of its height / w, so steepness over height tells the width, whatever the contrast; and the whole picture is
brought to one size before, so that the number means the same for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.opening import Pixels

Gray = NDArray[np.uint8]
Number = TypeVar("Number", bound=np.generic)

SIDE = 720
"""Long side at which sharpness is measured: what a screen shows of a photo. Smaller pictures are taken as they are."""
TILE = 48
SHARPEST = 0.05
"""Share of the tiles that counts, from the sharpest on."""
REACH = 25
"""Pixels around a point within which an edge rises to its full height."""
DIAGONAL = np.float32(0.5**0.5)
FLAT = 16
"""Height of edges, in levels of 255, below which a tile shows noise or sky and nothing can be said."""
STEEPNESS = np.where(np.arange(256) >= FLAT, 1 / (16 * np.maximum(np.arange(256), FLAT)), 0).astype(np.float32)
"""By the height of an edge, what makes of Scharr's gradient its height / width."""

BLURRY, SHARP = 0.35, 0.43
"""Of 74 photos that nobody would call blurry none is below .41. Blurred by hand (a Gaussian of 4.5 pixels at 1440, or a
shake of 25) all are below .35; a shake of 15 pixels is seen in 95 of 100, a Gaussian of 3 in one of ten."""
DARK, OVEREXPOSED = 0.18, 0.8
"""Photos taken by day have a mean luma of .2 to .65, those of cities at night .14 to .16."""
FADED = 0.4
"""Fog at sea has .48."""


@dataclass(frozen=True, slots=True)
class Quality:
    sharpness: float | None
    """None: there is no edge to tell it by."""
    brightness: float
    """Mean luma."""
    contrast: float
    """Between the 1st and 99th percentile of luma."""


def quality(picture: Pixels) -> Quality:
    """`picture` (h, w, 3) RGB, long side at most SIDE."""
    gray: Gray = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
    shares = cv2.calcHist([gray], [0], None, [256], [0, 256]).ravel().astype(np.float64) / gray.size
    low, high = np.searchsorted(np.cumsum(shares), [0.01, 0.99])
    return Quality(_sharpness(gray), float(shares @ np.arange(256) / 255), float(high - low) / 255)


def quality_words(measured: Quality) -> tuple[str, ...]:
    words = []
    if measured.sharpness is not None and not BLURRY <= measured.sharpness < SHARP:
        words.append("blurry" if measured.sharpness < BLURRY else "sharp")
    if measured.brightness < DARK:
        words.append("dark")
    elif measured.brightness > OVEREXPOSED:
        words.append("overexposed")
    if measured.contrast < FADED:
        words.append("faded")
    return tuple(words)


def _sharpness(gray: Gray) -> float | None:
    h, w = gray.shape
    if min(h, w) < 3 * 8:
        return None
    smooth = cv2.GaussianBlur(gray, (3, 3), 0)
    window = np.ones((REACH, REACH), np.uint8)
    height = cv2.subtract(cv2.dilate(smooth, window), cv2.erode(smooth, window))
    side = min(TILE, h // 3, w // 3)
    rows, columns = h // side, w // side
    edges = _tiles((height >= FLAT).view(np.uint8), side).sum(axis=1, dtype=np.uint16).reshape(rows, columns, side)
    known = edges.sum(axis=2) > 0.1 * side * side
    if not known.any():
        return None
    scale = cv2.LUT(height, STEEPNESS)
    across, down = (cv2.Scharr(smooth, cv2.CV_32F, x, 1 - x) * scale for x in (1, 0))
    slants = cv2.absdiff(across, -down) * DIAGONAL, cv2.absdiff(across, down) * DIAGONAL
    steepest = []
    for steep in (np.abs(across), np.abs(down), *slants):
        ratio = np.asarray(cv2.blur(steep, (3, 3)), np.float32)  # one pixel is no edge
        steepest.append(_tiles(ratio, side).max(axis=1).reshape(rows, columns, side).max(axis=2)[known])
    return float(np.clip(np.quantile(steepest, 1 - SHARPEST, axis=1).min(), 0, 1))


def _tiles(values: NDArray[Number], side: int) -> NDArray[Number]:
    """(rows, side, columns * side): whole tiles only; numpy is fast at maxima and sums along the middle."""
    rows, columns = values.shape[0] // side, values.shape[1] // side
    return values[: rows * side, : columns * side].reshape(rows, side, columns * side)
