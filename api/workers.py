"""Worker processes beside the server: started, restarted when they die, and gone when the server is gone.

A worker's settings come over its standard input, which stays open: when it closes, the server is no more (whatever
ended it), and the worker ends as well. Work in flight is safe by design: its truth is in the store.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import IO

from schema.settings import Settings

log = logging.getLogger("pigallery.workers")

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
HEALTHY_AFTER_S = 60.0
"""A worker that lived this long died of something new: start again without a pause."""
NICENESS = 5
"""Who browses during an import goes first."""
PATIENCE_S = 8.0
"""How long a worker may take to finish its batch after SIGTERM."""


async def keep_workers(settings: Settings) -> None:
    """Run `settings.workers` processes until cancelled; then end them."""
    async with asyncio.TaskGroup() as group:
        for number in range(settings.workers):
            group.create_task(_keep_one(settings, number))


async def _keep_one(settings: Settings, number: int) -> None:
    loop = asyncio.get_running_loop()
    pause = FIRST_PAUSE_S
    while True:
        started = loop.time()
        code = await _run_one(settings, number)
        if loop.time() - started > HEALTHY_AFTER_S:
            pause = FIRST_PAUSE_S
        log.warning("Worker %d ended (%s); starting it again in %.1f s", number, code, pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_S)


async def _run_one(settings: Settings, number: int) -> int:
    settings.logs.mkdir(parents=True, exist_ok=True)
    name = "worker.log" if not number else f"worker-{number}.log"
    with (settings.logs / name).open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "api.workers",
            stdin=asyncio.subprocess.PIPE,
            stdout=output,
            stderr=output,
            # OpenCV writes a line for each file that is not there; what matters of that is said with the picture.
            env={"OPENCV_LOG_LEVEL": "ERROR", **os.environ},
            # Ctrl-C in the terminal reaches the server alone, which then ends its workers in order.
            start_new_session=True,
        )
    assert process.stdin is not None
    try:
        with suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.write(settings.model_dump_json().encode() + b"\n")
            await process.stdin.drain()
        return await process.wait()
    finally:
        if process.returncode is None:
            await asyncio.shield(_end(process))


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), PATIENCE_S)
        except TimeoutError:
            process.kill()
            await process.wait()


def _end_with_the_server(pipe: IO[str]) -> None:
    """In the worker: wait for the end of input, then ask ourselves to stop; insist after a while."""
    pipe.read()
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(PATIENCE_S)
    os._exit(1)


def main() -> None:
    """One worker process, told its settings on standard input."""
    from ingest import worker

    settings = Settings(**json.loads(sys.stdin.readline()))
    os.nice(NICENESS)
    threading.Thread(target=_end_with_the_server, args=(sys.stdin,), daemon=True).start()
    worker.main(settings)


if __name__ == "__main__":
    main()
