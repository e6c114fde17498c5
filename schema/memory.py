"""When memory is looked through for garbage, and when it goes back to the system."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection for the moment: walking hundreds of thousands of new tuples again and again, none of them
    garbage, would take a third of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def give_back() -> None:
    """What was freed goes back to the system; takes tens of milliseconds, other threads go on.

    The allocator of glibc keeps what lies between memory in use: hundreds of megabytes after an index of a million
    images has changed for a while (https://man7.org/linux/man-pages/man3/malloc_trim.3.html).
    """
    gc.collect(1)
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
