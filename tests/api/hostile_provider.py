"""An identity provider that signs whatever a test wants: honest by itself, hostile by what is changed of it."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey


def unsigned(claims: dict[str, Any]) -> str:
    """alg none: nobody signed it."""
    parts = (json.dumps({"alg": "none", "typ": "JWT"}), json.dumps(claims))
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts) + "."


@dataclass
class HostileProvider:
    address: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, parameters={"kid": "1", "use": "sig"}))
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "eve"})
    """Claims of whoever logs in."""
    forge: dict[str, Any] = field(default_factory=dict)
    """Claims put over the right ones; None takes one away."""
    sign_with: str = "own"
    """own, other, none, or secret: HMAC with the public key as the secret."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    redeemed: list[str] = field(default_factory=list)

    def honest(self) -> None:
        self.person, self.forge, self.sign_with = {"sub": "eve"}, {}, "own"

    def authorize(self, asked: dict[str, str]) -> str:
        """A code for what a browser was sent with."""
        code = f"code-{len(self.codes)}-{hashlib.sha256(asked['state'].encode()).hexdigest()[:16]}"
        self.codes[code] = asked
        return code

    def token(self, code: str, verifier: str) -> dict[str, Any] | None:
        asked = self.codes.pop(code, None)
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        if asked is None or asked.get("code_challenge") != digest or asked.get("code_challenge_method") != "S256":
            return None
        self.redeemed.append(code)
        return {"access_token": "a", "token_type": "Bearer", "id_token": self.signed(asked["nonce"])}

    def signed(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.address, "aud": "gallery", "iat": now, "exp": now + 300, "nonce": nonce, **self.person}
        claims = {name: value for name, value in (claims | self.forge).items() if value is not None}
        if self.sign_with == "none":
            return unsigned(claims)
        if self.sign_with == "secret":
            return jwt.encode({"alg": "HS256", "kid": "1"}, claims, OctKey.import_key(self.key.as_pem(private=False)))
        key = self.key if self.sign_with == "own" else RSAKey.generate_key(2048, parameters={"kid": "1"})
        return jwt.encode({"alg": "RS256", "kid": "1"}, claims, key)

    def logout_token(self, **claims: Any) -> str:
        now = int(time.time())
        whole = {
            "iss": self.address,
            "aud": "gallery",
            "iat": now,
            "exp": now + 100,
            "jti": str(time.time_ns()),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        } | claims
        return jwt.encode({"alg": "RS256", "kid": "1"}, whole, self.key)


@contextmanager
def running() -> Iterator[HostileProvider]:
    provider = HostileProvider()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None: ...

        def answer(self, content: Any, status: int = 200) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            if self.path == "/jwks":
                self.answer(KeySet([provider.key]).as_dict(private=False))
            else:
                self.answer(
                    {
                        "issuer": provider.address,
                        "authorization_endpoint": f"{provider.address}/authorize",
                        "token_endpoint": f"{provider.address}/token",
                        "jwks_uri": f"{provider.address}/jwks",
                        "end_session_endpoint": f"{provider.address}/end",
                        "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
                    }
                )

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            token = provider.token(form.get("code", [""])[0], form.get("code_verifier", [""])[0])
            self.answer(token or {"error": "invalid_grant"}, 200 if token else 400)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()


def asked_of(location: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
