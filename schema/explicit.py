"""What a viewer wants of explicit pictures: each account its own choice, which shares and apps in its name follow."""

from __future__ import annotations

import time
from enum import StrEnum

from schema.entries import Entry
from schema.errors import LoginNeeded, Refused
from schema.filter.compose import parts
from schema.filter.nodes import ImageFilter, Range
from schema.policy import Viewer, ViewerKind
from schema.safety import EXPLICIT
from schema.store import GraphStore

KIND = "explicit"
FRESH_S = 1.0
"""How long a choice is used before it is read again: another process may have changed it."""
NOT_EXPLICIT = ImageFilter(not_=ImageFilter(nsfw=Range(min=EXPLICIT)))
MEMBERS = (ViewerKind.OWNER, ViewerKind.ACCOUNT)


class ExplicitPhotos(StrEnum):
    """What becomes of pictures that are probably not safe for work."""

    HIDE = "HIDE"
    """They are in no list, unless a question speaks of safety; for visitors they do not exist."""
    BLUR = "BLUR"
    SHOW = "SHOW"


class ExplicitChoices:
    """Choices of all accounts, by key; '' stands for the local owner."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._kept: dict[str, tuple[float, ExplicitPhotos]] = {}

    async def of(self, viewer: Viewer) -> ExplicitPhotos:
        """BLUR until somebody chose. Visitors and apps have the choice of the account in whose name they come."""
        kept = self._kept.get(viewer.account)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        entry = await self._store.entry(KIND, viewer.account or "owner")
        said = entry.body.get("choice") if entry is not None else None
        choice = ExplicitPhotos(said) if said in set(ExplicitPhotos) else ExplicitPhotos.BLUR
        self._kept[viewer.account] = (time.monotonic() + FRESH_S, choice)
        return choice

    async def save(self, viewer: Viewer, choice: ExplicitPhotos) -> None:
        """Raises LoginNeeded and Refused for those who are not logged in themselves."""
        if viewer.kind is ViewerKind.ANONYMOUS:
            raise LoginNeeded("Log in to choose this.")
        if viewer.kind not in MEMBERS:
            raise Refused(f"Only those who are logged in choose this, not {viewer.name}.")
        await self._store.put_entry(Entry(KIND, viewer.account or "owner", {"choice": choice.value}, viewer.account))
        self._kept[viewer.account] = (time.monotonic() + FRESH_S, choice)

    async def left_out(self, viewer: Viewer, asked: ImageFilter, *, by_name: bool) -> tuple[ImageFilter, ...]:
        """What to AND below a question. Members find hidden pictures by asking for them, or `by_name`; visitors and
        apps never do."""
        if await self.of(viewer) is not ExplicitPhotos.HIDE:
            return ()
        if viewer.kind in MEMBERS and (by_name or any(part.nsfw is not None for _, part in parts(asked))):
            return ()
        return (NOT_EXPLICIT,)


def is_explicit(score: float | None) -> bool:
    return (score or 0.0) >= EXPLICIT
