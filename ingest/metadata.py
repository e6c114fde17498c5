"""What a file says of its picture: EXIF, XMP and IPTC behind one typed `Metadata`. Nothing is ever made up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from PIL.ExifTags import GPS, Base

from ingest import exif_fields
from ingest.exif_fields import Fields
from ingest.field_values import coordinate, date, number, offset, plain_text, positive, shown
from ingest.iptc import CAPTION, KEYWORDS, SHOWN, TITLE, Iptc, iptc_date, read_iptc
from ingest.opening import Opened
from ingest.upright import upright_box
from ingest.xmp import Region, Xmp, read_xmp
from schema.words import label_key

METADATA_VERSION = 2
"""Raised when fields are read differently: metadata of the whole library is then read again."""

MAX_KEYWORDS = 200
MAX_FIELDS = 250
MAX_FIELD_BYTES = 48_000

_TIME_ZONE_OFFSET = 0x882A
_RATING_PERCENT = ((99, 5), (75, 4), (50, 3), (25, 2), (1, 1))
"""Windows' percent -> stars."""
_SHOWN_XMP = ("photoshop", "exif", "exifEX", "aux", "tiff", "xmp", "Iptc4xmpCore", "Iptc4xmpExt", "GPano", "dc")


@dataclass(frozen=True, slots=True)
class Metadata:
    """Fields as in `schema.graph.Image`, with their units; unknown is None or ''."""

    taken: datetime | None = None
    taken_offset: int | None = None
    taken_source: str = ""
    digitized: datetime | None = None
    modified: datetime | None = None
    make: str = ""
    model: str = ""
    lens: str = ""
    software: str = ""
    iso: float | None = None
    aperture: float | None = None
    exposure: float | None = None
    focal: float | None = None
    focal35: float | None = None
    flash: bool | None = None
    lat: float | None = None
    lon: float | None = None
    altitude: float | None = None
    title: str = ""
    caption: str = ""
    keywords: tuple[str, ...] = ()
    rating: int | None = None
    regions: tuple[Region, ...] = ()
    """Named areas, boxes in 0..1 of the *upright* picture."""
    fields: dict[str, str] = field(default_factory=dict)
    """Every other readable field, bounded in number and size."""


def read_metadata(opened: Opened) -> Metadata:
    """Of an opened picture. Damaged blocks are read as far as they go; never raises."""
    main, exif, gps = exif_fields.tables(opened.exif)
    xmp = read_xmp(opened.xmp)
    iptc = read_iptc(opened.image) if opened.image is not None else {}
    taken, zone, source = _taken(main, exif, xmp, iptc)
    lat, lon = _position(gps, xmp)
    return Metadata(
        taken=taken,
        taken_offset=zone,
        taken_source=source,
        digitized=_moment(exif.get(Base.DateTimeDigitized), exif.get(Base.SubsecTimeDigitized)),
        modified=_moment(main.get(Base.DateTime), exif.get(Base.SubsecTime)),
        make=plain_text(main.get(Base.Make), 100) or plain_text(xmp.first("tiff:Make"), 100),
        model=plain_text(main.get(Base.Model), 100) or plain_text(xmp.first("tiff:Model"), 100),
        lens=plain_text(exif.get(Base.LensModel), 200) or plain_text(xmp.first("aux:Lens"), 200),
        software=plain_text(main.get(Base.Software), 200) or plain_text(xmp.first("xmp:CreatorTool"), 200),
        iso=_iso(exif, xmp),
        aperture=positive(exif.get(Base.FNumber), 1e3) or positive(xmp.first("exif:FNumber"), 1e3),
        exposure=positive(exif.get(Base.ExposureTime), 1e6) or positive(xmp.first("exif:ExposureTime"), 1e6),
        focal=positive(exif.get(Base.FocalLength), 1e5) or positive(xmp.first("exif:FocalLength"), 1e5),
        focal35=positive(exif.get(Base.FocalLengthIn35mmFilm), 65_534)
        or positive(xmp.first("exif:FocalLengthIn35mmFilm"), 65_534),
        flash=_flash(exif),
        lat=lat,
        lon=lon,
        altitude=_altitude(gps),
        title=_first(xmp.first("dc:title"), iptc.get(TITLE), exif_fields.windows_text(main.get(Base.XPTitle))),
        caption=_first(
            xmp.first("dc:description"),
            iptc.get(CAPTION),
            _described(main),
            exif_fields.user_comment(exif.get(Base.UserComment)),
            exif_fields.windows_text(main.get(Base.XPComment)),
        ),
        keywords=_keywords(xmp, iptc, main),
        rating=_rating(xmp, main),
        regions=tuple(Region(r.name, upright_box(r.box, opened.orientation), r.is_face) for r in xmp.regions),
        fields=_others(main, exif, gps, xmp, iptc),
    )


