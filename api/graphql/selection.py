"""What an operation asks for below a field: decides which edges are fetched, before any resolver runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionSetNode


def _fields(info: GraphQLResolveInfo[Any], sets: Iterable[SelectionSetNode | None]) -> Iterator[FieldNode]:
    for selection_set in sets:
        for selection in selection_set.selections if selection_set else ():
            if isinstance(selection, FieldNode):
                yield selection
            elif isinstance(selection, InlineFragmentNode):
                yield from _fields(info, [selection.selection_set])
            elif isinstance(selection, FragmentSpreadNode):
                # Validation has refused cycles and unknown names before.
                yield from _fields(info, [info.fragments[selection.name.value].selection_set])


def selected(info: GraphQLResolveInfo[Any], *paths: str) -> frozenset[str]:
    """Names of the fields selected at the end of any of the dotted paths below the current field ('' is the field
    itself). Directives are not looked at: what might be skipped is counted as asked for."""
    names: set[str] = set()
    for path in paths:
        sets = [node.selection_set for node in info.field_nodes]
        for step in filter(None, path.split(".")):
            sets = [field.selection_set for field in _fields(info, sets) if field.name.value == step]
        names.update(field.name.value for field in _fields(info, sets))
    return frozenset(names)
