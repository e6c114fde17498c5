"""`EdgeStore`: a library as a graph on an EdgeDB server, for installations past one machine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from schema.edgedb import bulk, edits, entries, files, likeness, people, portable, statements
from schema.edgedb.connection import Asks, Connection
from schema.edgedb.facts import facts_of
from schema.edgedb.imports import Import, redescribe
from schema.edgedb.rows import face_of, kept_of
from schema.edgedb.things import album_of, file_of, path_key, path_start, person_of, place_of
from schema.edgedb.writing import Ancestors, Writing, parts
from schema.edited import Edited
from schema.entries import Entry
from schema.errors import StoreUnavailable
from schema.facts import FactBatch
from schema.graph import Album, AssetFile, Change, Face, Image, NodeKind, Op, Person, Place, StageState
from schema.likeness import Alike, FaceGroup, FaceRows, LookRows
from schema.sqlite.files import STAGES, STATES
from schema.store import Describe, FailedFile, FileStamp, Imported, StageCount

POLL_S = 0.25
"""How often a waiting reader looks for commits, of this and other processes: one small row."""
_STAMPS = 5_000
_FACTS = 1_000
"""Images whose facts are asked for at once."""
_EDGES = frozenset(statements.ARMS)
_ANY = "entity.n.01"

T = TypeVar("T")


class EdgeStore:
    """Any number of processes may have the same library open. Writers come one after the other."""

    def __init__(self, dsn: str, ancestors: Ancestors = lambda name: ()) -> None:
        """`ancestors`: all broader synsets of one, which are kept beside it."""
        self.connection = Connection(dsn)
        self._ancestors = ancestors
        self._seen: WeakKeyDictionary[asyncio.Task[Any], str] = WeakKeyDictionary()
        """How far each task has read the feed."""

    async def open(self) -> None:
        await self.connection.open()

    async def close(self) -> None:
        await self.connection.close()

    async def _write(self, work: Callable[[Writing], Awaitable[T]], *, concepts: bool = False) -> T:
        """`concepts`: tags may be written."""
        if concepts:
            self._ancestors(_ANY)  # opens the lexicon now: a server ends transactions that are idle for ten seconds

        async def attempt(asks: Asks) -> T:
            writing = await Writing(asks, self._ancestors).begin()
            result = await work(writing)
            await writing.finish()
            return result

        return await self.connection.write(attempt)

    # -- files and imports
    async def known_files(self, root: str) -> AsyncIterator[Sequence[FileStamp]]:
        after = b""
        while True:
            found = await self.connection.query(
                statements.FILES_OF_ROOT, root=path_key(root), start=path_start(after), after=after, limit=_STAMPS
            )
            if not found:
                return
            stamps = [files.stamp(file_of(row)) for row in found]
            yield stamps
            after = os.fsencode(stamps[-1].path)

    async def discover(self, files_: Sequence[AssetFile]) -> list[int]:
        return await self._write(lambda writing: files.discover(writing, files_))

    async def mark_absent(
        self, file_ids: Sequence[int], *, present: bool = False, describe: Describe | None = None
    ) -> None:
        async def work(writing: Writing) -> None:
            images = await files.mark_absent(writing, file_ids, present=present)
            if describe is not None:
                await writing.load_images(images)
                redescribe(writing, images, describe)

        await self._write(work, concepts=describe is not None)

    async def find_by_hash(self, content_hashes: Sequence[str]) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for part in parts(list(content_hashes)):
            for row in await self.connection.query(statements.IMAGES_BY_HASH, hashes=part):
                found[row["content_hash"]] = row["number"]
        return found

    async def pending_files(self, limit: int, after: int = 0, first: Sequence[int] = ()) -> list[AssetFile]:
        urgent: list[AssetFile] = []
        if first:
            query = statements.PENDING_OF_IMAGES
            urgent = files.assets(await self.connection.query(query, keys=list(first), after=after, limit=limit))
        seen = {file.id for file in urgent}
        rest = files.assets(await self.connection.query(statements.PENDING, after=after, limit=limit))
        return [*urgent, *(file for file in rest if file.id not in seen)][:limit]

    async def write_imported(self, batch: Sequence[Imported], describe: Describe | None = None) -> list[int | None]:
        return await self._write(lambda writing: Import(writing, describe).write(batch), concepts=True)

    async def retry(self, *, file_ids: Sequence[int] = (), stage: str | None = None, failed_only: bool = True) -> int:
        return await self._write(lambda writing: files.retry(writing, file_ids, stage, failed_only))

    async def stage_counts(self) -> list[StageCount]:
        counts: list[tuple[int, int, int]] = []
        for place, stage in enumerate(STAGES):
            found = await self.connection.query(statements.stage_counts(stage))
            counts += [(place, STATES.index(StageState(row["state"])), row["files"]) for row in found]
        return [StageCount(STAGES[place], STATES[state], count) for place, state, count in sorted(counts)]

    async def failed_files(self, limit: int = 200, after: int = 0) -> list[FailedFile]:
        found = files.assets(await self.connection.query(statements.FAILED, after=after, limit=limit))
        return [
            FailedFile(file.id, file.path, record.stage, record.reason, record.attempts)
            for file in found
            for record in file.stages
            if record.state is StageState.FAILED
        ]

    async def purge_absent(self, root: str) -> int:
        return await self._write(lambda writing: edits.purge_absent(writing, path_key(root)))

    # -- reading
    async def images(self, ids: Sequence[int], fields: frozenset[str] | None = None) -> list[Image | None]:
        if not len(ids):
            return []
        query = statements.images(_EDGES if fields is None else fields & _EDGES)
        found = map(kept_of, await self.connection.query(query, keys=sorted({int(number) for number in ids})))
        images = {kept.image.id: kept.effective for kept in found}
        return [images.get(number) for number in ids]

    async def people(self, ids: Sequence[int] | None = None) -> list[Person]:
        found = map(person_of, await self.connection.query(statements.PEOPLE))
        chosen = None if ids is None else set(ids)
        return sorted((one for one in found if chosen is None or one.id in chosen), key=lambda person: person.id)

    async def places(self, keys: Sequence[str] | None = None) -> list[Place]:
        if keys is None:
            found = await self.connection.query(statements.PLACES)
        else:
            found = await self.connection.query(statements.PLACES_OF, keys=[str(key) for key in keys])
        return sorted(map(place_of, found), key=lambda place: place.key)

    async def albums(self, ids: Sequence[int] | None = None) -> list[Album]:
        found = map(album_of, await self.connection.query(statements.ALBUMS))
        return sorted((one for one in found if ids is None or one.id in ids), key=lambda album: album.id)

    async def faces(self, ids: Sequence[int]) -> list[Face]:
        found: list[Face] = []
        for part in parts(sorted(set(ids))):
            found += map(face_of, await self.connection.query(statements.FACES, keys=part))
        return sorted(found, key=lambda face: face.id)

    async def album_members(self, album_id: int) -> list[int]:
        return sorted(await self.connection.query(statements.ALBUM_MEMBERS, album=album_id))

    # -- edits by people
    async def edit_images(self, ids: Sequence[int], edit: Mapping[str, Any]) -> str:
        numbers = [int(number) for number in ids]
        return await self._write(lambda writing: edits.edit_images(writing, numbers, edit), concepts=True)

    async def undo(self, token: str) -> None:
        await self._write(lambda writing: edits.undo(writing, token))

    async def edited(self, edit_id: int) -> Edited | None:
        found = await self.connection.query(statements.EDIT, number=edit_id)
        return bulk.edited_of(found[0]) if found else None

    async def save_person(self, person: Person) -> Person:
        return await self._write(lambda writing: people.save_person(writing, person))

    async def assign_faces(self, face_ids: Sequence[int], person_id: int | None, *, by_user: bool) -> None:
        await self._write(lambda writing: people.assign_faces(writing, face_ids, person_id, by_user))

    async def merge_people(self, keep: int, merge: Sequence[int]) -> None:
        await self._write(lambda writing: people.merge_people(writing, keep, merge))

    async def face_rows(self, image_ids: Sequence[int] | None = None, batch: int = 5_000) -> AsyncIterator[FaceRows]:
        if image_ids is None:
            after = 0
            while found := await self.connection.query(statements.NEXT_FACES, after=after, limit=batch):
                yield likeness.face_rows(found)
                after = found[-1]["number"]
            return
        for part in _slices(image_ids, batch):
            yield likeness.face_rows(await self.connection.query(statements.FACES_OF, keys=part))

    async def group_faces(self, groups: Sequence[FaceGroup]) -> list[int]:
        return await self._write(lambda writing: likeness.group_faces(writing, groups))

    async def look_rows(self, image_ids: Sequence[int] | None = None, batch: int = 5_000) -> AsyncIterator[LookRows]:
        if image_ids is None:
            after = 0
            while found := await self.connection.query(statements.NEXT_LOOKS, after=after, limit=batch):
                yield likeness.look_rows([kept_of(row) for row in found])
                after = found[-1]["number"]
            return
        for part in _slices(image_ids, batch):
            kept = map(kept_of, await self.connection.query(statements.images(()), keys=part))
            yield likeness.look_rows(sorted(kept, key=lambda one: one.image.id))

    async def mark_alike(self, found: Mapping[int, Alike]) -> None:
        await self._write(lambda writing: likeness.mark_alike(writing, found))

    async def save_album(self, album: Album) -> Album:
        return await self._write(lambda writing: people.save_album(writing, album))

    async def delete_album(self, album_id: int) -> None:
        await self._write(lambda writing: people.delete_album(writing, album_id))

    async def delete_images(self, ids: Sequence[int]) -> None:
        await self._write(lambda writing: edits.delete_images(writing, [int(number) for number in ids]))

    # -- feed, facts, settings
    async def head(self) -> str:
        (library,) = await self.connection.query(statements.LIBRARY)
        return self._saw(_cursor(library))

    async def changes(self, since: str | None, limit: int = 10_000) -> tuple[list[Change], str, bool]:
        start = _seq(since)
        (found,) = await self.connection.query(statements.CHANGES, after=start or 0, limit=limit)
        library = _single(found["library"])
        if since is not None and (start is None or start > library["seq"] or _epoch(since) != library["epoch"]):
            return [], self._saw(_cursor(library)), True
        changes = [_change(row) for row in found["changes"]]
        cursor = f"{library['epoch']}-{changes[-1].seq}" if changes else _cursor(library)
        return changes, self._saw(cursor), False

    def _saw(self, cursor: str) -> str:
        task = asyncio.current_task()
        if task is not None:
            self._seen[task] = cursor
        return cursor

    async def wait_for_change(self, timeout_s: float, since: str | None = None) -> bool:
        task = asyncio.current_task()
        seen = self._seen.get(task) if since is None and task is not None else since
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while True:
            (library,) = await self.connection.query(statements.LIBRARY)
            head = _cursor(library)
            if head != seen:
                self._saw(head)
                return True
            left = deadline - loop.time()
            if left <= 0:
                return False
            await asyncio.sleep(min(POLL_S, left))

    async def facts(self, ids: Sequence[int] | None = None, batch: int = 20_000) -> AsyncIterator[FactBatch]:
        size = min(batch, _FACTS)
        if ids is None:
            after = 0
            while found := await self.connection.query(statements.NEXT_IMAGES, after=after, limit=size):
                yield facts_of([kept_of(row) for row in found])
                after = found[-1]["number"]
            return
        for part in _slices(ids, size):
            kept = [kept_of(row) for row in await self.connection.query(statements.images(), keys=part)]
            if kept:
                yield facts_of(sorted(kept, key=lambda one: one.image.id))

    async def get_setting(self, key: str) -> str | None:
        found = await self.connection.query(statements.SETTING, key=key)
        return found[0]["value"] if found else None

    async def put_setting(self, key: str, value: str) -> None:
        await self.connection.write(lambda asks: portable.put_setting(asks, key, value))

    async def entry(self, kind: str, key: str) -> Entry | None:
        return await entries.get(self.connection, kind, key)

    async def entries(
        self, kind: str, *, owner: str | None = None, after: str = "", limit: int = 1_000, newest: bool = False
    ) -> list[Entry]:
        return await entries.listed(self.connection, kind, owner, after, limit, newest)

    async def put_entry(self, entry: Entry, *, expected: int | None = None) -> Entry:
        return await self.connection.write(lambda asks: entries.put(asks, entry, expected))

    async def delete_entry(self, kind: str, key: str) -> bool:
        return await self.connection.write(lambda asks: entries.delete(asks, kind, key))

    async def purge_expired_entries(self) -> int:
        return await self.connection.write(entries.purge_expired)

    # -- the whole library
    async def export(self) -> AsyncIterator[dict[str, Any]]:
        async with self.connection.snapshot() as asks:
            async for record in portable.export(asks):
                yield record

    async def import_records(self, records: Iterable[dict[str, Any]]) -> int:
        begun = False

        async def restore(writing: Writing) -> int:
            nonlocal begun
            if begun and iter(records) is records:  # read already, and not to be read again
                raise StoreUnavailable(
                    "The connection to the EdgeDB server was lost in the middle; nothing was kept: import again."
                )
            begun = True
            return await portable.Restore(writing).write(records)

        return await self._write(restore, concepts=True)


def _slices(ids: Sequence[int], size: int) -> Iterator[list[int]]:
    chosen = sorted({int(number) for number in ids})
    return (chosen[start : start + size] for start in range(0, len(chosen), size))


def _cursor(library: Mapping[str, Any]) -> str:
    return f"{library['epoch']}-{library['seq']}"


def _epoch(cursor: str) -> str:
    return cursor.rpartition("-")[0]


def _seq(cursor: str | None) -> int | None:
    number = cursor.rpartition("-")[2] if cursor is not None else ""
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None


def _change(row: Mapping[str, Any]) -> Change:
    kind = NodeKind(row["kind"])
    node = row["node"] if kind is NodeKind.PLACE else int(row["node"])
    return Change(row["seq"], kind, node, Op.DELETE if row["deleted"] else Op.UPSERT)


def _single(found: Any) -> Mapping[str, Any]:
    """A set of one, whether the server says so or not."""
    held: Mapping[str, Any] = found[0] if isinstance(found, list) else found
    return held
