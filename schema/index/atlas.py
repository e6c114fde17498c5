"""Images put together on a map, from rows kept in the order of a curve that fills the plane."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from schema.filter.nodes import Box
from schema.index.bitmaps import BitMap, to_array, to_mask
from schema.index.places import boxed
from schema.query import Cluster

if TYPE_CHECKING:
    from schema.index.table import Table

_CELL_BITS = 2
"""A map tile of 256 pixels is cut into 4 x 4 cells, of 64 pixels each."""
_SPARSE = 16
"""Below one row in so many, those rows are put in order themselves."""
_SPREAD = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)
"""Shifts and masks (Warren, "Hacker's Delight", 7-2)."""


@dataclass(frozen=True, slots=True)
class Located:
    """Rows with coordinates along the curve (Morton, 1966), on which every cell of every zoom is one stretch."""

    place: NDArray[np.uint64]
    """Bits of x and y in turn; ascending."""
    row: NDArray[np.intp]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    built: int = 0
    """Of rows 0 .. built-1, dead ones too."""

    def at(self, which: NDArray[np.intp]) -> Located:
        if len(which) == len(self.row):
            return self
        return Located(self.place[which], self.row[which], self.lat[which], self.lon[which])


class Atlas:
    """All rows with coordinates, kept in order while rows come."""

    def __init__(self) -> None:
        self.located = _located_of(np.empty(0, np.uint32), None)
        self._building = threading.Lock()

    def __getstate__(self) -> Located:
        return self.located

    def __setstate__(self, located: Located) -> None:
        self.located = located
        self._building = threading.Lock()

    def current(self, table: Table, count: int) -> Located:
        """Of at least the first `count` rows."""
        with self._building:
            old = self.located
            if old.built < count:
                rows = to_array(table.flags["located"] & BitMap(range(old.built, count)))
                new = _located_of(rows, table)
                to = np.searchsorted(old.place, new.place)
                self.located = Located(
                    np.insert(old.place, to, new.place),
                    np.insert(old.row, to, new.row),
                    np.insert(old.lat, to, new.lat),
                    np.insert(old.lon, to, new.lon),
                    count,
                )
            return self.located


def clusters(table: Table, rows: BitMap, count: int, box: Box, zoom: int) -> list[Cluster]:
    """Images in a box, put together where they lie within one cell of 64 pixels of the map."""
    rows = rows & table.flags["located"]
    if len(rows) * _SPARSE < count:
        found = _located_of(to_array(rows), table)
    else:
        found = table.atlas.current(table, count)
        found = found.at(np.flatnonzero(to_mask(rows, max(count, found.built))[found.row]))
    found = found.at(np.flatnonzero(boxed(box, found.lat, found.lon)))
    if not len(found.row):
        return []
    cell = found.place >> np.uint64(2 * (32 - zoom - _CELL_BITS))
    starts = np.flatnonzero(np.concatenate(([True], cell[1:] != cell[:-1])))
    sizes = np.diff(starts, append=len(cell))
    lat, lon = found.lat, found.lon
    columns = [
        np.add.reduceat(lat, starts) / sizes,
        np.add.reduceat(lon, starts) / sizes,
        sizes,
        *(least.reduceat(part, starts) for least in (np.minimum, np.maximum) for part in (lat, lon)),
        np.minimum.reduceat(table.id.values[found.row], starts),
    ]
    return [
        Cluster(mid_lat, mid_lon, size, Box.model_construct(south=south, west=west, north=north, east=east), one)
        for mid_lat, mid_lon, size, south, west, north, east, one in zip(*(c.tolist() for c in columns), strict=True)
    ]


def _located_of(rows: NDArray[np.uint32], table: Table | None) -> Located:
    if table is None or not len(rows):
        return Located(np.empty(0, np.uint64), np.empty(0, np.intp), np.empty(0), np.empty(0))
    place = _spread(table.x.values[rows]) << np.uint64(1) | _spread(table.y.values[rows])
    order = np.argsort(place, kind="stable")
    at = rows[order].astype(np.intp)
    return Located(place[order], at, table.numbers["lat"].values[at], table.numbers["lon"].values[at])


def _spread(bits: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """With a free bit before each."""
    found = bits.astype(np.uint64)
    for shift, mask in _SPREAD:
        found = (found | found << np.uint64(shift)) & np.uint64(mask)
    return found
