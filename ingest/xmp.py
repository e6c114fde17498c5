"""XMP: the packet that editors write, as properties by namespace. Hostile packets are refused, not parsed.

Namespaces: Adobe's XMP specification, parts 1 and 2. Regions: guidelines 2.0 of the Metadata Working Group (`mwg-rs`),
and Microsoft's (`MP`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError, fromstring

from ingest.field_values import number, plain_text
from schema.graph import Box

MAX_BYTES = 2_000_000
MAX_REGIONS = 200

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/lightroom/1.0/": "lr",
    "http://ns.microsoft.com/photo/1.0/": "MicrosoftPhoto",
    "http://www.digikam.org/ns/1.0/": "digiKam",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://www.metadataworkinggroup.com/schemas/regions/": "mwg-rs",
    "http://ns.microsoft.com/photo/1.2/": "MP",
    "http://ns.google.com/photos/1.0/camera/": "GCamera",
    "http://ns.google.com/photos/1.0/panorama/": "GPano",
}
_MWG = "{http://www.metadataworkinggroup.com/schemas/regions/}"
_AREA = "{http://ns.adobe.com/xmp/sType/Area#}"
_MP = "{http://ns.microsoft.com/photo/1.2/}"
_MP_REGIONS = "{http://ns.microsoft.com/photo/1.2/t/RegionInfo#}"
_MP_REGION = "{http://ns.microsoft.com/photo/1.2/t/Region#}"
_DECLARES = re.compile(r"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Region:
    """A named area: `box` in 0..1 of the picture *as stored*, before orientation."""

    name: str
    box: Box
    is_face: bool


@dataclass(frozen=True, slots=True)
class Xmp:
    """Properties by `prefix:name`; the values of a list in order, of a language alternative the default first."""

    values: dict[str, tuple[str, ...]]
    regions: tuple[Region, ...] = ()

    def first(self, *names: str) -> str:
        """The first of these properties that has a text."""
        for name in names:
            for value in self.values.get(name, ()):
                if value:
                    return value
        return ""

    def all(self, name: str) -> tuple[str, ...]:
        return self.values.get(name, ())


NOTHING = Xmp({})


def read_xmp(packet: Any) -> Xmp:
    """Properties of a packet (bytes or text); NOTHING when it is missing, too large, hostile or broken."""
    text = _text(packet)
    if not text or _DECLARES.search(text):
        return NOTHING
    start, end = text.find("<"), text.rfind(">")
    try:
        root = fromstring(text[start : end + 1])  # no DTD, so no entities: nothing can expand
    except (ParseError, ValueError, RecursionError):
        return NOTHING
    values: dict[str, tuple[str, ...]] = {}
    regions: list[Region] = []
    for description in root.iter(f"{RDF}Description"):
        for name, value in _properties(description):
            values.setdefault(name, value)
        regions += _mwg_regions(description)
        regions += _mp_regions(description)
    return Xmp(values, tuple(dict.fromkeys(regions))[:MAX_REGIONS])


def _text(packet: Any) -> str:
    if isinstance(packet, tuple | list):
        packet = bytes(part for part in packet if isinstance(part, int) and 0 <= part < 256)
    if isinstance(packet, str):
        text = packet
    elif isinstance(packet, bytes) and len(packet) <= MAX_BYTES:
        wide = packet.startswith((b"\xff\xfe", b"\xfe\xff"))
        text = packet.decode("utf-16" if wide else "utf-8", "replace")
    else:
        return ""
    if len(text) > MAX_BYTES:
        return ""
    text = _NOT_XML.sub("", text)
    # A declaration may name another encoding than what we have decoded.
    return re.sub(r"<\?xml[^>]*\?>", "", text, count=1)


def _properties(description: Element) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, value in description.attrib.items():
        if key := _key(name):
            yield key, (value,)
    for child in description:
        if key := _key(child.tag):
            yield key, _values(child)


def _key(name: str) -> str:
    """`{http://purl.org/dc/elements/1.1/}title` -> `dc:title`; '' for unknown namespaces."""
    if not name.startswith("{"):
        return ""
    space, _, local = name[1:].partition("}")
    prefix = PREFIXES.get(space)
    return f"{prefix}:{local}" if prefix else ""


def _values(element: Element) -> tuple[str, ...]:
    items = list(element.iter(f"{RDF}li"))
    if items:
        items.sort(key=lambda item: item.get(XML_LANG) not in (None, "x-default"))
        return tuple(item.text or "" for item in items if not len(item))
    return (element.text or "",) if not len(element) else ()


def _own(element: Element, space: str, name: str) -> str:
    """A property of a structure, as attribute or as element, also inside its own rdf:Description."""
    for holder in (element, *element.findall(f"{RDF}Description")):
        if (value := holder.get(space + name)) is not None:
            return value
        if (child := holder.find(space + name)) is not None:
            return child.text or ""
    return ""


def _mwg_regions(description: Element) -> Iterator[Region]:
    regions = description.find(f"{_MWG}Regions")
    if regions is None:
        return
    for item in regions.iter(f"{RDF}li"):
        area = next(item.iter(f"{_MWG}Area"), None)
        if area is None or (_own(area, _AREA, "unit") or "normalized") != "normalized":
            continue
        x, y = number(_own(area, _AREA, "x")), number(_own(area, _AREA, "y"))
        w, h = number(_own(area, _AREA, "w")), number(_own(area, _AREA, "h"))
        name = plain_text(_own(item, _MWG, "Name"), 200)
        if x is not None and y is not None and w is not None and h is not None:
            yield from _region(name, x - w / 2, y - h / 2, w, h, _own(item, _MWG, "Type"))


def _mp_regions(description: Element) -> Iterator[Region]:
    info = description.find(f"{_MP}RegionInfo")
    if info is None:
        return
    for item in info.iter(f"{RDF}li"):
        sides = [number(part) for part in _own(item, _MP_REGION, "Rectangle").split(",")]
        known = [side for side in sides if side is not None]
        if len(known) == len(sides) == 4:
            x, y, w, h = known
            yield from _region(plain_text(_own(item, _MP_REGION, "PersonDisplayName"), 200), x, y, w, h, "Face")


def _region(name: str, x: float, y: float, w: float, h: float, kind: str) -> Iterator[Region]:
    x0, y0, x1, y1 = max(0.0, x), max(0.0, y), min(1.0, x + w), min(1.0, y + h)
    if x0 < x1 and y0 < y1:
        yield Region(name, (x0, y0, x1, y1), kind.strip().lower() in ("face", ""))
