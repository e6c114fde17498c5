"""Where the derived pictures of an image lie: by content, so that repeating the work is harmless."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

SMALL: Literal[320] = 320
"""Long side of the grid's thumbnail, pixels."""
LARGE: Literal[1440] = 1440
"""Long side of the viewer's preview, pixels."""

PIXELS_VERSION = 1
"""Raised when thumbnails are made differently."""


def thumbnail_path(thumbnails: Path, content_hash: str, size: Literal[320, 1440]) -> Path:
    return thumbnails / content_hash[:2] / f"{content_hash[2:]}-{PIXELS_VERSION}-{size}.jpg"


def media_version(content_hash: str) -> int:
    """31 bits that change with the file's bytes and with how thumbnails are made; part of the media URL."""
    return (int(content_hash[:8], 16) + PIXELS_VERSION) & 0x7FFFFFFF
