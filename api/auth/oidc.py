"""Logging in through identity providers: there and back, who that is here, and logging out on either side."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from api.auth.attempts import Attempts, TooOften
from api.auth.caller import Caller
from api.auth.entering import Entrance
from api.auth.providers import Person, Provider
from api.auth.secrets import secret
from api.paths import AUTH
from schema.accounts import Account, BadAccount, audit, directory, session
from schema.accounts.account import LINK
from schema.entries import Entry
from schema.errors import Conflict, NotFound, PiGalleryError, Refused
from schema.policy import NOBODY, Role
from schema.store import GraphStore

log = logging.getLogger("pigallery.oidc")

COOKIE = "pigallery-login"
FLOW_S = 600
RANKS = (Role.VIEWER, Role.EDITOR, Role.ADMIN)


class Stranger(Refused):
    """Proven by the provider, and not known here."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One login on its way, kept signed in the browser's own cookie: nothing is stored for those who never return."""

    provider: str
    state: str
    nonce: str
    verifier: str
    next: str
    link: str
    """Key of the account that is to be linked; '' to log in."""


def inside(address: str) -> str:
    """A path of this gallery, or its start: a login never leads anywhere else."""
    parts = urlsplit(address)
    clean = re.fullmatch(r"/(?!/)[\x21-\x5b\x5d-\x7e]*", address)  # printable ASCII without the backslash
    return address if clean and not parts.scheme and not parts.netloc else "/"


def link_key(provider: Provider, subject: str) -> str:
    return hashlib.sha256(f"{provider.settings.issuer.rstrip('/')}\n{subject}".encode()).hexdigest()


