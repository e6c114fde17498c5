"""What people say of images, and taking it back.

An undo is a list of steps, each one thing that changed of one image: what it was and what it became. It is put back
where it still is what it became.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from schema.edgedb import bulk, statements
from schema.edgedb.connection import rows
from schema.edgedb.kept import Kept, Named
from schema.edgedb.people import all_albums, change_members, no_album
from schema.edgedb.values import moment, text, without_unknown
from schema.edgedb.writing import Writing, parts
from schema.errors import BadEdit, NotFound
from schema.filter.nodes import Origin
from schema.graph import NodeKind, TagEdge, TagKind

KEPT = 500
"""How many edits can be undone."""
_SYNSET = re.compile(r".+\.[nvasr]\.\d{2,}")
_EDGES = ("remove_tags", "add_tags", "remove_albums", "add_albums")

Step = tuple[int, str, Any, Any, Any]
"""Image, what (`said`, `tag`, `removed`, `album`), of what (field, [kind, name], album), before, after."""


async def edit_images(writing: Writing, ids: Sequence[int], edit: Mapping[str, Any]) -> str:
    """See `GraphStore.edit_images`. Returns a token that undoes exactly what this edit changed."""
    unknown = edit.keys() - _FIELDS.keys() - set(_EDGES) - {"places"}
    if unknown:
        editable = ", ".join((*_FIELDS, *_EDGES))
        raise BadEdit(f"Images have no {', '.join(sorted(unknown))} to edit: choose among {editable}.")
    await writing.write_places(edit.get("places", ()))
    for field in ("place", "near_city"):
        await _require_place(writing, edit.get(field))
    asked = await _asked(writing, edit)
    steps: list[Step] = []
    there: list[int] = []
    wide: list[bulk.WideStep] = []
    told = bulk.Told()
    if len(ids) > bulk.MANY:
        wide, ids = await bulk.edit(writing, ids, asked, told)
    for part in parts(list(dict.fromkeys(ids))):
        await writing.load_images(part)
        for number in (number for number in part if number in writing.images):
            before = writing.images[number]
            after = _edited(before, asked)
            steps += differences(before, after)
            there.append(number)
            writing.put(after)
        await writing.write_nodes()
    await _write_albums(writing, steps)
    token, undo_id = secrets.token_urlsafe(12), writing.next("undos")
    await writing.run(statements.ADD_UNDO, [{"number": undo_id, "token": token, "steps": [*steps, *wide]}])
    await writing.asks.execute(statements.DROP_OLD_UNDOS, number=undo_id - KEPT)
    writing.touch(NodeKind.ALBUM, asked.albums)
    await _tell(writing, undo_id, there, told if wide else None)
    return token


async def _asked(writing: Writing, edit: Mapping[str, Any]) -> bulk.Asked:
    said = {name: _FIELDS[name](value) for name, value in edit.items() if name in _FIELDS}
    added, removed = _tag_names(edit.get("add_tags") or ()), _tag_names(edit.get("remove_tags") or ())
    named: dict[str, list[Named]] = {}
    for row in await rows(writing.asks, statements.TAGS_NAMED, names=sorted({*added, *removed})):
        named.setdefault(row["name"], []).append((row["kind"], row["name"]))
    await writing.know_tags({_tagged(name) for name in added})
    albums = dict.fromkeys(await _manual_albums(writing, edit.get("remove_albums") or ()), False)
    albums |= dict.fromkeys(await _manual_albums(writing, edit.get("add_albums") or ()), True)
    return bulk.Asked(
        said,
        added=[_tagged(name) for name in dict.fromkeys(added)],
        shown=[tag for name in dict.fromkeys(added) for tag in named.get(name, ())],
        removed=[tag for name in dict.fromkeys(removed) for tag in named.get(name, ())],
        albums=albums,
    )


def _edited(kept: Kept, asked: bulk.Asked) -> Kept:
    """What is taken away first: what is added last wins."""
    after = replace(kept, said=without_unknown({**kept.said, **asked.said}))
    for tag in asked.removed:
        after = with_removed(with_user_tag(after, tag, False), tag, True)
    for tag in asked.added:
        after = with_user_tag(after, tag, True)
    for tag in (*asked.shown, *asked.added):
        after = with_removed(after, tag, False)
    return replace(after, albums=_members(after.albums, asked.albums))


async def _tell(writing: Writing, number: int, there: Sequence[int], told: bulk.Told | None) -> None:
    """The feed: of very many images at once, or of each."""
    if told is None:
        writing.touch(NodeKind.IMAGE, there)
        return
    told.others.update(there)
    await bulk.tell(writing, number, told)


async def undo(writing: Writing, token: str) -> None:
    """Put back what an edit changed; what was changed again since, or deleted, is left alone."""
    found = await rows(writing.asks, statements.UNDO, token=token)
    if not found:
        raise NotFound("This edit can no longer be undone: it was undone already, or too many were made since.")
    shown = (await all_albums(writing)).keys()
    written = [(step[0], step[1], step[2], step[3], step[4]) for step in found[0]["steps"]]
    albums = {of for _, what, of, _, _ in written if what == "album"} & shown
    standing_ = [step for step in written if step[1] != "album" or step[2] in albums]
    wide = [step for step in standing_ if isinstance(step[0], str)]
    steps: list[Step] = [step for step in standing_ if not isinstance(step[0], str)]
    told = bulk.Told()
    steps += await bulk.undo(writing, reversed(wide), told)
    there: set[int] = set()
    for part in parts(sorted({step[0] for step in steps})):
        there |= await _undo_each(writing, [step for step in steps if step[0] in set(part)], part)
    await writing.asks.execute(statements.DROP_UNDO, keys=[found[0]["number"]])
    await _tell(writing, writing.next("undos"), sorted(there), told if wide else None)
    writing.touch(NodeKind.ALBUM, sorted(albums))


async def _undo_each(writing: Writing, steps: Sequence[Step], numbers: Sequence[int]) -> set[int]:
    """Returns those of the images that are there."""
    await writing.load_images(numbers)
    done: list[Step] = []
    for number, what, of, before, after in reversed(steps):
        if number not in writing.images:
            continue
        kept = writing.images[number]
        if standing(kept, what, of) == after:
            back = with_step(kept, what, of, before)
            writing.put(back)
            done.append((number, what, of, after, before))
    there = writing.images.keys() & set(numbers)
    await writing.write_nodes()
    await _write_albums(writing, done)
    return there


# -- one thing of one image


def differences(before: Kept, after: Kept) -> list[Step]:
    """What an edit changed, smallest first."""
    number = before.image.id
    steps: list[Step] = [
        (number, "said", field, before.said.get(field), after.said.get(field))
        for field in sorted(before.said.keys() | after.said.keys())
        if before.said.get(field) != after.said.get(field)
    ]
    for what, was, now in (
        ("tag", _user_tags(before), _user_tags(after)),
        ("removed", before.removed, after.removed),
    ):
        steps += [(number, what, list(tag), tag in was, tag in now) for tag in sorted(was ^ now)]
    there, then = set(before.albums), set(after.albums)
    steps += [(number, "album", album, album in there, album in then) for album in sorted(there ^ then)]
    return steps


def standing(kept: Kept, what: str, of: Any) -> Any:
    """What holds now of that which a step changed."""
    if what == "said":
        return kept.said.get(of)
    if what == "album":
        return of in kept.albums
    return (of[0], of[1]) in (_user_tags(kept) if what == "tag" else kept.removed)


def with_step(kept: Kept, what: str, of: Any, value: Any) -> Kept:
    if what == "said":
        return replace(kept, said=without_unknown({**kept.said, of: value}))
    if what == "album":
        return replace(kept, albums=_members(kept.albums, {of: value}))
    return (with_user_tag if what == "tag" else with_removed)(kept, (of[0], of[1]), value)


def with_user_tag(kept: Kept, tag: Named, there: bool) -> Kept:
    """With or without the edge that a person makes."""
    if there == (tag in _user_tags(kept)):
        return kept
    kind, name = tag
    if there:
        edges = (*kept.image.tags, TagEdge(name, TagKind(kind), origin=Origin.USER))
    else:
        edges = tuple(edge for edge in kept.image.tags if not (_is_said(edge) and (str(edge.kind), edge.tag) == tag))
    ordered = tuple(sorted(edges, key=lambda edge: (-edge.score, edge.tag, edge.kind, edge.model)))
    return replace(kept, image=replace(kept.image, tags=ordered))


def with_removed(kept: Kept, tag: Named, there: bool) -> Kept:
    return replace(kept, removed=kept.removed | {tag} if there else kept.removed - {tag})


def _user_tags(kept: Kept) -> frozenset[Named]:
    return frozenset((str(edge.kind), edge.tag) for edge in kept.image.tags if _is_said(edge))


def _is_said(edge: TagEdge) -> bool:
    """Made here by a person; not such an edge that came with an import."""
    return edge.origin is Origin.USER and not edge.model and not edge.version


def _members(albums: Sequence[int], changes: Mapping[int, bool]) -> tuple[int, ...]:
    added = {album for album, there in changes.items() if there}
    return tuple(sorted((set(albums) | added) - (changes.keys() - added)))


# -- what may be said


async def _write_albums(writing: Writing, steps: Sequence[Step]) -> None:
    for there, operator in ((True, "+="), (False, "-=")):
        members: dict[int, list[int]] = {}
        for number, what, album, _, after in steps:
            if what == "album" and after is there:
                members.setdefault(album, []).append(number)
        for album, images in members.items():
            await change_members(writing, album, images, operator)


async def _manual_albums(writing: Writing, value: Any) -> list[int]:
    numbers = [int(key) for key in value]
    known = await all_albums(writing) if numbers else {}
    for number in numbers:
        if number not in known:
            raise no_album(number)
        if known[number].filter is not None:
            raise BadEdit(f"Album {number} is filled by its filter: edit the filter, or choose another album.")
    return numbers


async def _require_place(writing: Writing, key: Any) -> None:
    if key and not await rows(writing.asks, statements.PLACES_OF, keys=[str(key)]):
        raise BadEdit(f"The library has no place {key}: give the place with its chain, as `places`.")


def _tag_names(value: Any) -> list[str]:
    names = [value] if isinstance(value, str) else list(value)
    if not all(name.strip() for name in names):
        raise BadEdit("A tag needs a name: leave out the empty ones.")
    return [text(name.strip()) for name in names]


def _tagged(name: str) -> Named:
    return str(TagKind.CONCEPT if _SYNSET.fullmatch(name) else TagKind.USER), name


def _rating(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 5:
        raise BadEdit("A rating is a whole number from 1 to 5, or none: choose one of these.")
    return value


def _favorite(value: Any) -> int:
    return int(bool(value))


def _words(value: Any) -> str:
    return text(str(value or ""))


def _place(value: Any) -> str:
    return str(value or "")


def _trashed(value: Any) -> str | None:
    """A moment, or true for now; none or false restores."""
    if not value:
        return None
    return moment(value if isinstance(value, datetime) else datetime.now(UTC))


_FIELDS: dict[str, Callable[[Any], Any]] = {
    "rating": _rating,
    "favorite": _favorite,
    "title": _words,
    "caption": _words,
    "place": _place,
    "near_city": _place,
    "trashed": _trashed,
}


# -- deleting


async def delete_images(writing: Writing, ids: Sequence[int]) -> None:
    """See `GraphStore.delete_images`."""
    hashes: list[str] = []
    for part in parts(sorted(set(ids))):
        hashes += [row["content_hash"] for row in await rows(writing.asks, statements.images(()), keys=part)]
        held = [row["number"] for row in await rows(writing.asks, statements.FILES_OF_IMAGES, keys=part)]
        await writing.load_files(numbers=held)
        for number in held:
            writing.skip_file(writing.files[number])
        writing.touch(NodeKind.FILE, held)
    known = await writing.forgotten(hashes)
    await writing.run(statements.FORGET, [{"content_hash": one} for one in hashes if one not in known])
    await writing.delete_images(ids)


async def purge_absent(writing: Writing, root_key: str) -> int:
    """See `GraphStore.purge_absent`; absent files that held no image, or one that lives on elsewhere, go as well."""
    absent = await rows(writing.asks, statements.ABSENT_OF_ROOT, root=root_key)
    images = sorted({row["image_number"] for row in absent} - {None})
    holding: dict[int, list[Any]] = {}
    for part in parts(images):
        for row in await rows(writing.asks, statements.FILES_OF_IMAGES, keys=part):
            holding.setdefault(row["image_number"], []).append(row)
    lost = [
        number
        for number, files in holding.items()
        if not any(row["present"] or row["root_key"] != root_key for row in files)
    ]
    gone = [
        row["number"]
        for row in absent
        if row["image_number"] is None
        or row["image_number"] in lost
        or any(other["present"] for other in holding[row["image_number"]])
    ]
    for part in parts(gone):
        await writing.asks.execute(statements.DELETE_FILES, keys=part)
    writing.touch(NodeKind.FILE, gone, gone=True)
    return await writing.delete_images(lost)