def _moment(value: Any, subsecond: Any = None) -> datetime | None:
    found = date(value)
    if found is None:
        return None
    digits = plain_text(subsecond, 9)
    if digits.isascii() and digits.isdigit() and not found[0].microsecond:
        return found[0].replace(microsecond=int(digits[:6].ljust(6, "0")))
    return found[0]


def _taken(main: Fields, exif: Fields, xmp: Xmp, iptc: Iptc) -> tuple[datetime | None, int | None, str]:
    """When the picture was taken, its offset, and which field says so. A date of change is no date of taking."""
    original = _moment(exif.get(Base.DateTimeOriginal), exif.get(Base.SubsecTimeOriginal))
    candidates: list[tuple[str, datetime | None, int | None]] = [
        ("exif.DateTimeOriginal", original, _original_offset(exif, original, xmp)),
        ("xmp.exif:DateTimeOriginal", *_dated(xmp.first("exif:DateTimeOriginal"))),
        ("xmp.photoshop:DateCreated", *_dated(xmp.first("photoshop:DateCreated"))),
        ("iptc.DateCreated", *_dated(iptc_date(iptc))),
        (
            "exif.DateTimeDigitized",
            _moment(exif.get(Base.DateTimeDigitized), exif.get(Base.SubsecTimeDigitized)),
            offset(exif.get(Base.OffsetTimeDigitized)),
        ),
        ("xmp.xmp:CreateDate", *_dated(xmp.first("xmp:CreateDate"))),
    ]
    for source, moment, zone in candidates:
        if moment is not None:
            return moment, zone, source
    return None, None, ""


def _dated(text: str) -> tuple[datetime | None, int | None]:
    found = date(text)
    return found if found is not None else (None, None)


def _original_offset(exif: Fields, original: datetime | None, xmp: Xmp) -> int | None:
    """Minutes east of UTC of the original moment. `OffsetTime` is not it: that belongs to the last change."""
    if original is None:
        return None
    zone = offset(exif.get(Base.OffsetTimeOriginal))
    if zone is not None:
        return zone
    for name in ("exif:DateTimeOriginal", "photoshop:DateCreated"):
        moment, zone = _dated(xmp.first(name))
        if moment is not None and zone is not None and moment.replace(microsecond=0) == original.replace(microsecond=0):
            return zone
    hours = number(exif.get(_TIME_ZONE_OFFSET), -14, 14)  # TIFF/EP, of DateTimeOriginal, whole hours
    return None if hours is None else int(hours) * 60


def _iso(exif: Fields, xmp: Xmp) -> float | None:
    """ISO; 65535 means that it did not fit and stands elsewhere (EXIF 2.3, 4.6.5)."""
    found = positive(exif.get(Base.ISOSpeedRatings), 1e8)
    if found is None or found >= 65_535:
        for tag in (Base.RecommendedExposureIndex, Base.ISOSpeed, Base.StandardOutputSensitivity):
            if (better := positive(exif.get(tag), 1e8)) is not None:
                return better
    return found or positive(xmp.first("exif:ISOSpeedRatings", "exifEX:PhotographicSensitivity"), 1e8)


def _flash(exif: Fields) -> bool | None:
    """Bit 0 says whether it fired; bit 5 that there is none."""
    found = number(exif.get(Base.Flash), 0, 65_535)
    return None if found is None else bool(int(found) & 1)


