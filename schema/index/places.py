"""Areas: circles, boxes and polygons over the coordinates of images."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from schema.errors import BadFilter
from schema.filter import geometry
from schema.filter.nodes import Box, Near, PlaceFilter
from schema.index.bitmaps import BitMap, Mask, from_rows, to_array
from schema.index.names import Names

if TYPE_CHECKING:
    from schema.index.table import Table

Degrees = NDArray[np.float64]
Test = Callable[[Degrees, Degrees], Mask]
"""Of latitudes and longitudes, which lie inside."""

_CELLS = 48
"""A polygon's bounding box is cut into so many cells each way, most of which lie all inside or all outside."""
_WORTH = 20_000
"""From so many points on, the cells cost less than they save."""


def where(asked: PlaceFilter, rows: BitMap, table: Table, names: Names) -> BitMap:
    """Of some rows with coordinates, those within all areas asked for."""
    at = to_array(rows)
    lat, lon = table.numbers["lat"].values[at], table.numbers["lon"].values[at]
    for keep in _tests(asked, names):
        inside = keep(lat, lon)
        at, lat, lon = at[inside], lat[inside], lon[inside]
    return from_rows(at)


def _tests(asked: PlaceFilter, names: Names) -> Iterator[Test]:
    if (box := asked.box) is not None:
        yield lambda lat, lon: boxed(box, lat, lon)
    if (near := asked.near) is not None:
        yield lambda lat, lon: _near(near, names, lat, lon)
    if asked.polygon:
        try:
            area = geometry.area(asked.polygon)
        except ValueError as error:
            raise BadFilter(str(error), "place.polygon") from error
        yield lambda lat, lon: _covered(area, lat, lon)


def boxed(box: Box, lat: Degrees, lon: Degrees) -> Mask:
    """As `geometry.in_box`, which is asked only where a plain comparison does not settle it."""
    if box.east - box.west >= 360:
        return np.asarray((lat >= box.south) & (lat <= box.north))
    if box.west > box.east or box.west <= -180 or box.east >= 180:
        band = np.flatnonzero((lat >= box.south) & (lat <= box.north))
        inside = np.zeros(len(lat), dtype=np.bool_)
        inside[band] = geometry.in_box(box, lat[band], lon[band])
        return inside
    return np.asarray((lon >= box.west) & (lon <= box.east) & (lat >= box.south) & (lat <= box.north))


def _near(near: Near, names: Names, lat: Degrees, lon: Degrees) -> Mask:
    inside = np.zeros(len(lat), dtype=np.bool_)
    center = None
    if near.place is not None:
        center = names.center(near.place)
    elif near.lat is not None and near.lon is not None:
        center = near.lat, near.lon
    if center is None:
        return inside
    angle = near.km / geometry.EARTH_KM
    reach = np.degrees(angle) + 1e-6
    close = np.abs(lat - center[0]) <= reach
    if abs(center[0]) + reach < 89:  # no pole within: the circle lies between two meridians
        wide = np.degrees(np.arcsin(np.sin(angle) / np.cos(np.radians(center[0])))) + 1e-6
        apart = np.abs(lon - center[1])
        close &= np.minimum(apart, 360 - apart) <= wide
    band = np.flatnonzero(close)
    inside[band] = geometry.distance_km(*center, lat[band], lon[band]) <= near.km
    return inside


def _covered(area: geometry.Area, lat: Degrees, lon: Degrees) -> Mask:
    """As `area.covers`, asked only of points in cells that the outline passes through."""
    if len(lat) < _WORTH or area.outline.is_empty:
        return area.covers(lat, lon)
    west, south, east, north = area.outline.bounds
    inside = np.zeros(len(lat), dtype=np.bool_)
    band = np.flatnonzero((lat >= south) & (lat <= north))
    if east - west < 360:
        turned = (lon[band] - west) % 360
        band = band[(turned <= east - west) | (turned >= 360 - 1e-9)]
    x = west + (lon[band] - west) % 360
    columns = ((x - west) / (east - west) * _CELLS).astype(np.int64).clip(0, _CELLS - 1)
    lines = ((lat[band] - south) / (north - south) * _CELLS).astype(np.int64).clip(0, _CELLS - 1)
    cell = lines * _CELLS + columns
    full, empty = _cells(area)
    inside[band[full[cell]]] = True
    border = band[~full[cell] & ~empty[cell]]
    inside[border] = area.covers(lat[border], lon[border])
    return inside


def _cells(area: geometry.Area) -> tuple[Mask, Mask]:
    """Which cells of the bounding box lie all inside, and which all outside; a little more than each is looked at."""
    west, south, east, north = area.outline.bounds
    xs, ys = np.linspace(west, east, _CELLS + 1), np.linspace(south, north, _CELLS + 1)
    x, y = np.meshgrid(xs[:-1], ys[:-1])
    wide, high = (east - west) / _CELLS, (north - south) / _CELLS
    more_x, more_y = wide * 1e-6, high * 1e-6
    cells = shapely.box(x - more_x, y - more_y, x + wide + more_x, y + high + more_y).ravel()
    shapely.prepare(area.outline)
    full = shapely.contains_properly(area.outline, cells)
    return full, ~full & ~shapely.intersects(area.outline, cells)
