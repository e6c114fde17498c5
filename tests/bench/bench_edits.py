"""How long edits of a whole library take until their author sees them, and until other processes do.

    .venv/bin/python -m tests.bench.bench_edits HOME

HOME holds a library of any size. Every edit is taken back, but the rows of ratings, titles, tags... are really written.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path
from typing import Any

from schema.filter import EVERYTHING, parse_filter
from schema.library import Library
from schema.policy import OWNER
from schema.query import Sort
from schema.settings import Settings

EDITS: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("favorite", {"favorite": True}, {"favorite": True}),
    ("favorite, while that is written", {"favorite": False}, {"favorite": False}),
    ("rating", {"rating": 3}, {"rating": {"min": 3, "max": 3}}),
    ("new tag", {"add_tags": ["bench of edits"]}, {"tag": {"any": ["bench of edits"]}}),
    ("tag taken away", {"remove_tags": ["bench of edits"]}, {"not": {"tag": {"any": ["bench of edits"]}}}),
    ("album", {"add_albums": [1]}, {"album": {"any": ["album:1"]}}),
    ("trash", {"trashed": True}, {"trashed": True}),
)


async def measure(home: Path) -> None:
    settings = Settings(home=home)
    await (await Library.open(settings, follow=False)).close()  # leaves a snapshot for both
    library = await Library.open(settings, follow=False)
    other = await Library.open(settings, follow=True)
    view, images = library.view(OWNER), await library.view(OWNER).count(EVERYTHING)
    print(f"{images:,} images; seconds")
    print(f"{'':34}{'edit':>7}{'page':>7}{'others':>8}{'undo':>7}{'page':>7}{'others':>8}")
    for name, edit, asked in EDITS:
        question = parse_filter(asked)
        before = await view.count(question)
        figures = []
        start = time.perf_counter()
        count, token = await view.edit(EVERYTHING, edit)
        count += before if name == "trash" else 0  # everything leaves out what was in the trash already
        figures += [time.perf_counter() - start, await paged(view, question, count)]
        figures.append(await seen(other, question, count, start))
        start = time.perf_counter()
        await view.undo(token)
        figures += [time.perf_counter() - start, await paged(view, question, before)]
        figures.append(await seen(other, question, before, start))
        print(
            f"{name:34}" + "".join(f"{figure:{width}.2f}" for figure, width in zip(figures, WIDTHS, strict=True)),
            flush=True,
        )
    start = time.perf_counter()
    await library.store.album_members(1)
    print(f"{time.perf_counter() - start:.1f} s more until all of it was in the rows")
    await other.close()
    await library.close()


WIDTHS = (7, 7, 8, 7, 7, 8)


async def paged(view: Any, question: Any, count: int) -> float:
    """Time to the first page of fifty, with everything known of them."""
    start = time.perf_counter()
    page, _ = await view.page(question, Sort(), 50)
    assert page.total == count, (page.total, count)
    return time.perf_counter() - start


async def seen(other: Library, question: Any, count: int, start: float) -> float:
    for _ in range(3_000):
        if await other.view(OWNER).count(question) == count:
            return time.perf_counter() - start
        await asyncio.sleep(0.01)
    raise AssertionError("the other process never saw it")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    asyncio.run(measure(parser.parse_args().home))


if __name__ == "__main__":
    main()
