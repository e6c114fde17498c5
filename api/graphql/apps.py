"""Apps, their grants and personal tokens; and the decision of a person what an app may see."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import anyio.to_thread
import strawberry
from authlib.oauth2 import OAuth2Error
from strawberry.types.unset import UNSET

from api.graphql.context import Context, Info
from api.graphql.fields import field, mutation
from api.graphql.filter_input import ImageFilterInput, to_json
from api.graphql.scalars import JSON
from api.oauth import deciding
from api.oauth.routes import asked_by_query
from api.oauth.server import OAuth
from api.paths import OAUTH
from schema import apps
from schema.apps import SAYS, App, Grant
from schema.apps_view import AppsView, person_of
from schema.entries import Entry
from schema.errors import BadFilter, PiGalleryError
from schema.filter import ImageFilter, parse_filter
from schema.filter import to_json as filter_json
from schema.filter.nodes import EVERYTHING
from schema.policy import Capability


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def apps_view(context: Context) -> AppsView:
    return AppsView(context.library.store, context.view.viewer, context.address)


@strawberry.type(description="One right, and what it means in words.")
class Right:
    name: str
    says: str
    held: bool = strawberry.field(description="Whether the one who asks has it to give.")


@strawberry.type(description="A program that may ask people for access.")
class RegisteredApp:
    key: str = strawberry.field(description="Its client id.")
    name: str
    website: str
    redirect_uris: list[str]
    created: datetime | None


@strawberry.type(description="What somebody lets a program see and do. Without an app it is a personal token.")
class AppGrant:
    key: str
    name: str
    app: RegisteredApp | None
    capabilities: list[str]
    filter: JSON
    description: str = strawberry.field(description="What it sees and may do, in words.")
    created: datetime | None
    used: datetime | None = strawberry.field(description="Last use, to a minute.")
    expires: datetime | None


@strawberry.type(description="A personal token; its text is told this once.")
class NewToken:
    token: str
    grant: AppGrant


@strawberry.type(description="A new app; its credential is told this once, and empty for public clients.")
class NewApp:
    app: RegisteredApp
    credential: str = strawberry.field(description="The client secret.")


@strawberry.type(description="What an app asks for, before anybody decided.")
class AppRequest:
    app: RegisteredApp
    rights: list[Right]
    returns_to: str = strawberry.field(description="Host that the answer goes to; empty for a device.")
    account: str = strawberry.field(description="Name of the person who decides.")


def shown_app(app: App) -> RegisteredApp:
    return RegisteredApp(
        key=app.key,
        name=app.name,
        website=app.website,
        redirect_uris=list(app.redirect_uris),
        created=_moment(app.created),
    )


async def describe(context: Context, capabilities: frozenset[Capability], scope: ImageFilter) -> str:
    """`Sees photos in album Family, without places and camera settings. May download originals.`"""
    try:
        what = "all photos" if scope == EVERYTHING else await context.view.describe(scope)
    except BadFilter:
        what = "a part of the photos"
    hidden = [
        word
        for capability, word in (
            (Capability.NAMES, "names"),
            (Capability.LOCATION, "places"),
            (Capability.CAMERA, "camera settings"),
        )
        if capability not in capabilities
    ]
    without = f", without {_listed(hidden)}" if hidden else ""
    more = (Capability.ORIGINALS, Capability.EDIT, Capability.WEBHOOKS, Capability.IMPORT, Capability.ADMIN)
    acts = [SAYS[each] for each in more if each in capabilities]
    return f"Sees {what}{without}." + (f" May {_listed(acts)}." if acts else "")


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


async def shown_grant(context: Context, grant: Grant, app: App | None) -> AppGrant:
    return AppGrant(
        key=grant.key,
        name=grant.name,
        app=shown_app(app) if app is not None else None,
        capabilities=sorted(grant.capabilities),
        filter=cast("JSON", filter_json(grant.filter)),
        description=await describe(context, grant.capabilities, grant.filter),
        created=_moment(grant.created),
        used=_moment(grant.used),
        expires=_moment(grant.expires),
    )


def _given(capabilities: list[str]) -> frozenset[Capability]:
    known = {each.value for each in Capability}
    for name in capabilities:
        if name not in known:
            raise PiGalleryError(f"There is no right '{name[:40]}'; there are {', '.join(sorted(known))}.")
    return frozenset(map(Capability, capabilities)) | {Capability.READ}


def chosen_filter(given: Any) -> ImageFilter:
    return parse_filter(to_json(given)) if given is not UNSET and given is not None else EVERYTHING


def _server(context: Context) -> OAuth:
    return OAuth(context.library.store, context.issuer, context.view.viewer, context.address)


def _rights(context: Context, scope: str) -> list[Right]:
    wanted = apps.capabilities_of(scope)
    held = apps_view(context).grantable(wanted)
    return [Right(name=each.value, says=SAYS[each], held=each in held) for each in apps.GRANTABLE if each in wanted]


async def _consented(context: Context, request: str) -> Any:
    """Authlib's grant for an authorization request that is right. Raises PiGalleryError."""
    asked = asked_by_query("GET", f"https://gallery{OAUTH}/authorize", request.removeprefix("?"))
    try:
        return await anyio.to_thread.run_sync(_server(context).get_consent_grant, asked)
    except OAuth2Error as error:
        raise PiGalleryError(f"This app asks in a wrong way ({error.description or error.error}).") from None


