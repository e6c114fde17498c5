"""Pictures that somebody adds from a page or a program: into a folder of the library, each once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.auth.door import told
from api.auth.forms import answered, refuse_foreign
from api.paths import UPLOAD
from api.receiving import import_soon, receive
from schema.accounts import audit
from schema.errors import PiGalleryError, Refused
from schema.policy import Capability
from schema.visibility import sees_everything

if TYPE_CHECKING:
    from schema.library import Library
    from schema.settings import Settings

FOLDER = "Uploads"
"""Below the first folder of the library, where no other is named."""


class Uploads:
    """`POST /upload?name=a.jpg&folder=/photos/2026`: one picture as the body. Needs the right `import`."""

    def __init__(self, settings: Settings, library: Library, queue: Any) -> None:
        self.settings = settings
        self.library = library
        self.queue = queue

    def routes(self) -> list[BaseRoute]:
        return [Route(UPLOAD, self.add, methods=["POST"])]

    async def add(self, request: Request) -> Response:
        viewer, store = request.state.view.viewer, self.library.store
        try:
            refuse_foreign(request)
            viewer.require(Capability.IMPORT)
            if not sees_everything(viewer):
                raise Refused("Pictures are added by who sees the whole library; ask its owner.")
            folder = await self._folder(request.query_params.get("folder", ""))
            name = await receive(request, folder, known=self._is_known)
            if not name:
                return answered({"name": "", "folder": "", "known": True})
            file = folder / name
            await audit.write(store, "library.received", viewer, str(file), address=request.state.caller.address)
            await import_soon(self.queue, file)
        except PiGalleryError as error:
            return told(error)
        return answered({"name": name, "folder": str(folder), "known": False}, 201)

    async def _folder(self, named: str) -> Path:
        """Where it goes. Raises Refused for a folder that is not below one of the library's."""
        from ingest import control

        roots = [Path(root) for root in await control.folders(self.library.store, self.settings)]
        if not roots:
            raise Refused("The library has no folder yet; start it with one: pigallery serve FOLDER.")
        folder = Path(named) if named else roots[0] / FOLDER
        if "\0" in named or ".." in folder.parts or not any(folder.is_relative_to(root) for root in roots):
            known = ", ".join(map(str, roots))
            raise Refused(f"Pictures are added to a folder of the library ({known}); choose one below it.")
        return folder

    async def _is_known(self, digest: str) -> bool:
        """Whether a file with just these bytes is in one of the folders now."""
        found = await self.library.store.find_by_hash([digest])
        images = await self.library.store.images(list(found.values()), frozenset({"files"}))
        return any(file.present for image in images if image is not None for file in image.files)
