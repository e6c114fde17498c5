"""The change feed as a viewer may know it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from schema.filter.compose import parts
from schema.filter.nodes import ImageFilter
from schema.graph import Change, NodeKind, Op
from schema.index.bitmaps import BitMap
from schema.patience import answered_within
from schema.policy import Capability
from schema.query import FacetBy
from schema.readers import Told, reader_of
from schema.store import FailedFile
from schema.view.names import NamesView
from schema.visibility import sees_everything, sees_names, sees_paths, sees_places

NAMED = (NodeKind.PERSON, NodeKind.PLACE, NodeKind.ALBUM)
AT_ONCE = 1_000
"""Changes read together."""
FEW = 2_000
"""Up to so many images are told one by one; a reader who sees a part and of whose images more changed starts anew."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What some changes were of."""

    images: BitMap
    seqs: dict[int, int]
    """Image -> its newest change."""
    unknown: bool
    """There are others that cannot be named any more."""


class ChangesView(NamesView):
    """The part of `View` that tells what changed."""

    async def changes(self, since: str | None, limit: int = 1000) -> tuple[list[Change], str, bool]:
        """Changes after a cursor, as the viewer may know them.

        Who sees a part is told of what they see, and that something is gone only when they were told of it before: by
        this feed from its beginning, or by what they saw when they began with `limit` 0. Their cursor says nothing.

        The flag says that the reader must forget all and start anew from the cursor that comes with it: the library
        began another life, the cursor is not known any more, or too much changed at once.
        """
        self.viewer.require(Capability.READ)
        if not sees_everything(self.viewer):
            return await self._part(since, limit)
        changes, cursor, reset = await self.library.store.changes(since, limit)
        await self.library.refresh()
        return self._allowed(changes), cursor, reset

    def _allowed(self, changes: Iterable[Change]) -> list[Change]:
        """Without kinds of nodes that the viewer has no right to."""
        hidden = set[NodeKind]()
        if not sees_paths(self.viewer) or not sees_everything(self.viewer):
            hidden.add(NodeKind.FILE)
        if not sees_places(self.viewer):
            hidden.add(NodeKind.PLACE)
        if not sees_names(self.viewer):
            hidden |= {NodeKind.PERSON, NodeKind.ALBUM}
        return [change for change in changes if change.kind not in hidden]

    async def _part(self, since: str | None, limit: int) -> tuple[list[Change], str, bool]:
        """For a viewer who sees a part."""
        readers, reader = self.library.readers, reader_of(self.viewer)
        if since is None and limit == 0:
            return [], readers.keep(await self._all_seen()), False
        told = Told(reader, begins=True) if since is None else readers.find(since, reader)
        if told is None:
            return [], readers.keep(await self._all_seen()), True
        while True:
            changes, position, lost = await self.library.store.changes(told.position, max(1, limit))
            await self.library.refresh()
            news = None if lost else await self._news(told, changes)
            if news is None:
                return [], readers.keep(await self._all_seen()), True
            at_end = len(changes) < max(1, limit)
            if news or since is None:
                images = (told.images | BitMap(_ids(news, Op.UPSERT))) - BitMap(_ids(news, Op.DELETE))
                others = (told.others | _others(news, Op.UPSERT)) - _others(news, Op.DELETE)
                cursor = readers.keep(Told(reader, position, images, others, told.begins and not at_end))
                return news, cursor, False
            # Nothing of this is theirs to know: not even that the feed went on.
            told.position, told.begins = position, told.begins and not at_end
            if at_end:
                return [], since, False

    async def _all_seen(self) -> Told:
        """As somebody knows it who looks at everything they see, now."""
        position = await self.library.store.head()
        await self.library.refresh()
        images = BitMap(await self._ids_seen())
        others: set[tuple[NodeKind, int | str]] = {(NodeKind.PERSON, person.id) for person in await self.people()}
        others |= {(NodeKind.ALBUM, album.id) for album in await self.albums()}
        if sees_places(self.viewer):
            others |= {(NodeKind.PLACE, key) for key in await self._counts(FacetBy.PLACE, None)}
        return Told(reader_of(self.viewer), position, images, frozenset(others))

    async def _ids_seen(self) -> Sequence[int]:
        question = await self._below_scope(ImageFilter(), trash=True)
        ids: list[int] = (await self.library.ask(lambda index: index.ids(question))).tolist()
        return ids

    async def _news(self, told: Told, changes: Sequence[Change]) -> list[Change] | None:
        """Of some changes what a reader may hear; None when that is too much, and they start anew."""
        touched = await self._touched(changes)
        named = not told.begins and any(c.kind in NAMED for c in changes) and names_others(self.viewer.scope)
        if touched.unknown or named or len(touched.images) > FEW:
            now = BitMap(await self._ids_seen())
            came = touched.images & now if told.begins else now - told.images | touched.images & now
            left = told.images - now
        else:
            came = BitMap(await self._seen(touched.images))
            left = (touched.images - came) & told.images
        if len(came) + len(left) > FEW:
            return None
        last = changes[-1].seq if changes else 0
        news = [Change(touched.seqs.get(n, last), NodeKind.IMAGE, n, Op.UPSERT) for n in came]
        news += [Change(touched.seqs.get(n, last), NodeKind.IMAGE, n, Op.DELETE) for n in left]
        news += [change async for change in self._named_news(told, changes)]
        return sorted(news, key=lambda change: change.seq)

    async def _named_news(self, told: Told, changes: Sequence[Change]) -> AsyncGenerator[Change, None]:
        """People, albums and places."""
        there = {kind: [c.id for c in changes if c.kind is kind and c.op is Op.UPSERT] for kind in NAMED}
        seen: set[tuple[NodeKind, int | str]] = set()
        if ids := [int(number) for number in there[NodeKind.PERSON]]:
            seen |= {(NodeKind.PERSON, person.id) for person in await self.people(ids)}
        if ids := [int(number) for number in there[NodeKind.ALBUM]]:
            seen |= {(NodeKind.ALBUM, album.id) for album in await self.albums(ids)}
        if keys := [str(key) for key in there[NodeKind.PLACE]]:
            seen |= {(NodeKind.PLACE, place.key) for place in await self.places(keys)}
        for change in changes:
            if (change.kind, change.id) in seen:
                yield change
            elif (change.kind, change.id) in told.others:
                yield replace(change, op=Op.DELETE)

    async def _touched(self, changes: Iterable[Change]) -> Touched:
        images, seqs, unknown = BitMap(), dict[int, int](), False
        for change in changes:
            if change.kind is NodeKind.IMAGE:
                images.add(int(change.id))
                seqs[int(change.id)] = change.seq
            elif change.kind is NodeKind.EDIT:
                edit = await self.library.store.edited(int(change.id))
                unknown = unknown or edit is None
                for part in edit.assigned if edit is not None else ():
                    images |= BitMap(part.ids)
                images |= BitMap(edit.others) if edit is not None else BitMap()
        return Touched(images, seqs, unknown)

    async def follow(self, since: str | None, within_s: float) -> AsyncGenerator[tuple[list[Change], str, bool], None]:
        """Changes from a cursor on (None: from now on), as they come, many at once when they come fast. Raises TooSlow
        where to find out which takes longer than `within_s`."""
        self.viewer.require(Capability.READ)
        cursor = since
        if since is None:
            async with answered_within(within_s):
                part = not sees_everything(self.viewer)
                cursor = (await self._part(None, 0))[1] if part else await self.library.store.head()
        watched = self.library.on_change()
        try:
            while True:
                async with answered_within(within_s):
                    changes, after, reset = await self.changes(cursor, 10_000)
                if changes or reset:
                    yield changes, after, reset
                if after == cursor:
                    await anext(watched)
                cursor = after
        finally:
            await watched.aclose()

    async def failed_files(self, limit: int = 200, after: int = 0) -> list[FailedFile]:
        self.viewer.require(Capability.IMPORT)
        return await self.library.store.failed_files(limit, after)


def names_others(scope: ImageFilter) -> bool:
    """Whether what a filter matches may change without a change of the images themselves."""
    return any(part.person or part.face or part.place or part.album for _, part in parts(scope))


def _ids(news: Iterable[Change], op: Op) -> Iterator[int]:
    return (int(change.id) for change in news if change.kind is NodeKind.IMAGE and change.op is op)


def _others(news: Iterable[Change], op: Op) -> frozenset[tuple[NodeKind, int | str]]:
    return frozenset((change.kind, change.id) for change in news if change.kind in NAMED and change.op is op)
