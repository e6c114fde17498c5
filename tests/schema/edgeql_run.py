"""One EdgeQL statement, worked out: every expression is a set, operators take every pair of elements, and what is
missing is the empty set."""

from __future__ import annotations

import json
import operator
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import product
from typing import TYPE_CHECKING, Any

from tests.schema.edgeql_functions import alike, function, key_of, truth
from tests.schema.edgeql_grammar import EdgeQLError, Node, Pointer
from tests.schema.edgeql_values import Big, Found, Free, Json, Object, Scope, Values, from_json, typed

if TYPE_CHECKING:
    from tests.schema.edgeql_memory import Memory

_COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CALCULATED: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
}


class Run:
    """One statement."""

    def __init__(self, memory: Memory, given: Mapping[str, Any]) -> None:
        self._memory = memory
        self._given = given
        self.changed: dict[Object, None] = {}

    def of(self, node: Node, scope: Scope) -> Values:
        found: Values = getattr(self, f"_{node[0]}")(node, scope)
        return found

    def _pairs(self, one: Node, other: Node, scope: Scope) -> Iterator[tuple[Any, Any]]:
        return product(self.of(one, scope), self.of(other, scope))

    # -- statements

    def _with(self, node: Node, scope: Scope) -> Values:
        for name, expression in node[1]:
            scope = scope.with_(name, self.of(expression, scope))
        return self.of(node[2], scope)

    def _select(self, node: Node, scope: Scope) -> Values:
        _, subject, condition, order, offset, limit, alias = node
        if alias is not None:
            return [value for value in self.of(subject, scope) if self._holds(condition, scope.with_(alias, [value]))]
        found = self._filtered(subject, condition, scope)
        for value, descending, last in reversed(order):
            found = self._ordered(found, value, scope, descending, (not descending) if last is None else not last)
        if offset is not None:
            found = found[self._one(offset, scope) :]
        return found if limit is None else found[: self._one(limit, scope)]

    def _one(self, node: Node, scope: Scope) -> Any:
        (value,) = self.of(node, scope)
        return value

    def _ordered(self, found: Values, value: Node, scope: Scope, descending: bool, empty_first: bool) -> Values:
        keyed = [(self.of(value, scope.at(each)), each) for each in found]
        empty = [each for key, each in keyed if not key]
        full = sorted(((key[0], each) for key, each in keyed if key), key=lambda pair: pair[0], reverse=descending)
        there = [each for _, each in full]
        return empty + there if empty_first else there + empty

    def _filtered(self, subject: Node, condition: Node | None, scope: Scope) -> Values:
        if condition is None:
            return self.of(subject, scope)
        quick = self._by_unique(subject, condition, scope)
        if quick is not None:
            return quick
        return [each for each in self.of(subject, scope) if self._holds(condition, scope.at(each))]

    def _holds(self, condition: Node, scope: Scope) -> bool:
        holds = self.of(condition, scope)
        if len(holds) > 1 or not all(isinstance(one, bool) for one in holds):
            raise EdgeQLError(f"{condition} is {holds}")
        return holds == [True]

    def _by_unique(self, subject: Node, condition: Node, scope: Scope) -> Values | None:
        """As an index answers `.key = value` and `.key in values`."""
        shape = subject[2] if subject[0] == "shape" else None
        kind = subject[1] if shape is not None else subject
        kind = kind[1] if kind[0] == "detached" else kind
        if kind[0] != "name" or kind[1] in scope.named or condition[0] not in ("compare", "in"):
            return None
        operation, left, right = condition[-3:] if condition[0] == "compare" else ("=", *condition[1:])
        if operation != "=" or left[:2] != ("step", ("here",)):
            return None
        if self._memory.by_unique(kind[1], left[2], []) is None:
            return None
        values = [typed(self._memory.schema[kind[1]][left[2]].type, v, left[2]) for v in self.of(right, scope)]
        found = self._memory.by_unique(kind[1], left[2], values) or []
        return [Found(each, shape=shape, scope=scope) for each in sorted(found, key=lambda each: each.number)]

    def _insert(self, node: Node, scope: Scope) -> Values:
        _, (_, (_, kind), shape), unless = node
        inner = Scope(scope.named, inserting=kind)
        values = [(name, self._assigned(kind, name, value, inner)) for _, name, _, value in shape]
        if unless is not None and self._memory.by_unique(kind, unless, dict(values)[unless]):
            return []
        made = Object(kind)
        self._memory.add(made)
        for name, value in values:
            self._assign(made, name, ":=", value)
        self.changed[made] = None
        return [Found(made)]

    def _update(self, node: Node, scope: Scope) -> Values:
        _, subject, condition, shape = node
        found = self._filtered(subject, condition, scope)
        work = [
            (each, name, sign, self._assigned(each.object.type, name, value, scope.at(each)))
            for each in found
            for _, name, sign, value in shape
        ]
        for each, name, sign, value in work:
            self._assign(each.object, name, sign, value)
            self.changed[each.object] = None
        return found

    def _delete(self, node: Node, scope: Scope) -> Values:
        found = self._select(node, scope)
        for each in found:
            self._memory.delete(each.object)
        return found

    def _for(self, node: Node, scope: Scope) -> Values:
        _, name, iterated, body = node
        return [value for each in self.of(iterated, scope) for value in self.of(body, scope.with_(name, [each]))]

    def _group(self, node: Node, scope: Scope) -> Values:
        groups: dict[Any, Free] = {}
        for each in self.of(node[1], scope):
            inner = scope.at(each)
            for name, value in node[2]:
                inner = inner.with_(name, self.of(value, inner))
            keys = {name: (inner.named[name], False) for name, _ in node[2]}
            key = tuple(tuple(values) for values, _ in keys.values())
            group = groups.setdefault(key, Free({"key": ([Free(keys)], False), "elements": ([], True)}))
            group.held["elements"][0].append(each)
        return list(groups.values())

    # -- what is set

    def _assigned(self, kind: str, name: str, value: Node, scope: Scope) -> Values:
        pointer = self._pointer(kind, name)
        if not pointer.multi and self._is_many(value, kind):
            raise EdgeQLError(f"possibly more than one element returned by an expression for {kind}.{name}")
        if pointer.type in self._memory.schema and value[0] in ("for", "union"):
            raise EdgeQLError(f"possibly not a distinct set returned by an expression for {kind}.{name}")
        found = self.of(value, scope)
        for each in found:
            if isinstance(each, Found) and each.shape is not None and each.scope is not None:
                values = {}
                for edge, property_, _, expression in each.shape:
                    if not edge:
                        raise EdgeQLError(f"{property_} is no property of an edge")
                    values[property_] = next(iter(self.of(expression, each.scope.at(each))), None)
                each.edge = values
        return found

    def _assign(self, changed: Object, name: str, sign: str, values: Values) -> None:
        pointer = self._pointer(changed.type, name)
        if pointer.type in self._memory.schema:
            links = [(each.object, self._edge_of(pointer, each)) for each in values]
            if len({id(target) for target, _ in links}) < len(links):
                raise EdgeQLError(f"{name} is possibly not a distinct set")
            if any(target.type != pointer.type for target, _ in links) or (len(links) > 1 and not pointer.multi):
                raise EdgeQLError(f"{name} takes {pointer.type}")
            there = {} if sign == ":=" else {id(link[0]): link for link in changed.links.get(name, [])}
            for link in links:
                if sign == "-=":
                    there.pop(id(link[0]), None)
                else:
                    there[id(link[0])] = link
            changed.links[name] = list(there.values())
            return
        if len(values) > 1:
            raise EdgeQLError(f"{name} takes one value")
        value = typed(pointer.type, values[0], f"{changed.type}.{name}") if values else None
        if pointer.one_of and value not in pointer.one_of:
            raise EdgeQLError(f"{name} must be one of {pointer.one_of}")
        self._memory.set(changed, pointer, value)

    def _edge_of(self, pointer: Pointer, each: Found) -> dict[str, Any]:
        if each.shape is None:
            return {}
        return {
            name: None if value is None else typed(pointer.properties[name].type, value, f"{pointer.name}@{name}")
            for name, value in (each.edge or {}).items()
        }

    def _pointer(self, kind: str, name: str) -> Pointer:
        try:
            return self._memory.schema[kind][name]
        except KeyError:
            raise EdgeQLError(f"object type {kind} has no link or property {name}") from None

    # -- paths

    def _name(self, node: Node, scope: Scope) -> Values:
        if node[1] in scope.named:
            return list(scope.named[node[1]])
        if node[1] == "schema::ObjectType":
            return [Free({"name": ([f"default::{name}"], False)}) for name in self._memory.schema]
        if node[1] not in self._memory.objects:
            raise EdgeQLError(f"object type or alias {node[1]} does not exist")
        if node[1] == scope.inserting:
            raise EdgeQLError(f"self-referencing INSERTs are not allowed: use DETACHED {node[1]}")
        return [Found(each) for each in self._memory.objects[node[1]].values()]

    def _detached(self, node: Node, scope: Scope) -> Values:
        return self.of(node[1], Scope())

    def _here(self, node: Node, scope: Scope) -> Values:
        if scope.here is None:
            raise EdgeQLError("could not resolve partial path")
        return [scope.here]

    def _step(self, node: Node, scope: Scope) -> Values:
        if node[1] == ("name", "JsonEmpty"):
            return [node[2]]
        found: dict[Any, Any] = {}
        for each in self.of(node[1], scope):
            for value in self._values(each, node[2]):
                found.setdefault(value.object.number if isinstance(value, Found) else len(found) - 0.5, value)
        return list(found.values())

    def _values(self, each: Any, name: str) -> Values:
        if isinstance(each, Free):
            if name not in each.held:
                raise EdgeQLError(f"a free object has no {name}")
            return each.held[name][0]
        if not isinstance(each, Found):
            raise EdgeQLError(f"{each!r} has no {name}")
        for edge, computed, sign, value in each.shape or ():
            if computed == name and not edge and sign == ":=" and each.scope is not None:
                return self.of(value, each.scope.at(each))
        pointer = self._pointer(each.object.type, name)
        if pointer.computed is not None:
            return self.of(pointer.computed, Scope(here=each))
        if pointer.type in self._memory.schema:
            return [Found(target, edge, pointer) for target, edge in each.object.links.get(name, ())]
        value = each.object.properties.get(name)
        return [] if value is None else [value]

    def _back(self, node: Node, scope: Scope) -> Values:
        raise EdgeQLError(f"whose link {node[2]} is?")

    def _is(self, node: Node, scope: Scope) -> Values:
        _, (sign, path, name), kind = node
        if sign != "back":
            raise EdgeQLError("only backward links are of a type here")
        self._pointer(kind, name)
        targets = {each.object.number for each in self.of(path, scope)}
        return [
            Found(each)
            for each in self._memory.objects[kind].values()
            if any(target.number in targets for target, _ in each.links.get(name, ()))
        ]

    def _edge(self, node: Node, scope: Scope) -> Values:
        each = self._here(node, scope)[0]
        if not isinstance(each, Found) or each.pointer is None or node[2] not in each.pointer.properties:
            raise EdgeQLError(f"there is no edge with @{node[2]}")
        value = (each.edge or {}).get(node[2])
        return [] if value is None else [value]

    def _shape(self, node: Node, scope: Scope) -> Values:
        found: Values = []
        for each in self.of(node[1], scope):
            if isinstance(each, Free):
                found.append(Free(each.held, node[2], scope))
            else:
                found.append(Found(each.object, each.edge, each.pointer, node[2], scope))
        return found

    def _free(self, node: Node, scope: Scope) -> Values:
        return [Free({name: (self.of(value, scope), self._is_many(value)) for name, value in node[1]})]

    # -- operators

    def _value(self, node: Node, scope: Scope) -> Values:
        return [node[1]]

    def _set(self, node: Node, scope: Scope) -> Values:
        return [value for part in node[1] for value in self.of(part, scope)]

    def _union(self, node: Node, scope: Scope) -> Values:
        return self.of(node[1], scope) + self.of(node[2], scope)

    def _if(self, node: Node, scope: Scope) -> Values:
        _, then, condition, otherwise = node
        return [value for held in self.of(condition, scope) for value in self.of(then if held else otherwise, scope)]

    def _or(self, node: Node, scope: Scope) -> Values:
        return [truth(one) or truth(other) for one, other in self._pairs(node[1], node[2], scope)]

    def _and(self, node: Node, scope: Scope) -> Values:
        return [truth(one) and truth(other) for one, other in self._pairs(node[1], node[2], scope)]

    def _not(self, node: Node, scope: Scope) -> Values:
        return [not truth(value) for value in self.of(node[1], scope)]

    def _compare(self, node: Node, scope: Scope) -> Values:
        return [_COMPARED[node[1]](*alike(one, other)) for one, other in self._pairs(node[2], node[3], scope)]

    def _like(self, node: Node, scope: Scope) -> Values:
        return [one.startswith(other.removesuffix("%")) for one, other in self._pairs(node[1], node[2], scope)]

    def _in(self, node: Node, scope: Scope) -> Values:
        among = self.of(node[2], scope)
        return [any(operator.eq(*alike(value, one)) for one in among) for value in self.of(node[1], scope)]

    def _calculate(self, node: Node, scope: Scope) -> Values:
        return [_CALCULATED[node[1]](one, other) for one, other in self._pairs(node[2], node[3], scope)]

    def _else(self, node: Node, scope: Scope) -> Values:
        return self.of(node[1], scope) or self.of(node[2], scope)

    def _exists(self, node: Node, scope: Scope) -> Values:
        return [bool(self.of(node[1], scope))]

    def _distinct(self, node: Node, scope: Scope) -> Values:
        return list({key_of(value): value for value in self.of(node[1], scope)}.values())

    def _index(self, node: Node, scope: Scope) -> Values:
        found: Values = []
        for value, key in self._pairs(node[1], node[2], scope):
            if not isinstance(value, Json) or not isinstance(value.value, dict) or key not in value.value:
                raise EdgeQLError(f"JSON index {key!r} is out of bounds")
            found.append(Json(value.value[key]))
        return found

    def _parameter(self, node: Node, scope: Scope) -> Values:
        raise EdgeQLError(f"missing a type cast before the parameter {node[1]}")

    def _cast(self, node: Node, scope: Scope) -> Values:
        _, kind, inner, optional = node
        if inner[0] == "parameter":
            return self._parameter_of(kind, inner[1], optional)
        return [self._casted(kind, value) for value in self.of(inner, scope)]

    def _parameter_of(self, kind: Any, name: str, optional: bool) -> Values:
        value = self._given[name]
        if value is None:
            if not optional:
                raise EdgeQLError(f"the parameter {name} is required")
            return []
        if kind == "json":
            return [Json(json.loads(value))]
        if isinstance(kind, tuple):
            if not isinstance(value, list):
                raise EdgeQLError(f"the parameter {name} is an array")
            value = tuple(value)
        return [typed(kind, value, f"the parameter {name}")]

    def _casted(self, kind: Any, value: Any) -> Any:
        if isinstance(value, Json):
            return value if kind == "json" else from_json(kind, value.value)
        if kind == "json":
            return Json(list(value) if isinstance(value, tuple) else value)
        if kind == "float64" and type(value) in (int, float, Big):
            return float(value)
        if kind == "str" and type(value) in (int, float, bool, str):
            return str(value)
        raise EdgeQLError(f"cannot cast {value!r} to {kind}")

    # -- functions

    def _call(self, node: Node, scope: Scope) -> Values:
        _, name, arguments = node
        sets = [self.of(value, scope) for _, value in arguments]
        match name:
            case "count":
                return [len(sets[0])]
            case "any" | "all":
                return [(any if name == "any" else all)(map(truth, sets[0]))]
            case "array_agg":
                return [tuple(sets[0])]
            case "assert_single" | "assert_distinct":
                if len({key_of(value) for value in sets[0]}) < len(sets[0]) or (name[7:] == "single" and sets[0][1:]):
                    raise EdgeQLError(f"{name} violation")
                return sets[0]
            case "json_set":
                return self._json_set({key or str(at): sets[at] for at, (key, _) in enumerate(arguments)})
        return [value for taken in product(*sets) for value in function(name, *taken)]

    def _json_set(self, taken: dict[str, Values]) -> Values:
        if taken["empty_treatment"] != ["DeleteKey"]:
            raise EdgeQLError("only keys without a value are deleted here")
        held, key = dict(taken["0"][0].value), taken["1"][0]
        held.pop(key, None)
        for value in taken["value"]:
            held[key] = value.value
        return [Json(held)]

    # -- results

    def as_json(self, value: Any) -> Any:
        match value:
            case Json():
                return value.value
            case bytes():
                return b64encode(value).decode("ascii")
            case datetime():
                return value.isoformat()
            case tuple():
                return [self.as_json(item) for item in value]
            case Free():
                held = value.held
                if value.shape is not None and value.scope is not None:
                    inner = value.scope.at(value)
                    held = {name: (self.of(e, inner), self._is_many(e)) for _, name, _, e in value.shape}
                return {name: self._told(values, many) for name, (values, many) in held.items()}
            case Found():
                return self._object(value)
        return value

    def _told(self, values: Values, many: bool) -> Any:
        told = [self.as_json(value) for value in values]
        if not many and len(told) > 1:
            raise EdgeQLError(f"more than one: {told}")
        return told if many else next(iter(told), None)

    def _object(self, found: Found) -> dict[str, Any]:
        if found.shape is None or found.scope is None:
            return {"id": str(found.object.number)}
        told: dict[str, Any] = {}
        for edge, name, sign, value in found.shape:
            if edge:
                held = self._edge(("edge", ("here",), name), Scope(here=found))
                told[f"@{name}"] = self._told(held, many=False)
            elif sign is not None:
                told[name] = self._told(self.of(value, found.scope.at(found)), self._is_many(value, found.object.type))
            else:
                values = self._values(Found(found.object), name)
                if value is not None:
                    values = [Found(one.object, one.edge, one.pointer, value, found.scope) for one in values]
                told[name] = self._told(values, self._pointer(found.object.type, name).multi)
        return told

    def _is_many(self, node: Node, kind: str = "") -> bool:
        """Whether an expression is a list in JSON, inside of a shape of some type."""
        match node:
            case ("step", *_):
                return self._walked(node, kind)[1]
            case ("select", _, ("compare", "=", ("step", ("here",), "key"), _), *_):
                return False
            case ("select", *_) | ("for", *_):
                return True
            case ("call", name, arguments):
                single = ("count", "any", "all", "array_agg", "assert_single")
                return name not in single and any(self._is_many(value, kind) for _, value in arguments)
            case ("cast", _, inner, _):
                return self._is_many(inner, kind)
            case ("else" | "and" | "or", one, other) | ("compare" | "calculate", _, one, other):
                return self._is_many(one, kind) or self._is_many(other, kind)
        return False

    def _walked(self, node: Node, kind: str) -> tuple[str, bool]:
        """The type where a path ends, and whether it may lead to many."""
        match node:
            case ("here",):
                return kind, False
            case ("step", path, name):
                start, many = self._walked(path, kind)
                if start not in self._memory.schema:
                    return "", many or name == "elements"
                pointer = self._pointer(start, name)
                backward = pointer.computed is not None and pointer.computed[0] == "is"
                return pointer.computed[2] if backward and pointer.computed else pointer.type, many or pointer.multi
        return "", self._is_many(node, kind)
