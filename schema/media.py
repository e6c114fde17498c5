"""Where the derived pictures of an image lie."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

SMALL = 320
"""Long side of the grid's thumbnail, pixels."""
LARGE = 1440
"""Long side of the viewer's preview, pixels."""


def thumbnail_path(thumbnails: Path, image_id: int, version: int, size: Literal[320, 1440]) -> Path:
    """A new version is a new file, so a path's bytes never change."""
    return thumbnails / f"{image_id % 256:02x}" / f"{image_id}-{version}-{size}.jpg"
