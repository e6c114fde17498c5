"""How safe a picture is to show, in three levels.

The bounds are those that open_nsfw was published with: "scores below 0.2 indicate that the image is likely to be safe
with high probability, above 0.8 that it is highly probable to be NSFW; scores in between may be binned for different
levels" (github.com/yahoo/open_nsfw, README).
"""

from __future__ import annotations

from enum import StrEnum

SUGGESTIVE, EXPLICIT = 0.2, 0.8


class NsfwLevel(StrEnum):
    SAFE = "SAFE"
    SUGGESTIVE = "SUGGESTIVE"
    EXPLICIT = "EXPLICIT"


def nsfw_level(score: float | None) -> NsfwLevel | None:
    """None for a picture that was never analyzed."""
    if score is None:
        return None
    if score < SUGGESTIVE:
        return NsfwLevel.SAFE
    return NsfwLevel.SUGGESTIVE if score < EXPLICIT else NsfwLevel.EXPLICIT
