"""One condition of a question turned: into its opposite, one of several, another reading, a broader or narrower one, or
away. Trees are changed by making new ones; a condition is known by being that very `Leaf`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from api.search.joining import all_of, any_of, none_of
from api.search.leaf import Leaf
from api.search.logic import EXCLUSIVE, LISTED, Tree, Whole, leaves, parts_of, to_filter
from api.search.vocabulary import Vocabulary
from api.search.widening import broader, narrower
from api.turning import How
from schema.filter.nodes import EVERYTHING, ImageFilter


@dataclass(frozen=True, slots=True)
class Variant:
    """What one edit would give."""

    how: How
    choice: int
    part: ImageFilter | None
    """The condition alone; None where it goes away."""
    whole: ImageFilter


def variants(tree: Tree, leaf: Leaf, vocabulary: Vocabulary) -> Iterator[Variant]:
    """Everything that can be done to a condition, in the order of `How`."""
    denied = next((denied for one, denied in leaves(tree) if one is leaf), False)
    for how in How:
        for choice in range(_choices(leaf, how, vocabulary)):
            changed = flip(tree, leaf, how, choice, vocabulary)
            if changed is None or (whole := to_filter(changed)) == to_filter(tree):
                continue
            yield Variant(how, choice, _part(tree, leaf, how, choice, vocabulary, denied=denied), whole)


def flip(tree: Tree, leaf: Leaf, how: How, choice: int, vocabulary: Vocabulary) -> Tree | None:
    """The tree with one condition turned; None where it cannot be turned so."""
    marked = replace(leaf, edited=True)
    match how:
        case How.REMOVE:
            return removed(tree, leaf)
        case How.NOT:
            return _denied(_swapped(tree, leaf, marked), marked)
        case How.ANY:
            return _joined(_swapped(tree, leaf, marked), marked)
        case How.ALL:
            return _demanded(_swapped(tree, leaf, marked), marked)
        case How.OTHER | How.BROADER | How.NARROWER:
            asked = _others(leaf, how, vocabulary)
            if not 0 <= choice < len(asked):
                return None
            # What was read otherwise or wider can be turned back by removing the edit; its own readings are gone.
            return _swapped(tree, leaf, replace(marked, filter=asked[choice], alternatives=(), word=""))


def removed(tree: Tree, leaf: Leaf) -> Tree:
    """Without one condition; the rest as it was."""
    return _without(tree, leaf) or Whole("all", ())


def _choices(leaf: Leaf, how: How, vocabulary: Vocabulary) -> int:
    if how in (How.OTHER, How.BROADER, How.NARROWER):
        return len(_others(leaf, how, vocabulary))
    return 0 if leaf.filter == EVERYTHING and how is not How.REMOVE else 1


def _others(leaf: Leaf, how: How, vocabulary: Vocabulary) -> list[ImageFilter]:
    if how is How.OTHER:
        return [other.filter for other in leaf.alternatives if other.filter != leaf.filter]
    if leaf.kind == "unknown":
        return []
    return (broader if how is How.BROADER else narrower)(leaf.filter, vocabulary)


def _part(tree: Tree, leaf: Leaf, how: How, choice: int, vocabulary: Vocabulary, *, denied: bool) -> ImageFilter | None:
    """The condition after an edit, as a chip would show it."""
    match how:
        case How.REMOVE:
            return None
        case How.NOT:
            return leaf.filter if denied else none_of(leaf.filter)
        case How.ANY:
            return any_of([leaf.filter, *(to_filter(other) for other in _beside(tree, leaf))])
        case How.ALL:
            return all_of([leaf.filter, *(to_filter(other) for other in _instead(tree, leaf))])
        case _:
            asked = _others(leaf, how, vocabulary)[choice]
            return none_of(asked) if denied else asked


def _swapped(tree: Tree, leaf: Leaf, other: Tree) -> Tree:
    if tree is leaf:
        return other
    return (
        tree if isinstance(tree, Leaf) else Whole(tree.how, tuple(_swapped(part, leaf, other) for part in tree.parts))
    )


def _without(tree: Tree, leaf: Leaf) -> Tree | None:
    if tree is leaf:
        return None
    if isinstance(tree, Leaf):
        return tree
    left = tuple(part for part in (_without(part, leaf) for part in tree.parts) if part is not None)
    if not left:
        return None
    return left[0] if len(left) == 1 and tree.how != "none" else Whole(tree.how, left)


def _denied(tree: Tree, leaf: Leaf) -> Tree:
    if tree is leaf:
        return Whole("none", (leaf,))
    if isinstance(tree, Leaf):
        return tree
    if tree.how == "none" and any(part is leaf for part in tree.parts):
        rest = tuple(part for part in tree.parts if part is not leaf)
        return Whole("all", (leaf, Whole("none", rest))) if rest else leaf
    return Whole(tree.how, tuple(_denied(part, leaf) for part in tree.parts))


def _beside(tree: Tree, leaf: Leaf) -> list[Leaf]:
    """The conditions that hold together with this one, of its kind if there are any."""
    home = _home(tree, leaf, "all")
    found = [part for part in home if isinstance(part, Leaf) and part is not leaf and part.filter != EVERYTHING]
    same = [part for part in found if LISTED.get(part.kind, part.kind) == LISTED.get(leaf.kind, leaf.kind)]
    return same or found


def _instead(tree: Tree, leaf: Leaf) -> list[Leaf]:
    """The conditions that this one is an alternative to, where a picture may meet both."""
    found = [part for part in _home(tree, leaf, "any") if isinstance(part, Leaf) and part is not leaf]
    return found if all(part.kind not in EXCLUSIVE for part in (leaf, *found)) else []


def _home(tree: Tree, leaf: Leaf, how: str) -> tuple[Tree, ...]:
    """All parts of the innermost whole around a leaf, when it joins in this way."""
    if isinstance(tree, Leaf):
        return ()
    parts = tuple(parts_of(tree))
    if any(part is leaf for part in parts):
        return parts if tree.how == how else ()
    return next((found for part in parts if (found := _home(part, leaf, how))), ())


def _joined(tree: Tree, leaf: Leaf) -> Tree | None:
    others = _beside(tree, leaf)
    if not others:
        return None
    left: Tree = tree
    for other in others:
        left = removed(left, other)
    return _swapped(left, leaf, Whole("any", (leaf, *others)))


def _demanded(tree: Tree, leaf: Leaf) -> Tree | None:
    others = _instead(tree, leaf)
    if not others:
        return None
    left: Tree = tree
    for other in others:
        left = removed(left, other)
    return _swapped(left, leaf, Whole("all", (leaf, *others)))
