"""Pixels: upright, sRGB, bounded; hostile and damaged files end in a sentence."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from ingest.identify import identify
from ingest.opening import open_picture
from ingest.pixels import Derived, derive
from ingest.thumbhash import thumbhash
from schema.errors import BadFile
from schema.graph import AssetFile

LIMIT = 400_000_000


def derived(path: Path) -> Derived:
    return derive(open_picture(identify(AssetFile(str(path), str(path.parent), 0, 0, 0, 0)), LIMIT))


def shown(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(data)).convert("RGB")).astype(int)


def corners(side: int = 64) -> Image.Image:
    """Red, green, blue, white in the four corners."""
    pixels = np.zeros((side, 2 * side, 3), np.uint8)
    half = side // 2
    pixels[:half, :side], pixels[:half, side:] = (255, 0, 0), (0, 255, 0)
    pixels[half:, :side], pixels[half:, side:] = (0, 0, 255), (255, 255, 255)
    return Image.fromarray(pixels)


STORE = {
    1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}  # fmt: skip


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tiff", "avif"])
def test_every_orientation_comes_upright(tmp_path: Path, orientation: int, ending: str) -> None:
    how = STORE[orientation]
    stored = corners() if how is None else corners().transpose(how)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{ending}"
    stored.save(path, exif=exif, **({"quality": 95} if ending != "png" else {}))
    large = shown(derived(path).large)
    assert large.shape == (64, 128, 3)
    found = [large[10, 10], large[10, 118], large[54, 10], large[54, 118]]
    for color, wanted in zip(found, [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)], strict=True):
        assert np.abs(color - np.array(wanted)).max() < 40


def test_sizes_are_never_raised_and_long_sides_kept(tmp_path: Path) -> None:
    Image.new("RGB", (4000, 1000), "teal").save(tmp_path / "wide.jpg")
    Image.new("RGB", (50, 30), "teal").save(tmp_path / "tiny.jpg")
    Image.new("RGB", (20_000, 2), "teal").save(tmp_path / "line.png")
    wide, tiny, line = (derived(tmp_path / name) for name in ("wide.jpg", "tiny.jpg", "line.png"))
    assert shown(wide.large).shape[:2] == (360, 1440) and shown(wide.small).shape[:2] == (80, 320)
    assert shown(tiny.large).shape[:2] == shown(tiny.small).shape[:2] == (30, 50)
    assert shown(line.small).shape[:2] == (1, 320)


def test_colors_are_those_of_the_profile(tmp_path: Path) -> None:
    """A profile with red and green exchanged must show in the thumbnail."""
    srgb = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for at in range(132, 132 + 12 * struct.unpack(">I", srgb[128:132])[0], 12):
        tag = bytes(srgb[at : at + 4])
        swapped = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}.get(tag, tag)
        srgb[at : at + 4] = swapped
    named = bytes(srgb).replace("sRGB".encode("utf-16-be"), "XXXX".encode("utf-16-be"))
    Image.new("RGB", (64, 64), (250, 10, 10)).save(tmp_path / "odd.jpg", icc_profile=named, quality=95)
    red, green, _ = shown(derived(tmp_path / "odd.jpg").large)[32, 32]
    assert green > 200 > 100 > red


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_every_kind_of_pixel_is_read(tmp_path: Path, mode: str) -> None:
    gray = np.linspace(0, 255, 200 * 300).reshape(200, 300)
    if mode == "I;16":
        image = Image.fromarray((gray * 257).astype(np.uint16))
    elif mode == "F":
        image = Image.fromarray((gray / 255).astype(np.float32))
    else:
        image = Image.fromarray(gray.astype(np.uint8)).convert(mode)
    path = tmp_path / ("a.tif" if mode in ("CMYK", "F") else "a.png")
    image.save(path)
    large = shown(derived(path).large)
    assert large[:30].mean() < 90 and large[-30:].mean() > 165


@pytest.mark.parametrize("ending", ["gif", "webp", "png", "avif"])
def test_of_a_moving_picture_the_first_frame_is_shown(tmp_path: Path, ending: str) -> None:
    dark, bright = (Image.new("RGB", (200, 120), (level, level, level)) for level in (40, 220))
    path = tmp_path / f"moving.{ending}"
    dark.save(path, save_all=True, append_images=[bright, bright], duration=100)
    large = shown(derived(path).large)
    assert large.shape == (120, 200, 3) and abs(float(large.mean()) - 40) < 6


def test_what_a_library_shows_of_a_picture(samples: Path) -> None:
    found = derived(samples / "photos" / "Abelour.jpg")
    assert max(shown(found.large).shape) == 1440 and max(shown(found.small).shape) == 320
    assert 0 <= found.phash < 1 << 64
    assert 1 <= len(found.palette) <= 16
    assert sum(color.share for color in found.palette) == pytest.approx(1)
    assert [c.share for c in found.palette] == sorted((c.share for c in found.palette), reverse=True)
    assert 5 < len(found.thumbhash) < 30


def png(width: int, height: int, color: int, depth: int = 8) -> bytes:
    """A legal PNG of one color, a few kilobytes whatever its size."""
    channels = {0: 1, 2: 3, 3: 1}[color]
    row = b"\x00" * (1 + (width * channels * depth + 7) // 8)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row * 100) for _ in range(height // 100)) + packer.flush()

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def jpeg(**options: object) -> bytes:
    out = BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (600, 800, 3), np.uint8)
    Image.fromarray(noise).save(out, "JPEG", **options)  # type: ignore[arg-type]
    return out.getvalue()


def lying(data: bytes, width: int, height: int) -> bytes:
    """The same JPEG with another size in its frame header."""
    at = data.index(b"\xff\xc2" if b"\xff\xc2" in data else b"\xff\xc0")
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


HOSTILE = {
    "empty.jpg": b"",
    "text.jpg": b"this is not a picture at all",
    "cut.jpg": jpeg()[:20_000],
    "cut-progressive.jpg": jpeg(progressive=True)[:9_000],
    "header-only.jpg": jpeg()[:40],
    "huge-header.jpg": lying(jpeg(), 65_500, 65_500),
    "tall-header.jpg": lying(jpeg(), 800, 60_000),
    "huge-progressive.jpg": lying(jpeg(progressive=True), 19_000, 19_000),
    "scans.jpg": jpeg(progressive=True)[:-2] + b"\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x00\x00" * 5_000 + b"\xff\xd9",
    "bomb.png": png(20_000, 20_000, 2),
    "larger-bomb.png": png(100_000, 100_000, 0, 1)[:50_000],
    "cut.png": png(5_000, 5_000, 2)[:200],
    "zero.png": png(100, 100, 2)[:16] + bytes(8) + png(100, 100, 2)[24:],
    "noise.tif": b"II*\x00\x08\x00\x00\x00" + np.random.default_rng(2).bytes(3_000),
    "noise.heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + np.random.default_rng(3).bytes(3_000),
    "noise.avif": b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1" + np.random.default_rng(4).bytes(3_000),
    "noise.webp": b"RIFF\x00\x10\x00\x00WEBPVP8 " + np.random.default_rng(5).bytes(3_000),
    "noise.gif": b"GIF89a" + np.random.default_rng(6).bytes(3_000),
    "noise.cr2": b"II*\x00\x10\x00\x00\x00CR\x02\x00" + np.random.default_rng(7).bytes(3_000),
    "noise.raf": b"FUJIFILMCCD-RAW " + np.random.default_rng(8).bytes(3_000),
    "later.jxl": b"\xff\x0a" + bytes(100),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_in_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(HOSTILE[name])
    with pytest.raises(BadFile) as refused:
        derived(tmp_path / name)
    assert str(refused.value).endswith(".") and len(str(refused.value)) > 20


def test_a_legal_giant_is_read_within_bounds(tmp_path: Path) -> None:
    """20,000 x 20,000 gray pixels: 400 MB decoded once, never more."""
    (tmp_path / "giant.png").write_bytes(png(20_000, 20_000, 0))
    assert max(shown(derived(tmp_path / "giant.png").large).shape) == 1440


def test_files_are_what_they_hold_not_what_they_are_called(tmp_path: Path) -> None:
    corners().save(tmp_path / "a.png")
    (tmp_path / "b.jpg").write_bytes((tmp_path / "a.png").read_bytes())
    source = identify(AssetFile(str(tmp_path / "b.jpg"), str(tmp_path), 0, 0, 0, 0))
    assert source.format == "png" and open_picture(source, LIMIT).width == 128


@settings(max_examples=60, deadline=None)
@given(draws=st.data())
def test_random_damage_never_raises_anything_else(
    draws: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kind = draws.draw(st.sampled_from(["JPEG", "PNG", "WEBP", "TIFF", "GIF", "HEIF", "AVIF"]))
    out = BytesIO()
    corners().save(out, kind)
    body = bytearray(out.getvalue())
    for at, value in draws.draw(st.lists(st.tuples(st.integers(8, len(body) - 1), st.integers(0, 255)), max_size=12)):
        body[at] = value
    path = tmp_path_factory.getbasetemp() / "damaged.jpg"
    path.write_bytes(bytes(body[: draws.draw(st.integers(12, len(body)))]))
    try:
        derived(path)
    except BadFile as error:
        assert str(error).endswith(".")


def test_browsers_decode_the_placeholder(packages: Path) -> None:
    node = shutil.which("node")
    if node is None or not (packages / "thumbhash").is_dir():
        pytest.skip("needs node and the npm package thumbhash")
    pixels = np.zeros((60, 90, 3), np.uint8)
    pixels[:, :45], pixels[:, 45:] = (200, 40, 30), (20, 60, 210)
    digest = list(thumbhash(pixels))
    script = (
        f"import {{thumbHashToRGBA, rgbaToThumbHash}} from '{packages}/thumbhash/thumbhash.js';"
        f"const p = {json.dumps(np.dstack([pixels, np.full((60, 90), 255)]).ravel().tolist())};"
        f"const r = thumbHashToRGBA({digest});"
        "console.log(JSON.stringify({w: r.w, h: r.h, left: [...r.rgba.slice(0, 3)],"
        "right: [...r.rgba.slice(4 * (r.w - 1), 4 * (r.w - 1) + 3)], same: [...rgbaToThumbHash(90, 60, p)]}))"
    )
    told = subprocess.run([node, "--input-type=module", "-e", script], capture_output=True, check=True, text=True)
    found = json.loads(told.stdout)
    assert len(found["same"]) == len(digest)
    near = [
        abs((a >> bits & 15) - (b >> bits & 15)) for a, b in zip(found["same"], digest, strict=True) for bits in (0, 4)
    ]
    assert max(near) <= 1  # waves that are exactly between two steps may fall either way
    assert (found["w"], found["h"]) == (32, 23) or found["w"] > found["h"]
    assert found["left"][0] > 150 > found["left"][2] and found["right"][2] > 150 > found["right"][0]
