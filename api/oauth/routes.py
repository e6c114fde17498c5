"""The addresses of the authorization server. Consent itself is given on the gallery's pages, over GraphQL."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import anyio.to_thread
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc7591 import ClientRegistrationEndpoint, InvalidClientMetadataError
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from api.auth.attempts import Attempts
from api.oauth.records import GRANT_TYPES, wait
from api.oauth.server import Answer, Asked, OAuth
from api.paths import CONNECT, OAUTH, issuer_of
from schema import apps
from schema.apps_view import UNUSED_S, new_app
from schema.errors import PiGalleryError

if TYPE_CHECKING:
    from schema.library import Library
    from schema.settings import Settings

MAX_BODY = 20_000
MOST_APPS = 2_000
"""Registered and waiting for their first grant, or granted; more cannot register themselves."""
WELL_KNOWN = "/.well-known/oauth-authorization-server"
NO_STORE = {"cache-control": "no-store"}


def metadata(issuer: str) -> dict[str, Any]:
    """RFC 8414."""
    methods = ["none", "client_secret_basic", "client_secret_post"]
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}{OAUTH}/authorize",
        "token_endpoint": f"{issuer}{OAUTH}/token",
        "device_authorization_endpoint": f"{issuer}{OAUTH}/device",
        "registration_endpoint": f"{issuer}{OAUTH}/register",
        "revocation_endpoint": f"{issuer}{OAUTH}/revoke",
        "introspection_endpoint": f"{issuer}{OAUTH}/introspect",
        "scopes_supported": [capability.value for capability in apps.GRANTABLE],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": methods[1:],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }


def asked_by_query(method: str, uri: str, query: str) -> Asked:
    """An authorization request; a field given twice stays twice, so that Authlib can refuse it."""
    return Asked(method, uri, _fields(query), {})


def _fields(encoded: str) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True, max_num_fields=50):
        fields.setdefault(name, []).append(value)
    return fields


class OAuthRoutes:
    """Routes below /oauth, and the server's description."""

    def __init__(self, settings: Settings, library: Library) -> None:
        self.settings = settings
        self.library = library
        self.attempts: defaultdict[str, Attempts] = defaultdict(Attempts)
        """By endpoint."""

    def routes(self) -> list[Route]:
        return [
            Route(WELL_KNOWN, self.describe, methods=["GET"]),
            Route(f"{OAUTH}/authorize", self.authorize, methods=["GET"]),
            Route(f"{OAUTH}/token", self.token, methods=["POST"]),
            Route(f"{OAUTH}/device", self.endpoint("device_authorization"), methods=["POST"]),
            Route(f"{OAUTH}/revoke", self.endpoint("revocation"), methods=["POST"]),
            Route(f"{OAUTH}/introspect", self.endpoint("introspection"), methods=["POST"]),
            Route(f"{OAUTH}/register", self.register, methods=["POST"]),
        ]

    def server(self, request: Request) -> OAuth:
        issuer = issuer_of(request, self.settings)
        return OAuth(self.library.store, issuer, request.state.view.viewer, request.state.caller.address)

    async def describe(self, request: Request) -> Response:
        told = AuthorizationServerMetadata(metadata(issuer_of(request, self.settings)))
        return JSONResponse(told, headers={"cache-control": "public, max-age=300"})

    async def authorize(self, request: Request) -> Response:
        """A right request goes on to the page where a person decides; a wrong one back to the app, or nowhere: an
        app that only registered itself must not make the gallery lead people where it likes (RFC 9700, 4.11.2)."""
        server = self.server(request)
        asked = asked_by_query("GET", f"https://gallery{OAUTH}/authorize", request.url.query)
        try:
            await anyio.to_thread.run_sync(server.get_consent_grant, asked)
        except OAuth2Error as error:
            if not error.redirect_uri or not await self._is_trusted(request.query_params.get("client_id", "")):
                raise PiGalleryError(f"This app asks in a wrong way ({error.description or error.error}).") from None
            answer: Answer = server.handle_error_response(None, error)
            answer.location = f"{answer.location}{'&' if '?' in answer.location else '?'}iss={server.ledger.issuer}"
            return answer
        return RedirectResponse(f"{CONNECT}?{request.url.query}", 303, headers=NO_STORE)

    async def _is_trusted(self, app: str) -> bool:
        """Whether a person registered it, or has granted it something once."""
        entry = await self.library.store.entry(apps.APP, app)
        return entry is not None and entry.expires is None

    async def _asked(self, request: Request) -> Asked:
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY:
                raise PiGalleryError("That is too long for such a request; send less.")
        given: Any = None
        fields: dict[str, list[str]] = {}
        if request.headers.get("content-type", "").startswith("application/json"):
            try:
                given = json.loads(body)
            except ValueError:
                given = None
        else:
            try:
                fields = _fields(body.decode())
            except ValueError:
                raise PiGalleryError("Send the fields as application/x-www-form-urlencoded.") from None
        headers = {name.title(): value for name, value in request.headers.items()}
        return Asked(
            "POST", f"https://gallery{request.url.path}", fields, headers, given if isinstance(given, dict) else None
        )

    async def token(self, request: Request) -> Response:
        """Codes and secrets have 128 bits and more, so guesses are only slowed down, by address."""
        address = request.state.caller.address
        self.attempts["token"].check(address, address)
        answer = await self.server(request).call("create_token_response", await self._asked(request))
        # A device that polls does as it was told; nothing was guessed.
        if answer.status_code < 400 or b"authorization_pending" in answer.body or b"slow_down" in answer.body:
            self.attempts["token"].succeeded(address, address)
        return answer

    def endpoint(self, name: str) -> Any:
        async def answer(request: Request) -> Response:
            address = request.state.caller.address
            self.attempts[name].check(address, address)
            found = await self.server(request).call("create_endpoint_response", await self._asked(request), name)
            if found.status_code < 400 and name != "device_authorization":
                self.attempts[name].succeeded(address, address)
            return found

        return answer

    async def register(self, request: Request) -> Response:
        """RFC 7591. Each registration counts as a try, so that one address cannot fill the store."""
        self.attempts["register"].check(request.state.caller.address, request.state.caller.address)
        asked = await self._asked(request)
        if len(await self.library.store.entries(apps.APP, limit=MOST_APPS)) >= MOST_APPS:
            raise PiGalleryError("Too many apps registered themselves; try again tomorrow.")
        server = self.server(request)
        server.register_endpoint(Registration)
        return await server.call("create_endpoint_response", asked, Registration.ENDPOINT_NAME)


