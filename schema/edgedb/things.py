"""Files, places, people and albums as rows, and back."""

from __future__ import annotations

import os
from base64 import b64encode
from datetime import date

from schema.edgedb.kept import KeptFile
from schema.edgedb.values import (
    Row,
    day,
    digest,
    searchable,
    spaced,
    text,
    unbase64,
    without_unknown,
)
from schema.filter.nodes import ImageFilter
from schema.graph import (
    Album,
    Person,
    Place,
    PlaceLevel,
    StageState,
)
from schema.sqlite.files import STAGES, STATES
from schema.words import fold

_START = 1000
"""Bytes of a path or key by which they are ordered: an index entry has at most about 2,700."""


def _born(birthday: str | None) -> int | None:
    try:
        return None if birthday is None else day(date.fromisoformat(birthday))
    except ValueError:
        return None


def path_key(path: str) -> str:
    return digest(os.fsencode(path).hex())


def file_row(file: KeptFile) -> Row:
    path, shown = os.fsencode(file.path), searchable(file.path)
    states = {
        stage: None if state is None else str(STATES[state]) for stage, state in zip(STAGES, file.states, strict=True)
    }
    return without_unknown(
        {
            "number": file.id,
            "path_key": path_key(file.path),
            "path": b64encode(path).decode("ascii"),
            "path_start": b64encode(path[:_START]).decode("ascii"),
            "root": b64encode(os.fsencode(file.root)).decode("ascii"),
            "root_key": path_key(file.root),
            "file_size": file.file_size,
            "mtime_ns": file.mtime_ns,
            "inode": file.inode,
            "device": file.device,
            "content_hash": file.content_hash,
            "present": file.present,
            "image": file.image_id,
            **{str(stage): state for stage, state in states.items()},
            "notes": file.notes,
            "pending": StageState.PENDING in states.values(),
            "failed": StageState.FAILED in states.values(),
            "words": spaced(file.path),
            "path_folded": shown.casefold(),
            "name_folded": fold(shown.rpartition("/")[2]),
        }
    )


def file_of(row: Row) -> KeptFile:
    return KeptFile(
        path=os.fsdecode(unbase64(row["path"])),
        root=os.fsdecode(unbase64(row["root"])),
        file_size=int(row["file_size"]),
        mtime_ns=int(row["mtime_ns"]),
        inode=int(row["inode"]),
        device=int(row["device"]),
        content_hash=row["content_hash"],
        present=row["present"],
        id=row["number"],
        image_id=row["image_number"],
        states=tuple(
            None if row[stage] is None else STATES.index(StageState(row[stage])) for stage in map(str, STAGES)
        ),
        notes=row["notes"],
    )


def _state(name: str | None) -> int | None:
    return None if name is None else STATES.index(StageState(name))


def path_start(path: bytes) -> bytes:
    return path[:_START]


def place_row(place: Place) -> Row:
    return without_unknown(
        {
            "key": place.key,
            "level": str(place.level),
            "name": text(place.name),
            "parent_key": place.parent,
            "lat": place.lat,
            "lon": place.lon,
            "country": place.country,
            "population": place.population,
        }
    )


def place_of(row: Row) -> Place:
    return Place(
        row["key"],
        PlaceLevel(row["level"]),
        row["name"],
        row["parent_key"],
        float(row["lat"]),
        float(row["lon"]),
        row["country"],
        row["population"],
    )


def person_row(person: Person) -> Row:
    return without_unknown(
        {
            "number": person.id,
            "name": text(person.name),
            "hidden": person.hidden,
            "cover_face_number": person.cover_face_id,
            "birthday": person.birthday,
            "born": _born(person.birthday),
        }
    )


def person_of(row: Row) -> Person:
    return Person(row["name"], row["number"], row["hidden"], row["cover_face_number"], row["birthday"])


def album_row(album: Album) -> Row:
    rules = album.filter
    return without_unknown(
        {
            "number": album.id,
            "name": text(album.name),
            "parent": album.parent_id,
            "rules": None if rules is None else rules.model_dump(by_alias=True, exclude_defaults=True, mode="json"),
            "cover_image": album.cover_image_id,
        }
    )


def album_of(row: Row) -> Album:
    rules = row["rules"]
    return Album(
        row["name"],
        row["number"],
        row["parent_number"],
        None if rules is None else ImageFilter.model_validate(rules),
        row["cover_number"],
    )
