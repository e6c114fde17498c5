"""Many originals as one file: a ZIP that is written while it is sent, with no more in memory than a piece of it.

Pictures are not packed again; each is read when its turn comes, and may be had then as it may be had alone. What cannot
be had is named, with the reason, in a text inside.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import date
from io import RawIOBase
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import parse_qs
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from schema.errors import BadFilter, PiGalleryError, Refused
from schema.filter.parse import parse_filter
from schema.policy import Capability

if TYPE_CHECKING:
    from typing_extensions import Buffer

MOST = 10_000
"""Photos in one archive."""
MOST_ASKED = 1_000_000
"""Bytes of the form."""
LEFT_OUT = "Left out.txt"
UNREADABLE = "Its file cannot be read to its end now; its folder may be offline."
_PIECE = 1 << 20

Original = Callable[[Request, int], Awaitable[tuple[str, Path | bytes]]]
"""A picture's name and its file (or a copy without what the viewer may not know); raises PiGalleryError or OSError."""


async def archive(request: Request, original: Original) -> Response:
    """Originals of all photos that the form field `filter` (JSON, as GraphQL's `ImageFilter`) finds.

    Raises Refused without the right to originals or for too many, BadFilter.
    """
    view = request.state.view
    view.viewer.require(Capability.ORIGINALS)
    ids = (await view.ids(parse_filter(await _asked(request)))).tolist()
    if len(ids) > MOST:
        raise Refused(f"These are {len(ids):,} photos, and {MOST:,} at most go into one download; choose fewer.")
    if not ids:
        raise Refused("There is no photo to download; choose some first.")
    named = f'attachment; filename="PiGallery {date.today().isoformat()}.zip"'
    headers = {"content-disposition": named, "cache-control": "no-store"}
    return StreamingResponse(_written(request, original, ids), media_type="application/zip", headers=headers)


async def _asked(request: Request) -> Any:
    length = request.headers.get("content-length", "")
    if not length.isascii() or not length.isdigit() or int(length) > MOST_ASKED:
        raise BadFilter("The question for a download may have a megabyte at most, and says its length.")
    try:
        fields = parse_qs((await request.body()).decode(), max_num_fields=10)
        return json.loads(fields.get("filter", ["{}"])[0])
    except (ValueError, RecursionError):
        raise BadFilter("The form field 'filter' of a download is JSON, like an ImageFilter of a question.") from None


async def _written(request: Request, original: Original, ids: Sequence[int]) -> AsyncIterator[bytes]:
    made = _Made()
    names: set[str] = {LEFT_OUT.casefold()}
    left_out: list[str] = []
    with ZipFile(made, "w", ZIP_STORED) as whole:
        for image_id in ids:
            name = f"Photo {image_id}"
            try:
                name, content = await original(request, image_id)
                async with aclosing(_entered(whole, made, _only(name, names), content)) as pieces:
                    async for piece in pieces:
                        yield piece
            except (PiGalleryError, OSError) as error:
                reason = (
                    str(error) if isinstance(error, PiGalleryError) else "Its file cannot be read (to the end) now."
                )
                left_out.append(f"{name}: {reason}")
        if left_out:
            whole.writestr(LEFT_OUT, "\r\n".join(left_out) + "\r\n")
    yield made.taken()


async def _entered(whole: ZipFile, made: _Made, name: str, content: Path | bytes) -> AsyncGenerator[bytes]:
    """One picture, in pieces as they are ready."""
    if isinstance(content, bytes):
        await anyio.to_thread.run_sync(whole.writestr, name, content)
        yield made.taken()
        return
    info = await anyio.to_thread.run_sync(lambda: ZipInfo.from_file(content, name, strict_timestamps=False))
    with await anyio.to_thread.run_sync(content.open, "rb") as source, whole.open(info, "w", force_zip64=True) as entry:

        def copy(source: BinaryIO = source) -> bool:
            piece = source.read(_PIECE)
            entry.write(piece)
            return len(piece) == _PIECE

        while await anyio.to_thread.run_sync(copy):
            yield made.taken()
    yield made.taken()


def _only(name: str, names: set[str]) -> str:
    """A name that leads nowhere and is there once, on systems that do not tell `A.jpg` from `a.jpg` too."""
    clean = "".join("_" if c in '/\\:*?"<>|' or unicodedata.category(c)[0] == "C" else c for c in name)
    pure = PurePath(re.sub(r"^\.+|[. ]+$", "", clean) or "photo")
    only, count = pure.name, 1
    while only.casefold() in names:
        count += 1
        only = f"{pure.stem} ({count}){pure.suffix}"
    names.add(only.casefold())
    return only


class _Made(RawIOBase):
    """Where the archive is written to: what was not sent yet."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        self._waiting += data
        return memoryview(data).nbytes

    def taken(self) -> bytes:
        taken, self._waiting = bytes(self._waiting), bytearray()
        return taken
