"""A picture opened: its header read and judged, nothing decoded yet."""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import pillow_heif
import rawpy
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin, UnidentifiedImageError
from PIL.ExifTags import Base

from ingest.identify import Source
from schema.errors import BadFile

Pixels = NDArray[np.uint8]
"""(h, w, 3) RGB."""

DECODE_BYTES = 1 << 30
"""Memory one decode may take. A larger picture that must be decoded whole is refused."""
HEAVY_BYTES = 192 << 20
"""From here on pictures are decoded one at a time."""
MAX_SCANS = 200
"""A progressive JPEG needs about ten; each costs a pass over the whole picture."""

# Our own limits come before any decode; Pillow's global one would only warn.
Image.MAX_IMAGE_PIXELS = None
warnings.filterwarnings("ignore", module="PIL")
pillow_heif.register_heif_opener(thumbnails=False)

# Only the reader of the format that was recognized ever sees a file.
_READERS = {
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "avif": "AVIF",
    "heic": "HEIF",
    "tiff": "TIFF",
    "gif": "GIF",
}
_SHOWN = {"heic": "HEIC", "webp": "WebP", "jxl": "JPEG XL"}
_BAD = (OSError, SyntaxError, ValueError, KeyError, IndexError, TypeError, struct.error, OverflowError, EOFError)
"""What readers raise on damaged files."""
_FLIPS = {0: 1, 3: 3, 5: 8, 6: 6}
"""LibRaw's flip -> EXIF orientation."""


@dataclass(slots=True)
class Opened:
    """What the header says, and where the pixels are to be had: `jpeg`, else `pixels`, else `image`."""

    format: str
    width: int
    """As stored."""
    height: int
    orientation: int
    turn: int
    """The EXIF orientation that the decoded pixels still need; raw previews and TIFF may come upright."""
    image: Image.Image | None
    exif: Image.Exif
    xmp: Any = None
    icc: bytes | None = None
    jpeg: bytes | None = None
    pixels: Pixels | None = None
    cost: int = 0
    """Bytes of memory a decode takes, about."""

    @property
    def heavy(self) -> bool:
        return self.cost > HEAVY_BYTES


def open_picture(source: Source, max_pixels: int) -> Opened:
    """Read the header. Raises BadFile when the file is damaged, or decoding it would take too much."""
    name = shown_format(source.format)
    try:
        if source.format == "raw":
            return _open_raw(source, max_pixels)
        reader = _READERS.get(source.format)
        if reader is None:
            raise BadFile(f"{name} pictures cannot be read yet; convert the file to JPEG, PNG, WebP or AVIF.")
        image = Image.open(source.open(), formats=[reader])
        opened = _opened(source.format, image)
        _judge(opened.width, opened.height, max_pixels)
        if source.format == "jpeg":
            _prepare_jpeg(opened, source.data if source.data is not None else source.open().read())
        else:
            opened.cost = _decode_cost(opened.width * opened.height, image.mode)
            _afford(opened)
        return opened
    except UnidentifiedImageError:
        raise BadFile(f"The {name} header is damaged; the file cannot be opened.") from None
    except Image.DecompressionBombError:
        raise BadFile(f"The {name} file would unpack to far more than it should; it is not opened.") from None
    except MemoryError:
        raise BadFile(f"The {name} file asks for more memory than there is; it is not opened.") from None
    except _BAD as error:
        raise BadFile(f"The {name} file is damaged and cannot be opened ({reason_of(error)}).") from None


def shown_format(name: str) -> str:
    return _SHOWN.get(name, name.upper())


def reason_of(error: BaseException) -> str:
    """A short reason from a reader's exception, without addresses and object dumps."""
    text = str(error).strip().rstrip(".") or type(error).__name__
    return text if "<" not in text and len(text) <= 160 else type(error).__name__


def _opened(format_: str, image: Image.Image) -> Opened:
    width, height = image.size
    exif = _exif(image)
    orientation = _orientation(exif.get(Base.Orientation))
    xmp = image.info.get("xmp")
    turn = orientation
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        # Pillow turns TIFF by itself while loading; its size is already upright.
        width, height = int(image.tag_v2[256]), int(image.tag_v2[257])
        xmp = xmp or image.tag_v2.get(Base.XMLPacket)
        turn = 1
    icc = image.info.get("icc_profile")
    return Opened(format_, width, height, orientation, turn, image, exif, xmp, icc if isinstance(icc, bytes) else None)


