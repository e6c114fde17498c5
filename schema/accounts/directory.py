"""All accounts of a gallery: found, made, changed and removed, each in one step that cannot be half done."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace

from schema.accounts import passkeys, session
from schema.accounts.account import ACCOUNT, LINK, NAME, Account, BadAccount, checked, login_name
from schema.entries import Entry
from schema.errors import Conflict, NotFound
from schema.policy import Role
from schema.store import GraphStore


async def get(store: GraphStore, key: str) -> Account | None:
    entry = await store.entry(ACCOUNT, key)
    return Account.of(entry) if entry is not None else None


async def named(store: GraphStore, name: str) -> Account | None:
    """By login name, however it is written."""
    try:
        entry = await store.entry(NAME, login_name(name))
    except BadAccount:
        return None
    return await get(store, entry.body["account"]) if entry is not None else None


async def everyone(store: GraphStore) -> list[Account]:
    """By login name."""
    return sorted((Account.of(entry) for entry in await store.entries(ACCOUNT)), key=lambda account: account.name)


async def are_there_any(store: GraphStore) -> bool:
    return bool(await store.entries(ACCOUNT, limit=1))


async def add(store: GraphStore, account: Account) -> Account:
    """A new account; its key is made here. Raises BadAccount."""
    account = checked(replace(account, key=f"a{secrets.token_hex(8)}", created=time.time(), version=0))
    await _take_name(store, account.name, account.key)
    written = await store.put_entry(account.to_entry(), expected=0)
    return Account.of(written)


async def add_first(store: GraphStore, account: Account) -> Account:
    """The owner of a gallery that has no account yet; of several at once, one is made. Raises BadAccount."""
    if await are_there_any(store):
        raise BadAccount("This gallery has an owner already; log in.")
    try:
        await store.put_entry(Entry("setup", "owner", expires=time.time() + 10), expected=0)
    except Conflict:
        raise BadAccount("Somebody else sets this gallery up at this moment; look again in ten seconds.") from None
    try:
        return await add(store, replace(account, role=Role.OWNER, roots=(), disabled=False))
    finally:
        await store.delete_entry("setup", "owner")


async def change(store: GraphStore, account: Account) -> Account:
    """Write a changed account over the version it was read as. Raises BadAccount, Conflict, NotFound."""
    before = await get(store, account.key)
    if before is None:
        raise NotFound("There is no such account any more.")
    account = checked(account)
    if before.role is Role.OWNER and (account.role is not Role.OWNER or account.disabled):
        await _keep_an_owner(store, account.key)
    if account.name != before.name:
        await _take_name(store, account.name, account.key)
    try:
        written = await store.put_entry(account.to_entry(), expected=account.version)
    except Conflict:
        if account.name != before.name:
            await store.delete_entry(NAME, account.name)
        raise
    if account.name != before.name:
        await store.delete_entry(NAME, before.name)
    if account.disabled or account.password != before.password:
        await session.end_all(store, account.key)
    return Account.of(written)


async def rehash(store: GraphStore, account: Account, password: str) -> Account:
    """The same password in a newer form: sessions stay."""
    try:
        return Account.of(
            await store.put_entry(replace(account, password=password).to_entry(), expected=account.version)
        )
    except Conflict:
        return account


async def remove(store: GraphStore, account: Account) -> None:
    """The account and all that lets somebody in by it. Raises BadAccount for the last owner."""
    if account.role is Role.OWNER:
        await _keep_an_owner(store, account.key)
    await store.delete_entry(ACCOUNT, account.key)
    await store.delete_entry(NAME, account.name)
    await session.end_all(store, account.key)
    await passkeys.remove_all(store, account.key)
    for link in await store.entries(LINK, owner=account.key):
        await store.delete_entry(LINK, link.key)


async def _take_name(store: GraphStore, name: str, key: str) -> None:
    try:
        await store.put_entry(Entry(NAME, name, {"account": key}, owner=key), expected=0)
    except Conflict:
        raise BadAccount(f"There is an account '{name}' already; choose another name.") from None


async def _keep_an_owner(store: GraphStore, but: str) -> None:
    others = [a for a in await everyone(store) if a.role is Role.OWNER and not a.disabled and a.key != but]
    if not others:
        raise BadAccount("A gallery keeps one owner who can log in; make somebody else an owner first.")
