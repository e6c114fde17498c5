"""What a resolver has at hand: the viewer's door to the graph, and the names fetched once for the whole answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import strawberry
from strawberry.extensions import SchemaExtension

from api.auth.attempts import Attempts
from api.auth.signed import signed
from api.budget import FREE, Purse
from api.paths import SHARED
from schema import graph
from schema.accounts import AccountsView
from schema.policy import ViewerKind

if TYPE_CHECKING:
    from api.webhooks.keeping import Webhooks
    from schema.lexicon import Lexicon
    from schema.library import Library
    from schema.settings import Settings
    from schema.view import View


@dataclass(slots=True)
class Work:
    """What a request has begun."""

    writes: bool = False
    """It is finished also when nobody waits for it any more: half of a change is worse than all of it."""


@dataclass
class Context:
    """One per request; over a websocket one per operation (see `OwnContext`)."""

    view: View
    library: Library
    settings: Settings
    queue: Any
    """The arq pool, or None where no imports can be started."""
    places: dict[str, graph.Place] = field(default_factory=dict)
    people: dict[int, graph.Person] = field(default_factory=dict)
    covers: dict[int, graph.Face] = field(default_factory=dict)
    """Person -> the face shown for them."""
    taken: dict[int, datetime | None] = field(default_factory=dict)
    """Image -> when it was taken, for the ages of its faces."""
    connection_params: dict[str, object] | None = None
    address: str = ""
    """Where the request came from."""
    issuer: str = ""
    """The gallery's own address, as people use it."""
    share: str = ""
    """Token of the link that a visitor came by."""
    purse: Purse = FREE
    """What may still be asked for."""
    work: Work = field(default_factory=Work)
    over_socket: bool = True
    """Answers may follow one another."""
    attempts: Attempts = field(default_factory=Attempts)
    """Tries at passwords, counted together with those at the door."""
    webhooks: Webhooks | None = None
    """Those that this server calls."""

    @property
    def accounts(self) -> AccountsView:
        return AccountsView(self.library.store, self.view.viewer, self.address)

    def look_for_webhooks(self) -> None:
        """Something about them was changed."""
        if self.webhooks is not None:
            self.webhooks.look()

    def media(self, path: str) -> str:
        """The address of a picture for whoever asks: below the link for visitors, signed for apps."""
        if self.share:
            return f"{SHARED}/{self.share}{path}"
        viewer = self.view.viewer
        if viewer.kind is ViewerKind.APP and viewer.credential:
            return signed(self.settings, path, viewer)
        return path

    def forget_names(self) -> None:
        """Whoever stays connected is told names as they are now, and holds no more than one answer needs."""
        for names in (self.places, self.people, self.covers, self.taken):
            names.clear()

    @property
    def lexicon(self) -> Lexicon:
        return self.library.lexicon

    async def fetch_places(self, keys: Iterable[str | None]) -> None:
        """Make these places and all their ancestors available, one query for each level at most."""
        wanted = {key for key in keys if key} - self.places.keys()
        while wanted:
            found = await self.view.places(sorted(wanted))
            self.places.update((place.key, place) for place in found)
            wanted = {place.parent for place in found if place.parent} - self.places.keys()

    async def fetch_people(self, ids: Iterable[int | None]) -> None:
        wanted = {id for id in ids if id is not None} - self.people.keys()
        if wanted:
            self.people.update((person.id, person) for person in await self.view.people(sorted(wanted)))

    def chain(self, key: str | None) -> list[graph.Place]:
        """A fetched place and its ancestors, most exact first."""
        chain: list[graph.Place] = []
        while key and (place := self.places.get(key)) is not None and place not in chain:
            chain.append(place)
            key = place.parent
        return chain


class OwnContext(SchemaExtension):
    """Operations over one websocket do not share the names that were fetched for one of them."""

    def on_operation(self) -> Iterator[None]:
        operation = self.execution_context
        operation.context = replace(operation.context, places={}, people={}, covers={}, taken={})
        yield


Info: TypeAlias = strawberry.Info[Context, None]
