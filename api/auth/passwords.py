"""Passwords as argon2id hashes; hashing goes on beside the answers, one at a time, with less right to the processor."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, partial
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from schema.errors import StoreUnavailable

T = TypeVar("T")

MOST_WAITING = 12
"""Hashes asked for and not made yet; more are refused at once, so that a flood costs nothing."""
NICENESS = 10

_hasher = PasswordHasher(time_cost=5, memory_cost=7_168, parallelism=1, type=Type.ID)
"""As strong as 19 MiB and two passes by OWASP's password storage cheat sheet, in less time."""
_waiting = 0


def _yield_to_others() -> None:
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


_thread = ThreadPoolExecutor(1, thread_name_prefix="passwords", initializer=_yield_to_others)


class Busy(StoreUnavailable):
    """Too many people log in at this moment."""


def check_free() -> None:
    """Raises Busy where a hash would not even be begun: said before anything else is looked up."""
    if _waiting >= MOST_WAITING:
        raise Busy("Very many people try to log in at this moment; try again in a few seconds.")


async def _run(work: Callable[..., T], *arguments: object) -> T:
    global _waiting
    check_free()
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_thread, partial(work, *arguments))
    finally:
        _waiting -= 1


async def warm_up() -> None:
    """The first hashes of a thread take twice as long as those after them."""
    with suppress(Busy):
        await is_right("", "")


async def hashed(password: str) -> str:
    """Raises Busy."""
    return await _run(_hasher.hash, password)


async def is_right(password: str, kept: str) -> bool:
    """Whether it is the password of that hash; '' is no one's, and takes as long to find out. Raises Busy."""
    found = await _run(_verify, password, kept)
    return found and bool(kept)


def is_outdated(kept: str) -> bool:
    """Made with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


@cache
def _no_ones() -> str:
    """Compared with where there is no password, so that it takes as long as where there is one."""
    return _hasher.hash(os.urandom(16))


def _verify(password: str, kept: str) -> bool:
    try:
        return _hasher.verify(kept or _no_ones(), password)
    except (VerificationError, InvalidHashError):
        return False
