"""Accounts as one viewer may see and change them: everybody their own, administrators all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from schema.accounts import audit, directory, passkeys, session
from schema.accounts.account import LINK, Account, BadAccount
from schema.accounts.audit import Event
from schema.accounts.passkeys import PASSKEY, Passkey
from schema.accounts.session import SESSION, Session
from schema.entries import Entry
from schema.errors import LoginNeeded, NotFound, Refused
from schema.policy import Capability, Role, Viewer, ViewerKind
from schema.store import GraphStore


class AccountsView:
    """Cheap to make: one for each request. An app acts on nobody's account, whoever's name it bears."""

    def __init__(self, store: GraphStore, viewer: Viewer, address: str = "") -> None:
        self.store = store
        self.viewer = viewer
        self.address = address

    # -- one's own
    async def me(self) -> Account | None:
        if self.viewer.kind is not ViewerKind.ACCOUNT:
            return None
        return await directory.get(self.store, self.viewer.account)

    async def myself(self) -> Account:
        """Raises LoginNeeded, Refused where no person with an account asks."""
        account = await self.me()
        if account is not None:
            return account
        if self.viewer.kind is ViewerKind.ANONYMOUS:
            raise LoginNeeded("Log in to see this.")
        raise Refused(f"{self.viewer.name} has no account; log in with one.")

    async def sessions(self) -> list[Session]:
        return await session.sessions_of(self.store, (await self.myself()).key)

    async def end_session(self, key: str) -> None:
        me = await self.myself()
        entry = await self.store.entry(SESSION, key)
        if entry is None or entry.owner != me.key:
            raise NotFound("There is no such session any more.")
        await self.store.delete_entry(SESSION, key)
        await self._note("session.ended", Session.of(entry).device)

    async def end_other_sessions(self) -> int:
        me = await self.myself()
        ended = await session.end_all(self.store, me.key, but=self.viewer.credential)
        await self._note("session.ended", f"all others ({ended})")
        return ended

    async def rename_me(self, display: str, email: str | None = None) -> Account:
        me = await self.myself()
        changed = replace(me, display=display, email=me.email if email is None else email)
        return await directory.change(self.store, changed)

    async def set_my_password(self, new_hash: str) -> Account:
        """The caller has checked the present password; all other sessions end."""
        me = await self.myself()
        kept = await self.store.entry(SESSION, self.viewer.credential)
        changed = await directory.change(self.store, replace(me, password=new_hash))
        if kept is not None:
            await self.store.put_entry(kept)
        await self._note("password.changed", me.name)
        return changed

    async def links(self) -> list[Entry]:
        """Who the account is at identity providers."""
        return await self.store.entries(LINK, owner=(await self.myself()).key)

    async def unlink(self, key: str) -> None:
        me, links = await self.myself(), await self.links()
        found = next((link for link in links if link.key == key), None)
        if found is None:
            raise NotFound("There is no such link any more.")
        if not me.password and len(links) == 1 and not await self.passkeys():
            raise BadAccount("This is the only way to log in here; set a password first.")
        await self.store.delete_entry(LINK, key)
        await self._note("provider.unlinked", str(found.body.get("provider", "")))

    async def passkeys(self) -> list[Passkey]:
        """The newest first."""
        return await passkeys.passkeys_of(self.store, (await self.myself()).key)

    async def remove_passkey(self, key: str) -> None:
        me, known = await self.myself(), await self.passkeys()
        found = next((passkey for passkey in known if passkey.key == key), None)
        if found is None:
            raise NotFound("There is no such passkey any more.")
        if not me.password and len(known) == 1 and not await self.links():
            raise BadAccount("This is the only way to log in here; set a password first.")
        await self.store.delete_entry(PASSKEY, key)
        await self._note("passkey.removed", found.name)

    # -- everybody's, for administrators
    async def accounts(self) -> list[Account]:
        self._require_admin()
        return await directory.everyone(self.store)

    async def account(self, key: str) -> Account:
        self._require_admin()
        account = await directory.get(self.store, key)
        if account is None:
            raise NotFound("There is no such account any more.")
        return account

    async def save(self, key: str | None, fields: dict[str, Any], password_hash: str | None = None) -> Account:
        """Make an account, or change the one of that key. `fields`: name, display, email, role, roots, disabled."""
        self._require_admin()
        if password_hash is not None:
            fields = fields | {"password": password_hash}
        if key is None:
            account = Account("", fields.pop("name", ""), Role(fields.pop("role", Role.VIEWER)), **fields)
            self._require_rank(account)
            made = await self._added(account)
            await self._note("account.created", f"{made.name} ({made.role.value})")
            return made
        before = await self.account(key)
        account = replace(before, **fields)
        self._require_rank(before)
        self._require_rank(account)
        if account.disabled and key == self.viewer.account:
            raise BadAccount("Nobody disables their own account; ask another administrator.")
        changed = await directory.change(self.store, account)
        what = sorted(name for name in fields if fields[name] != getattr(before, name))
        await self._note("account.changed", f"{changed.name}: {', '.join(what) or 'nothing'}")
        return changed

    async def _added(self, account: Account) -> Account:
        """The first is the owner: a gallery with accounts always has one who can log in."""
        if await directory.are_there_any(self.store):
            return await directory.add(self.store, account)
        if not account.password:
            raise BadAccount("The first account is the owner's and needs a password; give it one.")
        return await directory.add_first(self.store, account)

    async def remove(self, key: str) -> None:
        account = await self.account(key)
        self._require_rank(account)
        if key == self.viewer.account:
            raise BadAccount("Nobody removes their own account; ask another administrator.")
        await directory.remove(self.store, account)
        await self._note("account.removed", account.name)

    async def audit(self, *, before: str = "", limit: int = 50, account: str | None = None) -> list[Event]:
        """The newest first."""
        self._require_admin()
        return await audit.events(self.store, account=account, before=before, limit=limit)

    def _require_admin(self) -> None:
        self.viewer.require(Capability.ADMIN)
        if self.viewer.kind not in (ViewerKind.ACCOUNT, ViewerKind.OWNER):
            raise Refused("Accounts are managed by people, not by apps; log in on the page.")

    def _require_rank(self, account: Account) -> None:
        if account.role is Role.OWNER and self.viewer.role is not Role.OWNER:
            raise Refused("Only an owner changes who is an owner; ask one.")

    async def _note(self, action: str, about: str) -> None:
        await audit.write(self.store, action, self.viewer, about, address=self.address)
