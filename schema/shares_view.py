"""Shares as one person may see and change them."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from schema import shares
from schema.accounts import audit
from schema.apps_view import accounts_of, person_of
from schema.errors import NotFound
from schema.filter.nodes import ImageFilter
from schema.policy import Capability
from schema.shares import MOST_FIXED, SHARE, BadShare, Download, Share

if TYPE_CHECKING:
    from schema.view import View

MOST_SHARES = 1_000
LONGEST_S = 10 * 366 * 86_400.0


class SharesView:
    """Cheap to make: one for each request."""

    def __init__(self, view: View, roots: tuple[str, ...], address: str = "") -> None:
        self.view = view
        self.viewer = view.viewer
        self.store = view.library.store
        self.roots = roots
        """Folders of the library: what visitors add lands below one of them."""
        self.address = address

    async def all(self) -> list[Share]:
        person = person_of(self.viewer)
        return [share for account in accounts_of(person) for share in await shares.shares_of(self.store, account)]

    async def one(self, key: str) -> Share:
        """One's own; administrators may have anybody's. Raises NotFound."""
        person = person_of(self.viewer)
        found = await shares.get(self.store, key)
        if found is None or not (found.account in accounts_of(person) or person.may(Capability.ADMIN)):
            raise NotFound("There is no such share any more.")
        return found

    async def add(self, name: str, scope: ImageFilter, *, fixed: bool, **fields: Any) -> Share:
        """A new share of what a filter finds: as it is now (`fixed`), or from now on. Raises BadShare."""
        person = person_of(self.viewer)
        person.require(Capability.READ)
        if len(await shares.shares_of(self.store, person.account)) >= MOST_SHARES:
            raise BadShare("There are very many shares already; delete those that nobody needs.")
        await self.view.count(scope)  # raises for a filter that may not be asked
        if fixed:
            ids = await self.view.ids(scope)
            if len(ids) > MOST_FIXED:
                raise BadShare(
                    f"A fixed list holds {MOST_FIXED:,} photos at most, not {len(ids):,}; share the search itself."
                )
            scope = ImageFilter(ids=tuple(f"image:{number}" for number in ids.tolist()))
        made = shares.new_share(person.account, name, scope)
        return await self._save(replace(made, fixed=fixed), fields, "share.created")

    async def change(self, key: str, **fields: Any) -> Share:
        """Raises BadShare, Conflict, NotFound."""
        return await self._save(await self.one(key), fields, "share.changed")

    async def revoke(self, key: str) -> Share:
        """From now on its link leads nowhere; it stays in the list."""
        return await self._save(await self.one(key), {"revoked": True}, "share.revoked")

    async def delete(self, key: str) -> None:
        share = await self.one(key)
        await self.store.delete_entry(SHARE, share.key)
        await self._note("share.deleted", share)

    async def _save(self, share: Share, fields: dict[str, Any], action: str) -> Share:
        share = self._checked(replace(share, **fields))
        written = Share.of(await self.store.put_entry(share.to_entry(), expected=share.version))
        await self._note(action, written)
        return written

    def _checked(self, share: Share) -> Share:
        name = " ".join(share.name.split())[:120] or "Shared photos"
        if share.most_views is not None and not 1 <= share.most_views <= 1_000_000:
            raise BadShare("A share may be opened 1 to 1,000,000 times, or without a limit.")
        if share.expires is not None and not share.revoked and share.expires > time.time() + LONGEST_S:
            raise BadShare("A share ends within ten years; choose an earlier day, or none.")
        if share.download is Download.ORIGINAL:
            self.viewer.require(Capability.ORIGINALS)
        return replace(share, name=name, contribute=self._folder(share.contribute))

    def _folder(self, text: str) -> str:
        if not text.strip():
            return ""
        self.viewer.require(Capability.IMPORT)
        path = PurePosixPath(text.strip())
        below = any(path.is_relative_to(root) for root in self.roots)
        if not path.is_absolute() or ".." in path.parts or not below:
            known = ", ".join(self.roots) or "none yet"
            raise BadShare(f"Visitors' pictures go into a folder of the library ({known}); choose one below it.")
        return str(path)

    async def _note(self, action: str, share: Share) -> None:
        await audit.write(self.store, action, self.viewer, share.name, address=self.address)
