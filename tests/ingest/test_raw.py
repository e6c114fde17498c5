"""Raw files by their embedded preview, and without one by a quick development; EXIF from where a TIFF keeps it."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ingest.identify import identify
from ingest.metadata import read_metadata
from ingest.opening import Opened, open_picture
from ingest.pixels import derive
from schema.graph import AssetFile

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 10: 8}
LETTERS = {1: "B", 3: "H", 4: "I", 10: "i"}
Entry = tuple[int, int, list[int] | bytes]
"""Tag, TIFF type (1 byte, 2 text, 3 short, 4 long, 10 signed rational), values."""

CAMERA: list[Entry] = [
    (50706, 1, [1, 4, 0, 0]), (50708, 2, b"Test Camera\0"), (271, 2, b"Maker\0"), (272, 2, b"Camera 1\0"),
    (50721, 10, [1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1]), (50778, 3, [21]),
]  # fmt: skip
BAYER, YCBCR, JPEG = 32803, 6, 7


def directory(entries: list[Entry], at: int) -> bytes:
    """A TIFF directory that lies at an offset, with the values that do not fit into it behind it."""
    entries = sorted(entries)
    table, behind = struct.pack("<H", len(entries)), b""
    start = at + 2 + 12 * len(entries) + 4
    for tag, kind, values in entries:
        data = values if isinstance(values, bytes) else struct.pack(f"<{len(values)}{LETTERS[kind]}", *values)
        table += struct.pack("<HHI", tag, kind, len(data) // SIZES[kind])
        if len(data) <= 4:
            table += data.ljust(4, b"\0")
        else:
            table += struct.pack("<I", start + len(behind))
            behind += data + b"\0" * (len(data) % 2)
    return table + bytes(4) + behind


def dng(path: Path, *, preview: bool, orientation: int) -> Path:
    """640 x 480 sensor pixels; the preview has red, green, blue and white corners."""
    sensor = np.random.default_rng(0).integers(200, 4000, (480, 640), np.uint16).tobytes()
    corners = np.zeros((240, 320, 3), np.uint8)
    corners[:120, :160], corners[:120, 160:], corners[120:, :160] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    corners[120:, 160:] = 255
    out = BytesIO()
    Image.fromarray(corners).save(out, "JPEG", quality=95)
    shown = out.getvalue() + b"\0" * (out.tell() % 2)
    raw: list[Entry] = [
        (254, 4, [0]), (256, 4, [640]), (257, 4, [480]), (258, 3, [16]), (259, 3, [1]), (262, 3, [BAYER]),
        (273, 4, [8]), (277, 3, [1]), (278, 4, [480]), (279, 4, [len(sensor)]), (33421, 3, [2, 2]),
        (33422, 1, [0, 1, 1, 2]), (50714, 3, [200]), (50717, 3, [4095]),
    ]  # fmt: skip
    described: list[Entry] = [*CAMERA, (274, 3, [orientation])]
    body = struct.pack("<2sHI", b"II", 42, 0) + sensor
    if preview:
        at = len(body)
        inner = directory(raw, at + len(shown))
        small: list[Entry] = [
            (254, 4, [1]), (256, 4, [320]), (257, 4, [240]), (258, 3, [8, 8, 8]), (259, 3, [JPEG]), (262, 3, [YCBCR]),
            (273, 4, [at]), (277, 3, [3]), (278, 4, [240]), (279, 4, [len(out.getvalue())]),
            (330, 4, [at + len(shown)]),
        ]  # fmt: skip
        body += shown + inner
        first = [*described, *small]
    else:
        first = [*described, *raw]
    main = len(body)
    path.write_bytes(body[:4] + struct.pack("<I", main) + body[8:] + directory(first, main))
    return path


def opened(path: Path) -> Opened:
    return open_picture(identify(AssetFile(str(path), str(path.parent), 0, 0, 0, 0)), 10**8)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_the_preview_comes_upright(tmp_path: Path, orientation: int) -> None:
    found = opened(dng(tmp_path / "a.dng", preview=True, orientation=orientation))
    assert found.jpeg is not None, "the embedded preview is to be used"
    assert (found.format, found.width, found.height, found.orientation) == ("raw", 640, 480, orientation)
    picture = derive(found).picture.astype(int)
    assert picture.shape[:2] == ((240, 320) if orientation in (1, 3) else (320, 240))
    first = {1: (255, 0, 0), 3: (255, 255, 255), 6: (0, 0, 255), 8: (0, 255, 0)}[orientation]
    assert np.abs(picture[20, 20] - np.array(first)).max() < 40
    metadata = read_metadata(found)
    assert (metadata.make, metadata.model) == ("Maker", "Camera 1")


@pytest.mark.parametrize("orientation", [1, 6])
def test_without_a_preview_it_is_developed(tmp_path: Path, orientation: int) -> None:
    found = opened(dng(tmp_path / "a.dng", preview=False, orientation=orientation))
    assert derive(found).picture.shape[:2] == ((240, 320) if orientation == 1 else (320, 240))
    assert (found.width, found.height, found.orientation) == (640, 480, orientation)
    assert read_metadata(found).model == "Camera 1"
