"""A picture that comes as the body of a request: kept in a folder under a free name, never in place of another file."""

from __future__ import annotations

import errno
import os
import re
import secrets
import unicodedata
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Any

import anyio.to_thread
from blake3 import blake3
from redis.exceptions import RedisError
from starlette.requests import Request

from ingest.formats import HEAD_BYTES, sniff, suffix
from schema.errors import BadFile, PiGalleryError

LARGEST = 200 * 1024 * 1024
"""Bytes of one file."""
ENDINGS = {"jpeg": "jpg", "tiff": "tif", "raw": ""}


_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
"""How file systems without hard links (exFAT, some network disks) say so."""
Known = Callable[[str], Awaitable[bool]]
"""Whether a picture is here already, by the blake3 hash of its bytes."""


async def receive(request: Request, folder: Path, known: Known | None = None) -> str:
    """The body as a file in `folder`, on the disk for good when this returns; `?name=` asks for its name, what it is
    its content decides. Returns the name it got, '' when it was not kept because it is known.

    Raises BadFile for what is no picture or too large, PiGalleryError where it cannot be written.
    """
    given = request.query_params.get("name", "")
    begun = folder / f".{secrets.token_hex(8)}.part"
    try:
        await anyio.to_thread.run_sync(lambda: folder.mkdir(parents=True, exist_ok=True))
        head, digest = await _write(request, begun)
        format_ = sniff(head, suffix(given.encode("utf-8", "replace")))
        if format_ is None:
            raise BadFile("This is no picture that the gallery can read; add JPEG, PNG, WebP, AVIF, HEIC or TIFF.")
        if known is not None and await known(digest):
            return ""
        return await anyio.to_thread.run_sync(_keep, begun, folder, given, format_)
    except OSError:
        raise PiGalleryError(
            "The picture could not be kept: its folder may not be written to, or the disk is full; ask who runs the"
            " gallery."
        ) from None
    finally:
        with anyio.CancelScope(shield=True):  # whoever sent it may be gone
            await anyio.to_thread.run_sync(_forget, begun)


async def import_soon(queue: Any, file: Path) -> None:
    """Have a file read in; without a queue it is found when its folder is looked through next."""
    if queue is None:
        return
    from ingest import control

    with suppress(RedisError, OSError):
        await control.take_in(queue, file)


async def _write(request: Request, path: Path) -> tuple[bytes, str]:
    """The body into a file that nobody else can see; its first bytes and its hash."""
    head, size, hasher = b"", 0, blake3()
    async with await anyio.open_file(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "wb") as out:
        async for part in request.stream():
            size += len(part)
            if size > LARGEST:
                raise BadFile(f"A picture may have {LARGEST // 1024 // 1024} MB; this one is larger.")
            head += part[: HEAD_BYTES - len(head)]
            hasher.update(part)
            await out.write(part)
        await out.flush()
        await anyio.to_thread.run_sync(os.fsync, out.wrapped.fileno())
    return head, hasher.hexdigest()


def _keep(begun: Path, folder: Path, given: str, format_: str) -> str:
    """Give a received file its name, another one where there is such a file."""
    plain = unicodedata.normalize("NFC", PurePath(given.replace("\\", "/")).name)
    stem = re.sub(r"[^\w .()+-]", "_", PurePath(plain).stem).strip(" .")[:80] or "photo"
    ending = ENDINGS.get(format_, format_) or suffix(plain.encode()).decode()
    for number in range(1, 10_000):
        name = f"{stem}.{ending}" if number == 1 else f"{stem} ({number}).{ending}"
        try:
            _name(begun, folder / name)
        except FileExistsError:
            continue
        _settle(folder)
        return name
    raise OSError("no free name")


def _name(begun: Path, file: Path) -> None:
    """Raises FileExistsError where there is a file of that name."""
    try:
        os.link(begun, file)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        file.touch(exist_ok=False)  # the name is ours from now on
        begun.replace(file)


def _settle(folder: Path) -> None:
    """The names in a folder, on the disk for good; where folders cannot be written out they are soon."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _forget(begun: Path) -> None:
    with suppress(OSError):  # it was never begun: the folder cannot be written to
        begun.unlink(missing_ok=True)
