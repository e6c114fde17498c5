"""Palettes of images, kept by color, so that "something red" looks only at reds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import fsum

import numpy as np
from numpy.typing import NDArray

from schema.color import ciede2000, difference, lab, parse_color
from schema.filter.nodes import ColorFilter
from schema.index.bitmaps import BitMap, Survivors, from_any_rows
from schema.index.postings import Postings

_EDGE = (33, 65, 33)
"""Corners of cells of 5, 6 and 5 bits of red, green and blue."""
_SLACK = 2.5
"""How far a color inside a cell may be nearer or farther than all corners of the cell: at most 1.8 was seen."""
_ROUNDING = 1e-6
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
        inside = farthest <= asked.distance - _SLACK
        border = ~inside & (nearest <= asked.distance + _SLACK)
        found = self.edges.find(np.flatnonzero(inside), "row", "share")
        rows, codes = [found["row"]], [found["share"]]
        row, code = self._exact(asked, np.flatnonzero(border))
        all_rows, all_codes = np.concatenate([*rows, row]), np.concatenate([*codes, code])
        shares = np.array(self.shares)[all_codes] if len(all_codes) else np.empty(0)
        covered = np.bincount(all_rows, shares, minlength=count)[:count]
        if asked.min_share == 0:
            return from_any_rows(all_rows[all_rows < count], count)
        found_rows = np.flatnonzero(covered >= asked.min_share - _ROUNDING)
        unsure = found_rows[np.abs(covered[found_rows] - asked.min_share) <= _ROUNDING]
        wrong = [row for row in unsure.tolist() if fsum(shares[all_rows == row].tolist()) < asked.min_share]
        return from_any_rows(np.setdiff1d(found_rows, wrong), count)

    def _exact(self, asked: ColorFilter, cells: NDArray[np.intp]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Edges in some cells whose own color is near enough."""
        rows, codes = [np.empty(0, np.uint32)], [np.empty(0, np.uint32)]
        for segment in self.edges.segments:
            parts = segment.find(cells.astype(np.uint32))
            if not parts:
                continue
            take = np.concatenate([np.arange(part.start, part.stop) for part in parts])
            key = np.repeat(segment.keys, np.diff(segment.ends, prepend=np.uint32(0)))[take]
            colors, which = np.unique(key << 8 | segment.edges["fine"][take], return_inverse=True)
            near = np.concatenate(
                [difference(asked.near, _hexes(colors[at : at + _TILE])) for at in range(0, len(colors), _TILE)]
            )
            keep = take[(near <= asked.distance)[which]]
            rows.append(segment.edges["row"][keep])
            codes.append(segment.edges["share"][keep])
        return np.concatenate(rows), np.concatenate(codes)


def _hexes(keys: NDArray[np.uint32]) -> list[str]:
    cell, fine = keys >> 8, keys & 0xFF
    red = cell >> 11 << 3 | fine >> 5
    green = (cell >> 5 & 63) << 2 | fine >> 3 & 3
    blue = (cell & 31) << 3 | fine & 7
    return [f"#{rgb:06x}" for rgb in (red << 16 | green << 8 | blue).tolist()]


@lru_cache(maxsize=1)
def _corners() -> NDArray[np.float64]:
    """L*a*b* of all cell corners, shape (33, 65, 33, 3)."""
    red, green, blue = np.meshgrid(*(np.linspace(0, 256, n).clip(0, 255).astype(int) for n in _EDGE), indexing="ij")
    colors = (red << 16 | green << 8 | blue).ravel()
    return lab([f"#{color:06x}" for color in colors.tolist()]).reshape(*_EDGE, 3)


@lru_cache(maxsize=64)
def _cells(near: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Least and greatest CIEDE2000 of a color from the corners of each of the 65,536 cells."""
    flat = _corners().reshape(-1, 3)
    one = lab([near])
    far = np.concatenate([ciede2000(one, flat[at : at + _TILE]) for at in range(0, len(flat), _TILE)])
    least = greatest = far.astype(np.float32).reshape(_EDGE)
    for axis in range(3):
        low, high = [slice(None)] * 3, [slice(None)] * 3
        low[axis], high[axis] = slice(0, -1), slice(1, None)
        least = np.minimum(least[tuple(low)], least[tuple(high)])
        greatest = np.maximum(greatest[tuple(low)], greatest[tuple(high)])
    return least.ravel(), greatest.ravel()
