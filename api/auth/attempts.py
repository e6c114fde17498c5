"""How often somebody may try: after a few failures each further try has to wait, twice as long every time."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from api.budget import household
from schema.errors import Refused

KEPT = 20_000
"""Keys remembered; the oldest are forgotten first."""


class TooOften(Refused):
    """Tried too often; `wait_s` says when it may be tried again."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = max(1, math.ceil(wait_s))
        unit = f"{self.wait_s} seconds" if self.wait_s < 120 else f"{math.ceil(self.wait_s / 60)} minutes"
        super().__init__(f"That was tried too often; try again in {unit}.")


@dataclass(frozen=True, slots=True)
class Allowance:
    free: int
    """Failures without a wait."""
    longest_s: float
    forget_s: float
    """After this time without a failure all is forgotten."""


PAIR = Allowance(free=5, longest_s=900, forget_s=3600)
"""One account from one address."""
ACCOUNT = Allowance(free=30, longest_s=30, forget_s=3600)
"""One account from anywhere: slows a search down, and never locks its owner out for long."""
ADDRESS = Allowance(free=20, longest_s=900, forget_s=3600)


@dataclass(slots=True)
class _Tally:
    failures: int = 0
    last: float = 0.0
    until: float = 0.0


class Attempts:
    """Failures of this process, in memory."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tallies: OrderedDict[tuple[str, ...], _Tally] = OrderedDict()

    def check(self, name: str, address: str) -> None:
        """Raises TooOften. Counts the try as a failure until `succeeded` takes it back, so that many at once are
        many."""
        now = self._clock()
        asked = self._of(name, address)
        wait = max((tally.until - now for key, _ in asked if (tally := self._tally(key, now))), default=0.0)
        if wait > 0:
            raise TooOften(wait)
        for key, allowance in asked:
            tally = self._tally(key, now, make=True)
            assert tally is not None
            tally.failures += 1
            tally.last = now
            over = tally.failures - allowance.free
            if over >= 0:
                tally.until = now + min(allowance.longest_s, 2.0 ** min(over, 20))

    def succeeded(self, name: str, address: str) -> None:
        """It was no failure, and what this pair failed before is forgotten; others' failures stay counted."""
        self.take_back(name, address)
        self._tallies.pop(("pair", name, household(address)), None)

    def take_back(self, name: str, address: str) -> None:
        """The try was none: as it was before `check`, which only lets through whoever need not wait."""
        for key, _ in self._of(name, address):
            tally = self._tallies.get(key)
            if tally is not None:
                tally.failures, tally.until = max(0, tally.failures - 1), 0.0

    def _of(self, name: str, address: str) -> tuple[tuple[tuple[str, ...], Allowance], ...]:
        house = household(address)
        return ((("pair", name, house), PAIR), (("name", name), ACCOUNT), (("address", house), ADDRESS))

    def _tally(self, key: tuple[str, ...], now: float, *, make: bool = False) -> _Tally | None:
        allowance = {"pair": PAIR, "name": ACCOUNT, "address": ADDRESS}[key[0]]
        tally = self._tallies.get(key)
        if tally is not None and now - tally.last > allowance.forget_s:
            del self._tallies[key]
            tally = None
        if tally is None and make:
            tally = self._tallies[key] = _Tally()
            if len(self._tallies) > KEPT:
                self._tallies.popitem(last=False)
        return tally
