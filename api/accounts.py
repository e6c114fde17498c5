"""`pigallery accounts`: for whoever can read the gallery's home; also while it is served."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from api.auth import passwords
from schema.accounts import Account, AccountsView, directory
from schema.accounts.account import check_password
from schema.errors import NotFound
from schema.policy import OWNER, Role
from schema.settings import Settings
from schema.store import GraphStore
from schema.stores import open_store

T = TypeVar("T")
CONSOLE = replace(OWNER, name="command line")


def with_store(settings: Settings, work: Callable[[GraphStore], Awaitable[T]]) -> T:
    async def run() -> T:
        store = open_store(settings)
        await store.open()
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


def _asked_password(name: str) -> str:
    """Typed twice at a terminal, else one line of standard input."""
    if not sys.stdin.isatty():
        return check_password(sys.stdin.readline().rstrip("\n"), name)
    while True:
        first = check_password(getpass.getpass("Password: "), name)
        if getpass.getpass("Once more: ") == first:
            return first
        print("They differ; type both again.", file=sys.stderr)


async def find_account(store: GraphStore, name: str) -> Account:
    account = await directory.named(store, name)
    if account is None:
        raise NotFound(f"There is no account '{name}'; see them with: pigallery accounts list")
    return account


def add(settings: Settings, name: str, role: Role, display: str, roots: tuple[str, ...]) -> None:
    """The first account is the owner, whatever role is asked for."""
    password = _asked_password(name)

    async def work(store: GraphStore) -> Account:
        first = not await directory.are_there_any(store)
        given = Role.OWNER if first else role
        fields = {"name": name, "role": given, "display": display, "roots": () if first else roots}
        return await AccountsView(store, CONSOLE).save(None, fields, await passwords.hashed(password))

    made = with_store(settings, work)
    print(f"{made.name} ({made.role.value}) may log in now.")


def show(settings: Settings) -> None:
    accounts = with_store(settings, directory.everyone)
    if not accounts:
        print("There are no accounts; make the owner's with: pigallery accounts add NAME")
    for account in accounts:
        about = [account.role.value, *(["disabled"] if account.disabled else []), *account.roots]
        print(f"{account.name:<20} {account.display:<24} {', '.join(about)}")


def set_password(settings: Settings, name: str) -> None:
    account = with_store(settings, lambda store: find_account(store, name))
    password = _asked_password(account.name)

    async def work(store: GraphStore) -> None:
        await AccountsView(store, CONSOLE).save(account.key, {}, await passwords.hashed(password))

    with_store(settings, work)
    print(f"{account.name} has a new password; every session of that account is over.")


def change(settings: Settings, name: str, *, role: Role | None = None, disabled: bool | None = None) -> None:
    async def work(store: GraphStore) -> Account:
        account = await find_account(store, name)
        fields: dict[str, object] = {} if role is None else {"role": role}
        if role in (Role.ADMIN, Role.OWNER):
            fields["roots"] = ()
        return await AccountsView(store, CONSOLE).save(
            account.key, fields if disabled is None else fields | {"disabled": disabled}
        )

    account = with_store(settings, work)
    print(f"{account.name}: {account.role.value}{', disabled' if account.disabled else ''}")


def remove(settings: Settings, name: str) -> None:
    async def work(store: GraphStore) -> None:
        await AccountsView(store, CONSOLE).remove((await find_account(store, name)).key)

    with_store(settings, work)
    print(f"{name} is removed; no picture is touched.")
