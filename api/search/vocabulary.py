"""What one library can be asked about: its people, places, tags, cameras, albums and folders, ready to be looked up.

Built from the library (`from_view`) when it changes, asked for every sentence. Names are looked up by their words, in
plain dicts of word tuples, the longest first.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from api.search.spelling import Spelling, sound
from schema.filter.nodes import Near
from schema.lexicon import Lexicon
from schema.words import words

if TYPE_CHECKING:
    from api.search.suggesting import Entry

Words = tuple[str, ...]
K = TypeVar("K")
V = TypeVar("V")
MOST_BEGUN = 20_000
"""Names looked at for one suggestion."""
MAJOR_SENSE = 0.1
"""A sense of a word that WordNet's texts use less than this, beside its main one, is not meant."""


PLACE_KINDS = frozenset({"geo", "region", "country", "continent"})
"""What the keys of places begin with."""
KINDRED = 3
"""Steps from the root that two senses have to share to be one idea; `physical entity` is 2."""


@dataclass(frozen=True, slots=True)
class KnownPerson:
    id: int
    name: str
    count: int = 0
    aliases: tuple[str, ...] = ()
    relation: str = ""
    """What this person is to the one who asks: `daughter`."""
    birthday: str | None = None
    """ISO date."""

    @property
    def reference(self) -> str:
        return f"person:{self.id}"


@dataclass(frozen=True, slots=True)
class KnownPlace:
    key: str
    level: str
    """continent country region city."""
    name: str
    count: int = 0
    parent: str | None = None
    names: tuple[str, ...] = ()
    """Other spellings."""


@dataclass(frozen=True, slots=True)
class KnownAlbum:
    id: int
    name: str
    count: int = 0


