"""`Library`: one open photo library. It keeps the read index in step with the store and hands out `View`s."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import anyio.to_thread

from schema.edited import Assigned
from schema.errors import PiGalleryError
from schema.explicit import ExplicitChoices
from schema.facts import FactBatch
from schema.filter.compose import rewrite
from schema.filter.nodes import ImageFilter
from schema.filter.photo import Embed
from schema.gazetteer import Gazetteer
from schema.graph import Album, Change, NodeKind, Op, Person, Place, Stage, StageState
from schema.index import ReadIndex
from schema.lexicon import Lexicon
from schema.memory import give_back, uncollected
from schema.patience import still_wanted
from schema.policy import Viewer
from schema.query import QueryEngine
from schema.readers import Readers
from schema.recent import Recent
from schema.settings import Settings
from schema.store import GraphStore
from schema.stores import open_store, store_engine
from schema.transfer import Progress
from schema.view import View
from schema.words import label_key

log = logging.getLogger("pigallery")
T = TypeVar("T")

NAMED = frozenset({NodeKind.PERSON, NodeKind.PLACE, NodeKind.ALBUM})
"""Nodes that filters name."""
SLICE = 200
"""Images taken into the index at once; questions are answered in between."""
SAVE_EVERY_S = 300.0
"""The index is saved at most this often while it changes."""
WAIT_S = 30.0
"""How long to wait for a change before asking again."""
RETRY_S = 2.0
"""How long to wait when the store cannot answer."""


class Index(QueryEngine, Protocol):
    """A query engine that is fed from a store."""

    def apply(self, batch: FactBatch) -> None:
        """Take in images, or what they have become."""

    def remove(self, ids: Sequence[int]) -> None: ...

    def edit(self, assigned: Sequence[Assigned]) -> None:
        """Set values of very many images, at once."""

    def set_names(self, people: Mapping[int, str], places: Sequence[Place], albums: Sequence[Album]) -> None: ...

    def save(self, folder: Path, cursor: str) -> None: ...


class Library:
    """Made by `Library.open`. All questions run one after the other on one thread, so an answer is of one moment."""

    def __init__(
        self,
        store: GraphStore,
        make_index: Callable[[], Index],
        lexicon: Lexicon,
        gazetteer: Gazetteer,
        snapshot: Path | None = None,
        *,
        fed: bool = True,
        embed: Embed | None = None,
        progress: Progress | None = None,
    ) -> None:
        """`fed`: whether the index takes in facts; one that asks the store itself needs none. `embed`: what the index
        asks what texts mean. `progress`: told while an index is made anew."""
        self.embed = embed
        self._progress = progress
        self.store = store
        self.lexicon = lexicon
        self.gazetteer = gazetteer
        self.explicit = ExplicitChoices(store)
        self.readers = Readers()
        self.recent = Recent()
        """What the index took in last."""
        self.people: dict[int, Person] = {}
        self.places: dict[str, Place] = {}
        self.albums: dict[int, Album] = {}
        self.version = 0
        """Raised whenever the answers may have changed."""
        self._make_index = make_index
        self._index = make_index()
        self._cursor: str | None = None
        self._snapshot = snapshot
        self._load: Callable[[], tuple[Index, str] | None] | None = None
        self._fed = fed
        self._place_names: set[str] = set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="index")
        self._refreshing = asyncio.Lock()
        self._changed = asyncio.Event()
        self._follower: asyncio.Task[None] | None = None
        self._saved_version = 0

    @classmethod
    async def open(
        cls,
        settings: Settings,
        *,
        follow: bool = True,
        embed: Embed | None = None,
        progress: Progress | None = None,
    ) -> Library:
        """Open the store, the words and the places, and the index from its snapshot, or else anew from the facts.

        `follow`: go on taking in what any process changes, until closed. `embed`: what texts mean, for `semantic`.
        `progress`: told how many images, of about how many, the index has while it is made anew.
        Raises BadConfig with what to do.
        """
        store = open_store(settings)
        await store.open()
        try:
            lexicon = await anyio.to_thread.run_sync(Lexicon.open, settings.data, settings.packages)
            gazetteer = await anyio.to_thread.run_sync(Gazetteer.open, settings.data, settings.packages)
            if settings.query == "store":
                library = cls(store, store_engine(settings, lexicon, embed), lexicon, gazetteer, fed=False, embed=embed)
                await library.start(follow=follow)
                return library
            index = partial(ReadIndex, lexicon, text_embedder=embed)
            library = cls(store, index, lexicon, gazetteer, settings.snapshot, embed=embed, progress=progress)
            loaded = await anyio.to_thread.run_sync(ReadIndex.load, settings.snapshot, lexicon, embed)
            library._load = partial(ReadIndex.load, settings.snapshot, lexicon, embed)
            await library.start(loaded, follow=follow)
            if loaded is None:
                await library.settle()
        except BaseException:
            await store.close()
            raise
        return library

    async def start(self, loaded: tuple[Index, str] | None = None, *, follow: bool = True) -> None:
        """Come up to date, from a snapshot (index, cursor) or from nothing."""
        if loaded is not None:
            self._index, self._cursor = loaded
            await self._read_names()
        await self.refresh()
        if loaded is not None:
            self._saved_version = self.version
        if follow:
            self._follower = asyncio.create_task(self._follow(), name="library-follower")

    async def settle(self) -> None:
        """Save the index and use it from then on where it lies on disk: one that was made anew, or has changed for a
        while, takes twice the memory."""
        async with self._refreshing:
            if self._load is not None and await self._save():
                saved = await anyio.to_thread.run_sync(self._load)
                if saved is not None and saved[1] == self._cursor:
                    await self._read_names(index=saved[0])
                    self._index = saved[0]
                del saved
        await anyio.to_thread.run_sync(give_back)

    async def close(self) -> None:
        if self._follower is not None:
            self._follower.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._follower
        async with self._refreshing:
            await self._save()
        self._thread.shutdown()
        await self.store.close()

    def view(self, viewer: Viewer) -> View:
        """The library as this viewer sees it."""
        return View(self, viewer)

    async def ask(self, question: Callable[[Index], T]) -> T:
        """Put a question to the index, on its thread. Raises TooSlow when whoever asks waits no longer."""
        answer = partial(copy_context().run, self._answer, question)
        return await asyncio.get_running_loop().run_in_executor(self._thread, answer)

    def _answer(self, question: Callable[[Index], T]) -> T:
        still_wanted()
        return question(self._index)

    # -- keeping in step

    async def refresh(self) -> None:
        """Take in everything committed up to now, by whatever process."""
        async with self._refreshing:
            changed = False
            while True:
                changes, cursor, reset = ([], None, True) if self._cursor is None else await self._changes()
                if reset:
                    await self._rebuild()
                    changed = True
                    continue
                if not changes:
                    self._cursor = cursor
                    break
                before = self._cursor
                self._cursor = cursor if await self._take_in(changes) else None
                if before is not None and self._cursor is not None:
                    self.recent.add(before, changes, self._cursor)
                changed = True
            if changed:
                self._announce()

    async def _changes(self) -> tuple[list[Change], str | None, bool]:
        return await self.store.changes(self._cursor)

    async def _rebuild(self) -> None:
        """Start anew from the facts. What is committed meanwhile comes by the feed, again if need be."""
        self.recent.forget()
        cursor = await self.store.head()
        index = self._make_index()
        await self._read_names(index=index)
        if self._fed:
            with uncollected():
                await self._fill(index)
        self._index, self._cursor = index, cursor

    async def _fill(self, index: Index) -> None:
        """With all facts, some read while others are taken in."""
        counts = await self.store.stage_counts()
        total = sum(one.count for one in counts if (one.stage, one.state) == (Stage.IDENTIFY, StageState.DONE))
        done, batches = 0, self.store.facts()
        coming = asyncio.ensure_future(anext(batches, None))
        try:
            while (batch := await coming) is not None:
                coming = asyncio.ensure_future(anext(batches, None))
                await self._run(index.apply, batch)
                done += len(batch)
                if self._progress is not None:
                    self._progress(done, max(done, total))
        finally:
            coming.cancel()

    async def _take_in(self, changes: Iterable[Change]) -> bool:
        """False: too much was missed, start anew."""
        images = {int(change.id): change.op for change in changes if change.kind is NodeKind.IMAGE}
        named = {change.kind for change in changes} & NAMED
        if named:
            await self._read_names(named)
        if not self._fed:
            return True
        gone = [number for number, op in images.items() if op is Op.DELETE]
        if gone:
            await self._run(self._index.remove, gone)
        # Before single images, whose facts are read as they are now, these edits included.
        others = set[int]()
        for change in changes:
            if change.kind is NodeKind.EDIT:
                edit = await self.store.edited(int(change.id))
                if edit is None:
                    return False
                await self._run(self._index.edit, edit.assigned)
                others.update(edit.others.tolist())
        there = sorted(others.union(number for number, op in images.items() if op is Op.UPSERT))
        for start in range(0, len(there), SLICE):
            part = there[start : start + SLICE]
            found = set[int]()
            async for batch in self.store.facts(part):
                await self._run(self._index.apply, batch)
                found.update(batch.id.tolist())
            vanished = sorted(set(part) - found)
            if vanished:
                await self._run(self._index.remove, vanished)
        return True

    async def _read_names(self, kinds: Set[NodeKind] = NAMED, index: Index | None = None) -> None:
        """Read the people, places or albums anew, and tell the index."""
        if NodeKind.PERSON in kinds:
            self.people = {person.id: person for person in await self.store.people()}
        if NodeKind.PLACE in kinds:
            self.places = {place.key: place for place in await self.store.places()}
            self._place_names = {label_key(place.name) for place in self.places.values()}
        if NodeKind.ALBUM in kinds:
            self.albums = {album.id: album for album in await self.store.albums()}
        names = {person.id: person.name for person in self.people.values()}
        albums = [replace(album, filter=album.filter and self.resolve(album.filter)) for album in self.albums.values()]
        await self._run((self._index if index is None else index).set_names, names, list(self.places.values()), albums)

    async def _run(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(work, *arguments))

    async def _follow(self) -> None:
        saved = asyncio.get_running_loop().time()
        while True:
            try:
                if await self.store.wait_for_change(WAIT_S):
                    await self.refresh()
                now = asyncio.get_running_loop().time()
                if now - saved > SAVE_EVERY_S:
                    saved = now
                    await self.settle()
            except PiGalleryError as error:
                log.warning("The library cannot be followed for the moment: %s", error)
                await asyncio.sleep(RETRY_S)
            except Exception:
                log.exception("Following the library failed; trying again")
                await asyncio.sleep(RETRY_S)

    async def _save(self) -> bool:
        """Whether there was something to save, and it was."""
        if self._snapshot is None or self._cursor is None or self._saved_version == self.version:
            return False
        version = self.version
        try:
            await anyio.to_thread.run_sync(self._index.save, self._snapshot, self._cursor)
        except OSError as error:
            log.warning(
                "The index cannot be saved to %s (%s); it will be made anew at the next start", self._snapshot, error
            )
            return False
        self._saved_version = version
        return True

    # -- telling others

    def _announce(self) -> None:
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def on_change(self, coalesce_s: float = 0.1) -> AsyncGenerator[int, None]:
        """A version whenever answers may have changed since this call; many within `coalesce_s` come as one."""
        return self._versions_after(self.version, coalesce_s)

    async def _versions_after(self, seen: int, coalesce_s: float) -> AsyncGenerator[int, None]:
        while True:
            changed = self._changed
            if self.version == seen:
                await changed.wait()
                await asyncio.sleep(coalesce_s)
            seen = self.version
            yield seen

    # -- what names mean

    def resolve(self, asked: ImageFilter) -> ImageFilter:
        """Place names that no picture's place bears, by the gazetteer: `usa`, or a point to be near to."""
        return rewrite(asked, self._resolve_places)

    def _resolve_places(self, part: ImageFilter) -> ImageFilter:
        asked = part.place
        if asked is None or not (asked.within or asked.none or (asked.near and asked.near.place)):
            return part
        new: dict[str, object] = {name: self._place_keys(getattr(asked, name)) for name in ("within", "none")}
        near = asked.near
        if near is not None and near.place is not None and not self._is_known(near.place):
            place = self.gazetteer.place(near.place) or next(iter(self.gazetteer.find(near.place, 1)), None)
            if place is not None:
                new["near"] = near.model_copy(update={"place": None, "lat": place.lat, "lon": place.lon})
        return part.model_copy(update={"place": asked.model_copy(update=new)})

    def _is_known(self, reference: str) -> bool:
        return reference in self.places or label_key(reference) in self._place_names

    def _place_keys(self, references: tuple[str, ...]) -> tuple[str, ...]:
        keys: list[str] = []
        for reference in references:
            if not self._is_known(reference):
                keys += [place.key for place in self.gazetteer.find(reference, 10) if place.key in self.places]
            keys.append(reference)
        return tuple(dict.fromkeys(keys))
