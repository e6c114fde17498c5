"""Latency over HTTP of a running gallery that `tests.bench.make_library` made.

    python -m tests.bench.bench_http http://127.0.0.1:8080 HOME --images 1000000

Prints p50 and p95 in milliseconds over `--rounds` requests of each kind, one after the other on one connection; every
filter is another one.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from schema.lexicon import Lexicon
from tests.bench import library
from tests.bench.bench_filters import BROAD, ROOT, report, synsets
from tests.bench.questions import KINDS, Questions

Question = tuple[str, dict[str, Any]]

PAGE = "query($f:ImageFilter){images(filter:$f,first:50){totalCount nodes{id key name taken smallUrl}}}"
COUNT = "query($f:ImageFilter){images(filter:$f,first:0){totalCount}}"
BUCKETS = "query($f:ImageFilter){timeline(filter:$f){total buckets{key count}}}"
GRID = "query($b:String!){grid(bucket:$b,limit:2000){count id aspect taken version flags thumbhash}}"
FACETS = "query($f:ImageFilter){facets(filter:$f,by:[FOLDER,PLACE,TAG,FACES,CAMERA]){by values{value label count}}}"
SEARCH = "query($t:String!){understand(text:$t){description unknown} search(text:$t,first:50){totalCount nodes{key}}}"

MAP = "query($f:ImageFilter){mapClusters(filter:$f,box:{south:-85,west:-180,north:85,east:180},zoom:2){count lat lon}}"
SENTENCES = (
    "happy woman in her {decade}ies",
    "{thing} at night in {year}",
    "{thing} outdoors not blurry",
    "{thing} in {place} in summer",
    "{thing} and {other} with an iphone",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("home", type=Path)
    parser.add_argument("--images", type=int, required=True, help="as the library was made")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--pid", type=int, help="of the server: its processor time, for a busy machine")
    arguments = parser.parse_args()
    clock = time.perf_counter if arguments.pid is None else lambda: processor_seconds(arguments.pid)
    lexicon = Lexicon.open(arguments.home / "data", ROOT / "node_modules")
    recipe = library.Recipe(arguments.images, synsets=synsets(lexicon))
    shared = library.world(recipe)
    drawn = Questions(np.random.default_rng(2), shared, recipe.synsets, BROAD, recipe.people)
    rng = random.Random(1)

    def filters(kind: int) -> dict[str, Any]:
        return KINDS[kind][1](drawn, arguments.images).model_dump(by_alias=True, exclude_defaults=True, mode="json")

    def sentence(_: int) -> Question:
        things = [name.split(".")[0].replace("_", " ") for name in (drawn.tag(), drawn.tag())]
        words = {"thing": things[0], "other": things[1], "place": rng.choice(shared.places).name}
        years = {"decade": rng.choice([20, 30, 40]), "year": rng.randrange(2003, 2024)}
        return SEARCH, {"t": rng.choice(SENTENCES).format(**words, **years)}

    with httpx.Client(base_url=arguments.address, timeout=60) as client:

        def ask(question: Question) -> tuple[float, dict[str, Any]]:
            start = clock()
            response = client.post("/graphql", json={"query": question[0], "variables": question[1]})
            elapsed = (clock() - start) * 1000
            answer = response.json()
            if "errors" in answer:
                raise SystemExit(f"The gallery refused {question[1]}: {answer['errors'][0]['message']}")
            return elapsed, answer["data"]

        timeline = ask((BUCKETS, {"f": {}}))[1]["timeline"]
        keys = [bucket["key"] for bucket in timeline["buckets"]]
        print(f"{timeline['total']:,} images, over HTTP, ms")
        print(f"{'':28}{'p50':>9}{'p95':>9}{'most':>9}")

        def measure(name: str, made: Callable[[int], Question]) -> float:
            return report(name, [ask(made(number))[0] for number in range(arguments.rounds)], "")

        worst = 0.0
        for number, (name, _) in enumerate(KINDS):
            worst = max(worst, measure(name, lambda _, number=number: (COUNT, {"f": filters(number)})))  # type: ignore[misc]
        print(f"{'worst p95':28}{worst:18.1f}")
        measure("filter, first page", lambda n: (PAGE, {"f": filters(n % 27)}))
        measure("timeline buckets, all", lambda _: (BUCKETS, {"f": {}}))
        measure("timeline buckets, filtered", lambda n: (BUCKETS, {"f": filters(n % 27)}))
        measure("one bucket (<= 2,000)", lambda _: (GRID, {"b": rng.choice(keys)}))
        measure("five facets", lambda n: (FACETS, {"f": filters(n % 27)}))
        measure("map of the world", lambda n: (MAP, {"f": filters(n % 27)}))
        measure("sentence to first page", sentence)


def processor_seconds(pid: int) -> float:
    """That all threads of a process have run, in nanoseconds on Linux."""
    ran = (task.joinpath("schedstat").read_text().split()[0] for task in Path(f"/proc/{pid}/task").iterdir())
    return sum(map(int, ran)) / 1e9


if __name__ == "__main__":
    main()
