"""The change feed as a viewer may know it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace

from schema.filter.compose import parts
from schema.filter.nodes import ImageFilter
from schema.graph import Change, NodeKind, Op
from schema.policy import Capability
from schema.store import FailedFile
from schema.view.names import NamesView
from schema.visibility import sees_everything, sees_names, sees_paths, sees_places

NAMED = (NodeKind.PERSON, NodeKind.PLACE, NodeKind.ALBUM)


class ChangesView(NamesView):
    """The part of `View` that tells what changed."""

    async def changes(self, since: str | None, limit: int = 1000) -> tuple[list[Change], str, bool]:
        """Changes after a cursor, as the viewer may know them: what left the scope, or is not in it, was deleted.

        The flag says that the reader must start anew: the library began another life, or the scope names people,
        places or albums and those changed, or very many images were edited at once and some may have left the scope.
        """
        self.viewer.require(Capability.READ)
        changes, cursor, reset = await self.library.store.changes(since, limit)
        await self.library.refresh()
        if not sees_paths(self.viewer) or not sees_everything(self.viewer):
            changes = [change for change in changes if change.kind is not NodeKind.FILE]
        if not sees_places(self.viewer):
            changes = [change for change in changes if change.kind is not NodeKind.PLACE]
        if not sees_names(self.viewer):
            changes = [change for change in changes if change.kind not in (NodeKind.PERSON, NodeKind.ALBUM)]
        if sees_everything(self.viewer):
            return changes, cursor, reset
        if since is not None and any(change.kind in NAMED for change in changes) and names_others(self.viewer.scope):
            reset = True
        if any(change.kind is NodeKind.EDIT for change in changes):
            changes = [change for change in changes if change.kind is not NodeKind.EDIT]
            reset = reset or since is not None
        seen: dict[NodeKind, set[int | str]] = {kind: set() for kind in NodeKind}
        ids = {kind: [c.id for c in changes if c.kind is kind and c.op is Op.UPSERT] for kind in NodeKind}
        seen[NodeKind.IMAGE] = set(await self._seen(int(number) for number in ids[NodeKind.IMAGE]))
        seen[NodeKind.PERSON] = {person.id for person in await self.people([int(i) for i in ids[NodeKind.PERSON]])}
        seen[NodeKind.ALBUM] = {album.id for album in await self.albums([int(i) for i in ids[NodeKind.ALBUM]])}
        seen[NodeKind.PLACE] = {place.key for place in await self.places([str(key) for key in ids[NodeKind.PLACE]])}
        told = [
            change if change.op is Op.DELETE or change.id in seen[change.kind] else replace(change, op=Op.DELETE)
            for change in changes
        ]
        # A reader that starts with nothing has nothing to forget.
        return [change for change in told if since is not None or change.op is Op.UPSERT], cursor, reset

    async def follow(self, since: str | None = None) -> AsyncGenerator[tuple[list[Change], str, bool], None]:
        """Changes from a cursor on (None: from now on), as they come, many at once when they come fast."""
        self.viewer.require(Capability.READ)
        cursor = since if since is not None else await self.library.store.head()
        watched = self.library.on_change()
        try:
            while True:
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
