"""The read index on a made-up library: how long each kind of question takes, how large it is, how fast it loads.

    python -m tests.bench.bench_filters --images 1000000 [--vector 512] [--data FOLDER]

With a folder, the index is built once and then loaded from there. Times are of one process, in milliseconds; every
instance is another question, so that no remembered answer counts.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray

from schema.filter.nodes import EVERYTHING, Box, ImageFilter, SimilarFilter
from schema.index import ReadIndex
from schema.index.vectors import FILES
from schema.lexicon import Lexicon
from schema.memory import give_back
from schema.query import FacetBy, Sort, SortBy
from tests.bench import library
from tests.bench.questions import KINDS, VECTOR_KINDS, Questions

ROOT = Path(__file__).resolve().parents[2]
BROAD = ("clothing.n.01", "vehicle.n.01", "animal.n.01", "food.n.02", "structure.n.01", "plant.n.02", "artifact.n.01")
clock = time.perf_counter
WORLD = Box(south=-85, west=-180, north=85, east=180)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--images", type=int, default=100_000)
    options.add_argument("--vector", type=int, default=0, help="length of image embeddings")
    options.add_argument("--instances", type=int, default=40)
    options.add_argument("--data", type=Path, help="where the lexicon and the snapshot are kept")
    options.add_argument("--cpu", action="store_true", help="time of the processor, for a busy machine")
    chosen = options.parse_args()
    if chosen.cpu:
        global clock
        clock = time.process_time
    with tempfile.TemporaryDirectory() as temporary:
        run(chosen.images, chosen.vector, chosen.instances, chosen.data or Path(temporary))


def run(images: int, vector: int, instances: int, data: Path) -> None:
    lexicon = Lexicon.open(data, ROOT / "node_modules")
    recipe = library.Recipe(images, synsets=synsets(lexicon), vector=vector)
    shared = library.world(recipe)
    names = library.people(recipe), shared.places, library.albums(recipe)
    snapshot = data / f"snapshot-{images}-{vector}"
    if ReadIndex.load(snapshot, lexicon) is None:
        started = resident()
        index, seconds = build(recipe, lexicon)
        print(
            f"{images:,} images: built in {seconds:.1f} s ({images / seconds:,.0f}/s), {resident() - started:,.0f} MB"
        )
        print(f"saved in {timed(lambda: index.save(snapshot, '1')):.0f} ms, {size_of(snapshot):,.0f} MB on disk")
        index.apply(library.batch(recipe, shared, np.arange(1, 1001, dtype=np.uint32), 0))
        print(f"saved again in {timed(lambda: index.save(snapshot, '1')):.0f} ms")
        del index
        gc.collect()
    before = resident()
    start = clock()
    loaded = ReadIndex.load(snapshot, lexicon)
    assert loaded is not None
    index = loaded[0]
    print(f"loaded in {(clock() - start) * 1000:.0f} ms")
    index.set_names(*names)
    import_module("scipy.sparse")  # these two lines as the server does after its start
    gc.freeze()
    questions = Questions(np.random.default_rng(1), shared, recipe.synsets, BROAD, recipe.people)

    print(f"{'':28}{'p50':>9}{'p95':>9}{'most':>9}   found")
    worst = 0.0
    for name, make in (*KINDS, *(VECTOR_KINDS if vector else ())):
        asked = [ask(index, make(questions, images)) for _ in range(instances)]
        times, found = [ms for ms, _ in asked], [count for _, count in asked]
        worst = max(worst, report(name, times, f"{int(np.median(found)):,}"))
    print(f"{'worst p95':28}{worst:18.1f}")
    if vector:
        nearest(index, questions, instances)
    filters = [make(questions, images) for _, make in KINDS[:27] for _ in range(3)]
    for name, ask_one in others(index):
        times = []
        for asked in [EVERYTHING] * 5 + filters:
            index._forget()
            index.count(asked)
            times.append(timed(lambda asked=asked, ask_one=ask_one: ask_one(asked)))  # type: ignore[misc]
        report(name, times, "")
    files = vectors_mapped()
    print(f"memory of the index after all questions: {resident() - before - files:,.0f} MB", end="")
    print(f", and {files:,.0f} MB of vectors, which are files and may be dropped at any time" if vector else "")
    follow(index, recipe, shared)


def ask(index: ReadIndex, asked: ImageFilter) -> tuple[float, int]:
    """Milliseconds and how many were found, nothing remembered."""
    index._forget()
    start = clock()
    count = index.count(asked)
    return (clock() - start) * 1000, count


def nearest(index: ReadIndex, questions: Questions, instances: int) -> None:
    """The first hundred by look, among all and within a filter; beside them the hundred that double precision finds."""
    for name, within in (("top 100 alike", False), ("top 100 alike in a filter", True)):
        times, recalls = [], []
        for number in range(instances):
            index._forget()
            image = questions.image(len(index))
            asked = ImageFilter(similar=SimilarFilter(to=image, distance=2.0))
            if within:
                asked = asked.model_copy(update={"and_": (questions.tagged(),)})
            start = clock()
            found = index.page(asked, Sort(SortBy.SIMILARITY), 100).ids
            times.append((clock() - start) * 1000)
            if number < 5:
                recalls.append(recall(index, image, asked, found))
        report(name, times, f"recall {np.mean(recalls):.4f}")


def recall(index: ReadIndex, image: str, asked: ImageFilter, found: NDArray[np.uint32]) -> float:
    table = index.state.table
    of = table.embeddings.of(int(table.ids.find(np.array([int(image.split(":")[1])], dtype=np.uint32))[0]))
    assert of is not None
    matrix, vector = of
    rows = table.ids.find(index.ids(asked))
    slots = np.searchsorted(matrix.rows.values, rows)
    far = 1 - matrix.exact(vector, slots)
    limit = np.sort(far)[: len(found)].max(initial=0)
    return float(np.mean(np.isin(found, table.ids_of(rows[far <= limit])))) if len(found) else 1.0


def others(index: ReadIndex) -> Iterator[tuple[str, Callable[[ImageFilter], object]]]:
    """Everything but counting, after the answer itself is known."""
    for by in SortBy:
        if by is not SortBy.SIMILARITY:
            yield f"page by {by.value.lower()}", lambda asked, by=by: index.page(asked, Sort(by), 100)  # type: ignore[misc]
    page = index.page(EVERYTHING, Sort(), 100)
    yield "page after a cursor", lambda asked: index.page(asked, Sort(), 100, after=page.cursors[-1])
    yield "months", index.timeline
    month = index.timeline(EVERYTHING)[30].key
    yield "one month as columns", lambda asked: index.grid(asked, month, Sort())
    for facet in FacetBy:
        yield f"facet {facet.value.lower()}", lambda asked, facet=facet: index.facets(asked, facet, 30)  # type: ignore[misc]
    yield "map of the world", lambda asked: index.map_clusters(asked, WORLD, 2)
    yield "map of a country", lambda asked: index.map_clusters(asked, Box(south=40, west=0, north=50, east=15), 6)


def follow(index: ReadIndex, recipe: library.Recipe, shared: library.World) -> None:
    """Images that change while the index is asked."""
    for size in (1, 100, 1000):
        rng = np.random.default_rng(size)
        times = []
        for number in range(30 if size < 1000 else 10):
            ids = np.sort(rng.choice(np.arange(1, recipe.images + 1, dtype=np.uint32), size, replace=False))
            batch = library.batch(recipe, shared, ids, 1_000_000 + number)
            times.append(timed(lambda batch=batch: index.apply(batch)) / 1000)  # type: ignore[misc]
            index.page(EVERYTHING, Sort(), 50)
        print(f"changes, {size:5} at once: {size / np.median(times):,.0f}/s, {np.median(times) * 1000:.1f} ms each")


def build(recipe: library.Recipe, lexicon: Lexicon) -> tuple[ReadIndex, float]:
    index, seconds = ReadIndex(lexicon), 0.0
    for batch in library.batches(recipe):
        seconds += timed(lambda batch=batch: index.apply(batch)) / 1000  # type: ignore[misc]
    return index, seconds


def synsets(lexicon: Lexicon) -> tuple[str, ...]:
    """Three thousand things that a model may see, in an order of their own."""
    known = sorted({name for broad in BROAD for name in lexicon.descendants(broad)})
    chosen: list[str] = np.random.default_rng(0).choice(np.array(known), min(3000, len(known)), replace=False).tolist()
    return tuple(chosen)


def report(name: str, times: list[float], note: str) -> float:
    p50, p95 = np.percentile(times, [50, 95])
    print(f"{name:28}{p50:9.2f}{p95:9.2f}{max(times):9.2f}   {note}", flush=True)
    return float(p95)


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    start = clock()
    work()
    return (clock() - start) * 1000


def resident() -> float:
    """MB that only this process has, files it maps among them, once what was freed is given back, as the server does
    every few minutes."""
    give_back()
    memory = psutil.Process().memory_full_info()
    return float(memory.uss) / 1e6


def vectors_mapped() -> float:
    """MB of the files of vectors that were read and are still in memory."""
    parts = psutil.Process().memory_maps()
    return float(sum(part.rss for part in parts if Path(part.path).name.startswith(FILES))) / 1e6


def size_of(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.iterdir()) / 1e6


if __name__ == "__main__":
    main()
