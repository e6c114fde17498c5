"""What goes to an EdgeDB server as JSON comes back as it was, and means what the other store means."""

from __future__ import annotations

import asyncio
import json
import tempfile
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.edgedb import properties
from schema.edgedb.edits import differences, standing, with_step
from schema.edgedb.facts import facts_of
from schema.edgedb.kept import Kept
from schema.edgedb.portable import kept_file, kept_from, record_of
from schema.edgedb.rows import distinct_edges, edge_row, face_row, image_row, kept_of, tag_row, text_rows
from schema.edgedb.things import file_of, file_row
from schema.edgedb.values import text
from schema.facts import FactBatch
from schema.graph import Image
from schema.sqlite import SqliteStore
from schema.store import Imported
from tests.schema.libraries import batches, image_nodes

LAW = settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))


def selected(row: dict[str, Any], properties: dict[str, str], sign: str = "") -> dict[str, Any]:
    """A row as a server gives it back; everything that the statement asks of it must be there."""
    required = {name for name, kind in properties.items() if kind.endswith("!")}
    assert required <= row.keys(), required - row.keys()
    return {sign + name: row.get(name) for name in properties}


def through_the_server(kept: Kept) -> Kept:
    """Every row of an image to JSON, as PostgreSQL takes it, and back."""
    image = kept.image
    row = {
        "number": image.id,
        **selected(image_row(kept), properties.IMAGE),
        "duplicate_number": image.duplicate_of,
        "burst_number": image.burst_of,
        "copied": kept.copied,
        "shot": kept.shot,
        "removed": [{"name": name, "kind": kind} for kind, name in kept.removed],
        "album_numbers": list(kept.albums),
        "files": [],
        "faces": [
            {
                "number": face.id,
                "image_number": image.id,
                "person_number": face.person_id,
                "shown_age": face.age,
                **selected(face_row(face), properties.FACE),
            }
            for face in image.faces
        ],
        "texts": [selected(line, properties.TEXT_LINE) for line in text_rows(image.id, image.texts)],
        "tags": [],
        "hidden": [],
    }
    for edge in distinct_edges(image.tags):
        tag = tag_row(str(edge.kind), edge.tag)
        told = {**selected(edge_row(edge), properties.EDGE, "@"), "tag": {"name": tag["name"], "kind": tag["kind"]}}
        row["hidden" if kept.is_hidden(edge) else "tags"].append(told)
    sent = json.dumps(row, ensure_ascii=False, allow_nan=False)
    assert "\\u0000" not in sent
    return kept_of(json.loads(sent.encode()))


def clean(image: Image) -> Image:
    """Without what no database holds."""
    document = json.loads(json.dumps(record_of(Kept(image))).replace("\\u0000", "\\ufffd"))
    return kept_from(document).image


@LAW
@given(image_nodes, st.lists(st.integers(1, 9), unique=True), st.booleans())
def test_any_image_comes_back(image: Image, albums: list[int], opinion: bool) -> None:
    image = clean(replace(image, id=7, content_hash="x", favorite=False, trashed=None))
    faces = tuple(replace(face, id=number, image_id=7) for number, face in enumerate(image.faces, start=1))
    order = sorted(distinct_edges(image.tags), key=lambda edge: (-edge.score, edge.tag, edge.kind, edge.model))
    image = replace(image, added=image.taken or None, faces=faces, tags=tuple(order))
    said = {"rating": 0, "favorite": 1, "title": "", "trashed": "2024-01-02T03:04:05.000006"} if opinion else {}
    removed = frozenset((str(edge.kind), edge.tag) for edge in image.tags[:1])
    ages = {face.id: face.age for face in faces}
    kept = Kept(image, said, removed, tuple(sorted(albums)), ages=ages)
    if image.added is None:  # a store gives it
        return
    assert through_the_server(kept) == kept
    assert through_the_server(kept).effective == kept.effective
    assert kept_from(json.loads(json.dumps(record_of(kept)))) == replace(kept, ages={})


def tags_of(batch: FactBatch) -> list[str]:
    """Every edge, in an order of its own."""
    numbers = (batch.tag_row.tolist(), batch.tag_score.tolist(), batch.tag_count.tolist())
    edges = zip(*numbers, batch.tag_name, batch.tag_kind, batch.tag_origin, batch.tag_colors, strict=True)
    return sorted(map(str, edges))


@LAW
@given(batches())
def test_facts_are_those_of_the_other_store(records: list[Imported]) -> None:
    async def both() -> tuple[list[FactBatch], list[dict[str, Any]]]:
        with tempfile.TemporaryDirectory() as folder:
            store = SqliteStore(Path(folder) / "library.sqlite")
            await store.open()
            await store.write_imported(records)
            found = [batch async for batch in store.facts()], [record async for record in store.export()]
            await store.close()
            return found

    stored, exported = asyncio.run(both())
    kept = [kept_from(record) for record in exported if record["type"] == "image"]
    assert [json.loads(json.dumps(record_of(one))) for one in kept] == [
        record for record in json.loads(json.dumps(exported)) if record["type"] == "image"
    ]
    for batch in stored:
        ours = facts_of(kept)
        for field in fields(FactBatch):
            mine, theirs = getattr(ours, field.name), getattr(batch, field.name)
            if field.name.startswith("tag_"):  # whose order within an image means nothing
                continue
            if isinstance(theirs, np.ndarray):
                np.testing.assert_array_equal(mine, theirs, err_msg=field.name)
                assert mine.dtype == theirs.dtype, field.name
            else:
                assert mine == theirs, field.name
        assert tags_of(ours) == tags_of(batch)


@LAW
@given(batches())
def test_any_file_comes_back(records: list[Imported]) -> None:
    for number, record in enumerate(records, start=1):
        file = kept_file(replace(record.file, id=number, stages=record.stages))
        file = replace(file, notes=text(file.notes))
        row = {**selected(file_row(file), properties.FILE), "number": number, "image_number": None}
        assert file_of(json.loads(json.dumps(row, ensure_ascii=False).encode())) == file


@LAW
@given(image_nodes, st.sets(st.sampled_from(["rating", "favorite", "title", "place"])), st.booleans())
def test_an_undo_puts_back_what_an_edit_changed(image: Image, said: set[str], album: bool) -> None:
    before = Kept(image, {"title": "mine"}, albums=(1, 2))
    after = replace(
        before,
        said={**before.said, **{name: {"title": "", "place": "geo:1"}.get(name, 1) for name in said}},
        removed=frozenset((str(edge.kind), edge.tag) for edge in image.tags),
        albums=(1, 3) if album else (1, 2),
    )
    steps = json.loads(json.dumps(differences(before, after)))
    back = after
    for _, what, of, was, now in reversed(steps):
        assert standing(after, what, of) == now
        back = with_step(back, what, of, was)
    assert back == before
