"""`type Mutation`. Edits go through `View`, which checks the right and reaches only what the viewer sees."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import strawberry
from strawberry.types.unset import UNSET

from api.graphql.about_me import AboutMeMutation
from api.graphql.account import AccountMutations
from api.graphql.apps import AppMutations
from api.graphql.context import Info
from api.graphql.duplicates import DuplicateMutations
from api.graphql.editing import EditingMutations
from api.graphql.fields import mutation
from api.graphql.filter_input import ImageFilterInput, to_json
from api.graphql.ingest import IngestStatus, ingest_status, queue_of
from api.graphql.people import PeopleMutations
from api.graphql.person import Album, Person
from api.graphql.shares import ShareMutations
from api.graphql.webhooks import WebhookMutations
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


@strawberry.input(description="An album; what is not given stays. With a filter it is a smart album.")
class AlbumInput:
    key: int | None = strawberry.field(default=None, description="Of the album to change; without it one is made.")
    name: str | None = UNSET
    parent_key: int | None = UNSET
    filter: ImageFilterInput | None = UNSET
    cover_image_key: int | None = UNSET

    def to_fields(self) -> dict[str, Any]:
        given = {"name": self.name, "parent_id": self.parent_key, "cover_image_id": self.cover_image_key}
        fields: dict[str, Any] = {name: value for name, value in given.items() if value is not UNSET}
        if self.filter is not UNSET:
            fields["filter"] = parse_filter(to_json(self.filter)) if self.filter is not None else None
        return _named(fields)


@strawberry.input(description="Somebody; what is not given stays.")
class PersonInput:
    key: int | None = strawberry.field(default=None, description="Of the person to change; without it one is made.")
    name: str | None = UNSET
    hidden: bool | None = UNSET
    birthday: str | None = strawberry.field(default=UNSET, description="ISO date.")
    cover_face_id: int | None = UNSET

    def to_fields(self) -> dict[str, Any]:
        given: dict[str, Any] = {"name": self.name, "hidden": self.hidden, "birthday": self.birthday}
        given["cover_face_id"] = self.cover_face_id
        fields = {name: value for name, value in given.items() if value is not UNSET}
        return _named(fields)


def _named(fields: dict[str, Any]) -> dict[str, Any]:
    """`null` for what cannot be unknown means the default."""
    for name, default in (("name", ""), ("hidden", False)):
        if name in fields and fields[name] is None:
            fields[name] = default
    return fields


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
class Mutation(
    AboutMeMutation,
    AccountMutations,
    PeopleMutations,
    DuplicateMutations,
    EditingMutations,
    AppMutations,
    ShareMutations,
    WebhookMutations,
):
    @mutation
    async def start_ingest(self, info: Info, folders: list[str] | None = None) -> IngestStatus:
        """Look for new and changed files, in these folders or all known ones."""
        from ingest import control

        queue = queue_of(info.context)
        if folders:
            await control.start(queue, [_folder(text) for text in folders])
        else:
            await control.resume(queue)
        return await ingest_status(info.context)

    @mutation
    async def stop_ingest(self, info: Info) -> IngestStatus:
        """Stop importing; what is done stays, the rest waits."""
        from ingest import control

        await control.stop(queue_of(info.context))
        return await ingest_status(info.context)

    @mutation
    async def resume_ingest(self, info: Info) -> IngestStatus:
        """Go on after a stop, and look through all known folders again."""
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
    async def save_album(self, info: Info, album: AlbumInput) -> Album:
        """Make an album, or change the one with that key."""
        view = info.context.view
        present = await view.album(album.key) if album.key else graph.Album(name="")
        return cast("Album", await view.save_album(replace(present, **album.to_fields())))

    @mutation
    async def delete_album(self, info: Info, key: int) -> bool:
        """Take an album apart; its images stay."""
        await info.context.view.delete_album(key)
        return True

    @mutation
    async def save_person(self, info: Info, person: PersonInput) -> Person:
        """Make somebody, or change the one with that key."""
        view = info.context.view
        present = await view.person(person.key) if person.key else graph.Person(name="")
        return cast("Person", await view.save_person(replace(present, **person.to_fields())))

    @mutation
    async def assign_faces(self, info: Info, face_ids: list[int], person_key: int | None = None) -> bool:
        """Say whose faces these are; without a person: nobody's."""
        await info.context.view.assign_faces(face_ids, person_key)
        return True

    @mutation
    async def merge_people(self, info: Info, keep: int, merge: list[int]) -> bool:
        """They are all the one to keep."""
        await info.context.view.merge_people(keep, merge)
        return True

    @mutation
    async def delete_images(self, info: Info, filter: ImageFilterInput) -> int:
        """Forget these images (never their files); returns how many."""
        return await info.context.view.delete(parse_filter(to_json(filter)))
