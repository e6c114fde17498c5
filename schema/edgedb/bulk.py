"""Edits of very many images: a statement sets what one edit says of all of them, and the feed tells of it as sets.

Images of which a machine's edge to a named tag is to be taken away or shown again are left to `schema.edgedb.edits`,
which rewrites their edges one by one.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from schema.edgedb import statements
from schema.edgedb.connection import rows
from schema.edgedb.kept import Kept, Named
from schema.edgedb.properties import SAID_COLUMNS
from schema.edgedb.rows import image_row, mark_key, tag_key
from schema.edgedb.values import Row, base64, unbase64, without_unknown
from schema.edgedb.writing import Writing
from schema.edited import Assigned, Edited, Value
from schema.filter.nodes import Origin
from schema.graph import Image, NodeKind, TagEdge, TagKind
from schema.index.bitmaps import BitMap, from_rows, to_array
from schema.sqlite.values import to_json

MANY = 1_000
"""More images than this are edited so."""
KEPT = 100
"""So many of these edits are remembered for readers that come late to the feed."""
_PART = 50_000
"""Images of one statement."""

WideStep = tuple[str, str, Any, Any, Any]
"""As `schema.edgedb.edits.Step`, of a set of images (see `_packed`) instead of one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an edit says of every image."""

    said: Mapping[str, Any]
    added: Sequence[Named]
    """Tags that a person gives."""
    shown: Sequence[Named]
    """Tags of the same names, whose edges are shown again."""
    removed: Sequence[Named]
    albums: Mapping[int, bool]


@dataclass(slots=True)
class Told:
    """What an edit set, as the feed tells it."""

    assigned: list[Assigned] = field(default_factory=list)
    others: BitMap = field(default_factory=BitMap)

    def sets(self, name: str, value: Value, images: BitMap, target: int | Named = 0) -> None:
        if images:
            self.assigned.append(Assigned(name, value, to_array(images), target))


async def edit(writing: Writing, ids: Sequence[int], asked: Asked, told: Told) -> tuple[list[WideStep], list[int]]:
    """Returns what undoes it, and the images that are left to be edited one by one."""
    images = await _there(writing, _bitmap(ids))
    left = await _moving(writing, images, asked)
    images = images - left
    steps: list[WideStep] = []
    for name, value in asked.said.items():
        changing = BitMap()
        async for before, held in _said(writing, name, images):
            if before != value:
                steps.append((_packed(held), "said", name, before, value))
                changing |= held
        await _say(writing, name, value, changing, told)
    for tag in asked.removed:
        steps += await _edge(writing, "tag", tag, False, images, told)
        steps += await _edge(writing, "removed", tag, True, images, told)
    for tag in asked.added:
        steps += await _edge(writing, "tag", tag, True, images, told)
    for album, there in asked.albums.items():
        steps += await _edge(writing, "album", album, there, images, told)
    return steps, to_array(left).tolist()


async def undo(writing: Writing, steps: Iterable[WideStep], told: Told) -> list[tuple[int, str, Any, Any, Any]]:
    """What was changed again since is left alone. Returns the steps that are left to be undone one by one."""
    left: list[tuple[int, str, Any, Any, Any]] = []
    for packed, what, of, before, after in steps:
        images = BitMap.deserialize(unbase64(packed))
        if what == "said":
            async for held, still in _said(writing, of, images):
                if held == after:
                    await _say(writing, of, before, still, told)
            continue
        target = of if what == "album" else (of[0], of[1])
        if what == "removed":
            hiding = images & await _numbers(writing, statements.HIDING, tag=tag_key(*target))
            left += [(number, what, of, before, after) for number in hiding]
            images = images - hiding
        await _edge(writing, what, target, bool(before), images, told)
    return left


# -- what is said


async def _said(writing: Writing, name: str, images: BitMap) -> AsyncIterator[tuple[Any, BitMap]]:
    """Images by what a person has said (None: nothing)."""
    found: dict[str, BitMap] = {}
    for part in _parts(images):
        for row in await rows(writing.asks, statements.said_by_value(name), keys=part):
            found[row["held"]] = found.get(row["held"], BitMap()) | _bitmap(row["numbers"])
    for held, numbers in found.items():
        yield json.loads(held) if held else None, numbers


async def _say(writing: Writing, name: str, value: Any, images: BitMap, told: Told) -> None:
    """Set what is said and what holds; without a value what was read holds again."""
    if value is not None:
        await _set(writing, name, value, Kept(_BLANK, {name: value}), images, told)
        return
    read: dict[tuple[str, str], BitMap] = {}
    for part in _parts(images):
        for row in await rows(writing.asks, statements.read_by_value(name), keys=part):
            key = row["held"], row["origin"]
            read[key] = read.get(key, BitMap()) | _bitmap(row["numbers"])
    for (held, origin), numbers in read.items():
        values = without_unknown({name: json.loads(held) if held else None})
        if name == "place":
            values["place_origin"] = Origin(json.loads(origin) if origin else Origin.METADATA)
        known = {key: kept for key, kept in values.items() if key not in ("favorite", "trashed")}
        await _set(writing, name, None, Kept(Image("", "", "", 0, **known)), numbers, told)


async def _set(writing: Writing, name: str, value: Any, kept: Kept, images: BitMap, told: Told) -> None:
    row = {key: held for key, held in image_row(kept).items() if key in SAID_COLUMNS[name]}
    said = None if value is None else to_json(value)
    for part in _parts(images):
        await writing.asks.execute(statements.say(name), keys=part, row=to_json(row), said=said)
    match name:
        case "title" | "caption":
            told.others |= images
        case "trashed":
            told.sets(name, "trashed" in row, images)
        case "rating":
            told.sets(name, float(row.get("rating", np.nan)), images)
        case _:
            told.sets(name, row.get(name, ""), images)


# -- edges


async def _edge(writing: Writing, what: str, target: Any, there: bool, images: BitMap, told: Told) -> list[WideStep]:
    """Make or take away an edge that a person makes, of those images that differ."""
    if what == "album":
        given: Row = {"album": target}
        held, change, of = statements.ALBUM_MEMBERS, statements.change_members, target
    elif what == "tag":
        edge = TagEdge(target[1], TagKind(target[0]), origin=Origin.USER)
        if there:
            await writing.know_marks([edge])
        given = {"mark": mark_key(edge)}
        held, change, of = statements.MARKED, statements.change_marked, list(target)
    else:
        given = {"tag": tag_key(*target)}
        held, change, of = statements.REMOVED, statements.change_removed, list(target)
    holding = await _numbers(writing, held, **given)
    images = images - holding if there else images & holding
    for part in _parts(images):
        await writing.asks.execute(change("+=" if there else "-="), keys=part, **given)
    if what != "removed":  # of these, no machine says it
        told.sets(what, there, images, target)
    return [(_packed(images), what, of, not there, there)] if images else []


async def _moving(writing: Writing, images: BitMap, asked: Asked) -> BitMap:
    """Images with edges of machines that are to be taken away, or to be shown again."""
    if set(asked.removed) & {*asked.added, *asked.shown}:
        return images
    moving = BitMap()
    for tag in asked.removed:
        moving |= images & await _numbers(writing, statements.MACHINE_TAGGED, tag=tag_key(*tag))
    for tag in dict.fromkeys((*asked.added, *asked.shown)):
        moving |= images & await _numbers(writing, statements.REMOVED, tag=tag_key(*tag))
    return moving


async def _numbers(writing: Writing, statement: str, **given: Any) -> BitMap:
    return _bitmap(await rows(writing.asks, statement, **given))


async def _there(writing: Writing, images: BitMap) -> BitMap:
    found = BitMap()
    for part in _parts(images):
        found |= _bitmap(await rows(writing.asks, statements.IMAGES_THERE, keys=part))
    return found


# -- the feed


async def tell(writing: Writing, number: int, told: Told) -> None:
    """Keep what an edit set, for those who follow the feed."""
    sets = [
        [one.field, None if one.value != one.value else one.value, _packed(_bitmap(one.ids)), one.target]
        for one in told.assigned
    ]
    row = {"number": number, "told": {"assigned": sets, "others": _packed(told.others)}}
    await writing.run(statements.ADD_EDITS, [row])
    await writing.asks.execute(statements.DROP_OLD_EDITS, number=number - KEPT)
    writing.touch(NodeKind.EDIT, [number])


def edited_of(row: Row) -> Edited:
    told = row["told"]
    assigned = [
        Assigned(
            name,
            float("nan") if value is None else float(value) if name == "rating" else value,
            to_array(BitMap.deserialize(unbase64(packed))),
            (target[0], target[1]) if isinstance(target, list) else target,
        )
        for name, value, packed, target in told["assigned"]
    ]
    return Edited(tuple(assigned), to_array(BitMap.deserialize(unbase64(told["others"]))))


def _packed(images: BitMap) -> str:
    """As text, a few bytes where numbers follow each other."""
    packed = images.copy()
    packed.run_optimize()
    return base64(packed.serialize()) or ""


def _bitmap(ids: Iterable[int]) -> BitMap:
    numbers = np.unique(np.fromiter((number for number in ids if 0 <= number < 2**32), dtype=np.int64))
    return from_rows(numbers)


def _parts(images: BitMap) -> Iterable[list[int]]:
    numbers = to_array(images).tolist()
    return (numbers[start : start + _PART] for start in range(0, len(numbers), _PART))


_BLANK = Image("", "", "", 0)
