"""Explicit pictures on their way out: which are covered for whom, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request

from schema.explicit import MEMBERS, ExplicitPhotos
from schema.view import MediaGrant

CELLS = 6
"""Of the shorter side: colors stay, and no shape."""
REVEAL = "shown"
"""In the query of an address: whoever is logged in asks to see this one picture."""


async def is_covered(request: Request, grant: MediaGrant) -> bool:
    """Whether this viewer gets the picture blurred."""
    if not grant.explicit:
        return False
    viewer = request.state.view.viewer
    if viewer.kind in MEMBERS and REVEAL in request.query_params:
        return False
    return await request.state.view.library.explicit.of(viewer) is not ExplicitPhotos.SHOW


def blurred(thumbnail: Path) -> bytes | None:
    """JPEG of the same size with next to nothing of it left; None when there is no thumbnail."""
    picture = cv2.imread(str(thumbnail))
    if picture is None:
        return None
    done, data = cv2.imencode(".jpg", coarse(picture), [cv2.IMWRITE_JPEG_QUALITY, 70])
    return data.tobytes() if done else None


def coarse(picture: NDArray[Any]) -> NDArray[np.uint8]:
    """The same uint8 (h, w, 3) picture in `CELLS` of color."""
    height, width = picture.shape[:2]
    scale = CELLS / min(height, width)
    few = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(cv2.resize(picture, few, interpolation=cv2.INTER_AREA), (width, height)).astype(np.uint8)
