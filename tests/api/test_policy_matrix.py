"""Who may ask for what: every field, mutation and subscription of the schema, for every kind of viewer, on what is
theirs to see and what is not. The decisions stand in policy.toml; a field without a row fails.
"""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_object_type,
    is_required_argument,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.graphql import limits
from api.graphql.context import Context
from api.graphql.schema import schema
from schema.policy import OWNER, Capability, Viewer
from schema.settings import Settings
from schema.visibility import sees_paths
from tests.api.conftest import Gallery, served
from tests.api.policy_world import World, make_world

TABLE: dict[str, Any] = tomllib.loads(Path(__file__).with_name("policy.toml").read_text("utf-8"))
COLUMNS: list[str] = TABLE["columns"].split()
GRAPH: GraphQLSchema = schema._schema
ROOTS = ("Query", "Mutation", "Subscription")
REFUSALS = {"REFUSED", "LOGIN_NEEDED"}
DEPTH = 4


def rows() -> Iterator[tuple[str, str, str]]:
    for root in ROOTS:
        for name in TABLE[root]:
            for case in TABLE[root][name]:
                yield root, name, case


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, data: Path, packages: Path) -> Iterator[Gallery]:
    with served(tmp_path_factory.mktemp("policy"), data, packages) as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def _no_limits() -> Iterator[None]:
    """One request asks for everything there is; what that may cost is another test's matter."""
    with pytest.MonkeyPatch.context() as patch:
        for name in dir(limits):
            if name.startswith("MAX_") and name != "MAX_PAGE":
                patch.setattr(limits, name, 10**9)
        yield


@pytest.fixture(scope="module")
def world(gallery: Gallery) -> World:
    made: World = gallery.run(make_world(gallery.library, gallery.folder))
    return made


# -- every field has its row


def test_every_field_is_decided() -> None:
    for root in ROOTS:
        fields = set(_object(root).fields)
        rows = set(TABLE[root])
        assert fields == rows, f"decide in tests/api/policy.toml: {root} {sorted(fields ^ rows)}"
        for name in fields:
            cases = TABLE[root][name]
            assert cases, f"{root}.{name} has no case"
            for case, (_, decisions) in cases.items():
                assert len(decisions) == len(COLUMNS) and set(decisions) <= set("xo-"), (root, name, case)
    for name, kind in GRAPH.type_map.items():
        if name in ROOTS or name.startswith("__") or not isinstance(kind, GraphQLObjectType):
            continue
        decided = [field for fields in TABLE["fields"].get(name, {}).values() for field in fields.split()]
        assert sorted(decided) == sorted(kind.fields), (
            f"decide who sees the fields of {name} in tests/api/policy.toml: {sorted(set(decided) ^ set(kind.fields))}"
        )


# -- what a document asks


def _object(name: str) -> GraphQLObjectType:
    kind = GRAPH.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    return kind


def _arguments(parent: str, name: str, field: GraphQLField) -> str | None:
    """What the table says, else none where none is needed; None leaves the field out."""
    given = TABLE["arguments"].get(f"{parent}.{name}")
    if given is not None:
        return f"({given})" if given else None
    if any(is_required_argument(argument) for argument in field.args.values()):
        raise AssertionError(f"give arguments for {parent}.{name} in tests/api/policy.toml")
    return "(first: 3)" if "first" in field.args else ""


@cache
def selection(name: str, depth: int = DEPTH, above: tuple[str, ...] = ()) -> str:
    """All fields of a type, and theirs; a type does not come again below itself."""
    kind = GRAPH.type_map[name]
    if isinstance(kind, GraphQLInterfaceType):
        parts = [f"... on {one.name} {selection(one.name, depth, above)}" for one in GRAPH.get_possible_types(kind)]
        return "{ __typename " + " ".join(parts) + " }"
    assert isinstance(kind, GraphQLObjectType)
    parts = []
    for field_name, field in kind.fields.items():
        inner = get_named_type(field.type)
        asked = _arguments(name, field_name, field)
        if asked is None:
            continue
        # An alias for each type: in a union of types the same name may mean different things.
        alias = f"{name[0].lower()}{name[1:]}_{field_name}: {field_name}"
        if is_leaf_type(inner):
            parts.append(f"{alias}{asked}")
        elif is_object_type(inner) and depth > 1 and inner.name not in (*above, name):
            parts.append(f"{alias}{asked} {selection(inner.name, depth - 1, (*above, name))}")
    return "{ " + " ".join(parts or ["__typename"]) + " }"


