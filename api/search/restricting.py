"""Who else may be in the picture: `alone`, `only Anna and Bob`, `kids only`."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from api.search.joining import any_of
from api.search.leaf import JOINS, SMALL, FaceLeaf, Item, Leaf, is_piece
from api.search.pieces import Piece, Role
from schema.filter.nodes import FaceFilter, ImageFilter, Range, SetFilter


def alone(items: list[Item], piece: Piece) -> None:
    """`Anna alone`: of the people right before it; by itself, one face."""
    k = len(items) - 1
    while k >= 0 and isinstance(item := items[k], Piece) and item.role in (*SMALL, *JOINS):
        k -= 1
    target = items[k] if k >= 0 else None
    if isinstance(target, FaceLeaf) and target.people:
        del items[k + 1 :]
        _restrict(items, k, piece)
        return
    one = FaceFilter(count=Range(min=1, max=1))
    items.append(Leaf("count", [piece], ImageFilter(face=one)))


def only(items: list[Item]) -> None:
    """`only Anna and Bob`: nobody else; `only women`: every face. Of other things it says nothing."""
    k = 0
    while k < len(items):
        item = items[k]
        if isinstance(item, Piece) and item.role is Role.ONLY:
            after = k + 1
            while after < len(items) and is_piece(items[after], *SMALL):
                after += 1
            target = items[after] if after < len(items) else None
            if isinstance(target, FaceLeaf) and target.people:
                last = after
                while last + 2 < len(items) and is_piece(items[last + 1], Role.AND, Role.COMMA):
                    following = items[last + 2]
                    if not (isinstance(following, FaceLeaf) and following.people):
                        break
                    last += 2
                _restrict(items, last, item)
            elif isinstance(target, FaceLeaf) and target.has_head and target.count is None:
                target.every = True
                target.pieces.insert(0, item)
            elif target is None or _is_of_heads(items[k - 1] if k else None):
                _only_before(items, k)
        k += 1


def _is_of_heads(item: Item | None) -> bool:
    """Whether it is kinds of people that are spoken of, `adults only at the pool`; not `Anna only in summer`."""
    return isinstance(item, FaceLeaf) and item.has_head and not item.people


def _only_before(items: list[Item], k: int) -> None:
    """`kids only`: of the people right before it."""
    before = items[k - 1] if k else None
    if isinstance(before, FaceLeaf) and before.people:
        only = items[k]
        assert isinstance(only, Piece)
        _restrict(items, k - 1, only)
    elif isinstance(before, FaceLeaf) and before.has_head and before.count is None:
        before.every = True


def _restrict(items: list[Item], k: int, piece: Piece) -> None:
    """The people listed up to k, and nobody else, as one leaf; of several who bear a name any one."""
    start = k
    while start >= 2 and is_piece(items[start - 1], Role.AND, Role.COMMA):
        before = items[start - 2]
        if not (isinstance(before, FaceLeaf) and before.people):
            break
        start -= 2
    listed = [item for item in items[start : k + 1] if isinstance(item, FaceLeaf)]
    if any(len(leaf.people) > 1 and not leaf.alternatives for leaf in listed):
        # "only the family" need not be all of it: no filter says so.
        shown = replace(piece, role=Role.UNKNOWN, kind="word")
        items[:] = [shown if item is piece else item for item in items]
        if shown not in items:
            items.insert(k + 1, shown)
        return
    asked = [SetFilter(only=tuple(dict.fromkeys(people))) for people in product(*(leaf.people for leaf in listed))]
    words = sorted([p for one in listed for p in one.pieces] + [piece], key=lambda p: p.start)
    leaf = Leaf("person", words, any_of([ImageFilter(person=only) for only in asked]))
    described = [one.leaf() for one in listed if one.emotions or one.age or one.gender]
    items[start : k + 1] = [leaf, *described]
