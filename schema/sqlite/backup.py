"""A copy of a library that is in use, and such a copy in place of a library that is not."""

from __future__ import annotations

import os
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

import apsw

from schema.errors import BadConfig
from schema.sqlite.connection import APPLICATION_ID, MIGRATIONS, connect, new_epoch

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
        unfinished.touch(mode=0o600, exist_ok=False)  # it holds what the library holds, the hashes of passwords too
        _copy(db, unfinished)
        unfinished.rename(target)
    except (apsw.CantOpenError, apsw.FullError, apsw.ReadOnlyError, OSError) as error:
        raise BadConfig(f"The backup cannot be written to {target} ({error}): choose another place.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def restore(source: Path, target: Path) -> Path | None:
    """Put a backup in place of a library that nobody has open, at once or not at all. The replaced library is kept
    beside it; returns where, None when there was none.

    Raises:
        BadConfig: the file is no whole backup, of a newer program, or nothing can be written here.
    """
    if not source.is_file():
        raise BadConfig(f"There is no file {source}: give one that `pigallery backup` wrote.")
    unfinished = target.with_name(f".{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with closing(apsw.Connection(f"{source.absolute().as_uri()}?immutable=1", flags=_READ)) as db:
            _require_whole(db, source)
            _copy(db, unfinished)
        aside = _keep_aside(target) if target.exists() else None
        unfinished.replace(target)
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise BadConfig(f"{source} is not a whole backup ({error}): choose another one.") from error
    except (apsw.CantOpenError, apsw.FullError, apsw.ReadOnlyError, OSError) as error:
        raise BadConfig(
            f"{source} cannot be put in place of {target} ({error}): check disk and permissions."
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return aside


_READ = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI


def _require_whole(db: apsw.Connection, source: Path) -> None:
    if db.pragma("application_id") != APPLICATION_ID:
        raise BadConfig(
            f"{source} is not a backup of a PiGallery library: choose a file that `pigallery backup` wrote."
        )
    if db.pragma("user_version") > len(MIGRATIONS):
        raise BadConfig(f"{source} was written by a newer PiGallery: update PiGallery, then restore it.")
    finding = str(db.execute("PRAGMA integrity_check(1)").get)
    if finding != "ok":
        raise BadConfig(f"{source} is damaged ({finding.splitlines()[0]}): choose another backup.")


def _keep_aside(target: Path) -> Path:
    """A second name for the library as it is; what its log holds goes into the file first, where that can be read."""
    with suppress(apsw.Error), closing(connect(target, writable=True)) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    aside = target.with_name(f"{target.stem}.replaced-{datetime.now():%Y%m%d-%H%M%S-%f}{target.suffix}")
    os.link(target, aside)
    for tail in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            Path(f"{target}{tail}").rename(f"{aside}{tail}")
    return aside


def _copy(db: apsw.Connection, target: Path) -> None:
    with closing(apsw.Connection(str(target))) as copy:
        with copy.backup("main", db, "main") as progress:
            while not progress.done:
                progress.step(_PAGES)
        copy.pragma("journal_mode", "delete")
        copy.execute("UPDATE library SET epoch = ?", (new_epoch(),))
