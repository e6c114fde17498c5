"""What an edit of very many images set, as whole sets of images: how the read index learns of it at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Value = bool | float | str


@dataclass(frozen=True, slots=True)
class Assigned:
    """One value for many images. What holds, not only what was said.

    `field` and its `value`: `favorite`, `trashed` (bool); `rating` (NaN: none); `place`, `near_city` (key or '');
    `album` (bool, of the manual album `target`); `tag` (bool: whether a person says so, of the tag `target`);
    `hidden` (True: what machines say of the tag `target` is taken away).
    """

    field: str
    value: Value
    ids: NDArray[np.uint32]
    """Ascending, each once; they may be gone by now."""
    target: int | tuple[str, str] = 0
    """Album id, or (kind, name) of a tag."""


@dataclass(frozen=True, slots=True)
class Edited:
    assigned: tuple[Assigned, ...]
    """In this order."""
    others: NDArray[np.uint32]
    """Ascending ids of images that are to be read anew, because what holds now is not said by sets."""
