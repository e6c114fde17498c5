"""Passkeys: public keys by which a device logs one account in. The private key never leaves the device."""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace

from schema.accounts.account import BadAccount
from schema.entries import Entry
from schema.errors import Conflict
from schema.store import GraphStore

PASSKEY = "passkey"
MOST = 20
"""Of one account."""


@dataclass(frozen=True, slots=True)
class Passkey:
    key: str
    """The credential's id, base64url."""
    account: str
    name: str
    host: str
    """The name of the gallery that it is for: browsers offer it nowhere else."""
    public_key: bytes
    count: int = 0
    """How often its device has signed, where it counts: a copy of the device would fall behind."""
    transports: tuple[str, ...] = ()
    created: float = 0.0
    used: float = 0.0
    """Unix times in seconds; 0: never."""
    version: int = 0

    def to_entry(self) -> Entry:
        body = {
            "name": self.name,
            "host": self.host,
            "public_key": urlsafe_b64encode(self.public_key).decode("ascii"),
            "count": self.count,
            "transports": list(self.transports),
            "created": self.created,
            "used": self.used,
        }
        return Entry(PASSKEY, self.key, body, self.account, version=self.version)

    @classmethod
    def of(cls, entry: Entry) -> Passkey:
        body = dict(entry.body)
        body |= {
            "public_key": urlsafe_b64decode(body["public_key"]),
            "transports": tuple(body["transports"]),
        }
        return cls(key=entry.key, account=entry.owner, version=entry.version, **body)


async def get(store: GraphStore, key: str) -> Passkey | None:
    entry = await store.entry(PASSKEY, key)
    return Passkey.of(entry) if entry is not None else None


async def are_there_any(store: GraphStore) -> bool:
    return bool(await store.entries(PASSKEY, limit=1))


async def passkeys_of(store: GraphStore, account: str) -> list[Passkey]:
    """The newest first."""
    found = [Passkey.of(entry) for entry in await store.entries(PASSKEY, owner=account)]
    return sorted(found, key=lambda passkey: -passkey.created)


async def add(store: GraphStore, passkey: Passkey) -> Passkey:
    """Raises BadAccount."""
    if len(await passkeys_of(store, passkey.account)) >= MOST:
        raise BadAccount(f"An account has at most {MOST} passkeys; remove one that you do not use.")
    name = " ".join(passkey.name.split())[:100] or "Passkey"
    try:
        return Passkey.of(
            await store.put_entry(replace(passkey, name=name, created=time.time()).to_entry(), expected=0)
        )
    except Conflict:
        raise BadAccount("This passkey is known here already; remove it first.") from None


async def used(store: GraphStore, passkey: Passkey, count: int) -> None:
    """Note a login. Raises Conflict where it was just used elsewhere, or removed."""
    await store.put_entry(replace(passkey, count=count, used=time.time()).to_entry(), expected=passkey.version)


async def remove_all(store: GraphStore, account: str) -> None:
    for passkey in await passkeys_of(store, account):
        await store.delete_entry(PASSKEY, passkey.key)
