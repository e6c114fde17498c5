"""`SqliteStore`: the library in one SQLite file. The default `GraphStore`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import apsw

from schema.edited import Edited
from schema.entries import Entry
from schema.errors import PiGalleryError
from schema.facts import FactBatch
from schema.graph import Album, AssetFile, Change, Face, Image, Person, Place
from schema.likeness import Alike, FaceGroup, FaceRows, LookRows
from schema.sqlite import bulk, edits, entries, facts, feed, files, likeness, people, portable, reading
from schema.sqlite.backup import backup
from schema.sqlite.connection import ConnectionThread, Glance, prepare
from schema.sqlite.edges import Tags
from schema.sqlite.imports import Import, redescribe
from schema.store import Describe, FailedFile, FileStamp, Imported, StageCount

log = logging.getLogger("pigallery")
POLL_S = 0.05
"""How often a waiting reader looks for other processes' commits: one cheap counter in shared memory."""
_STAMPS = 5_000
_RECORDS = 200

P = ParamSpec("P")
T = TypeVar("T")


class SqliteStore:
    """One writer thread, one for reads, one for long streams, so that none waits for another.

    Any number of processes may have the same library open: WAL lets all of them read while one writes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = ConnectionThread(path, writable=True)
        self._reader = ConnectionThread(path, writable=False)
        self._streamer = ConnectionThread(path, writable=False)
        self._finisher = ConnectionThread(path, writable=True)
        """Writes what waits of edits of many images, whenever nothing else is to be written."""
        self._glance = Glance(path)
        """For what every request asks: who it is of, and whether a picture is there."""
        self._tags = Tags()
        self._seen: WeakKeyDictionary[asyncio.Task[Any], str] = WeakKeyDictionary()
        """How far each task has read the feed."""
        self._finishing: asyncio.Task[None] | None = None
        self._closed = False
        self._writes = 0
        self._free = asyncio.Event()
        self._free.set()

    async def open(self) -> None:
        await self._writer.call(lambda: prepare(self._path))
        if await self._reader.run(bulk.is_waiting):
            self._finish_soon()

    async def close(self) -> None:
        if self._finishing is not None:
            self._finishing.cancel()
            with suppress(asyncio.CancelledError):
                await self._finishing
        self._closed = True
        self._glance.close()
        for thread in (self._finisher, self._streamer, self._reader, self._writer):
            await thread.close()

    async def _write(self, job: Callable[Concatenate[apsw.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Done whole, also when whoever asked for it is gone meanwhile."""
        self._writes += 1
        self._free.clear()
        work = asyncio.ensure_future(self._writer.run(job, *args, **kwargs))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait({work})
            if work.cancelled() or work.exception() is not None:
                self._tags.forget()
            raise
        except BaseException:
            self._tags.forget()
            raise
        finally:
            self._writes -= 1
            if not self._writes:
                self._free.set()

    def _finish_soon(self) -> None:
        """Write what waits of edits of many images, with room for others between the slices."""
        if self._finishing is None or self._finishing.done():
            self._finishing = asyncio.create_task(self._finish(), name="store-finish")

    async def _finish(self) -> None:
        size = bulk.SLICES[0]
        try:
            while size:
                await self._free.wait()
                size = await self._finisher.run(bulk.write_slice, size)
                await asyncio.sleep(bulk.SLICE_S)
        except PiGalleryError as error:
            log.warning("An edit is not written into all its images yet; it goes on at the next start: %s", error)

    async def _found(self, short: bool, job: Callable[..., T], *args: Any) -> T:
        """What a job reads: at once where it is a `short` one and nothing locks it, else in the reading thread."""
        glanced = self._glance.read(job, *args) if short and not self._closed else None
        return glanced[0] if glanced is not None else await self._reader.run(job, *args)

    async def _settled(self, ids: Sequence[int] | None = None) -> None:
        """Before rows of some images (None: of all) are read: see that no edit of them waits."""
        if not await self._found(ids is not None and len(ids) == 1, bulk.is_waiting, ids):
            return
        if ids is not None:
            await self._write(bulk.settle, ids)
            return
        size = bulk.SLICES[1]
        while size:
            size = await self._write(bulk.write_slice, size)

    # -- files and imports
    async def known_files(self, root: str) -> AsyncIterator[Sequence[FileStamp]]:
        after = b""
        while True:
            stamps, after = await self._streamer.run(files.stamps, root, after, _STAMPS)
            if not stamps:
                return
            yield stamps

    async def discover(self, files_: Sequence[AssetFile]) -> list[int]:
        return await self._write(files.discover, files_)

    async def mark_absent(
        self, file_ids: Sequence[int], *, present: bool = False, describe: Describe | None = None
    ) -> None:
        def mark(db: apsw.Connection) -> None:
            images = files.mark_absent(db, file_ids, present=present)
            if describe is not None:
                redescribe(db, self._tags, images, describe)

        await self._write(mark)

    async def find_by_hash(self, content_hashes: Sequence[str]) -> Mapping[str, int]:
        return await self._reader.run(files.by_hash, content_hashes)

    async def pending_files(self, limit: int, after: int = 0, first: Sequence[int] = ()) -> list[AssetFile]:
        return await self._reader.run(files.pending, limit, after, first)

    async def write_imported(self, batch: Sequence[Imported], describe: Describe | None = None) -> list[int | None]:
        return await self._write(lambda db: Import(db, self._tags, describe).write(batch))

    async def retry(self, *, file_ids: Sequence[int] = (), stage: str | None = None, failed_only: bool = True) -> int:
        return await self._write(files.retry, file_ids, stage, failed_only)

    async def stage_counts(self) -> list[StageCount]:
        return await self._reader.run(files.stage_counts)

    async def failed_files(self, limit: int = 200, after: int = 0) -> list[FailedFile]:
        return await self._reader.run(files.failed, limit, after)

    async def purge_absent(self, root: str) -> int:
        return await self._write(edits.purge_absent, root)

    # -- reading
    async def images(self, ids: Sequence[int], fields: frozenset[str] | None = None) -> list[Image | None]:
        await self._settled(ids)
        return await self._found(len(ids) == 1 and fields == frozenset(), reading.images, ids, fields)

    async def people(self, ids: Sequence[int] | None = None) -> list[Person]:
        return await self._reader.run(reading.people, ids)

    async def places(self, keys: Sequence[str] | None = None) -> list[Place]:
        return await self._reader.run(reading.places, keys)

    async def albums(self, ids: Sequence[int] | None = None) -> list[Album]:
        return await self._reader.run(reading.albums, ids)

    async def faces(self, ids: Sequence[int]) -> list[Face]:
        return await self._reader.run(reading.faces_by_id, ids)

    async def album_members(self, album_id: int) -> list[int]:
        await self._settled()
        return await self._reader.run(reading.album_members, album_id)

    # -- edits by people
    async def edit_images(self, ids: Sequence[int], edit: Mapping[str, Any]) -> str:
        token = await self._write(edits.edit_images, self._tags, ids, edit)
        if len(ids) > bulk.MANY:
            self._finish_soon()
        return token

    async def undo(self, token: str) -> None:
        await self._write(edits.undo, token)
        self._finish_soon()

    async def edited(self, edit_id: int) -> Edited | None:
        return await self._reader.run(bulk.told, edit_id)

    async def save_person(self, person: Person) -> Person:
        return await self._write(people.save_person, person)

    async def assign_faces(self, face_ids: Sequence[int], person_id: int | None, *, by_user: bool) -> None:
        await self._write(people.assign_faces, face_ids, person_id, by_user)

    async def merge_people(self, keep: int, merge: Sequence[int]) -> None:
        await self._write(people.merge_people, keep, merge)

    async def face_rows(self, image_ids: Sequence[int] | None = None, batch: int = 5_000) -> AsyncIterator[FaceRows]:
        after = 0
        while image_ids is None and (rows := await self._streamer.run(likeness.faces_after, after, batch)) is not None:
            yield rows
            after = int(rows.image[-1])
        for chosen in _slices(image_ids, batch):
            yield await self._streamer.run(likeness.faces_of, chosen)

    async def group_faces(self, groups: Sequence[FaceGroup]) -> list[int]:
        return await self._write(likeness.group_faces, groups)

    async def look_rows(self, image_ids: Sequence[int] | None = None, batch: int = 5_000) -> AsyncIterator[LookRows]:
        after = 0
        while image_ids is None and (rows := await self._streamer.run(likeness.looks_after, after, batch)) is not None:
            yield rows
            after = int(rows.id[-1])
        for chosen in _slices(image_ids, batch):
            yield await self._streamer.run(likeness.looks_of, chosen)

    async def mark_alike(self, found: Mapping[int, Alike]) -> None:
        await self._write(likeness.mark_alike, found)

    async def save_album(self, album: Album) -> Album:
        return await self._write(people.save_album, album)

    async def delete_album(self, album_id: int) -> None:
        await self._write(people.delete_album, album_id)

    async def delete_images(self, ids: Sequence[int]) -> None:
        await self._write(edits.delete_images, ids)

    # -- feed, facts, settings
    async def head(self) -> str:
        return self._saw(await self._reader.run(feed.head))

    async def changes(self, since: str | None, limit: int = 10_000) -> tuple[list[Change], str, bool]:
        changes, cursor, reset = await self._reader.run(feed.since, since, limit)
        return changes, self._saw(cursor), reset

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
        version = -1
        while True:
            now = await self._reader.bare(_data_version)
            if now != version:
                version = now
                head = await self._reader.run(feed.head)
                if head != seen:
                    self._saw(head)
                    return True
            left = deadline - loop.time()
            if left <= 0:
                return False
            await asyncio.sleep(min(POLL_S, left))

    async def facts(self, ids: Sequence[int] | None = None, batch: int = 20_000) -> AsyncIterator[FactBatch]:
        await self._settled(ids)
        if ids is None:
            after = 0
            while (found := await self._streamer.run(facts.after, after, batch)) is not None:
                yield found
                after = int(found.id[-1])
            return
        chosen = sorted(set(ids))
        for start in range(0, len(chosen), batch):
            found = await self._streamer.run(facts.of, chosen[start : start + batch])
            if found is not None:
                yield found

    async def get_setting(self, key: str) -> str | None:
        def read(db: apsw.Connection) -> str | None:
            return db.execute("SELECT value FROM setting WHERE key = ?", (key,)).get  # type: ignore[no-any-return]

        return await self._reader.run(read)

    async def put_setting(self, key: str, value: str) -> None:
        await self._write(lambda db: db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (key, value)))

    async def entry(self, kind: str, key: str) -> Entry | None:
        return await self._found(True, entries.get, kind, key)

    async def entries(
        self, kind: str, *, owner: str | None = None, after: str = "", limit: int = 1_000, newest: bool = False
    ) -> list[Entry]:
        return await self._found(limit == 1, entries.listed, kind, owner, after, limit, newest)

    async def put_entry(self, entry: Entry, *, expected: int | None = None) -> Entry:
        return await self._write(entries.put, entry, expected)

    async def delete_entry(self, kind: str, key: str) -> bool:
        return await self._write(entries.delete, kind, key)

    async def purge_expired_entries(self) -> int:
        return await self._write(entries.purge_expired)

    async def export(self) -> AsyncIterator[dict[str, Any]]:
        await self._settled()
        thread = ConnectionThread(self._path, writable=False)
        records: Iterator[dict[str, Any]] | None = None
        try:
            records = await thread.bare(portable.export)
            while chunk := await thread.call(lambda: list(islice(records, _RECORDS))):
                for record in chunk:
                    yield record
        finally:
            await thread.close()

    async def import_records(self, records: Iterable[dict[str, Any]]) -> int:
        return await self._write(lambda db: portable.Restore(db, self._tags).write(records))

    async def backup(self, target: Path) -> None:
        """A copy of the library as it is now, while it is used; it appears whole or not at all."""
        thread = ConnectionThread(self._path, writable=False)
        try:
            await thread.bare(backup, target)
        finally:
            await thread.close()


def _slices(ids: Sequence[int] | None, size: int) -> Iterator[Sequence[int]]:
    chosen = sorted(set(ids or ()))
    return (chosen[start : start + size] for start in range(0, len(chosen), size))


def _data_version(db: apsw.Connection) -> int:
    """Changes whenever another connection commits."""
    return int(db.pragma("data_version"))
