"""What the browser loads besides pages: our own modules and styles, and the allowed files of npm packages.

Every address carries a hash of the content, so that a browser may keep it for ever.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import mimetypes
import os
import re
from base64 import b64encode
from functools import cache, cached_property
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

ROOM = Path(__file__).resolve().parent
PACKAGES = Path(os.environ.get("PIGALLERY_PACKAGES") or ROOM.parent / "node_modules")
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json"}
FOREVER = "public, max-age=31536000, immutable"

MODULES = {
    "thumbhash": "thumbhash/thumbhash.js",
    "leaflet": "leaflet/dist/leaflet-src.esm.js",
}
"""Names that our modules import, and the files they are."""

ALLOWED = {
    *MODULES.values(),
    "leaflet/dist/leaflet.css",
    "topojson-client/dist/topojson-client.min.js",
    "world-atlas/countries-50m.json",
}


class Shelf:
    """Files of one folder, each read once, served with its gzip form and an unchanging address."""

    def __init__(self, prefix: str, folder: Path, names: list[str]) -> None:
        self.prefix = prefix
        self.folder = folder
        self.names = frozenset(names)
        self._kept: dict[str, tuple[float, bytes, bytes]] = {}

    @cached_property
    def version(self) -> str:
        """12 hex digits over all files: relative imports between them then keep within one version."""
        digest = hashlib.blake2b(digest_size=6)
        for name in sorted(self.names):
            digest.update(name.encode())
            for file in self._parts(name):
                digest.update(file.read_bytes() if file.is_file() else b"")
        return digest.hexdigest()

    def address(self, name: str) -> str:
        if name not in self.names:
            raise KeyError(f"{name} is not on the list of files that {self.prefix} may serve")
        return f"{self.prefix}/{self.version}/{name}"

    def _parts(self, name: str) -> list[Path]:
        return [self.folder / name]

    def _read(self, name: str) -> tuple[bytes, bytes]:
        files = self._parts(name)
        changed = max(file.stat().st_mtime for file in files)
        kept = self._kept.get(name)
        if kept is None or kept[0] != changed:
            body = b"\n".join(file.read_bytes() for file in files)
            kept = self._kept[name] = (changed, body, gzip.compress(body, 6, mtime=0))
        return kept[1], kept[2]

    async def serve(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self.names:
            raise HTTPException(404)
        try:
            body, packed = self._read(name)
        except OSError as wrong:
            raise HTTPException(404) from wrong
        kind = KINDS.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        current = request.path_params["version"] == self.version
        headers = {"Cache-Control": FOREVER if current else "no-cache", "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", "") and len(packed) < len(body):
            return Response(packed, media_type=kind, headers=headers | {"Content-Encoding": "gzip"})
        return Response(body, media_type=kind, headers=headers)


class Sheet(Shelf):
    """All our styles as one file: one answer to wait for before the first paint."""

    ORDER = (
        *("tokens", "frame", "grid", "panels", "viewer", "selection"),
        *("pages", "people", "sharing", "accounts", "webhooks", "live"),
    )

    def _parts(self, name: str) -> list[Path]:
        return [self.folder / f"{part}.css" for part in self.ORDER]


def _below(folder: str, suffix: str) -> list[str]:
    return sorted(f"{folder}/{file.name}" for file in (ROOM / folder).glob(f"*{suffix}"))


OURS = Shelf("/ui", ROOM, _below("elements", ".js"))
STYLED = Sheet("/style", ROOM / "styles", ["all.css"])
PACKAGED = Shelf("/lib", PACKAGES, sorted(ALLOWED))


IMPORT = re.compile(r"""^(?:import|export)\b[^;]*?['"]\./([\w-]+)\.js['"]""", re.MULTILINE)


def module_address(name: str) -> str:
    return OURS.address(f"elements/{name}.js")


@cache
def imported(name: str) -> tuple[str, ...]:
    """Our modules that one imports, and those that these import: to be fetched at once, not one after the other."""
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        for other in IMPORT.findall((ROOM / "elements" / f"{waiting.pop()}.js").read_text()):
            if other not in found:
                found[other] = None
                waiting.append(other)
    return tuple(found)


def import_map() -> str:
    """The one inline script: where the bare names in our modules lead."""
    return json.dumps({"imports": {name: PACKAGED.address(file) for name, file in MODULES.items()}})


def import_map_hash() -> str:
    """As it stands in the Content-Security-Policy."""
    return "sha256-" + b64encode(hashlib.sha256(import_map().encode()).digest()).decode()
