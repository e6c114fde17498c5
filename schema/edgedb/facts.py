"""Images as columns for the read index. Pure: what is kept of images in, a batch out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from schema.edgedb.kept import Kept
from schema.facts import NO_TIME, FactBatch
from schema.filter.nodes import DuplicateKind
from schema.graph import AssetFile, Image
from schema.sqlite.values import EPOCH


def facts_of(kept: Sequence[Kept]) -> FactBatch:
    """Of images with all their edges, ascending by id."""
    images = [one.effective for one in kept]
    tags = [(row, edge) for row, image in enumerate(images) for edge in image.tags]
    faces = [(row, face) for row, image in enumerate(images) for face in image.faces]
    reachable = [[file for file in image.files if file.present] for image in images]
    return FactBatch(
        id=np.array([image.id for image in images], dtype=np.uint32),
        taken=_seconds(image.taken for image in images),
        added=_seconds(image.added for image in images),
        lat=_floats((image.lat for image in images), np.float64),
        lon=_floats((image.lon for image in images), np.float64),
        width=_floats((_upright(image)[0] for image in images), np.float32),
        height=_floats((_upright(image)[1] for image in images), np.float32),
        file_size=_floats((image.file_size for image in images), np.float64),
        iso=_floats((image.iso for image in images), np.float32),
        aperture=_floats((image.aperture for image in images), np.float32),
        exposure=_floats((image.exposure for image in images), np.float32),
        focal35=_floats((image.focal35 for image in images), np.float32),
        rating=_floats((image.rating for image in images), np.float32),
        nsfw=_floats((image.nsfw for image in images), np.float32),
        flash=np.array([-1 if image.flash is None else int(image.flash) for image in images], dtype=np.int8),
        favorite=np.array([image.favorite for image in images], dtype=np.bool_),
        trashed=np.array([image.trashed is not None for image in images], dtype=np.bool_),
        offline=np.array([not files for files in reachable], dtype=np.bool_),
        phash=np.array([image.phash or 0 for image in images], dtype=np.uint64),
        has_phash=np.array([image.phash is not None for image in images], dtype=np.bool_),
        media_version=np.array([image.media_version for image in images], dtype=np.int32),
        name=[image.name for image in images],
        format=[image.format for image in images],
        make=[image.make for image in images],
        model=[image.model for image in images],
        lens=[image.lens for image in images],
        software=[image.software for image in images],
        place=[image.place or "" for image in images],
        near_city=[image.near_city or "" for image in images],
        size_word=[image.size_word for image in images],
        conditions=[image.conditions for image in images],
        lens_words=[image.lens_words for image in images],
        paths=[_paths(files or image.files) for files, image in zip(reachable, images, strict=True)],
        title=[image.title for image in images],
        caption=[image.caption for image in images],
        ocr=["\n".join(line.text for line in image.texts) for image in images],
        palette=[tuple((color.hex, color.share) for color in image.palette) for image in images],
        thumbhash=[image.thumbhash for image in images],
        embedding=[image.embedding for image in images],
        meaning=[image.meaning for image in images],
        albums=[one.albums for one in kept],
        shares=[()] * len(images),
        duplicates=[_duplicates(one, len(files)) for one, files in zip(kept, reachable, strict=True)],
        tag_row=np.array([row for row, _ in tags], dtype=np.uint32),
        tag_name=[edge.tag for _, edge in tags],
        tag_kind=[str(edge.kind) for _, edge in tags],
        tag_score=_floats((edge.score for _, edge in tags), np.float32),
        tag_count=np.array([edge.count for _, edge in tags], dtype=np.int32),
        tag_origin=[str(edge.origin) for _, edge in tags],
        tag_colors=[edge.colors for _, edge in tags],
        face_row=np.array([row for row, _ in faces], dtype=np.uint32),
        face_id=np.array([face.id for _, face in faces], dtype=np.uint32),
        face_person=np.array([-1 if face.person_id is None else face.person_id for _, face in faces], dtype=np.int64),
        face_age=_floats((kept[row].ages.get(face.id, face.age) for row, face in faces), np.float32),
        face_gender=[str(face.gender or "") for _, face in faces],
        face_emotion=[str(face.emotion or "") for _, face in faces],
        face_score=_floats((face.score for _, face in faces), np.float32),
        face_embedding=[face.embedding for _, face in faces],
    )


def _floats(values: Iterable[float | None], dtype: DTypeLike) -> NDArray[Any]:
    """None is NaN; what single precision cannot hold is infinite."""
    with np.errstate(over="ignore"):
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64).astype(dtype)


def _seconds(moments: Iterable[datetime | None]) -> NDArray[np.int64]:
    seconds = [NO_TIME if moment is None else (moment - EPOCH).total_seconds() // 1 for moment in moments]
    return np.array([int(second) for second in seconds], dtype=np.int64)


def _upright(image: Image) -> tuple[int | None, int | None]:
    return (image.height, image.width) if image.orientation >= 5 else (image.width, image.height)


def _paths(files: Sequence[AssetFile]) -> tuple[str, ...]:
    return tuple(file.path for file in files)


def _duplicates(kept: Kept, reachable: int) -> tuple[str, ...]:
    holds = {
        DuplicateKind.SAME_BYTES: reachable > 1,
        DuplicateKind.SAME_PICTURE: kept.copied or kept.image.duplicate_of is not None,
        DuplicateKind.BURST: kept.shot or kept.image.burst_of is not None,
    }
    return tuple(kind for kind, there in holds.items() if there)
