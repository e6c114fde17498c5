"""How a sentence that is being typed may go on, out of what this library holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from api.search.terms import KEYS
from api.search.vocabulary import Vocabulary
from schema.words import words

MOST_WORDS = 4
"""So many words at the end of what is typed are looked at together."""
TOO_BROAD = 6
"""Synsets nearer to the root than this many steps (`object`, `formation`) are no use to anyone."""
_KIND_ORDER = ("person", "album", "place", "tag", "camera", "lens", "folder", "key")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`text` replaces the characters start..end of what is typed."""

    text: str
    kind: str
    """person album place tag camera lens folder key."""
    count: int
    """Pictures; 0 for keys."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A name that can be suggested, with the words it is found by."""

    words: tuple[str, ...]
    text: str
    kind: str
    count: int
    means: str
    """What it names; of several names for one thing the best is shown."""
    second: bool = False
    """Another name than the usual one, or a broader term than the pictures have: after the rest."""


def entries(vocabulary: Vocabulary) -> Iterator[Entry]:
    """Every name of a library."""
    for person in vocabulary.people:
        for name in (person.name, *person.aliases):
            yield Entry(words(name), name, "person", person.count, person.reference, name != person.name)
    for place in vocabulary.places:
        for name in (place.name, *place.names):
            yield Entry(words(name), name, "place", place.count, place.key, name != place.name)
    for album in vocabulary.albums:
        yield Entry(words(album.name), album.name, "album", album.count, f"album:{album.id}")
    yield from _tags(vocabulary)
    for kind, named in (("camera", vocabulary.models), ("camera", vocabulary.makes), ("lens", vocabulary.lenses)):
        for text, count in named.items():
            yield Entry(words(text), text, kind, count, text)
    for folder, count in vocabulary.folders.items():
        # Written as a term, because a folder's name alone may mean anything.
        yield Entry(words(folder.rsplit("/", 1)[-1]), f'folder:"{folder}"', "folder", count, folder)
    for key in KEYS:
        yield Entry((key,), f"{key}:", "key", 0, key)


def _tags(vocabulary: Vocabulary) -> Iterator[Entry]:
    lexicon = vocabulary.lexicon
    for name, count in vocabulary.pictured.items():
        synset = lexicon.synset(name)
        broader = name not in vocabulary.tags
        if synset is None or (broader and len(lexicon.chain(name)) < TOO_BROAD):
            continue
        for i, lemma in enumerate(synset.lemmas):
            if i == 0 or lexicon.frequency(lemma.lower()):
                yield Entry(words(lemma), lemma, "tag", count, name, broader or i > 0)
    for tag, count in vocabulary.tags.items():
        if lexicon.synset(tag) is None:
            yield Entry(words(tag), tag, "tag", count, tag)


def suggest(typed: str, vocabulary: Vocabulary, limit: int = 8) -> list[Suggestion]:
    """The most photographed names that go on from the last words typed; a longer match before a shorter one."""
    head = typed[-200:].encode("utf-8", "replace").decode()
    if not head or head[-1].isspace():
        return []
    offset = len(typed) - len(head)
    starts = [i for i, char in enumerate(head) if not char.isspace() and (i == 0 or head[i - 1].isspace())]
    found: dict[str, Suggestion] = {}
    said_already: set[tuple[str, str]] = set()
    for start in starts[-MOST_WORDS:]:
        said = words(head[start:])
        if not said:
            continue
        for entry in sorted(_matching(said, vocabulary), key=lambda match: _rank(*match)):
            if len(found) >= limit:
                break
            if entry[0].text.casefold() != head[start:].casefold():
                text, kind, count = entry[0].text, entry[0].kind, entry[0].count
                if (kind, text.casefold()) not in said_already:
                    said_already.add((kind, text.casefold()))
                    found.setdefault(entry[0].means, Suggestion(text, kind, count, offset + start, len(typed)))
    return list(found.values())[:limit]


def _matching(said: tuple[str, ...], vocabulary: Vocabulary) -> Iterator[tuple[Entry, int]]:
    """Entries in which the words stand in order, the last one begun, and at which word."""
    for entry, at in vocabulary.begun(said[0], whole=len(said) > 1):
        rest = entry.words[at : at + len(said)]
        if len(rest) == len(said) and rest[:-1] == said[:-1] and rest[-1].startswith(said[-1]):
            yield entry, at


def _rank(entry: Entry, at: int) -> tuple[bool, bool, int, int, str]:
    """Usual names and beginnings of names first, then what there is most of."""
    return entry.second, at > 0, -entry.count, _KIND_ORDER.index(entry.kind), entry.text
