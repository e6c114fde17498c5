"""One decode per file: everything that is made of pixels is made from the same picture."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from threading import BoundedSemaphore
from typing import Any

import cv2
import imagehash
import numpy as np
import simplejpeg
from PIL import Image, ImageCms

from ingest import quality
from ingest.opening import Opened, Pixels, reason_of, shown_format
from ingest.thumbhash import thumbhash
from ingest.upright import upright
from schema.errors import BadFile
from schema.graph import PaletteColor
from schema.media import LARGE, SMALL

QUALITY = 82
PALETTE_SIZE = 16
_BAND_PIXELS = 1 << 22
_PLACEHOLDER_SIDE = 64
_PALETTE_SIDE = 48

_BAD = (OSError, SyntaxError, ValueError, KeyError, IndexError, TypeError, struct.error, OverflowError, EOFError)
_heavy = BoundedSemaphore(1)


@dataclass(frozen=True, slots=True)
class Derived:
    """All that is made of a picture's pixels. Thumbnails are JPEG, upright, sRGB, never larger than the picture."""

    picture: Pixels
    """(h, w, 3) RGB upright, long side at most LARGE: what models look at."""
    large: bytes
    small: bytes
    phash: int
    """64 bits, unsigned."""
    palette: tuple[PaletteColor, ...]
    thumbhash: bytes
    quality: quality.Quality


def derive(opened: Opened) -> Derived:
    """Decode and make everything. Raises BadFile when the pixels are damaged or cut off."""
    picture = upright(decode(opened), opened.turn)
    medium = fit(picture, quality.SIDE)
    small = fit(fit(medium, quality.SIDE // 2), SMALL)  # halves are cheap: in steps it costs a tenth
    return Derived(
        picture=picture,
        large=encode(picture),
        small=encode(small),
        phash=perceptual_hash(small),
        palette=palette(small),
        thumbhash=thumbhash(fit(small, _PLACEHOLDER_SIDE)),
        quality=quality.quality(medium),
    )


def decode(opened: Opened) -> Pixels:
    """sRGB pixels as stored, long side at most LARGE."""
    name = shown_format(opened.format)
    try:
        if not opened.heavy:
            return _decode(opened)
        with _heavy:
            return _decode(opened)
    except MemoryError:
        raise BadFile(f"There is not enough memory to decode {opened.width} x {opened.height} pixels.") from None
    except Image.DecompressionBombError:
        raise BadFile(f"The {name} data would unpack to far more than the header says.") from None
    except _BAD as error:
        raise BadFile(f"The {name} data is damaged or cut off ({reason_of(error)}); copy the file again.") from None


def _decode(opened: Opened) -> Pixels:
    if opened.pixels is not None:
        return fit(opened.pixels, LARGE)
    if opened.jpeg is not None and (fast := _decode_jpeg(opened.jpeg)) is not None:
        return _to_srgb(fit(fast, LARGE), opened.icc)
    image = opened.image
    assert image is not None
    if opened.jpeg is not None:
        if image.mode not in ("RGB", "L", "CMYK"):
            raise BadFile(f"JPEG pictures of kind {image.mode} cannot be read.")
        image.draft(image.mode, _least(image.size))
    image.load()
    return _reduce(image, opened.icc)


def _decode_jpeg(data: bytes) -> Pixels | None:
    """Scaled by libjpeg-turbo while it decodes; None leaves it to Pillow: CMYK, slight damage."""
    try:
        height, width, colors, _ = simplejpeg.decode_jpeg_header(data)
        if colors not in ("YCbCr", "RGB", "Gray"):
            return None
        least_width, least_height = _least((width, height))
        pixels: Pixels = simplejpeg.decode_jpeg(data, "RGB", min_width=least_width, min_height=least_height)
    except (ValueError, RuntimeError) as error:
        # Pillow would take what is missing for gray.
        if "premature end" in str(error).lower():
            raise OSError("the data ends before the picture does") from None
        return None
    return pixels


def _least(size: tuple[int, int]) -> tuple[int, int]:
    """The size a decoder must at least give for a long side of LARGE."""
    width, height = size
    longest = max(size)
    if longest <= LARGE:
        return size
    return -(-width * LARGE // longest), -(-height * LARGE // longest)


def fit(pixels: Pixels, side: int) -> Pixels:
    """Shrunk to a long side of `side`; smaller pictures as they are."""
    height, width = pixels.shape[:2]
    longest = max(height, width)
    if longest <= side:
        return pixels
    size = (max(1, round(width * side / longest)), max(1, round(height * side / longest)))
    # Averaging areas is right for strong reduction; for a slight one it blurs, and a cubic does not alias yet.
    method = cv2.INTER_AREA if longest >= 1.5 * side else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, size, interpolation=method), dtype=np.uint8)


def encode(pixels: Pixels) -> bytes:
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), QUALITY, "RGB", "420"))


