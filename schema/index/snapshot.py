"""The index on disk: one file, written whole or not at all, whose arrays are used where they lie. Vectors, which are
more than all the rest, lie in files of their own beside it (`schema.index.vectors`).

The objects are pickled with their arrays beside them (PEP 574), so opening maps the file and reads nothing twice. Only
what the index is made of is unpickled: a file that names anything else is not a snapshot.
"""

from __future__ import annotations

import contextlib
import io
import mmap
import os
import pickle
import struct
import tempfile
import time
import zlib
from collections.abc import Collection
from enum import Enum
from pathlib import Path
from typing import Any

FORMAT = b"PGINDEX" + b"".join(
    zlib.crc32(file.read_bytes()).to_bytes(4, "big") for file in sorted(Path(__file__).parent.glob("*.py"))
)
"""Names the very code that wrote it: a snapshot of any other version of the index is made anew from the facts."""
NAME = "index.snapshot"
_ALIGN = 64
_ABANDONED_S = 3600
"""A file beside the snapshot that it does not name may be of another process that is about to write its own."""
_ALLOWED = {
    ("collections", "OrderedDict"),
    ("collections", "defaultdict"),
    ("builtins", "list"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy", "float32"),
    ("numpy", "uint8"),
    ("numpy", "uint16"),
    ("numpy", "uint32"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("pyroaring", "BitMap"),
    ("pyroaring", "AbstractBitMap"),
    ("schema.filter.nodes", "DuplicateKind"),
    ("schema.query", "SortBy"),
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED and not module.startswith("schema.index."):
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a snapshot")
        return super().find_class(module, name)


class _Writer(pickle.Pickler):
    def reducer_override(self, held: object) -> Any:
        """Members of enums by their values, for readers of every Python; some name them by `getattr`."""
        return (type(held), (held.value,)) if isinstance(held, Enum) else NotImplemented


def write(folder: Path, content: Any) -> None:
    """Raises OSError; what was there before then stays."""
    buffers: list[pickle.PickleBuffer] = []
    told = io.BytesIO()
    _Writer(told, protocol=5, buffer_callback=buffers.append).dump(content)
    objects = told.getbuffer()
    views = [buffer.raw() for buffer in buffers]
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=NAME, suffix=".tmp", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(FORMAT + struct.pack("<QQ", len(objects), len(views)))
            file.write(struct.pack(f"<{len(views)}Q", *(view.nbytes for view in views)))
            file.write(objects)
            for view in views:
                file.write(b"\0" * (-file.tell() % _ALIGN))
                file.write(view)
            file.write(FORMAT)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(folder / NAME)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def sweep(folder: Path, prefix: str, used: Collection[str]) -> None:
    """Clear away files that no snapshot names any more. Whoever has them mapped keeps them."""
    old = time.time() - _ABANDONED_S
    for file in folder.glob(f"{prefix}*"):
        with contextlib.suppress(OSError):
            if file.name not in used and file.stat().st_mtime < old:
                file.unlink()


def read(folder: Path) -> Any:
    """What was written, None where there is nothing that can be used."""
    try:
        with (folder / NAME).open("rb") as file:
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):
        return None
    size = len(FORMAT)
    if len(data) < 3 * size or data[:size] != FORMAT or data[-size:] != FORMAT:
        return None
    try:
        length, count = struct.unpack_from("<QQ", data, size)
        sizes = struct.unpack_from(f"<{count}Q", data, size + 16)
        at = size + 16 + 8 * count + length
        buffers = []
        for nbytes in sizes:
            at += -at % _ALIGN
            buffers.append(data[at : at + nbytes])
            at += nbytes
        start = size + 16 + 8 * count
        return _Reader(io.BytesIO(data[start : start + length]), buffers=buffers).load()
    except (
        pickle.UnpicklingError,
        struct.error,
        AttributeError,
        EOFError,
        ImportError,
        IndexError,
        TypeError,
        ValueError,
    ):
        return None
