"""What grouping needs to know of faces and pictures, as columns, and what it decides: whose face, what is alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NOBODY = -1
"""Person of a face that has none; group of an image that is in none."""


@dataclass(frozen=True, slots=True)
class FaceRows:
    """n faces, ascending by image and face."""

    id: NDArray[np.int64]
    image: NDArray[np.int64]
    person: NDArray[np.int64]
    """NOBODY where none is known."""
    settled: NDArray[np.bool_]
    """A person or the file has said whose it is, or that it is nobody's: no machine changes that."""
    score: NDArray[np.float32]
    """Of the detection."""
    vector: list[bytes]
    """float32, L2-normalized; b'' where the face is too small to be known."""
    model: list[str]
    """`model@version` of the vector; '' where it was not kept."""

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, slots=True)
class FaceGroup:
    """Faces that belong to one person."""

    faces: tuple[int, ...]
    person: int = 0
    """0: somebody new, without a name."""
    absorbs: tuple[int, ...] = ()
    """People without a name who are this one too."""


@dataclass(frozen=True, slots=True)
class LookRows:
    """n images, ascending by id: what says that two pictures are alike."""

    id: NDArray[np.int64]
    content_hash: list[str]
    phash: NDArray[np.uint64]
    has_phash: NDArray[np.bool_]
    taken: NDArray[np.int64]
    """Seconds of the local wall clock, `schema.facts.NO_TIME` if unknown."""
    camera: list[str]
    """Make and model, '' if unknown."""
    width: NDArray[np.float32]
    """Upright pixels."""
    height: NDArray[np.float32]
    file_size: NDArray[np.float64]
    sharpness: NDArray[np.float32]
    """NaN if not measured."""
    trashed: NDArray[np.bool_]
    embedding: list[bytes]
    """float16, L2-normalized, or b''."""
    duplicate_of: NDArray[np.int64]
    burst_of: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, slots=True)
class Alike:
    """The groups an image is in; each is named by its best picture, which itself names none."""

    duplicate_of: int | None = None
    """The same picture, re-encoded, resized or lightly edited."""
    burst_of: int | None = None
    """Taken in one go by the same camera."""


@dataclass(frozen=True, slots=True)
class NamedRegion:
    """An area that the file says shows somebody; `box` in 0..1 of the upright picture."""

    name: str
    box: tuple[float, float, float, float]
