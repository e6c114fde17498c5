"""Values as cameras and editors write them, made plain: texts, numbers, dates. What is not certain is None."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

MAX_TEXT = 2_000
FIRST_YEAR, LAST_YEAR = 1800, 2199
"""Years outside are clocks that were never set: 0000, 9999."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]+")
_DATE = re.compile(
    r"(\d{4})[:/.-](\d{1,2})[:/.-](\d{1,2})(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d+))?)?"
    r"\s*(Z|[+-]\d{1,2}:?\d{2})?)?"
)
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})")


def plain_text(value: Any, limit: int = MAX_TEXT) -> str:
    """One clean text: no NULs or control characters, no blanks at the ends, at most `limit` characters."""
    if isinstance(value, bytes):
        text = decoded(value)
    elif isinstance(value, str):
        text = _redecoded(value)
    elif isinstance(value, int | float):
        text = plain_number(value)
    else:
        return ""
    text = _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8")).strip()[:limit].rstrip()


def decoded(value: bytes) -> str:
    """UTF-8 if it is, else Latin-1; what follows a NUL is padding."""
    value = value.split(b"\x00", 1)[0]
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _redecoded(text: str) -> str:
    """Pillow reads EXIF texts as Latin-1, as the standard has it; most writers mean UTF-8."""
    text = text.split("\x00", 1)[0]
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text


def number(value: Any, low: float = -math.inf, high: float = math.inf) -> float | None:
    """A finite number within bounds; the first of several. A rational with denominator 0 is none."""
    if isinstance(value, tuple | list):
        value = value[0] if value else None
    if isinstance(value, bytes):
        value = value[0] if len(value) == 1 else None
    if isinstance(value, str):
        return _written(value, low, high)
    if value is None or isinstance(value, dict):
        return None
    try:
        found = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return found if math.isfinite(found) and low <= found <= high else None


def _written(text: str, low: float, high: float) -> float | None:
    """`27/10`, `2.7`."""
    above, slash, below = text.strip().partition("/")
    try:
        found = float(above) / float(below) if slash else float(above)
    except (ValueError, ZeroDivisionError):
        return None
    return found if math.isfinite(found) and low <= found <= high else None


def positive(value: Any, high: float = 1e9) -> float | None:
    """As `number`, but 0 means unknown, as cameras write it."""
    found = number(value, 0.0, high)
    return found or None


def numbers(value: Any) -> list[float] | None:
    """All of a list of finite numbers, or None when one of them is not."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        value = (value,)
    found = [number(one) for one in value]
    return None if None in found else [one for one in found if one is not None]


def date(value: Any) -> tuple[datetime, int | None] | None:
    """Naive wall-clock time and minutes east of UTC, from EXIF `2019:08:09 11:03:12` or ISO 8601.

    None when there is no full date, or no such day, or the year says that the clock was never set.
    """
    if isinstance(value, bytes):
        value = decoded(value)
    if not isinstance(value, str):
        return None
    match = _DATE.match(value.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        return None
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        taken = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), min(int(second or 0), 59), micro
        )
    except ValueError:
        return None
    return taken, offset(zone)


def offset(value: Any) -> int | None:
    """Minutes east of UTC, from `+02:00`, `-0500` or `Z`."""
    text = plain_text(value)
    if text == "Z":
        return 0
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    sign, hours, minutes = match.groups()
    if int(minutes) > 59 or int(hours) > 14:
        return None
    total = int(hours) * 60 + int(minutes)
    return -total if sign == "-" else total


def coordinate(value: Any, ref: Any, limit: float) -> float | None:
    """Signed degrees from degrees, minutes, seconds and N/S/E/W; 0 is a place like any other."""
    letter = plain_text(ref)[:1].upper()
    if letter not in ("N", "S", "E", "W"):
        return None
    parts = numbers(value)
    if not parts or len(parts) > 3 or any(part < 0 for part in parts):
        return None
    if any(part > 60 for part in parts[1:]):
        return None
    degrees = sum(part / 60**power for power, part in enumerate(parts))
    if degrees > limit:
        return None
    return float(-degrees if letter in "SW" and degrees else degrees)


def plain_number(value: float) -> str:
    """`0.3333`, `24`, never `1e-05` for what people read."""
    if not math.isfinite(value):
        return ""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else f"{value:.6g}"


def shown(value: Any, limit: int = 400) -> str:
    """Any field as one line for people; '' for binary data and what is not known."""
    if isinstance(value, bytes):
        text = plain_text(value, limit)
        return text if len(value) <= 4 * limit and text.isprintable() and text.isascii() else ""
    if isinstance(value, str):
        return plain_text(value, limit)
    if isinstance(value, dict):
        return ""
    if isinstance(value, tuple | list):
        return ", ".join(filter(None, (shown(part, limit) for part in value[:16])))[:limit] if len(value) <= 64 else ""
    found = number(value)
    return "" if found is None else plain_number(found)
