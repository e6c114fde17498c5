"""What Authlib asks its models, answered from our entries. Authlib runs in a worker thread and calls back into the
loop by `anyio.from_thread`."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio.from_thread

from schema.apps import App, capabilities_of, digest, scope_of
from schema.policy import Capability

T = TypeVar("T")
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES = ("authorization_code", "refresh_token", DEVICE_GRANT)


def wait(call: Callable[..., Coroutine[Any, Any, T]], *arguments: Any) -> T:
    """Await something of the loop, from the thread that Authlib runs in."""
    return anyio.from_thread.run(call, *arguments)


@dataclass(frozen=True, slots=True)
class Client:
    """`authlib.oauth2.rfc6749.ClientMixin` for an app."""

    app: App

    def get_client_id(self) -> str:
        return self.app.key

    def get_default_redirect_uri(self) -> str:
        """None: the address is always named."""
        return ""

    def get_allowed_scope(self, scope: str | None) -> str:
        return scope_of(capabilities_of(scope or Capability.READ))

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.app.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return bool(self.app.secret) and hmac.compare_digest(self.app.secret, digest(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "none") != bool(self.app.secret)

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in GRANT_TYPES


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code that was just taken out of the store: nobody else holds it."""

    body: dict[str, Any]

    @property
    def code_challenge(self) -> str:
        return str(self.body["challenge"])

    @property
    def code_challenge_method(self) -> str:
        return "S256"

    def get_redirect_uri(self) -> str:
        return str(self.body["redirect_uri"])

    def get_scope(self) -> str:
        return str(self.body["scope"])


@dataclass(frozen=True, slots=True)
class Token:
    """An access or refresh token as it lies in the store."""

    kind: str
    key: str
    grant: str
    body: dict[str, Any]
    expires: float | None
    account: str = ""

    def check_client(self, client: Client) -> bool:
        return bool(self.body["app"] == client.app.key)

    def get_scope(self) -> str:
        return str(self.body["scope"])

    def is_expired(self) -> bool:
        return self.expires is not None and self.expires <= time.time()

    def is_revoked(self) -> bool:
        return bool(self.body.get("spent"))


@dataclass(frozen=True, slots=True)
class Device:
    """A device that waits for its code to be typed."""

    key: str
    body: dict[str, Any]
    expires: float | None

    def get_client_id(self) -> str:
        return str(self.body["app"])

    def get_scope(self) -> str:
        return str(self.body["scope"])

    def get_user_code(self) -> str:
        return self.key

    def is_expired(self) -> bool:
        return self.expires is not None and self.expires <= time.time()
