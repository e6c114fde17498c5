"""What the references in a filter stand for: people, places and albums, by key or by name."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from schema.filter.photo import numbered
from schema.graph import Album, Place
from schema.words import label_key


class Names:
    """Immutable; a new one is made whenever a name changes."""

    def __init__(
        self, people: Mapping[int, str] | None = None, places: Sequence[Place] = (), albums: Sequence[Album] = ()
    ) -> None:
        self.people = dict(people or {})
        self.places = {place.key: place for place in places}
        self.albums = {album.id: album for album in albums}
        self.smart = any(album.filter is not None for album in albums)
        self._people_named: dict[str, set[int]] = defaultdict(set)
        for person, name in self.people.items():
            if name:
                self._people_named[label_key(name)].add(person)
        self._places_named: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            self._places_named[label_key(place.name)].append(place)
        self._coding = threading.Lock()
        self._places: list[tuple[str, str]] = []
        self._codes: dict[str, list[int]] = defaultdict(list)
        """Place -> positions in `_places` of those that lie in it."""
        self._keys: list[str] = []
        """Of `_codes`, numbered."""
        self._above: list[int] = []
        """Numbers of the places that each of `_places` lies in, end to end."""
        self._above_sizes: list[int] = []
        self._around: dict[tuple[str, str], frozenset[str]] = {}
        self._albums_named: dict[str, set[int]] = defaultdict(set)
        self._inside: dict[int, list[int]] = defaultdict(list)
        for album in albums:
            self._albums_named[label_key(album.name)].add(album.id)
            if album.parent_id is not None:
                self._inside[album.parent_id].append(album.id)

    def people_of(self, reference: str) -> set[int]:
        number = numbered("person", reference)
        return self._people_named.get(label_key(reference), set()) | ({number} if number is not None else set())

    def places_of(self, reference: str) -> set[str]:
        """Keys of the places meant: the one with that key, and all of that name."""
        return {reference, *(place.key for place in self._places_named.get(label_key(reference), ()))}

    def center(self, reference: str) -> tuple[float, float] | None:
        """(lat, lon) of the place with that key, else of the most populous one of that name."""
        place = self.places.get(reference)
        if place is None:
            named = self._places_named.get(label_key(reference), ())
            place = min(named, key=lambda place: (-place.population, place.key), default=None)
        return None if place is None else (place.lat, place.lon)

    def around(self, place: str, near_city: str) -> frozenset[str]:
        """Every place that contains a picture of this place and near city."""
        known = self._around.get((place, near_city))
        if known is None:
            found = set[str]()
            key: str | None = place
            while key and key not in found:
                found.add(key)
                key = self.places[key].parent if key in self.places else None
            known = self._around[place, near_city] = frozenset(found | {near_city} - {""})
        return known

    def codes_within(self, keys: Iterable[str], places: list[tuple[str, str]]) -> NDArray[np.intp]:
        """Which of the (place, near city) in a list, that only grows, lie in one of some places."""
        with self._coding:
            self._code(places)
            found = {code for key in keys for code in self._codes.get(key, ())}
        return np.array(sorted(found), dtype=np.intp)

    def counted(self, places: list[tuple[str, str]], counts: NDArray[np.integer]) -> tuple[list[str], NDArray[np.intp]]:
        """Places, and how many images lie in each. `counts`: images of the (place, near city) in a list, that only
        grows; it may have grown since."""
        with self._coding:
            self._code(places)
            sizes = np.array(self._above_sizes[: len(counts)], dtype=np.int64)
            above = np.array(self._above[: int(sizes.sum())], dtype=np.int64)
            keys = self._keys[:]
        found = np.bincount(above, np.repeat(counts[: len(sizes)], sizes), minlength=len(keys))
        return keys, found.astype(np.intp)

    def _code(self, places: list[tuple[str, str]]) -> None:
        if self._places is not places:
            self._places, self._codes = places, defaultdict(list)
            self._keys, self._above, self._above_sizes = [], [], []
        known = len(self._above_sizes)
        numbers = {key: number for number, key in enumerate(self._keys)} if known < len(places) else {}
        for code, pair in enumerate(places[known:], known):
            around = self.around(*pair)
            for key in around:
                self._codes[key].append(code)
                self._above.append(numbers.setdefault(key, len(numbers)))
            self._above_sizes.append(len(around))
        self._keys += list(numbers)[len(self._keys) :]

    def albums_of(self, reference: str) -> set[int]:
        """The albums meant and all that lie inside them."""
        number = numbered("album", reference)
        found = set(self._albums_named.get(label_key(reference), ()))
        found |= {number} if number is not None else set()
        todo = list(found)
        while todo:
            inside = [album for album in self._inside.get(todo.pop(), ()) if album not in found]
            found.update(inside)
            todo += inside
        return found
