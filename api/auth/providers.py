"""Identity providers: found by discovery, spoken to by Authlib, believed only what their keys have signed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from schema.errors import Refused, StoreUnavailable
from schema.settings import OidcProvider

ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
"""Signatures by a private key; never `none`, nor a secret that both sides know."""
LEEWAY_S = 60
KEPT_S = 3600.0
"""How long what was discovered holds."""
TIMEOUT_S = 10.0
LOGGED_OUT = "http://schemas.openid.net/event/backchannel-logout"


class Untrusted(Refused):
    """A provider said something that does not hold."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a provider has proven."""

    subject: str
    claims: dict[str, Any]
    id_token: str

    def text(self, name: str) -> str:
        value = self.claims.get(name)
        return value if isinstance(value, str) else ""

    @property
    def verified_email(self) -> str:
        """'' unless the provider says in so many words that it has verified it."""
        return self.text("email").strip().lower() if self.claims.get("email_verified") is True else ""

    def values(self, path: str) -> list[str]:
        """Of a claim, also of one inside another: `realm_access.roles`."""
        found: Any = self.claims
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        return [found] if isinstance(found, str) else [v for v in found or () if isinstance(v, str)]


@dataclass(slots=True)
class Provider:
    settings: OidcProvider
    _metadata: dict[str, Any] = field(default_factory=dict)
    _keys: KeySet | None = None
    _read: float = 0.0

    def _client(self, **more: Any) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self.settings.client_id,
            self.settings.client_secret or None,
            token_endpoint_auth_method="client_secret_basic" if self.settings.client_secret else "none",
            scope=" ".join(self.settings.scopes),
            code_challenge_method="S256",
            timeout=TIMEOUT_S,
            follow_redirects=False,
            **more,
        )

    async def metadata(self) -> dict[str, Any]:
        """Raises StoreUnavailable, Untrusted."""
        if not self._metadata or time.monotonic() - self._read > KEPT_S:
            issuer = self.settings.issuer.rstrip("/")
            found = await self._get(f"{issuer}/.well-known/openid-configuration")
            if str(found.get("issuer", "")).rstrip("/") != issuer:
                raise Untrusted(f"{self.settings.name} calls itself by another name than its setting `issuer` says.")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                scheme = urlsplit(str(found.get(name, ""))).scheme
                if scheme not in ("https", urlsplit(issuer).scheme):
                    raise Untrusted(f"{self.settings.name} gives no safe address for its {name}.")
            self._metadata, self._keys, self._read = found, None, time.monotonic()
        return self._metadata

    async def _get(self, url: str) -> dict[str, Any]:
        try:
            async with httpx2.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False) as client:
                answer = (await client.get(url)).raise_for_status().json()
        except (httpx2.HTTPError, ValueError):
            raise StoreUnavailable(
                f"{self.settings.name} does not answer now; try again, or log in another way."
            ) from None
        return answer if isinstance(answer, dict) else {}

    async def address(self, back: str, *, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser."""
        metadata = await self.metadata()
        async with self._client(redirect_uri=back) as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url)

    async def person(self, back: str, *, code: str, nonce: str, verifier: str) -> Person:
        """Redeem a code. Raises Untrusted, StoreUnavailable."""
        metadata = await self.metadata()
        try:
            async with self._client(redirect_uri=back) as client:
                token = await client.fetch_token(
                    metadata["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=verifier
                )
        except httpx2.HTTPError:
            raise StoreUnavailable(f"{self.settings.name} does not answer now; try again.") from None
        except Exception as error:  # Authlib raises many kinds for what is all one refusal.
            raise Untrusted(f"{self.settings.name} did not accept the login ({error}); begin again.") from None
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise Untrusted(f"{self.settings.name} sent no id token; its client needs the scope `openid`.")
        claims = await self.verified(id_token, nonce=nonce, access_token=str(token.get("access_token") or ""))
        if "email" not in claims and metadata.get("userinfo_endpoint") and token.get("access_token"):
            claims = {**await self._userinfo(str(token["access_token"]), claims["sub"]), **claims}
        return Person(str(claims["sub"]), claims, id_token)

    async def _userinfo(self, access_token: str, subject: str) -> dict[str, Any]:
        try:
            async with httpx2.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False) as client:
                headers = {"authorization": f"Bearer {access_token}"}
                answer = await client.get(self._metadata["userinfo_endpoint"], headers=headers)
                found = answer.raise_for_status().json()
        except (httpx2.HTTPError, ValueError):
            return {}
        # OpenID Connect Core 5.3.2: an answer about somebody else must not be used.
        return found if isinstance(found, dict) and found.get("sub") == subject else {}

    async def verified(self, token: str, *, nonce: str, access_token: str = "") -> dict[str, Any]:
        """The claims of an id token for us, by this provider, of now. Raises Untrusted."""
        decoded = await self._signed(token)
        options: Any = {
            "iss": {"essential": True, "value": self._metadata["issuer"]},
            "aud": {"essential": True, "value": self.settings.client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
            "iat": {"essential": True},
            "nonce": {"essential": True, "value": nonce},
        }
        params = {"nonce": nonce, "client_id": self.settings.client_id, "access_token": access_token}
        claims = CodeIDToken(decoded.claims, decoded.header, options, params)
        try:
            claims.validate(leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError) as error:
            raise Untrusted(f"{self.settings.name} sent a login that is not valid here ({error}).") from None
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise Untrusted(f"{self.settings.name} does not say who logged in.")
        return dict(claims)

    async def access(self, token: str, audience: str) -> dict[str, Any]:
        """The claims of an access token for this audience (RFC 9068), by this provider, of now. Raises Untrusted."""
        decoded = await self._signed(token)
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._metadata["issuer"]},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
        )
        try:
            registry.validate(decoded.claims)
        except (JoseError, ValueError, TypeError) as error:
            raise Untrusted(f"This access token is not valid here ({error}).") from None
        return dict(decoded.claims)

    async def logged_out(self, token: str) -> dict[str, Any]:
        """The claims of a logout token (OpenID Connect Back-Channel Logout 1.0, 2.6). Raises Untrusted."""
        decoded = await self._signed(token)
        claims: dict[str, Any] = dict(decoded.claims)
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._metadata["issuer"]},
            aud={"essential": True, "value": self.settings.client_id},
            iat={"essential": True},
            jti={"essential": True},
        )
        try:
            registry.validate(decoded.claims)
        except (JoseError, ValueError, TypeError) as error:
            raise Untrusted(f"This logout is not valid here ({error}).") from None
        events = claims.get("events")
        fresh = abs(time.time() - float(claims["iat"])) < 600
        if not isinstance(events, dict) or LOGGED_OUT not in events or "nonce" in claims or not fresh:
            raise Untrusted("This is no logout token of now.")
        return claims

    async def _signed(self, token: str) -> Any:
        """Decoded by one of the provider's own keys."""
        metadata = await self.metadata()
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        registry = JWSRegistry(algorithms=sorted(ALGORITHMS.intersection(offered)), strict_check_header=False)
        for fresh in (False, True):
            if self._keys is None or fresh:
                try:
                    self._keys = KeySet.import_key_set((await self._get(metadata["jwks_uri"])) or {"keys": []})  # type: ignore[arg-type]
                except (JoseError, ValueError, KeyError):
                    raise Untrusted(f"{self.settings.name} gives no usable keys.") from None
            try:
                return jwt.decode(token, self._keys, registry=registry)
            except InvalidKeyIdError:  # keys are changed now and then
                continue
            except (JoseError, ValueError, TypeError) as error:
                raise Untrusted(
                    f"{self.settings.name} sent something that its keys have not signed ({error})."
                ) from None
        raise Untrusted(f"{self.settings.name} signed with a key that it does not show.")

    async def farewell(self, id_token: str, back: str) -> str:
        """Where the browser logs out at the provider too; '' where it cannot."""
        end = str((await self.metadata()).get("end_session_endpoint") or "")
        if urlsplit(end).scheme not in ("http", "https"):
            return ""
        asked = {"id_token_hint": id_token, "post_logout_redirect_uri": back, "client_id": self.settings.client_id}
        return f"{end}{'&' if '?' in end else '?'}{urlencode(asked)}"
