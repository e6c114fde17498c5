"""Palettes of images, kept by shade, so that "something red" looks only at reds."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

import numpy as np
from numpy.typing import NDArray

from schema.color import is_hex, shade_differences, shades
from schema.filter.nodes import ColorFilter
from schema.index.bitmaps import BitMap, Survivors, from_any_rows
from schema.index.postings import Postings

_ROUNDING = 1e-6


class Palettes:
    """Each color of each palette is an edge, whose key is its shade."""

    def __init__(self) -> None:
        self.edges = Postings(share=np.uint16)
        self.shares: list[float] = []
        """Every share there is; few differ, since they are counts over a fixed number of pixels."""
        self.share_of: dict[float, int] = {}

    def append(self, palettes: Sequence[Sequence[tuple[str, float]]], first: int) -> None:
        palettes = [[entry for entry in palette if is_hex(entry[0])] for palette in palettes]
        sizes = np.fromiter(map(len, palettes), dtype=np.int64, count=len(palettes))
        rows = np.repeat(np.arange(first, first + len(palettes), dtype=np.uint32), sizes)
        shares = [share for palette in palettes for _, share in palette]
        for share in dict.fromkeys(shares):
            if share not in self.share_of:
                self.share_of[share] = len(self.shares)
                self.shares.append(share)
        if len(self.shares) > 65_536:
            self.edges.widen("share", np.uint32)
        codes = np.fromiter(map(self.share_of.__getitem__, shares), dtype=np.uint32, count=len(shares))
        self.edges.append(shades(color for palette in palettes for color, _ in palette), {"row": rows, "share": codes})

    def kept(self, survivors: Survivors) -> Palettes:
        found = Palettes()
        found.edges, found.shares, found.share_of = self.edges.kept(survivors), self.shares, self.share_of
        return found

    def matching(self, asked: ColorFilter, count: int) -> BitMap:
        """Rows whose colors within the distance cover enough together."""
        found = self.edges.find(np.flatnonzero(shade_differences(asked.near) <= asked.distance))
        rows = found["row"]
        if asked.min_share == 0:
            return from_any_rows(rows, count)
        shares = np.array(self.shares)[found["share"]]
        covered = np.bincount(rows, shares)
        enough = covered >= asked.min_share + _ROUNDING
        self._decide(enough, np.abs(covered - asked.min_share) <= _ROUNDING, rows, shares, asked.min_share)
        return from_any_rows(np.flatnonzero(enough), count)

    @staticmethod
    def _decide(
        enough: NDArray[np.bool_],
        unsure: NDArray[np.bool_],
        rows: NDArray[np.uint32],
        shares: NDArray[np.float64],
        least: float,
    ) -> None:
        """Sums at the very limit are made exact, however many rounded ones they are of."""
        parts: dict[int, list[float]] = {row: [] for row in np.flatnonzero(unsure).tolist()}
        if parts:
            among = unsure[rows]
            for row, share in zip(rows[among].tolist(), shares[among].tolist(), strict=True):
                parts[row].append(share)
            enough[[row for row, some in parts.items() if fsum(some) >= least]] = True
