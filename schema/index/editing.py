"""Values set for very many images at once: columns and sets are made anew, so that whoever asks sees all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schema.edited import Assigned
from schema.index.bitmaps import BitMap, from_any_rows, from_rows, to_array, to_mask
from schema.index.columns import Coded, Column
from schema.index.concepts import REPEATED, Tags
from schema.index.postings import Edges, Postings, Segment
from schema.index.table import Table

_USER = "USER"
_UNDERSTOOD = ("MODEL", "USER")
"""Origins of edges that make an image one that was understood."""


def edited(table: Table, assigned: Sequence[Assigned]) -> Table:
    """The table with the new values; what did not change is shared with the old one."""
    found = copy(table)
    found.flags, found.numbers = dict(table.flags), dict(table.numbers)
    for one in assigned:
        rows = _rows(found, one.ids)
        if rows:
            _assign(found, one, rows)
    return found


def _rows(table: Table, ids: NDArray[np.uint32]) -> BitMap:
    known = table.ids
    if len(ids) * 8 > len(known.ids) and len(known.ids) and int(known.ids[-1]) < 8 * len(known.ids):
        row_of = np.full(int(known.ids[-1]) + 1, -1, dtype=np.int64)  # much faster than searching for each
        row_of[known.ids] = known.rows
        rows = row_of[ids[ids < len(row_of)]]
    else:
        rows = known.find(ids)
    rows = rows[rows >= 0]
    return from_rows(rows if np.all(rows[1:] > rows[:-1]) else np.sort(rows)) & table.alive


def _assign(table: Table, one: Assigned, rows: BitMap) -> None:
    match one.field, one.target, one.value:
        case ("favorite" | "trashed" as name, _, value):
            table.flags[name] = table.flags[name] | rows if value else table.flags[name] - rows
        case ("rating", _, value):
            table.numbers["rating"] = _filled(table.numbers["rating"], rows, value)
        case ("place", _, str(key)):
            table.place = _recoded(table.place, rows, lambda place: (key, place[1]))
        case ("near_city", _, str(key)):
            table.place = _recoded(table.place, rows, lambda place: (place[0], key))
        case ("album", int(album), value):
            only = (album,) if value else ()
            table.albums = _recoded(
                table.albums, rows, lambda albums: tuple(sorted({*albums, *only} - ({album} - {*only})))
            )
        case ("tag" | "hidden" as field, (kind, name), value):
            term = (kind, name)
            if field == "tag" and value:
                table.tags = _tagged(table.tags, term, rows, table.count)
                table.flags["tagged"] = table.flags["tagged"] | rows
            else:
                table.tags = _untagged(table.tags, term, rows, table.count, by_user=field == "tag")
                understood = _with_origin(table.tags, _UNDERSTOOD, table.count)
                table.flags["tagged"] = (table.flags["tagged"] - rows) | (understood & rows)
        case _:
            raise ValueError(f"nothing is known of {one.field}")


def _filled(column: Column, rows: BitMap, value: Any) -> Column:
    values = column.values.copy()
    values[to_array(rows)] = value
    return Column(values.dtype, values)


def _recoded(column: Coded[Any], rows: BitMap, change: Callable[[Any], Any]) -> Coded[Any]:
    found: Coded[Any] = Coded()
    found.values, found.code_of, found.bitmaps = list(column.values), dict(column.code_of), list(column.bitmaps)
    moves: list[tuple[int, int, BitMap]] = []
    for code, value in enumerate(column.values):
        moved = column.bitmaps[code] & rows
        new = change(value) if moved else value
        if new == value:
            continue
        if new not in found.code_of:
            found.code_of[new] = len(found.values)
            found.values.append(new)
            found.bitmaps.append(BitMap())
        moves.append((code, found.code_of[new], moved))
    wide = np.uint8 if len(found.values) <= 256 else np.uint16 if len(found.values) <= 65536 else np.uint32
    codes = column.codes.values.astype(np.promote_types(column.codes.values.dtype, wide))
    for code, to, moved in moves:
        codes[to_array(moved)] = to
        found.bitmaps[code] = found.bitmaps[code] - moved
        found.bitmaps[to] = found.bitmaps[to] | moved
    found.codes = Column(codes.dtype, codes)
    return found


# -- tags


def _tagged(tags: Tags, pair: tuple[str, str], rows: BitMap, count: int) -> Tags:
    """With a person's edge to the tag, where there is none yet."""
    found = copy(tags)
    found.own_rows = {}
    found.terms.add([pair])
    term = found.terms.number_of[pair]
    mark = found.marks.index((1, _USER)) if (1, _USER) in found.mark_of else len(found.marks)
    if mark == len(found.marks):
        found.mark_of[1, _USER] = mark
        found.marks.append((1, _USER))
    rows = rows - _bearing(found, np.array([term]), count, marks=_marks(found, (_USER,)))
    at = to_array(rows)
    if not len(at):
        return found
    group = int(found.terms.group.values[term])
    best = _best(found, group, rows, count)
    found.node_rows = tags.node_rows + [BitMap() for _ in range(len(found.terms.below) - len(tags.node_rows))]
    for node in _nodes(found, term):
        found.node_rows[node] = found.node_rows[node] | rows
    found.edges = _shared(tags.edges)
    edges: Edges = {"row": at, "score": np.ones(len(at), np.float32), "mark": np.full(len(at), mark, np.uint16)}
    found.edges.put(term, edges)
    first = ~to_mask(_bearing(tags, found.terms.of_group(group), count), count)[at]
    ends = tags.ends.values.astype(np.int64)
    new = np.where(first, np.uint32(term), np.uint32(term) | REPEATED)
    found.forward = Column(np.uint32, np.insert(tags.forward.values, ends[at], new))
    more = np.zeros(len(ends), dtype=np.int64)
    more[at] = 1
    found.ends = Column(np.uint32, (ends + np.cumsum(more)).astype(np.uint32))
    total = tags.total.values.copy()
    total[at] += np.maximum(1.0 - best, 0)
    found.total = Column(np.float64, total)
    found.described = tags.described | rows
    return found


