"""Conditions on an image in EdgeQL: partial paths of `Image`, with every value as a typed parameter.

A condition is always exactly one boolean, so that `not` means what it says: what an image lacks is no empty set.
Where EdgeQL cannot say exactly what the law says, a condition holds of more images than it should, and is marked so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from schema.filter.nodes import Range, SetFilter
from schema.words import label_key

_INTEGERS = 2**62


@dataclass(frozen=True, slots=True)
class Condition:
    """True of every image that the law finds; of no other, when exact."""

    text: str
    exact: bool = True

    def __str__(self) -> str:
        return self.text


ALWAYS = Condition("true")
NEVER = Condition("false")
PERHAPS = Condition("true", exact=False)
"""Nothing is known before the image is looked at."""


@dataclass(slots=True)
class Parameters:
    """Values of a query, in the order they came; the same value is one parameter."""

    values: dict[str, Any] = field(default_factory=dict)
    sets: dict[str, str] = field(default_factory=dict)
    """Sets that conditions name: `with name := expression`."""
    _known: dict[tuple[str, Any], str] = field(default_factory=dict)

    def add(self, kind: str, value: Any) -> str:
        """`<kind>$p0`."""
        key = (kind, tuple(value) if isinstance(value, list) else value)
        name = self._known.get(key)
        if name is None:
            name = self._known[key] = f"p{len(self.values)}"
            self.values[name] = value
        return f"<{kind}>${name}"

    def text(self, value: str) -> str:
        return self.add("str", value)

    def number(self, value: float) -> str:
        return self.add("float64", float(value))

    def integer(self, value: int) -> str:
        return self.add("int64", max(-_INTEGERS, min(_INTEGERS, value)))

    def among(self, kind: str, values: Iterable[Any]) -> str:
        """The set of some values."""
        return f"array_unpack({self.add(f'array<{kind}>', list(values))})"

    def numbers(self, ids: Iterable[int]) -> str:
        return self.among("int64", sorted({number for number in ids if number < _INTEGERS}))

    def named(self, prefix: str, expression: str) -> str:
        """The name of a set; the same expression is one set."""
        for name, known in self.sets.items():
            if known == expression:
                return name
        name = f"{prefix}{len(self.sets)}"
        self.sets[name] = expression
        return name


# -- how conditions go together


def every(conditions: Iterable[Condition]) -> Condition:
    parts = list(dict.fromkeys(conditions))
    exact = all(part.exact for part in parts)
    if NEVER in parts:
        return NEVER
    told = [part.text for part in parts if part.text != "true"]
    if not told:
        return Condition("true", exact)
    return Condition(told[0] if len(told) == 1 else f"({' and '.join(told)})", exact)


def some(conditions: Iterable[Condition]) -> Condition:
    parts = [part for part in dict.fromkeys(conditions) if part != NEVER]
    exact = all(part.exact for part in parts)
    if ALWAYS in parts:
        return ALWAYS
    if not parts:
        return NEVER
    if any(part.text == "true" for part in parts):
        return PERHAPS
    told = [part.text for part in parts]
    return Condition(told[0] if len(told) == 1 else f"({' or '.join(told)})", exact)


def negated(condition: Condition) -> Condition:
    """What holds of too many says nothing of the others."""
    if not condition.exact:
        return PERHAPS
    if condition in (ALWAYS, NEVER):
        return NEVER if condition == ALWAYS else ALWAYS
    return Condition(f"(not {condition.text})")


def is_(condition: Condition, asked: bool) -> Condition:
    return condition if asked else negated(condition)


def at_least(k: int, conditions: Sequence[Condition]) -> Condition:
    if k <= 1:
        return some(conditions) if k == 1 else ALWAYS
    if k > len(conditions):
        return NEVER
    if not all(condition.exact for condition in conditions):
        return Condition(some(conditions).text, exact=False)
    counted = " + ".join(f"(1 if {condition.text} else 0)" for condition in conditions)
    return Condition(f"(({counted}) >= {k})")


def quantified(
    asked: SetFilter, has: Callable[[str], Condition], nothing_but: Callable[[Collection[str]], Condition]
) -> Condition:
    """As `schema.filter.matching.quantified`."""
    parts = [has(reference) for reference in asked.all]
    parts += [negated(has(reference)) for reference in asked.none]
    if asked.any:
        parts.append(some(map(has, asked.any)))
    if asked.only:
        parts += [*map(has, asked.only), nothing_but(asked.only)]
    if asked.at_least is not None:
        parts.append(at_least(asked.at_least.k, [has(reference) for reference in dict.fromkeys(asked.at_least.of)]))
    return every(parts)


def known(text: str) -> Condition:
    """False where the expression is empty."""
    return Condition(f"(({text}) ?? false)")


def within(given: Parameters, value: str, bounds: Range, *, single: bool = True) -> Condition:
    """As `schema.filter.matching.within`, of a float64 expression. The law rounds value and bounds to single precision
    when `single`; here the bounds become the least and the greatest doubles that are rounded into them."""
    low = lowest(bounds.min) if single and bounds.min is not None else bounds.min
    high = highest(bounds.max) if single and bounds.max is not None else bounds.max
    parts = [f"{value} >= {given.number(low)}"] if low is not None else []
    parts += [f"{value} <= {given.number(high)}"] if high is not None else []
    return known(" and ".join(parts)) if parts else Condition(f"(exists {value})")


def lowest(bound: float) -> float:
    """The least double that single precision rounds to the bound or more."""
    with np.errstate(over="ignore"):
        rounded = np.float32(bound)
        if np.isinf(rounded):
            return _edge(rounded)
        below = np.nextafter(rounded, np.float32(-np.inf))
        if np.isinf(below):
            return float(np.nextafter(-_edge(np.float32(np.inf)), 0.0))
        middle = (float(rounded) + float(below)) / 2
        return middle if np.float32(middle) >= rounded else float(np.nextafter(middle, np.inf))


def highest(bound: float) -> float:
    """The greatest double that single precision rounds to the bound or less."""
    return -lowest(-bound)


def _edge(infinite: np.float32) -> float:
    """From where on doubles are infinite in single precision."""
    if infinite < 0:
        return -np.inf
    largest = float(np.finfo(np.float32).max)
    middle = largest + 2.0**103
    return middle if np.isinf(np.float32(middle)) else float(np.nextafter(middle, np.inf))


def among_words(given: Parameters, asked: SetFilter | None, array: str) -> Condition:
    """Quantifiers over an array of words, kept as they are compared."""
    if asked is None:
        return ALWAYS

    def has(word: str) -> Condition:
        key = label_key(word)
        return known(f"contains({array}, {given.text(key)})") if key else NEVER

    def nothing_but(words: Collection[str]) -> Condition:
        return Condition(f"all(array_unpack({array}) in {given.among('str', sorted(map(label_key, words)))})")

    return quantified(asked, has, nothing_but)


def among_one(given: Parameters, asked: SetFilter | None, value: str) -> Condition:
    """The same over one word, which is empty where there is none."""
    if asked is None:
        return ALWAYS

    def has(word: str) -> Condition:
        key = label_key(word)
        return Condition(f"({value} = {given.text(key)})") if key else NEVER

    def nothing_but(words: Collection[str]) -> Condition:
        return Condition(f"({value} in {given.among('str', sorted({'', *map(label_key, words)}))})")

    return quantified(asked, has, nothing_but)
