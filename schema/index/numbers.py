"""Numeric bounds on columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from schema.filter.nodes import Range


def in_range(bounds: Range, values: NDArray[Any]) -> NDArray[np.bool_]:
    """`min <= value <= max`; NaN is in no range. Bounds are rounded to single precision when the values are."""
    low, high = bounds.min, bounds.max
    if values.dtype == np.float32:
        with np.errstate(over="ignore"):
            low = None if low is None else np.float32(low)  # type: ignore[assignment]
            high = None if high is None else np.float32(high)  # type: ignore[assignment]
    if low is None and high is None:
        return ~np.isnan(values) if values.dtype.kind == "f" else np.ones(len(values), dtype=np.bool_)
    if low is None:
        return np.asarray(values <= high)
    meets = values >= low
    return np.asarray(meets if high is None else meets & (values <= high))
