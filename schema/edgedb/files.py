"""Asset files: stamps, presence, and the state of every stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from schema.edgedb import statements
from schema.edgedb.connection import rows
from schema.edgedb.kept import KeptFile
from schema.edgedb.things import file_of
from schema.edgedb.writing import Writing, parts
from schema.graph import AssetFile, NodeKind, Stage
from schema.sqlite.files import FAILED, PENDING, STAGES
from schema.store import FileStamp


def stamp(file: KeptFile) -> FileStamp:
    return FileStamp(
        file.id,
        file.path,
        file.file_size,
        file.mtime_ns,
        file.inode,
        file.device,
        file.content_hash,
        file.present,
        file.image_id,
    )


async def discover(writing: Writing, files: Sequence[AssetFile]) -> list[int]:
    """See `GraphStore.discover`. A file is changed when its size, time or inode differs: device numbers change with
    every mount."""
    await writing.load_files(paths=[file.path for file in files])
    ids: list[int] = []
    changed: list[int] = []
    images: set[int] = set()
    for file in files:
        number = writing.file_of_path.get(file.path)
        if number is None:
            kept = KeptFile(
                file.path,
                file.root,
                file.file_size,
                file.mtime_ns,
                file.inode,
                file.device,
                file.content_hash,
                id=writing.next("files"),
                states=(PENDING, None, None, None),
            )
            changed.append(kept.id)
        else:
            was = writing.files[number]
            known = was.file_size, was.mtime_ns, was.inode
            renewed = not was.present or known != (file.file_size, file.mtime_ns, file.inode)
            kept = replace(
                was,
                root=file.root,
                file_size=file.file_size,
                mtime_ns=file.mtime_ns,
                inode=file.inode,
                device=file.device,
                present=True,
                states=(PENDING, *was.states[1:]) if renewed else was.states,
            )
            if renewed:
                changed.append(kept.id)
                if was.image_id is not None and not was.present:
                    images.add(was.image_id)
        writing.put_file(kept)
        ids.append(kept.id)
    writing.touch(NodeKind.FILE, changed)
    writing.touch(NodeKind.IMAGE, sorted(images))
    return ids


async def mark_absent(writing: Writing, file_ids: Sequence[int], *, present: bool) -> list[int]:
    """Returns the images of those that were not so."""
    await writing.load_files(numbers=file_ids)
    changed = [
        writing.files[number]
        for number in dict.fromkeys(file_ids)
        if number in writing.files and writing.files[number].present is not present
    ]
    for file in changed:
        writing.put_file(replace(file, present=present))
    images = sorted({file.image_id for file in changed if file.image_id is not None})
    writing.touch(NodeKind.FILE, [file.id for file in changed])
    writing.touch(NodeKind.IMAGE, images)
    return images


async def retry(writing: Writing, file_ids: Sequence[int], stage: str | None, failed_only: bool) -> int:
    """See `GraphStore.retry`. Naming a file of a removed image, with `failed_only` off, takes it in again."""
    if file_ids:
        await writing.load_files(numbers=file_ids)
        chosen = [writing.files[number] for number in dict.fromkeys(file_ids) if number in writing.files]
    else:
        query = statements.FAILED_AT_ALL if failed_only else statements.ALL_FILES
        await writing.load_files(numbers=[row["number"] for row in await rows(writing.asks, query)])
        chosen = list(writing.files.values())
    if file_ids and not failed_only:
        again = [file.content_hash for file in chosen if file.image_id is None]
        for part in parts(again):
            await writing.asks.execute(statements.REMEMBER, keys=part)
    forgotten = await writing.forgotten([file.content_hash for file in chosen])
    starts = STAGES if stage is None and failed_only else (Stage(stage) if stage else Stage.IDENTIFY,)
    count = 0
    touched: dict[int, None] = {}
    for start in starts:
        place = STAGES.index(start)
        for file in chosen:
            now = writing.files[file.id]
            if (failed_only and now.states[place] != FAILED) or now.content_hash in forgotten:
                continue
            states = tuple(PENDING if at >= place else state for at, state in enumerate(now.states))
            writing.put_file(replace(now, states=states))
            touched[now.id] = None
            count += 1
    writing.touch(NodeKind.FILE, touched)
    return count


def assets(found: Sequence[dict[str, object]]) -> list[AssetFile]:
    return [file_of(row).asset for row in found]
