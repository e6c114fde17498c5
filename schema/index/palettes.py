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
        found = [(segment, segment.spans(np.flatnonzero(near[segment.keys]))) for segment in self.colors.segments]
        # New memory is slow the first time it is written to, so the segments share it.
        most = max((sum(part.stop - part.start for part in parts) for _, parts in found), default=0)
        room = np.empty(most, dtype=np.uint32), np.empty(most, dtype=np.float32)
        enough = np.zeros(count, dtype=np.bool_)
        for segment, parts in found:
            if parts:
                self._mark(enough, *_joined(segment, parts, *room), asked.min_share)
        return from_mask(enough) & among

    def _mark(self, enough: Mask, row: NDArray[np.uint32], share: NDArray[np.float32], least: float) -> None:
        """Rows whose entries, all of them of one segment, cover enough together. Writes over `row`."""
        if least == 0:
            enough[row[row < len(enough)]] = True
            return
        first = int(row.min())
        row -= np.uint32(first)
        covered = _sums(row.view(np.int32), share)[: max(0, len(enough) - first)]
        reached = covered > np.float32(least + _ROUNDING)
        unsure = (covered >= np.float32(least - _ROUNDING)) & ~reached & (covered > 0)
        if unsure.any():
            shares = defaultdict[int, list[float]](list)
            mine = row < len(covered)
            mine[mine] = unsure[row[mine]]
            for one, part in zip(row[mine].tolist(), share[mine].tolist(), strict=True):
                shares[one].append(self.exact[part])
            for one, parts_of in shares.items():
                reached[one] = fsum(parts_of) >= least
        enough[first : first + len(reached)] |= reached


def _joined(
    segment: Segment, parts: list[slice], row: NDArray[np.uint32], share: NDArray[np.float32]
) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """Some parts of a segment, at the beginning of what is large enough for them."""
    rows, shares = segment.edges["row"], segment.edges["share"]
    size = sum(part.stop - part.start for part in parts)
    np.concatenate([rows[part] for part in parts], out=row[:size])
    np.concatenate([shares[part] for part in parts], out=share[:size])
    return row[:size], share[:size]


def _sums(row: NDArray[np.int32], share: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of the shares of each row up to the greatest.

    The product of a matrix of one column and 1 adds up three times as fast as numpy does. Its parts are put in where
    the matrix has them, since making it of them first looks through all. Loading scipy takes a fifth of a second, which
    most starts need not wait for.
    """
    from scipy.sparse import csc_array

    column = csc_array((int(row.max()) + 1, 1), dtype=np.float32)
    column.data, column.indices, column.indptr = share, row, np.array([0, len(row)], dtype=np.int32)
    sums: NDArray[np.float32] = column @ np.ones(1, dtype=np.float32)
    return sums
