"""EXIF: the fields PiGallery knows, and all others for showing. A broken field is left out, its neighbours stay."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from PIL import Image
from PIL.ExifTags import GPS, GPSTAGS, IFD, TAGS, Base

from ingest.field_values import shown

log = logging.getLogger("pigallery.metadata")

Fields = Mapping[int, Any]

_HIDDEN = {
    Base.MakerNote, Base.ExifOffset, Base.GPSInfo, Base.ExifInteroperabilityOffset, Base.PrintImageMatching,
    Base.XPTitle, Base.XPComment, Base.XPAuthor, Base.XPKeywords, Base.XPSubject, Base.UserComment,
    Base.StripOffsets, Base.StripByteCounts, Base.TileOffsets, Base.TileByteCounts, Base.SubIFDs,
    Base.JpegIFOffset, Base.JpegIFByteCount, Base.ColorMap, Base.InterColorProfile, Base.XMLPacket, 33723, 34377,
}  # fmt: skip
_GPS_HIDDEN = {GPS.GPSLatitude, GPS.GPSLongitude, GPS.GPSLatitudeRef, GPS.GPSLongitudeRef, GPS.GPSVersionID}

_SAID: dict[int, dict[int, str]] = {
    Base.ExposureProgram: {1: "manual", 2: "program", 3: "aperture priority", 4: "shutter priority", 5: "creative",
                           6: "action", 7: "portrait", 8: "landscape"},
    Base.MeteringMode: {1: "average", 2: "center-weighted", 3: "spot", 4: "multi-spot", 5: "pattern", 6: "partial"},
    Base.WhiteBalance: {0: "auto", 1: "manual"},
    Base.ExposureMode: {0: "auto", 1: "manual", 2: "bracket"},
    Base.SceneCaptureType: {0: "standard", 1: "landscape", 2: "portrait", 3: "night"},
    Base.ColorSpace: {1: "sRGB", 2: "Adobe RGB", 65535: "uncalibrated"},
    Base.LightSource: {1: "daylight", 2: "fluorescent", 3: "tungsten", 4: "flash", 9: "fine weather", 10: "cloudy",
                       11: "shade"},
    Base.Contrast: {0: "normal", 1: "low", 2: "high"},
    Base.Saturation: {0: "normal", 1: "low", 2: "high"},
    Base.Sharpness: {0: "normal", 1: "soft", 2: "hard"},
}  # fmt: skip
"""EXIF 2.32, chapter 4.6.5: what numbers stand for."""


def tables(exif: Image.Exif) -> tuple[Fields, Fields, Fields]:
    """Main, Exif and GPS directory; empty where one is missing or broken."""
    return _directory(exif, None), _directory(exif, IFD.Exif), _directory(exif, IFD.GPSInfo)


def _directory(exif: Image.Exif, which: int | None) -> Fields:
    # Pillow raises almost anything on damaged directories: struct.error, SyntaxError, KeyError, OverflowError...
    try:
        found = dict(exif) if which is None else dict(exif.get_ifd(which))
    except Exception as error:
        log.debug("EXIF directory %s cannot be read: %r", which, error)
        return {}
    return found


def windows_text(value: Any) -> str:
    """XPTitle and its kin: UTF-16 little-endian bytes."""
    if isinstance(value, tuple | list):
        try:
            value = bytes(value)
        except (TypeError, ValueError):
            return ""
    return value.decode("utf-16-le", "ignore") if isinstance(value, bytes) else ""


def user_comment(value: Any) -> str:
    """EXIF UserComment: eight bytes that name the character set, then the text."""
    if not isinstance(value, bytes) or len(value) <= 8:
        return value if isinstance(value, str) else ""
    charset, body = value[:8].rstrip(b"\x00 "), value[8:]
    if charset == b"UNICODE":
        big = body.startswith(b"\xfe\xff") or (body[:1] == b"\x00" and not body.startswith(b"\x00\x00"))
        body = body.removeprefix(b"\xfe\xff").removeprefix(b"\xff\xfe")
        return body.decode("utf-16-be" if big else "utf-16-le", "ignore")
    if charset not in (b"ASCII", b""):
        return ""
    text = body.split(b"\x00", 1)[0].decode("utf-8", "replace")
    return text if "\ufffd" not in text and text.isprintable() else ""


def others(main: Fields, exif: Fields, gps: Fields) -> dict[str, str]:
    """Every readable field by its EXIF name, as one line each."""
    found: dict[str, str] = {}
    for table, names, hidden in ((main, TAGS, _HIDDEN), (exif, TAGS, _HIDDEN), (gps, GPSTAGS, _GPS_HIDDEN)):
        for tag, value in table.items():
            name = names.get(tag)
            if name is None or tag in hidden:
                continue
            said = _SAID.get(tag, {}) if table is not gps else {}
            try:
                text = said.get(value) or shown(value)
            except Exception as error:  # values of odd types from damaged files
                log.debug("EXIF field %s cannot be shown: %r", name, error)
                continue
            if text:
                found[name] = text
    return found
