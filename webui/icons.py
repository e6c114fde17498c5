"""Icons of `lucide-static`, inlined once per page as symbols; pages and elements refer to them by name."""

from __future__ import annotations

import re
from functools import cache

from htpy import Node, svg
from markupsafe import Markup

from webui.assets import PACKAGES

_DRAWN = """
activity aperture arrow-down-up book-image cake calendar camera check chevron-down chevron-left chevron-right
circle-check circle-help circle-pause cloud-off copy copy-check download ellipsis eye-off file-text folder folder-open
folder-plus funnel grid-3x3 heart image images info key-round layout-dashboard link list map map-pin maximize merge
minus palette panel-left pencil play plug plus refresh-cw rotate-ccw scan scan-face search share-2 sliders-horizontal
sparkles split star sun tag tags trash-2 triangle-alert type user user-x users webcam webhook wifi-off x
"""
NAMES = frozenset(_DRAWN.split())
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_OUTER = re.compile(r"<svg[^>]*>(.*)</svg>", re.S)


@cache
def sprite() -> Markup:
    """All icons as hidden symbols; empty symbols where the package is not installed."""
    symbols = []
    for name in sorted(NAMES):
        file = PACKAGES / "lucide-static" / "icons" / f"{name}.svg"
        found = _OUTER.search(_COMMENT.sub("", file.read_text("utf-8"))) if file.is_file() else None
        inner = re.sub(r"\s+", " ", found.group(1)).strip() if found else ""
        symbols.append(f'<symbol id="icon-{name}" viewBox="0 0 24 24">{inner}</symbol>')
    return Markup('<svg class="sprite" aria-hidden="true">' + "".join(symbols) + "</svg>")


def icon(name: str, label: str = "") -> Node:
    """One icon; with a label it is an image of its own, else it only accompanies text."""
    if name not in NAMES:
        raise KeyError(f"no icon named {name}")
    use = Markup(f'<use href="#icon-{name}"/>')
    if label:
        return svg(".icon", role="img", aria_label=label)[use]
    return svg(".icon", aria_hidden="true", focusable="false")[use]
