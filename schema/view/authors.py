"""What a viewer with a scope made: an album or a person is theirs to see while no image leads there, and to change."""

from __future__ import annotations

import time

from schema.accounts import audit
from schema.entries import Entry
from schema.errors import NotFound, Refused
from schema.graph import NodeKind
from schema.policy import Capability, ViewerKind
from schema.view.images import ImagesView
from schema.visibility import sees_everything

AUTHORED = "authored"
UNDO_S = 30 * 86_400.0


class AuthorsView(ImagesView):
    """The part of `View` that remembers who made what."""

    async def _authored(self, kind: NodeKind) -> frozenset[int]:
        """Keys of the nodes that this account made. Those who see everything need not have made it."""
        viewer = self.viewer
        if not viewer.account or sees_everything(viewer) or not viewer.may(Capability.EDIT):
            return frozenset()
        begin = f"{kind.value}:"
        found = await self.library.store.entries(AUTHORED, owner=viewer.account)
        return frozenset(int(entry.key.removeprefix(begin)) for entry in found if entry.key.startswith(begin))

    async def _note_author(self, kind: NodeKind, number: int) -> None:
        if self.viewer.account:
            body = {"when": time.time()}
            await self.library.store.put_entry(Entry(AUTHORED, f"{kind.value}:{number}", body, self.viewer.account))

    async def _note_edit(self, token: str) -> None:
        """Who sees a part may undo what they did, and no other edit, whatever token they come by."""
        if not sees_everything(self.viewer):
            await self.library.store.put_entry(
                Entry(AUTHORED, f"edit:{token}", {}, self._author, expires=time.time() + UNDO_S)
            )

    async def _require_own_edit(self, token: str) -> None:
        if sees_everything(self.viewer):
            return
        found = await self.library.store.entry(AUTHORED, f"edit:{token}")
        if found is None or found.owner != self._author:
            raise NotFound("This edit can no longer be undone.")

    @property
    def _author(self) -> str:
        return self.viewer.account or f"{self.viewer.kind.value}:{self.viewer.credential}"

    async def _audit(self, action: str, about: str) -> None:
        """Edits by apps and administrators are written down."""
        viewer = self.viewer
        administrator = viewer.kind is ViewerKind.ACCOUNT and viewer.may(Capability.ADMIN)
        if administrator or viewer.kind is ViewerKind.APP:
            await audit.write(self.library.store, action, viewer, about)

    async def _require_theirs(self, kind: NodeKind, number: int) -> None:
        """Raises Refused where a change would reach images that this viewer cannot see."""
        if not sees_everything(self.viewer) and number not in await self._authored(kind):
            raise Refused(
                f"{self.viewer.name} sees a part of the pictures, and so changes only the {_PLURAL[kind]} that "
                f"{self.viewer.name} made; ask somebody who sees all."
            )


_PLURAL = {NodeKind.ALBUM: "albums", NodeKind.PERSON: "people"}
