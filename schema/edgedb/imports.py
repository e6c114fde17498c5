"""What ingest learned, merged into what is kept: the same law as `schema.sqlite.imports`, on nodes instead of rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from schema.edgedb.kept import Kept, KeptFile
from schema.edgedb.people import SETTLED, drop_empty, require_people
from schema.edgedb.regions import Regions
from schema.edgedb.rows import distinct_edges
from schema.edgedb.values import moment, without_unknown
from schema.edgedb.writing import Writing
from schema.filter.nodes import Origin
from schema.graph import Face, Image, NodeKind, Stage, StageState, TagEdge, TagKind
from schema.sqlite.edges import pair_faces
from schema.sqlite.files import apply_stages
from schema.store import Describe, Imported

Maker = tuple[str, str]
"""Origin and model."""
_NAMED = re.compile(r"[\w.+-]+")
_APART = frozenset({"id", "files", "tags", "faces", "texts", "favorite", "trashed", "added"})
"""Fields of an image that are not merged one by one."""
_MERGED = tuple(field.name for field in fields(Image) if field.name not in _APART)
_BLANK = Image(content_hash="", name="", format="", file_size=0)


class Import:
    """One batch."""

    def __init__(self, writing: Writing, describe: Describe | None = None) -> None:
        self._writing = writing
        self._describe = describe
        self._left: list[int] = []
        """Images that a file is no longer one of."""
        self._numbers: dict[str, int] = {}
        self._forgotten: set[str] = set()
        self._touched: dict[int, None] = {}

    async def write(self, batch: Sequence[Imported]) -> list[int | None]:
        writing = self._writing
        await writing.write_places(place for record in batch for place in record.places)
        await writing.load_files(paths=[record.file.path for record in batch])
        hashes = {record.image.content_hash for record in batch if record.image is not None}
        self._numbers = await writing.numbers_by_hash(hashes)
        self._forgotten = await writing.forgotten(hashes)
        numbers = set(self._numbers.values())
        numbers |= {file.image_id for file in writing.files.values() if file.image_id is not None}
        numbers |= {record.file.image_id for record in batch if record.file.image_id is not None}
        await writing.load_images(numbers)
        await require_people(writing, {person for record in batch for person in _people(record)})
        regions = Regions(writing)
        if any(record.regions for record in batch):
            await regions.begin()
        given = [self._record(record, regions) for record in batch]
        await regions.finish()
        writing.touch(NodeKind.FILE, dict.fromkeys(writing.file_of_path[record.file.path] for record in batch))
        writing.touch(NodeKind.IMAGE, self._touched)
        if self._describe is not None:
            several = [number for number in self._touched if len(writing.files_of(number)) > 1]
            redescribe(writing, [*self._left, *several], self._describe)
        if regions.emptied:
            await writing.write_nodes()
            await drop_empty(writing)
        return given

    def _record(self, record: Imported, regions: Regions) -> int | None:
        writing = self._writing
        file = self._file(record)
        image, image_id, notes = record.image, file.image_id, file.notes
        if image is not None:
            image_id, fresh, renew = self._identity(record, file)
            if fresh and image.content_hash in self._forgotten:
                writing.skip_file(file)
                return None
            if fresh:
                image_id = writing.next("images")
                writing.put(Kept(replace(_BLANK, id=image_id, added=image.added or _now())))
            assert image_id is not None
            self._merge(image_id, file, record, renew)
            if record.regions is not None and (record.regions or not fresh):
                regions.name(image_id, record.regions)
            self._numbers[image.content_hash] = image_id
            self._touched[image_id] = None
            if renew:
                notes = ""
        states, notes = apply_stages(record.stages, file.states, notes)
        writing.put_file(replace(writing.files[file.id], image_id=image_id, states=tuple(states), notes=notes))
        return image_id if image is not None else None

    def _file(self, record: Imported) -> KeptFile:
        file = record.file
        digest = file.content_hash or (record.image.content_hash if record.image else "")
        read: dict[str, Any] = {
            "file_size": file.file_size,
            "mtime_ns": file.mtime_ns,
            "inode": file.inode,
            "device": file.device,
        }
        number = self._writing.file_of_path.get(file.path)
        if number is None:
            number = self._writing.next("files")
            kept = KeptFile(file.path, file.root, **read, content_hash=digest, present=file.present, id=number)
        else:
            kept = self._writing.files[number]
            if any(stage.stage is Stage.IDENTIFY for stage in record.stages):
                kept = replace(kept, **read, content_hash=digest or kept.content_hash)
        self._writing.put_file(kept)
        return kept

    def _identity(self, record: Imported, file: KeptFile) -> tuple[int | None, bool, bool]:
        """Image id (None: a new one), whether it is new, whether its derived facts are to be wiped."""
        assert record.image is not None
        same = self._numbers.get(record.image.content_hash)
        current = file.image_id if file.image_id is not None else record.file.image_id
        if current is not None and current != same and current in self._writing.images:
            self._touched[current] = None
            self._left.append(current)
            if same is None and not self._others(current, file):
                self._detach_absent(current, file)
                self._numbers.pop(self._writing.images[current].image.content_hash, None)
                return current, False, True
        return same, same is None, record.replace and same is not None and same == current

    def _others(self, image_id: int, file: KeptFile) -> bool:
        """Whether another reachable file holds this image."""
        return any(other.present and other.id != file.id for other in self._writing.files_of(image_id))

    def _detach_absent(self, image_id: int, file: KeptFile) -> None:
        """Unreachable files of an image whose bytes change hold the old bytes: identified anew when they return."""
        for other in self._writing.files_of(image_id):
            if other.id != file.id:
                self._writing.put_file(replace(other, image_id=None, content_hash="", states=(0, *other.states[1:])))

    def _merge(self, image_id: int, file: KeptFile, record: Imported, renew: bool) -> None:
        image = record.image
        assert image is not None
        kept = self._writing.images[image_id]
        was = kept.image
        copy = was.content_hash != "" and not renew and self._others(image_id, file)
        values = merged(was, image, renew=renew)
        if copy:
            values["name"] = was.name  # a copy does not rename the image
        said = kept.said
        if not said and (image.favorite or image.trashed):
            said = without_unknown({"favorite": 1 if image.favorite else None, "trashed": moment(image.trashed)})
        stale = None if renew else replaced(record, was)
        values["tags"] = merged_tags(was.tags, image.tags, stale)
        values["texts"] = (*(line for line in was.texts if not _speaks(stale, Origin.MODEL, line.model)), *image.texts)
        faces = merged_faces(was.faces, image.faces, stale)
        values["faces"] = tuple(
            replace(face, id=face.id or self._writing.next("faces"), image_id=image_id) for face in faces
        )
        self._writing.put(replace(kept, image=replace(was, **values), said=said))


def redescribe(writing: Writing, image_ids: Sequence[int], describe: Describe) -> None:
    """Give those of these images that have a present file the name and the tags by rule that `describe` says. They are
    loaded."""
    changed: list[int] = []
    for number in image_ids:
        kept = writing.images.get(number)
        files = sorted(writing.files_of(number), key=lambda file: file.id)
        if kept is None or not any(file.present for file in files):
            continue
        name, edges = describe(replace(kept.effective, files=tuple(file.asset for file in files)))
        tags = merged_tags(kept.image.tags, edges, {(str(Origin.RULE), "")})
        if (name, _names(tags)) != (kept.image.name, _names(kept.image.tags)):
            writing.put(replace(kept, image=replace(kept.image, name=name, tags=tags)))
            changed.append(number)
    writing.touch(NodeKind.IMAGE, changed)


def _names(tags: Sequence[TagEdge]) -> set[tuple[TagKind, str, Origin]]:
    return {(edge.kind, edge.tag, edge.origin) for edge in tags}


def merged(was: Image, image: Image, *, renew: bool) -> dict[str, Any]:
    """Fields at their default do not erase what is kept, unless the bytes changed."""
    return {
        name: getattr(was, name) if not renew and _is_unsaid(name, image) else getattr(image, name) for name in _MERGED
    }


def _is_unsaid(name: str, image: Image) -> bool:
    return bool(getattr(image, name) == getattr(_BLANK, name))


def replaced(record: Imported, was: Image) -> set[Maker]:
    """Who is spoken for by a record, with the stages that ran and found nothing."""
    image = record.image
    assert image is not None
    pairs = {(str(edge.origin), edge.model) for edge in image.tags if edge.origin is not Origin.USER}
    pairs |= {(str(Origin.MODEL), face.model) for face in image.faces}
    pairs |= {(str(Origin.MODEL), line.model) for line in image.texts}
    models = {edge.model for edge in was.tags if edge.origin is Origin.MODEL}
    models |= {face.model for face in was.faces} | {line.model for line in was.texts}
    for stage in record.stages:
        if stage.state is not StageState.DONE:
            continue
        if stage.stage is Stage.METADATA:
            pairs |= {(str(Origin.METADATA), ""), (str(Origin.RULE), "")}
        elif stage.stage is Stage.ANALYSIS:
            named = set(_NAMED.findall(stage.detail)) if record.models is None else record.models
            pairs |= {(str(Origin.MODEL), model) for model in models & named}
    return pairs


def _speaks(stale: Collection[Maker] | None, origin: str, model: str) -> bool:
    """Whether a maker's edges are replaced; None: those of everybody but people."""
    return origin != Origin.USER if stale is None else (str(origin), model) in stale


