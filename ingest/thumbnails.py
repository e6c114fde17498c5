"""Thumbnails on disk: whole or not there, found again by content."""

from __future__ import annotations

import errno
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

from ingest.pixels import Derived
from schema.errors import StoreUnavailable
from schema.media import LARGE, SMALL, thumbnail_path

_NAME = re.compile(r"([0-9a-f]+)-\d+-\d+\.jpg")
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}


def write_thumbnails(folder: Path, content_hash: str, derived: Derived) -> None:
    """Both sizes. Raises StoreUnavailable when the disk does not take them: the file is not to blame."""
    _write(thumbnail_path(folder, content_hash, LARGE), derived.large)
    _write(thumbnail_path(folder, content_hash, SMALL), derived.small)


def have_thumbnails(folder: Path, content_hash: str) -> bool:
    """Whether both are there. A power cut may leave a file empty: it was named before its bytes were on the disk."""
    return all(_is_whole(thumbnail_path(folder, content_hash, size)) for size in (SMALL, LARGE))


def damaged_hashes(folder: Path) -> Iterator[str]:
    """Content hashes with an empty thumbnail, which is removed; and leftovers of interrupted writes are."""
    for shelf in sorted(folder.iterdir()) if folder.is_dir() else ():
        with os.scandir(shelf) as entries:
            for entry in entries:
                if entry.name.endswith(".tmp"):
                    Path(entry.path).unlink(missing_ok=True)
                elif not entry.stat().st_size and (match := _NAME.fullmatch(entry.name)):
                    Path(entry.path).unlink(missing_ok=True)
                    yield shelf.name + match[1]


def _is_whole(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _write(path: Path, data: bytes) -> None:
    """Named only when complete. Not synced: what a power cut takes is made again."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        try:
            draft.write_bytes(data)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        if error.errno in _NO_ROOM:
            raise StoreUnavailable(
                f"Thumbnails cannot be written to {path.parents[1]} ({error.strerror}); "
                "free some space there or make it writable, and the import goes on by itself."
            ) from error
        raise
