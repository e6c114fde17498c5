"""Whether two pictures are one: what their hashes suggest is looked at, on the small thumbnails."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
"""(h, w), upright, about 320 pixels long."""

ALIKE = 0.95
"""Correlation of two pictures laid upon each other from which they are one: re-encoded, resized and recolored copies
of 74 photos were above 0.96, the nearest two different ones at 0.87 (tests/bench/bench_duplicates.py)."""
ALIGNED = 0.90
"""The same after one was found to be a part of the other, where the edges are blurred by the scaling."""
SAME_ASPECT = 1.03
_SIDE = 96
_POINTS = 600
_MIN_MATCHES = 16
_MAX_SCALE = 3.0
_MAX_TURN = math.radians(3)
_MIN_COVERED = 0.9
"""Of the smaller picture that must lie within the larger: a crop lies wholly inside."""
_MIN_KEPT = 0.3
"""Of the larger picture that a crop keeps: less is a detail, and a picture of its own."""


def same_picture(a: Gray, b: Gray) -> bool:
    """Whether one is the other re-encoded, resized, recolored or cropped."""
    tall, wide = a.shape[0] * b.shape[1], a.shape[1] * b.shape[0]
    if max(tall, wide) <= SAME_ASPECT * min(tall, wide):
        one, other = (cv2.resize(x, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA) for x in (a, b))
        if correlation(one, other) >= ALIKE:
            return True
    return _is_part(a, b)


def correlation(a: NDArray[np.generic], b: NDArray[np.generic]) -> float:
    """Pearson's, of two equally large pictures; 0 where one is a plain surface. Brightness and contrast say nothing."""
    x, y = a.astype(np.float32).ravel(), b.astype(np.float32).ravel()
    x -= x.mean()
    y -= y.mean()
    size = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(x @ y) / size if size > 1e-6 * len(x) else 0.0


def _is_part(a: Gray, b: Gray) -> bool:
    """One laid upon the other by the points they share, without turning or shearing."""
    finder = cv2.ORB.create(_POINTS)
    points_a, features_a = finder.detectAndCompute(a, None)
    points_b, features_b = finder.detectAndCompute(b, None)
    if features_a is None or features_b is None:
        return False
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(features_a, features_b)
    if len(matches) < _MIN_MATCHES:
        return False
    here = np.array([points_a[match.queryIdx].pt for match in matches], np.float32)
    there = np.array([points_b[match.trainIdx].pt for match in matches], np.float32)
    cv2.setRNGSeed(1)  # the same two pictures, the same answer
    moved, inliers = cv2.estimateAffinePartial2D(here, there, method=cv2.RANSAC, ransacReprojThreshold=2.0)
    if moved is None or int(inliers.sum()) < _MIN_MATCHES:
        return False
    scale, turn = math.hypot(moved[0, 0], moved[1, 0]), math.atan2(moved[1, 0], moved[0, 0])
    if not 1 / _MAX_SCALE <= scale <= _MAX_SCALE or abs(turn) > _MAX_TURN:
        return False
    laid = cv2.warpAffine(a, moved, (b.shape[1], b.shape[0]), flags=cv2.INTER_AREA)
    inside = cv2.warpAffine(np.full_like(a, 255), moved, (b.shape[1], b.shape[0]), flags=cv2.INTER_NEAREST) > 0
    shared = float(inside.sum())
    area_a, area_b = a.size * scale * scale, float(b.size)
    if shared < _MIN_COVERED * min(area_a, area_b) or shared < _MIN_KEPT * max(area_a, area_b):
        return False
    return correlation(cv2.blur(laid, (3, 3))[inside], cv2.blur(b, (3, 3))[inside]) >= ALIGNED
