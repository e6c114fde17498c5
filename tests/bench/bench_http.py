"""Latency over HTTP of a running gallery: `python -m tests.bench.bench_http http://127.0.0.1:8080`.

Prints p50 and p95 in milliseconds over `--rounds` requests of each kind, one after the other on one connection.
"""

from __future__ import annotations

import argparse
import random
import time
from typing import Any

import httpx
import numpy as np
from rich.console import Console
from rich.table import Table

Question = tuple[str, dict[str, Any]]

PAGE = "query($f:ImageFilter){images(filter:$f,first:50){totalCount nodes{id key name taken smallUrl}}}"
COUNT = "query($f:ImageFilter){images(filter:$f,first:0){totalCount}}"
BUCKETS = "query($f:ImageFilter){timeline(filter:$f){total buckets{key count}}}"
GRID = "query($b:String!){grid(bucket:$b,limit:2000){count id aspect taken version flags thumbhash}}"
FACETS = "query($f:ImageFilter){facets(filter:$f,by:[FOLDER,PLACE,TAG,FACES,CAMERA]){by values{value label count}}}"
SEARCH = "query($t:String!){understand(text:$t){description unknown} search(text:$t,first:50){totalCount nodes{key}}}"

FILTERS: list[dict[str, Any]] = [
    {"tag": {"any": ["vehicle"]}},
    {"tag": {"any": ["clothing"]}, "face": {"gender": "FEMALE", "age": {"min": 20, "max": 29}, "emotion": ["HAPPY"]}},
    {"place": {"within": ["country:US"]}, "taken": {"seasons": ["SUMMER"]}},
    {"or": [{"tag": {"any": ["dog"]}}, {"condition": {"any": ["night"]}}], "not": {"face": {}}},
    {"camera": {"iso": {"min": 800}}, "lens": {"any": ["wide"]}},
    {"place": {"near": {"lat": 48.85, "lon": 2.35, "km": 50}}},
]


def questions(kind: str, rng: random.Random, buckets: list[str]) -> Question:
    chosen = rng.choice(FILTERS)
    match kind:
        case "filter, exact count":
            return COUNT, {"f": chosen}
        case "filter, first page":
            return PAGE, {"f": chosen}
        case "timeline buckets":
            return BUCKETS, {"f": {}}
        case "one bucket (<= 2,000)":
            return GRID, {"b": rng.choice(buckets)}
        case "five facets":
            return FACETS, {"f": chosen}
        case _:
            return SEARCH, {
                "t": rng.choice(["happy woman in her twenties", "night in 2019", "dogs outdoors not blurry"])
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--rounds", type=int, default=100)
    arguments = parser.parse_args()
    rng = random.Random(1)
    with httpx.Client(base_url=arguments.address, timeout=60) as client:

        def ask(question: Question) -> tuple[float, dict[str, Any]]:
            start = time.perf_counter()
            answer = client.post("/graphql", json={"query": question[0], "variables": question[1]}).json()
            elapsed = (time.perf_counter() - start) * 1000
            if "errors" in answer:
                raise SystemExit(f"The gallery refused: {answer['errors'][0]['message']}")
            return elapsed, answer["data"]

        timeline = ask((BUCKETS, {"f": {}}))[1]["timeline"]
        keys = [bucket["key"] for bucket in timeline["buckets"]]
        table = Table(title=f"{timeline['total']:,} images, {arguments.rounds} requests of each kind")
        for column in ("over HTTP", "p50 ms", "p95 ms"):
            table.add_column(column, justify="left" if column == "over HTTP" else "right")
        for kind in (
            "filter, exact count",
            "filter, first page",
            "timeline buckets",
            "one bucket (<= 2,000)",
            "five facets",
            "sentence to first page",
        ):
            times = [ask(questions(kind, rng, keys))[0] for _ in range(arguments.rounds)]
            p50, p95 = np.percentile(times, [50, 95])
            table.add_row(kind, f"{p50:.1f}", f"{p95:.1f}")
        Console().print(table)


if __name__ == "__main__":
    main()
