"""Latency of the live camera: frames of one photo at 640 pixels, one after the other, as a page sends them.

    python tests/bench/bench_live.py http://127.0.0.1:8080 photo.jpg [model ...]

Needs a running gallery with the models fetched. Prints the median and the 95th percentile from sending a frame to its
answer, and the median of each model alone.
"""

from __future__ import annotations

import json
import statistics
import sys
from io import BytesIO
from time import perf_counter

from PIL import Image
from websockets.sync.client import connect
from websockets.typing import Origin

SIDE = 640
FRAMES = 60
FIRST = 5
"""Frames that set things up, and are not counted."""


def main(gallery: str, photo: str, *models: str) -> None:
    picture = Image.open(photo).convert("RGB")
    picture.thumbnail((SIDE, SIDE))
    out = BytesIO()
    picture.save(out, "JPEG", quality=80)
    chosen = list(models) or ["yunet"]
    with connect(gallery.replace("http", "ws", 1) + "/live/frames", origin=Origin(gallery)) as socket:
        socket.send(json.dumps({"models": chosen}))
        said = json.loads(socket.recv())
        if "error" in said:
            sys.exit(said["error"])
        there_and_back, alone = [], []
        for _ in range(FRAMES):
            started = perf_counter()
            socket.send(out.getvalue())
            answer = json.loads(socket.recv())
            there_and_back.append((perf_counter() - started) * 1000)
            alone.append(answer["ms"])
    times = sorted(there_and_back[FIRST:])
    print(f"{picture.width}x{picture.height}, {len(answer.get('faces', []))} faces")
    print(f"there and back: median {statistics.median(times):.1f} ms, p95 {times[int(len(times) * 0.95)]:.1f} ms")
    for name in ("decode", *chosen):
        print(f"{name}: median {statistics.median(ms[name] for ms in alone[FIRST:]):.1f} ms")


if __name__ == "__main__":
    main(*sys.argv[1:])
