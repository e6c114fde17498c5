"""The fixed library that gold questions are asked of, and when two filters mean the same."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from api.search.vocabulary import KnownAlbum, KnownPerson, KnownPlace, Vocabulary
from schema.filter.nodes import Near
from schema.lexicon import Lexicon

FOLDER = Path(__file__).parent
_ONE_OF = {
    "tag": ("any",), "person": ("any",), "condition": ("any",), "lens": ("any",), "sizeWord": ("any",),
    "format": ("any",), "album": ("any",), "place": ("within",), "taken": ("years", "months", "weekdays", "seasons"),
    "camera": ("make", "model", "lens"), "size": ("orientation",), "path": ("under", "name"),
}  # fmt: skip
_TAG_SETTINGS = ("color", "minCount", "minScore", "narrower", "origin")


@dataclass(frozen=True)
class Question:
    family: str
    text: str
    expected: dict[str, Any]
    held: bool

    @property
    def filter(self) -> dict[str, Any]:
        return {key: value for key, value in self.expected.items() if not key.startswith("$")}


def questions() -> Iterator[Question]:
    read = tomllib.loads((FOLDER / "questions.toml").read_text(encoding="utf-8"))
    shapes = {"@" + name: json.loads(text) for name, text in read.pop("shapes").items()}
    held = read.pop("held")
    for families, is_held in ((read, False), (held, True)):
        for family, asked in families.items():
            for text, expected in asked.items():
                yield Question(family, text, _filled(json.loads(expected), shapes), is_held)


def _filled(value: Any, shapes: dict[str, Any]) -> Any:
    if isinstance(value, str) and value in shapes:
        return shapes[value]
    if isinstance(value, dict):
        return {key: _filled(inner, shapes) for key, inner in value.items()}
    return [_filled(inner, shapes) for inner in value] if isinstance(value, list) else value


def vocabulary(lexicon: Lexicon) -> tuple[Vocabulary, date]:
    read = tomllib.loads((FOLDER / "vocabulary.toml").read_text(encoding="utf-8"))
    elsewhere = [_place(row) for row in read["elsewhere"]]
    people = [row | {"aliases": tuple(row.get("aliases", ()))} for row in read["people"]]
    return Vocabulary(
        lexicon=lexicon,
        people=tuple(KnownPerson(**row) for row in people),
        places=tuple(_place(row) for row in read["places"]),
        tags=read["tags"],
        makes=dict.fromkeys(read["makes"], 100),
        models=dict.fromkeys(read["models"], 100),
        lenses=dict.fromkeys(read["lenses"], 100),
        albums=tuple(KnownAlbum(**row) for row in read["albums"]),
        folders=read["folders"],
        me=read["me"],
        home=Near(**read["home"], km=0.3),
        years=tuple(read["years"]),
        elsewhere=lambda name: [place for place in elsewhere if place.name.lower() == name.lower()],
    ), read["today"]


def _place(row: dict[str, Any]) -> KnownPlace:
    return KnownPlace(**row | {"names": tuple(row.get("names", ()))})


# -- meaning: a filter as and / or / not over its smallest conditions

Meaning = Any


def meaning(asked: dict[str, Any]) -> Meaning:
    """Equal for filters that mean the same, whatever their form."""
    return _all(_conditions(asked))


def _conditions(asked: dict[str, Any]) -> Iterator[Meaning]:
    for key, value in asked.items():
        if key == "and":
            yield from (meaning(part) for part in value)
        elif key == "or":
            yield _any(meaning(part) for part in value)
        elif key == "not":
            yield _not(meaning(value))
        elif isinstance(value, dict):
            yield from _part(key, value)
        else:
            yield _atom(key, value)


def _part(key: str, value: dict[str, Any]) -> Iterator[Meaning]:
    if key == "face":
        count = value.get("count")
        rest = {k: v for k, v in value.items() if k != "count"}
        if count == {"max": 0}:
            yield _not(_atom("face", rest))
        elif count == {"min": 1}:
            yield _atom("face", rest)
        else:
            yield _atom("face", value)
        return
    settings = {k: v for k, v in value.items() if key == "tag" and k in _TAG_SETTINGS}
    for name, inner in value.items():
        if name in settings:
            continue
        if name in _ONE_OF.get(key, ()):
            yield _any(_atom(key, {name: one, **settings}) for one in inner)
        elif name == "all":
            yield from (_atom(key, {"any": one, **settings}) for one in inner)
        elif name == "none" and key in _ONE_OF:
            want = "within" if key == "place" else "any"
            yield from (_not(_atom(key, {want: one, **settings})) for one in inner)
        else:
            yield _atom(key, {name: inner, **settings})


def _atom(key: str, value: Any) -> Meaning:
    if key == "favorite" and value is False:
        return _not(_atom("favorite", True))
    return ("is", key, json.dumps(_sorted(value), sort_keys=True))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return sorted((_sorted(inner) for inner in value), key=json.dumps)
    return round(float(value), 6) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _not(inner: Meaning) -> Meaning:
    if inner[0] == "not":
        return inner[1]
    if inner[0] == "any":
        return _all(_not(one) for one in inner[1])
    return ("not", inner)


def _all(parts: Iterator[Meaning]) -> Meaning:
    return _joined("all", parts)


def _any(parts: Iterator[Meaning]) -> Meaning:
    return _joined("any", parts)


def _joined(how: str, parts: Iterator[Meaning]) -> Meaning:
    flat: set[Meaning] = set()
    for part in parts:
        flat |= part[1] if part[0] == how else {part}
    return next(iter(flat)) if len(flat) == 1 else (how, frozenset(flat))