def document(root: str, name: str, arguments: str) -> str:
    inner = get_named_type(_object(root).fields[name].type)
    below = "" if is_leaf_type(inner) else selection(inner.name, TABLE["depth"].get(f"{root}.{name}", DEPTH))
    return f"{root.lower()} {{ {name}{f'({arguments})' if arguments else ''} {below} }}"


def filled(arguments: str, ids: dict[str, Any]) -> str:
    for name in sorted(ids, key=len, reverse=True):
        arguments = arguments.replace(f"${name}", json.dumps(ids[name]))
    return arguments


def blank(value: Any) -> bool:
    """Nothing in it tells that there is something."""
    if isinstance(value, dict):
        return all(blank(part) for key, part in value.items() if key not in TABLE["says_nothing"]["names"].split())
    if isinstance(value, list):
        return all(blank(part) for part in value)
    return value in (None, False, 0, "")


async def answer(world: World, settings: Settings, viewer: Viewer, root: str, text: str) -> tuple[Any, list[Any]]:
    context = Context(view=world.library.view(viewer), library=world.library, settings=settings, queue=None)
    if root == "Subscription":
        stream: Any = await schema.subscribe(text, context_value=context)
        result = await asyncio.wait_for(anext(stream), 5) if hasattr(stream, "__anext__") else stream
        if hasattr(stream, "aclose"):
            await stream.aclose()
    else:
        result = await schema.execute(text, context_value=context)
    return result.data, [error.formatted for error in result.errors or ()]


def decided(name: str, data: Any, errors: list[Any]) -> str:
    codes = {error.get("extensions", {}).get("code") for error in errors}
    if codes & REFUSALS:
        return "-"
    if "NOT_FOUND" in codes:
        return "o"
    if codes - set(TABLE["says_nothing"]["codes"].split()):
        raise AssertionError(errors)
    return "o" if not errors and blank((data or {}).get(name)) else "x"


@pytest.mark.parametrize(("root", "name", "case"), rows(), ids=lambda part: part)
def test_each_viewer_gets_what_is_decided(gallery: Gallery, world: World, root: str, name: str, case: str) -> None:
    arguments, decisions = TABLE[root][name][case]
    found = ""
    for column, viewer in world.viewers.items():
        if root == "Mutation":
            gallery.run(world.refresh())
        mine, other = gallery.run(world.own_session(viewer))
        text = document(root, name, filled(arguments, {**world.ids, "mineSession": mine, "secretSession": other}))
        data, errors = gallery.run(answer(world, gallery.settings, viewer, root, text))
        found += decided(name, data, errors)
        told = json.dumps([[value for _, value in _leaves(data)], errors]).casefold()
        if column in TABLE["narrow"].split():
            for word in (arguments, filled(arguments, world.ids)):
                told = told.replace(json.dumps(word).strip('"').casefold(), "")
            assert "secret" not in _without_echo(told, arguments), f"{column} reads of what is hidden: {told}"
        if column in ("anonymous", "closed"):
            assert "mine" not in _without_echo(told, arguments), f"{column} reads of the library: {told}"
    assert found == decisions, f"{' '.join(COLUMNS)}: decided {decisions}, found {found}"


def _without_echo(told: str, arguments: str) -> str:
    """Words that the question itself brought are no news."""
    for word in sorted(
        {part for part in arguments.casefold().replace('"', " ").split() if part}, key=len, reverse=True
    ):
        told = told.replace(word, "")
    return told


# -- rights to single fields


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict) and path[-1:] != ("image_metadata",):
        for key, part in value.items():
            yield from _leaves(part, (*path, key))
    elif isinstance(value, list) and value and not all(isinstance(part, str | int | float) for part in value):
        for part in value:
            yield from _leaves(part, path)
    else:
        yield path, value


