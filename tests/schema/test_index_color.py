"""Colors in the index: shares add up exactly, and shades stand for the colors in them."""

from __future__ import annotations

import numpy as np

from schema.color import difference, shade_differences, shades, shades_within
from schema.filter.nodes import ColorFilter
from schema.index.bitmaps import BitMap
from schema.index.palettes import Palettes


def found(palettes: Palettes, **asked: float) -> set[int]:
    filter_ = ColorFilter(near="red", distance=2, **asked)
    all_rows = set(palettes.matching(filter_, BitMap(range(6)), 6))
    assert all_rows == {row for row in range(6) if palettes.matching(filter_, BitMap([row]), 60)}
    return all_rows


def test_shares_add_up() -> None:
    palettes = Palettes()
    shares = [(0.1, 0.2, 0.4), (0.3, 0.4), (0.7,), (0.69,), (), (0.1,) * 7]
    palettes.append([tuple(("#ff0000" if i % 2 else "#fe0000", share) for i, share in enumerate(s)) for s in shares], 0)
    assert found(palettes, min_share=0.7) == {0, 1, 2, 5}
    assert found(palettes, min_share=0) == {0, 1, 2, 3, 5}


def test_any_number_of_different_shares() -> None:
    palettes = Palettes()
    many = [(("#ff0000", i / 100_000),) for i in range(100_000)]
    palettes.append(many[:10], 0)
    palettes.append(many[10:], 10)
    everything = BitMap(range(len(many)))
    assert len(palettes.matching(ColorFilter(near="red", min_share=0.4), everything, len(many))) == 60_000


def test_palettes_in_many_pieces() -> None:
    rng = np.random.default_rng(3)
    drawn = [
        [
            (f"#{color:06x}", int(share) / 64)
            for color, share in zip(rng.integers(0, 2**24, 6), rng.integers(0, 20, 6), strict=True)
        ]
        for _ in range(500)
    ]
    whole, pieces = Palettes(), Palettes()
    whole.append(drawn, 0)
    pieces.colors.most = 100
    for at in range(0, 500, 7):
        pieces.append(drawn[at : at + 7], at)
    assert len(pieces.colors.segments) > 20
    for near in ("red", "teal", "#808080"):
        for least in (0.0, 0.25, 0.5):
            asked = ColorFilter(near=near, distance=40, min_share=least)
            found = [one.matching(asked, BitMap(range(500)), count) for one in (whole, pieces) for count in (500, 301)]
            assert found[0] == found[2]
            assert found[1] == found[3] == found[0] & BitMap(range(301))
            assert found[0]


def test_near_shades_are_those_that_differ_little() -> None:
    for near in ("red", "#808080", "teal", "#191e27", "blue", "white", "black", "#1000ff"):
        for distance in (0.0, 1.0, 20.0, 60.0, 200.0):
            np.testing.assert_array_equal(shades_within(near, distance), shade_differences(near) <= distance)


def test_a_shade_stands_for_its_colors() -> None:
    rng = np.random.default_rng(7)
    colors = [f"#{number:06x}" for number in rng.integers(0, 2**24, 20_000).tolist()]
    for near in ("red", "#808080", "teal", "#191e27"):
        wrong = np.abs(difference(near, colors) - shade_differences(near)[shades(colors)])
        assert np.quantile(wrong, 0.8) < 3
    assert shade_differences("#2040ff")[shades(["#2040ff"])] == 0
