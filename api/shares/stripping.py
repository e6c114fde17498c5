"""A copy of an original without what its file tells beside the picture: place, camera, names, thumbnails inside.

JPEG is copied without loss: only the segments that a decoder needs stay, and the `exif` package writes a new, tiny
Exif segment with the orientation. Everything else is decoded upright and encoded anew, raw files by the preview that
their camera wrote, or a quick development. The result is looked at again before it is given away.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import exif
import numpy as np
from PIL import Image, ImageOps

from ingest.identify import Source
from ingest.opening import Opened, open_picture, reason_of
from ingest.upright import upright
from schema.errors import BadFile
from schema.graph import AssetFile

ORIENTATION = 0x0112
QUALITY = 93
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_START_OF_SCAN, _END = 0xDA, 0xD9
_JFIF, _EXIF_OR_XMP, _COLORS, _ADOBE = 0xE0, 0xE1, 0xE2, 0xEE


@dataclass(frozen=True, slots=True)
class Stripped:
    content: bytes
    format: str
    """jpeg or png: what it became."""


def strip(path: Path, format_: str, max_pixels: int) -> Stripped:
    """Raises BadFile with a sentence when no clean copy can be made."""
    if format_ == "jpeg":
        bare = _bare_jpeg(path.read_bytes())
        if bare is not None and _is_clean(bare):
            return Stripped(bare, "jpeg")
    try:
        return _encoded_anew(open_picture(_source(path, format_), max_pixels))
    except BadFile as error:
        raise BadFile(f"No copy without its metadata can be made of this picture. {error}") from None
    except Exception as error:  # whatever a decoder raises on a bad file
        raise BadFile(f"No copy without its metadata can be made of this picture ({reason_of(error)}).") from None


def _source(path: Path, format_: str) -> Source:
    return Source(AssetFile(str(path), str(path.parent), 0, 0, 0, 0), format_, None)


def _bare_jpeg(data: bytes) -> bytes | None:
    """Segments a decoder needs, and the picture; what follows its end (more pictures, maker's data) is left out."""
    kept = bytearray(data[:2])
    at, orientation = 2, _orientation(data)
    if data[:2] != b"\xff\xd8":
        return None
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF or marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == _END:
            break
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        end = at + 2 + length
        if length < 2 or end > len(data):
            return None
        if _is_needed(marker, data[at + 4 : end]):
            kept += data[at:end]
        at = end
        if marker == _START_OF_SCAN:
            at = _after_scan(data, at)
            kept += data[end:at]
    return _turned(bytes(kept) + b"\xff\xd9", orientation)


def _is_needed(marker: int, payload: bytes) -> bool:
    if marker == _COLORS:
        return payload.startswith(b"ICC_PROFILE\0")
    if marker == _ADOBE:
        return payload.startswith(b"Adobe")
    if marker == _JFIF:
        return payload.startswith(b"JFIF\0") and payload[12:14] == b"\0\0"  # without a thumbnail of its own
    return not (0xE0 <= marker <= 0xEF or marker == 0xFE)


def _after_scan(data: bytes, at: int) -> int:
    """Where the next marker stands that is no part of the scan's data."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            return len(data)
        if data[at + 1] not in (0x00, 0xFF, *range(0xD0, 0xD8)):
            return at
        at += 1 if data[at + 1] == 0xFF else 2


def _orientation(data: bytes) -> int:
    try:
        with warnings.catch_warnings(), Image.open(BytesIO(data)) as image:
            warnings.simplefilter("ignore")
            found = image.getexif().get(ORIENTATION, 1)
    except Exception:
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _turned(bare: bytes, orientation: int) -> bytes | None:
    """With an Exif segment that says how it is turned, and nothing else."""
    if orientation == 1:
        return bare
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = exif.Image(bare)
            image.orientation = orientation
            return bytes(image.get_file())
    except Exception:  # it raises all kinds of errors on odd files
        return None


def _is_clean(content: bytes) -> bool:
    """Whether a reader finds nothing but the orientation, and the picture decodes."""
    try:
        with warnings.catch_warnings(), Image.open(BytesIO(content)) as image:
            warnings.simplefilter("ignore")
            told = image.getexif()
            more = [name for name in image.info if name in ("xmp", "comment", "photoshop", "mpf", "XML:com.adobe.xmp")]
            deeper = [told.get_ifd(number) for number in (0x8769, 0x8825, 0xA005, 1)]
            image.draft("RGB", (64, 64))
            image.load()
    except Exception:
        return False
    # Besides the orientation only how colors lie and how dense they are printed, and pointers to what is empty.
    allowed = {ORIENTATION, 0x0213, 0x011A, 0x011B, 0x0128, 0x8769, 0x8825}
    exif_only = all(set(each) <= {0x9000, 0x9101, 0xA000, 0xA001, 0xA002, 0xA003} for each in deeper)
    return not more and set(told) <= allowed and exif_only


def _encoded_anew(opened: Opened) -> Stripped:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = _upright(opened)
    profile = image.info.get("icc_profile")
    out = BytesIO()
    if image.has_transparency_data:
        clean = image.convert("RGBA")
        clean.info.clear()
        clean.save(out, "PNG", icc_profile=profile)
        return Stripped(out.getvalue(), "png")
    clean = image.convert("RGB")
    clean.info.clear()
    clean.save(out, "JPEG", quality=QUALITY, icc_profile=profile)
    return Stripped(out.getvalue(), "jpeg")


def _upright(opened: Opened) -> Image.Image:
    if opened.format != "raw" and opened.image is not None:
        return ImageOps.exif_transpose(opened.image)
    shown = opened.image.convert("RGB") if opened.image is not None else opened.pixels
    turned = Image.fromarray(np.ascontiguousarray(upright(np.asarray(shown), opened.turn)))
    if opened.icc:
        turned.info["icc_profile"] = opened.icc
    return turned
