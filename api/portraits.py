"""A face cut out of its picture, for lists of people."""

from __future__ import annotations

from pathlib import Path

import cv2

from api.covering import coarse

SIDE = 240
"""Pixels: twice what lists show, for dense screens."""
AROUND = 1.7
"""Side of the square, in units of the longer side of the face: hair, chin and a little air."""
QUALITY = 86


def face_portrait(large: Path, box: tuple[float, float, float, float], *, covered: bool = False) -> bytes | None:
    """JPEG of the square around a box (0..1 of the picture) of a thumbnail; None when there is no picture to cut.

    `covered`: with next to nothing of it left.
    """
    picture = cv2.imread(str(large))
    if picture is None:
        return None
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = box
    side = max(8.0, min(AROUND * max((x1 - x0) * width, (y1 - y0) * height), width, height))
    left = min(max((x0 + x1) / 2 * width - side / 2, 0), width - side)
    top = min(max((y0 + y1) / 2 * height - side / 2, 0), height - side)
    cut = picture[int(top) : int(top + side), int(left) : int(left + side)]
    if not cut.size:
        return None
    wanted = min(SIDE, max(cut.shape[:2]) * 2)  # a tiny face is not blown up beyond what a screen does better
    shrinking = cv2.INTER_AREA if cut.shape[0] > wanted else cv2.INTER_CUBIC
    portrait = cv2.resize(coarse(cut) if covered else cut, (wanted, wanted), interpolation=shrinking)
    done, data = cv2.imencode(".jpg", portrait, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return data.tobytes() if done else None
