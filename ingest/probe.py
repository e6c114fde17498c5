"""A file tried in a process of its own, when it is suspected of having killed one.

The child reads paths, one JSON string a line, and answers each with a line; a crash, or too long a silence, is told by
its parent as the file's reason.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from schema.errors import BadFile
from schema.graph import AssetFile

PATIENCE_S = 60.0


async def find_culprits(files: Sequence[AssetFile], max_pixels: int) -> dict[int, str]:
    """File id -> why it must not be opened here. Files that are only damaged are not culprits."""
    found: dict[int, str] = {}
    left = list(files)
    while left:
        left = await _try_in_turn(left, max_pixels, found)
    return found


async def _try_in_turn(files: list[AssetFile], max_pixels: int, found: dict[int, str]) -> list[AssetFile]:
    """One child for as many files as it survives; returns those it did not come to."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ingest.probe", str(max_pixels),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    assert child.stdin is not None and child.stdout is not None
    try:
        for place, file in enumerate(files):
            answer = b""
            with suppress(ConnectionError):
                child.stdin.write(json.dumps(file.path).encode() + b"\n")
                await child.stdin.drain()
            with suppress(TimeoutError):
                answer = await asyncio.wait_for(child.stdout.readline(), PATIENCE_S)
                if not answer:
                    await child.wait()
            if not answer:
                found[file.id] = _reason(child.returncode)
                return files[place + 1 :]
        return []
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


def _reason(code: int | None) -> str:
    if code is None:
        return f"Opening the file takes longer than {PATIENCE_S:.0f} s; it is left alone."
    name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return f"Opening the file makes the program that reads it crash ({name}); it is left alone."


def main() -> None:
    """The child."""
    from ingest.identify import identify
    from ingest.metadata import read_metadata
    from ingest.opening import open_picture
    from ingest.pixels import derive

    for line in sys.stdin:
        try:
            opened = open_picture(identify(AssetFile(json.loads(line), "/", 0, 0, 0, 0)), int(sys.argv[1]))
            read_metadata(opened)
            derive(opened)
        except BadFile:
            pass
        print("survived", flush=True)


if __name__ == "__main__":
    main()