@dataclass(frozen=True, repr=False)
class Vocabulary:
    lexicon: Lexicon
    people: tuple[KnownPerson, ...] = ()
    places: tuple[KnownPlace, ...] = ()
    tags: Mapping[str, int] = field(default_factory=dict)
    """Synset names and labels -> images."""
    makes: Mapping[str, int] = field(default_factory=dict)
    models: Mapping[str, int] = field(default_factory=dict)
    lenses: Mapping[str, int] = field(default_factory=dict)
    albums: tuple[KnownAlbum, ...] = ()
    folders: Mapping[str, int] = field(default_factory=dict)
    me: int | None = None
    """The person who asks."""
    home: Near | None = None
    years: tuple[int, int] | None = None
    """Of the first and the last picture."""
    current: str | None = None
    """The image on the screen, which `this` means."""
    elsewhere: Callable[[str], Sequence[KnownPlace]] = field(default=lambda name: ())
    """The gazetteer: places of that name, wherever they are, most populous first."""
    anywhere: Callable[[str], KnownPlace | None] = field(default=lambda key: None)
    """The gazetteer: the place with that key, wherever it is."""

    def looking_at(self, image: str | None) -> Vocabulary:
        """The same words while that image is on the screen; what was prepared is shared."""
        if image == self.current:
            return self
        other = copy(self)
        object.__setattr__(other, "current", image)
        return other

    def __repr__(self) -> str:
        return f"<Vocabulary of {len(self.people)} people, {len(self.places)} places, {len(self.tags)} tags>"

    # -- people
    @cached_property
    def people_named(self) -> dict[Words, tuple[KnownPerson, ...]]:
        """By full name and alias; by first or last name where no one is called just that."""
        whole: dict[Words, list[KnownPerson]] = {}
        part: dict[Words, list[KnownPerson]] = {}
        for person in self.people:
            for name in (person.name, *person.aliases):
                said = words(name)
                if said:
                    _add(whole, said, person)
                for n in range(1, len(said)):
                    _add(part, said[:n], person)
                    _add(part, said[n:], person)
        return {said: tuple(found) for said, found in (part | whole).items()}

    @cached_property
    def people_by_id(self) -> dict[int, KnownPerson]:
        return {person.id: person for person in self.people}

    @cached_property
    def relations(self) -> dict[str, tuple[KnownPerson, ...]]:
        found: dict[str, list[KnownPerson]] = {}
        for person in self.people:
            if person.relation:
                _add(found, person.relation, person)
        return {relation: tuple(people) for relation, people in found.items()}

    # -- places
    @cached_property
    def places_named(self) -> dict[Words, tuple[KnownPlace, ...]]:
        """Most photographed first; of two with as many, the wider."""
        found: dict[Words, list[KnownPlace]] = {}
        for place in self.places:
            for name in (place.name, *place.names, _postal(place)):
                if said := words(name):
                    _add(found, said, place)
        return {said: tuple(sorted(places, key=_photographed)) for said, places in found.items()}

    @cached_property
    def places_by_key(self) -> dict[str, KnownPlace]:
        return {place.key: place for place in self.places}

    def place(self, key: str) -> KnownPlace | None:
        """Of this library, or else of the gazetteer."""
        return self.places_by_key.get(key) or self.anywhere(key)

    def around(self, place: KnownPlace) -> list[KnownPlace]:
        """What a place lies in, nearest first."""
        found: list[KnownPlace] = []
        parent = place.parent
        while parent and (above := self.place(parent)) and above not in found:
            found.append(above)
            parent = above.parent
        return found

    # -- things
    @cached_property
    def labels(self) -> dict[Words, str]:
        """Tags that are no synsets, by their words."""
        return {said: tag for tag in self.tags if not self.lexicon.synset(tag) and (said := words(tag))}

    @cached_property
    def pictured(self) -> dict[str, int]:
        """Images below each synset that is in use, itself or by a narrower one. An upper bound: tags overlap."""
        total: dict[str, int] = {}
        for tag, count in self.tags.items():
            if self.lexicon.synset(tag):
                for name in (tag, *self.lexicon.ancestors(tag)):
                    total[name] = total.get(name, 0) + count
        return total

    def concepts(self, word: str) -> tuple[str, ...]:
        """What a noun means in a filter: the plain word, which stands for all its senses and for keywords.

        Where the library's pictures show several of its senses and some of them are rare in English (the `dog` of hot
        dogs), the senses that are not.
        """
        pictured = [sense for sense in self.lexicon.senses(word) if sense in self.pictured]
        if len(pictured) < 2 or words(word) in self.labels:
            return (word,)
        counts = self.lexicon.sense_counts(word)
        main = max(pictured, key=lambda sense: counts.get(sense, 0))
        least = MAJOR_SENSE * counts.get(main, 0)
        meant = tuple(
            sense for sense in pictured if counts.get(sense, 0) > least or not least or self._related(sense, main)
        )
        return meant if len(meant) < len(pictured) else (word,)

    def _related(self, one: str, other: str) -> bool:
        """Whether two senses have more in common than to be things: `food` as substance and as groceries."""
        above = {other, *self.lexicon.ancestors(other)}
        common = (name for name in (one, *self.lexicon.ancestors(one)) if name in above)
        return len(self.lexicon.chain(next(common, ""))) >= KINDRED

    # -- cameras and albums
    @cached_property
    def make_words(self) -> dict[str, str]:
        """First word of each maker -> the maker."""
        return {words(make)[0]: make for make in self.makes if words(make)}

    @cached_property
    def model_words(self) -> dict[Words, str]:
        """Runs of words that tell a model: those with a digit, or that no maker bears."""
        found: dict[Words, str] = {}
        for model in self.models:
            said = camera_words(model)
            for start in range(len(said)):
                for end in range(start + 1, len(said) + 1):
                    run = said[start:end]
                    if run[0] not in self.make_words and (_tells(run) or run == said):
                        found.setdefault(run, " ".join(words(model)))
        return found

    @cached_property
    def albums_named(self) -> dict[Words, KnownAlbum]:
        return {said: album for album in self.albums if (said := words(album.name))}

    # -- spelling
    @cached_property
    def spelling(self) -> Spelling:
        """The words of all names here, weighted by how many pictures they have."""
        weights: dict[str, int] = {}

        def add(said: Iterable[str], count: int) -> None:
            for word in said:
                if word.isalpha():
                    weights[word] = weights.get(word, 0) + count + 1

        for person in self.people:
            for name in (person.name, *person.aliases):
                add(words(name), person.count)
        for place in self.places:
            for name in (place.name, *place.names):
                add(words(name), place.count)
        for tag, count in self.tags.items():
            label = self.lexicon.label(tag) if self.lexicon.synset(tag) else tag
            add(words(label), count)
            if len(said := words(label)) == 1:
                add((said[0] + "s",), count)
        for names in (self.makes, self.models):
            for camera, count in names.items():
                add(words(camera), count)
        for album in self.albums:
            add(words(album.name), album.count)
        return Spelling(weights)

    # -- suggestions
    @cached_property
    def beginnings(self) -> list[tuple[str, int, Entry]]:
        """(word, its position, entry) of every word of every name, in the order of words."""
        from api.search.suggesting import entries

        found = [(word, at, entry) for entry in entries(self) for at, word in enumerate(entry.words)]
        return sorted(found, key=lambda one: one[0])

    def begun(self, word: str, *, whole: bool) -> Iterator[tuple[Entry, int]]:
        """Entries with a word that begins so, or that is just this word."""
        start = bisect_left(self.beginnings, word, key=lambda one: one[0])
        for there, at, entry in self.beginnings[start : start + MOST_BEGUN]:
            if not (there == word if whole else there.startswith(word)):
                break
            yield entry, at

    @cached_property
    def names_sounding(self) -> dict[str, frozenset[str]]:
        """First and last names of people, by how they sound."""
        found: dict[str, set[str]] = {}
        for person in self.people:
            for name in (person.name, *person.aliases):
                for word in words(name):
                    found.setdefault(sound(word), set()).add(word)
        return {heard: frozenset(spelled) for heard, spelled in found.items()}

    def prepare(self) -> None:
        """Make what the first look-up would wait for."""
        for name in ("people_named", "places_named", "labels", "pictured", "model_words", "albums_named", "spelling",
             "names_sounding",         "beginnings"):  # fmt: skip
            getattr(self, name)

    def knows(self, word: str) -> bool:
        """Whether a word is part of any name here."""
        return word in self.spelling

    def name(self, reference: str) -> str:
        """What to call a reference: `geo:4164138` -> Miami."""
        kind, _, rest = reference.partition(":")
        if kind == "person" and rest.isdecimal() and (person := self.people_by_id.get(int(rest))):
            return person.name
        if kind in PLACE_KINDS and (place := self.place(reference)):
            return place.name
        if kind == "album":
            return next((album.name for album in self.albums if f"album:{album.id}" == reference), reference)
        return self.lexicon.label(reference)


def _postal(place: KnownPlace) -> str:
    """`NY` of `region:US.NY`: what people write for a state, where its code is letters."""
    code = place.key.rpartition(".")[2] if place.level == "region" else ""
    return code if code.isalpha() and len(code) == 2 else ""


def camera_words(name: str) -> Words:
    """The words of a camera name, parted between letters and digits as a typed sentence is."""
    parted: list[str] = []
    for word in words(name):
        start = 0
        for i in range(1, len(word) + 1):
            if i == len(word) or word[i].isdigit() != word[i - 1].isdigit():
                parted.append(word[start:i])
                start = i
    return tuple(parted)


def _tells(run: Words) -> bool:
    """Whether words alone name a camera: a longer word, or letters and a number together."""
    letters = [word for word in run if word.isalpha()]
    return bool(letters) and (any(len(word) > 3 for word in letters) or any(word.isdigit() for word in run))


def _photographed(place: KnownPlace) -> tuple[int, int]:
    return -place.count, ("continent", "country", "region", "city").index(place.level)


def _add(found: dict[K, list[V]], key: K, value: V) -> None:
    listed = found.setdefault(key, [])
    if value not in listed:
        listed.append(value)
