"""Lays out the few photos that scikit-image ships (BSD-3-Clause, public-domain pictures) in a folder."""

from __future__ import annotations

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

PHOTOS = (
    "astronaut.png",
    "camera.png",
    "chelsea.png",
    "coffee.png",
    "coins.png",
    "hubble_deep_field.jpg",
    "motorcycle_left.png",
    "rocket.jpg",
)


def main(folder: Path) -> None:
    package = find_spec("skimage")
    if package is None or package.origin is None:
        raise SystemExit("Name a folder of photos: deploy/run FOLDER")
    source, unfinished = Path(package.origin).parent / "data", folder.with_suffix(".unfinished")
    unfinished.mkdir(parents=True, exist_ok=True)
    for name in PHOTOS:
        if (source / name).exists():
            shutil.copy2(source / name, unfinished / name)
    unfinished.rename(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
