"""Areas on the globe, and how different colors look: known values and laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage import color as skimage_color

from schema import color
from schema.filter.geometry import area, distance_km, in_box
from schema.filter.nodes import Box

lons = st.integers(-180, 179).map(float)
degrees = st.floats(-180, 180)


def turned(lon: float, by: float) -> float:
    return (lon + by + 180) % 360 - 180


@st.composite
def stars(draw: st.DrawFn) -> list[tuple[float, float]]:
    """Outlines that see their center from everywhere, up to 160 degrees wide. (lat, lon), longitude unbounded."""
    angles = sorted(draw(st.sets(st.integers(0, 35), min_size=5, max_size=12)))
    if any((b - a) % 36 >= 18 for a, b in zip(angles, [*angles[1:], angles[0]], strict=True)):
        angles = list(range(0, 36, 6))
    reach = [draw(st.integers(5, 80)) for _ in angles]
    return [
        (r * math.sin(a * math.pi / 18), r * math.cos(a * math.pi / 18)) for a, r in zip(angles, reach, strict=True)
    ]


@given(stars(), lons, st.floats(-85, 85), st.floats(-100, 100))
def test_turning_the_globe_changes_nothing(star: list[tuple[float, float]], by: float, lat: float, lon: float) -> None:
    plain = bool(area(star).covers(lat, lon)[0])
    moved = area([(y, turned(x, by)) for y, x in star])
    edge = bool(area([(y * 1.001, x * 1.001) for y, x in star]).covers(lat, lon)[0]) != bool(
        area([(y * 0.999, x * 0.999) for y, x in star]).covers(lat, lon)[0]
    )
    assert edge or bool(moved.covers(lat, turned(lon, by))[0]) == plain
    assert plain or edge or lat**2 + lon**2 > 25 or (lat, lon) != (0.0, 0.0)


@pytest.mark.parametrize("north", [True, False])
def test_an_outline_round_the_world_encloses_its_pole(north: bool) -> None:
    sign = 1 if north else -1
    for step in (-120.0, 120.0):
        cap = area([(sign * 70.0, turned(i * step, 30)) for i in range(3)])
        assert cap.covers([sign * 71.0] * 4, [0.0, 90.0, 180.0, -180.0]).all()
        assert cap.covers(sign * 90.0, 12.0)[0]
        assert not cap.covers([sign * 69.0, 0.0, -sign * 89.0], [0.0, 0.0, 0.0]).any()


def test_edges_and_unknown_points() -> None:
    square = area([(0, 179), (0, -179), (2, -179), (2, 179)])
    assert square.covers([0.0, 2.0, 1.0, 1.0], [180.0, -179.0, 179.0, -180.0]).all()
    assert not square.covers([math.nan, 1.0, 1.0], [180.0, math.nan, 0.0]).any()
    assert area([(0, 0), (0, 1), (1, 1), (0, 0)]).covers(0.25, 0.5)[0], "a closed ring is as good"


@pytest.mark.parametrize(
    ("corners", "says"),
    [
        ([(0, 0), (1, 1)], "three"),
        ([(0, 0), (1, 1), (0, 0), (1, 1)], "three"),
        ([(0, 0), (0, 1), (0, 2)], "line|touches"),
        ([(0, 0), (2, 2), (0, 2), (2, 0)], "crosses"),
        ([(0, 0), (0, 180), (1, 90)], "half of the world"),
        ([(i % 2, turned(i * 120, 0)) for i in range(6)], "more than once"),
    ],
)
def test_what_has_no_inside_is_refused(corners: list[tuple[float, float]], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        area(corners)


@given(degrees, degrees, degrees, st.floats(-90, 90))
def test_a_box_and_what_lies_outside_of_it(west: float, east: float, lon: float, lat: float) -> None:
    box = Box(south=-90, west=west, north=90, east=east)
    inside = bool(in_box(box, lat, lon))
    width = (east - west) if west <= east else east - west + 360
    away = (lon - west) % 360
    assert inside == (away <= width or lon == east) or min(abs(away - width), away, 360 - away) < 1e-9


def test_distances() -> None:
    assert distance_km(45.815, 15.982, 43.508, 16.440) == pytest.approx(259, abs=1)
    assert distance_km(0, 179.5, [0.0, 0.0], [-179.5, math.nan])[0] == pytest.approx(111.2, abs=0.1)
    assert distance_km(90, 0, -90, 77) == pytest.approx(math.pi * 6371.0088)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [  # from table 1 of the paper
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 3.1571, -77.2803), (50.0, 0.0, -82.7485), 2.8615),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_ciede2000_gives_the_published_values(
    one: tuple[float, ...], other: tuple[float, ...], expected: float
) -> None:
    assert color.ciede2000(np.array(one), np.array(other)) == pytest.approx(expected, abs=5e-5)
    assert color.ciede2000(np.array(other), np.array(one)) == pytest.approx(expected, abs=5e-5)


def test_colors_agree_with_another_implementation() -> None:
    drawn = np.random.default_rng(1).integers(0, 256, (500, 3), dtype=np.uint8)
    drawn[:8] = [
        [0, 0, 0],
        [255, 255, 255],
        [7, 7, 7],
        [255, 0, 0],
        [0, 255, 0],
        [0, 0, 255],
        [1, 0, 0],
        [254, 255, 255],
    ]
    ours = color.lab([f"#{r:02x}{g:02x}{b:02x}" for r, g, b in drawn])
    theirs = skimage_color.rgb2lab(drawn[None] / 255.0)[0]
    assert np.abs(ours - theirs).max() < 0.02
    pairs = color.ciede2000(ours[:, None], ours[None])
    assert np.abs(pairs - skimage_color.deltaE_ciede2000(ours[:, None], ours[None])).max() < 1e-6
    assert np.abs(pairs - pairs.T).max() < 1e-6 and not np.diagonal(pairs).any()


def test_color_names() -> None:
    assert color.parse_color("Rebecca Purple") == "#663399"
    assert color.parse_color("#AbC") == "#aabbcc"
    for wrong in ("", "reddish", "#12345", "rgb(1,2,3)", "#gggggg"):
        with pytest.raises(ValueError, match="not a color"):
            color.parse_color(wrong)
