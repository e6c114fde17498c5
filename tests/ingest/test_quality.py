"""How pictures turned out: sharp ones stay sharp whatever their size and contrast, blurred ones are told."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ingest.pixels import fit
from ingest.quality import SIDE, Quality, quality, quality_words
from schema.safety import NsfwLevel, nsfw_level

Picture = NDArray[np.uint8]


def scene(side: int = 720, contrast: float = 1.0) -> Picture:
    """Boxes of all shades with hard edges, some of them slanting."""
    rng = np.random.default_rng(4)
    picture = np.full((side * 2 // 3, side, 3), 128, np.uint8)
    for _ in range(60):
        center = rng.integers(0, [side, side * 2 // 3])
        size = rng.integers(side // 40, side // 6, 2)
        corners = cv2.boxPoints((center.tolist(), size.tolist(), float(rng.integers(0, 90))))
        shade = 128 + (rng.integers(0, 256, 3) - 128) * contrast
        cv2.fillPoly(picture, [corners.astype(np.int32)], shade.tolist())
    return picture


def words(picture: Picture) -> set[str]:
    return set(quality_words(quality(fit(picture, SIDE))))


def blurred(picture: Picture, sigma: float) -> Picture:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def shaken(picture: Picture, pixels: int) -> Picture:
    kernel = np.zeros((pixels, pixels), np.float32)
    kernel[pixels // 2] = 1 / pixels
    return np.asarray(cv2.filter2D(picture, -1, kernel), np.uint8)


@pytest.mark.parametrize("side", [480, 720, 1440])
@pytest.mark.parametrize("contrast", [0.5, 1.0])
def test_blur_is_told_from_sharpness(side: int, contrast: float) -> None:
    picture = scene(side, contrast)
    scale = max(side, SIDE) / SIDE
    assert "sharp" in words(picture)
    assert "blurry" in words(blurred(picture, 3 * scale))
    assert "blurry" in words(shaken(picture, int(15 * scale)))


def test_a_sharp_subject_before_a_soft_background_is_sharp() -> None:
    picture = scene()
    soft = blurred(picture, 6)
    soft[160:320, 260:460] = picture[160:320, 260:460]
    assert "sharp" in words(soft)


def test_nothing_is_said_where_nothing_can_be() -> None:
    for shape in ((1, 1), (100, 3), (300, 400)):
        measured = quality(np.full((*shape, 3), 90, np.uint8))
        assert measured.sharpness is None and 0.34 < measured.brightness < 0.36 and measured.contrast == 0
    assert words(np.zeros((60, 60, 3), np.uint8)) == {"dark", "faded"}
    assert words(np.full((60, 60, 3), 250, np.uint8)) == {"overexposed", "faded"}
    assert quality_words(Quality(0.4, 0.5, 0.9)) == (), "neither blurry nor sharp"


def test_photos_that_nobody_would_call_blurry(samples: Path) -> None:
    for name in ("Zen.jpg", "Planes.jpg", "Me (1).jpg", "Girls1.jpg", "SF.jpg"):
        with Image.open(samples / "photos" / name) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
            upright.thumbnail((1440, 1440))
            picture = np.asarray(upright)
        assert "blurry" not in words(picture) and "blurry" in words(blurred(picture, 5)), name
        assert ("dark" in words(picture)) is (name == "SF.jpg"), name


def test_levels_of_safety() -> None:
    scores = (None, 0.0, 0.19, 0.2, 0.79, 0.8, 1.0)
    safe, suggestive, explicit = NsfwLevel.SAFE, NsfwLevel.SUGGESTIVE, NsfwLevel.EXPLICIT
    assert [nsfw_level(s) for s in scores] == [None, safe, safe, suggestive, suggestive, explicit, explicit]
