"""Queue, workers and control, whole: with the real Valkey, store and processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil

from ingest import control, foreground, progress, queue
from ingest.claims import Claims
from ingest.progress import IngestStatus
from schema.errors import BadConfig, StoreUnavailable
from schema.graph import Stage, StageState
from schema.settings import Settings
from schema.sqlite import SqliteStore
from schema.store import StageCount
from tests.ingest.working import photo, photos, present, until, working

ROOT = Path(__file__).resolve().parents[2]


async def test_an_import_from_start_to_end(settings: Settings, store: SqliteStore, tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos", 40)
    (folder / "bad.jpg").write_bytes(b"")
    (folder / "dead.jpg").symlink_to(folder / "nothing")
    async with working(settings, store, watch=False) as worker:
        told: list[IngestStatus] = []

        async def listen() -> None:
            async for status in control.watch_progress(worker.pool):
                told.append(status)  # noqa: PERF401 (looked at while it grows)

        listening = asyncio.create_task(listen())
        await control.start(worker.pool, [folder])

        async def is_done() -> bool:
            status = await control.status(store, worker.pool)
            return status.done == status.total == 41 and status.phase == "idle"

        await until(is_done)
        status = await control.status(store, worker.pool)
        assert (status.failed, status.running) == (1, False)
        assert any("dead.jpg" in sentence for sentence in status.errors)
        assert await worker.folders() == [str(folder)]
        await until(lambda: any(one.total == 41 for one in told))
        listening.cancel()
        assert await present(store) == 40

        await control.stop(worker.pool)
        photos(folder, 5, first=100)
        await worker.pool.enqueue_job("scan", str(folder), _queue_name=queue.SCANS)
        await asyncio.sleep(0.5)
        assert (await control.status(store, worker.pool)).phase == "stopped"
        await control.resume(worker.pool)
        await until(lambda: _count_is(store, 45))
        (folder / "bad.jpg").write_bytes(photo(999))
        await control.start(worker.pool, [folder])
        await until(lambda: _count_is(store, 46))
        assert (await control.status(store, worker.pool)).failed == 0


async def _count_is(store: SqliteStore, count: int) -> bool:
    return await present(store) == count and not await store.pending_files(1)


async def test_changes_are_picked_up_by_themselves(settings: Settings, store: SqliteStore, tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos", 2)
    settings.folders = (folder,)
    async with working(settings, store):
        await until(lambda: _count_is(store, 2))
        await asyncio.sleep(0.5)
        (folder / "new.jpg").write_bytes(photo(7))
        await until(lambda: _count_is(store, 3))
        (folder / "sub").mkdir()
        (folder / "new.jpg").rename(folder / "sub" / "moved.jpg")

        async def moved() -> bool:
            stamps = [stamp async for batch in store.known_files(str(folder)) for stamp in batch if stamp.present]
            return sorted(Path(stamp.path).name for stamp in stamps) == ["0000.jpg", "0001.jpg", "moved.jpg"]

        await until(moved)
        await until(lambda: _count_is(store, 3))


async def test_what_is_looked_at_comes_first(settings: Settings, store: SqliteStore, tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos", 30)
    async with working(settings, store, watch=False) as worker:
        await control.start(worker.pool, [folder])
        await until(lambda: _count_is(store, 30))
        await control.stop(worker.pool)
        await control.retry(store, worker.pool, stage=Stage.PIXELS, failed_only=False)
        await control.look_first(worker.pool, [29, 17])
        files = await worker.order.take(8)
        assert {file.image_id for file in files[:2]} == {29, 17}
        others = await worker.order.take(100)
        assert len(files) + len(others) == 30 and not {f.id for f in files} & {f.id for f in others}
        assert not await worker.order.take(8)
        worker.order.give_back([*files, *others])


WORKER = """
import json, sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from schema.settings import Settings
from ingest import worker
settings = json.loads(sys.argv[1])
worker.main(Settings(**settings))
"""


def process(settings: Settings, **more: object) -> subprocess.Popen[bytes]:
    given = {"home": str(settings.home), "packages": str(settings.packages), "models": "none", "threads": 2, "batch": 8}
    log = (settings.home / "worker.log").open("ab")
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, json.dumps(given | more)],
        cwd=ROOT,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


async def test_killed_again_and_again_nothing_is_lost_or_doubled(
    settings: Settings, store: SqliteStore, tmp_path: Path
) -> None:
    """kill -9 of the worker, and once of the queue, in the middle of an import of 400 files."""
    folder = photos(tmp_path / "photos", 400)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    pool = await queue.connect(settings)
    await control.start(pool, [folder])
    rng = np.random.default_rng(5)
    seen: list[int] = []
    for round_ in range(4):
        worker = process(settings)
        here = await present(store)
        await until(lambda worker=worker, here=here: _grew(store, here, worker), 60)
        await asyncio.sleep(float(rng.random()) * 0.4)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        seen.append(await present(store))
        if round_ == 2:
            server = int((await pool.info())["process_id"])
            await queue.close(pool)
            with suppress(ProcessLookupError):
                os.kill(server, signal.SIGKILL)
            pool = await queue.connect(settings)
    assert seen == sorted(seen)
    workers = [process(settings), process(settings)]  # and two at once
    try:
        await until(lambda: _count_is(store, 400), 90)
    finally:
        for worker in workers:
            worker.terminate()
            worker.wait(15)
    assert not await store.failed_files()
    hashes: set[str] = set()
    async for batch in store.facts():
        for image in await store.images([int(i) for i in batch.id], frozenset({"files"})):
            assert image is not None and len(image.files) == 1 and image.media_version
            assert all(record.state in (StageState.DONE, StageState.SKIPPED) for record in image.files[0].stages)
            hashes.add(image.content_hash)
    assert len(hashes) == 400
    assert len([path for path in settings.thumbnails.rglob("*.jpg") if path.stat().st_size]) == 800
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    await queue.close(pool)


async def _grew(store: SqliteStore, before: int, worker: subprocess.Popen[bytes]) -> bool:
    assert worker.poll() is None, "the worker ended by itself"
    return await present(store) > before or not (await store.pending_files(1) or before == 0)


async def test_the_queue_is_adopted_cleared_and_ended(settings: Settings, tmp_path: Path) -> None:
    first = await queue.connect(settings)
    second = await queue.connect(settings)
    await first.set("a", "1")
    await queue.close(second)  # not its own: it goes on
    assert await first.get("a") == b"1"
    server = int((await first.info())["process_id"])
    os.kill(server, signal.SIGKILL)
    await asyncio.sleep(0.1)
    third = await queue.connect(settings)  # a stale socket is no obstacle
    assert await third.get("a") in (b"1", None)
    await queue.close(third)
    with suppress(Exception):
        await first.aclose()
    assert not queue._answers(queue.socket_path(settings.queue))


async def test_a_deep_home_has_a_short_socket(tmp_path: Path, packages: Path) -> None:
    home = tmp_path / ("a long name with spaces " * 6) / "home"
    settings = Settings(home=home, packages=packages)
    assert len(os.fsencode(queue.socket_path(settings.queue))) <= queue.LONGEST_SOCKET
    pool = await queue.connect(settings)
    assert await pool.ping()
    await queue.close(pool)


async def test_a_queue_that_does_not_answer_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="PIGALLERY_REDIS_URL"):
        await queue.connect(Settings(home=tmp_path, redis_url="nonsense"))
    with pytest.raises(StoreUnavailable, match="does not answer"):
        await queue.connect(Settings(home=tmp_path, redis_url="redis://127.0.0.1:1/0"))


def test_claims_go_with_their_process(tmp_path: Path) -> None:
    mine = Claims(tmp_path)
    mine.open()
    assert mine.take_files([1, 2, 3], 2) == [1, 2]
    assert mine.take_files([1, 2, 3], 9) == [3]
    script = (
        "import sys, time; from pathlib import Path; from ingest.claims import Claims\n"
        "c = Claims(Path(sys.argv[1])); c.open()\n"
        "print(c.take_files([1, 2, 3, 4], 9), c.take('scan:/a'), flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdout.readline() == b"[4] True\n"
    assert not mine.take("scan:/a") and not mine.take_files([4], 1)
    other.kill()
    other.wait()
    assert mine.take("scan:/a") and mine.take_files([4], 1) == [4]
    mine.close()


def test_counts_become_a_status() -> None:
    status = progress.counted(
        [
            StageCount("identify", "done", 90),
            StageCount("identify", "failed", 3),
            StageCount("identify", "pending", 7),
            StageCount("pixels", "failed", 5),
            StageCount("analysis", "done", 70),
            StageCount("analysis", "skipped", 15),
        ]
    )
    assert (status.total, status.done, status.failed) == (100, 93, 8)
    assert IngestStatus.from_json(status.to_json()) == status


def test_import_in_the_foreground(
    settings: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")  # no path is cut in two
    folder = photos(tmp_path / "photos", 12)
    (folder / "broken.jpg").write_bytes(photo(1)[:200])
    Pil.open(BytesIO(photo(3))).resize((240, 180)).save(folder / "larger.jpg", quality=80)
    foreground.run(settings, [folder])
    told = capfd.readouterr().err
    assert "14 of 14 files are done" in told and "broken.jpg" in told
    assert asyncio.run(duplicates(settings)) == 1, "what is alike is found before it ends"
    with pytest.raises(SystemExit) as ended:
        foreground.run(settings, [tmp_path / "nowhere"])
    assert ended.value.code == 1 and "nowhere" in capfd.readouterr().err


async def duplicates(settings: Settings) -> int:
    store = SqliteStore(settings.database)
    await store.open()
    looks = [rows async for rows in store.look_rows()]
    await store.close()
    return sum(int((rows.duplicate_of >= 0).sum()) for rows in looks)


FOREGROUND = """
import json, sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from schema.settings import Settings
from ingest import foreground
foreground.run(Settings(**json.loads(sys.argv[1])), [Path(sys.argv[2])])
"""


async def test_ctrl_c_stops_it_in_order_and_a_second_start_goes_on(
    settings: Settings, store: SqliteStore, tmp_path: Path
) -> None:
    folder = photos(tmp_path / "photos", 300)
    given = json.dumps({"home": str(settings.home), "packages": str(settings.packages), "models": "none", "batch": 4})

    def begin() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", FOREGROUND, given, str(folder)]
        return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True)

    first = begin()
    await until(lambda: present(store), 60)
    first.send_signal(signal.SIGINT)
    _, told = first.communicate(timeout=30)
    assert first.returncode == 130 and b"Stopped" in told and b"Traceback" not in told
    assert 0 < await present(store) < 300
    second = begin()
    _, told = await asyncio.to_thread(second.communicate, timeout=90)
    assert second.returncode == 0 and b"300 of 300 files are done." in told
    assert not queue._answers(queue.socket_path(settings.queue))


async def test_beside_a_server_its_worker_does_the_work(settings: Settings, store: SqliteStore, tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos", 20)
    async with working(settings, store, watch=False) as worker:
        told = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", FOREGROUND, json.dumps({"home": str(settings.home), "models": "none"}), str(folder)],
            cwd=ROOT, capture_output=True, timeout=60,
        )  # fmt: skip
        assert told.returncode == 0 and b"20 of 20 files are done." in told.stderr
        assert await worker.pool.ping()  # the queue is the server's
        assert await worker.folders() == [str(folder)]