@strawberry.type
class AppQueries:
    @field
    async def app_grants(self, info: Info) -> list[AppGrant]:
        """What the person who asks lets programs see and do, the newest first."""
        found = await apps_view(info.context).grants()
        return [await shown_grant(info.context, grant, app) for grant, app in found]

    @field
    async def registered_apps(self, info: Info) -> list[RegisteredApp]:
        """Apps that the person registered; all for administrators."""
        return [shown_app(app) for app in await apps_view(info.context).registered()]

    @field
    async def app_request(self, info: Info, request: str) -> AppRequest:
        """What an app asks for; `request` is the query of the address it sent the person to."""
        person = person_of(info.context.view.viewer)
        grant = await _consented(info.context, request)
        return AppRequest(
            app=shown_app(grant.request.client.app),
            rights=_rights(info.context, grant.request.scope),
            returns_to=deciding.host_of(grant.redirect_uri),
            account=person.name,
        )

    @field
    async def device_request(self, info: Info, code: str) -> AppRequest:
        """What a device asks for; `code` is what it shows."""
        person = person_of(info.context.view.viewer)
        entry, app = await _device(info.context, code)
        rights = _rights(info.context, entry.body["scope"])
        return AppRequest(app=shown_app(app), rights=rights, returns_to="", account=person.name)

    @field
    async def describe_rights(
        self, info: Info, capabilities: list[str], filter: ImageFilterInput | None = UNSET
    ) -> str:
        """What a program with these rights would see and do, in words."""
        person_of(info.context.view.viewer)
        return await describe(info.context, _given(capabilities), chosen_filter(filter))


async def _device(context: Context, code: str) -> tuple[Entry, App]:
    attempts = deciding.ATTEMPTS
    who = context.view.viewer.account or context.address
    attempts.check("device", who)
    found = await deciding.device(context.library.store, code)
    attempts.succeeded("device", who)
    return found


@strawberry.type
class AppMutations:
    @mutation
    async def decide_app(
        self,
        info: Info,
        request: str,
        allow: bool,
        capabilities: list[str] | None = None,
        filter: ImageFilterInput | None = UNSET,
    ) -> str:
        """Allow or deny what an app asks for, no more than it asked; returns the address to go to."""
        context = info.context
        person = person_of(context.view.viewer)
        grant = await _consented(context, request)
        server = grant.server
        rights = apps_view(context).grantable(_given(capabilities or []))
        server.ledger.granted = Grant("", person.account, "", rights, chosen_filter(filter))
        call = server.create_authorization_response
        answer = await anyio.to_thread.run_sync(lambda: call(grant.request, person if allow else None, grant))
        return str(answer.location)

    @mutation
    async def decide_device(
        self,
        info: Info,
        code: str,
        allow: bool,
        capabilities: list[str] | None = None,
        filter: ImageFilterInput | None = UNSET,
    ) -> str:
        """Allow or deny a device that shows this code; returns its app's name."""
        context = info.context
        person = person_of(context.view.viewer)
        entry, app = await _device(context, code)
        rights = apps_view(context).grantable(_given(capabilities or []))
        await deciding.decide(context.library.store, entry, person, allow, rights, chosen_filter(filter), code)
        return app.name

    @mutation
    async def revoke_grant(self, info: Info, key: str) -> bool:
        """End an app's access, or a personal token, at once."""
        await apps_view(info.context).revoke(key)
        return True

    @mutation
    async def add_token(
        self,
        info: Info,
        name: str,
        capabilities: list[str],
        filter: ImageFilterInput | None = UNSET,
        days: int | None = 90,
    ) -> NewToken:
        """A personal token for scripts; without `days` it has no end."""
        view = apps_view(info.context)
        made, text = await view.add_token(name, _given(capabilities), chosen_filter(filter), days)
        return NewToken(token=text, grant=await shown_grant(info.context, made, None))

    @mutation
    async def register_app(
        self, info: Info, name: str, redirect_uris: list[str], website: str = "", secret: bool = False
    ) -> NewApp:
        """An app of one's own; `secret`: it has a server that can keep one."""
        app, given = await apps_view(info.context).register(name, tuple(redirect_uris), website, secret=secret)
        return NewApp(app=shown_app(app), credential=given)

    @mutation
    async def remove_app(self, info: Info, key: str) -> bool:
        """Remove an app and all access that anybody gave it."""
        await apps_view(info.context).remove(key)
        return True
