"""Where files lie: a table of folders, and the names in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from schema.filter.nodes import PathFilter
from schema.filter.paths import glob_pattern, matcher, under
from schema.index.bitmaps import BitMap, Survivors, from_any_rows
from schema.index.columns import Column
from schema.index.texts import Texts
from schema.words import fold

_PLAIN = frozenset("*?[")
"""What makes a glob more than a text."""


class Paths:
    """One entry per file; an image of several files has several."""

    def __init__(self) -> None:
        self.folders: list[str] = []
        """With the slash at the end."""
        self.folder_of: dict[str, int] = {}
        self.folder_words = Texts()
        self.above = Column(np.uint32)
        """Numbers of the folders that each folder is and lies in, the root left out."""
        self.above_ends = Column(np.uint32)
        self.above_names: list[str] = []
        self.above_of: dict[str, int] = {}
        self.folder = Column(np.uint32)
        self.names = Texts()
        self.ends = Column(np.uint32)
        """Where the entries of each row end."""
        self.odd: dict[int, str] = {}
        """File names that are not ASCII, as they are, by entry; others are told by their folded form."""

    def append(self, paths: Sequence[Sequence[str]], first: int) -> None:
        parts = [path.rpartition("/") for of_image in paths for path in of_image]
        sizes = np.fromiter(map(len, paths), dtype=np.int64, count=len(paths))
        folders = [folder + slash for folder, slash, _ in parts]
        self._add_folders([folder for folder in dict.fromkeys(folders) if folder not in self.folder_of])
        entry = len(self.folder)
        self.odd.update({number: name for number, (_, _, name) in enumerate(parts, entry) if not name.isascii()})
        self.ends.append((np.cumsum(sizes) + entry).astype(np.uint32))
        codes = map(self.folder_of.__getitem__, folders)
        self.folder.append(np.fromiter(codes, dtype=np.uint32, count=len(folders)))
        self.names.append([name for _, _, name in parts], np.repeat(np.arange(first, first + len(paths)), sizes))

    def _add_folders(self, folders: Sequence[str]) -> None:
        above: list[int] = []
        ends = []
        numbers = range(len(self.folders), len(self.folders) + len(folders))
        self.folder_words.append(folders, numbers)
        for number, folder in zip(numbers, folders, strict=True):
            for part in accumulate(folder.removesuffix("/").split("/"), "{}/{}".format):
                if part not in ("", "/"):
                    above.append(self.above_of.setdefault(part, len(self.above_names)))
                    if above[-1] == len(self.above_names):
                        self.above_names.append(part)
            ends.append(len(self.above) + len(above))
            self.folder_of[folder] = number
            self.folders.append(folder)
        self.above.append(np.array(above, dtype=np.uint32))
        self.above_ends.append(np.array(ends, dtype=np.uint32))

    def kept(self, survivors: Survivors) -> Paths:
        found = Paths()
        which = survivors.mask[self.row]
        for name in ("folders", "folder_of", "folder_words", "above", "above_ends", "above_names", "above_of"):
            setattr(found, name, getattr(self, name))
        found.folder, found.names = self.folder.kept(which), self.names.kept(which, survivors.number)
        lengths = np.diff(self.ends.values.astype(np.int64), prepend=0)[survivors.rows]
        found.ends = Column(np.uint32, np.cumsum(lengths).astype(np.uint32))
        entry = np.cumsum(which) - 1
        found.odd = {int(entry[old]): name for old, name in self.odd.items() if which[old]}
        return found

    @property
    def entries(self) -> int:
        """How many there are whose every column is there."""
        return len(self.names.ends)

    @property
    def row(self) -> NDArray[np.uint32]:
        found: NDArray[np.uint32] = self.names.rows.values
        return found

    def name(self, entry: int) -> str:
        """The file's name; without capitals when it is ASCII."""
        return self.odd.get(entry) or self.names.text(entry)

    def first_name(self, row: int) -> str:
        """Folded name of the first file of an image that has one."""
        return self.names.text(int(self.ends.values[row - 1]) if row else 0)

    def first_name_heads(self, rows: NDArray[np.uint32]) -> NDArray[np.uint64]:
        """The first 24 bytes of the first file's name of each row, shape (n, 3); shorter ones end in 0."""
        ends = self.names.ends.values
        entry = np.where(rows > 0, self.ends.values[rows.astype(np.int64) - 1], 0).astype(np.int64)
        entry = np.minimum(entry, len(ends) - 1)  # rows without a file are renamed
        start = np.where(entry > 0, ends[entry - 1], 0).astype(np.int64)
        length = ends[entry].astype(np.int64) - 1 - start
        data, heads = self.names.data.values, np.zeros((len(rows), 24), dtype=np.uint8)
        for place in range(24):
            inside = np.flatnonzero(length > place)
            heads[inside, place] = data[start[inside] + place]
        return heads.view(">u8").astype(np.uint64)

    def rows(self, entries: NDArray[np.bool_], count: int) -> BitMap:
        return from_any_rows(self.row[: len(entries)][entries], count)

    # -- PathFilter

    def matching(self, asked: PathFilter, count: int) -> BitMap:
        """Rows with a file that meets all that is asked; `count` rows there are."""
        entries = self.entries
        meets = np.ones(entries, dtype=np.bool_)
        if asked.under:
            meets &= self._in_folders(entries, lambda folder: any(under(wanted, folder) for wanted in asked.under))
        if asked.name:
            named = np.zeros(entries, dtype=np.bool_)
            for part in asked.name:
                _set(named, self.names.containing(fold(part)))
            meets &= named
        if asked.glob:
            globbed = np.zeros(entries, dtype=np.bool_)
            for glob in asked.glob:
                globbed |= self._globbed(glob, meets)
            meets &= globbed
        return self.rows(meets, count)

    def _in_folders(self, entries: int, test: Callable[[str], bool]) -> NDArray[np.bool_]:
        folder = self.folder.values[:entries]
        chosen = np.fromiter(map(test, list(self.folders)), dtype=np.bool_)
        return np.asarray(chosen.take(folder))

    def _globbed(self, glob: str, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Entries a glob fits. Its last part cannot reach over a slash, so folder and name are tried apart."""
        head, slash, tail = glob.rpartition("/")
        if "**" in tail and tail != "**":
            return self._one_by_one(PathFilter(glob=(glob,)), among)
        if tail == "**":
            pattern = glob_pattern(glob)
            return self._in_folders(len(among), lambda folder: pattern.fullmatch(folder) is not None)
        meets = among
        if slash:
            pattern = glob_pattern(head + slash)
            meets = meets & self._in_folders(len(among), lambda folder: pattern.fullmatch(folder) is not None)
        return meets if tail == "*" else meets & self._names_fit(tail, meets)

    def _names_fit(self, tail: str, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
        fits = np.zeros(len(among), dtype=np.bool_)
        fixed = max("".join(" " if c in _PLAIN else c for c in tail.partition("[")[0]).split(" "), key=len, default="")
        candidates = among
        if fixed and fixed.isascii():
            candidates = np.zeros(len(among), dtype=np.bool_)
            _set(candidates, self.names.containing(fixed.lower()))
            _set(candidates, self._odd_entries())
            candidates &= among
        plain = not any(c in _PLAIN for c in tail.strip("*")) and tail.strip("*").isascii()
        pattern = glob_pattern(tail)
        sure = np.zeros(len(among), dtype=np.bool_)
        if plain and tail.count("*") <= 2 and tail.strip("*") == fixed:
            sure = candidates & self._placed(
                len(among), fixed.lower().encode(), tail.startswith("*"), tail.endswith("*")
            )
            odd = np.zeros(len(among), dtype=np.bool_)
            _set(odd, self._odd_entries())
            candidates = odd & candidates
        fits[[e for e in np.flatnonzero(candidates).tolist() if pattern.fullmatch(self.name(e))]] = True
        return fits | sure

    def _odd_entries(self) -> NDArray[np.int64]:
        return np.array(list(self.odd), dtype=np.int64)

    def _placed(self, entries: int, text: bytes, anywhere_before: bool, anywhere_after: bool) -> NDArray[np.bool_]:
        """Entries whose folded name begins or ends (or both) with a text, which they contain."""
        data, ends = self.names.data.values, self.names.ends.values[:entries].astype(np.int64)
        starts = np.concatenate(([0], ends[:-1]))
        meets = ends - 1 - starts >= len(text)
        if not (anywhere_before or anywhere_after):
            meets &= ends - 1 - starts == len(text)
        for place, byte in enumerate(text):
            if not anywhere_before:
                meets &= data[np.minimum(starts + place, len(data) - 1)] == byte
            if not anywhere_after:
                meets &= data[np.maximum(ends - 1 - len(text) + place, 0)] == byte
        odd = self._odd_entries()
        meets[odd[odd < entries]] = False
        return np.asarray(meets)

    def _one_by_one(self, asked: PathFilter, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
        meets, folder = matcher(asked), self.folder.values
        fits = np.zeros(len(among), dtype=np.bool_)
        for entry in np.flatnonzero(among).tolist():
            fits[entry] = meets(self.folders[folder[entry]] + self.name(entry))
        return fits

    # -- words

    def with_word(self, word: str, count: int) -> BitMap:
        """Rows with a word in the path of a file."""
        meets = self._in(self.folder_words.with_word(word))
        _set(meets, self.names.with_word(word))
        return self.rows(meets, count)

    def with_phrase(self, phrase: Sequence[str], count: int) -> BitMap:
        meets = self._in(self.folder_words.with_phrase(phrase))
        _set(meets, self.names.with_phrase(phrase))
        for cut in range(1, len(phrase)):
            folders = self.folder_words.ending(phrase[:cut])
            if len(folders):
                ends, begins = self._in(folders), self.names.starting(phrase[cut:])
                begins = begins[begins < len(ends)]
                _set(meets, begins[ends[begins]])
        return self.rows(meets, count)

    def _in(self, folders: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Entries in some folders."""
        folder = self.folder.values[: self.entries]
        chosen = np.zeros(max(len(self.folders), int(folders.max(initial=0)) + 1), dtype=np.bool_)
        chosen[folders] = True
        return np.asarray(chosen.take(folder))

    # -- folders for a facet

    def counts(self, inside: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Per name in `above_names`: images in that folder or below. `inside`: which rows are counted."""
        row, folder = self.row[: self.entries], self.folder.values[: self.entries]
        known = int(np.searchsorted(row, len(inside)))
        row, folder = row[:known], folder[:known]
        chosen = inside[row]
        again = np.flatnonzero(row[1:] == row[:-1])
        chosen[again] = chosen[again + 1] = False
        per_folder = np.bincount(folder[chosen], minlength=len(self.above_ends))
        ends = self.above_ends.values[: len(per_folder)].astype(np.int64)
        spread = np.repeat(per_folder, np.diff(ends, prepend=0))
        counts = np.bincount(self.above.values[: len(spread)], spread, minlength=len(self.above_names)).astype(np.int64)
        several = np.unique(row[again])
        for start, stop in zip(*(np.searchsorted(row, several + side).tolist() for side in (0, 1)), strict=True):
            if inside[row[start]]:
                above = [self._above(code) for code in folder[start:stop].tolist()]
                counts[np.unique(np.concatenate(above))] += 1
        return counts

    def _above(self, folder: int) -> NDArray[np.uint32]:
        ends = self.above_ends.values
        return np.asarray(self.above.values[int(ends[folder - 1]) if folder else 0 : int(ends[folder])])


def _set(mask: NDArray[np.bool_], numbers: NDArray[np.int64]) -> None:
    """Set those numbers that the mask has."""
    mask[numbers[numbers < len(mask)]] = True