def merged_tags(
    was: Sequence[TagEdge], found: Sequence[TagEdge], stale: Collection[Maker] | None
) -> tuple[TagEdge, ...]:
    left = [edge for edge in was if not _speaks(stale, edge.origin, edge.model)]
    edges = distinct_edges([*left, *found])
    return tuple(sorted(edges, key=lambda edge: (-edge.score, edge.tag, edge.kind, edge.model)))


def merged_faces(was: Sequence[Face], found: Sequence[Face], stale: Collection[Maker] | None) -> list[Face]:
    """New detections in place of those of `stale` makers; new ones have no id.

    A detection that overlaps an earlier one is the same face: it keeps its id, and its person unless the new one
    brings a better-founded one. A face that a person or the file named stays even when it is not detected again.
    """
    old = [face for face in was if face.person_origin is Origin.METADATA or _speaks(stale, *_finder(face))]
    faces = [face for face in was if face not in old]
    pairs = pair_faces([face.box for face in old], [face.box for face in found])
    for index, face in enumerate(found):
        if index not in pairs:
            faces.append(replace(face, id=0))
            continue
        before = old[pairs[index]]
        person, origin = before.person_id, before.person_origin
        if face.person_id is not None and origin not in SETTLED:
            person, origin = face.person_id, face.person_origin
        faces.append(replace(face, id=before.id, person_id=person, person_origin=origin))
    matched = set(pairs.values())
    faces += [face for index, face in enumerate(old) if index not in matched and face.person_origin in SETTLED]
    return sorted(faces, key=lambda face: (face.id == 0, face.id))


def _finder(face: Face) -> Maker:
    """The model that found a face, or the file."""
    return str(Origin.MODEL if face.model else Origin.METADATA), face.model


def _people(record: Imported) -> set[int]:
    return {face.person_id for face in record.image.faces if face.person_id is not None} if record.image else set()


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
