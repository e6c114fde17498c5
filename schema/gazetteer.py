"""Where on Earth: coordinates to places, names to places. Offline, from one file made of npm packages.

Which city a point belongs to. Cities are modelled as discs: `radius = 10 m * sqrt(inhabitants)`, that is 3,183 people
on a square kilometer, at most 30 km. A point inside discs belongs to the one whose center is nearest *in units of its
radius*; outside of all discs, to the one whose edge is nearest. So a village two kilometers off does not win over the
city that one stands in, nor a metropolis over the town at its border. Nothing farther than 50 km is considered.

Inside the outline of a country its own cities come first. Outlines are drawn to about two kilometers: that close to a
border, and with no city of the own country that close, those of the neighbor count as well.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import shapely
from numpy.typing import NDArray

from schema.gazetteer_build import build, cell_key, cells, name_key, sphere, stamp
from schema.graph import Place, PlaceLevel

EARTH_KM = 6371.0088
"""Mean radius (IUGG)."""
REACH_KM = 50.0
"""No place farther than this from a photo is its place."""
NEAR_CITY_KM = 100.0
NEAR_CITY_POPULATION = 100_000
KM_PER_ROOT_INHABITANT = 0.01
LARGEST_KM = 30.0
BORDER_KM = 2.0
_PLACE = "SELECT key, level, name, parent, lat, lon, country, population FROM place"


@dataclass(frozen=True, slots=True)
class Located:
    """Where a point is. All empty at sea."""

    place: str | None = None
    """Key of the most exact known place: a city, else the country."""
    near_city: str | None = None
    """Key of the nearest city over 100,000 within 100 km."""
    chain: tuple[Place, ...] = ()
    """`place` and all it lies in, most exact first."""
    near_chain: tuple[Place, ...] = ()
    """The same for `near_city`."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place that is referred to, with its ancestors."""
        return tuple(dict.fromkeys((*self.chain, *self.near_chain)))


NOWHERE = Located()