def perceptual_hash(pixels: Pixels) -> int:
    return int(str(imagehash.phash(Image.fromarray(pixels))), 16)


def palette(pixels: Pixels) -> tuple[PaletteColor, ...]:
    """Up to 16 colors by median cut, largest share first; shares sum to 1."""
    few = Image.fromarray(fit(pixels, _PALETTE_SIDE)).quantize(PALETTE_SIZE, Image.Quantize.MEDIANCUT)
    table = few.getpalette() or []
    shares: dict[str, int] = {}
    for count, index in few.getcolors() or []:
        assert isinstance(index, int)
        red, green, blue = table[3 * index : 3 * index + 3]
        color = f"#{red:02x}{green:02x}{blue:02x}"
        shares[color] = shares.get(color, 0) + count
    total = sum(shares.values())
    ordered = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
    return tuple(PaletteColor(color, count / total) for color, count in ordered)


def _reduce(image: Image.Image, icc: bytes | None) -> Pixels:
    """Of a loaded picture of any kind: RGB, in bands, so that only one full picture is ever in memory."""
    transform = _transform(icc, image.mode) if icc else None
    target = "CMYK" if transform is not None and image.mode == "CMYK" else "RGB"
    factor = max(1, max(image.size) // (2 * LARGE))
    spread = _spread(image)
    bands = [np.asarray(band.reduce(factor) if factor > 1 else band) for band in _bands(image, target, factor, spread)]
    whole = Image.fromarray(fit(np.concatenate(bands), LARGE), target) if target == "CMYK" else None
    if whole is not None:
        assert transform is not None
        converted = ImageCms.applyTransform(whole, transform)
        return np.asarray(converted, dtype=np.uint8)
    return _to_srgb(fit(np.concatenate(bands), LARGE), icc)


def _bands(image: Image.Image, target: str, factor: int, spread: tuple[float, float]) -> Iterator[Image.Image]:
    width, height = image.size
    rows = max(factor, _BAND_PIXELS // width // factor * factor)
    for top in range(0, height, rows):
        yield _plain(image.crop((0, top, width, min(height, top + rows))), target, spread)


def _plain(band: Image.Image, target: str, spread: tuple[float, float]) -> Image.Image:
    """Opaque RGB (or CMYK) from any mode; what is transparent lies on white."""
    if band.mode in ("I", "F") or band.mode.startswith("I;"):
        low, high = spread
        scaled = (np.asarray(band, dtype=np.float32) - low) * (255 / (high - low))
        return Image.fromarray(np.clip(np.nan_to_num(scaled), 0, 255).astype(np.uint8)).convert("RGB")
    if band.mode == "LAB":
        return ImageCms.applyTransform(band, _lab_transform()) or band
    if band.has_transparency_data:
        layer = band.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(ground, layer).convert("RGB")
    return band if band.mode == target else band.convert(target)


def _spread(image: Image.Image) -> tuple[float, float]:
    """Black and white of pictures with more than 8 bits a channel: their nominal range, or what they use."""
    if image.mode.startswith("I;"):
        return 0.0, 65_535.0
    if image.mode not in ("I", "F"):
        return 0.0, 255.0
    low, high = (float(bound) for bound in image.getextrema() if isinstance(bound, int | float))
    if image.mode == "I" and low >= 0 and 255 < high <= 65_535:
        return 0.0, 65_535.0
    if image.mode == "F" and low >= 0 and high <= 1:
        return 0.0, 1.0
    return (low, high) if np.isfinite(high - low) and high > low else (low, low + 1)


def _to_srgb(pixels: Pixels, icc: bytes | None) -> Pixels:
    transform = _transform(icc, "RGB") if icc else None
    if transform is None:
        return pixels
    return np.asarray(ImageCms.applyTransform(Image.fromarray(pixels), transform), dtype=np.uint8)


@lru_cache(maxsize=64)
def _transform(icc: bytes, mode: str) -> Any:
    """From a profile to sRGB; None when the profile is sRGB, is for another kind of picture, or is broken."""
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(icc))
        space = profile.profile.xcolor_space.strip()
        if space != {"RGB": "RGB", "CMYK": "CMYK"}.get(mode):
            return None
        if "sRGB" in ImageCms.getProfileDescription(profile):
            return None
        # Transforms are shared by threads, so they must not cache pixels.
        return ImageCms.buildTransform(
            profile,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.NOCACHE | ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


@lru_cache(maxsize=1)
def _lab_transform() -> Any:
    return ImageCms.buildTransform(
        ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB", flags=ImageCms.Flags.NOCACHE
    )
