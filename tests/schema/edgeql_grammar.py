"""EdgeQL and its schema language, as far as the store writes them, as nested tuples. Precedence and reserved words are
those of the servers' own grammar, in which `=` binds closer than `in`, and `in` closer than `like`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

Node = tuple[Any, ...]
_TOKEN = re.compile(
    r"(?P<space>\s+|\#[^\n]*)|(?P<number>\d+(?:\.\d+)?)|'(?P<text>[^'\\]*)'|\$(?P<parameter>\w+)|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<sign>::|:=|\+=|-=|\.<|\?\?|!=|<=|>=|//|[-+*/=<>(){}\[\],.:;@])"
)
RESERVED = frozenset(
    re.findall(
        r"\w+",
        """
        __default__ __edgedbsys__ __edgedbtpl__ __new__ __old__ __source__ __specified__ __std__ __subject__ __type__
        administer alter analyze and anyarray anyobject anytuple anytype begin by case check commit configure create
        deallocate delete describe detached discard distinct do drop else end except exists explain extending false
        fetch filter for get global grant group if ilike import in insert intersect introspect is like limit listen
        load lock match module move never not notify offset on optional or over partition prepare raise refresh revoke
        rollback select set single start true typeof union update variadic when window with
        """,
    )
)
"""Words that the language keeps for itself, in every version from 5 to 7 (`edgeql-parser/src/keywords.rs`)."""
_STATEMENTS = ("select", "insert", "update", "delete", "for", "group", "with")


class EdgeQLError(Exception):
    """What a server would refuse."""


@lru_cache(maxsize=4096)
def statements(text: str) -> list[Node]:
    """All statements of a script."""
    reading = _Reading(text)
    found = [reading.statement()]
    while reading.skip(";") and not reading.at_end():
        found.append(reading.statement())
    reading.end()
    return found


class _Reading:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise EdgeQLError(f"no token: {text[at : at + 30]}")
            if match.lastgroup != "space":
                self._tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        self._tokens.append(("end", ""))
        self._at = 0

    # -- tokens

    def peek(self, *wanted: str) -> bool:
        kind, value = self._tokens[self._at]
        return (kind == "sign" and value in wanted) or (kind == "word" and value.lower() in wanted)

    def follows(self, sign: str) -> bool:
        return self._tokens[self._at][0] == "word" and self._tokens[self._at + 1] == ("sign", sign)

    def skip(self, wanted: str) -> bool:
        found = self.peek(wanted)
        self._at += found
        return found

    def next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1][1]

    def take(self, wanted: str) -> None:
        if not self.skip(wanted):
            raise self.wrong(wanted)

    def wrong(self, wanted: str) -> EdgeQLError:
        near = " ".join(value for _, value in self._tokens[max(0, self._at - 10) : self._at + 5])
        return EdgeQLError(f"{wanted} expected near: {near}")

    def name(self) -> str:
        kind, value = self._tokens[self._at]
        if kind != "word" or value.lower() in RESERVED:
            raise self.wrong("a name")
        return self.next()

    def path_name(self) -> str:
        name = self.name()
        while self.skip("::"):
            name += f"::{self.name()}"
        return name

    def at_end(self) -> bool:
        return self._tokens[self._at][0] == "end"

    def end(self) -> None:
        if not self.at_end():
            raise self.wrong("the end")

    def listed(self, item: Callable[[], Any], close: str) -> list[Any]:
        """Items with commas between them, and what closes them."""
        found = []
        while not self.peek(close):
            found.append(item())
            if not self.skip(","):
                break
        self.take(close)
        return found

    # -- statements

    def statement(self) -> Node:
        if not self.skip("with"):
            return self._plain()
        named: list[tuple[str, Node]] = []
        while True:
            name = self.name()
            self.take(":=")
            named.append((name, self.expression()))
            if not self.skip(","):
                return ("with", named, self._plain())

    def _plain(self) -> Node:
        if not self.peek(*_STATEMENTS):
            raise self.wrong("a statement")
        match self.next().lower():
            case "select":
                alias = self._alias()
                return ("select", self.expression(), *self._clauses(), alias)
            case "insert":
                return ("insert", self.expression(), self._unless())
            case "update":
                subject = self.expression()
                condition = self.expression() if self.skip("filter") else None
                self.take("set")
                return ("update", subject, condition, self._shape())
            case "delete":
                return ("delete", self.expression(), *self._clauses(), None)
            case "for":
                name = self.name()
                self.take("in")
                iterated = self._cast()
                self.take("union")
                return ("for", name, iterated, self.expression())
            case _:
                return self._group()

    def _alias(self) -> str | None:
        """What a statement calls each of what it selects."""
        if not self.follows(":="):
            return None
        alias = self.name()
        self.take(":=")
        return alias

    def _unless(self) -> str | None:
        """The property on which conflicts are passed over."""
        if not self.skip("unless"):
            return None
        self.take("conflict")
        self.take("on")
        self.take(".")
        return self.name()

    def _group(self) -> Node:
        subject = self.expression()
        self.take("using")
        using: list[tuple[str, Node]] = []
        while True:
            name = self.name()
            self.take(":=")
            using.append((name, self.expression()))
            if not self.skip(","):
                break
        self.take("by")
        by = [self.name()]
        while self.skip(","):
            by.append(self.name())
        assert by == [name for name, _ in using]
        return ("group", subject, using)

    def _clauses(self) -> Node:
        condition = self.expression() if self.skip("filter") else None
        order: list[tuple[Node, bool, bool | None]] = []
        if self.skip("order"):
            self.take("by")
            while True:
                value = self.expression()
                descending = self.skip("desc") or (self.skip("asc") and False)
                last = None
                if self.skip("empty"):
                    last = self.next().lower() == "last"
                order.append((value, descending, last))
                if not self.skip("then"):
                    break
        offset = self.expression() if self.skip("offset") else None
        limit = self.expression() if self.skip("limit") else None
        return condition, order, offset, limit

    # -- expressions, from what binds least to what binds most

    def expression(self) -> Node:
        found = self._choice()
        while self.skip("union"):
            found = ("union", found, self._choice())
        return found

    def _choice(self) -> Node:
        found = self._either()
        if self.skip("if"):
            condition = self._either()
            self.take("else")
            return ("if", found, condition, self._choice())
        return found

    def _either(self) -> Node:
        found = self._both()
        while self.skip("or"):
            found = ("or", found, self._both())
        return found

    def _both(self) -> Node:
        found = self._negation()
        while self.skip("and"):
            found = ("and", found, self._negation())
        return found

    def _negation(self) -> Node:
        return ("not", self._negation()) if self.skip("not") else self._alike()

    def _alike(self) -> Node:
        found = self._among()
        return ("like", found, self._among()) if self.skip("like") else found

    def _among(self) -> Node:
        found = self._compared()
        if self.skip("in"):
            return ("in", found, self._compared())
        if self.peek("not"):
            self.take("not")
            self.take("in")
            return ("not", ("in", found, self._compared()))
        return found

    def _compared(self) -> Node:
        found = self._sum()
        if self.peek("=", "!=", "<", ">", "<=", ">="):
            found = ("compare", self.next(), found, self._sum())
            if self.peek("=", "!=", "<", ">", "<=", ">="):
                raise self.wrong("one comparison")
        return found

    def _sum(self) -> Node:
        found = self._product()
        while self.peek("+", "-"):
            found = ("calculate", self.next(), found, self._product())
        return found

    def _product(self) -> Node:
        found = self._coalesced()
        while self.peek("*", "/", "//"):
            found = ("calculate", self.next(), found, self._coalesced())
        return found

    def _coalesced(self) -> Node:
        found = self._unary()
        return ("else", found, self._coalesced()) if self.skip("??") else found

    def _unary(self) -> Node:
        if self.skip("exists"):
            return ("exists", self._unary())
        return ("distinct", self._unary()) if self.skip("distinct") else self._cast()

    def _cast(self) -> Node:
        if not self.skip("<"):
            return self._steps()
        optional = self.skip("optional")
        kind = self.type()
        self.take(">")
        return ("cast", kind, self._cast(), optional)

    def type(self) -> Any:
        name = self.path_name()
        if not self.skip("<"):
            return name
        inner = self.type()
        self.take(">")
        return (name, inner)

    def _steps(self) -> Node:
        found = self._atom()
        while True:
            if self.peek("{"):
                found = ("shape", found, self._shape())
            elif self.skip("["):
                found = ("is", found, self.path_name()) if self.skip("is") else ("index", found, self.expression())
                self.take("]")
            elif self.skip("."):
                found = ("step", found, self.name())
            elif self.skip(".<"):
                found = ("back", found, self.name())
            else:
                return found

    def _atom(self) -> Node:
        kind, value = self._tokens[self._at]
        if kind in ("number", "text", "parameter"):
            self._at += 1
            if kind == "parameter":
                return ("parameter", value)
            return ("value", value if kind == "text" else float(value) if "." in value else int(value))
        if self.peek("true", "false"):
            return ("value", self.next().lower() == "true")
        if self.skip("detached"):
            return ("detached", self._atom())
        for sign, step in ((".", "step"), (".<", "back"), ("@", "edge")):
            if self.skip(sign):
                return (step, ("here",), self.name())
        if self.skip("("):
            found = self.statement() if self.peek(*_STATEMENTS) else self.expression()
            if self.skip(","):
                found = ("tuple", [found, *self.listed(self.expression, ")")])
            else:
                self.take(")")
            return found
        if self.skip("{"):
            free = self.follows(":=")
            return ("free", self.listed(self._named, "}")) if free else ("set", self.listed(self.expression, "}"))
        name = self.path_name()
        return ("call", name, self.listed(self._argument, ")")) if self.skip("(") else ("name", name)

    def _named(self) -> tuple[str, Node]:
        name = self.name()
        self.take(":=")
        return name, self.expression()

    def _argument(self) -> tuple[str | None, Node]:
        return self._named() if self.follows(":=") else (None, self.expression())

    def _shape(self) -> list[Node]:
        """(whether a property of the edge, name, operator or none, expression or nested shape)."""
        self.take("{")

        def element() -> Node:
            edge, name = self.skip("@"), self.name()
            if self.peek(":=", "+=", "-="):
                return (edge, name, self.next(), self.expression())
            return (edge, name, None, self._shape() if self.skip(":") else None)

        return self.listed(element, "}")


# -- the schema


@dataclass(slots=True)
class Pointer:
    """A property or link of a type."""

    name: str
    required: bool = False
    multi: bool = False
    type: Any = None
    computed: Node | None = None
    exclusive: bool = False
    one_of: tuple[str, ...] = ()
    on_target_delete: str = "restrict"
    properties: dict[str, Pointer] = field(default_factory=dict)


Schema = dict[str, dict[str, Pointer]]


def schema(text: str) -> Schema:
    """Types by name, of one module."""
    reading = _Reading(text)
    reading.take("module")
    reading.name()
    reading.take("{")
    types: Schema = {}
    while reading.skip("type"):
        name = reading.name()
        reading.take("{")
        types[name] = {pointer.name: pointer for pointer in _pointers(reading)}
    reading.take("}")
    reading.end()
    return types


def _pointers(reading: _Reading) -> list[Pointer]:
    found: list[Pointer] = []
    while not reading.skip("}"):
        if reading.skip("index"):
            if not reading.peek("on"):
                reading.path_name()
            reading.take("on")
            reading.take("(")
            reading.expression()
            reading.take(")")
            reading.take(";")
        else:
            found.append(_pointer(reading))
    return found


def _pointer(reading: _Reading) -> Pointer:
    pointer = Pointer("", required=reading.skip("required"), multi=reading.skip("multi"))
    pointer.name = reading.name()
    if reading.skip(":="):
        pointer.computed = reading.expression()
        reading.take(";")
        return pointer
    reading.take(":")
    pointer.type = reading.type()
    if not reading.skip("{"):
        reading.take(";")
        return pointer
    while not reading.skip("}"):
        if reading.skip("constraint"):
            if reading.name() == "exclusive":
                pointer.exclusive = True
            else:
                reading.take("(")
                pointer.one_of = tuple(value[1] for value in reading.listed(reading.expression, ")"))
            reading.take(";")
        elif reading.skip("on"):
            reading.take("target")
            reading.take("delete")
            words = [reading.next()]
            while not reading.skip(";"):
                words.append(reading.next())
            pointer.on_target_delete = " ".join(words)
        else:
            inner = _pointer(reading)
            pointer.properties[inner.name] = inner
    return pointer
