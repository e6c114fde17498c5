"""Authlib's authorization server over our store: codes, tokens, devices. Made anew for each request; cheap.

Every call of Authlib happens in a worker thread (`OAuth.call`). What is kept of any secret is its digest.
"""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import anyio.to_thread
from authlib.oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload, JsonRequest
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc9207 import IssuerParameter
from starlette.responses import Response

from api.oauth import grants
from api.oauth.ledger import ACCESS_S, Ledger
from api.oauth.records import Client, wait
from schema import apps
from schema.policy import Viewer
from schema.store import GraphStore


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came: what Authlib needs of it, and nothing of the framework."""

    method: str
    uri: str
    fields: dict[str, list[str]]
    headers: dict[str, str]
    json: dict[str, Any] | None = None


class Payload(BasicOAuth2Payload):  # type: ignore[misc]
    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__({name: values[0] for name, values in fields.items()})
        self._datalist = defaultdict(list, fields)


class Request(OAuth2Request):  # type: ignore[misc]
    def __init__(self, asked: Asked) -> None:
        super().__init__(asked.method, asked.uri, headers=asked.headers)
        self.payload = Payload(asked.fields)

    @property
    def args(self) -> dict[str, str]:
        return cast("dict[str, str]", self.payload.data)

    @property
    def form(self) -> dict[str, str]:
        return cast("dict[str, str]", self.payload.data)


class Answer(Response):
    """Has the `location` that RFC 9207 adds the issuer to."""

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    @location.setter
    def location(self, uri: str) -> None:
        self.headers["location"] = uri


class Issuer(IssuerParameter):  # type: ignore[misc]
    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def get_issuer(self) -> str:
        return self.issuer


class OAuth(AuthorizationServer):  # type: ignore[misc]
    """`viewer` and `address` of who asks are for the audit. The grants find their `Ledger` here."""

    def __init__(self, store: GraphStore, issuer: str, viewer: Viewer, address: str = "") -> None:
        super().__init__(scopes_supported=[capability.value for capability in apps.GRANTABLE])
        self.ledger = Ledger(store, issuer, viewer, address)
        made = BearerTokenGenerator(_new_token, _new_token, lambda client, grant_type: ACCESS_S)
        self.register_token_generator("default", made)
        for grant in grants.GRANTS:
            self.register_grant(*grant)
        for endpoint in grants.ENDPOINTS:
            self.register_endpoint(endpoint)
        Issuer(issuer)(self)

    async def call(self, what: str, asked: Asked, *more: Any) -> Response:
        """`create_token_response`, or `create_endpoint_response` of an endpoint named in `more`."""
        work = partial(getattr(self, what), *more, asked)
        return cast(Response, await anyio.to_thread.run_sync(work))

    # -- what Authlib asks for
    def query_client(self, client_id: str) -> Client | None:
        app = wait(apps.app, self.ledger.store, client_id)
        return Client(app) if app is not None else None

    def create_oauth2_request(self, request: Asked | OAuth2Request) -> OAuth2Request:
        return Request(request) if isinstance(request, Asked) else request

    def create_json_request(self, request: Asked) -> JsonRequest:
        made = JsonRequest(request.method, request.uri, request.headers)
        made.payload = BasicOAuth2Payload(request.json or {})
        return made

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        text = json.dumps(body) if isinstance(body, dict) else body or ""
        return Answer(text, status, headers={**dict(headers or ()), "cache-control": "no-store"})

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        wait(self.ledger.save, token, request.credential_grant, request.client.app)


def _new_token(**_: Any) -> str:
    return f"pga_{secrets.token_urlsafe(32)}"
