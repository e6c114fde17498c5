"""What the law is stated over: a photo with its edges, and the world of words and names around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from schema.graph import Album, Place
from schema.words import label_key


@dataclass(frozen=True, slots=True)
class Meaning:
    """A text among the pictures."""

    vector: NDArray[np.float32]
    """L2-normalized."""
    cutoff: float
    """The cosine from which a picture means this, when the filter does not say."""


Embed = Callable[[str], Meaning]
"""What a text means, in the space of the images' `meaning`."""


class Nouns(Protocol):
    """What is asked of the lexicon. Unknown words and names have no senses and no descendants."""

    def senses(self, word: str, pos: str = "n") -> tuple[str, ...]: ...

    def descendants(self, name: str) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class PhotoTag:
    name: str
    kind: str
    score: float
    count: int
    origin: str
    colors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhotoFace:
    score: float
    person: int | None = None
    age: float | None = None
    gender: str = ""
    emotion: str = ""
    embedding: bytes = b""


@dataclass(frozen=True)
class Photo:
    """One image of a `FactBatch`, unknown numbers as None."""

    id: int
    name: str
    format: str
    file_size: float
    taken: int | None = None
    added: int | None = None
    lat: float | None = None
    lon: float | None = None
    width: float | None = None
    height: float | None = None
    iso: float | None = None
    aperture: float | None = None
    exposure: float | None = None
    focal35: float | None = None
    rating: float | None = None
    nsfw: float | None = None
    flash: bool | None = None
    favorite: bool = False
    trashed: bool = False
    offline: bool = False
    phash: int | None = None
    media_version: int = 0
    make: str = ""
    model: str = ""
    lens: str = ""
    software: str = ""
    place: str = ""
    near_city: str = ""
    size_word: str = ""
    conditions: tuple[str, ...] = ()
    lens_words: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    title: str = ""
    caption: str = ""
    ocr: str = ""
    palette: tuple[tuple[str, float], ...] = ()
    thumbhash: bytes = b""
    embedding: bytes = b""
    meaning: bytes = b""
    albums: tuple[int, ...] = ()
    shares: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    tags: tuple[PhotoTag, ...] = ()
    faces: tuple[PhotoFace, ...] = ()

    @property
    def people(self) -> set[int]:
        return {face.person for face in self.faces if face.person is not None}


@dataclass(frozen=True)
class World:
    """What a photo is compared with: the other photos, the words and the names."""

    lexicon: Nouns
    people: Mapping[int, str] = field(default_factory=dict)
    places: Sequence[Place] = ()
    albums: Sequence[Album] = ()
    photos: Mapping[int, Photo] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: datetime.now().astimezone()
    embed: Embed | None = None

    @cached_property
    def place_of_key(self) -> dict[str, Place]:
        return {place.key: place for place in self.places}

    # -- what a reference names

    def synsets(self, concept: str, *, narrower: bool) -> set[str]:
        """Synset names of a concept: itself when it is one, else its noun senses."""
        named = {concept, *self.lexicon.senses(concept)}
        return named | {below for name in named for below in self.lexicon.descendants(name)} if narrower else named

    def person_ids(self, reference: str) -> set[int]:
        return {
            person
            for person, name in self.people.items()
            if reference == f"person:{person}" or (name and label_key(name) == label_key(reference))
        } | ({number} if (number := numbered("person", reference)) is not None else set())

    def place_keys(self, reference: str) -> set[str]:
        return {reference} | {place.key for place in self.places if label_key(place.name) == label_key(reference)}

    def album_ids(self, reference: str) -> set[int]:
        """The albums of that name or number, and all that lie inside them."""
        found = {
            album.id
            for album in self.albums
            if reference == f"album:{album.id}" or label_key(album.name) == label_key(reference)
        } | ({number} if (number := numbered("album", reference)) is not None else set())
        while inside := {album.id for album in self.albums if album.parent_id in found} - found:
            found |= inside
        return found

    def around(self, photo: Photo) -> set[str]:
        """Every place a photo is within."""
        found: set[str] = {photo.near_city} - {""}
        key: str | None = photo.place
        seen: set[str] = set()
        while key and key not in seen:
            seen.add(key)
            key = self.place_of_key[key].parent if key in self.place_of_key else None
        return found | seen

    def center(self, reference: str) -> tuple[float, float] | None:
        """Of the place with that key, else the most populous one of that name (the first by key of equals)."""
        if reference in self.place_of_key:
            return self.place_of_key[reference].lat, self.place_of_key[reference].lon
        named = [place for place in self.places if label_key(place.name) == label_key(reference)]
        best = min(named, key=lambda place: (-place.population, place.key), default=None)
        return (best.lat, best.lon) if best else None


def numbered(kind: str, reference: str) -> int | None:
    """12 for `person:12`; for images and albums a bare number will do too."""
    number = reference.removeprefix(f"{kind}:")
    bare = kind in ("image", "album")
    return int(number) if (bare or number != reference) and number.isascii() and number.isdecimal() else None
