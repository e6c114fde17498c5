"""Faces and looks as columns, and whose and what they were found to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from schema.edgedb import statements
from schema.edgedb.connection import rows
from schema.edgedb.kept import Kept
from schema.edgedb.people import SETTLED, all_people, drop_empty, give
from schema.edgedb.rows import face_of
from schema.edgedb.things import person_row
from schema.edgedb.values import Row, seconds
from schema.edgedb.writing import Writing, parts
from schema.facts import NO_TIME
from schema.filter.nodes import Origin
from schema.graph import Face, NodeKind, Person
from schema.likeness import NOBODY, Alike, FaceGroup, FaceRows, LookRows


def face_rows(found: Sequence[Row]) -> FaceRows:
    """Of images with their faces, as `statements.NEXT_FACES` selects them."""
    faces: list[Face] = [
        face
        for row in sorted(found, key=lambda row: int(row["number"]))
        for face in sorted(map(face_of, row["faces"]), key=lambda face: face.id)
    ]
    people = [NOBODY if face.person_id is None else face.person_id for face in faces]
    return FaceRows(
        np.array([face.id for face in faces], np.int64),
        np.array([face.image_id for face in faces], np.int64),
        np.array(people, np.int64),
        np.array([face.person_origin in SETTLED for face in faces], np.bool_),
        np.array([face.score for face in faces], np.float32),
        [face.embedding for face in faces],
        [face.embedding_model for face in faces],
    )


def look_rows(kept: Sequence[Kept]) -> LookRows:
    """Of images, ascending by id."""
    images = [one.effective for one in kept]

    def numbers(values: Sequence[Any], missing: float) -> list[Any]:
        return [missing if value is None else value for value in values]

    turned = [(i.height, i.width) if i.orientation >= 5 else (i.width, i.height) for i in images]
    return LookRows(
        id=np.array([image.id for image in images], np.int64),
        content_hash=[image.content_hash for image in images],
        phash=np.array([image.phash or 0 for image in images], np.uint64),
        has_phash=np.array([image.phash is not None for image in images], np.bool_),
        taken=np.array(numbers([seconds(image.taken) for image in images], NO_TIME), np.int64),
        camera=[f"{image.make} {image.model}".strip(" ") for image in images],
        width=np.array(numbers([across for across, _ in turned], np.nan), np.float64).astype(np.float32),
        height=np.array(numbers([down for _, down in turned], np.nan), np.float64).astype(np.float32),
        file_size=np.array([image.file_size for image in images], np.float64),
        sharpness=np.array(numbers([image.sharpness for image in images], np.nan), np.float64).astype(np.float32),
        trashed=np.array([image.trashed is not None for image in images], np.bool_),
        embedding=[image.embedding for image in images],
        duplicate_of=np.array(numbers([image.duplicate_of for image in images], NOBODY), np.int64),
        burst_of=np.array(numbers([image.burst_of for image in images], NOBODY), np.int64),
    )


async def group_faces(writing: Writing, groups: Sequence[FaceGroup]) -> list[int]:
    """See `GraphStore.group_faces`."""
    given = [await _group(writing, group) for group in groups]
    await drop_empty(writing)
    return given


async def _group(writing: Writing, group: FaceGroup) -> int:
    known = await all_people(writing)
    person: int | None = group.person
    if person == 0:
        person = writing.next("people")
        await writing.run(statements.INSERT_PEOPLE, [person_row(Person("", person))])
    elif person == NOBODY:
        person = None
    elif person not in known:
        return NOBODY  # merged with another meanwhile; the feed tells, and the faces are looked at again
    for other in group.absorbs:
        if other in known and known[other].name == "" and other != person:
            await _give(writing, person, await rows(writing.asks, statements.FACES_OF_PERSON, person=other))
    for part in parts(list(group.faces)):
        await _give(writing, person, await rows(writing.asks, statements.FACES, keys=part))
    if person is None:
        return NOBODY
    writing.touch(NodeKind.PERSON, [person])
    return person


async def _give(writing: Writing, person: int | None, faces: Sequence[Row]) -> None:
    """To this person, or to nobody; what a person or the file has said stays."""
    other = [face for face in faces if face["person_origin"] not in SETTLED and face["person_number"] != person]
    await give(writing, other, person, Origin.MODEL)


async def mark_alike(writing: Writing, found: Mapping[int, Alike]) -> None:
    """See `GraphStore.mark_alike`."""
    await writing.load_images(found)
    touched: set[int] = set()
    for number, alike in found.items():
        kept = writing.images.get(number)
        if kept is None:
            continue
        was = (kept.image.duplicate_of, kept.image.burst_of)
        now = (alike.duplicate_of, alike.burst_of)
        if was != now:
            writing.put(replace(kept, image=replace(kept.image, duplicate_of=now[0], burst_of=now[1])))
            # Those that a group is named by, before or now, are told: they may be alone from now on, or no longer.
            touched |= {number, *(other for other in (*was, *now) if other is not None)}
    there: set[int] = set()
    for part in parts(sorted(touched)):
        there |= {row["number"] for row in await rows(writing.asks, statements.images(()), keys=part)}
    writing.touch(NodeKind.IMAGE, sorted(there))
