"""Exclude patterns: globs on the path inside a location."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable


def matcher(patterns: Iterable[str]) -> Callable[[bytes], bool]:
    """Whether a path (relative, `/`) is excluded by one of the patterns.

    `*` and `?` stay within a name, `**/` spans folders, `[..]` are sets. A pattern without `/` means a name anywhere,
    one that ends with `/**` or `/` means the folder itself as well.
    """
    sources = [_regex(pattern) for pattern in patterns if pattern.strip("/")]
    if not sources:
        return lambda path: False
    found = re.compile(b"|".join(b"(?:%s)" % source for source in sources), re.DOTALL)
    return lambda path: found.fullmatch(path) is not None


def _regex(pattern: str) -> bytes:
    text = os.fsencode(pattern).lstrip(b"/")
    if text.endswith(b"/**"):
        text = text[:-3]
    text = text.rstrip(b"/")
    if b"/" not in text:
        text = b"**/" + text
    out = b""
    at = 0
    while at < len(text):
        if text.startswith(b"**/", at):
            out, at = out + b"(?:.*/)?", at + 3
        elif text.startswith(b"**", at):
            out, at = out + b".*", at + 2
        elif text[at : at + 1] == b"*":
            out, at = out + b"[^/]*", at + 1
        elif text[at : at + 1] == b"?":
            out, at = out + b"[^/]", at + 1
        elif text[at : at + 1] == b"[" and (end := text.find(b"]", at + 2)) > 0:
            inner = text[at + 1 : end].replace(b"\\", b"\\\\")
            inner = b"^" + inner[1:] if inner.startswith(b"!") else inner
            out, at = out + b"[%s]" % inner, end + 1
        else:
            out, at = out + re.escape(text[at : at + 1]), at + 1
    return out
