"""How long it takes to refuse what cannot be asked, and to answer with nothing what nothing meets, through GraphQL.

.venv/bin/python -m tests.bench.bench_refusals
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path

from tests.api.test_questions import IMAGES, NOTHING, REFUSED, asked, context

ROUNDS = 30


async def measure() -> None:
    make = asynccontextmanager(context._get_wrapped_function())  # type: ignore[attr-defined]
    questions = {name: filter_ for name, (filter_, _) in REFUSED.items()} | NOTHING
    with tempfile.TemporaryDirectory() as folder:
        async with make(Path(folder)) as at_hand:
            print(f"{'milliseconds':34}{'p50':>8}{'p95':>8}")
            for name, filter_ in questions.items():
                times = []
                for _ in range(ROUNDS):
                    start = time.perf_counter()
                    await asked(at_hand, IMAGES, filter=filter_)
                    times.append((time.perf_counter() - start) * 1e3)
                print(f"{name:34}{statistics.median(times):8.1f}{sorted(times)[int(ROUNDS * 0.95)]:8.1f}")


if __name__ == "__main__":
    asyncio.run(measure())
