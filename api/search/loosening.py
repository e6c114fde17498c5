"""What to ask instead: the nearest questions that have answers, and the wider one around a question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from api.search.chips import described
from api.search.flipping import flip, removed
from api.search.joining import any_of
from api.search.logic import Tree, Whole, to_filter
from api.search.understood import Chip, Understood
from api.search.vocabulary import Vocabulary
from api.search.widening import broader
from api.turning import Edit, How
from schema.filter import conjoin
from schema.filter.nodes import EVERYTHING, ImageFilter

MOST_CHIPS = 12
"""Conditions that are loosened; longer questions keep the rest as it is."""
WORD, REMOVED, DENIAL = 1, 4, 3
"""How far it is from a question to one without a word that was not understood, without a condition, or without a
denial; each step up to something broader is 1."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A question with one or two conditions loosened."""

    description: str
    filter: ImageFilter
    edits: tuple[Edit, ...]
    distance: int


def relaxations(asked: Understood, vocabulary: Vocabulary) -> list[Relaxation]:
    """Every looser question, the nearest first; how many pictures each has is for others to say."""
    chips = _conditions(asked)
    found = [one for chip in chips for one in _of_one(asked, chip, vocabulary, last=len(chips) == 1)]
    if len(chips) > 2:
        for one, other in combinations(chips, 2):
            assert one.leaf is not None and other.leaf is not None
            left = removed(removed(asked.tree, one.leaf), other.leaf)
            edits = Edit(one.start, How.REMOVE), Edit(other.start, How.REMOVE)
            far = _price(one) + _price(other)
            together = f"without “{one.text}” and “{other.text}”"
            told = f"{_left_out(one)}, {_left_out(other)}" if one.negated or other.negated else together
            found.append(Relaxation(told, to_filter(left), edits, far))
    different = {one.filter: one for one in sorted(found, key=lambda one: -one.distance)}
    different.pop(asked.filter, None)
    return sorted(different.values(), key=lambda one: one.distance)


def _conditions(asked: Understood) -> list[Chip]:
    return [chip for chip in asked.chips if chip.leaf is not None][:MOST_CHIPS]


def _left_out(chip: Chip) -> str:
    """What it is to ask without a condition; without a denial there may be what was denied."""
    return f"also with “{chip.text}”" if chip.negated else f"without “{chip.text}”"


def _price(chip: Chip) -> int:
    return WORD if chip.kind == "unknown" else DENIAL if chip.negated else REMOVED


def _of_one(asked: Understood, chip: Chip, vocabulary: Vocabulary, *, last: bool) -> Iterator[Relaxation]:
    leaf = chip.leaf
    assert leaf is not None
    if not chip.negated and chip.kind != "unknown":
        for choice, part in enumerate(broader(leaf.filter, vocabulary)):
            if changed := flip(asked.tree, leaf, How.BROADER, choice, vocabulary):
                told = f"{described(part, vocabulary)} instead of “{chip.text}”"
                yield Relaxation(told, to_filter(changed), (Edit(chip.start, How.BROADER, choice),), 1 + choice)
        for choice, other in enumerate(chip.alternatives):
            if changed := flip(asked.tree, leaf, How.OTHER, choice, vocabulary):
                told = f"“{chip.text}” as {other.description}"
                yield Relaxation(told, to_filter(changed), (Edit(chip.start, How.OTHER, choice),), 1 + choice)
    if not last:
        left = removed(asked.tree, leaf)
        told = _left_out(chip)
        yield Relaxation(told, to_filter(left), (Edit(chip.start, How.REMOVE),), _price(chip))


@dataclass(frozen=True, slots=True)
class Wider:
    """What lies around a question, without the question itself."""

    description: str
    filter: ImageFilter


def wider(asked: Understood, vocabulary: Vocabulary) -> Wider | None:
    """Each condition loosened by itself, the others kept: broader where that is possible, else left out when others
    remain. None where nothing can be loosened."""
    chips = [chip for chip in _conditions(asked) if not chip.negated]
    told: list[str] = []
    around: list[ImageFilter] = []
    for chip in chips:
        leaf = chip.leaf
        assert leaf is not None
        steps = broader(leaf.filter, vocabulary) if chip.kind != "unknown" else []
        changed: Tree | None = None
        if steps:
            changed = flip(asked.tree, leaf, How.BROADER, 0, vocabulary)
            said = f"{described(steps[0], vocabulary)} instead of “{chip.text}”"
        elif len(chips) > 1:
            changed = removed(asked.tree, leaf)
            said = f"without “{chip.text}”"
        if changed is None or changed == Whole("all", ()) or (looser := to_filter(changed)) == EVERYTHING:
            continue
        told.append(said)
        around.append(looser)
    if not around:
        return None
    return Wider("; or ".join(told), conjoin(any_of(around), ImageFilter(not_=asked.filter)))
