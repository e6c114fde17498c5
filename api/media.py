"""The bytes of pictures: thumbnails and previews by version (cached for ever), originals with ranges.

Which bytes a viewer may have is `View`'s answer, like everything else; what it hides does not exist here.
"""

from __future__ import annotations

import os
import re
import unicodedata
from contextlib import suppress
from functools import partial
from hashlib import blake2b
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

import anyio
import anyio.to_thread
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from api.archive import archive
from api.covering import blurred, is_covered
from api.paths import MEDIA, SHARED, media_url
from api.portraits import face_portrait
from api.shares.links import token_of
from api.shares.stripping import Stripped, strip
from schema.errors import NotFound, Refused
from schema.explicit import MEMBERS
from schema.media import LARGE, SMALL, thumbnail_path
from schema.policy import Viewer, ViewerKind
from schema.view import MediaGrant
from schema.visibility import sees_cameras, sees_places

if TYPE_CHECKING:
    from schema.settings import Settings

SIZES: dict[str, Literal[320, 1440]] = {"small.jpg": SMALL, "large.jpg": LARGE}
TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "avif": "image/avif",
    "heic": "image/heic",
    "tiff": "image/tiff",
    "gif": "image/gif",
    "jxl": "image/jxl",
}
MOST_ON_SHEET = 100
SHEET = re.compile(rf"[0-9]{{1,9}}\.[0-9]{{1,10}}(,[0-9]{{1,9}}\.[0-9]{{1,10}}){{0,{MOST_ON_SHEET - 1}}}", re.ASCII)
FOR_EVER = "private, max-age=31536000, immutable"
FOR_AN_HOUR = "private, max-age=3600"
ASK_AGAIN = "private, no-cache"
"""May be kept, must be checked (ETag) before each use: the address does not change with the bytes."""
NEVER = "no-store"
GUARD = {"content-security-policy": "default-src 'none'; sandbox", "cross-origin-resource-policy": "same-origin"}
"""A picture is never a page, whatever its bytes say."""


def content_disposition(name: str, *, download: bool) -> str:
    """RFC 6266: an ASCII name for all, the real one in UTF-8 (RFC 5987). Nothing in a name can end the header."""
    clean = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in name).strip() or "photo"
    plain = unicodedata.normalize("NFKD", clean).encode("ascii", "ignore").decode("ascii")
    plain = re.sub(r'["\\/%;]', "_", plain).strip(" .") or "photo"
    header = f'{"attachment" if download else "inline"}; filename="{plain}"'
    return header if plain == clean else f"{header}; filename*=UTF-8''{quote(clean, safe='')}"


def is_known(request: Request, etag: str) -> bool:
    """Whether the browser has just this (RFC 9110, weak comparison)."""
    given = request.headers.get("if-none-match", "")
    return given.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in given.split(","))


def missing(sentence: str) -> Response:
    return PlainTextResponse(sentence + "\n", 404, headers={"cache-control": NEVER})


