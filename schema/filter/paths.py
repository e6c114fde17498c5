"""How `PathFilter` reads a path: folders, globs, names."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from schema.filter.nodes import PathFilter
from schema.words import fold

_PIECES = re.compile(r"\*\*/?|\*|\[!?\]?[^\]/]*\]|.", re.DOTALL)


@lru_cache(maxsize=256)
def glob_pattern(glob: str) -> re.Pattern[str]:
    """The regular expression of a glob, to be matched in full; without a leading `/` it matches the end of a path.

    It takes time linear in the path for each wildcard: behind any star but the last, the first place where the rest up
    to the next star fits is as good as any later one, so nothing is tried twice (atomic groups).
    """
    parts: list[tuple[str, list[str]]] = [("", [""])]  # (what leads to it, fixed pieces between single stars)
    if not glob.startswith("/"):
        parts.append(("(?:.*?/)??", [""]))
    for piece in _PIECES.findall(glob):
        if piece == "**/" and parts[-1] == (".*?", [""]):
            continue  # anything, then any folders: anything
        if piece in ("**", "**/"):
            parts.append(("(?:.*?/)??" if piece == "**/" else ".*?", [""]))
        elif piece == "*":
            parts[-1][1].append("")
        else:
            parts[-1][1][-1] += _fixed(piece)
    pattern = ""
    for number, (lead, fixed) in enumerate(parts):
        last = number == len(parts) - 1
        stars = [f"(?>[^/]*?{chunk})" for chunk in fixed[1:]]
        if last and stars:
            stars[-1] = f"[^/]*{fixed[-1]}"
        run = lead + fixed[0] + "".join(stars)
        pattern += run if last or not lead else f"(?>{run})"
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


def _fixed(piece: str) -> str:
    """A piece of a glob that stands for exactly one character."""
    if piece == "?":
        return "[^/]"
    if len(piece) == 1:
        return re.escape(piece)
    inverted = piece[1] == "!"
    chosen = re.sub(r"([\\\[\]&~|^])", r"\\\1", piece[2 if inverted else 1 : -1])
    try:
        re.compile(f"[{chosen}]")
    except re.error:  # a range that runs backwards, or nothing inside: the characters as they stand
        return re.escape(piece)
    return f"(?!/)[{'^' if inverted else ''}{chosen}]"


def under(folder: str, path: str) -> bool:
    """Whether a path lies below a folder: absolute and exact, or folder names anywhere, without case."""
    if folder.startswith("/"):
        return path.startswith(folder.rstrip("/") + "/")
    parts = folder.strip("/").casefold()
    return bool(parts) and f"/{parts}/" in path.casefold()


def matcher(asked: PathFilter) -> Callable[[str], bool]:
    """Whether one path meets all that is asked."""
    globs = [glob_pattern(glob) for glob in asked.glob]
    names = [fold(name) for name in asked.name]

    def meets(path: str) -> bool:
        name = fold(path.rpartition("/")[2])
        return (
            (not asked.under or any(under(folder, path) for folder in asked.under))
            and (not globs or any(glob.fullmatch(path) for glob in globs))
            and (not names or any(part in name for part in names))
        )

    return meets
