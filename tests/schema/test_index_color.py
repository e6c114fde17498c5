"""Colors in the index: shares add up exactly, and shades stand for the colors in them."""

from __future__ import annotations

import numpy as np

from schema.color import difference, shade_differences, shades
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


def test_a_shade_stands_for_its_colors() -> None:
    rng = np.random.default_rng(7)
    colors = [f"#{number:06x}" for number in rng.integers(0, 2**24, 20_000).tolist()]
    for near in ("red", "#808080", "teal", "#191e27"):
        wrong = np.abs(difference(near, colors) - shade_differences(near)[shades(colors)])
        assert np.quantile(wrong, 0.8) < 3
    assert shade_differences("#2040ff")[shades(["#2040ff"])] == 0
