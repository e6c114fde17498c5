"""Scanning: what is new, changed, moved, gone or hostile, against the real store."""

# ruff: noqa: ASYNC240 (small files of the test itself)
from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ingest.globs import matcher
from ingest.scan import Rules, ScanResult, scan_file, scan_folder
from schema.graph import Stage, StageRecord, StageState
from schema.sqlite import SqliteStore
from schema.store import Imported

ALL_DONE = tuple(StageRecord(stage, StageState.DONE) for stage in Stage)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "library.sqlite")
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    root = tmp_path / "photos"
    for name in ("a-b/1.jpg", "a/2.JPG", "a/deep/3.png", "a.jpg", "notes.txt", ".hidden/4.jpg", "z/5.heic"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    return root


async def known(store: SqliteStore, root: Path) -> dict[str, bool]:
    found: dict[str, bool] = {}
    async for stamps in store.known_files(str(root)):
        found |= {os.path.relpath(stamp.path, root): stamp.present for stamp in stamps}
    return found


async def settle(store: SqliteStore) -> None:
    """As if everything pending had been imported."""
    files = await store.pending_files(1000)
    await store.write_imported([Imported(file, None, ALL_DONE) for file in files])


def counts(result: ScanResult) -> tuple[int, int, int, int]:
    return result.new, result.changed, result.returned, result.vanished


RULES = Rules(exclude=("**/.*",))


async def test_only_what_changed_is_seen_again(store: SqliteStore, photos: Path) -> None:
    assert counts(await scan_folder(store, photos, RULES)) == (5, 0, 0, 0)
    await settle(store)
    assert counts(await scan_folder(store, photos, RULES)) == (0, 0, 0, 0)
    (photos / "a/2.JPG").chmod(0o600)
    assert counts(await scan_folder(store, photos, RULES)) == (0, 0, 0, 0)

    before = (photos / "a.jpg").stat()
    (photos / "swap").write_bytes(b"b.jpg")
    os.utime(photos / "swap", ns=(before.st_atime_ns, before.st_mtime_ns))
    (photos / "swap").rename(photos / "a.jpg")  # same size, same time, another file
    (photos / "z/5.heic").rename(photos / "z/moved.heic")
    (photos / "a-b/0.jpg").write_bytes(b"first")
    assert counts(await scan_folder(store, photos, RULES)) == (2, 1, 0, 1)
    assert (await known(store, photos))["z/5.heic"] is False
    assert {os.path.relpath(file.path, photos) for file in await store.pending_files(10)} == {
        "a.jpg", "z/moved.heic", "a-b/0.jpg",
    }  # fmt: skip

    (photos / "z/moved.heic").rename(photos / "z/5.heic")
    assert counts(await scan_folder(store, photos, RULES)) == (0, 0, 1, 1)


async def test_an_unmounted_disk_empties_nothing(store: SqliteStore, photos: Path) -> None:
    await scan_folder(store, photos, RULES)
    away = photos.with_name("away")
    photos.rename(away)
    gone = await scan_folder(store, photos, RULES)
    assert gone.offline and gone.vanished == 5 and "offline" in gone.problems[0]
    photos.mkdir()  # the mount point without its disk
    empty = await scan_folder(store, photos, RULES)
    assert empty.offline and empty.vanished == 0
    assert list((await known(store, photos)).values()) == [False] * 5
    photos.rmdir()
    away.rename(photos)
    assert counts(await scan_folder(store, photos, RULES)) == (0, 0, 5, 0)


async def test_links_are_followed_once_and_dangling_ones_told(store: SqliteStore, photos: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "6.jpg").write_bytes(b"6")
    (outside / "back").symlink_to(photos)
    (photos / "elsewhere").symlink_to(outside)
    (photos / "a/loop").symlink_to(photos)
    (photos / "again").symlink_to(photos / "a")
    (photos / "up").symlink_to(tmp_path)
    (photos / "dead.jpg").symlink_to(photos / "nothing.jpg")
    os.mkfifo(photos / "pipe.jpg")
    result = await scan_folder(store, photos, RULES)
    names = set(await known(store, photos))
    assert "elsewhere/6.jpg" in names
    assert len(names) == 6
    assert any("dead.jpg" in problem for problem in result.problems)
    assert any("pipe.jpg" in problem for problem in result.problems)
    assert (await scan_folder(store, photos, Rules(follow_links=False))).vanished == 1


async def test_what_cannot_be_read_is_told_and_not_taken_for_gone(
    store: SqliteStore, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scan_folder(store, photos, RULES)
    scandir = os.scandir

    def refuse(path: bytes) -> object:
        if path.endswith(b"/a"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    result = await scan_folder(store, photos, RULES)
    assert result.vanished == 0
    assert len(result.problems) == 1 and "Permission denied" in result.problems[0]


async def test_odd_names(store: SqliteStore, tmp_path: Path) -> None:
    root = tmp_path / "odd"
    root.mkdir()
    names = [
        b"new\nline.jpg",
        b"\xff\xfe.jpg",
        "smile 😀.jpg".encode(),
        "cafe\u0301.jpg".encode(),
        b"\x7f.jpg",
        b"%s'\".jpg",
    ]
    for name in names:
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_bytes(b"x")
    for name in (b"\xff-folder", "\ue000".encode(), "\U0001f600".encode()):
        folder = Path(os.fsdecode(os.fsencode(root) + b"/" + name))
        folder.mkdir()
        (folder / "1.jpg").write_bytes(b"x")
    assert (await scan_folder(store, root, RULES)).new == 9
    assert counts(await scan_folder(store, root, RULES)) == (0, 0, 0, 0)


async def test_flat_and_single(store: SqliteStore, photos: Path) -> None:
    assert (await scan_folder(store, photos, Rules(recursive=False))).new == 1
    assert (await scan_file(store, photos / "a/2.JPG")).new == 1
    assert (await scan_file(store, photos / "none.jpg")).problems


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        ("**/.*", [".git", "a/.b.jpg"], ["a.b", "a/b.jpg"]),
        ("**/@eaDir/**", ["@eaDir", "a/@eaDir", "@eaDir/x/y.jpg"], ["a@eaDir"]),
        ("*.png", ["a.png", "b/c.png"], ["a.png.jpg"]),
        ("trip/*.jpg", ["trip/a.jpg"], ["x/trip/a.jpg", "trip/b/a.jpg"]),
        ("**/Thumbs.db", ["Thumbs.db", "x/Thumbs.db"], ["MyThumbs.db"]),
        ("IMG_[0-4]?.jpg", ["IMG_12.jpg"], ["IMG_52.jpg", "IMG_1.jpg"]),
        ("raw/", ["raw", "x/raw"], ["raws"]),
        ("a/**/z", ["a/z", "a/b/c/z"], ["az"]),
    ],
)
def test_exclude_patterns(pattern: str, inside: list[str], outside: list[str]) -> None:
    excluded = matcher([pattern])
    folders = {parent for path in inside for parent in (path, *map(str, Path(path).parents))}
    assert all(
        excluded(path.encode()) or any(excluded(f.encode()) for f in folders if path.startswith(f + "/"))
        for path in inside
    )
    assert not any(excluded(path.encode()) for path in outside)
