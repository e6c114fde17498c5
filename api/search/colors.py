"""The names of colors."""

from __future__ import annotations

from functools import lru_cache

from PIL import ImageColor

from api.search.language import PHOTO
from api.search.pieces import Piece, Role
from api.search.sentence import Sentence, listed
from schema.filter.nodes import ColorFilter, ImageFilter

_SHADES = {"dark": "dark", "deep": "dark", "light": "light", "pale": "pale", "bright": "", "hot": "hot",
           "medium": "medium", "navy": ""}  # fmt: skip
_COLOR_NAMES = listed(
    "red orange yellow green blue purple violet pink brown black white gray grey cyan magenta turquoise teal navy "
    "beige gold golden silver maroon olive lime indigo crimson salmon coral khaki lavender tan ivory azure aqua "
    "fuchsia"
)
_ALSO_THINGS = listed("orange violet gold silver olive lime salmon coral lavender ivory rose tan navy aqua")
_SAME_COLOR = {
    "golden": "gold",
    "grey": "gray",
    "reddish": "red",
    "blueish": "blue",
    "bluish": "blue",
    "greenish": "green",
}
_FEATURES = listed("haired headed eyed skinned faced bearded")
"""Of somebody: no model tells them."""
_MOSTLY = ("mostly", "mainly", "predominantly", "very", "largely", "dominantly", "all")


def color_word(s: Sentence, i: int) -> Piece | None:
    """A color, perhaps with a shade. Whether of a thing or of the picture is decided with the rest of the sentence."""
    at = s.skip(i, _MOSTLY)
    if (found := s.longest(at, COLORS)) is None:
        return None
    end, color = found
    worn = s.before(i) in ("in", "wearing") and s.last(Role.LINK) is not None and _somebody_in(s)
    some = s.before(i) in ("something", "anything", "everything", "things")
    alone = at == i and not worn and not some
    if s.norm(at) in _ALSO_THINGS and alone and not (s.is_word(end) and colors_something(s, end)):
        return None
    if s.norm(end) in _FEATURES:
        return Piece(i, end + 1, Role.UNKNOWN, "words")
    end = s.after(end, "colored", "coloured", "color", "colour", "tones", "toned") or end
    return Piece(i, end, Role.COLOR, "color", ImageFilter(color=ColorFilter(near=color)), word=color)


def _somebody_in(s: Sentence) -> bool:
    """Whether the sentence has just spoken of somebody `in` something."""
    said = [piece.role for piece in s.pieces[-2:]]
    return len(said) == 2 and said[0] in (Role.FACE, Role.PERSON)


def colors_something(s: Sentence, i: int) -> bool:
    """Whether a word after `orange` or `gold` is what it colors."""
    return s.norm(i) in PHOTO or (bool(s.vocabulary.lexicon.senses(s.norm(i))) and s.norm(i) not in ("and", "or", "in"))


@lru_cache(maxsize=1)
def _color_table() -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for name in _COLOR_NAMES | _SAME_COLOR.keys():
        plain = _SAME_COLOR.get(name, name)
        found[(name,)] = plain
        for shade, css in _SHADES.items():
            shaded = css + plain
            found[(shade, name)] = shaded if shaded in ImageColor.colormap else plain
    found[("navy", "blue")] = "navy"
    found[("sky", "blue")] = "skyblue"
    found[("royal", "blue")] = "royalblue"
    return found


COLORS = _color_table()
"""CSS colors by how people call them."""
