"""How much each of those who ask may ask for: cost units (see `api.graphql.cost`) that are filled up again steadily.

A gallery without accounts has nobody to share with: its owner is not counted.
"""

from __future__ import annotations

import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from schema.errors import Refused
from schema.policy import Viewer, ViewerKind

KEPT = 20_000
"""Purses remembered; those that were not used for the longest time are forgotten, and are full again."""
STRANGER = 0.1
"""An address nobody has logged in from has this part of a budget."""
SOCKETS = 3
"""Live connections of one of those who ask."""


class OverBudget(Refused):
    """Too much was asked for lately; `wait_s` says when there is enough again."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = max(1, math.ceil(wait_s))
        super().__init__(f"This is more than may be asked for in a minute; ask again in {self.wait_s} seconds.")


def payer(viewer: Viewer, address: str) -> str:
    """Who is counted as one: a person, an app of theirs, a visitor of a link, or else an address."""
    if viewer.kind is ViewerKind.OWNER:
        return ""
    if viewer.kind is ViewerKind.ACCOUNT:
        return f"account {viewer.account}"
    if viewer.kind is ViewerKind.APP:
        return f"app {viewer.account} {viewer.credential or viewer.name}"
    if viewer.kind is ViewerKind.SHARE:
        return f"share {viewer.credential} {household(address)}"
    return f"address {household(address)}"


def household(address: str) -> str:
    """An IPv6 customer has 2^64 addresses."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((known, 64), strict=False)) if isinstance(known, IPv6Address) else address


@dataclass(frozen=True, slots=True)
class Purse:
    """What one of them may still ask for."""

    budgets: Budgets
    key: str
    most: float

    def charge(self, units: float) -> None:
        """For what was done already, such as reading a request; may leave less than nothing."""
        if self.most:
            self.budgets.put(self.key, max(-self.most, self._left() - units))

    def spend(self, units: float) -> None:
        """Raises OverBudget, and takes nothing then."""
        if not self.most:
            return
        left = self._left()
        if units > left:
            raise OverBudget((min(units, self.most) - left) * 60 / self.most)
        self.budgets.put(self.key, left - units)

    def require_some(self) -> None:
        """Raises OverBudget when nothing is left, so that refusing costs nothing either."""
        if self.most and (left := self._left()) <= 0:
            raise OverBudget((1 - left) * 60 / self.most)

    def shown(self) -> dict[str, int]:
        """For `extensions.cost`; nothing where nothing is counted."""
        return {"left": int(self._left()), "perMinute": int(self.most)} if self.most else {}

    def _left(self) -> float:
        return self.budgets.left(self.key, self.most)


class Budgets:
    """Of this process, in memory."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`per_minute`: cost units; 0: nobody is counted."""
        self._per_minute = per_minute
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._sockets: Counter[str] = Counter()

    def purse(self, viewer: Viewer, address: str) -> Purse:
        key = payer(viewer, address)
        part = STRANGER if viewer.kind is ViewerKind.ANONYMOUS else 1.0
        return Purse(self, key, self._per_minute * part if key else 0.0)

    def left(self, key: str, most: float) -> float:
        left, then = self._left.get(key, (most, 0.0))
        return min(most, left + (self._clock() - then) * most / 60)

    def put(self, key: str, left: float) -> None:
        self._left[key] = (left, self._clock())
        self._left.move_to_end(key)
        if len(self._left) > KEPT:
            self._left.popitem(last=False)

    @contextmanager
    def seat(self, viewer: Viewer, address: str) -> Iterator[bool]:
        """Whether there is room for one more live connection; it is kept inside."""
        key = payer(viewer, address)
        free = self._sockets[key] < SOCKETS
        self._sockets[key] += free
        try:
            yield free
        finally:
            self._sockets[key] -= free
            if not self._sockets[key]:
                del self._sockets[key]


FREE = Purse(Budgets(0), "", 0.0)
"""Of those who are not counted."""
