"""Lays out the few photos that scikit-image ships (BSD-3-Clause, public-domain pictures) and prints the folder."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

from schema.settings import Settings

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


def main() -> None:
    package = find_spec("skimage")
    if package is None or package.origin is None:
        raise SystemExit("Name a folder of photos: deploy/run FOLDER")
    source, folder = Path(package.origin).parent / "data", Settings().home / "sample photos"
    folder.mkdir(parents=True, exist_ok=True)
    for name in PHOTOS:
        if not (folder / name).exists() and (source / name).exists():
            shutil.copy2(source / name, folder / name)
    print(folder)


if __name__ == "__main__":
    main()