class Media:
    """Routes below /media."""

    def __init__(self, settings: Settings, queue: Any) -> None:
        self.settings = settings
        self.queue = queue
        self._strippers = anyio.CapacityLimiter(2)
        """Whole pictures are held meanwhile."""

    def routes(self) -> list[Route]:
        return [
            Route(f"{MEDIA}/{{image_id:int}}/{{version:int}}/{{name}}", self.thumbnail),
            Route(f"{MEDIA}/{{image_id:int}}/original", self.original),
            Route(f"{MEDIA}/face/{{face_id:int}}.jpg", self.face),
            Route(f"{MEDIA}/archive", self.archive, methods=["POST"]),
            Route(f"{MEDIA}/sheet", self.sheet),
        ]

    def _headers(self, request: Request, etag: str, kept: str) -> dict[str, str]:
        """How long a picture is `kept`: by visitors and apps not unchecked, since their leave may end at any moment.
        Apps show pictures on pages of their own."""
        kind = request.state.view.viewer.kind
        passing = kind in (ViewerKind.SHARE, ViewerKind.APP)
        headers = {"cache-control": ASK_AGAIN if passing else kept, "etag": etag, **GUARD}
        return headers | ({"cross-origin-resource-policy": "cross-origin"} if kind is ViewerKind.APP else {})

    async def thumbnail(self, request: Request) -> Response:
        image_id, version, name = (request.path_params[key] for key in ("image_id", "version", "name"))
        if name not in SIZES:
            return missing("There are small.jpg, large.jpg and original.")
        grant = await request.state.view.media(image_id)
        if not grant.media_version:
            await self._look_first(image_id)
            return missing("This picture has no thumbnail yet; it comes with the import.")
        if version != grant.media_version:
            # An old page's address: the picture of today, and nothing to remember.
            link = token_of(request.state.caller)
            address = media_url(image_id, grant.media_version, name)
            below = f"{SHARED}/{link}{address}" if link else address
            return RedirectResponse(below, 302, headers={"cache-control": NEVER})
        covered = await is_covered(request, grant)
        etag = f'"{grant.content_hash[:20]}-{SIZES[name]}{"-covered" if covered else ""}"'
        headers = self._headers(request, etag, ASK_AGAIN if grant.explicit else FOR_EVER)
        if is_known(request, etag):
            return Response(status_code=304, headers=headers)
        path = thumbnail_path(self.settings.thumbnails, grant.content_hash, SIZES[name])
        try:
            # One hop to a thread for a small file, where a streamed answer takes four.
            content = await anyio.to_thread.run_sync(blurred if covered else Path.read_bytes, path)
        except OSError:
            content = None
        if content is None:
            return missing("This thumbnail is not on disk; import the picture again to make it.")
        return Response(content, media_type="image/jpeg", headers=headers)

    async def sheet(self, request: Request) -> Response:
        """Many small thumbnails as one file, so that a window of fifty opens with one request: `?of=ID.VERSION,...`.

        Each is its length (four bytes, little-endian) and its JPEG, in the order asked; the length is 0 where
        there is none of that version for this viewer.
        """
        of = request.query_params.get("of", "")
        if not SHEET.fullmatch(of):
            sentence = f"A sheet is asked for as ?of=ID.VERSION,ID.VERSION,... with up to {MOST_ON_SHEET} photos.\n"
            return PlainTextResponse(sentence, 400, headers={"cache-control": NEVER})
        asked = [pair.split(".") for pair in of.split(",")]
        grants = await request.state.view.thumbnails([int(number) for number, _ in asked])
        if not any(grants):
            return missing("None of these pictures is here.")
        current = [
            grant if grant and grant.media_version == int(version) else None
            for grant, (_, version) in zip(grants, asked, strict=True)
        ]
        covered = [grant is not None and await is_covered(request, grant) for grant in current]
        told = "".join(
            f"{grant and grant.content_hash}{hidden}" for grant, hidden in zip(current, covered, strict=True)
        )
        etag = f'"{blake2b(told.encode(), digest_size=10).hexdigest()}-sheet"'
        lasting = all(grant and not grant.explicit for grant in current)
        headers = self._headers(request, etag, FOR_EVER if lasting else ASK_AGAIN)
        if is_known(request, etag):
            return Response(status_code=304, headers=headers)
        content = await anyio.to_thread.run_sync(self._on_sheet, current, covered)
        return Response(content, media_type="application/octet-stream", headers=headers)

    def _on_sheet(self, grants: list[MediaGrant | None], covered: list[bool]) -> bytes:
        parts: list[bytes] = []
        for grant, hidden in zip(grants, covered, strict=True):
            picture = b""
            if grant is not None:
                path = thumbnail_path(self.settings.thumbnails, grant.content_hash, SMALL)
                with suppress(OSError):
                    picture = (blurred(path) or b"") if hidden else path.read_bytes()
            parts += len(picture).to_bytes(4, "little"), picture
        return b"".join(parts)

    async def face(self, request: Request) -> Response:
        """A face alone. Its address outlives new detections, so it is kept for an hour and then checked."""
        face = await request.state.view.face(request.path_params["face_id"])
        grant = await request.state.view.media(face.image_id)
        corners = "-".join(f"{round(value * 9999):04}" for value in face.box)
        covered = await is_covered(request, grant)
        etag = f'"{grant.content_hash[:20]}-{corners}{"-covered" if covered else ""}"'
        headers = self._headers(request, etag, ASK_AGAIN if grant.explicit else FOR_AN_HOUR)
        if is_known(request, etag):
            return Response(status_code=304, headers=headers)
        path = thumbnail_path(self.settings.thumbnails, grant.content_hash, LARGE)
        content = await anyio.to_thread.run_sync(partial(face_portrait, path, face.box, covered=covered))
        if content is None:
            return missing("This picture has no thumbnail on disk; import it again to make one.")
        return Response(content, media_type="image/jpeg", headers=headers)

    async def _look_first(self, image_id: int) -> None:
        """Somebody waits for this one: it is imported next."""
        if self.queue is not None:
            from ingest import control

            with suppress(RedisError, OSError):
                await control.look_first(self.queue, [image_id])

    async def original(self, request: Request) -> Response:
        download = "download" in request.query_params
        grant, path, stat = await self._granted(request, request.path_params["image_id"], download=download)
        whole = sees_whole(request)
        etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}{"" if whole else "-bare"}"'
        headers = self._headers(request, etag, ASK_AGAIN)
        if is_known(request, etag) and "range" not in request.headers:
            return Response(status_code=304, headers=headers)
        if not whole:
            name, bare = await self._bare(grant, path)
            headers["content-disposition"] = content_disposition(name, download=download)
            return Response(bare.content, headers=headers, media_type=TYPES[bare.format])
        headers["content-disposition"] = content_disposition(grant.name, download=download)
        media_type = TYPES.get(grant.format, "application/octet-stream")
        return FileResponse(path, headers=headers, media_type=media_type, stat_result=stat)

    async def archive(self, request: Request) -> Response:
        return await archive(request, self._to_keep)

    async def _to_keep(self, request: Request, image_id: int) -> tuple[str, Path | bytes]:
        """Name and file of an original as this viewer may keep it."""
        grant, path, _ = await self._granted(request, image_id, download=True)
        if sees_whole(request):
            return grant.name, path
        name, bare = await self._bare(grant, path)
        return name, bare.content

    async def _granted(
        self, request: Request, image_id: int, *, download: bool
    ) -> tuple[MediaGrant, Path, os.stat_result]:
        """Leave for an original whose file is there. Raises NotFound and Refused."""
        grant = await request.state.view.media(image_id, original=True)
        path = Path(grant.original)
        if not (download and request.state.view.viewer.kind in MEMBERS) and await is_covered(request, grant):
            raise Refused("This picture is covered because it is explicit; its original is not shown.")
        try:
            stat = await anyio.to_thread.run_sync(path.stat)
            await anyio.to_thread.run_sync(_touch, path)
        except OSError:
            raise NotFound("The file of this picture cannot be read now; its folder may be offline.") from None
        return grant, path, stat

    async def _bare(self, grant: MediaGrant, path: Path) -> tuple[str, Stripped]:
        """A copy without what the file tells beside the picture, and its name. Raises BadFile."""
        bare = await anyio.to_thread.run_sync(
            strip, path, grant.format, self.settings.max_pixels, limiter=self._strippers
        )
        return f"{PurePath(grant.name).stem}.{'png' if bare.format == 'png' else 'jpg'}", bare


def sees_whole(request: Request) -> bool:
    """Whether the viewer may know all that a file tells."""
    viewer: Viewer = request.state.view.viewer
    return sees_places(viewer) and sees_cameras(viewer)


def _touch(path: Path) -> None:
    """Open it once, so that what cannot be read is said before the answer begins."""
    with path.open("rb"):
        pass