class Gazetteer:
    """May be used from any number of threads."""

    def __init__(self, path: Path) -> None:
        self._db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        self._lock = threading.Lock()
        self._known: dict[str, Place] = {}
        self._keys: dict[int, str] = {}

    @classmethod
    def open(cls, data: Path, packages: Path) -> Gazetteer:
        """From `data/gazetteer.sqlite`, made first when it is missing or of other packages.

        Raises:
            BadConfig: a package is missing, or the file cannot be made.
        """
        path = data / "gazetteer.sqlite"
        wanted = stamp(packages)
        if not _is_made(path, wanted):
            build(path, packages)
        return cls(path)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def locate(self, lat: float, lon: float) -> Located:
        """Where a point is, in degrees; nowhere for what is no point on Earth."""
        if not (math.isfinite(lat) and math.isfinite(lon) and -90 <= lat <= 90 and -180 <= lon <= 180):
            return NOWHERE
        country = self._country(lat, lon)
        point = sphere(np.array(lat), np.array(lon))
        city = self._city(lat, lon, point, country)
        if city is None and country is None:
            return NOWHERE
        chain = self._chain(self._key(city) if city is not None else f"country:{country}")
        if not chain:
            return NOWHERE
        near = self._near_city(point, chain[0])
        return Located(chain[0].key, near[0].key if near else None, chain, near)

    def locate_many(self, points: Sequence[tuple[float, float]]) -> list[Located]:
        """Where each (lat, lon) is; a burst at one spot is looked up once."""
        found = {point: self.locate(*point) for point in dict.fromkeys(points)}
        return [found[point] for point in points]

    def place(self, key: str) -> Place | None:
        known = self._known.get(key)
        if known is None:
            rows = self._query(f"{_PLACE} WHERE key = ?", key)
            if not rows:
                return None
            known = self._known[key] = _place(rows[0])
        return known

    def find(self, name: str, limit: int = 10) -> list[Place]:
        """Places of exactly this name (in any case, with or without accents), most populous first."""
        return self._named("folded = ?", limit, name_key(name))

    def complete(self, prefix: str, limit: int = 10) -> list[Place]:
        """Places with a name that begins so, most populous first."""
        start = name_key(prefix)
        return self._named("folded >= ? AND folded < ?", limit, start, start + "\U0010ffff") if start else []

    def _named(self, condition: str, limit: int, *bindings: object) -> list[Place]:
        rows = self._query(
            f"{_PLACE} WHERE id IN (SELECT place_id FROM name WHERE {condition} ORDER BY population DESC LIMIT ?)"
            " ORDER BY population DESC, id LIMIT ?",
            *bindings,
            4 * limit,
            limit,
        )
        return [_place(row) for row in rows]

    def _query(self, query: str, *bindings: object) -> list[Any]:
        with self._lock:
            return self._db.execute(query, bindings).fetchall()

    def _chain(self, key: str | None) -> tuple[Place, ...]:
        """A place and all it lies in."""
        chain: list[Place] = []
        while key is not None and (place := self.place(key)) is not None:
            chain.append(place)
            key = place.parent
        return tuple(chain)

    def _key(self, row: int) -> str:
        number = int(self._cities["place"][row])
        key = self._keys.get(number)
        if key is None:
            ((key,),) = self._query("SELECT key FROM place WHERE id = ?", number)
            self._keys[number] = key
        return key

    # -- cities

    @cached_property
    def _cities(self) -> dict[str, NDArray[Any]]:
        """Columns of all cities, ordered by cell."""
        columns = {name: np.frombuffer(data, kind) for name, kind, data in self._query("SELECT * FROM columns")}
        columns["point"] = columns["point"].reshape(-1, 3)
        roots = np.sqrt(np.maximum(columns["population"], 1))
        columns["radius"] = np.minimum(roots * KM_PER_ROOT_INHABITANT, LARGEST_KM)
        return columns

    @cached_property
    def _large(self) -> NDArray[np.int64]:
        return np.flatnonzero(self._cities["population"] > NEAR_CITY_POPULATION)

    @cached_property
    def _large_points(self) -> NDArray[np.float64]:
        points: NDArray[np.float64] = self._cities["point"][self._large]
        return points

    def _city(self, lat: float, lon: float, point: NDArray[np.float64], country: str | None) -> int | None:
        """Row of the city that a point belongs to: the rule at the top of this module."""
        rows = self._around(point)
        kilometers = _kilometers(self._cities["point"][rows], point)
        rows, kilometers = rows[kilometers <= REACH_KM], kilometers[kilometers <= REACH_KM]
        beyond = kilometers - self._cities["radius"][rows]
        own = self._of(rows, country)
        if own.any() and not own.all() and beyond[own].min() > BORDER_KM:
            for neighbor in self._countries_within(lat, lon, BORDER_KM):
                own |= self._of(rows, neighbor)
        return self._best(rows, kilometers, own)

    def _of(self, rows: NDArray[np.int64], country: str | None) -> NDArray[np.bool_]:
        """Which cities are of a country; none when it is not known."""
        mask: NDArray[np.bool_] = self._cities["country"][rows] == (country or "").encode("ascii")
        return mask

    def _around(self, point: NDArray[np.float64]) -> NDArray[np.int64]:
        """Rows of the 27 cells around a point: 9 slices, since cells are consecutive along z."""
        x, y, z = cells(point)
        columns = np.array([(x + i, y + j, z) for i in (-1, 0, 1) for j in (-1, 0, 1)])
        keys, cell = cell_key(columns).astype(np.int32), self._cities["cell"]
        starts = np.searchsorted(cell, keys - 1, "left")
        ends = np.searchsorted(cell, keys + 1, "right")
        return np.concatenate([np.arange(start, end) for start, end in zip(starts, ends, strict=True)])

    def _best(self, rows: NDArray[np.int64], kilometers: NDArray[np.float64], own: NDArray[np.bool_]) -> int | None:
        """The city whose disc a point is deepest in, else whose edge is nearest; of own ones, when there are any."""
        if own.any():
            rows, kilometers = rows[own], kilometers[own]
        if not len(rows):
            return None
        radius = self._cities["radius"][rows]
        score = np.where(kilometers <= radius, kilometers / radius, 1 + kilometers - radius)
        return int(rows[np.argmin(score)])

    def _near_city(self, point: NDArray[np.float64], place: Place) -> tuple[Place, ...]:
        """The chain of the nearest large city; of a borough, its city's."""
        if place.level is PlaceLevel.CITY and place.population > NEAR_CITY_POPULATION:
            chain = self._chain(place.key)
        else:
            kilometers = _kilometers(self._large_points, point)
            near = kilometers <= NEAR_CITY_KM
            rows = self._large[near]
            row = self._best(rows, kilometers[near], self._of(rows, place.country))
            chain = self._chain(self._key(row)) if row is not None else ()
        cities = [one for one in chain if one.level is PlaceLevel.CITY]
        return chain[len(cities) - 1 :] if cities else ()

    # -- countries

    @cached_property
    def _land(self) -> tuple[shapely.STRtree, list[str]]:
        """A tree over the parts of all countries, and whose each is."""
        rows = self._query("SELECT country, outline FROM land")
        parts = shapely.from_wkb([outline for _, outline in rows])
        shapely.prepare(parts)
        return shapely.STRtree(parts), [country for country, _ in rows]

    def _country(self, lat: float, lon: float) -> str | None:
        tree, countries = self._land
        for part in tree.query(shapely.Point(lon, lat)):
            if shapely.intersects_xy(tree.geometries[part], lon, lat):
                return str(countries[part])
        return None

    def _countries_within(self, lat: float, lon: float, kilometers: float) -> set[str]:
        """Countries with an outline that near."""
        tree, countries = self._land
        up = math.degrees(kilometers / EARTH_KM)
        aside = min(up / max(math.cos(math.radians(lat)), 1e-6), 180.0)
        around = shapely.box(lon - aside, lat - up, lon + aside, lat + up)
        return {countries[part] for part in tree.query(around, predicate="intersects")}


def _kilometers(points: NDArray[np.float64], point: NDArray[np.float64]) -> NDArray[np.float64]:
    """Great-circle distances, good to a decimeter in double precision."""
    kilometers: NDArray[np.float64] = EARTH_KM * np.arccos(np.minimum(points @ point, 1.0))
    return kilometers


def _place(row: Sequence[Any]) -> Place:
    key, level, *rest = row
    return Place(key, PlaceLevel(level), *rest)


def _is_made(path: Path, wanted: str) -> bool:
    """Whether the file is there, whole, and made from these packages."""
    if not path.exists():
        return False
    try:
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            return bool(db.execute("SELECT stamp FROM made").get == wanted)
        finally:
            db.close()
    except apsw.Error:
        return False
