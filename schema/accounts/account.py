"""One person who may log in: what is kept of them, the rules for it, and the viewer that they are."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from schema.entries import Entry
from schema.errors import PiGalleryError
from schema.filter.nodes import EVERYTHING, ImageFilter, PathFilter
from schema.policy import CAPABILITIES, Role, Viewer, ViewerKind

ACCOUNT = "account"
NAME = "account-name"
"""Entries that keep login names unique: key = the name, body = {"account": key}."""
LINK = "account-link"
"""Entries that say which person at an identity provider is which account."""
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
"""Characters; a longer one only costs time to hash."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_POOR = frozenset({"password", "passwort", "1234567890", "12345678910", "qwertyuiop", "pigallery", "letmeinplease"})


class BadAccount(PiGalleryError):
    """An account cannot be made or changed like this."""


@dataclass(frozen=True, slots=True)
class Account:
    key: str
    name: str
    """What they log in with: lower case, unique."""
    role: Role
    display: str = ""
    """How others read them; the login name when empty."""
    password: str = ""
    """argon2id hash; '' when they only log in elsewhere."""
    email: str = ""
    """Verified by nobody but the one who made the account."""
    roots: tuple[str, ...] = ()
    """Folders they may see; none: all."""
    disabled: bool = False
    created: float = 0.0
    """Unix time in seconds."""
    version: int = 0

    @property
    def shown(self) -> str:
        return self.display or self.name

    @property
    def scope(self) -> ImageFilter:
        return ImageFilter(path=PathFilter(under=self.roots)) if self.roots else EVERYTHING

    @property
    def is_administrator(self) -> bool:
        return self.role in (Role.ADMIN, Role.OWNER)

    def viewer(self, credential: str = "") -> Viewer:
        return Viewer(
            name=self.shown,
            scope=self.scope,
            capabilities=CAPABILITIES[self.role],
            kind=ViewerKind.ACCOUNT,
            account=self.key,
            role=self.role,
            credential=credential,
        )

    def to_entry(self) -> Entry:
        body: dict[str, Any] = {
            "name": self.name,
            "role": self.role.value,
            "display": self.display,
            "password": self.password,
            "email": self.email,
            "roots": list(self.roots),
            "disabled": self.disabled,
            "created": self.created,
        }
        return Entry(ACCOUNT, self.key, body, owner=self.key, version=self.version)

    @classmethod
    def of(cls, entry: Entry) -> Account:
        body = entry.body
        return cls(
            key=entry.key,
            name=body["name"],
            role=Role(body["role"]),
            display=body["display"],
            password=body["password"],
            email=body["email"],
            roots=tuple(body["roots"]),
            disabled=body["disabled"],
            created=body["created"],
            version=entry.version,
        )


def login_name(text: str) -> str:
    """The name as it is kept and compared. Raises BadAccount."""
    name = unicodedata.normalize("NFKC", text).strip().lower()
    if not _NAME.fullmatch(name):
        raise BadAccount(
            "A login name has 1 to 64 letters a-z, digits and . _ @ + -, and begins with a letter or digit; "
            "choose such a one."
        )
    return name


def check_password(password: str, name: str) -> str:
    """The password itself. Raises BadAccount for one that is guessed first."""
    plain = password.casefold()
    if len(password) < SHORTEST_PASSWORD:
        raise BadAccount(f"A password has at least {SHORTEST_PASSWORD} characters; a few words make a good one.")
    if len(password) > LONGEST_PASSWORD:
        raise BadAccount(f"A password has at most {LONGEST_PASSWORD} characters; choose a shorter one.")
    if plain == name or plain.startswith(tuple(_POOR)) or len(set(plain)) < 4:
        raise BadAccount("This password would be guessed at once; a few words of your own make a good one.")
    return password


def checked(account: Account) -> Account:
    """The account in its clean form. Raises BadAccount."""
    roots = tuple(dict.fromkeys(_root(text) for text in account.roots if text.strip()))
    if roots and account.is_administrator:
        raise BadAccount("Administrators see all folders; leave the folders out or choose another role.")
    display = " ".join(account.display.split())[:100]
    email = account.email.strip().lower()
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise BadAccount(f"'{email[:80]}' is no e-mail address; correct it or leave it out.")
    return replace(account, name=login_name(account.name), display=display, email=email, roots=roots)


def _root(text: str) -> str:
    path = PurePosixPath(text.strip())
    if not path.is_absolute() or ".." in path.parts or len(path.parts) < 2:
        raise BadAccount(f"'{text[:200]}' is no folder; give it from the root, like /photos/family.")
    return str(path)
