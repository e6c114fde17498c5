"""The word that was meant: nearest by edit distance, only when there is no doubt.

Candidates come from an index of deletions (Garbe's symmetric delete idea): two words within n edits share a form that
either gives by at most n deletions, so a look-up touches a handful of words, however many are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

PREFIX = 7
"""Only the beginnings of words are indexed; the distance is taken over all of it."""


class Spelling:
    """Known words with a weight; the heavier of two equally near ones wins when it is ten times as heavy."""

    def __init__(self, weights: Mapping[str, int]) -> None:
        self._weights = dict(weights)
        self._index: dict[str, list[str]] = {}
        self._sounding: dict[str, list[str]] = {}
        for word in self._weights:
            for form in _forms(word, edits_for(word)):
                self._index.setdefault(form, []).append(word)
            if len(word) > 3:
                self._sounding.setdefault(sound(word), []).append(word)

    def __contains__(self, word: str) -> bool:
        return word in self._weights

    def nearest(self, word: str) -> tuple[str, int, int] | None:
        """(the one word nearest, its distance, its weight), or None when there is none or no clear one."""
        most = edits_for(word)
        found: dict[str, int] = {}
        for form in _forms(word, most):
            for known in self._index.get(form, ()):
                if known not in found and abs(len(known) - len(word)) <= most:
                    found[known] = distance(word, known, most)
        for known in self._sounding.get(sound(word), ()) if most else ():
            found[known] = min(found.get(known, 1), 0 if known == word else 1)
        near = sorted(
            (edits, not is_slip(word, known), -self._weights[known], known)
            for known, edits in found.items()
            if 0 < edits <= most
        )
        if not near:
            return None
        edits, hard, weight, best = near[0]
        rivals = [rival for rival in near[1:] if rival[:2] == (edits, hard) and rival[2] * 10 <= weight]
        if any(not _kin(best, rival[3]) for rival in rivals):
            return None
        return best, edits, -weight


def edits_for(word: str) -> int:
    """How many edits are still the same word: one from four letters, two from eight."""
    return 0 if len(word) < 4 else 1 if len(word) < 8 else 2


def distance(one: str, other: str, most: int) -> int:
    """Edits between two words, swapped neighbors being one (optimal string alignment); `most + 1` when more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def is_slip(typed: str, known: str) -> bool:
    """The likeliest errors: a letter doubled or not, two letters swapped, written as it sounds."""
    return _single(typed) == _single(known) or sorted(typed) == sorted(known) or sound(typed) == sound(known)


_SOUNDS = (("ph", "f"), ("dg", "g"), ("ck", "k"), ("qu", "kw"), ("ce", "se"), ("ci", "si"), ("cy", "si"), ("sch", "sh"),
           ("x", "ks"), ("c", "k"), ("z", "s"), ("y", "i"), ("gh", "g"), ("th", "t"), ("kh", "k"))  # fmt: skip


def sound(word: str) -> str:
    """A word without what English spells in two ways: Sophia and Sofia, Katherine and Catherine are one."""
    for spelled, heard in _SOUNDS:
        word = word.replace(spelled, heard)
    return _single(word)


def _single(word: str) -> str:
    return "".join(a for a, b in zip(word, " " + word, strict=False) if a != b)


def _kin(one: str, other: str) -> bool:
    """Singular and plural of one word."""
    return one.rstrip("s") == other.rstrip("s")


def _forms(word: str, edits: int) -> Iterator[str]:
    head = word[:PREFIX]
    seen = {head}
    level = {head}
    yield head
    for _ in range(edits):
        level = {form[:i] + form[i + 1 :] for form in level for i in range(len(form))} - seen
        seen |= level
        yield from sorted(level)
