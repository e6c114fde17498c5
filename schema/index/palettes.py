"""Palettes of images, kept by color, so that "something red" looks only at reds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import fsum

import numpy as np
from numpy.typing import NDArray

from schema.color import ciede2000, lab, lab_of_rgb, parse_color
from schema.filter.nodes import ColorFilter
from schema.index.bitmaps import BitMap, Survivors, from_mask
from schema.index.postings import Edges, Postings

_EDGE = (33, 65, 33)
"""Corners of cells of 5, 6 and 5 bits of red, green and blue."""
_GRAYISH = 12.0
"""Below this chroma the formula bends so much that the corners of a cell tell less of what is inside."""
_SLACK = (0.9, 0.3)
_SLACK_GRAYISH = (2.4, 0.9)
"""How far a color inside a cell may be nearer than all corners, and how far farther: a third more than was seen."""
_ROUNDING = 1e-6
_SINGLE = 0.01
"""More than single precision may be wrong."""
_TILE = 8192


class Palettes:
    """Each color of each palette is an edge, its key the cell of 2048 neighboring colors that it lies in."""

    def __init__(self) -> None:
        self.edges = Postings(share=np.uint32, fine=np.uint8)
        self.shares: list[float] = []
        """Every share there is; few differ, since they are counts over a fixed number of pixels."""
        self.share_of: dict[float, int] = {}

    def append(self, palettes: Sequence[tuple[tuple[str, float], ...]], first: int) -> None:
        flat = [
            (row, int(color[1:], 16), share) for row, palette in enumerate(palettes, first) for color, share in palette
        ]
        if not flat:
            return
        rows, colors, shares = zip(*flat, strict=True)
        for share in dict.fromkeys(shares):
            if share not in self.share_of:
                self.share_of[share] = len(self.shares)
                self.shares.append(share)
        rgb = np.array(colors, dtype=np.uint32)
        red, green, blue = rgb >> 16, rgb >> 8 & 0xFF, rgb & 0xFF
        cell = (red >> 3) << 11 | (green >> 2) << 5 | blue >> 3
        fine = (red & 7) << 5 | (green & 3) << 3 | blue & 7
        codes = np.fromiter(map(self.share_of.__getitem__, shares), dtype=np.uint32, count=len(shares))
        self.edges.append(cell, {"row": np.array(rows, dtype=np.uint32), "share": codes, "fine": fine})

    def kept(self, survivors: Survivors) -> Palettes:
        found = Palettes()
        found.edges, found.shares, found.share_of = self.edges.kept(survivors), self.shares, self.share_of
        return found

    def matching(self, asked: ColorFilter, count: int) -> BitMap:
        """Rows whose colors within the distance cover enough together."""
        nearest, farthest = _cells(parse_color(asked.near))
        inside = farthest <= asked.distance
        border = ~inside & (nearest <= asked.distance)
        found = self.edges.find(np.flatnonzero(inside), "row", "share")
        beside = self._border(np.flatnonzero(border))
        share_of = np.array([*self.shares, 0.0])
        sure = np.bincount(found["row"], share_of[found["share"]], minlength=count)
        perhaps = np.bincount(beside["row"], share_of[beside["share"]], minlength=count)
        # Only where the colors on the border decide are they looked at one by one.
        size = max(len(sure), len(perhaps))
        sure, perhaps = np.resize(sure, size), np.resize(perhaps, size)
        decided = sure >= asked.min_share + _ROUNDING
        if asked.min_share == 0:
            decided[found["row"]] = True
        open_ = ~decided & (sure + perhaps >= asked.min_share - _ROUNDING)
        beside = {name: column[open_[beside["row"]]] for name, column in beside.items()}
        near = _within(asked, beside["color"])
        rows = np.concatenate([beside["row"][near], found["row"][open_[found["row"]]]])
        codes = np.concatenate([beside["share"][near], found["share"][open_[found["row"]]]])
        decided[_covered(rows, share_of[codes], asked.min_share)] = True
        return from_mask(decided)

    def _border(self, cells: NDArray[np.intp]) -> Edges:
        """The edges in some cells, with their colors as cell and place within it."""
        parts: list[Edges] = [{name: np.empty(0, np.uint32) for name in ("row", "share", "color")}]
        for segment in self.edges.segments:
            found = segment.find(cells.astype(np.uint32))
            if found:
                some = {
                    name: np.concatenate([column[part] for part in found]) for name, column in segment.edges.items()
                }
                held = np.isin(segment.keys, cells)
                cell = np.repeat(segment.keys[held], np.diff(segment.ends, prepend=np.uint32(0))[held])
                parts.append({**some, "color": cell << 8 | some["fine"]})
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _covered(rows: NDArray[np.uint32], shares: NDArray[np.float64], least: float) -> NDArray[np.intp]:
    """Rows whose shares come to enough; sums at the very limit are exact, however many rounded ones they are of."""
    sums = np.bincount(rows, shares)
    enough = sums >= least + _ROUNDING
    if least == 0:
        enough[rows] = True
    unsure = np.flatnonzero(np.abs(sums - least) <= _ROUNDING)
    among = np.isin(rows, unsure)
    exact: dict[int, list[float]] = {row: [] for row in unsure.tolist()}
    for row, share in zip(rows[among].tolist(), shares[among].tolist(), strict=True):
        exact[row].append(share)
    enough[[row for row, parts in exact.items() if parts and fsum(parts) >= least]] = True
    return np.flatnonzero(enough)


def _rgb(colors: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Of a cell and a place within it, shape (n, 3)."""
    cell, fine = colors >> 8, colors & 0xFF
    red = cell >> 11 << 3 | fine >> 5
    green = (cell >> 5 & 63) << 2 | fine >> 3 & 3
    return np.stack([red, green, (cell & 31) << 3 | fine & 7], axis=1).astype(np.uint8)


