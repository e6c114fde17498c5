"""Values as JSON and PostgreSQL hold them, and back.

Nothing that they cannot hold goes out: lone surrogates and NUL become `?` and U+FFFD, NaN is unknown.
What is unknown is left out of a row. Numbers come back as they are or as whole numbers, so floats are made floats.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from schema.sqlite import values
from schema.sqlite.values import EPOCH
from schema.words import words

Row = dict[str, Any]
_PRIVATE = 0x10FF00
"""Where bytes that are not UTF-8 go in the texts that paths are searched by: characters that nobody uses."""


def text(value: str) -> str:
    return values.text(value).replace("\0", "\ufffd")


def clean(value: Any) -> Any:
    """A JSON value with nothing in it that cannot be stored."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return {text(key): clean(held) for key, held in value.items()}
    return [clean(item) for item in value] if isinstance(value, list | tuple) else value


def base64(value: bytes) -> str | None:
    return b64encode(value).decode("ascii") if value else None


def unbase64(value: str | None) -> bytes:
    return b64decode(value) if value else b""


def moment(value: datetime | None) -> str | None:
    return None if value is None else value.replace(tzinfo=None).isoformat()


def unmoment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def real(value: float | None) -> float | None:
    return None if value is None else float(value)


def seconds(value: datetime | None) -> int | None:
    """Since 1970, of a naive moment."""
    return None if value is None else (value.replace(tzinfo=None) - EPOCH) // timedelta(seconds=1)


def day(value: date) -> int:
    """20190815: full years between two of these are their difference by 10,000."""
    return value.year * 10_000 + value.month * 100 + value.day


def digest(*parts: str) -> str:
    """One short key for texts of any length."""
    return sha256(json.dumps(parts).encode("ascii")).hexdigest()


def spaced(value: str) -> str:
    """The folded words of a text with a space on both sides of each: what whole words and phrases are looked up in."""
    found = words(text(value))
    return f" {' '.join(found)} " if found else ""


def searchable(path: str) -> str:
    """A path as text, bytes that are not UTF-8 in a place of their own."""
    return "".join(chr(_PRIVATE + ord(c) - 0xDC00) if "\ud800" <= c <= "\udfff" else c for c in path)


def without_unknown(row: Mapping[str, Any]) -> Row:
    return {name: value for name, value in row.items() if value is not None}