class Oidc:
    """Routes below /auth/oidc."""

    def __init__(self, entrance: Entrance) -> None:
        self.entrance = entrance
        self.settings = entrance.settings
        self.providers = {each.key: Provider(each) for each in self.settings.oidc}
        self.failures = Attempts()

    def routes(self) -> list[Route]:
        here = f"{AUTH}/oidc/{{provider}}"
        return [
            Route(f"{here}/login", self.begin, methods=["GET"]),
            Route(f"{here}/callback", self.finish, methods=["GET"]),
            Route(f"{here}/backchannel", self.backchannel, methods=["POST"]),
        ]

    def _provider(self, request: Request) -> Provider:
        provider = self.providers.get(request.path_params["provider"])
        if provider is None:
            raise NotFound("There is no such identity provider here.")
        return provider

    def base(self, caller: Caller) -> str:
        """The gallery's own address, as the provider knows it."""
        return (self.settings.public_url or str(caller.connection.base_url)).rstrip("/")

    def _back(self, caller: Caller, provider: Provider) -> str:
        return f"{self.base(caller)}{AUTH}/oidc/{provider.settings.key}/callback"

    # -- there
    async def begin(self, request: Request) -> Response:
        caller: Caller = request.state.caller
        provider, linked = self._provider(request), ""
        if request.query_params.get("link"):
            if request.headers.get("sec-fetch-site") != "same-origin":
                raise Refused("Link accounts by the button on the gallery's account page.")
            linked = request.state.view.viewer.account
            if not linked or not request.state.view.viewer.credential:
                raise Refused("Log in first; then link the account.")
        flow = Flow(
            provider=provider.settings.key,
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            next=inside(request.query_params.get("next", "/")),
            link=linked,
        )
        try:
            url = await provider.address(
                self._back(caller, provider), state=flow.state, nonce=flow.nonce, verifier=flow.verifier
            )
        except PiGalleryError as error:
            log.warning("%s", error)
            return _told("provider")
        response = RedirectResponse(url, 303, headers={"cache-control": "no-store"})
        response.set_cookie(COOKIE, self._sealed(flow), max_age=FLOW_S, **self._cookie(caller))
        return response

    def _cookie(self, caller: Caller) -> dict[str, Any]:
        return {"path": f"{AUTH}/oidc", "httponly": True, "samesite": "lax", "secure": caller.is_secure}

    def _key(self) -> OctKey:
        return OctKey.import_key(secret(self.settings, "oidc"))

    def _sealed(self, flow: Flow) -> str:
        claims = {name: getattr(flow, name) for name in Flow.__slots__}
        return jwt.encode({"alg": "HS256"}, {**claims, "exp": int(time.time()) + FLOW_S}, self._key())

    def _flow(self, caller: Caller, provider: Provider, state: str) -> Flow:
        """The login that this browser began, and no other. Raises Refused."""
        try:
            claims = jwt.decode(caller.connection.cookies.get(COOKIE, ""), self._key(), algorithms=["HS256"]).claims
            jwt.JWTClaimsRegistry(exp={"essential": True}).validate(claims)
            flow = Flow(**{name: str(claims[name]) for name in Flow.__slots__})
        except (JoseError, ValueError, KeyError):
            raise Refused("This login was not begun in this browser, or too long ago.") from None
        if flow.provider != provider.settings.key or not hmac.compare_digest(flow.state.encode(), state.encode()):
            raise Refused("This answer belongs to another login.")
        return flow

    # -- and back
    async def finish(self, request: Request) -> Response:
        caller: Caller = request.state.caller
        provider, given, store = self._provider(request), request.query_params, caller.library.store
        try:
            flow = self._flow(caller, provider, given.get("state", ""))
            used = hashlib.sha256(flow.state.encode()).hexdigest()
            await store.put_entry(Entry("oidc-used", used, expires=time.time() + 2 * FLOW_S), expected=0)
            issuer = given.get("iss", provider.settings.issuer)  # RFC 9207
            if given.get("error") or issuer.rstrip("/") != provider.settings.issuer.rstrip("/"):
                raise Refused(f"{provider.settings.name} refused the login.")
            person = await provider.person(
                self._back(caller, provider), code=given.get("code", ""), nonce=flow.nonce, verifier=flow.verifier
            )
            account = await self._account(caller, request, provider, person, flow)
        except (PiGalleryError, Conflict) as error:
            log.warning("login by %s: %s", provider.settings.key, error)
            with suppress(TooOften):  # whoever fails over and over does not fill the audit
                self.failures.check(caller.address, caller.address)
                told = f"{provider.settings.name}: {error}"
                await audit.write(store, "login.failed", NOBODY, told, address=caller.address)
            return self._without_flow(_told(_code(error)), caller)
        response = RedirectResponse(flow.next, 303, headers={"cache-control": "no-store"})
        if not flow.link:
            sid = person.text("sid")
            about = {"how": provider.settings.key, "subject": person.subject, "provider_session": sid}
            viewer = request.state.view.viewer
            await self.entrance.begin(caller, account, viewer, response, **about, id_token=person.id_token)
        return self._without_flow(response, caller)

    def _without_flow(self, response: Response, caller: Caller) -> Response:
        response.delete_cookie(COOKIE, **self._cookie(caller))
        return response

    async def _account(
        self, caller: Caller, request: Request, provider: Provider, person: Person, flow: Flow
    ) -> Account:
        """Who that is here. Raises Stranger, Refused."""
        store = caller.library.store
        entry = await store.entry(LINK, link_key(provider, person.subject))
        known = await directory.get(store, entry.owner) if entry is not None else None
        if flow.link:
            viewer = request.state.view.viewer
            if viewer.account != flow.link or not viewer.credential:
                raise Refused("Log in first; then link the account.")
            if known is not None and known.key != flow.link:
                raise BadAccount("Another account is linked to this person already.")
            account = await directory.get(store, flow.link)
            if account is None:
                raise Refused("Log in first; then link the account.")
            await self._link(store, provider, person, account)
            await audit.write(store, "provider.linked", viewer, provider.settings.name, address=caller.address)
            return account
        role = self._role(provider, person)
        if known is None:
            known = await self._by_email(store, provider, person) or await self._made(store, provider, person, role)
            await self._link(store, provider, person, known)
        if known.disabled:
            raise Stranger("This account may not log in.")
        if role is not None and known.role not in (role, Role.OWNER):
            roots = () if role is Role.ADMIN else known.roots
            known = await directory.change(store, replace(known, role=role, roots=roots))
            about = f"{known.name}: {known.role.value}, says {provider.settings.name}"
            await audit.write(store, "account.changed", known.viewer(), about, address=caller.address)
        return known

    def _role(self, provider: Provider, person: Person) -> Role | None:
        """What the provider's claim makes of them; None where it is not asked. Raises Stranger."""
        asked = provider.settings
        if not asked.role_claim:
            return None
        given = [Role(asked.roles[value]) for value in person.values(asked.role_claim) if value in asked.roles]
        if not given:
            raise Stranger(f"{asked.name} gives this person no role here.")
        return max(given, key=RANKS.index)

    async def _by_email(self, store: GraphStore, provider: Provider, person: Person) -> Account | None:
        email = person.verified_email
        if not email or not provider.settings.link_email:
            return None
        found = [account for account in await directory.everyone(store) if account.email == email]
        return found[0] if len(found) == 1 else None

    async def _made(self, store: GraphStore, provider: Provider, person: Person, role: Role | None) -> Account:
        """An account for somebody new. Raises Stranger where none is made."""
        asked = provider.settings
        first = not await directory.are_there_any(store)
        if first or not asked.create:
            raise Stranger("Nobody here is known as this person.")
        wish = person.text("preferred_username") or person.text("email").partition("@")[0] or person.text("name")
        plain = re.sub(r"[^a-z0-9._+-]", "", wish.lower())[:40].lstrip("._+-") or "guest"
        new = Account(
            "", plain, role or Role(asked.create), display=person.text("name")[:100], email=person.verified_email
        )
        for name in (plain, *(f"{plain}-{number}" for number in range(2, 50))):
            if await directory.named(store, name) is None:
                made = await directory.add(store, replace(new, name=name))
                await audit.write(store, "account.created", made.viewer(), f"{made.name}, by {asked.name}")
                return made
        raise Stranger("There are too many accounts of this name.")

    async def _link(self, store: GraphStore, provider: Provider, person: Person, account: Account) -> None:
        body = {"provider": provider.settings.key, "email": person.text("email")[:200], "subject": person.subject}
        await store.put_entry(Entry(LINK, link_key(provider, person.subject), body, owner=account.key))

    # -- out
    async def farewell(self, caller: Caller, ended: session.Session | None) -> str:
        """Where the browser of an ended session goes, so that it is logged out at the provider too."""
        provider = self.providers.get(ended.how) if ended is not None else None
        if provider is None or ended is None:
            return "/login"
        try:
            return await provider.farewell(ended.id_token, f"{self.base(caller)}/login") or "/login"
        except PiGalleryError as error:
            log.warning("%s", error)
            return "/login"

    async def backchannel(self, request: Request) -> Response:
        """The provider says that somebody logged out there."""
        caller: Caller = request.state.caller
        provider, store = self._provider(request), caller.library.store
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > 20_000:
                return PlainTextResponse("", 413)
        try:
            claims = await provider.logged_out(parse_qs(body.decode("utf-8", "replace")).get("logout_token", [""])[0])
            jti = hashlib.sha256(f"{provider.settings.key}\n{claims['jti']}".encode()).hexdigest()
            await store.put_entry(Entry("oidc-used", jti, expires=time.time() + 2 * FLOW_S), expected=0)
        except (PiGalleryError, Conflict) as error:
            log.warning("back-channel logout by %s: %s", provider.settings.key, error)
            return PlainTextResponse("invalid_request\n", 400, headers={"cache-control": "no-store"})
        ended = 0
        for one in await _sessions_by(store, provider.settings.key):
            theirs = (
                one.provider_session == claims.get("sid") if claims.get("sid") else one.subject == claims.get("sub")
            )
            ended += theirs and await store.delete_entry(session.SESSION, one.key)
        about = f"{provider.settings.name} ({ended} sessions)"
        await audit.write(store, "logout.provider", NOBODY, about, address=caller.address)
        return PlainTextResponse("", 200, headers={"cache-control": "no-store"})


async def _sessions_by(store: GraphStore, how: str) -> list[session.Session]:
    found: list[session.Session] = []
    after = ""
    while entries := await store.entries(session.SESSION, after=after):
        found += (one for entry in entries if (one := session.Session.of(entry)).how == how)
        after = entries[-1].key
    return found


def _code(error: PiGalleryError) -> str:
    if isinstance(error, Stranger):
        return "stranger"
    return "taken" if isinstance(error, BadAccount) else "provider"


def _told(code: str) -> Response:
    """Back to the login page, which has a sentence for each code."""
    return RedirectResponse(f"/login?wrong={code}", 303, headers={"cache-control": "no-store"})
