"""A copy of a library that is in use."""

from __future__ import annotations

from pathlib import Path

import apsw

from schema.errors import BadConfig
from schema.sqlite.connection import new_epoch

_PAGES = 4_000
"""Copied at a time; between, other processes go on."""


def backup(db: apsw.Connection, target: Path) -> None:
    """Copy to `target`, which must not exist. The copy is another life of the library: it has its own epoch, so that no
    reader takes its change feed for a continuation of this one's.

    Raises:
        BadConfig: something is there already, or nothing can be written there.
    """
    if target.exists():
        raise BadConfig(f"{target} exists already: choose another name for the backup.")
    unfinished = target.with_name(f".{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        copy = apsw.Connection(str(unfinished))
        try:
            with copy.backup("main", db, "main") as progress:
                while not progress.done:
                    progress.step(_PAGES)
            copy.pragma("journal_mode", "delete")
            copy.execute("UPDATE library SET epoch = ?", (new_epoch(),))
        finally:
            copy.close()
        unfinished.rename(target)
    except (apsw.CantOpenError, apsw.FullError, apsw.ReadOnlyError, OSError) as error:
        raise BadConfig(f"The backup cannot be written to {target} ({error}): choose another place.") from error
    finally:
        unfinished.unlink(missing_ok=True)