def _untagged(tags: Tags, pair: tuple[str, str], rows: BitMap, count: int, *, by_user: bool) -> Tags:
    """Without the edges to the tag that a person made, or else those that machines did."""
    term = tags.terms.number_of.get(pair)
    if term is None:
        return tags
    users = _marks(tags, (_USER,))
    marks = users if by_user else ~users
    rows = rows & _bearing(tags, np.array([term]), count, marks=marks)
    at = to_array(rows)
    if not len(at):
        return tags
    found = copy(tags)
    found.own_rows = {}
    group = int(tags.terms.group.values[term])
    before = _best(tags, group, rows, count)
    gone = to_mask(rows, count)
    found.edges, dropped = _without(tags.edges, term, gone, marks)
    found.boxed, _ = _without(tags.boxed, term, gone, marks)
    _drop_forward(found, tags, term, group, gone, np.bincount(dropped, minlength=count))
    found.node_rows = list(tags.node_rows)
    for node in _nodes(tags, term):
        below = np.array(sorted(tags.terms.below[node]), dtype=np.uint32)
        found.node_rows[node] = (tags.node_rows[node] - rows) | (_bearing(found, below, count) & rows)
    total = tags.total.values.copy()
    total[at] += _best(found, group, rows, count) - before
    found.total = Column(np.float64, total)
    counted = np.cumsum(found.forward.values < REPEATED, dtype=np.uint32)
    until = np.concatenate((np.zeros(1, np.uint32), counted))[found.ends.values]
    left = np.diff(until, prepend=np.uint32(0))[at]
    found.described = tags.described - from_rows(at[left == 0])
    return found


