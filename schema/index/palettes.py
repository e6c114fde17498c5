"""Palettes of images: which shades, and how much of the picture each covers."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from schema.color import SHADES, are_hex, is_hex, shade_differences, shades
from schema.filter.nodes import ColorFilter
from schema.index.bitmaps import BitMap, Mask, Survivors, from_mask, from_rows, to_array
from schema.index.columns import Column

_ROUNDING = 1e-5
"""More than a sum of the shares of a palette is wrong in single precision."""
_SPARSE = 8
"""Below one row in so many, only those are looked at."""


class Palettes:
    """The rows of a sparse matrix, images by shades: a color is a vector of the shades that are near it, and how much
    each picture shows of it is their product."""

    def __init__(self) -> None:
        self.shade = Column(np.int32)
        self.share = Column(np.float32)
        """In single precision, each standing for one exact share."""
        self.ends = Column(np.uint32)
        """Where the colors of each row end."""
        self.rounded: dict[float, float] = {}
        """Exact share -> how it is kept. Few differ, since they are counts over a fixed number of pixels."""
        self.exact: dict[float, float] = {}

    def append(self, palettes: Sequence[Sequence[tuple[str, float]]]) -> None:
        kept = [entry for palette in palettes for entry in palette]
        sizes = [len(palette) for palette in palettes]
        if not are_hex([color for color, _ in kept]):
            kept = [entry for entry in kept if is_hex(entry[0])]
            sizes = [sum(is_hex(color) for color, _ in palette) for palette in palettes]
        for share in {share for _, share in kept} - self.rounded.keys():
            self._round(share)
        before = len(self.shade)
        self.shade.append(shades(color for color, _ in kept).astype(np.int32))
        self.share.append(np.array([self.rounded[share] for _, share in kept], dtype=np.float32))
        self.ends.append((np.cumsum(sizes) + before).astype(np.uint32))

    def _round(self, share: float) -> None:
        """To a number of single precision that stands for no other share yet."""
        rounded = np.float32(share)
        while float(rounded) in self.exact:
            rounded = np.nextafter(rounded, np.float32(2))
        self.rounded[share] = float(rounded)
        self.exact[float(rounded)] = share

    def kept(self, survivors: Survivors) -> Palettes:
        found = Palettes()
        found.rounded, found.exact = self.rounded, self.exact
        at, ends = self._entries(survivors.rows)
        found.shade, found.share = self.shade.kept(at), self.share.kept(at)
        found.ends = Column(np.uint32, ends.astype(np.uint32))
        return found

    def matching(self, asked: ColorFilter, among: BitMap, count: int) -> BitMap:
        """Of some rows those whose colors within the distance cover enough together."""
        near = shade_differences(asked.near) <= asked.distance
        if len(among) * _SPARSE < count:
            rows = to_array(among)
            return from_rows(rows[self._enough(near, asked.min_share, rows)])
        return from_mask(self._enough(near, asked.min_share, None, count)) & among

    def _enough(self, near: Mask, least: float, rows: NDArray[np.uint32] | None, count: int = 0) -> Mask:
        """Of some rows, or of the first `count`."""
        if rows is None:
            ends = self.ends.values[:count].astype(np.int64)
            at: NDArray[np.int64] | slice = slice(0, int(ends[-1]) if count else 0)
        else:
            at, ends = self._entries(rows)
        shade, share = self.shade.values[at], self.share.values[at]
        if least == 0:
            share = np.ones(len(shade), dtype=np.float32)
        starts = np.concatenate(([0], ends)).astype(np.int32)
        covered = csr_array((share, shade, starts), shape=(len(ends), SHADES)) @ near.astype(np.float32)
        if least == 0:
            return np.asarray(covered > 0)
        enough = np.asarray(covered >= least)
        unsure = (np.abs(covered - np.float32(least)) <= _ROUNDING) & (covered > 0)
        for row in np.flatnonzero(unsure).tolist():
            mine = slice(int(starts[row]), int(starts[row + 1]))
            enough[row] = fsum(self.exact[one] for one in share[mine][near[shade[mine]]].tolist()) >= least
        return enough

    def _entries(self, rows: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Positions of the colors of some rows, and where those of each end among them."""
        ends = self.ends.values
        starts = np.where(rows > 0, ends[rows.astype(np.int64) - 1], 0).astype(np.int64)
        lengths = ends[rows].astype(np.int64) - starts
        stops = np.cumsum(lengths)
        return np.arange(int(lengths.sum())) + np.repeat(starts - stops + lengths, lengths), stops
