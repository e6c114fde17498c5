"""Areas on the globe: distance, boxes over the antimeridian, polygons round a pole. Degrees; edges included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from schema.filter.nodes import Box

EARTH_KM = 6371.0088
"""Mean radius, IUGG."""

Corners = Sequence[tuple[float, float]]
"""(lat, lon) in degrees."""


def distance_km(lat: float, lon: float, lats: ArrayLike, lons: ArrayLike) -> NDArray[np.float64]:
    """Great-circle distance by the haversine formula; NaN where a coordinate is."""
    phi, phis = np.radians(lat), np.radians(np.asarray(lats, dtype=np.float64))
    step = np.radians(np.asarray(lons, dtype=np.float64) - lon)
    h = np.sin((phis - phi) / 2) ** 2 + np.cos(phi) * np.cos(phis) * np.sin(step / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(h, 0, 1))))


def in_box(box: Box, lats: ArrayLike, lons: ArrayLike) -> NDArray[np.bool_]:
    """Which points lie in a box. The meridian at 180 is the one at -180."""
    lat, lon = np.asarray(lats, dtype=np.float64), np.asarray(lons, dtype=np.float64)
    east = box.east if box.west <= box.east else box.east + 360
    inside = np.zeros(lon.shape, dtype=np.bool_)
    for shift in (-360, 0, 360):
        inside |= (lon + shift >= box.west) & (lon + shift <= east)
    return np.asarray(inside & (lat >= box.south) & (lat <= box.north))


@dataclass(frozen=True, slots=True)
class Area:
    """A polygon in (lon, lat), whose longitudes run on over 180 rather than jump."""

    outline: shapely.Polygon

    def covers(self, lats: ArrayLike, lons: ArrayLike) -> NDArray[np.bool_]:
        """Which points lie inside or on the outline; NaN never does."""
        lat, lon = np.atleast_1d(np.asarray(lats, dtype=np.float64)), np.atleast_1d(np.asarray(lons, dtype=np.float64))
        inside = np.zeros(lat.shape, dtype=np.bool_)
        if self.outline.is_empty:
            return inside
        west, south, east, north = self.outline.bounds
        shapely.prepare(self.outline)
        for shift in range(-720, 721, 360):
            x = lon + shift
            near = (x >= west) & (x <= east) & (lat >= south) & (lat <= north)
            inside[near] |= shapely.intersects_xy(self.outline, x[near], lat[near])
        return inside


def area(corners: Corners) -> Area:
    """The area inside an outline whose edges are straight in latitude and longitude and take the short way round.

    An outline that goes once round the world encloses the pole nearer to its mean latitude (the north pole when on
    the equator). Raises ValueError, with a sentence, for what has no inside.
    """
    ring = list(corners[:-1] if len(corners) > 1 and corners[0] == corners[-1] else corners)
    if len(set(ring)) < 3:
        raise ValueError("an area needs at least three different corners")
    lons = [ring[0][1]]
    for (_, before), (_, after) in pairwise([*ring, ring[0]]):
        step = (after - before + 180) % 360 - 180
        if step == -180:
            raise ValueError("an edge spans half of the world, so either way is the short one; put a corner between")
        lons.append(lons[-1] + step)
    points = [(lon, lat) for lon, (lat, _) in zip(lons, ring, strict=False)]
    turns = round((lons[-1] - lons[0]) / 360)
    if abs(turns) > 1:
        raise ValueError("the outline runs round the world more than once; draw it without crossing itself")
    if turns:
        pole = 90.0 if sum(lat for lat, _ in ring) >= 0 else -90.0
        points += [(lons[-1], ring[0][0]), (lons[-1], pole), (lons[0], pole)]
    outline = shapely.Polygon(points)
    if not outline.is_valid:
        raise ValueError("the outline crosses or touches itself; draw it without crossings")
    if outline.area == 0:
        raise ValueError("the corners lie on one line; draw an area")
    return Area(outline)
