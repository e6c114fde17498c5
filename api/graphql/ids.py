"""Relay global ids: base64 of `Type:key`. Clients keep them as they are."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode

from schema.errors import NotFound

REFERENCES = {"Image": "image:", "Person": "person:", "Album": "album:", "Place": "", "Synset": "", "Tag": ""}
"""Node type -> what its key is prefixed with in a filter (`Place` keys and synset names are references as they are)."""


def to_global(kind: str, key: int | str) -> str:
    return b64encode(f"{kind}:{key}".encode()).decode("ascii")


def split_global(value: str) -> tuple[str, str] | None:
    """(type, key), or None when `value` is not a global id of ours."""
    try:
        kind, colon, key = b64decode(value, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return (kind, key) if colon and kind in REFERENCES and to_global(kind, key) == value else None


def from_global(value: str) -> tuple[str, str]:
    found = split_global(value)
    if found is None:
        raise NotFound(f"'{value[:80]}' is not an id of this gallery; ids come from the `id` field of a node.")
    return found


def as_reference(value: str) -> str:
    """What a filter takes: a global id becomes `image:42`, `geo:3191648`, `gown.n.01`; anything else stays."""
    found = split_global(value)
    return REFERENCES[found[0]] + found[1] if found else value
