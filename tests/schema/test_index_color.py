"""Colors are decided as the law does it, also at the borders of what is looked up."""

from __future__ import annotations

import numpy as np
import pytest

from schema.color import difference
from schema.filter.nodes import ColorFilter
from schema.index.palettes import Palettes


@pytest.mark.parametrize("near", ["red", "#808080", "#857d8c", "teal", "#0000ff", "black", "#e60ab2", "#191e27"])
def test_every_color_is_on_its_side(near: str) -> None:
    rng = np.random.default_rng(7)
    vivid = rng.integers(0, 256, (20_000, 3))
    dull = (rng.integers(0, 256, (20_000, 1)) + rng.integers(-14, 15, (20_000, 3))).clip(0, 255)
    colors = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in np.concatenate([vivid, dull]).tolist()]
    palettes = Palettes()
    palettes.append([((color, 0.5),) for color in colors], 0)
    far = difference(near, colors)
    for distance in (1.0, 8.0, 20.0, 33.3):
        found = palettes.matching(ColorFilter(near=near, distance=distance), len(colors))
        assert set(found) == set(np.flatnonzero(far <= distance).tolist())


def test_shares_add_up() -> None:
    palettes = Palettes()
    shares = [(0.1, 0.2, 0.4), (0.3, 0.4), (0.7,), (0.69,), (), (0.1,) * 7]
    palettes.append([tuple(("#ff0000" if i % 2 else "#fe0000", share) for i, share in enumerate(s)) for s in shares], 0)
    found = palettes.matching(ColorFilter(near="red", distance=2, min_share=0.7), 6)
    assert set(found) == {0, 1, 2, 5}
    assert set(palettes.matching(ColorFilter(near="red", distance=2, min_share=0), 6)) == {0, 1, 2, 3, 5}
