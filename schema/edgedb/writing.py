"""One transaction that writes: what it needs is read once and in bulk, changed here, and written in bulk at its end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from schema.edgedb import statements
from schema.edgedb.connection import Asks, rows
from schema.edgedb.kept import Kept, KeptFile
from schema.edgedb.rows import (
    distinct_edges,
    edge_row,
    face_row,
    image_row,
    kept_of,
    mark_key,
    tag_key,
    tag_row,
    text_rows,
)
from schema.edgedb.things import file_of, file_row, path_key, place_of, place_row
from schema.edgedb.values import Row, text, without_unknown
from schema.graph import NodeKind, Place, TagEdge, TagKind
from schema.sqlite.files import FORGOTTEN, SKIPPED, STAGES
from schema.sqlite.values import to_json

Ancestors = Callable[[str], Collection[str]]
"""Every broader synset of one, by name; none for what is no synset."""
ROWS = 500
"""Rows of one statement."""


class Writing:
    """Made anew for every attempt, after the library's turn was taken."""

    def __init__(self, asks: Asks, ancestors: Ancestors) -> None:
        self.asks = asks
        self.images: dict[int, Kept] = {}
        self.files: dict[int, KeptFile] = {}
        self.file_of_path: dict[str, int] = {}
        self._ancestors = ancestors
        self._images_before: dict[int, Kept] = {}
        self._files_before: dict[int, KeptFile] = {}
        self._counters: dict[str, int] = {}
        self._changes: dict[tuple[str, str], bool] = {}

    async def begin(self) -> Writing:
        (library,) = await rows(self.asks, statements.LIBRARY)
        self._counters = {name: library[name] for name in statements.COUNTERS}
        return self

    # -- ids and the feed

    def next(self, counter: str) -> int:
        """A number that was never given before."""
        self._counters[counter] += 1
        return self._counters[counter]

    def reserve(self, counter: str, last: int) -> None:
        """Numbers up to this one are given."""
        self._counters[counter] = max(self._counters[counter], last)

    def touch(self, kind: NodeKind, nodes: Iterable[int | str], *, gone: bool = False) -> None:
        for node in nodes:
            self._changes.pop((kind, str(node)), None)  # it goes to the end
            self._changes[kind, str(node)] = gone

    # -- reading

    async def load_images(self, numbers: Iterable[int]) -> None:
        """With all their edges and files."""
        wanted = sorted(set(numbers) - self.images.keys())
        for part in parts(wanted):
            for row in await rows(self.asks, statements.images(), keys=part):
                kept = kept_of(row)
                self.images[kept.image.id] = self._images_before[kept.image.id] = kept
                self._hold(file_of(file) for file in row["files"])

    async def load_files(self, *, paths: Iterable[str] = (), numbers: Iterable[int] = ()) -> None:
        for part in parts(sorted({path_key(path) for path in paths})):
            self._hold(map(file_of, await rows(self.asks, statements.FILES_BY_PATH, keys=part)))
        for part in parts(sorted(set(numbers) - self.files.keys())):
            self._hold(map(file_of, await rows(self.asks, statements.FILES, keys=part)))

    def _hold(self, files: Iterable[KeptFile]) -> None:
        for file in files:
            if file.id not in self.files:
                self.files[file.id] = self._files_before[file.id] = file
                self.file_of_path[file.path] = file.id

    async def numbers_by_hash(self, hashes: Collection[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for part in parts(sorted(set(hashes))):
            for row in await rows(self.asks, statements.IMAGES_BY_HASH, hashes=part):
                found[row["content_hash"]] = row["number"]
        return found

    async def forgotten(self, hashes: Collection[str]) -> set[str]:
        found: set[str] = set()
        for part in parts(sorted(set(hashes))):
            found |= {row["content_hash"] for row in await rows(self.asks, statements.FORGOTTEN_OF, hashes=part)}
        return found

    def files_of(self, image_id: int) -> list[KeptFile]:
        """Of a loaded image."""
        return [file for file in self.files.values() if file.image_id == image_id]

    # -- changing

    def put(self, kept: Kept) -> None:
        self.images[kept.image.id] = kept

    def put_file(self, file: KeptFile) -> None:
        self.files[file.id] = file
        self.file_of_path[file.path] = file.id

    def skip_file(self, file: KeptFile) -> None:
        """Nothing is left to do for a file of a removed image."""
        notes = to_json({stage: [FORGOTTEN, "", None, 1] for stage in STAGES})
        self.put_file(replace(file, image_id=None, states=(SKIPPED,) * len(STAGES), notes=notes))

    async def write_places(self, places: Iterable[Place]) -> None:
        """Insert or correct; only what differs is a change."""
        given = {place.key: place for place in places}
        known: dict[str, Place] = {}
        for part in parts(sorted(given)):
            known |= {row["key"]: place_of(row) for row in await rows(self.asks, statements.PLACES_OF, keys=part)}
        new = [place_row(place) for key, place in given.items() if key not in known]
        other = [
            place_row(place)
            for key, place in given.items()
            if key in known and known[key] != replace(place, name=text(place.name))
        ]
        await self.run(statements.INSERT_PLACES, new)
        await self.run(statements.UPDATE_PLACES, other)
        await self.run(statements.LINK_PARENTS, [*new, *other])
        self.touch(NodeKind.PLACE, [row["key"] for row in (*new, *other)])

    async def delete_images(self, numbers: Sequence[int]) -> int:
        """With all their edges; how many there were."""
        gone: list[int] = []
        for part in parts(sorted(set(numbers))):
            there = [row["number"] for row in await rows(self.asks, statements.images(()), keys=part)]
            gone += there
            faces = [row["number"] for row in await rows(self.asks, statements.FACES_OF_IMAGES, keys=there)]
            covered = await rows(self.asks, statements.COVERED_PEOPLE, keys=faces)
            uncovered = [without_unknown({**row, "cover_face_number": None}) for row in covered]
            await self.run(statements.UPDATE_PEOPLE, uncovered)
            self.touch(NodeKind.PERSON, [row["number"] for row in covered])
            albums = await rows(self.asks, statements.COVERED_ALBUMS, keys=there)
            self.touch(NodeKind.ALBUM, [row["number"] for row in albums])
            twins = await rows(self.asks, statements.TWINS, keys=there)
            self.touch(NodeKind.IMAGE, sorted({*twins} - {*there}))
            await self.asks.execute(statements.DELETE_IMAGES, keys=there)
        self.touch(NodeKind.IMAGE, gone, gone=True)
        return len(gone)

    # -- writing

    async def run(self, statement: str, given: Iterable[Row]) -> None:
        """A statement over rows, in bulk."""
        for part in parts(list(given)):
            await self.asks.execute(statement, rows=to_json(part))

    async def finish(self) -> None:
        """Write what was changed, and tell the feed."""
        await self.write_nodes()
        changes: list[Row] = []
        for (kind, node), gone in self._changes.items():
            seq = self.next("seq")
            changes.append({"key": f"{kind}:{node}", "seq": seq, "kind": kind, "node": node, "deleted": gone})
        for part in parts(changes):
            await self.asks.execute(statements.DROP_CHANGES, keys=[row["key"] for row in part])
        await self.run(statements.ADD_CHANGES, changes)
        counters = {name: value for name, value in self._counters.items() if name != "writes"}
        await self.asks.execute(statements.SAVE_COUNTERS, **counters)

    async def write_nodes(self) -> None:
        """Write the images and files that were changed, and hold them no longer."""
        await self._write_images()
        await self._write_files()
        self.images.clear()
        self._images_before.clear()
        self.files.clear()
        self._files_before.clear()
        self.file_of_path.clear()

    async def _write_images(self) -> None:
        before = self._images_before
        changed = [kept for number, kept in self.images.items() if before.get(number) != kept]
        new = [kept for kept in changed if kept.image.id not in before]
        old = [kept for kept in changed if kept.image.id in before]
        await self.run(statements.INSERT_IMAGES, [image_row(kept) for kept in new])
        await self.run(statements.UPDATE_IMAGES, [image_row(kept) for kept in old if self._properties_differ(kept)])
        alike = [kept for kept in changed if _groups(self._was(kept)) != _groups(kept)]
        await self.run(statements.LINK_ALIKE, [image_row(kept) for kept in alike])
        await self._write_tags([kept for kept in changed if self._tags_differ(kept)], before.keys())
        await self._write_faces(changed)
        other_texts = [kept for kept in changed if self._was(kept).image.texts != kept.image.texts]
        for part in parts([kept.image.id for kept in other_texts if kept.image.id in before]):
            await self.asks.execute(statements.DROP_TEXTS, keys=part)
        await self.run(
            statements.INSERT_TEXTS, [row for kept in other_texts for row in text_rows(kept.image.id, kept.image.texts)]
        )

    def _was(self, kept: Kept) -> Kept:
        empty = Kept(replace(kept.image, duplicate_of=None, burst_of=None, tags=(), faces=(), texts=()))
        return self._images_before.get(kept.image.id, empty)

    def _properties_differ(self, kept: Kept) -> bool:
        return image_row(kept) != image_row(self._was(kept))

    def _tags_differ(self, kept: Kept) -> bool:
        was = self._was(kept)
        return was.image.tags != kept.image.tags or was.removed != kept.removed

    async def _write_tags(self, changed: Sequence[Kept], there: Collection[int]) -> None:
        await self.know_tags({name for kept in changed for name in kept.removed})
        await self.know_marks([edge for kept in changed for edge in kept.image.tags])
        for part in parts([kept.image.id for kept in changed if kept.image.id in there]):
            await self.asks.execute(statements.CLEAR_TAGS, keys=part)
        shown: list[list[Row]] = []
        hidden: list[list[Row]] = []
        removed: list[list[Row]] = []
        for kept in changed:
            number = {"number": kept.image.id}
            edges = [(kept.is_hidden(edge), {**number, **edge_row(edge)}) for edge in distinct_edges(kept.image.tags)]
            shown.append([row for is_hidden, row in edges if not is_hidden])
            hidden.append([row for is_hidden, row in edges if is_hidden])
            removed.append([{**number, "tag": tag_key(*name)} for name in sorted(kept.removed)])
        for statement, edges_of in (
            (statements.add_edges("tags"), shown),
            (statements.add_edges("hidden"), hidden),
            (statements.ADD_REMOVED, removed),
        ):
            for each_once in zip_longest(*edges_of):
                await self.run(statement, [row for row in each_once if row is not None])

    async def know_marks(self, edges: Collection[TagEdge]) -> None:
        """See that what these edges lead to is there."""
        await self.know_tags({(str(edge.kind), edge.tag) for edge in edges})
        marks = {mark_key(edge): {"key": mark_key(edge), "tag": tag_key(str(edge.kind), edge.tag)} for edge in edges}
        unknown = await self._unknown(statements.MARKS_KNOWN, marks)
        await self.run(statements.INSERT_MARKS, [marks[key] for key in unknown])

    async def know_tags(self, named: Collection[tuple[str, str]]) -> None:
        """See that tags of these kinds and names are there, and the synsets of concepts with all broader ones."""
        tags = {tag_key(kind, name): tag_row(kind, name) for kind, name in named}
        new = [tags[key] for key in await self._unknown(statements.TAGS_KNOWN, tags)]
        above = {
            row["name"]: [name for name in self._ancestors(row["name"]) if name != row["name"]]
            for row in new
            if row["kind"] == TagKind.CONCEPT
        }
        synsets = {name for name, broader in above.items() for name in (name, *broader)}
        unknown = await self._unknown(statements.SYNSETS_KNOWN, synsets, "name")
        await self.run(statements.INSERT_SYNSETS, [{"name": name} for name in unknown])
        for name in unknown:
            broader = above[name] if name in above else [one for one in self._ancestors(name) if one != name]
            there = sorted(synsets.intersection(broader))
            # One at a time, which takes a millisecond or two; worked out in the database it takes minutes.
            if there:
                await self.asks.execute(statements.LINK_ANCESTORS, name=name, ancestors=there)
        await self.run(statements.INSERT_TAGS, new)

    async def _unknown(self, statement: str, keys: Iterable[str], field: str = "key") -> list[str]:
        wanted = sorted(keys)
        known: set[str] = set()
        for part in parts(wanted):
            known |= {row[field] for row in await rows(self.asks, statement, keys=part)}
        return [key for key in wanted if key not in known]

    async def _write_faces(self, changed: Sequence[Kept]) -> None:
        old: list[Row] = []
        new: list[Row] = []
        gone: list[int] = []
        for kept in changed:
            before = {face.id: face for face in self._was(kept).image.faces}
            for face in kept.image.faces:
                if face.id not in before:
                    new.append(face_row(face))
                elif before[face.id] != face:
                    old.append(face_row(face))
            gone += before.keys() - {face.id for face in kept.image.faces}
        for part in parts(gone):
            await self.asks.execute(statements.DELETE_FACES, keys=part)
        await self.run(statements.UPDATE_FACES, old)
        await self.run(statements.INSERT_FACES, new)

    async def _write_files(self) -> None:
        before = self._files_before
        changed = [file for number, file in self.files.items() if before.get(number) != file]
        await self.run(statements.INSERT_FILES, [file_row(file) for file in changed if file.id not in before])
        await self.run(statements.UPDATE_FILES, [file_row(file) for file in changed if file.id in before])


def _groups(kept: Kept) -> tuple[int | None, int | None]:
    return kept.image.duplicate_of, kept.image.burst_of


def parts(items: Sequence[Any]) -> Iterable[list[Any]]:
    """In lists that one statement takes."""
    return (list(items[start : start + ROWS]) for start in range(0, len(items), ROWS))
