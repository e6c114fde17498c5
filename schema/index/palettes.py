"""Palettes of images: which shades, and how much of the picture each covers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import fsum

import numpy as np
from numpy.typing import NDArray

from schema.color import are_hex, is_hex, shades, shades_within
from schema.filter.nodes import ColorFilter
from schema.index.bitmaps import BitMap, Mask, Survivors, from_mask
from schema.index.postings import Postings, Segment

_ROUNDING = 1e-5
"""More than a sum of the shares of a palette is wrong in single precision."""
_SEGMENT = 2**21
"""Entries that are summed up at once: the sums of 130,000 palettes of sixteen colors are half a megabyte."""


class Palettes:
    """For each shade the rows that show it, and how much of the picture it covers. A color is all shades near it, so
    that a question reads no more than it sums up."""

    def __init__(self) -> None:
        self.colors = Postings(_SEGMENT, share=np.float32)
        """Shares in single precision, each standing for one exact share."""
        self.rounded: dict[float, float] = {}
        """Exact share -> how it is kept. Few differ, since they are counts over a fixed number of pixels."""
        self.exact: dict[float, float] = {}

    def append(self, palettes: Sequence[Sequence[tuple[str, float]]], first: int) -> None:
        kept = [entry for palette in palettes for entry in palette]
        sizes = [len(palette) for palette in palettes]
        if not are_hex([color for color, _ in kept]):
            kept = [entry for entry in kept if is_hex(entry[0])]
            sizes = [sum(is_hex(color) for color, _ in palette) for palette in palettes]
        for one in {share for _, share in kept} - self.rounded.keys():
            self._round(one)
        row = np.repeat(np.arange(first, first + len(sizes), dtype=np.uint32), sizes)
        share = np.array([self.rounded[share] for _, share in kept], dtype=np.float32)
        self.colors.append(shades(color for color, _ in kept), {"row": row, "share": share})

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
        found.colors = self.colors.kept(survivors)
        return found

    def matching(self, asked: ColorFilter, among: BitMap, count: int) -> BitMap:
        """Of some of the first `count` rows those whose colors within the distance cover enough together."""
        near = shades_within(asked.near, asked.distance)
        enough = np.zeros(count, dtype=np.bool_)
        for segment in self.colors.segments:
            parts = segment.spans(np.flatnonzero(near[segment.keys]))
            if parts:
                self._mark(enough, segment, parts, asked.min_share)
        return from_mask(enough) & among

    def _mark(self, enough: Mask, segment: Segment, parts: list[slice], least: float) -> None:
        """Rows of a segment whose entries in some parts of it cover enough together."""
        row = np.concatenate([segment.edges["row"][part] for part in parts])
        if least == 0:
            enough[row[row < len(enough)]] = True
            return
        share = np.concatenate([segment.edges["share"][part] for part in parts])
        first = int(row.min())
        row -= np.uint32(first)
        # The product of a matrix of one column and 1 adds up three times as fast as numpy does. Loading scipy takes a
        # fifth of a second, which most starts need not wait for.
        from scipy.sparse import csc_array

        ends = np.array([0, len(row)], dtype=np.int32)
        column = csc_array((share, row.view(np.int32), ends), shape=(int(row.max()) + 1, 1))
        covered: NDArray[np.float32] = (column @ np.ones(1, dtype=np.float32))[: max(0, len(enough) - first)]
        reached = covered >= np.float32(least)
        unsure = (np.abs(covered - np.float32(least)) <= _ROUNDING) & (covered > 0)
        if unsure.any():
            shares = defaultdict[int, list[float]](list)
            mine = row < len(covered)
            mine[mine] = unsure[row[mine]]
            for one, part in zip(row[mine].tolist(), share[mine].tolist(), strict=True):
                shares[one].append(self.exact[part])
            for one, parts_of in shares.items():
                reached[one] = fsum(parts_of) >= least
        enough[first : first + len(reached)] |= reached
