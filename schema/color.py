"""Colors: names to sRGB, sRGB to CIE L*a*b*, and how different two colors look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

Lab = NDArray[np.floating]

_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_ALL_HEX = re.compile(r"(?:#[0-9a-f]{6})*+", re.IGNORECASE)
# IEC 61966-2-1: linear sRGB to XYZ, and its white point D65 (2 degree observer).
_TO_XYZ = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]], dtype=np.float64
)
_WHITE = np.array([0.95047, 1.0, 1.08883], dtype=np.float64)

_TILE = 8192
"""Colors that are worked on at once, so that they stay in the cache of the processor."""
_STEPS = np.arange(256) / 255.0
_LINEAR = np.where(_STEPS <= 0.04045, _STEPS / 12.92, ((_STEPS + 0.055) / 1.055) ** 2.4)


def is_hex(text: str) -> bool:
    """Whether a text is `#rrggbb`."""
    return len(text) == 7 and _HEX.fullmatch(text) is not None


def are_hex(texts: Sequence[str]) -> bool:
    """Whether all texts are, which is known much sooner than of each."""
    return set(map(len, texts)) <= {7} and _ALL_HEX.fullmatch("".join(texts)) is not None


def parse_color(text: str) -> str:
    """`#rrggbb` of a CSS color name, `#rgb` or `#rrggbb`. Raises ValueError for anything else."""
    plain = text.strip().lower().replace(" ", "")
    if _HEX.fullmatch(plain):
        return plain if len(plain) == 7 else "#" + "".join(c * 2 for c in plain[1:])
    named = ImageColor.colormap.get(plain)
    if named is None:
        raise ValueError(f"'{text}' is not a color; write a CSS color name such as 'teal', or #rrggbb")
    red, green, blue = ImageColor.getrgb(plain)[:3]
    return f"#{red:02x}{green:02x}{blue:02x}"


def lab(colors: Sequence[str]) -> Lab:
    """CIE L*a*b* of `#rrggbb` colors, shape (n, 3). Formulas: IEC 61966-2-1 and CIE 15:2004, D65."""
    joined = "".join(color[1:7] for color in colors)
    return lab_of_rgb(np.frombuffer(bytes.fromhex(joined), dtype=np.uint8).reshape(-1, 3))


def lab_of_rgb(rgb: NDArray[np.uint8]) -> Lab:
    """CIE L*a*b* of sRGB colors, shape (n, 3)."""
    t = _LINEAR[rgb] @ _TO_XYZ.T / _WHITE
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    x, y, z = f[:, 0], f[:, 1], f[:, 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def ciede2000(one: Lab, other: Lab) -> NDArray[np.floating]:
    """Perceived difference of L*a*b* colors (..., 3), broadcast; about 2 is just noticeable, 100 black to white.
    In single precision, three times as fast and right to 0.001, where both are.

    Sharma, Wu, Dalal: "The CIEDE2000 Color-Difference Formula: Implementation Notes, Supplementary Test Data, and
    Mathematical Observations", Color Research and Application 30 (2005); equation numbers are theirs.
    """
    l1, a1, b1 = np.moveaxis(np.asarray(one), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(other), -1, 0)
    chroma = _seventh((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2)  # (2, 3)
    g = 0.5 * (1 - np.sqrt(chroma / (chroma + 25.0**7)))  # (4)
    a1, a2 = (1 + g) * a1, (1 + g) * a2  # (5)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)  # (6)
    h1 = np.degrees(np.arctan2(b1, a1)) % 360  # (7)
    h2 = np.degrees(np.arctan2(b2, a2)) % 360
    gray = c1 * c2 == 0

    turn = h2 - h1
    turn = np.where(turn > 180, turn - 360, np.where(turn < -180, turn + 360, turn))
    turn = np.where(gray, 0.0, turn)  # (10)
    d_l, d_c = l2 - l1, c2 - c1  # (8, 9)
    d_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)  # (11)

    light, c, total = (l1 + l2) / 2, (c1 + c2) / 2, h1 + h2  # (12, 13)
    around = np.where(total < 360, (total + 360) / 2, (total - 360) / 2)
    h = np.where(gray, total, np.where(np.abs(h1 - h2) <= 180, total / 2, around))  # (14)
    t = (
        1
        - 0.17 * np.cos(np.radians(h - 30))
        + 0.24 * np.cos(np.radians(2 * h))
        + 0.32 * np.cos(np.radians(3 * h + 6))
        - 0.20 * np.cos(np.radians(4 * h - 63))
    )  # (15)
    s_l = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)  # (18)
    s_c, s_h = 1 + 0.045 * c, 1 + 0.015 * c * t  # (19, 20)
    spread = 60 * np.exp(-(((h - 275) / 25) ** 2))  # 2 * (16)
    c_7 = _seventh(c)
    r_t = -np.sin(np.radians(spread)) * 2 * np.sqrt(c_7 / (c_7 + 25.0**7))  # (17, 21)
    l_part, c_part, h_part = d_l / s_l, d_c / s_c, d_h / s_h
    return np.asarray(np.sqrt(np.maximum(l_part**2 + c_part**2 + h_part**2 + r_t * c_part * h_part, 0.0)))  # (22)


def _seventh(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """To the seventh power, ten times as fast as `**`."""
    squares = values * values
    return np.asarray(squares * squares * squares * values)


def difference(near: str, colors: Sequence[str]) -> NDArray[np.floating]:
    """CIEDE2000 of each `#rrggbb` color from one color (name or hex), shape (n,)."""
    return ciede2000(lab([parse_color(near)]), lab(colors))


SHADES = 65_536
"""Palettes are compared in so many shades: 5 bits of red, 6 of green, 5 of blue. Two colors of one shade, which few
people tell apart, are seldom more than 3 apart; and a library's palettes can be looked up by shade."""


