"""Reads the EdgeQL that filters are made into, and works it out over photos as the language says: every expression is
a set, operators take every pair of elements, and what is missing is the empty set. Only what the compiler writes."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from schema.edgedb.query import Question

Values = list[Any]
Scope = dict[str, Any]
_TOKEN = re.compile(
    r"\s*(?:(?P<param><[^<>$]+(?:<[^<>]*>)?>\$\w+)|(?P<cast><\w+>(?=\.))|(?P<number>\d+(?:\.\d+)?)|'(?P<text>[^']*)'"
    r"|(?P<op>\?\?|!=|<=|>=|:=|[-+*/=<>(){},])|(?P<path>\.\w+|@\w+)|(?P<word>\w+))"
)
_COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ADDED: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub}
_MULTIPLIED: dict[str, Callable[[Any, Any], Any]] = {"*": operator.mul, "/": operator.truediv}
_PARTS: dict[str, Callable[[datetime], float]] = {
    "year": lambda moment: float(moment.year),
    "month": lambda moment: float(moment.month),
    "day": lambda moment: float(moment.day),
    "hour": lambda moment: float(moment.hour),
    "isodow": lambda moment: float(moment.isoweekday()),
}


def answer(asked: Question, database: Scope) -> list[int]:
    """Numbers of the images that a condition holds of. `database`: type -> objects, as dictionaries."""
    named = dict(database)
    for name, expression in asked.sets.items():
        named[name] = Reading(expression, named, asked.parameters).whole()
    condition = Reading(asked.condition, named, asked.parameters)
    found: list[int] = []
    for image in database["Image"]:
        held = condition.whole(image)
        assert len(held) == 1 and isinstance(held[0], bool), f"{asked.condition} is {held} of {image['number']}"
        if held[0]:
            found.append(image["number"])
    return found


class Reading:
    """One expression."""

    def __init__(self, text: str, named: Scope, parameters: Scope) -> None:
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            match = _TOKEN.match(text, at)
            assert match is not None and match.lastgroup is not None, text[at:]
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        self._named, self._parameters = named, parameters
        self._at = 0
        self._here: Any = None

    def whole(self, here: Any = None) -> Values:
        self._at, self._here = 0, here
        found = self._choice()
        assert self._at == len(self._tokens), self._tokens[self._at :]
        return found

    # -- the grammar, from what binds least to what binds most

    def _peek(self, *words: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at][1] in words and self._kind() != "text"

    def _kind(self) -> str:
        return self._tokens[self._at][0]

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1][1]

    def _take(self, word: str) -> None:
        assert self._next() == word, (word, self._tokens[self._at - 1 :])

    def _choice(self) -> Values:
        found = self._either()
        while self._peek("union"):
            self._next()
            found = found + self._either()
        if self._peek("if"):
            self._next()
            condition = self._either()
            self._take("else")
            other = self._choice()
            return [value for held in condition for value in (found if held else other)]
        return found

    def _either(self) -> Values:
        return self._chain(self._both, {"or": lambda a, b: a or b})

    def _both(self) -> Values:
        return self._chain(self._negation, {"and": lambda a, b: a and b})

    def _negation(self) -> Values:
        if self._peek("not"):
            self._next()
            return [not value for value in self._negation()]
        found = self._compared()
        negative = self._peek("not")
        if negative:
            self._next()
        if self._peek("in"):
            self._next()
            among = self._compared()
            return [(value in among) is not negative for value in found]
        return found

    def _compared(self) -> Values:
        return self._chain(self._sum, _COMPARED)

    def _sum(self) -> Values:
        return self._chain(self._product, _ADDED)

    def _product(self) -> Values:
        return self._chain(self._coalesced, _MULTIPLIED)

    def _chain(self, below: Callable[[], Values], operators: dict[str, Callable[[Any, Any], Any]]) -> Values:
        found = below()
        while self._peek(*operators):
            apply = operators[self._next()]
            found = [apply(a, b) for a, b in product(found, below())]
        return found

    def _coalesced(self) -> Values:
        found = self._prefixed()
        if self._peek("??"):
            self._next()
            other = self._coalesced()
            return found or other
        return found

    def _prefixed(self) -> Values:
        if self._peek("exists"):
            self._next()
            return [bool(self._prefixed())]
        if self._peek("distinct"):
            self._next()
            found = self._prefixed()
            return [item for at, item in enumerate(found) if item not in found[:at]]
        return self._path(self._atom())

    def _path(self, found: Values) -> Values:
        while self._at < len(self._tokens) and self._kind() == "path":
            name = self._next().removeprefix(".")
            found = [value for item in found for value in _pointed(item, name)]
        return found

    def _atom(self) -> Values:
        kind, token = self._tokens[self._at]
        if kind == "path":
            return self._path([self._here])
        self._at += 1
        if kind == "param":
            return [self._parameters[token.rpartition("$")[2]]]
        if kind == "cast":
            return [float(value) for value in self._path(self._atom())]
        if kind == "number":
            return [float(token) if "." in token else int(token)]
        if kind == "text":
            return [token]
        if token == "(":
            found = self._select() if self._peek("select") else self._choice()
            self._take(")")
            return found
        if token == "{":
            found = self._listed("}")
            return [value for part in found for value in part]
        if token in ("true", "false"):
            return [token == "true"]
        if self._peek("("):
            self._next()
            return self._call(token, self._listed(")"))
        return list(self._named[token])

    def _listed(self, end: str) -> list[Values]:
        found = [self._choice()]
        while self._peek(","):
            self._next()
            found.append(self._choice())
        self._take(end)
        return found

    def _select(self) -> Values:
        self._take("select")
        found = self._choice()
        if not self._peek("filter"):
            return found
        self._next()
        start, outer = self._at, self._here
        kept: Values = []
        for item in found or [None]:
            self._at, self._here = start, item
            held = self._choice() if item is not None else self._skip()
            if True in held:
                kept.append(item)
        self._here = outer
        return kept

    def _skip(self) -> Values:
        """Over a condition on nothing."""
        depth = 0
        while depth or not self._peek(")"):
            depth += self._peek("(")
            depth -= self._peek(")")
            self._at += 1
        return []

    @staticmethod
    def _call(name: str, given: Sequence[Values]) -> Values:
        match name:
            case "count":
                return [len(given[0])]
            case "any":
                return [any(given[0])]
            case "all":
                return [all(given[0])]
            case "array_unpack":
                return [item for array in given[0] for item in array]
            case "len":
                return [len(value) for value in given[0]]
            case "contains":
                return [part in whole for whole, part in product(*given)]
            case "datetime_get":
                return [_PARTS[part](moment) for moment, part in product(*given)]
        raise AssertionError(name)


def _pointed(item: Any, name: str) -> Values:
    """What an object leads to."""
    held = item[name]
    if held is None:
        return []
    return held if isinstance(held, Several) else [held]


class Several(list[Any]):
    """What a multi link leads to; a plain list is an array."""


def moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime(1970, 1, 1) + timedelta(seconds=seconds)