def _drop_forward(
    found: Tags, tags: Tags, term: int, group: int, gone: NDArray[np.bool_], dropped: NDArray[np.int64]
) -> None:
    """Take so many entries of a term out of each row; the first that is left of its group is the one that counts."""
    same = np.zeros(len(tags.terms), dtype=np.bool_)
    same[term] = True
    if group >= 0:
        same[tags.terms.of_group(group)] = True
    forward, ends = tags.forward.values.copy(), tags.ends.values
    inside = np.flatnonzero(same[forward & ~REPEATED])
    owner = np.searchsorted(ends, inside, side="right")
    mine = gone[owner]
    inside, owner = inside[mine], owner[mine]
    values = forward[inside] & ~REPEATED
    of_term = np.flatnonzero(values == term)
    owners = owner[of_term]
    nth = np.arange(len(of_term)) - np.searchsorted(owners, owners)
    out = np.zeros(len(inside), dtype=np.bool_)
    out[of_term[nth < dropped[owners]]] = True
    if group >= 0:
        left, of = inside[~out], owner[~out]
        firsts = np.ones(len(left), dtype=np.bool_)
        firsts[1:] = of[1:] != of[:-1]
        forward[left] = np.where(firsts, values[~out], values[~out] | REPEATED)
    kept = np.ones(len(forward), dtype=np.bool_)
    kept[inside[out]] = False
    found.forward = Column(np.uint32, forward[kept])
    less = np.bincount(owner[out], minlength=len(ends))
    found.ends = Column(np.uint32, ends - np.cumsum(less, dtype=np.uint32))


def _nodes(tags: Tags, term: int) -> list[int]:
    ends = tags.terms.node_ends.values
    return list(tags.terms.nodes.values[int(ends[term - 1]) if term else 0 : int(ends[term])].tolist())


def _marks(tags: Tags, origins: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([origin in origins for _, origin in tags.marks], dtype=np.bool_)


def _bearing(tags: Tags, terms: NDArray[Any], count: int, *, marks: NDArray[np.bool_] | None = None) -> BitMap:
    """Rows with an edge to one of the terms, of some marks."""
    edges = tags.edges.find(terms, "row", "mark")
    return from_any_rows(edges["row"] if marks is None else edges["row"][marks[edges["mark"]]], count)


def _with_origin(tags: Tags, origins: Sequence[str], count: int) -> BitMap:
    marks = _marks(tags, origins)
    mask = np.zeros(count, dtype=np.bool_)
    for segment in tags.edges.segments:
        mask[segment.edges["row"][marks[segment.edges["mark"]]]] = True
    return from_rows(np.flatnonzero(mask))


def _best(tags: Tags, group: int, rows: BitMap, count: int) -> NDArray[np.float64]:
    """Best score of a facet group in each of some rows; 0 where it is not."""
    best = np.zeros(count, dtype=np.float32)
    if group >= 0:
        edges = tags.edges.find(tags.terms.of_group(group), "row", "score")
        np.maximum.at(best, edges["row"], edges["score"])
    return best[to_array(rows)].astype(np.float64)


def _shared(postings: Postings) -> Postings:
    found = Postings()
    found.dtypes, found.segments = postings.dtypes, postings.segments
    return found


def _without(
    postings: Postings, term: int, gone: NDArray[np.bool_], marks: NDArray[np.bool_]
) -> tuple[Postings, NDArray[np.uint32]]:
    """Without the edges of a term in some rows with some marks; and the row of each edge left out."""
    found = _shared(postings)
    segments: list[Segment] = []
    dropped: list[NDArray[np.uint32]] = []
    for segment in postings.segments:
        keep = np.ones(len(segment), dtype=np.bool_)
        for part in segment.find(np.array([term], dtype=np.uint32)):
            rows = segment.edges["row"][part]
            out = gone[rows] & marks[segment.edges["mark"][part]]
            keep[part] = ~out
            dropped.append(rows[out])
        if keep.all():
            segments.append(segment)
            continue
        left = np.concatenate(([0], np.cumsum(keep)))[segment.ends.astype(np.int64)]
        there = np.diff(left, prepend=0) > 0
        edges = {name: column[keep] for name, column in segment.edges.items()}
        segments.append(Segment(segment.keys[there], left[there].astype(np.uint32), edges))
    found.segments = tuple(segment for segment in segments if len(segment))
    return found, np.concatenate(dropped) if dropped else np.empty(0, np.uint32)