def _within(asked: ColorFilter, colors: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which colors are near enough: in single precision, and again in double where that is not sure."""
    one, near = lab([parse_color(asked.near)]), np.empty(len(colors), dtype=np.bool_)
    for at in range(0, len(colors), _TILE):
        here = lab_of_rgb(_rgb(colors[at : at + _TILE]))
        far = ciede2000(one.astype(np.float32), here.astype(np.float32))
        unsure = np.abs(far - asked.distance) < _SINGLE
        near[at : at + _TILE] = far <= asked.distance
        near[at : at + _TILE][unsure] = ciede2000(one, here[unsure]) <= asked.distance
    return near


@lru_cache(maxsize=1)
def _corners() -> NDArray[np.floating]:
    """L*a*b* of all cell corners, shape (33, 65, 33, 3)."""
    red, green, blue = np.meshgrid(*(np.linspace(0, 256, n).clip(0, 255).astype(int) for n in _EDGE), indexing="ij")
    return lab_of_rgb(np.stack([red, green, blue], axis=-1).reshape(-1, 3).astype(np.uint8)).reshape(*_EDGE, 3)


@lru_cache(maxsize=64)
def _cells(near: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Bounds of the CIEDE2000 from one color of all colors in each of the 65,536 cells.

    Taken from the corners of each cell, with slack. The formula jumps where the hues are opposite, and bends sharply
    at gray: a cell through which one of these runs has no bounds.
    """
    flat = _corners().reshape(-1, 3)
    one = lab([near])
    far = np.concatenate([ciede2000(one, flat[at : at + _TILE]) for at in range(0, len(flat), _TILE)])
    turn = np.degrees(np.arctan2(flat[:, 2], flat[:, 1]) - np.arctan2(one[0, 2], one[0, 1]))
    least, greatest = _over_corners(far)
    left, right = _over_corners((turn + 180) % 360 - 180)
    across = (left < -90) & (right > 90)
    level = np.arange(64)
    across[(level >> 1) << 11 | level << 5 | level >> 1] = True
    grayish = _over_corners(np.hypot(flat[:, 1], flat[:, 2]))[0] < _GRAYISH
    least -= np.where(grayish, _SLACK_GRAYISH[0], _SLACK[0])
    greatest += np.where(grayish, _SLACK_GRAYISH[1], _SLACK[1])
    return np.where(across, 0, least), np.where(across, np.inf, greatest)


def _over_corners(values: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Least and greatest of the eight corners of each cell."""
    least = greatest = values.astype(np.float32).reshape(_EDGE)
    for axis in range(3):
        low, high = [slice(None)] * 3, [slice(None)] * 3
        low[axis], high[axis] = slice(0, -1), slice(1, None)
        least = np.minimum(least[tuple(low)], least[tuple(high)])
        greatest = np.maximum(greatest[tuple(low)], greatest[tuple(high)])
    return least.ravel(), greatest.ravel()
