"""`type Mutation`. Edits go through `View`, which checks the right and reaches only what the viewer sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import strawberry
from strawberry.types.unset import UNSET

from api.graphql.context import Info
from api.graphql.fields import mutation
from api.graphql.filter_input import ImageFilterInput, to_json
from api.graphql.ingest import IngestStatus, ingest_status, queue_of
from api.graphql.person import Album
from schema import graph
from schema.errors import BadConfig
from schema.filter import parse_filter


@strawberry.input(description="What to set on images; what is not given stays. `rating: null` takes a rating away.")
class ImageEdit:
    rating: int | None = UNSET
    favorite: bool | None = UNSET
    title: str | None = UNSET
    caption: str | None = UNSET
    place: str | None = strawberry.field(default=UNSET, description="A place's key; stays whatever the file says.")
    trashed: bool | None = UNSET
    add_tags: list[str] | None = strawberry.field(default=UNSET, description="Words or synset names.")
    remove_tags: list[str] | None = UNSET
    add_albums: list[int] | None = UNSET
    remove_albums: list[int] | None = UNSET

    def to_mapping(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in self.__annotations__}
        return {name: value for name, value in given.items() if value is not UNSET}


@strawberry.type(description="How many images an edit changed, and the token that takes it back.")
class EditResult:
    count: int
    undo: str


def _folder(text: str) -> Path:
    folder = Path(text).expanduser()
    if not folder.is_absolute():
        raise BadConfig(f"'{text}' is not a whole path; give the folder from the root, like /home/me/Photos.")
    if not folder.is_dir():
        raise BadConfig(f"There is no folder '{text}' on the gallery's machine; check the path.")
    return folder


@strawberry.type
class Mutation:
    @mutation
    async def start_ingest(self, info: Info, folders: list[str] | None = None) -> IngestStatus:
        """Look for new and changed files, in these folders or all known ones."""
        from ingest import control

        queue = queue_of(info.context)
        chosen = [_folder(text) for text in folders] if folders else list(info.context.settings.folders)
        await control.start(queue, chosen)
        return await ingest_status(info.context)

    @mutation
    async def stop_ingest(self, info: Info) -> IngestStatus:
        """Stop importing; what is done stays, the rest waits."""
        from ingest import control

        await control.stop(queue_of(info.context))
        return await ingest_status(info.context)

    @mutation
    async def resume_ingest(self, info: Info) -> IngestStatus:
        """Go on after a stop."""
        from ingest import control

        await control.resume(queue_of(info.context))
        return await ingest_status(info.context)

    @mutation
    async def retry_failed(
        self, info: Info, file_ids: list[int] | None = None, stage: str | None = None
    ) -> IngestStatus:
        """Try failed files again: these, or all; all their failed stages, or one."""
        from ingest import control

        await control.retry(info.context.library.store, queue_of(info.context), file_ids=file_ids or (), stage=stage)
        return await ingest_status(info.context)

    @mutation
    async def edit_images(self, info: Info, filter: ImageFilterInput, edit: ImageEdit) -> EditResult:
        """Change all images of a filter at once."""
        count, undo = await info.context.view.edit(parse_filter(to_json(filter)), edit.to_mapping())
        return EditResult(count=count, undo=undo)

    @mutation
    async def undo(self, info: Info, token: str) -> bool:
        """Take an edit back."""
        await info.context.view.undo(token)
        return True

    @mutation
    async def save_album(
        self,
        info: Info,
        name: str,
        key: int | None = None,
        parent_key: int | None = None,
        filter: ImageFilterInput | None = UNSET,
    ) -> Album:
        """Make an album, or change one; with a filter it is a smart album."""
        saved = parse_filter(to_json(filter)) if filter is not None and filter is not UNSET else None
        album = graph.Album(name=name, id=key or 0, parent_id=parent_key, filter=saved)
        return cast("Album", await info.context.view.save_album(album))

    @mutation
    async def delete_images(self, info: Info, filter: ImageFilterInput) -> int:
        """Forget these images (never their files); returns how many."""
        return await info.context.view.delete(parse_filter(to_json(filter)))