def shades(colors: Iterable[str]) -> NDArray[np.uint16]:
    """The shade 0..65535 of each `#rrggbb` color."""
    parts = np.frombuffer(bytes.fromhex("".join(colors).replace("#", "")), dtype=np.uint8).reshape(-1, 3)
    red, green, blue = (parts[:, channel].astype(np.uint16) for channel in range(3))
    return np.asarray(red >> 3 << 11 | green >> 2 << 5 | blue >> 3, dtype=np.uint16)


@lru_cache(maxsize=1)
def _shade_lab() -> Lab:
    """L*a*b* of the middle of each shade, single precision, shape (65536, 3)."""
    shade = np.arange(SHADES)
    middle = np.stack([shade >> 11 << 3 | 4, (shade >> 5 & 63) << 2 | 2, (shade & 31) << 3 | 4], axis=1)
    return lab_of_rgb(middle.astype(np.uint8)).astype(np.float32)


@lru_cache(maxsize=64)
def shade_differences(near: str) -> NDArray[np.floating]:
    """CIEDE2000 of every shade from the shade of one color (name or hex), shape (65536,)."""
    all_, one = _shade_lab(), _shade_lab()[shades([parse_color(near)])]
    return np.concatenate([ciede2000(one, all_[at : at + _TILE]) for at in range(0, SHADES, _TILE)])


@lru_cache(maxsize=64)
def shades_within(near: str, distance: float) -> NDArray[np.bool_]:
    """Of every shade whether `shade_differences` is at most this, shape (65536,). Sooner known than how different they
    are, since most shades differ too much by their lightness alone."""
    all_, one = _shade_lab(), _shade_lab()[shades([parse_color(near)])]
    light = all_[:, 0]
    middle = ((light + one[0, 0]) / 2 - 50) ** 2
    by_light = np.abs(light - one[0, 0]) / (1 + 0.015 * middle / np.sqrt(20 + middle))
    perhaps = np.flatnonzero(by_light <= distance + 0.01)
    found = np.zeros(SHADES, dtype=np.bool_)
    for at in range(0, len(perhaps), _TILE):
        some = perhaps[at : at + _TILE]
        found[some] = ciede2000(one, all_[some]) <= distance
    found.flags.writeable = False
    return found