def _position(gps: Fields, xmp: Xmp) -> tuple[float | None, float | None]:
    """Signed degrees, both or neither; a receiver that says that it had no fix is believed."""
    if plain_text(gps.get(GPS.GPSStatus)).upper() == "V":
        return None, None
    lat = coordinate(gps.get(GPS.GPSLatitude), gps.get(GPS.GPSLatitudeRef), 90)
    lon = coordinate(gps.get(GPS.GPSLongitude), gps.get(GPS.GPSLongitudeRef), 180)
    if lat is None or lon is None:
        lat, lon = _xmp_degrees(xmp.first("exif:GPSLatitude"), 90), _xmp_degrees(xmp.first("exif:GPSLongitude"), 180)
    return (lat, lon) if lat is not None and lon is not None else (None, None)


def _xmp_degrees(text: str, limit: float) -> float | None:
    """`37,19.202562N` or `37,19,12N`."""
    parts = tuple(number(part) for part in text[:-1].split(","))
    return coordinate(parts, text[-1:], limit) if text and None not in parts else None


def _altitude(gps: Fields) -> float | None:
    """Meters, below the sea negative."""
    found = number(gps.get(GPS.GPSAltitude), -12_000, 100_000)
    if found is None:
        return None
    below = number(gps.get(GPS.GPSAltitudeRef)) == 1
    return -found if below and found else found


def _described(main: Fields) -> str:
    """ImageDescription, unless it is only what a camera writes into every picture."""
    text = plain_text(main.get(Base.ImageDescription))
    own = {plain_text(main.get(Base.Make)), plain_text(main.get(Base.Model)), "SONY DSC", "DCIM"}
    return "" if text in own or text.endswith("DIGITAL CAMERA") else text


def _first(*candidates: Any) -> str:
    for value in candidates:
        if isinstance(value, tuple):
            value = " ".join(value)
        if text := plain_text(value):
            return text
    return ""


def _keywords(xmp: Xmp, iptc: Iptc, main: Fields) -> tuple[str, ...]:
    """Each once, in the order written; a hierarchy gives each of its steps."""
    found: dict[str, str] = {}
    for text in _written_keywords(xmp, iptc, main):
        label = plain_text(text, 100).replace("\n", " ")
        if key := label_key(label):
            found.setdefault(key, label)
        if len(found) == MAX_KEYWORDS:
            break
    return tuple(found.values())


def _written_keywords(xmp: Xmp, iptc: Iptc, main: Fields) -> Iterator[str]:
    yield from xmp.all("dc:subject")
    yield from iptc.get(KEYWORDS, ())
    for path in (*xmp.all("lr:hierarchicalSubject"), *xmp.all("digiKam:TagsList")):
        yield from path.replace("/", "|").split("|") if path in xmp.all("digiKam:TagsList") else path.split("|")
    yield from exif_fields.windows_text(main.get(Base.XPKeywords)).replace("\x00", "").split(";")
    yield from (region.name for region in xmp.regions)


def _rating(xmp: Xmp, main: Fields) -> int | None:
    """1..5; 0 means not rated, -1 rejected."""
    stars = number(xmp.first("xmp:Rating"))
    if stars is None:
        stars = number(main.get(Base.Rating))
    if stars is None:
        percent = number(xmp.first("MicrosoftPhoto:Rating")) or number(main.get(Base.RatingPercent)) or 0
        stars = next((star for least, star in _RATING_PERCENT if percent >= least), 0)
    return int(stars) if 1 <= stars <= 5 else None


def _others(main: Fields, exif: Fields, gps: Fields, xmp: Xmp, iptc: Iptc) -> dict[str, str]:
    found: dict[str, str] = {}
    room = MAX_FIELD_BYTES
    for name, text in _shown_fields(main, exif, gps, xmp, iptc):
        room -= len(name) + len(text.encode("utf-8", "replace"))
        if len(found) == MAX_FIELDS or room < 0:
            break
        found.setdefault(name, text)
    return found


def _shown_fields(main: Fields, exif: Fields, gps: Fields, xmp: Xmp, iptc: Iptc) -> Iterable[tuple[str, str]]:
    yield from exif_fields.others(main, exif, gps).items()
    for key, name in SHOWN.items():
        if key in iptc:
            yield f"IPTC {name}", ", ".join(iptc[key])[:400]
    for name, values in xmp.values.items():
        prefix, _, local = name.partition(":")
        if prefix in _SHOWN_XMP and (text := shown(", ".join(values[:16]))):
            yield f"XMP {prefix}:{local}", text
