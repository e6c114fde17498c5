"""A browser that is logged in. The token itself is only in its cookie; here is its hash."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass, replace

from schema.entries import Entry
from schema.errors import Conflict
from schema.store import GraphStore

SESSION = "session"
IDLE_S = 30 * 86_400.0
"""A session that is not used for so long is over."""
LONGEST_S = 180 * 86_400.0
SEEN_EVERY_S = 300.0
"""Its last use is written down at most this often."""


@dataclass(frozen=True, slots=True)
class Session:
    key: str
    """sha256 of the token, hexadecimal."""
    account: str
    created: float
    """Unix times in seconds."""
    seen: float
    device: str = ""
    """User-Agent of the browser."""
    address: str = ""
    how: str = "password"
    """`password`, or the key of the identity provider."""
    subject: str = ""
    """Whom that provider takes them for."""
    provider_session: str = ""
    """The provider's own id of its session (`sid`)."""
    id_token: str = ""
    """Hint for the logout at the provider."""

    def to_entry(self) -> Entry:
        body = {
            "created": self.created,
            "seen": self.seen,
            "device": self.device,
            "address": self.address,
            "how": self.how,
            "subject": self.subject,
            "provider_session": self.provider_session,
            "id_token": self.id_token,
        }
        expires = min(self.seen + IDLE_S, self.created + LONGEST_S)
        return Entry(SESSION, self.key, body, owner=self.account, expires=expires)

    @classmethod
    def of(cls, entry: Entry) -> Session:
        return cls(key=entry.key, account=entry.owner, **entry.body)


def key_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def begin(store: GraphStore, account: str, *, device: str, address: str, **about: str) -> tuple[Session, str]:
    """A new session and its token (256 random bits), which is told only now."""
    token, now = secrets.token_urlsafe(32), time.time()
    session = Session(key_of(token), account, now, now, device[:300], address, **about)
    await store.put_entry(session.to_entry(), expected=0)
    return session, token


async def find(store: GraphStore, token: str) -> Session | None:
    entry = await store.entry(SESSION, key_of(token))
    if entry is None:
        return None
    session, now = Session.of(entry), time.time()
    if now - session.seen > SEEN_EVERY_S:
        session = replace(session, seen=now)
        try:
            await store.put_entry(session.to_entry(), expected=entry.version)
        except Conflict:  # used twice in one moment, or just ended
            return session if await store.entry(SESSION, session.key) is not None else None
    return session


async def sessions_of(store: GraphStore, account: str) -> list[Session]:
    """The most recently used first."""
    found = [Session.of(entry) for entry in await store.entries(SESSION, owner=account)]
    return sorted(found, key=lambda session: -session.seen)


async def end_all(store: GraphStore, account: str, *, but: str = "") -> int:
    """End an account's sessions except the one of key `but`; how many."""
    ended = [s for s in await sessions_of(store, account) if s.key != but and await store.delete_entry(SESSION, s.key)]
    return len(ended)