class Registration(ClientRegistrationEndpoint):  # type: ignore[misc]
    """An app that nobody grants anything within a day is forgotten."""

    server: OAuth

    def authenticate_token(self, request: Any) -> bool:
        """Anybody may register: an app can do nothing before a person grants it something."""
        return True

    def get_server_metadata(self) -> dict[str, Any]:
        return metadata(self.server.ledger.issuer)

    def generate_client_id(self, request: Any) -> str:
        return ""

    def generate_client_secret(self, request: Any) -> str:
        return ""

    def generate_client_info(self, request: Any) -> dict[str, Any]:
        return {}

    def save_client(self, client_info: Any, client_metadata: dict[str, Any], request: Any) -> Any:
        method = client_metadata.get("token_endpoint_auth_method", "none")
        uris = client_metadata.get("redirect_uris") or []
        try:
            app, secret = new_app(
                str(client_metadata.get("client_name", "")),
                tuple(map(str, uris)),
                str(client_metadata.get("client_uri", "")),
                secret=method != "none",
            )
        except PiGalleryError as error:
            raise InvalidClientMetadataError(str(error)) from None
        wait(self.server.ledger.store.put_entry, app.to_entry(time.time() + UNUSED_S))
        return app, secret

    def generate_client_registration_info(self, client: Any, request: Any) -> dict[str, Any]:
        app, secret = client
        told: dict[str, Any] = {"client_id": app.key, "client_id_issued_at": int(app.created)}
        told |= {"client_name": app.name, "redirect_uris": list(app.redirect_uris)}
        told["token_endpoint_auth_method"] = "client_secret_basic" if secret else "none"
        return told | ({"client_secret": secret, "client_secret_expires_at": 0} if secret else {})
