"""`ImageFilter` to EdgeQL: every kind of question, in the order of the law (`schema.filter.matching.matches`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schema.edgedb.query import circumstances, contents, makings
from schema.edgedb.query.conditions import (
    ALWAYS,
    NEVER,
    PERHAPS,
    Condition,
    Parameters,
    among_one,
    among_words,
    every,
    is_,
    negated,
    quantified,
    some,
)
from schema.filter import clock
from schema.filter.nodes import ImageFilter, SetFilter
from schema.filter.photo import World, numbered

MOST_PARTS = 300
"""Filters of more parts (smart albums opened) are not narrowed further: a server has limits, the law has none."""
DEEPEST = 30


@dataclass(frozen=True, slots=True)
class Question:
    """The images a filter may find: all it finds, and no others when `exact`."""

    condition: str
    exact: bool
    parameters: dict[str, Any] = field(default_factory=dict)
    sets: dict[str, str] = field(default_factory=dict)

    def query(self, select: str, **sets: str) -> str:
        """A whole query: `select` may name `answer`, the images, and further `sets` made of it."""
        answer = "(select Image)" if self.condition == "true" else f"(select Image filter {self.condition})"
        named = {**self.sets, "answer": answer, **sets}
        told = ",\n  ".join(f"{name} := {expression}" for name, expression in named.items())
        return f"with\n  {told}\n{select};"

    @property
    def ids(self) -> str:
        return self.query("select answer.number")


def question(asked: ImageFilter, world: World) -> Question:
    compiler = _Compiler(world)
    condition = compiler.condition(asked, frozenset(), 0)
    sets = _named_in(condition.text, compiler.given.sets)
    told = "\n".join((condition.text, *sets.values()))
    # What a condition no longer says has no parameter: a server refuses those that it does not ask for.
    asked_for = set(re.findall(r"\$(\w+)", told))
    values = {name: value for name, value in compiler.given.values.items() if name in asked_for}
    return Question(condition.text, condition.exact, values, sets)


def _named_in(condition: str, sets: Mapping[str, str]) -> dict[str, str]:
    """Sets that a condition names, and those that these are made of, which come before them."""
    found: dict[str, str] = {}
    told = condition
    for name, expression in reversed(list(sets.items())):
        if re.search(rf"\b{name}\b", told):
            found[name] = expression
            told += f"\n{expression}"
    return dict(reversed(list(found.items())))


class _Compiler:
    def __init__(self, world: World) -> None:
        self.given = Parameters()
        self._world = world
        self._parts = 0

    def condition(self, asked: ImageFilter, opened: frozenset[int], depth: int) -> Condition:
        self._parts += 1
        if self._parts > MOST_PARTS or depth > DEEPEST:
            return PERHAPS
        deeper = depth + 1
        parts = [self.condition(part, opened, deeper) for part in asked.and_]
        if asked.or_:
            parts.append(some([self.condition(part, opened, deeper) for part in asked.or_]))
        if asked.not_ is not None:
            parts.append(negated(self.condition(asked.not_, opened, deeper)))
        return every([*parts, *self._own(asked, opened, deeper)])

    def _own(self, asked: ImageFilter, opened: frozenset[int], depth: int) -> list[Condition]:
        given, world = self.given, self._world
        parts: list[Condition] = []
        if asked.ids is not None:
            parts.append(self._ids(asked.ids))
        if asked.tag is not None:
            parts.append(contents.tags(given, asked.tag, world))
        if asked.tagged is not None:
            parts.append(contents.tagged(asked.tagged))
        if asked.person is not None:
            parts.append(contents.people(given, asked.person, world))
        if asked.face is not None:
            parts.append(contents.faces(given, asked.face, world))
        if asked.place is not None:
            parts.append(circumstances.places(given, asked.place, world))
        if asked.taken is not None:
            parts.append(circumstances.times(given, asked.taken, ".taken", clock.local(world.now())))
        if asked.added is not None:
            parts.append(circumstances.times(given, asked.added, ".added", clock.utc(world.now())))
        if asked.camera is not None:
            parts.append(makings.camera(given, asked.camera))
        parts.append(among_words(given, asked.condition, ".condition_keys"))
        parts.append(among_words(given, asked.lens, ".lens_keys"))
        if asked.size is not None:
            parts.append(makings.size(given, asked.size))
        parts.append(among_one(given, asked.size_word, ".size_key"))
        parts.append(among_one(given, asked.format, ".format_key"))
        if asked.color is not None:
            parts.append(makings.palette(given, asked.color))
        if asked.text is not None:
            parts.append(makings.texts(given, asked.text))
        if asked.path is not None:
            parts.append(makings.path(given, asked.path))
        if asked.rating is not None:
            parts.append(makings.rating(given, asked.rating))
        if asked.favorite is not None:
            parts.append(is_(Condition(".favorite"), asked.favorite))
        if asked.nsfw is not None:
            parts.append(makings.nsfw(given, asked.nsfw))
        if asked.album is not None:
            parts.append(
                contents.albums(given, asked.album, world, opened, lambda f, into: self.condition(f, into, depth))
            )
        if asked.share is not None:
            parts.append(_shares(asked.share))
        if asked.duplicate:
            parts.append(makings.duplicates(asked.duplicate))
        if asked.similar is not None:
            parts.append(makings.similar(asked.similar))
        if asked.semantic is not None:
            parts.append(makings.semantic(asked.semantic))
        if asked.trashed is not None:
            parts.append(is_(Condition("(exists .trashed)"), asked.trashed))
        if asked.offline is not None:
            parts.append(is_(Condition("(not exists (select .files filter .present))"), asked.offline))
        return parts

    def _ids(self, references: tuple[str, ...]) -> Condition:
        numbers = {number for reference in references if (number := numbered("image", reference)) is not None}
        return Condition(f"(.number in {self.given.numbers(numbers)})") if numbers else NEVER


def _shares(asked: SetFilter) -> Condition:
    """What is shared is not kept with images: none is in any."""
    return quantified(asked, lambda reference: NEVER, lambda references: ALWAYS)
