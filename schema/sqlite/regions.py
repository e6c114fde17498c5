"""Who the file says is where: areas with names, as editors write them, become faces with people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw

from schema.filter.nodes import Origin
from schema.likeness import NamedRegion
from schema.sqlite.edges import Makers, pair_faces
from schema.sqlite.people import drop_empty
from schema.sqlite.reading import box
from schema.sqlite.values import floats, text


def name_regions(db: apsw.Connection, makers: Makers, image_id: int, regions: Sequence[NamedRegion]) -> list[int]:
    """Names in place of those that the file gave earlier; ids of the people. What a person has said of a face stays."""
    old: list[Any] = db.execute(
        "SELECT f.id, f.box, f.person_origin, k.origin FROM face f JOIN maker k ON k.id = f.maker_id"
        " WHERE f.image_id = ? ORDER BY f.id",
        (image_id,),
    ).fetchall()
    pairs = pair_faces([box(row[1]) for row in old], [region.box for region in regions])
    people: list[int] = []
    for index, region in enumerate(regions):
        if index in pairs and old[pairs[index]][2] == Origin.USER:
            continue
        people.append(_person(db, text(region.name)))
        if index in pairs:
            query = "UPDATE face SET person_id = ?, person_origin = 'METADATA' WHERE id = ?"
            db.execute(query, (people[-1], old[pairs[index]][0]))
        else:
            maker = makers.id(Origin.METADATA, "", "")
            values = {"box": floats(region.box), "score": 1.0, "landmarks": b"", "embedding": b"", "maker_id": maker}
            values |= {"image_id": image_id, "person_id": people[-1], "person_origin": str(Origin.METADATA)}
            marks = ", ".join("?" * len(values))
            db.execute(f"INSERT INTO face ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))
    named = set(pairs.values())
    for index, (face_id, _, said_by, found_by) in enumerate(old):
        if index in named or said_by != Origin.METADATA:
            continue
        if found_by == Origin.METADATA:
            db.execute("DELETE FROM face WHERE id = ?", (face_id,))
        else:
            db.execute("UPDATE face SET person_id = NULL, person_origin = 'MODEL' WHERE id = ?", (face_id,))
    if len(named) < len(old):
        drop_empty(db)
    return sorted(set(people))


def _person(db: apsw.Connection, name: str) -> int:
    """Somebody of that name, else somebody new."""
    found = db.execute("SELECT id FROM person WHERE name = ? COLLATE NOCASE ORDER BY id LIMIT 1", (name,)).get
    if found is None:
        db.execute("INSERT INTO person (name, hidden) VALUES (?, 0)", (name,))
        found = db.last_insert_rowid()
    return int(found)
