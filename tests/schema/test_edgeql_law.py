"""Filters as EdgeQL find what the law finds; where they are not exact, they miss nothing of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schema.color import shades
from schema.edgedb.query import question
from schema.edgedb.query.conditions import highest, lowest
from schema.edgedb.values import searchable, spaced
from schema.filter.nodes import DuplicateKind, ImageFilter
from schema.filter.photo import Photo
from schema.words import fold, label_key
from tests.schema.edgeql_reading import Several, answer, moment
from tests.schema.strategies import LEXICON, PEOPLE, Drawn, filters, libraries

LAW = settings(deadline=None, suppress_health_check=list(HealthCheck))


def stored(photo: Photo) -> Photo:
    """As a store can have it: what is derived of files follows from them, and nothing is shared."""
    copies = not photo.offline and len(photo.paths) > 1
    others = [kind for kind in photo.duplicates if kind != DuplicateKind.SAME_BYTES]
    same = (DuplicateKind.SAME_BYTES,) if copies else ()
    return replace(photo, shares=(), duplicates=(*same, *others))


def image_of(photo: Photo) -> dict[str, Any]:
    """Properties and links of an image in the schema, those that conditions name."""
    sized = photo.width is not None and photo.height is not None
    width, height = photo.width or 0.0, photo.height or 0.0
    keys = {"condition_keys": photo.conditions, "lens_keys": photo.lens_words}
    same, burst = (kind in photo.duplicates for kind in (DuplicateKind.SAME_PICTURE, DuplicateKind.BURST))
    image: dict[str, Any] = {
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
        **{name: sorted(map(label_key, words)) for name, words in keys.items()},
        "size_key": label_key(photo.size_word),
        "format_key": label_key(photo.format),
        "upright_width": photo.width,
        "upright_height": photo.height,
        "pixels": width * height if sized else None,
        "aspect": width / height if sized and height else None,
        "shades": shades(color for color, _ in photo.palette).tolist(),
        "trashed": photo.trashed or None,
        "embedding": photo.embedding or None,
        "meaning": photo.meaning or None,
        "duplicate_of": same or None,
        "burst_of": burst or None,
        "twins": Several(),
        "shots": Several(),
        "albums": Several({"number": number} for number in photo.albums),
    }
    for name in ("make", "model", "file_size", "iso", "aperture", "exposure", "focal35", "flash", "lat", "lon"):
        image[name] = getattr(photo, name)
    for name in ("nsfw", "rating", "favorite", "phash"):
        image[name] = getattr(photo, name)
    image["files"] = Several(
        {
            "present": not photo.offline,
            "shown": True,
            "path": os.fsencode(path),
            "words": spaced(path),
            "path_folded": searchable(path).casefold(),
            "name_folded": fold(searchable(path.rpartition("/")[2])),
        }
        for path in photo.paths
    )
    image["faces"] = Several(
        {
            "image": image,
            "score": face.score,
            "shown_age": face.age,
            "gender": face.gender or None,
            "emotion": face.emotion or None,
            "person": None if face.person is None else {"number": face.person, "name": PEOPLE[face.person]},
        }
        for face in photo.faces
    )
    return image


def database_of(photos: Sequence[Photo]) -> dict[str, Any]:
    images = [image_of(photo) for photo in photos]
    tags: dict[tuple[str, str], dict[str, Any]] = {}
    for photo, image in zip(photos, images, strict=True):
        image["tags"] = Several()
        for edge in photo.tags:
            tag = tags.setdefault(
                (edge.kind, edge.name),
                {
                    "key": f"{edge.kind} {edge.name}",
                    "kind": edge.kind,
                    "label": label_key(edge.name),
                    "words": spaced(edge.name) if edge.kind in ("keyword", "user") else "",
                    "marks": Several(),
                },
            )
            tag["marks"].append({"images": Several([image])})
            edges = {"@score": edge.score, "@count": edge.count, "@origin": edge.origin, "@colors": list(edge.colors)}
            image["tags"].append({"tag": tag, **edges})
    synsets = {
        name: {"name": name, "tags": Several(), "narrower": Several()} for kind, name in tags if kind == "concept"
    }
    for name in list(synsets):
        synsets[name]["tags"] = Several([tags["concept", name]])
        for above in LEXICON.ancestors(name):
            synsets.setdefault(above, {"name": above, "tags": Several(), "narrower": Several()})
            synsets[above]["narrower"].append(synsets[name])
    people = [
        {"number": number, "faces": Several(f for i in images for f in i["faces"] if _is_of(f, number))}
        for number in PEOPLE
    ]
    albums = [
        {"number": number, "images": Several(i for i in images if {"number": number} in i["albums"])}
        for number in (1, 2, 3, 4)
    ]
    return {
        "Image": images,
        "Tag": list(tags.values()),
        "Synset": list(synsets.values()),
        "Person": people,
        "Album": albums,
    }


def _is_of(face: dict[str, Any], number: int) -> bool:
    return face["person"] is not None and face["person"]["number"] == number


@LAW
@given(libraries(), st.lists(filters(), min_size=1, max_size=4))
def test_every_filter(drawn: Drawn, asked: list[ImageFilter]) -> None:
    drawn = replace(drawn, photos=tuple(map(stored, drawn.photos)))
    law, database = drawn.reference(), database_of(drawn.photos)
    for one in asked:
        lawful = [photo.id for photo in law.found(one)]
        made = question(one, law.world)
        found = answer(made, database)
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
