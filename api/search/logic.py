"""Conditions and the words that join them -> one tree.

How far `and`, `or`, `not` reach in a spoken sentence:
- What stands side by side is all wanted. `or` joins its two neighbors, lists are read as lists (`A, B or C`), and
  `and` binds closer than `or` among things of one kind (`A and B or C and D`). Between different kinds `and` parts
  (`sunset and Anna or Bob`).
- `or` between two halves of the same build joins the halves: `Anna in Croatia or Bob in Italy`.
- No picture is taken in two places or years: `Paris and London` is either, so are `Paris in May and Rome in June` and
  `Paris 2019, Rome 2020`.
- `not` denies the next thing, and what is joined to it by `or`; `no` and `without` deny a whole list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from api.search.joining import all_of, any_of, none_of
from api.search.leaf import Leaf, at_least
from api.search.pieces import Piece, Role
from schema.filter.nodes import ImageFilter

DEPTH = 12
"""Parentheses deeper than this join nothing of their own."""
EXCLUSIVE = {
    "year": "date", "span": "date", "month": "month", "season": "season", "weekday": "weekday", "place": "place",
    "format": "format", "orientation": "orientation", "camera": "camera", "holiday": "holiday", "size word": "size",
}  # fmt: skip
"""Kinds of which a picture has one, and what they are one of."""
LISTED = dict.fromkeys(("tag", "face", "person", "people", "color", "count"), "thing")


@dataclass(frozen=True, slots=True)
class Whole:
    """All, any or none of its parts."""

    how: str
    """all any none; `some`: at least one and not all."""
    parts: tuple[Tree, ...]


Tree = Whole | Leaf


@dataclass(slots=True)
class Unit:
    tree: Tree
    kind: str
    denied: bool = False


Element = Unit | Piece
_JOINS = (Role.AND, Role.OR, Role.COMMA)
_STRUCTURE = (*_JOINS, Role.BUT, Role.NOT, Role.COUNT, Role.ARTICLE, Role.LINK, Role.APART)


def build(items: list[Leaf | Piece]) -> Tree:
    """The tree of all items; parentheses that do not match are passed over."""
    level, _ = _level(items, 0, 0)
    return _combine(level)


def to_filter(tree: Tree) -> ImageFilter:
    if isinstance(tree, Leaf):
        return tree.filter
    parts = [to_filter(part) for part in parts_of(tree)]
    if tree.how == "any":
        return any_of(parts)
    if tree.how == "some":
        return all_of([any_of(parts), none_of(all_of(parts))]) if len(parts) > 1 else parts[0]
    return all_of(parts) if tree.how == "all" else none_of(any_of(parts))


def parts_of(tree: Whole) -> Iterator[Tree]:
    """The parts, and those of parts that join in the same way."""
    for part in tree.parts:
        if isinstance(part, Whole) and part.how == tree.how and tree.how in ("all", "any"):
            yield from parts_of(part)
        else:
            yield part


def leaves(tree: Tree, denied: bool = False) -> Iterator[tuple[Leaf, bool]]:
    """Every leaf, and whether it is denied in the end."""
    if isinstance(tree, Leaf):
        yield tree, denied
    else:
        for part in tree.parts:
            yield from leaves(part, denied != (tree.how == "none"))


def _level(items: list[Leaf | Piece], i: int, depth: int) -> tuple[list[Element], int]:
    """The elements up to the closing parenthesis, and where it was."""
    found: list[Element] = []
    while i < len(items):
        item = items[i]
        if isinstance(item, Leaf):
            found.append(Unit(item, item.kind))
        elif item.role is Role.OPEN:
            inner, i = _level(items, i + 1, depth + 1)
            if depth < DEPTH:
                if any(isinstance(element, Unit) for element in inner):
                    found.append(Unit(_combine(inner), _kind(inner)))
            else:
                found += inner
        elif item.role is Role.CLOSE:
            if depth:
                return found, i
        elif item.role in _STRUCTURE:
            found.append(item)
        i += 1
    return found, i


def _kind(elements: list[Element]) -> str:
    kinds = {element.kind for element in elements if isinstance(element, Unit)}
    return kinds.pop() if len(kinds) == 1 else "group"


def _combine(elements: list[Element]) -> Tree:
    for join in (Role.OR, Role.AND, Role.COMMA):
        halves = _split(elements, join)
        builds = [_build(half) for half in halves]
        alike = len(builds) > 1 and len(builds[0]) > 1 and all(build == builds[0] for build in builds)
        if alike and (join is Role.OR or EXCLUSIVE.keys() & set(builds[0])):
            return Whole("any", tuple(_combine(half) for half in halves))
    runs = _runs(_denials(_quorums(elements)))
    return _whole("all", _unions([_run(run) for run in runs]))


def _build(elements: list[Element]) -> list[str]:
    """The kinds of its units, and where a comma or `and` lists them."""
    return [
        element.kind if isinstance(element, Unit) else "join"
        for element in elements
        if isinstance(element, Unit) or element.role in (Role.COMMA, Role.AND)
    ]


def _apart(tree: Tree) -> Tree:
    """Its last alternatives, but not all of them at once."""
    if isinstance(tree, Leaf):
        return tree
    if tree.how == "any":
        return Whole("some", tree.parts)
    for k in range(len(tree.parts) - 1, -1, -1):
        if (parted := _apart(tree.parts[k])) is not tree.parts[k]:
            return Whole(tree.how, (*tree.parts[:k], parted, *tree.parts[k + 1 :]))
    return tree


def _split(elements: list[Element], role: Role) -> list[list[Element]]:
    parts: list[list[Element]] = [[]]
    for element in elements:
        if isinstance(element, Piece) and element.role is role:
            parts.append([])
        else:
            parts[-1].append(element)
    return parts


def _whole(how: str, trees: list[Tree]) -> Tree:
    return trees[0] if len(trees) == 1 and how != "none" else Whole(how, tuple(trees))


# -- at least k of


def _quorums(elements: list[Element]) -> list[Element]:
    found: list[Element] = []
    i = 0
    while i < len(elements):
        element = elements[i]
        i += 1
        if not (isinstance(element, Piece) and element.role is Role.COUNT):
            found.append(element)
            continue
        people: list[Leaf] = []
        end = i
        while end < len(elements):
            nxt = elements[end]
            if isinstance(nxt, Unit) and isinstance(nxt.tree, Leaf) and nxt.kind == "person":
                people.append(nxt.tree)
            elif isinstance(nxt, Unit) or nxt.role not in (*_JOINS, Role.ARTICLE, Role.LINK):
                break
            end += 1
        leaf = at_least(element, people)
        if leaf is not None:
            found.append(Unit(leaf, "person"))
            i = end
    return found


# -- not


def _denials(elements: list[Element]) -> list[Element]:
    """Every `not` with what it reaches over, as one denied unit."""
    found: list[Element] = []
    i = 0
    while i < len(elements):
        element = elements[i]
        i += 1
        if not (isinstance(element, Piece) and element.role is Role.NOT):
            found.append(element)
            continue
        if _ends_clause(elements, i) and found and isinstance(before := found[-1], Unit) and before.kind in LISTED:
            found[-1] = Unit(Whole("none", (before.tree,)), before.kind, True)  # "Anna, but Bob isn't"
            continue
        denied, word, end = True, element.word, i
        while end < len(elements) and isinstance(nxt := elements[end], Piece) and nxt.role not in (Role.BUT, Role.OR):
            if nxt.role is Role.APART:
                break
            if nxt.role is Role.NOT:  # "not without"
                denied = not denied
            end += 1
        if end >= len(elements) or not isinstance(unit := elements[end], Unit):
            continue
        units = [unit]
        end += 1
        while word != "minus" and (reached := _reach(elements, end, units[-1], word)) is not None:
            units.append(reached[0])
            end = reached[1]
        whole = _whole("none" if denied else "any", [one.tree for one in units])
        found.append(Unit(whole, unit.kind, denied))
        i = end
    return found


def _ends_clause(elements: list[Element], i: int) -> bool:
    return i >= len(elements) or (isinstance(one := elements[i], Piece) and one.role in (Role.COMMA, Role.BUT))


def _reach(elements: list[Element], i: int, last: Unit, word: str) -> tuple[Unit, int] | None:
    """The next unit that a denial reaches over a join, and what comes after it."""
    if i >= len(elements) or not isinstance(join := elements[i], Piece) or join.role not in _JOINS:
        return None
    between: list[Role] = []
    link = ""
    at = i + 1
    while at < len(elements) and isinstance(piece := elements[at], Piece):
        if piece.role in (Role.NOT, Role.BUT):
            return None
        between.append(piece.role)
        link = piece.word if piece.role is Role.LINK else link
        at += 1
    if at >= len(elements):
        return None
    unit = elements[at]
    assert isinstance(unit, Unit)
    same = LISTED.get(unit.kind, unit.kind) == LISTED.get(last.kind, last.kind)
    if word == "neither" and (join.role is not Role.COMMA or _closed_by_nor(elements, at + 1)):
        return unit, at + 1
    if join.role is Role.OR and {unit.kind, last.kind} == {"mark", "tag"}:  # "no screenshots or memes"
        return unit, at + 1
    if join.role is Role.OR or (join.role is Role.COMMA and Role.OR in between):
        return (unit, at + 1) if same else None
    if word != "no" or not same or link == "with":
        return None
    if join.role is Role.AND:
        return None if Role.ARTICLE in between else (unit, at + 1)
    # A comma goes on with the denial only when the list is closed by `or` or `and`.
    after = next((e for e in elements[at + 1 :] if isinstance(e, Piece) and e.role in _JOINS), None)
    direct = at + 1 < len(elements) and elements[at + 1] is after
    return (unit, at + 1) if Role.AND in between or (direct and after and after.role is not Role.COMMA) else None


def _closed_by_nor(elements: list[Element], i: int) -> bool:
    """Whether the list goes on to its `nor`: `neither cars, boats nor planes`."""
    for element in elements[i:]:
        if isinstance(element, Piece) and element.role is Role.OR:
            return True
        if isinstance(element, Piece) and element.role not in (Role.COMMA, Role.ARTICLE, Role.LINK):
            return False
    return False


# -- and, or


def _runs(elements: list[Element]) -> list[list[Unit | Role]]:
    """Units joined by words or commas; between runs nothing stands."""
    runs: list[list[Unit | Role]] = []
    join: Role | None = None
    for element in elements:
        if isinstance(element, Piece):
            if element.role in _JOINS:
                join = element.role if join is None or element.role is not Role.COMMA else join
            elif element.role is Role.BUT:
                join = Role.BUT
            elif element.role is Role.APART and runs:
                runs[-1].append(Role.APART)
                join = None
        elif runs and join in _JOINS:
            assert join is not None
            runs[-1] += [join, element]
            join = None
        else:
            runs.append([element])
            join = None
    return runs


def _run(run: list[Unit | Role]) -> Unit:
    units = [one for one in run if isinstance(one, Unit)]
    joins = [one for one in run if isinstance(one, Role) and one is not Role.APART]
    for k in range(len(joins) - 1, -1, -1):
        if joins[k] is Role.COMMA:
            goes_on = k + 1 < len(joins) and units[k].kind == units[k + 1].kind == units[k + 2].kind
            joins[k] = joins[k + 1] if goes_on else Role.AND
    groups: list[list[list[Unit]]] = [[[units[0]]]]
    """Wanted together; of each, one; of which, all."""
    for join, before, unit in zip(joins, units, units[1:], strict=False):
        if join is Role.OR:
            groups[-1].append([unit])
        elif before.kind == unit.kind and not (before.denied or unit.denied):
            groups[-1][-1].append(unit)
        else:
            groups.append([[unit]])
    trees = [_any([_all(part) for part in group]) for group in groups]
    kinds = {unit.kind for unit in units}
    denied = any(unit.denied for unit in units)
    tree = _whole("all", trees)
    tree = _apart(tree) if Role.APART in run else tree
    return Unit(tree, kinds.pop() if len(kinds) == 1 else "group", denied)


def _any(trees: list[Tree]) -> Tree:
    return _whole("any", trees)


def _all(units: list[Unit]) -> Tree:
    one_of = {EXCLUSIVE.get(unit.kind) for unit in units}
    how = "any" if len(units) > 1 and len(one_of) == 1 and None not in one_of else "all"
    return _whole(how, [unit.tree for unit in units])


def _unions(units: list[Unit]) -> list[Tree]:
    """Places (years, formats ...) that stand side by side are alternatives too: `2018 2019`."""
    found: list[Unit] = []
    for unit in units:
        same = next(
            (k for k, other in enumerate(found) if unit.kind in EXCLUSIVE and not unit.denied and not other.denied
             and EXCLUSIVE.get(other.kind) == EXCLUSIVE[unit.kind]),
            None,
        )  # fmt: skip
        if same is None:
            found.append(unit)
        else:
            found[same] = Unit(Whole("any", (found[same].tree, unit.tree)), unit.kind)
    return [unit.tree for unit in found]
