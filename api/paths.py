"""Where things are served; the one place that spells addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from schema.settings import Settings

GRAPHQL = "/graphql"
PLAYGROUND = "/playground"
HEALTH = "/healthz"
MEDIA = "/media"
LIVE = "/live/frames"
"""A socket for a camera's frames."""
AUTH = "/auth"
OAUTH = "/oauth"
CONNECT = "/connect"
"""The page where a person decides what an app may see."""
UPLOAD = "/upload"
SHARED = "/s"
"""Before everything that a share's visitor asks for: `/s/<token>/graphql`."""


def issuer_of(connection: HTTPConnection, settings: Settings) -> str:
    """The gallery's own address, as people (and apps) use it."""
    return settings.public_url.rstrip("/") or f"{connection.url.scheme}://{connection.url.netloc}"


def face_url(face_id: int) -> str:
    """One face, cut out of its picture."""
    return f"{MEDIA}/face/{face_id}.jpg"


def media_url(image_id: int, version: int, name: str) -> str:
    """`name`: small.jpg or large.jpg. The address changes with the picture, so it may be cached for ever."""
    return f"{MEDIA}/{image_id}/{version}/{name}"
