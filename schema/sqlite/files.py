"""Asset files: stamps, presence, and the state of every stage."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import apsw

from schema.graph import AssetFile, Stage, StageRecord, StageState
from schema.sqlite import feed
from schema.sqlite.values import path_bytes, path_text, score, text, to_json, wide
from schema.store import FailedFile, FileStamp, StageCount

STAGES = tuple(Stage)
STATES = tuple(StageState)
PENDING, DONE, FAILED, SKIPPED = (STATES.index(state) for state in StageState)
FORGOTTEN = "Removed from the library by a person."

Notes = dict[str, list[Any]]
"""stage -> [reason, detail, ms, attempts]"""

COLUMNS = (
    "file.id, file.path, (SELECT path FROM root WHERE id = file.root_id), file_size, mtime_ns, inode, device, "
    "content_hash, present, image_id, identify, metadata, pixels, analysis, notes"
)


def stages_of(states: Sequence[int | None], notes: str) -> tuple[StageRecord, ...]:
    written: Notes = json.loads(notes) if notes else {}
    records = []
    for stage, state in zip(STAGES, states, strict=True):
        if state is not None:
            reason, detail, ms, attempts = written.get(stage, ("", "", None, 0 if state == PENDING else 1))
            records.append(StageRecord(stage, STATES[state], reason, detail, ms, attempts))
    return tuple(records)


def asset_file(row: Sequence[Any]) -> AssetFile:
    """From the columns of `COLUMNS`."""
    return AssetFile(
        id=row[0],
        path=path_text(row[1]),
        root=path_text(row[2]),
        file_size=int(row[3]),
        mtime_ns=int(row[4]),
        inode=int(row[5]),
        device=int(row[6]),
        content_hash=row[7],
        present=bool(row[8]),
        image_id=row[9],
        stages=stages_of(row[10:14], row[14]),
    )


def apply_stages(
    records: Iterable[StageRecord], states: Sequence[int | None], notes: str
) -> tuple[list[int | None], str]:
    """States and notes after some stages ran.

    Attempts add up over retries. A stage that waits behind one that failed now is no longer asked for: a retry of
    the failed one asks for it again.
    """
    after = list(states)
    written: Notes = json.loads(notes) if notes else {}
    given: dict[int, StageRecord] = {STAGES.index(record.stage): record for record in records}
    for place, record in given.items():
        earlier = written.get(record.stage)
        attempts = record.attempts + (earlier[3] if earlier and states[place] == PENDING else 0)
        after[place] = STATES.index(record.state)
        written[record.stage] = [
            text(record.reason),
            text(record.detail),
            None if record.ms is None else score(record.ms),
            attempts,
        ]
    failed = [place for place, record in given.items() if record.state is StageState.FAILED]
    if failed:
        for place in range(min(failed) + 1, len(after)):
            if place not in given and after[place] == PENDING:
                after[place] = None
    return after, to_json(written) if written else ""


def stamp_values(file: AssetFile) -> tuple[int | str, int | str, int | str, int | str]:
    return wide(file.file_size), wide(file.mtime_ns), wide(file.inode), wide(file.device)


def root_id(db: apsw.Connection, root: str) -> int:
    path = path_bytes(root)
    db.execute("INSERT INTO root (path) VALUES (?) ON CONFLICT DO NOTHING", (path,))
    return int(db.execute("SELECT id FROM root WHERE path = ?", (path,)).get)


def discover(db: apsw.Connection, files: Sequence[AssetFile]) -> list[int]:
    """See `GraphStore.discover`. A file is changed when its size, time or inode differs: device numbers change with
    every mount."""
    roots = {root: root_id(db, root) for root in {file.root for file in files}}
    ids: list[int] = []
    changed: list[int] = []
    images: set[int] = set()
    for file in files:
        path, stamp = path_bytes(file.path), stamp_values(file)
        row = db.execute(
            "SELECT id, file_size, mtime_ns, inode, present, image_id FROM file WHERE path = ?", (path,)
        ).fetchone()
        if row is None:
            db.execute(
                "INSERT INTO file (path, root_id, file_size, mtime_ns, inode, device, content_hash, present, identify,"
                " notes) VALUES (?, ?, ?, ?, ?, ?, ?, 1, 0, '')",
                (path, roots[file.root], *stamp, file.content_hash),
            )
            ids.append(db.last_insert_rowid())
            changed.append(ids[-1])
            continue
        file_id, *known, present, image_id = row
        ids.append(file_id)
        renewed = not present or tuple(known) != stamp[:3]
        db.execute(
            "UPDATE file SET root_id = ?, file_size = ?, mtime_ns = ?, inode = ?, device = ?, present = 1,"
            " identify = CASE WHEN ? THEN 0 ELSE identify END WHERE id = ?",
            (roots[file.root], *stamp, renewed, file_id),
        )
        if renewed:
            changed.append(file_id)
            if image_id is not None and not present:
                images.add(image_id)
    feed.touched(db, feed.FILE, changed)
    feed.touched(db, feed.IMAGE, images)
    return ids


def mark_absent(db: apsw.Connection, file_ids: Sequence[int], *, present: bool) -> list[int]:
    """Returns the images of those that were not so."""
    if not file_ids:
        return []
    rows: list[Any] = db.execute(
        "UPDATE file SET present = ? WHERE present <> ? AND id IN (SELECT value FROM carray(?)) RETURNING id, image_id",
        (present, present, apsw.carray(array("q", file_ids))),
    ).fetchall()
    feed.touched(db, feed.FILE, (file_id for file_id, _ in rows))
    images = sorted({image_id for _, image_id in rows if image_id is not None})
    feed.touched(db, feed.IMAGE, images)
    return images


def stamps(db: apsw.Connection, root: str, after: bytes, limit: int) -> tuple[list[FileStamp], bytes]:
    """Known files of a root past a path, by path bytes; and the last path."""
    rows: list[Any] = db.execute(
        "SELECT id, path, file_size, mtime_ns, inode, device, content_hash, present, image_id FROM file"
        " WHERE path > ? AND root_id = (SELECT id FROM root WHERE path = ?) ORDER BY path LIMIT ?",
        (after, path_bytes(root), limit),
    ).fetchall()
    found = [
        FileStamp(file_id, path_text(path), int(size), int(mtime), int(inode), int(device), digest, present == 1, image)
        for file_id, path, size, mtime, inode, device, digest, present, image in rows
    ]
    return found, rows[-1][1] if rows else after


def pending(db: apsw.Connection, limit: int, after: int, first: Sequence[int]) -> list[AssetFile]:
    urgent: list[AssetFile] = []
    if first:
        query = (
            f"SELECT {COLUMNS} FROM file INDEXED BY file_image WHERE image_id IN (SELECT value FROM carray(?))"
            " AND pending = 1 AND present = 1 AND id > ? ORDER BY id LIMIT ?"
        )
        urgent = [asset_file(row) for row in db.execute(query, (apsw.carray(array("q", first)), after, limit))]
    seen = {file.id for file in urgent}
    rest = db.execute(
        f"SELECT {COLUMNS} FROM file INDEXED BY file_pending WHERE pending = 1 AND present = 1 AND id > ?"
        " ORDER BY id LIMIT ?",
        (after, limit),
    )
    return [*urgent, *(file for file in map(asset_file, rest) if file.id not in seen)][:limit]


def retry(db: apsw.Connection, file_ids: Sequence[int], stage: str | None, failed_only: bool) -> int:
    """See `GraphStore.retry`. Naming a file of a removed image, with `failed_only` off, takes it in again."""
    scope = ""
    bindings: tuple[Any, ...] = ()
    if file_ids:
        scope, bindings = " AND id IN (SELECT value FROM carray(?))", (apsw.carray(array("q", file_ids)),)
    if file_ids and not failed_only:
        db.execute(
            "DELETE FROM forgotten WHERE content_hash IN"
            " (SELECT content_hash FROM file WHERE image_id IS NULL AND id IN (SELECT value FROM carray(?)))",
            bindings,
        )
    starts = STAGES if stage is None and failed_only else (Stage(stage) if stage else Stage.IDENTIFY,)
    again: list[int] = []
    for start in starts:
        later = ", ".join(f"{name} = {PENDING}" for name in STAGES[STAGES.index(start) :])
        only = f"failed = 1 AND {start} = {FAILED}" if failed_only else "true"
        again += (
            row[0]
            for row in db.execute(
                f"UPDATE file SET {later} WHERE {only}{scope}"
                " AND NOT EXISTS (SELECT 1 FROM forgotten WHERE content_hash = file.content_hash) RETURNING id",
                bindings,
            )
        )
    feed.touched(db, feed.FILE, again)
    return len(again)


def stage_counts(db: apsw.Connection) -> list[StageCount]:
    """Of present files."""
    counts: dict[tuple[int, int], int] = {}
    rows = db.execute(
        "SELECT identify, metadata, pixels, analysis, count(*) FROM file WHERE present = 1"
        " GROUP BY identify, metadata, pixels, analysis"
    )
    for *states, count in rows:
        for place, state in enumerate(states):
            if state is not None:
                counts[place, state] = counts.get((place, state), 0) + count
    return [StageCount(STAGES[place], STATES[state], count) for (place, state), count in sorted(counts.items())]


def failed(db: apsw.Connection, limit: int, after: int) -> list[FailedFile]:
    """Every failed stage of at most `limit` files."""
    rows = db.execute(
        "SELECT id, path, identify, metadata, pixels, analysis, notes FROM file INDEXED BY file_failed"
        " WHERE failed = 1 AND present = 1 AND id > ? ORDER BY id LIMIT ?",
        (after, limit),
    )
    return [
        FailedFile(file_id, path_text(path), record.stage, record.reason, record.attempts)
        for file_id, path, *states, notes in rows
        for record in stages_of(states, notes)
        if record.state is StageState.FAILED
    ]


def skip_forgotten(db: apsw.Connection, file_ids: Sequence[int]) -> None:
    """Nothing is left to do for files of removed images."""
    notes = to_json({stage: [FORGOTTEN, "", None, 1] for stage in STAGES})
    db.execute(
        f"UPDATE file SET identify = {SKIPPED}, metadata = {SKIPPED}, pixels = {SKIPPED}, analysis = {SKIPPED},"
        " notes = ?, image_id = NULL WHERE id IN (SELECT value FROM carray(?))",
        (notes, apsw.carray(array("q", file_ids))),
    )


def by_hash(db: apsw.Connection, hashes: Sequence[str]) -> Mapping[str, int]:
    if not hashes:
        return {}
    rows = db.execute(
        "SELECT content_hash, id FROM image WHERE content_hash IN (SELECT value FROM carray(?))",
        (apsw.carray(tuple(hashes)),),
    )
    return {row[0]: row[1] for row in rows}
