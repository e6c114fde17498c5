"""IPTC-IIM, the older captions and keywords. Numbers are those of IIM 4.2, record 2 (application)."""

from __future__ import annotations

import logging
from typing import Any

from PIL import Image, IptcImagePlugin

from ingest.field_values import plain_text

log = logging.getLogger("pigallery.metadata")

TITLE, KEYWORDS, DATE, TIME, CAPTION = (2, 5), (2, 25), (2, 55), (2, 60), (2, 120)
SHOWN = {
    (2, 15): "Category", (2, 40): "Instructions", (2, 80): "By-line", (2, 85): "By-line title", (2, 90): "City",
    (2, 92): "Sublocation", (2, 95): "Province or state", (2, 101): "Country", (2, 105): "Headline",
    (2, 110): "Credit", (2, 115): "Source", (2, 116): "Copyright", (2, 122): "Caption writer",
}  # fmt: skip

_UTF8 = b"\x1b%G"

Iptc = dict[tuple[int, int], tuple[str, ...]]


def read_iptc(image: Image.Image) -> Iptc:
    """Data sets by (record, number); empty when there are none or they are broken."""
    try:
        info: Any = IptcImagePlugin.getiptcinfo(image)  # type: ignore[arg-type]
    except Exception as error:  # struct.error, SyntaxError, IndexError... on damaged blocks
        log.debug("IPTC cannot be read: %r", error)
        return {}
    if not info:
        return {}
    utf8 = info.get((1, 90)) == _UTF8
    found: Iptc = {}
    for key, value in info.items():
        parts = value if isinstance(value, list) else [value]
        texts = (
            plain_text(part.decode("utf-8", "replace") if utf8 else part) for part in parts if isinstance(part, bytes)
        )
        if kept := tuple(text for text in texts if text):
            found[key] = kept
    return found


def iptc_date(iptc: Iptc) -> str:
    """As ISO 8601, from CCYYMMDD and HHMMSS+HHMM; '' without a day."""
    day = "".join(iptc.get(DATE, ())[:1])
    if len(day) != 8 or not day.isdigit():
        return ""
    clock = "".join(iptc.get(TIME, ())[:1])
    time = f"T{clock[:2]}:{clock[2:4]}:{clock[4:6]}{clock[6:]}" if len(clock) >= 6 else ""
    return f"{day[:4]}-{day[4:6]}-{day[6:]}{time}"
