"""Words that follow from numbers: light, lens and size of a picture.

The bounds are those of the original PiGallery; c relates to the light of the scene as ISO / aperture^2 * time does.
"""

from __future__ import annotations

import math


def light_words(iso: float | None, aperture: float | None, exposure: float | None) -> tuple[str, ...]:
    """From ISO, f-number and seconds; () unless all three are known and not zero."""
    if not (_known(iso) and _known(aperture) and _known(exposure)):
        return ()
    assert iso is not None and aperture is not None and exposure is not None
    c = iso / aperture**2 * exposure
    if c < 0.01:
        return ("bright", "outdoors")
    if c < 0.1:
        return ("outdoors",)
    if c < 5:
        return ("indoors",)
    if c < 20:
        return ("night",)
    return ("night", "long")


def condition_words(light: tuple[str, ...], measured: tuple[str, ...]) -> tuple[str, ...]:
    """Of the light of the scene and of the picture as it is, each once; a night is dark."""
    night = ("dark",) if "night" in light else ()
    return tuple(dict.fromkeys((*light, *night, *measured)))


def lens_words(focal35: float | None) -> tuple[str, ...]:
    """From the focal length in 35 mm terms."""
    if not _known(focal35):
        return ()
    assert focal35 is not None
    if focal35 > 200:
        return ("superzoom", "zoom")
    if focal35 > 100:
        return ("zoom",)
    if focal35 > 40:
        return ("portrait",)
    if focal35 > 20:
        return ("wide",)
    return ("wide", "ultrawide")


def size_word(width: int | None, height: int | None) -> str:
    """From pixels / 1024^2."""
    if not width or not height:
        return ""
    mega = width * height / 1024**2
    return "huge" if mega > 40 else "large" if mega > 10 else "medium" if mega > 1 else "small"


def _known(value: float | None) -> bool:
    return value is not None and math.isfinite(value) and value > 0
