"""How an import stands: counted in the store, paced by the workers, told to whoever listens."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from arq.connections import ArqRedis

from schema.graph import Stage, StageState
from schema.store import GraphStore, StageCount

CHANNEL = "pigallery:progress"
LAST = "pigallery:progress:last"
PACE = "pigallery:pace"
STOPPED = "pigallery:stopped"
SCANNING = "pigallery:scanning"
PROBLEMS = "pigallery:problems"
CURRENT = "pigallery:current"
WORKERS = "pigallery:workers"

WORKER_BEAT_S = 5.0
ALIVE_S = 16.0
_WINDOW_S = 30.0
_STALE_S = 20.0


@dataclass(frozen=True, slots=True)
class IngestStatus:
    """Counts are of files that are present. `phase`: idle, scanning, importing, stopped or waiting (for a worker)."""

    running: bool = False
    phase: str = "idle"
    total: int = 0
    done: int = 0
    """Nothing is left to do for them, well or not."""
    failed: int = 0
    """With a stage that failed."""
    stages: tuple[StageCount, ...] = ()
    rate_per_s: float | None = None
    """Files per second, lately."""
    seconds_left: float | None = None
    current: str = ""
    """A folder being scanned or a file being imported."""
    errors: tuple[str, ...] = ()
    """What could not be scanned, one sentence each."""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> IngestStatus:
        fields = json.loads(text)
        stages = tuple(StageCount(**count) for count in fields.pop("stages"))
        return cls(**(fields | {"stages": stages, "errors": tuple(fields["errors"])}))


def counted(stages: Sequence[StageCount]) -> IngestStatus:
    """Total, done and failed, from how many files are in which state of which stage.

    Every file has a state of IDENTIFY; one that is through has one of ANALYSIS, or failed before it.
    """
    counts = {(count.stage, count.state): count.count for count in stages}

    def of(stage: Stage, *states: StageState) -> int:
        return sum(counts.get((stage, state), 0) for state in states)

    settled = (StageState.DONE, StageState.SKIPPED, StageState.FAILED)
    total = of(Stage.IDENTIFY, *StageState)
    early = of(Stage.IDENTIFY, StageState.FAILED) + of(Stage.PIXELS, StageState.FAILED)
    waiting = max(of(stage, StageState.PENDING) for stage in Stage)
    done = min(total - waiting, of(Stage.ANALYSIS, *settled) + early)
    failed = early + of(Stage.METADATA, StageState.FAILED) + of(Stage.ANALYSIS, StageState.FAILED)
    return IngestStatus(total=total, done=done, failed=min(failed, total), stages=tuple(stages))


async def read_status(store: GraphStore, pool: ArqRedis | None) -> IngestStatus:
    """As it is now."""
    status = counted(await store.stage_counts())
    return status if pool is None else await _paced(status, pool)


async def _paced(status: IngestStatus, pool: ArqRedis) -> IngestStatus:
    now = time.time()
    async with pool.pipeline(transaction=False) as pipe:
        pipe.get(STOPPED)
        pipe.hgetall(SCANNING)
        pipe.lrange(PACE, 0, -1)
        pipe.hvals(PROBLEMS)
        pipe.get(CURRENT)
        pipe.hvals(WORKERS)
        stopped, scanning, ticks, problems, current, workers = await pipe.execute()
    scans = [_text(root) for root, beat in scanning.items() if now - float(beat) < _STALE_S]
    alive = any(now - float(beat) < ALIVE_S for beat in workers)
    left = status.total - status.done
    rate = _rate(ticks, now)
    phase = "idle"
    if stopped:
        phase = "stopped"
    elif left or scans:
        phase = ("importing" if left else "scanning") if alive else "waiting"
    running = phase in ("scanning", "importing")
    return replace(
        status,
        running=running,
        phase=phase,
        rate_per_s=rate if running else None,
        seconds_left=left / rate if running and rate and not scans else None,
        current=_text(current) if running and left and current else scans[0] if scans else "",
        errors=tuple(sentence for group in problems for sentence in json.loads(group)),
    )


async def workers_alive(pool: ArqRedis) -> bool:
    """Whether some worker gave a sign of life lately."""
    beats = await pool.hvals(WORKERS)  # type: ignore[misc]
    return any(time.time() - float(beat) < ALIVE_S for beat in beats)


def _rate(ticks: Sequence[bytes], now: float) -> float | None:
    """From `time files seconds` of the last batches."""
    recent = [(float(at), int(files), float(took)) for at, files, took in (tick.split() for tick in ticks)]
    recent = [tick for tick in recent if now - tick[0] < _WINDOW_S]
    if not recent:
        return None
    since = min(at - took for at, _, took in recent)
    return sum(files for _, files, _ in recent) / max(now - since, 0.001)


async def tick(pool: ArqRedis, files: int, seconds: float) -> None:
    """A batch is done."""
    async with pool.pipeline(transaction=False) as pipe:
        pipe.lpush(PACE, f"{time.time():.3f} {files} {seconds:.3f}")
        pipe.ltrim(PACE, 0, 99)
        pipe.expire(PACE, 120)
        await pipe.execute()


class Announcer:
    """Tells the status to all listeners, often enough to be lively and seldom enough to cost nothing.

    Counting a million files takes a while: the pause is twenty times that.
    """

    def __init__(self, store: GraphStore, pool: ArqRedis) -> None:
        self._store = store
        self._pool = pool
        self._next = 0.0
        self._lock = asyncio.Lock()

    async def announce(self, *, now: bool = False) -> None:
        if self._lock.locked() or (not now and time.monotonic() < self._next):
            return
        async with self._lock:
            started = time.monotonic()
            text = (await read_status(self._store, self._pool)).to_json()
            async with self._pool.pipeline(transaction=False) as pipe:
                pipe.set(LAST, text, ex=60)
                pipe.publish(CHANNEL, text)
                await pipe.execute()
            took = time.monotonic() - started
            self._next = time.monotonic() + max(0.5, 20 * took)


async def listen(pool: ArqRedis) -> AsyncIterator[IngestStatus]:
    """The last status, then every new one, until the reader stops."""
    async with pool.pubsub() as channel:
        await channel.subscribe(CHANNEL)
        if (last := await pool.get(LAST)) is not None:
            yield IngestStatus.from_json(last)
        while True:
            message: Any = await channel.get_message(ignore_subscribe_messages=True, timeout=30.0)
            if message is not None:
                yield IngestStatus.from_json(message["data"])


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
