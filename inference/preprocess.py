"""Pictures to tensors. Pictures are uint8 (h, w, 3) RGB, upright; every step is plain geometry on OpenCV."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.cards import Input
from schema.errors import BadFile

Picture = NDArray[np.uint8]
"""(h, w, 3) RGB, upright, h and w at least 1."""
Floats = NDArray[np.float32]

_WAYS = {"linear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC, "area": cv2.INTER_AREA}


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the whole picture lies in its tensor: from the top-left corner on, over so many tensor pixels."""

    scale_x: float
    scale_y: float

    def to_unit(self, boxes: Floats) -> Floats:
        """(n, 4) x0 y0 x1 y1 in tensor pixels -> 0..1 of the picture, clipped."""
        scale = np.array([self.scale_x, self.scale_y] * 2, np.float32)
        clipped: Floats = np.clip(boxes / scale, 0.0, 1.0).astype(np.float32)
        return clipped


def _scaled(picture: Picture, width: int, height: int, way: int) -> Picture:
    return cv2.resize(picture, (width, height), interpolation=way).astype(np.uint8, copy=False)


class Pyramid:
    """A picture and its halvings, made when first asked for and shared by all models that look at it.

    Each level is the exact 2x2 average of the one before (an odd last row or column is left out), so a final bilinear
    or cubic step never shrinks by more than 2 and does not alias.
    """

    def __init__(self, picture: Picture) -> None:
        if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or not picture.size:
            raise BadFile(f"A picture must be uint8 (h, w, 3) RGB, this one is {picture.dtype} {picture.shape}.")
        self.levels = [np.ascontiguousarray(picture)]
        self._making = threading.Lock()

    @property
    def height(self) -> int:
        return int(self.levels[0].shape[0])

    @property
    def width(self) -> int:
        return int(self.levels[0].shape[1])

    def at_least(self, width: float, height: float) -> Picture:
        """The smallest level that is no smaller than this (level 0 if the picture itself is)."""
        index = 0
        while True:
            h, w = self.levels[index].shape[:2]
            if w < 2 * width or h < 2 * height or min(w, h) < 2:
                return self.levels[index]
            with self._making:
                if index + 1 == len(self.levels):
                    even = self.levels[index][: h // 2 * 2, : w // 2 * 2]
                    self.levels.append(_scaled(even, w // 2, h // 2, cv2.INTER_AREA))
            index += 1


def resize(picture: Picture, width: int, height: int, interpolation: str) -> Picture:
    """To exactly (height, width); by area where a side still shrinks by more than 2 (very long pictures)."""
    h, w = picture.shape[:2]
    if (w, h) == (width, height):
        return picture
    if w > 2 * width or h > 2 * height:
        picture = _scaled(picture, min(w, width), min(h, height), cv2.INTER_AREA)
    return _scaled(picture, width, height, _WAYS[interpolation])


def central(picture: Picture, width: float, height: float) -> Picture:
    """The middle of a picture: so much of its width and of its height, both in 0..1."""
    h, w = picture.shape[:2]
    inner_w, inner_h = max(1, round(w * width)), max(1, round(h * height))
    left, top = (w - inner_w) // 2, (h - inner_h) // 2
    return picture[top : top + inner_h, left : left + inner_w]


def view(pyramid: Pyramid, card: Input, kind: str) -> tuple[Picture, Placement]:
    """One view as uint8 RGB of the tensor's size (`fit`: of its own size), and where the picture lies in it."""
    w, h = pyramid.width, pyramid.height
    if kind == "crop":
        side = card.crop * min(w, h)
        square = central(pyramid.at_least(card.width * w / side, card.height * h / side), side / w, side / h)
        return resize(square, card.width, card.height, card.interpolation), Placement(card.width, card.height)
    if kind == "inset":
        inner = central(pyramid.at_least(card.width / card.crop, card.height / card.crop), card.crop, card.crop)
        return resize(inner, card.width, card.height, card.interpolation), Placement(card.width, card.height)
    if kind == "squash":
        whole = pyramid.at_least(card.width, card.height)
        return resize(whole, card.width, card.height, card.interpolation), Placement(card.width, card.height)
    if kind == "line":
        raise ValueError("a line is cut out of a picture, it is no view of one")
    scale = min(card.width / w, card.height / h) if kind == "letterbox" else card.width / max(h, w)
    if not card.enlarge:
        scale = min(1.0, scale)
    inner_w, inner_h = max(1, round(w * scale)), max(1, round(h * scale))
    small = resize(pyramid.at_least(inner_w, inner_h), inner_w, inner_h, card.interpolation)
    full_w, full_h = (card.width, card.height) if kind == "letterbox" else (_up(inner_w), _up(inner_h))
    if (full_w, full_h) == (inner_w, inner_h):
        return small, Placement(inner_w, inner_h)
    canvas = np.full((full_h, full_w, 3), card.pad, np.uint8)
    canvas[:inner_h, :inner_w] = small
    return canvas, Placement(inner_w, inner_h)


def _up(side: int, step: int = 32) -> int:
    return -(-side // step) * step


def tensor(views: Sequence[Picture], card: Input) -> Floats:
    """Views of one size -> float32 (n, 3, h, w) or (n, h, w, 3), normalized as the card says."""
    mean, std = np.array(card.mean, np.float32), np.array(card.std, np.float32)
    height, width = views[0].shape[:2]
    shape = (len(views), 3, height, width) if card.layout == "NCHW" else (len(views), height, width, 3)
    result = np.empty(shape, np.float32)
    for row, picture in zip(result, views, strict=True):
        for k in range(3):
            source = picture[..., k if card.channels == "RGB" else 2 - k]
            plane = row[k] if card.layout == "NCHW" else row[..., k]
            if std[k] == 1.0:
                np.subtract(source, mean[k], out=plane, dtype=np.float32)
            else:
                np.multiply(source, 1 / std[k], out=plane, dtype=np.float32)
                plane -= mean[k] / std[k]
    return result
