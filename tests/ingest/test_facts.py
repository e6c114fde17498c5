"""The facts of the sample photos, column by column, and every hard case imported or refused with a reason."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from ingest.conditions import lens_words, light_words, size_word
from ingest.identify import identify
from ingest.metadata import Metadata, read_metadata
from ingest.opening import Opened, open_picture
from schema.errors import BadFile
from schema.graph import AssetFile


@dataclass
class Read:
    opened: Opened
    metadata: Metadata
    size: int


def read(path: Path) -> Read:
    source = identify(AssetFile(str(path), str(path.parent), 0, 0, 0, 0))
    opened = open_picture(source, 400_000_000)
    return Read(opened, read_metadata(opened), source.file.file_size)


def stamp(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime("%Y:%m:%d %H:%M:%S")


def close(found: float | None, written: str) -> bool:
    if not written:
        return found is None
    return found is not None and math.isclose(found, float(written), rel_tol=1e-6, abs_tol=1e-6)


def test_all_columns_agree_on_all_photos(samples: Path) -> None:
    rows = list(csv.DictReader((samples / "facts.csv").open(encoding="utf-8")))
    assert len(rows) == 74
    wrong: list[str] = []
    for row in rows:
        photo = read(samples / "photos" / row["file"])
        found = photo.metadata
        checks = {
            "width": photo.opened.width == int(row["width"]),
            "height": photo.opened.height == int(row["height"]),
            "bytes": photo.size == int(row["bytes"]),
            "make": found.make == row["make"],
            "model": found.model == row["model"],
            "lens": found.lens == row["lens"],
            "software": found.software == row["software"],
            "create_date": stamp(found.digitized) == row["create_date"],
            "date_original": (stamp(found.taken) if found.taken_source == "exif.DateTimeOriginal" else "")
            == row["date_original"],
            "modify_date": stamp(found.modified) == row["modify_date"],
            "iso": close(found.iso, row["iso"]),
            "fnumber": close(found.aperture, row["fnumber"]),
            "exposure_s": close(found.exposure, row["exposure_s"]),
            "focal35": close(found.focal35, row["focal35"]),
            "lat": close(found.lat, row["lat"]),
            "lon": close(found.lon, row["lon"]),
            "conditions": "|".join(light_words(found.iso, found.aperture, found.exposure)) == row["conditions"],
            "zoom": "|".join(lens_words(found.focal35)) == row["zoom"],
            "size_tag": size_word(photo.opened.width, photo.opened.height) == row["size_tag"],
        }
        wrong += [f"{row['file']}: {column} is not {row[column]!r}" for column, right in checks.items() if not right]
    assert not wrong


def test_hard_cases_are_read_or_refused_with_a_sentence(samples: Path) -> None:
    files = [path for path in sorted((samples / "exif").rglob("*")) if path.is_file()]
    assert len(files) == 48
    for path in files:
        try:
            found = read(path).metadata
        except BadFile as error:
            assert str(error).endswith("."), path
        else:
            assert found.lat is None or -90 <= found.lat <= 90
            assert (found.lat is None) == (found.lon is None)
            assert len(found.fields) <= 250


@pytest.mark.parametrize(
    ("name", "lat", "lon"), [("jpg/gps/DSCN0012.jpg", 43.467157, 11.885395), ("heic/IMG_5195.HEIC", None, None)]
)
def test_position_of_hard_cases(samples: Path, name: str, lat: float | None, lon: float | None) -> None:
    found = read(samples / "exif" / name).metadata
    assert found.lat == (pytest.approx(lat, abs=1e-5) if lat else found.lat)
    assert found.lon == (pytest.approx(lon, abs=1e-5) if lon else found.lon)
