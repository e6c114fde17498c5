"""A database in memory that carries out EdgeQL, as far as the store writes it, as the language says. It is stricter
than a server where that finds mistakes: types are compared exactly, and parameters must be those that are named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.schema.edgeql_grammar import EdgeQLError, Pointer, Schema, schema, statements
from tests.schema.edgeql_run import Run
from tests.schema.edgeql_values import NotUniqueError, Object, Scope, Values

_MIGRATION = "START MIGRATION TO {"


class Memory:
    """One branch."""

    def __init__(self) -> None:
        self.schema: Schema = {}
        self.objects: dict[str, dict[int, Object]] = {}
        self._unique: dict[tuple[str, str], dict[Any, Object]] = {}

    def run(self, script: str, given: Mapping[str, Any]) -> str:
        """The result of the last statement as JSON. Undoing what a failure left behind is for the caller."""
        if script.startswith(_MIGRATION):
            self._declare(script)
            return "[]"
        parsed = statements(script)
        named = {name for statement in parsed for name in _parameters(statement)}
        if named != given.keys():
            raise EdgeQLError(f"{script}\ntakes {sorted(named)}, was given {sorted(given)}")
        found: list[Any] = []
        for statement in parsed:
            run = Run(self, given)
            found = [run.as_json(value) for value in run.of(statement, Scope())]
            for changed in run.changed:
                self._require(changed)
        return json.dumps(found)

    def _declare(self, script: str) -> None:
        self.schema = schema(script[len(_MIGRATION) : script.rindex("};")])
        for name in self.schema:
            self.objects.setdefault(name, {})
        self.index()

    def index(self) -> None:
        """After objects were put in from outside."""
        self._unique = {
            (name, pointer.name): {}
            for name, pointers in self.schema.items()
            for pointer in pointers.values()
            if pointer.exclusive
        }
        for name, prop in self._unique:
            for each in self.objects[name].values():
                self._unique[name, prop][each.properties.get(prop)] = each

    def _require(self, changed: Object) -> None:
        if changed.number not in self.objects[changed.type]:
            return
        for pointer in self.schema[changed.type].values():
            held = changed.links if pointer.type in self.schema else changed.properties
            if pointer.required and held.get(pointer.name) in (None, []):
                raise EdgeQLError(f"missing value for required {changed.type}.{pointer.name}")

    def by_unique(self, kind: str, name: str, values: Values) -> list[Object] | None:
        """Objects by an exclusive property; None where it is not."""
        known = self._unique.get((kind, name))
        return None if known is None else list({id(o): o for v in values if (o := known.get(v)) is not None}.values())

    def add(self, made: Object) -> None:
        self.objects[made.type][made.number] = made

    def set(self, changed: Object, pointer: Pointer, value: Any) -> None:
        known = self._unique.get((changed.type, pointer.name))
        if known is not None:
            if known.get(value, changed) is not changed:
                raise NotUniqueError(f"{changed.type}.{pointer.name} violates exclusivity constraint")
            if known.get(changed.properties.get(pointer.name)) is changed:
                del known[changed.properties[pointer.name]]
            known[value] = changed
        changed.properties[pointer.name] = value

    def delete(self, gone: Object) -> None:
        if self.objects[gone.type].pop(gone.number, None) is None:
            return
        for pointer in self.schema[gone.type].values():
            if pointer.exclusive:
                self._unique[gone.type, pointer.name].pop(gone.properties.get(pointer.name), None)
        for name, pointers in self.schema.items():
            for pointer in (pointer for pointer in pointers.values() if pointer.type == gone.type):
                for source in list(self.objects[name].values()):
                    self._unlink(source, pointer, gone)

    def _unlink(self, source: Object, pointer: Pointer, gone: Object) -> None:
        links = source.links.get(pointer.name, [])
        left = [link for link in links if link[0] is not gone]
        if len(left) == len(links):
            return
        match pointer.on_target_delete:
            case "allow":
                source.links[pointer.name] = left
            case "delete source":
                self.delete(source)
            case _:
                raise EdgeQLError(f"deletion of {gone.type} is prohibited by {source.type}.{pointer.name}")

    # -- transactions

    def kept(self) -> Callable[[], None]:
        """Puts everything back as it is now."""
        objects = {name: dict(held) for name, held in self.objects.items()}
        states = [
            (each, dict(each.properties), {name: list(links) for name, links in each.links.items()})
            for held in objects.values()
            for each in held.values()
        ]

        def back() -> None:
            self.objects = objects
            for each, properties, links in states:
                each.properties, each.links = properties, links
            self.index()

        return back


def _parameters(node: Any) -> Iterator[str]:
    if isinstance(node, tuple) and len(node) == 2 and node[0] == "parameter":
        yield node[1]
    elif isinstance(node, tuple | list):
        for part in node:
            yield from _parameters(part)