def _exif(image: Image.Image) -> Image.Exif:
    # A PNG asked for its EXIF decodes itself first.
    if image.format == "PNG":
        exif = Image.Exif()
        packed = image.info.get("exif")
        try:
            if isinstance(packed, bytes):
                exif.load(packed)
        except _BAD:
            return Image.Exif()
        return exif
    try:
        return image.getexif()
    except Exception:  # damaged directories raise almost anything; the picture itself may be fine
        return Image.Exif()


def late_exif(opened: Opened) -> None:
    """A PNG may carry its EXIF and XMP behind its pixels: to be called once they are decoded."""
    image = opened.image
    if opened.format == "png" and image is not None:
        opened.exif = opened.exif or _exif(image)
        opened.xmp = opened.xmp or image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")


def _orientation(value: Any) -> int:
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _judge(width: int, height: int, max_pixels: int) -> None:
    if width < 1 or height < 1:
        raise BadFile(f"The header says {width} x {height} pixels; there is nothing to show.")
    if width * height > max_pixels:
        raise BadFile(
            f"The header says {width} x {height} pixels, more than the {max_pixels:,} that are taken in; "
            "raise max_pixels in the settings if this is a real photo."
        )


def _decode_cost(pixels: int, mode: str) -> int:
    """Pillow keeps 1, 2 or 4 bytes a pixel."""
    if mode in ("1", "L", "P"):
        return pixels
    return pixels * (2 if mode.startswith("I;16") else 4)


def _afford(opened: Opened) -> None:
    if opened.cost > DECODE_BYTES:
        raise BadFile(
            f"{opened.width} x {opened.height} pixels would take {opened.cost / 2**30:.1f} GiB of memory to decode, "
            f"more than the {DECODE_BYTES >> 30} GiB that one picture may take; save it as JPEG or smaller."
        )


def _prepare_jpeg(opened: Opened, data: bytes) -> None:
    """A baseline JPEG is decoded row by row; a progressive one keeps all its coefficients in memory."""
    opened.jpeg = data
    image = opened.image
    if image is not None and image.info.get("progressive"):
        opened.cost = opened.width * opened.height * len(image.getbands()) * 2
        _afford(opened)
        if data.count(b"\xff\xda") > MAX_SCANS:
            raise BadFile("The JPEG file has hundreds of scans, as only files made to block a computer have.")


def _open_raw(source: Source, max_pixels: int) -> Opened:
    try:
        with rawpy.imread(source.open()) as raw:
            return _preview(source, raw, max_pixels)
    except rawpy.LibRawError as error:
        said = error.args[0] if error.args else error
        said = said.decode("latin-1") if isinstance(said, bytes) else str(said)
        raise BadFile(f"The raw file cannot be opened ({said}).") from None


def _preview(source: Source, raw: Any, max_pixels: int) -> Opened:
    """Its embedded preview; where a camera wrote none, a quick development at half size."""
    sizes = raw.sizes
    _judge(sizes.width, sizes.height, max_pixels)
    flip = _FLIPS.get(sizes.flip, 1)
    exif = _tiff_exif(source)
    try:
        thumb = raw.extract_thumb()
    except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
        thumb = None
    if thumb is None or thumb.format == rawpy.ThumbFormat.BITMAP:
        developed = thumb.data if thumb is not None else raw.postprocess(half_size=True, use_camera_wb=True)
        pixels = np.ascontiguousarray(developed[..., :3], dtype=np.uint8)
        # LibRaw's own development is upright, a stored bitmap is not.
        turn = flip if thumb is not None else 1
        return Opened("raw", sizes.width, sizes.height, flip, turn, None, exif, pixels=pixels)
    opened = _opened("jpeg", Image.open(BytesIO(thumb.data), formats=["JPEG"]))
    _judge(opened.width, opened.height, max_pixels)
    _prepare_jpeg(opened, bytes(thumb.data))
    turned = flip >= 5 and (opened.width < opened.height) != (sizes.width < sizes.height)
    opened.turn = 1 if turned else flip if opened.orientation == 1 else opened.orientation
    opened.format, opened.orientation = "raw", flip
    opened.width, opened.height = sizes.width, sizes.height
    opened.exif = exif if len(exif) > len(opened.exif) else opened.exif
    return opened


def _tiff_exif(source: Source) -> Image.Exif:
    """Most raw formats are TIFF inside and keep EXIF where a TIFF does."""
    exif = Image.Exif()
    reader = source.open()  # stays open: directories are read when they are asked for
    try:
        if reader.read(4) in (b"II*\x00", b"MM\x00*"):
            reader.seek(0)
            exif.load_from_fp(reader)
    except Exception:  # as with any damaged directory
        return Image.Exif()
    return exif
