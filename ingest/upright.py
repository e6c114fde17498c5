"""EXIF orientation: how pixels and boxes as stored become upright. 1..8 as in EXIF 2.32, 4.6.4."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from schema.graph import Box


def upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Pixels (h, w, ...) as stored, turned the right way up; contiguous."""
    match orientation:
        case 2:
            turned = pixels[:, ::-1]
        case 3:
            turned = pixels[::-1, ::-1]
        case 4:
            turned = pixels[::-1]
        case 5:
            turned = pixels.swapaxes(0, 1)
        case 6:
            turned = pixels[::-1].swapaxes(0, 1)
        case 7:
            turned = pixels[::-1, ::-1].swapaxes(0, 1)
        case 8:
            turned = pixels[:, ::-1].swapaxes(0, 1)
        case _:
            return pixels
    return np.ascontiguousarray(turned)


def upright_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    return (height, width) if orientation >= 5 else (width, height)


def upright_box(box: Box, orientation: int) -> Box:
    """A box in 0..1 of the stored picture, as it lies in the upright one."""
    x0, y0, x1, y1 = box
    if orientation in (2, 3, 7, 8):
        x0, x1 = 1 - x1, 1 - x0
    if orientation in (3, 4, 6, 7):
        y0, y1 = 1 - y1, 1 - y0
    if orientation >= 5:
        x0, y0, x1, y1 = y0, x0, y1, x1
    return (x0, y0, x1, y1)
