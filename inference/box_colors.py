"""The colors a box shows, so that "red car" is a car box that is red."""

from __future__ import annotations

import cv2
import numpy as np

from inference.preprocess import Floats, Pyramid

SIDE = 24
"""Pixels a box is reduced to before its colors are counted."""
INNER = 0.8
"""Share of the box that is looked at: its rim shows the background."""


def box_colors(pyramid: Pyramid, box: Floats, count: int = 2, share: float = 0.2) -> tuple[str, ...]:
    """Up to `count` colors #rrggbb, most of it first, each at least `share` of the inner box."""
    center, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2 * INNER
    shrink_w = max(1.0, float(half[0]) * 2 * pyramid.width / SIDE)
    shrink_h = max(1.0, float(half[1]) * 2 * pyramid.height / SIDE)
    level = pyramid.at_least(pyramid.width / shrink_w, pyramid.height / shrink_h)
    h, w = level.shape[:2]
    x0, y0 = np.floor((center - half) * [w, h]).astype(int).clip(0, [w - 1, h - 1])
    x1, y1 = np.ceil((center + half) * [w, h]).astype(int).clip([x0 + 1, y0 + 1], [w, h])
    small = cv2.resize(level[y0:y1, x0:x1], (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.uint8).reshape(-1, 3)
    # 4 levels a channel: coarse enough that one paint in sun and shade stays few cells.
    cells = (small >> 6).astype(np.int32) @ np.array([16, 4, 1], np.int32)
    amount = np.bincount(cells, minlength=64)
    best = np.argsort(-amount, kind="stable")[:count]
    return tuple(
        "#{:02x}{:02x}{:02x}".format(*small[cells == cell].mean(axis=0).round().astype(int))
        for cell in best
        if amount[cell] >= share * len(small)
    )
