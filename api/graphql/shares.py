"""Shares: those of the person who asks, and the one that a visitor came by."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import strawberry
from strawberry.types.unset import UNSET

from api.auth import passwords
from api.graphql.apps import chosen_filter
from api.graphql.context import Context, Info
from api.graphql.fields import field, mutation
from api.graphql.filter_input import ImageFilterInput
from api.graphql.scalars import JSON
from api.shares.links import link_path
from schema import shares as kept
from schema.filter import to_json as filter_json
from schema.policy import ViewerKind
from schema.shares import Download, ShareState
from schema.shares_view import SharesView

LONGEST_PASSWORD = 200


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def shares_view(context: Context) -> SharesView:
    roots = tuple(str(folder) for folder in context.settings.folders)
    return SharesView(context.view, roots, context.address)


@strawberry.type(description="A part of the photos behind a link. In filters: `share:<key>` or the name.")
class Share:
    key: str
    name: str
    url: str = strawberry.field(description="The link to give away.")
    state: ShareState
    filter: JSON
    description: str = strawberry.field(description="What it shows, in words.")
    fixed: bool = strawberry.field(description="A list that stays; else whatever its filter finds.")
    download: Download
    location: bool
    camera: bool
    names: bool
    has_password: bool
    expires: datetime | None
    most_views: int | None
    views: int
    seen: datetime | None = strawberry.field(description="When it was last opened.")
    contribute: str = strawberry.field(description="Folder that visitors may add pictures to.")
    received: int
    created: datetime | None


@strawberry.type(description="What a visitor of a share may know of it.")
class SharedHere:
    name: str
    download: Download
    contribute: bool


async def shown_share(context: Context, share: kept.Share) -> Share:
    number = f"{len(share.filter.ids):,} chosen photos" if share.fixed and share.filter.ids is not None else ""
    return Share(
        key=share.key,
        name=share.name,
        url=f"{context.issuer}{link_path(context.settings, share)}",
        state=share.state,
        filter=cast("JSON", filter_json(share.filter)),
        description=number or await context.view.describe(share.filter),
        fixed=share.fixed,
        download=share.download,
        location=share.location,
        camera=share.camera,
        names=share.names,
        has_password=bool(share.password),
        expires=_moment(share.expires),
        most_views=share.most_views,
        views=share.views,
        seen=_moment(share.seen),
        contribute=share.contribute,
        received=share.received,
        created=_moment(share.created),
    )


@strawberry.input(description="A share; what is not given stays, or is as harmless as can be in a new one.")
class ShareInput:
    name: str | None = UNSET
    download: Download | None = UNSET
    location: bool | None = strawberry.field(default=UNSET, description="Show where pictures were taken.")
    camera: bool | None = UNSET
    names: bool | None = strawberry.field(default=UNSET, description="Show who is in them, and album names.")
    password: str | None = strawberry.field(default=UNSET, description="Never told again; null or empty for none.")
    expires: datetime | None = UNSET
    most_views: int | None = UNSET
    contribute: str | None = strawberry.field(default=UNSET, description="Folder that visitors may add pictures to.")
    new_link: bool = strawberry.field(default=False, description="Make another link; the old one is over.")

    async def to_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for name in ("name", "download", "location", "camera", "names"):
            if (given := getattr(self, name)) is not UNSET and given is not None:
                fields[name] = given
        if self.most_views is not UNSET:
            fields["most_views"] = self.most_views
        if self.contribute is not UNSET:
            fields["contribute"] = self.contribute or ""
        if self.expires is not UNSET:
            until = self.expires
            fields["expires"] = (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() if until else None
        if self.password is not UNSET:
            if self.password and len(self.password) > LONGEST_PASSWORD:
                raise kept.BadShare(f"A password has at most {LONGEST_PASSWORD} characters; choose a shorter one.")
            fields["password"] = await passwords.hashed(self.password) if self.password else ""
        if self.new_link:
            fields["salt"] = kept.new_salt()
        return fields


@strawberry.type
class ShareQueries:
    @field
    async def shares(self, info: Info) -> list[Share]:
        """Shares of the person who asks, the newest first."""
        return [await shown_share(info.context, share) for share in await shares_view(info.context).all()]

    @field
    async def shared_here(self, info: Info) -> SharedHere | None:
        """The share that the visitor who asks came by; null for everybody else."""
        viewer = info.context.view.viewer
        if viewer.kind is not ViewerKind.SHARE:
            return None
        share = await kept.get(info.context.library.store, viewer.credential)
        if share is None:
            return None
        return SharedHere(name=share.name, download=share.download, contribute=bool(share.contribute))


@strawberry.type
class ShareMutations:
    @mutation
    async def add_share(self, info: Info, filter: ImageFilterInput, share: ShareInput, fixed: bool = False) -> Share:
        """Share what a filter finds: as it is now (`fixed`), or whatever it finds from now on."""
        fields = await share.to_fields()
        name = fields.pop("name", "")
        made = await shares_view(info.context).add(name, chosen_filter(filter), fixed=fixed, **fields)
        return await shown_share(info.context, made)

    @mutation
    async def change_share(self, info: Info, key: str, share: ShareInput) -> Share:
        changed = await shares_view(info.context).change(key, **await share.to_fields())
        return await shown_share(info.context, changed)

    @mutation
    async def revoke_share(self, info: Info, key: str) -> Share:
        """From now on its link leads nowhere, for those who look at it now too."""
        return await shown_share(info.context, await shares_view(info.context).revoke(key))

    @mutation
    async def delete_share(self, info: Info, key: str) -> bool:
        await shares_view(info.context).delete(key)
        return True
