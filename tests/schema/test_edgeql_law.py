"""Filters as EdgeQL find what the law finds; where they are not exact, they miss nothing of it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schema.color import shades
from schema.edgedb.connection import SCHEMA, migration
from schema.edgedb.query import question
from schema.edgedb.query.conditions import highest, lowest
from schema.edgedb.values import searchable, spaced
from schema.filter.nodes import DuplicateKind, ImageFilter
from schema.filter.photo import Photo
from schema.words import fold, label_key
from tests.schema.edgeql_memory import Memory
from tests.schema.edgeql_values import Object
from tests.schema.strategies import LEXICON, PEOPLE, Drawn, filters, libraries

LAW = settings(deadline=None, suppress_health_check=list(HealthCheck))


def stored(photo: Photo) -> Photo:
    """As a store can have it: what is derived of files follows from them, and nothing is shared."""
    copies = not photo.offline and len(photo.paths) > 1
    others = [kind for kind in photo.duplicates if kind != DuplicateKind.SAME_BYTES]
    same = (DuplicateKind.SAME_BYTES,) if copies else ()
    return replace(photo, shares=(), duplicates=(*same, *others))


def image_of(photo: Photo) -> Object:
    """An image with the properties that conditions name; what it is linked to follows in `database_of`."""
    sized = photo.width is not None and photo.height is not None
    width, height = photo.width or 0.0, photo.height or 0.0
    known: dict[str, Any] = {
        "number": photo.id,
        "taken": moment(photo.taken),
        "added": moment(photo.added),
        "taken_seconds": photo.taken,
        "added_seconds": photo.added,
        "place": photo.place or None,
        "near_city": photo.near_city or None,
        "make_words": spaced(photo.make),
        "model_words": spaced(photo.model),
        "lens_words_of_name": spaced(photo.lens),
        "software_words": spaced(photo.software),
        "title_words": spaced(photo.title),
        "caption_words": spaced(photo.caption),
        "ocr_words": spaced(photo.ocr),
        "condition_keys": tuple(map(label_key, photo.conditions)),
        "lens_keys": tuple(map(label_key, photo.lens_words)),
        "size_key": label_key(photo.size_word),
        "format_key": label_key(photo.format),
        "upright_width": photo.width,
        "upright_height": photo.height,
        "pixels": width * height if sized else None,
        "aspect": width / height if sized and height else None,
        "shades": tuple(shades(color for color, _ in photo.palette).tolist()),
        "trashed": moment(0) if photo.trashed else None,
        "embedding": photo.embedding or None,
        "meaning": photo.meaning or None,
        "file_size": int(photo.file_size),
    }
    for name in ("make", "model", "iso", "aperture", "exposure", "focal35", "flash", "lat", "lon", "nsfw", "favorite"):
        known[name] = getattr(photo, name)
    known |= {"phash": photo.phash, "rating": None if photo.rating is None else int(photo.rating)}
    image = Object("Image", {name: value for name, value in known.items() if value is not None})
    for kind, link in ((DuplicateKind.SAME_PICTURE, "duplicate_of"), (DuplicateKind.BURST, "burst_of")):
        image.links[link] = [(image, {})] if kind in photo.duplicates else []
    return image


def moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime(1970, 1, 1) + timedelta(seconds=seconds)


def database_of(photos: Sequence[Photo]) -> Memory:
    memory = Memory()
    memory.run(migration(SCHEMA.read_text(encoding="utf-8")), {})
    people = {number: Object("Person", {"number": number, "name": name}) for number, name in PEOPLE.items()}
    albums = {number: Object("Album", {"number": number}, {"images": []}) for number in (1, 2, 3, 4)}
    tags: dict[tuple[str, str], Object] = {}
    synsets: dict[str, Object] = {}
    made: list[Object] = [*people.values(), *albums.values()]
    for photo in photos:
        image = image_of(photo)
        made += [image, *files_of(photo, image), *faces_of(photo, image, people)]
        image.links["tags"] = []
        for edge in photo.tags:
            tag = tags.setdefault((edge.kind, edge.name), tag_of(edge.kind, edge.name, synsets))
            mark = Object("Mark", {}, {"tag": [(tag, {})]})
            edges = {"score": edge.score, "count": edge.count, "origin": str(edge.origin), "colors": tuple(edge.colors)}
            image.links["tags"].append((mark, edges))
            made.append(mark)
        for number in photo.albums:
            albums[number].links["images"].append((image, {}))
    for each in (*made, *tags.values(), *synsets.values()):
        memory.add(each)
    memory.index()
    return memory


def files_of(photo: Photo, image: Object) -> list[Object]:
    return [
        Object(
            "AssetFile",
            {
                "present": not photo.offline,
                "path": os.fsencode(path),
                "words": spaced(path),
                "path_folded": searchable(path).casefold(),
                "name_folded": fold(searchable(path.rpartition("/")[2])),
            },
            {"image": [(image, {})]},
        )
        for path in photo.paths
    ]


def faces_of(photo: Photo, image: Object, people: dict[int, Object]) -> list[Object]:
    found: list[Object] = []
    for face in photo.faces:
        known = {"score": face.score, "age": face.age, "gender": face.gender or None, "emotion": face.emotion or None}
        person = [] if face.person is None else [(people[face.person], dict[str, Any]())]
        links = {"image": [(image, dict[str, Any]())], "person": person}
        found.append(Object("Face", {name: value for name, value in known.items() if value is not None}, links))
    return found


def tag_of(kind: str, name: str, synsets: dict[str, Object]) -> Object:
    words = spaced(name) if kind in ("keyword", "user") else ""
    tag = Object("Tag", {"key": f"{kind} {name}", "kind": str(kind), "label": label_key(name), "words": words})
    if kind == "concept":
        for each in (name, *LEXICON.ancestors(name)):
            synsets.setdefault(each, Object("Synset", {"name": each}))
        above = [one for one in LEXICON.ancestors(name) if one != name]
        synsets[name].links["ancestors"] = [(synsets[one], {}) for one in above]
        tag.links["synset"] = [(synsets[name], {})]
    return tag


@LAW
@given(libraries(), st.lists(filters(), min_size=1, max_size=4))
def test_every_filter(drawn: Drawn, asked: list[ImageFilter]) -> None:
    drawn = replace(drawn, photos=tuple(map(stored, drawn.photos)))
    law, database = drawn.reference(), database_of(drawn.photos)
    for one in asked:
        lawful = [photo.id for photo in law.found(one)]
        made = question(one, law.world)
        found = sorted(json.loads(database.run(made.ids, made.parameters)))
        if made.exact:
            assert found == lawful, made.condition
        else:
            assert set(found) >= set(lawful), made.condition


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
@example(float(np.finfo(np.float32).max), 0.0)
@example(float(np.finfo(np.float32).min), 0.0)
def test_bounds_of_single_precision(bound: float, value: float) -> None:
    with np.errstate(over="ignore"):
        for other in (value, bound, float(np.nextafter(np.float32(bound), np.float32(np.inf)))):
            assert (other >= lowest(bound)) == bool(np.float32(other) >= np.float32(bound))
            assert (other <= highest(bound)) == bool(np.float32(other) <= np.float32(bound))
