"""Scalars of our own."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Any, NewType

import numpy as np
import strawberry
from graphql import GraphQLError
from numpy.typing import NDArray
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

Packed = NewType("Packed", bytes)
LocalDateTime = NewType("LocalDateTime", str)


_LENGTHS = [bytes((length,)) for length in range(256)]


def packed(column: NDArray[Any], kind: str) -> Packed:
    """A column as bytes; `kind` is numpy's name of a little-endian type, e.g. `<f4`."""
    return Packed(np.ascontiguousarray(column, dtype=np.dtype(kind)).tobytes())


def packed_bytes(values: list[bytes]) -> Packed:
    """Short byte strings, each after one byte that says its length (longer ones than 255 become empty)."""
    return Packed(b"".join([_LENGTHS[len(v)] + v if len(v) < 256 else b"\0" for v in values]))


def _no_input(_: object) -> bytes:
    raise GraphQLError("Packed columns are only ever answered, never asked with.")


def _local_time(value: object) -> str:
    if isinstance(value, str):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return value
    raise GraphQLError(f"{value!r} is no ISO 8601 date or time; write 2019-08-01 or 2019-08-01T18:30:00.")


def _shown_time(value: object) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)


SCALARS: dict[object, ScalarDefinition] = {
    Packed: strawberry.scalar(
        name="Packed",
        description="A column of numbers: base64 of little-endian bytes, of the type its field names.",
        serialize=lambda value: b64encode(value).decode("ascii"),
        parse_value=_no_input,
    ),
    LocalDateTime: strawberry.scalar(
        name="LocalDateTime",
        description="ISO 8601 without offset: the wall clock where the picture was taken, e.g. 2019-08-01T18:30:00.",
        serialize=_shown_time,
        parse_value=_local_time,
    ),
}

__all__ = ["JSON", "SCALARS", "LocalDateTime", "Packed", "packed", "packed_bytes"]
