"""Secrets of this gallery: made at its first start, readable by nobody but its own user."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from schema.errors import BadConfig
from schema.settings import Settings


def folder(settings: Settings) -> Path:
    return settings.home / "secrets"


def secret(settings: Settings, name: str) -> str:
    """The secret of that name (256 bits, URL-safe text), made when there is none yet. Raises BadConfig."""
    path = folder(settings) / name
    if path not in _kept:
        _kept[path] = _read_or_made(path)
    return _kept[path]


_kept: dict[Path, str] = {}
"""As they were read: links and tokens are checked with them all the time."""


def _read_or_made(path: Path) -> str:
    name = path.name
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.chmod(0o700)
        # Written whole beside it and linked, so that of two processes starting together both read the same.
        if not path.exists():
            beside = path.with_name(f".{name}.{os.getpid()}.{secrets.token_hex(4)}")
            file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                with os.fdopen(file, "w") as out:
                    out.write(secrets.token_urlsafe(32))
                with suppress(FileExistsError):
                    os.link(beside, path)
            finally:
                beside.unlink()
        path.chmod(0o600)
        found = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"The secret {path} cannot be kept ({error}); make the gallery's home writable.") from None
    if len(found) < 32:
        raise BadConfig(f"The secret in {path} is too short; remove that file, and a new one is made.")
    return found


def setup_code(settings: Settings) -> str:
    """What proves, from another machine, that the one who sets the gallery up can read its terminal: XXXX-XXXX."""
    letters = "".join(c for c in secret(settings, "setup").upper() if c.isalnum() and c not in "01OIL")[:8]
    return f"{letters[:4]}-{letters[4:]}"
