"""Words and phrases in many short texts, found in one array of bytes.

All texts are folded (`schema.words.fold`) and kept as UTF-8, end to end. Words of ASCII are found by a hash of their
beginning, anything else is searched as bytes, four at a time; then all of it is compared and its borders are looked at.
No vocabulary is kept, which for file names would be larger than the texts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from schema.index.columns import Column
from schema.index.postings import Postings
from schema.words import fold, has_phrase, has_word, words

Positions = NDArray[np.int64]
"""Of bytes, ascending."""

_ALNUM = np.zeros(256, dtype=np.bool_)
_ALNUM[[*range(ord("0"), ord("9") + 1), *range(ord("a"), ord("z") + 1)]] = True
_GAP = 8
"""So many separators between two words of a phrase are stepped over at once; more are looked at one by one."""


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


class Texts:
    """Texts, each belonging to a row; a row may have none or several. Rows ascend."""

    __slots__ = ("data", "ends", "places", "rows")

    def __init__(self) -> None:
        self.data = Column(np.uint8)
        self.ends = Column(np.uint64)
        """Where each text ends, after its closing zero byte."""
        self.rows = Column(np.uint32)
        self.places = Postings()
        """Where each word of ASCII begins (as `row`), by `_hashes`."""

    def __len__(self) -> int:
        return len(self.rows)

    def append(self, texts: Sequence[str], rows: Sequence[int] | NDArray[np.integer]) -> None:
        pieces = [encoded(fold(text)).replace(b"\0", b" ") + b"\0" for text in texts]
        ends = np.cumsum(np.fromiter(map(len, pieces), dtype=np.uint64, count=len(pieces)), dtype=np.uint64)
        # In this order, so that a reader who finds a byte finds whose it is.
        self.rows.append(np.asarray(rows, dtype=np.uint32))
        self.ends.append(ends + np.uint64(len(self.data)))
        start = len(self.data)
        self.data.append(np.frombuffer(b"".join(pieces), dtype=np.uint8))
        self._note(start)

    def _note(self, start: int) -> None:
        """Remember the words from a border on."""
        data = self.data.values[start:]
        inside = _ALNUM[data]
        begin = np.flatnonzero(inside & ~np.concatenate(([False], inside[:-1])))
        end = np.flatnonzero(inside & ~np.concatenate((inside[1:], [False]))) + 1
        self.places.append(_hashes(data, begin, end - begin), {"row": begin + start})

    def kept(self, which: NDArray[np.bool_], number: NDArray[np.uint32]) -> Texts:
        """Some of the texts, of rows that have new numbers."""
        found = Texts()
        ends, data = self.ends.values.astype(np.int64), self.data.values
        lengths = np.diff(ends, prepend=0)
        found.data = Column(np.uint8, data[np.repeat(which, lengths)])
        found.ends = Column(np.uint64, np.cumsum(lengths[which]).astype(np.uint64))
        found.rows = Column(np.uint32, number[self.rows.values[which]])
        found._note(0)
        return found

    def text(self, number: int) -> str:
        ends = self.ends.values
        start = int(ends[number - 1]) if number else 0
        return self.data.values[start : int(ends[number]) - 1].tobytes().decode("utf-8", "surrogatepass")

    # -- numbers of the texts, ascending, each once

    def containing(self, part: str) -> NDArray[np.int64]:
        """Texts with a folded string anywhere in them."""
        needle = encoded(part)
        return self._owners(self._find(needle)) if needle else np.arange(len(self))

    def with_word(self, word: str) -> NDArray[np.int64]:
        """Texts that have a folded word; one that ends in `*` is a beginning."""
        plain = word.rstrip("*")
        at, unsure = self._words(encoded(plain), prefix=word.endswith("*"), exact=not plain.isascii())
        found = self._owners(at)
        doubtful = np.setdiff1d(self._owners(unsure), found, assume_unique=True) if len(unsure) else unsure
        surely = [number for number in doubtful.tolist() if has_word(words(self.text(number)), word)]
        return np.union1d(found, np.array(surely, dtype=np.int64)) if surely else found

    def with_phrase(self, phrase: Sequence[str]) -> NDArray[np.int64]:
        """Texts that have folded words next to each other, in order."""
        if len(phrase) == 1:
            return self.with_word(phrase[0])
        if not all(word.isascii() for word in phrase):
            return self._checked(self._having_all(phrase), phrase)
        at, unsure = self._words(encoded(phrase[0]))
        doubtful = [self._owners(unsure)]
        end = len(phrase[0])
        for word in phrase[1:]:
            following, unsure = self._words(encoded(word))
            doubtful.append(self._owners(unsure))
            at, late = self._next_word(at + end)
            doubtful.append(self._owners(late))
            at, end = np.intersect1d(at, following, assume_unique=False), len(word)
        sure = self._owners(at)
        return np.union1d(sure, self._checked(np.setdiff1d(np.unique(np.concatenate(doubtful)), sure), phrase))

    def starting(self, phrase: Sequence[str]) -> NDArray[np.int64]:
        """Texts whose first words are these."""
        size = len(phrase)
        found = self._having_all(phrase)
        return np.array([n for n in found.tolist() if words(self.text(n))[:size] == tuple(phrase)], dtype=np.int64)

    def ending(self, phrase: Sequence[str]) -> NDArray[np.int64]:
        """Texts whose last words are these."""
        found = self._having_all(phrase)
        return np.array([n for n in found.tolist() if words(self.text(n))[-len(phrase) :] == tuple(phrase)], np.int64)

    def _having_all(self, phrase: Sequence[str]) -> NDArray[np.int64]:
        found = self.with_word(phrase[0])
        for word in dict.fromkeys(phrase[1:]):
            found = np.intersect1d(found, self.with_word(word), assume_unique=True)
        return found

    def _checked(self, numbers: NDArray[np.int64], phrase: Sequence[str]) -> NDArray[np.int64]:
        return np.array([n for n in numbers.tolist() if has_phrase(words(self.text(n)), phrase)], dtype=np.int64)

    # -- bytes

    def _owners(self, at: Positions) -> NDArray[np.int64]:
        """Numbers of the texts that positions lie in, each once."""
        if not len(at):
            return np.empty(0, dtype=np.int64)
        found = np.searchsorted(self.ends.values, at.astype(np.uint64), side="right")
        return found[np.concatenate(([True], found[1:] != found[:-1]))]

    def _find(self, needle: bytes) -> Positions:
        """Every place where some bytes stand."""
        data = self.data.values
        size, last = len(needle), len(data) - len(needle) + 1
        if last <= 0:
            return np.empty(0, dtype=np.int64)
        if size >= 4 and len(data) >= 8:
            head = np.frombuffer(needle[:4], dtype="<u4")[0]
            lanes = [np.flatnonzero(_lane(data, shift) == head) * 4 + shift for shift in range(4)]
            at, known = np.sort(np.concatenate(lanes)), 4
        else:
            at, known = np.flatnonzero(data == needle[0]), 1
        at = at[at < last]
        for place in range(known, size):
            at = at[data[at + place] == needle[place]]
        return at

    def _words(self, word: bytes, *, prefix: bool = False, exact: bool = False) -> tuple[Positions, Positions]:
        """Where a word stands: surely, and perhaps (beside a letter that is not ASCII). `exact`: nothing is."""
        data = self.data.values
        at = self._find(word) if prefix or exact else self._beginning(word)
        if not len(at):
            return at, at
        if exact:
            return at[:0], at
        before = np.where(at > 0, data[at - 1], 0)
        after = np.zeros_like(before) if prefix else data[at + len(word)]
        free = ~_ALNUM[before] & ~_ALNUM[after]
        at, strange = at[free], (before[free] >= 128) | (after[free] >= 128)
        return at[~strange], at[strange]

    def _beginning(self, word: bytes) -> Positions:
        """Where words begin that are this one, or go on."""
        asked = np.frombuffer(word, dtype=np.uint8)
        key = _hashes(asked, np.zeros(1, dtype=np.int64), np.array([len(asked)]))
        at = np.sort(self.places.find(key, "row")["row"]).astype(np.int64)
        data = self.data.values
        at = at[at + len(asked) < len(data)]
        for place in range(len(asked)):
            at = at[data[at + place] == asked[place]]
        return at

    def _next_word(self, at: Positions) -> tuple[Positions, Positions]:
        """Where the word after a border begins, and the borders it was not found from."""
        data, lost = self.data.values, []
        for _ in range(_GAP):
            here = data[at]
            stop = _ALNUM[here] | (here == 0)
            lost.append(at[(here >= 128)])
            at = np.where(stop | (here >= 128), at, at + 1)
            if bool(np.all(stop | (here >= 128))):
                return np.unique(at[stop]), np.unique(np.concatenate(lost))
        arrived = _ALNUM[data[at]]
        return np.unique(at[arrived]), np.unique(np.concatenate([*lost, at[~arrived & (data[at] != 0)]]))


def _hashes(data: NDArray[np.uint8], begin: Positions, length: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Of some words, by their length and first eight bytes (the 64-bit golden ratio spreads them)."""
    found = length.astype(np.uint64)
    for place in range(8):
        byte = data[np.minimum(begin + place, len(data) - 1)]
        found = found << np.uint64(7) ^ np.where(place < length, byte, 0)
    return (found * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)).astype(np.uint32)


def _lane(data: NDArray[np.uint8], shift: int) -> NDArray[np.uint32]:
    """Bytes four by four, from `shift` on."""
    count = (len(data) - shift) // 4
    return data[shift : shift + 4 * count].view("<u4")
