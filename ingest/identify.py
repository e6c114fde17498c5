"""A file is read once: its bytes, their hash, and what they are."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from blake3 import blake3

from ingest.formats import HEAD_BYTES, sniff, suffix
from schema.errors import BadFile
from schema.graph import AssetFile

IN_MEMORY = 96 * 1024 * 1024
"""Files up to this size are read into memory once and never again. Files are not memory-mapped: one that shrinks while
it is mapped, or lies on a disk that fails, kills the whole process."""
_CHUNK = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """An identified file, ready to be looked into."""

    file: AssetFile
    """With the hash, and the stamp of exactly what was read."""
    format: str
    data: bytes | None
    """All of it, or None for a file too large to hold."""

    @property
    def digest(self) -> str:
        return self.file.content_hash

    def open(self) -> BinaryIO:
        """A new reader at the beginning."""
        return Path(self.file.path).open("rb") if self.data is None else BytesIO(self.data)


def identify(file: AssetFile) -> Source:
    """Read and hash the whole file. Raises BadFile with the reason when it cannot be taken in."""
    try:
        with Path(file.path).open("rb", buffering=0) as reader:
            before = os.fstat(reader.fileno())
            if not before.st_size:
                raise BadFile("The file is empty (0 bytes); copy it again from where it came.")
            digest, data, head = _read(reader, before.st_size)
            after = os.fstat(reader.fileno())
    except FileNotFoundError:
        raise BadFile("The file is gone; it was moved or deleted after it was found.") from None
    except PermissionError:
        raise BadFile("The file may not be read; give the user that runs PiGallery the right to read it.") from None
    except IsADirectoryError:
        raise BadFile("This is a folder, not a file.") from None
    except OSError as error:
        raise BadFile(f"The file cannot be read ({error.strerror or error}); check the disk it lies on.") from None
    stamped = replace(
        file,
        content_hash=digest,
        file_size=before.st_size,
        mtime_ns=before.st_mtime_ns,
        inode=before.st_ino,
        device=before.st_dev,
    )
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise BadFile("The file changed while it was read; it is tried again when it has come to rest.")
    found = sniff(head, suffix(os.fsencode(file.path)))
    if found is None:
        raise BadFile(f"The content is no picture that can be read (it begins with {_shown(head)}).")
    return Source(stamped, found, data)


def _read(reader: BinaryIO, size: int) -> tuple[str, bytes | None, bytes]:
    """Hash, all bytes when they are few enough, and the first ones."""
    if size <= IN_MEMORY:
        data = _read_all(reader, size)
        return blake3(data).hexdigest(), data, data[:HEAD_BYTES]
    hasher = blake3(max_threads=2)
    head = b""
    while chunk := reader.read(_CHUNK):
        head = head or chunk[:HEAD_BYTES]
        hasher.update(chunk)
    return hasher.hexdigest(), None, head


def _read_all(reader: BinaryIO, size: int) -> bytes:
    """Exactly what is there, up to `size`: a file that grows is caught by its stamp."""
    first = reader.read(size)
    if len(first) == size:
        return first
    parts = [first]
    left = size - len(first)
    while left and (part := reader.read(min(left, _CHUNK))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _shown(head: bytes) -> str:
    text = head[:12].decode("latin-1")
    if text.isascii() and text.isprintable():
        return f"'{text}'"
    return head[:8].hex(" ")