def _by_path(value: Any) -> dict[tuple[str, ...], list[Any]]:
    found: dict[tuple[str, ...], list[Any]] = {}
    for path, leaf in _leaves(value):
        found.setdefault(path, []).append(leaf)
    return found


WITHOUT = {
    "location": {Capability.LOCATION},
    "camera": {Capability.CAMERA},
    "names": {Capability.NAMES},
    "paths": {Capability.IMPORT, Capability.ADMIN},
}


@pytest.mark.parametrize("right", WITHOUT)
def test_without_a_right_its_fields_are_blank_and_no_others(gallery: Gallery, world: World, right: str) -> None:
    """Fields that the table puts under a right are blank without it; all others are as the owner sees them."""
    lacking = replace(OWNER, capabilities=OWNER.capabilities - WITHOUT[right])
    assert right != "paths" or not sees_paths(lacking)
    text = document("Query", "image", f"key: {world.ids['mineNew']}")
    whole, _ = gallery.run(answer(world, gallery.settings, OWNER, "Query", text))
    part, errors = gallery.run(answer(world, gallery.settings, lacking, "Query", text))
    assert not errors
    hidden = {
        f"{kind[0].lower()}{kind[1:]}_{name}"
        for kind, fields in TABLE["fields"].items()
        for name in fields.get(right, "").split()
    }
    changed = {
        f"{kind[0].lower()}{kind[1:]}_{name}"
        for kind, fields in TABLE["fields"].items()
        for name in fields.get("in_part", "").split()
    }
    seen, full = _by_path(part["image"]), _by_path(whole["image"])
    for path, values in full.items():
        if hidden & set(path):
            assert all(blank(left) for way, left in seen.items() if way == path[: len(way)]), (right, path)
        elif not changed & set(path):
            assert seen.get(path) == values, (right, path)


# -- the law


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.recursive(
        st.sampled_from(
            [
                {},
                {"tag": {"any": ["gown"]}},
                {"tag": {"any": ["car"]}},
                {"tag": {"none": ["ours"]}},
                {"rating": {"min": 1}},
                {"similar": {"to": "$image"}},
                {"similar": {"to": "$image", "by": "HASH", "distance": 64}},
                {"person": {"none": ["nobody"]}},
                {"face": {"age": {"min": 20}, "count": {"min": 1}}},
                {"place": {"within": ["Secretville"]}},
                {"text": {"words": "secret*"}},
                {"album": {"any": ["secret album n1"]}},
                {"person": {"any": ["secret person n1"]}},
                {"taken": {"years": [2021]}},
                {"camera": {"make": ["secretmake"]}},
                {"trashed": False},
                {"ids": ["$image"]},
            ]
        ),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"and": parts}),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"or": parts}),
            inner.map(lambda part: {"not": part}),
        ),
        max_leaves=6,
    )
)
def test_no_question_reaches_beyond_the_scope(gallery: Gallery, world: World, asked: dict[str, Any]) -> None:
    text = json.dumps(asked).replace("$image", f"image:{world.ids['secret']}")
    viewer = world.viewers["other"]

    async def ask() -> None:
        query = (
            "query($f: ImageFilter) { images(filter: $f, first: 200) { totalCount nodes { key name } } "
            "timeline(filter: $f) { total } tags(filter: $f) { name } grid(filter: $f) { count } "
            "facets(filter: $f, by: [TAG, YEAR, PERSON, PLACE, CAMERA]) { values { value label count } } }"
        )
        context = Context(view=world.library.view(viewer), library=world.library, settings=gallery.settings, queue=None)
        result = await schema.execute(query, variable_values={"f": json.loads(text)}, context_value=context)
        assert not result.errors, result.errors
        found = result.data or {}
        assert "secret" not in json.dumps(found).casefold()
        count = found["images"]["totalCount"]
        assert found["timeline"]["total"] == found["grid"]["count"] == count
        assert len(found["images"]["nodes"]) == min(count, 200)

    gallery.run(ask())
