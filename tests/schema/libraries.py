"""Small libraries for tests: records as ingest would write them, and hypothesis strategies for random ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from schema.filter.nodes import Emotion, Gender, Origin
from schema.graph import (
    AssetFile,
    Face,
    Image,
    PaletteColor,
    Stage,
    StageRecord,
    StageState,
    TagEdge,
    TagKind,
    TextLine,
)
from schema.store import Imported

DONE = tuple(StageRecord(stage, StageState.DONE) for stage in Stage)


def digest(number: int) -> str:
    return f"{number:064x}"


def asset(number: int, *, path: str | None = None, content: int | None = None, root: str = "/photos") -> AssetFile:
    return AssetFile(
        path=path or f"{root}/{number:06}.jpg",
        root=root,
        file_size=1000 + number,
        mtime_ns=1_700_000_000_000_000_000 + number,
        inode=number,
        device=1,
        content_hash=digest(number if content is None else content),
    )


def photo(number: int, **fields: Any) -> Image:
    values: dict[str, Any] = {
        "content_hash": digest(number),
        "name": f"{number:06}.jpg",
        "format": "jpeg",
        "file_size": 1000 + number,
        **fields,
    }
    return Image(**values)


def imported(number: int, *, path: str | None = None, root: str = "/photos", **fields: Any) -> Imported:
    """A whole, successful import of one file."""
    image = photo(number, **fields)
    return Imported(file=asset(number, path=path, root=root), image=image, stages=DONE)


def tag(name: str, **fields: Any) -> TagEdge:
    return TagEdge(**{"tag": name, "kind": TagKind.CONCEPT, "model": "classifier", "version": "1", **fields})


def face(x: float, **fields: Any) -> Face:
    return Face(**{"box": (x, 0.2, x + 0.1, 0.4), "score": 0.9, "model": "faces", "version": "1", **fields})


_texts = st.text(max_size=12)
_floats = st.floats(allow_nan=False, allow_infinity=False)
_maybe = st.none() | _floats
_boxes = st.tuples(*[st.floats(0, 1)] * 4)
_moments = st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31))
_bytes = st.binary(max_size=24)
_paths = (
    st.binary(min_size=1, max_size=20)
    .filter(lambda raw: b"\0" not in raw)
    .map(lambda raw: "/photos/" + raw.decode("utf-8", "surrogateescape"))
)

tag_edges = st.builds(
    TagEdge,
    tag=_texts,
    kind=st.sampled_from(TagKind),
    score=_floats,
    origin=st.sampled_from(Origin),
    model=_texts,
    version=_texts,
    boxes=st.lists(_boxes, max_size=2).map(tuple),
    box_scores=st.lists(_floats, max_size=2).map(tuple),
    count=st.integers(0, 99),
    colors=st.lists(_texts, max_size=2).map(tuple),
    made=st.none() | _moments,
)
face_nodes = st.builds(
    Face,
    box=_boxes,
    score=_floats,
    landmarks=st.lists(st.tuples(_floats, _floats), max_size=5).map(tuple),
    age=_maybe,
    gender=st.none() | st.sampled_from(Gender),
    gender_score=_maybe,
    emotion=st.none() | st.sampled_from(Emotion),
    emotion_score=_maybe,
    embedding=_bytes,
    model=_texts,
    version=_texts,
    made=st.none() | _moments,
)
text_lines = st.builds(
    TextLine, text=_texts, score=_floats, box=_boxes, model=_texts, version=_texts, made=st.none() | _moments
)
palettes = st.lists(
    st.builds(PaletteColor, hex=st.binary(min_size=3, max_size=3).map(lambda raw: f"#{raw.hex()}"), share=_floats),
    max_size=16,
).map(tuple)
stage_records = st.builds(
    StageRecord,
    stage=st.sampled_from(Stage),
    state=st.sampled_from(StageState),
    reason=_texts,
    detail=_texts,
    ms=_maybe,
    attempts=st.integers(1, 5),
)
image_nodes = st.builds(
    Image,
    content_hash=st.just(""),
    name=_texts,
    format=_texts,
    file_size=st.integers(0, 2**63),
    width=st.none() | st.integers(0, 10**6),
    height=st.none() | st.integers(0, 10**6),
    orientation=st.integers(1, 8),
    taken=st.none() | _moments,
    taken_offset=st.none() | st.integers(-900, 900),
    taken_source=_texts,
    make=_texts,
    model=_texts,
    lens=_texts,
    software=_texts,
    iso=_maybe,
    aperture=_maybe,
    exposure=_maybe,
    focal=_maybe,
    focal35=_maybe,
    flash=st.none() | st.booleans(),
    lat=_maybe,
    lon=_maybe,
    altitude=_maybe,
    place=st.none() | _texts.filter(bool),
    near_city=st.none() | _texts.filter(bool),
    place_origin=st.sampled_from(Origin),
    title=_texts,
    caption=_texts,
    metadata=st.dictionaries(_texts, _texts, max_size=3),
    conditions=st.lists(_texts, max_size=3).map(tuple),
    lens_words=st.lists(_texts, max_size=3).map(tuple),
    size_word=_texts,
    phash=st.none() | st.integers(0, 2**64 - 1),
    palette=palettes,
    thumbhash=_bytes,
    embedding=_bytes,
    embedding_model=_texts,
    meaning=_bytes,
    meaning_model=_texts,
    sharpness=_maybe,
    brightness=_maybe,
    contrast=_maybe,
    nsfw=_maybe,
    rating=st.none() | st.integers(1, 5),
    favorite=st.booleans(),
    trashed=st.none() | _moments,
    media_version=st.integers(0, 2**31 - 1),
    tags=st.lists(tag_edges, max_size=3, unique_by=lambda edge: (edge.tag, edge.kind, edge.origin, edge.model)).map(
        tuple
    ),
    faces=st.lists(face_nodes, max_size=2).map(tuple),
    texts=st.lists(text_lines, max_size=2).map(tuple),
)


@st.composite
def batches(draw: st.DrawFn) -> list[Imported]:
    """Distinct images at distinct paths; some files without an image."""
    paths = draw(st.lists(_paths, unique=True, max_size=4))
    records = []
    for number, path in enumerate(paths):
        stages = tuple({record.stage: record for record in draw(st.lists(stage_records, max_size=4))}.values())
        file = replace(
            asset(number, path=path),
            mtime_ns=draw(st.integers(-(2**70), 2**70)),
            inode=draw(st.integers(0, 2**64)),
            present=draw(st.booleans()),
        )
        image = draw(st.none() | image_nodes)
        if image is not None:
            image = replace(image, content_hash=digest(number))
        records.append(Imported(file=file, image=image, stages=stages))
    return records
