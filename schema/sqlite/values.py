"""Between Python values and SQLite's: what cannot be stored as it is, is made storable here and nowhere else."""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise

from schema.graph import PaletteColor

EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def text(value: str) -> str:
    """Without lone surrogates, which no database takes."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def number(value: float | None) -> float | None:
    """NaN and infinities are unknown."""
    if value is None:
        return None
    value = float(value)
    return value if math.isfinite(value) else None


def score(value: float) -> float:
    return number(value) or 0.0


def wide(value: int) -> int | str:
    """An integer of any size (an unsigned inode, a far-off mtime); `int()` reads it back."""
    return value if -(2**63) <= value < 2**63 else str(value)


def signed(value: int | None) -> int | None:
    """64 unsigned bits as SQLite holds them."""
    return value - 2**64 if value is not None and value >= 2**63 else value


def unsigned(value: int | None) -> int | None:
    return value + 2**64 if value is not None and value < 0 else value


def micros(moment: datetime | None) -> int | None:
    return None if moment is None else (moment.replace(tzinfo=None) - EPOCH) // _MICROSECOND


def moment(value: int | None) -> datetime | None:
    return None if value is None else EPOCH + timedelta(microseconds=value)


@lru_cache(maxsize=65_536)
def words(value: tuple[str, ...]) -> str:
    """A JSON array, or nothing at all for none."""
    return to_json([text(word) for word in value]) if value else ""


@lru_cache(maxsize=65_536)
def unwords(value: str) -> tuple[str, ...]:
    return tuple(json.loads(value)) if value else ()


def floats(values: Iterable[float]) -> bytes:
    flat = tuple(values)
    if not all(map(math.isfinite, flat)):
        flat = tuple(map(score, flat))
    return struct.pack(f"<{len(flat)}d", *flat)


def unfloats(value: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{len(value) // 8}d", value)


def rows_of(width: int, value: bytes) -> tuple[tuple[float, ...], ...]:
    flat = unfloats(value)
    return tuple(flat[start : start + width] for start in range(0, len(flat), width))


def palette(colors: Sequence[PaletteColor]) -> bytes:
    rgb = bytes.fromhex("".join([color.hex.removeprefix("#") for color in colors]))
    if len(rgb) != 3 * len(colors):
        raise ValueError("palette: colors are #rrggbb")
    return rgb + floats([color.share for color in colors])


def unpalette(value: bytes) -> tuple[tuple[str, float], ...]:
    count = len(value) // 11
    digits = value[: 3 * count].hex()
    shares = struct.unpack_from(f"<{count}d", value, 3 * count)
    return tuple(zip([f"#{digits[at : at + 6]}" for at in range(0, 6 * count, 6)], shares, strict=True))


def unpalettes(values: Sequence[bytes]) -> list[tuple[tuple[str, float], ...]]:
    """Many at once, which takes half the time."""
    counts = [len(value) // 11 for value in values]
    rgb = b"".join([value[: 3 * count] for value, count in zip(values, counts, strict=True)])
    shares = unfloats(b"".join([value[3 * count :] for value, count in zip(values, counts, strict=True)]))
    names = ["#" + digits for digits in rgb.hex(" ", 3).split()]
    entries = list(zip(names, shares, strict=True))
    ends = [0, *accumulate(counts)]
    return [tuple(entries[start:end]) for start, end in pairwise(ends)]


def path_bytes(path: str) -> bytes:
    return os.fsencode(path)


def path_text(path: bytes) -> str:
    return os.fsdecode(path)
