"""ThumbHash: a blurred picture in about 25 bytes, for what is shown before the thumbnail has come.

The format is Evan Wallace's (https://evanw.github.io/thumbhash/); browsers decode it with the npm package `thumbhash`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

MAX_SIDE = 100

Channel = NDArray[np.float64]


def thumbhash(pixels: NDArray[np.uint8]) -> bytes:
    """Of opaque RGB (h, w, 3), at most 100 pixels a side."""
    height, width = pixels.shape[:2]
    if max(height, width) > MAX_SIDE:
        raise ValueError(f"{width} x {height} pixels; at most {MAX_SIDE} a side")
    rgb = pixels.astype(np.float64) / 255
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    longest = max(width, height)
    across, down = max(1, _round(7 * width / longest)), max(1, _round(7 * height / longest))
    light, light_waves, light_scale = _encode((red + green + blue) / 3, max(3, across), max(3, down))
    yellow, yellow_waves, yellow_scale = _encode((red + green) / 2 - blue, 3, 3)
    rose, rose_waves, rose_scale = _encode(red - green, 3, 3)
    landscape = width > height
    head = (
        _round(63 * light)
        | _round(31.5 + 31.5 * yellow) << 6
        | _round(31.5 + 31.5 * rose) << 12
        | _round(31 * light_scale) << 18
    )
    shape = (
        (down if landscape else across)
        | _round(63 * yellow_scale) << 3
        | _round(63 * rose_scale) << 9
        | int(landscape) << 15
    )
    nibbles = [_round(15 * wave) for wave in (*light_waves, *yellow_waves, *rose_waves)]
    nibbles += [0] * (len(nibbles) % 2)
    waves = bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))
    return head.to_bytes(3, "little") + shape.to_bytes(2, "little") + waves


def _encode(channel: Channel, across: int, down: int) -> tuple[float, list[float], float]:
    """Mean, waves in 0..1 and their scale: the lower triangle of a cosine transform."""
    height, width = channel.shape
    waves = _cosines(height, down) @ channel @ _cosines(width, across).T / (width * height)
    kept = [waves[cy, cx] for cy in range(down) for cx in range(across) if cx * down < across * (down - cy)][1:]
    scale = float(max((abs(wave) for wave in kept), default=0.0))
    return float(waves[0, 0]), [float(0.5 + 0.5 / scale * wave) if scale else 0.0 for wave in kept], scale


@lru_cache(maxsize=512)
def _cosines(size: int, count: int) -> Channel:
    return np.cos(np.pi / size * np.arange(count)[:, None] * (np.arange(size)[None, :] + 0.5))


def _round(value: float) -> int:
    """Half up, as JavaScript rounds."""
    return int(np.floor(value + 0.5))
