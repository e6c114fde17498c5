"""`FactBatch`: what the read index knows of images, as columns. The stream from any store to the index."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NO_TIME = np.iinfo(np.int64).min
"""`taken`/`added` of an image without one."""


@dataclass(frozen=True, slots=True)
class FactBatch:
    """n images, ascending by id. `row` columns of edges index 0..n-1. Unknown numbers are NaN, unknown texts ''."""

    id: NDArray[np.uint32]
    taken: NDArray[np.int64]
    """Seconds of the local wall clock since 1970-01-01, NO_TIME if unknown."""
    added: NDArray[np.int64]
    """Seconds UTC."""
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    width: NDArray[np.float32]
    """Upright pixels."""
    height: NDArray[np.float32]
    file_size: NDArray[np.float64]
    iso: NDArray[np.float32]
    aperture: NDArray[np.float32]
    exposure: NDArray[np.float32]
    focal35: NDArray[np.float32]
    rating: NDArray[np.float32]
    nsfw: NDArray[np.float32]
    flash: NDArray[np.int8]
    """1 fired, 0 not, -1 unknown."""
    favorite: NDArray[np.bool_]
    trashed: NDArray[np.bool_]
    offline: NDArray[np.bool_]
    phash: NDArray[np.uint64]
    has_phash: NDArray[np.bool_]
    media_version: NDArray[np.int32]

    name: list[str]
    format: list[str]
    make: list[str]
    model: list[str]
    lens: list[str]
    software: list[str]
    place: list[str]
    near_city: list[str]
    size_word: list[str]
    conditions: list[tuple[str, ...]]
    lens_words: list[tuple[str, ...]]
    paths: list[tuple[str, ...]]
    """Absolute paths of the image's files (all when none is present)."""
    title: list[str]
    caption: list[str]
    ocr: list[str]
    """Lines joined by newlines."""
    palette: list[tuple[tuple[str, float], ...]]
    """(#rrggbb, share)."""
    thumbhash: list[bytes]
    embedding: list[bytes]
    """float16 bytes or b''."""
    meaning: list[bytes]
    """The same, beside texts."""
    albums: list[tuple[int, ...]]
    """Manual albums only."""
    shares: list[tuple[str, ...]]
    duplicates: list[tuple[str, ...]]
    """DuplicateKind values that hold."""

    tag_row: NDArray[np.uint32]
    tag_name: list[str]
    """Synset name or label; parallel to tag_row, tag_score, tag_count, tag_origin."""
    tag_kind: list[str]
    tag_score: NDArray[np.float32]
    tag_count: NDArray[np.int32]
    tag_origin: list[str]
    tag_colors: list[tuple[str, ...]]

    face_row: NDArray[np.uint32]
    face_id: NDArray[np.uint32]
    face_person: NDArray[np.int64]
    """Person id, -1 unknown."""
    face_age: NDArray[np.float32]
    face_gender: list[str]
    """Gender value or ''."""
    face_emotion: list[str]
    face_score: NDArray[np.float32]
    face_embedding: list[bytes]
    """float32 bytes or b''."""

    def __len__(self) -> int:
        return len(self.id)
