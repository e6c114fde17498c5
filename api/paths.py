"""Where things are served; the one place that spells addresses."""

from __future__ import annotations

GRAPHQL = "/graphql"
PLAYGROUND = "/playground"
HEALTH = "/healthz"
MEDIA = "/media"
AUTH = "/auth"


def face_url(face_id: int) -> str:
    """One face, cut out of its picture."""
    return f"{MEDIA}/face/{face_id}.jpg"


def media_url(image_id: int, version: int, name: str) -> str:
    """`name`: small.jpg or large.jpg. The address changes with the picture, so it may be cached for ever."""
    return f"{MEDIA}/{image_id}/{version}/{name}"
