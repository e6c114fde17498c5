"""A whole library to and from one JSON-lines file: the backup format, and the way between stores."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from schema.errors import BadConfig, BadExport
from schema.store import GraphStore

Progress = Callable[[int, int], None]
"""Called with images done and images in all."""
PASSING = frozenset({"session", "access-token"})
"""Kinds of entries that end with the place they were made for: who was logged out stays so after a restore."""
DAY_S = 86_400.0


async def export_library(store: GraphStore, target: Path, progress: Progress | None = None) -> int:
    """Write every record to `target`, which appears whole or not at all; returns how many images.

    Accounts, shares, apps and webhooks are part of it, passwords as argon2id hashes, so that everybody can log in again
    after an import; sessions, access tokens and what is over within a day are not. Only its owner can read the file.

    Raises:
        BadConfig: nothing can be written there.
    """
    unfinished = target.with_name(f".{target.name}.unfinished")
    done = total = left_out = 0
    try:
        unfinished.unlink(missing_ok=True)
        own = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(own, "w", encoding="ascii", newline="\n") as file:
            async for record in store.export():
                if _is_passing(record):
                    left_out += 1
                    continue
                if record["type"] == "end":
                    record |= {"records": record["records"] - left_out}
                file.write(json.dumps(record, separators=(",", ":")) + "\n")
                if record["type"] == "header":
                    total = int(record["images"])
                elif record["type"] == "image":
                    done += 1
                    if progress is not None:
                        progress(done, total)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    except OSError as error:
        raise BadConfig(
            f"The export cannot be written to {target} ({error.strerror}): choose another place."
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return done


def _is_passing(record: dict[str, Any]) -> bool:
    if record["type"] != "entry":
        return False
    expires = record.get("expires")
    return record["kind"] in PASSING or (expires is not None and expires < time.time() + DAY_S)


async def import_library(store: GraphStore, source: Path, progress: Progress | None = None) -> int:
    """Read an export into an empty library; returns how many records. Nothing is kept when one is wrong.

    Raises:
        BadConfig: the file cannot be read, or the library is not empty.
        BadExport: the file is damaged, cut off or of another version.
    """
    return await store.import_records(_lines(source, progress))


def _lines(source: Path, progress: Progress | None) -> Iterator[dict[str, Any]]:
    done = total = 0
    try:
        with source.open("r", encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                try:
                    record = json.loads(line)
                except ValueError as error:
                    raise BadExport(
                        f"Line {number} of {source} is not JSON: use the file as it was written."
                    ) from error
                if not isinstance(record, dict):
                    raise BadExport(f"Line {number} of {source} is no record: use the file as it was written.")
                if record.get("type") == "header":
                    total = int(record.get("images", 0))
                elif record.get("type") == "image":
                    done += 1
                    if progress is not None:
                        progress(done, total)
                yield record
    except OSError as error:
        raise BadConfig(f"{source} cannot be read ({error.strerror}): check the name and its permissions.") from error
    except UnicodeDecodeError as error:
        raise BadExport(f"{source} is not text: give a file that `pigallery export` wrote.") from error
