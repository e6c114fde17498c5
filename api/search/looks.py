"""Words about the picture itself: light, lens, orientation, size, format, color."""

from __future__ import annotations

from api.search.colors import COLORS, color_word, colors_something
from api.search.heads import is_head
from api.search.language import PHOTO
from api.search.nouns import noun_at
from api.search.pieces import Alternative, Piece, Role
from api.search.quantity import quantity, unit_in
from api.search.sentence import Sentence, listed, table
from schema.filter.nodes import ImageFilter, Orientation, Range, SetFilter, SizeFilter, TagFilter

_DARK_BY_THEMSELVES = {
    "clothing.n.01", "body_part.n.01", "body_covering.n.01", "vehicle.n.01", "animal.n.01", "food.n.01", "food.n.02",
}  # fmt: skip
_CONDITIONS = table(
    {
        "outdoors|outdoor|outside|out of doors|open air|al fresco": "outdoors",
        "indoors|indoor|inside": "indoors",
        "bright|brightly lit|well lit|well-lit": "bright",
        "dark|dim|dimly lit|low light|underexposed": "dark",
        "night|nighttime photo|nocturnal": "night",
        "long exposure|long exposures|longexposure|long exp|long time exposure|slow shutter|slow shutter speed": "long",
        "blurry|blurred|blur|out of focus|unsharp|fuzzy|shaky|motion blur": "blurry",
        "sharp|in focus|crisp|tack sharp": "sharp",
        "overexposed|over exposed|blown out|too bright|washed out": "overexposed",
        "faded|hazy|low contrast|little contrast": "faded",
    }
)  # fmt: skip
_LENS = table(
    {
        "ultrawide|ultra wide|ultra wide angle|ultrawide angle|super wide|fisheye|fish eye": "ultrawide",
        "wide angle|wideangle|wide": "wide",
        "superzoom|super zoom|super telephoto": "superzoom",
        "zoom|zoomed|zoomed in|telephoto|tele|zooms|long lens": "zoom",
        "portrait|portraits|portrait lens|headshot|headshots": "portrait",
    }
)
_LENS_NOUNS = listed("lens lenses angle")
_ORIENTATIONS = table(
    {
        "vertical|upright|portrait|tall": Orientation.PORTRAIT,
        "horizontal|landscape": Orientation.LANDSCAPE,
        "square|squared": Orientation.SQUARE,
    }
)
_SHAPE_NOUNS = listed("orientation orientated oriented format mode aspect layout crop crops") | {"ratio"}
_ALWAYS_SHAPE = listed("vertical horizontal upright")
_MONOCHROME = table(
    {"black and white|black & white|b & with|b / with|bw|monochrome|monochromatic|grayscale|greyscale": True}
)
"""The `w` of `b&w` is read as `with` by itself."""
_PANORAMA = table({"panorama|panoramas|panoramic|pano|panos|panorama shot": True})
_TO = (":", "x", "by", "/")
_RATIOS = {(16, 9), (16, 10), (21, 9), (4, 3), (3, 2), (5, 4), (2, 1), (1, 1)}
_RATIOS |= {(short, long) for long, short in _RATIOS}
_SLACK = 0.02
"""Cameras round their sides to whole blocks."""
SIZE_WORDS = {"huge": "huge", "large": "large", "big": "large", "medium": "medium", "small": "small", "tiny": "small",
          "enormous": "huge", "gigantic": "huge", "little": "small"}  # fmt: skip
_RESOLUTIONS = table(
    {
        "low resolution|low res|lowres|lo res": ("small",),
        "high resolution|high res|highres|hi res|hires": ("large", "huge"),
    }
)
_SIZE_NOUNS = PHOTO | listed("resolution res sized size")
FORMATS = {
    "jpeg": "jpeg", "jpg": "jpeg", "png": "png", "webp": "webp", "avif": "avif", "heic": "heic", "heif": "heic",
    "tiff": "tiff", "tif": "tiff", "gif": "gif", "raw": "raw", "jxl": "jxl", "dng": "raw", "nef": "raw", "arw": "raw",
    "cr2": "raw", "cr3": "raw",
}  # fmt: skip
_BYTES = table({"kb|kilobyte|kilobytes|kib": 1e3, "mb|megabyte|megabytes|mib": 1e6, "gb|gigabyte|gigabytes": 1e9,
                "bytes": 1.0})  # fmt: skip
_MEGAPIXELS = ("megapixels", "megapixel", "mp", "mpx", "mpix")
_PIXELS = ("pixels", "pixel", "px")


def look_phrase(s: Sentence, i: int) -> Piece | None:
    rules = (_monochrome, _orientation, _ratio, _condition, _lens, _panorama, _size_word, _measure, _format, color_word)
    found = [piece for rule in rules if (piece := rule(s, i)) is not None]
    return max(found, key=lambda piece: piece.end, default=None)


def condition(word: str) -> ImageFilter:
    return ImageFilter(condition=SetFilter(any=(word,)))


def lens(word: str) -> ImageFilter:
    return ImageFilter(lens=SetFilter(any=(word,)))


def orientation(which: Orientation) -> ImageFilter:
    return ImageFilter(size=SizeFilter(orientation=(which,)))


def condition_named(word: str) -> str | None:
    return _CONDITIONS.get(tuple(word.split()))


def lens_named(word: str) -> str | None:
    return _LENS.get(tuple(word.split()))


def orientation_named(word: str) -> Orientation | None:
    return _ORIENTATIONS.get((word,))


def _condition(s: Sentence, i: int) -> Piece | None:
    at = s.after(i, "taken", "shot") or i
    if (found := s.longest(at, _CONDITIONS)) is None:
        return None
    end, word = found
    if word in ("dark", "bright", "outdoors", "indoors") and s.longest(end, COLORS):
        return None  # "dark blue"
    if s.norm(at) in ("dark", "bright", "dim") and _is_of_thing(s, end):
        return Piece(i, end, Role.UNKNOWN, "word")
    if s.norm(at) in ("inside", "outside") and (s.norm(end) in ("the", "a", "of", "my", "our") or _names_place(s, end)):
        return None
    return Piece(i, end, Role.MEANING, "condition", condition(word))


def _is_of_thing(s: Sentence, i: int) -> bool:
    """Whether what follows is dark or bright itself, rather than the picture: hair, a suit, a car; not a forest."""
    noun = noun_at(s, i)
    lexicon = s.vocabulary.lexicon
    above = set(lexicon.ancestors(sense)) if noun and (sense := next(iter(lexicon.senses(noun)), None)) else set()
    return bool(above & _DARK_BY_THEMSELVES)


def _names_place(s: Sentence, i: int) -> bool:
    return s.longest(i, s.vocabulary.places_named) is not None


def _lens(s: Sentence, i: int) -> Piece | None:
    if (found := s.longest(i, _LENS)) is None:
        return None
    end, word = found
    if s.norm(i) == "wide" and s.norm(i - 1) in ("pixels", "px", "pixel"):
        return None
    if s.norm(end) in _LENS_NOUNS:
        end += 1
        if s.norm(end) in ("lens", "lenses"):
            end += 1
    others = (
        (Alternative("upright pictures", orientation(Orientation.PORTRAIT)),)
        if s.norm(i).startswith("portrait")
        else ()
    )
    return Piece(i, end, Role.MEANING, "lens", lens(word), alternatives=others)


def _orientation(s: Sentence, i: int) -> Piece | None:
    """`portrait photos`, `vertical`, `in landscape`: the shape, where the words beside it speak of pictures."""
    at = s.after(i, "in") or i
    if (found := s.longest(at, _ORIENTATIONS)) is None:
        return None
    end, which = found
    word = s.norm(at)
    of_shape = s.norm(end) in _SHAPE_NOUNS
    shaped = any(piece.kind == "orientation" for piece in s.pieces)  # "landscape format, not portrait"
    of_picture = s.norm(end) in PHOTO or of_shape or shaped
    if not (of_picture or word in _ALWAYS_SHAPE or (at != i and word in ("portrait", "landscape") and end >= len(s))):
        return None
    others: tuple[Alternative, ...] = ()
    if word == "portrait":
        others = (Alternative("taken with a portrait lens", lens("portrait")),)
    return Piece(i, end + of_shape, Role.MEANING, "orientation", orientation(which), alternatives=others)


def _monochrome(s: Sentence, i: int) -> Piece | None:
    """`black and white` of the picture; of a thing these are two colors."""
    found = s.longest(i, _MONOCHROME)
    if found and (is_head(s, found[0]) or s.norm(found[0]) == "family"):
        return Piece(i, found[0], Role.MEANING, "tag", ImageFilter(tag=TagFilter(any=("black and white",))))
    if found is None:
        return None
    of_pictures = PHOTO & {s.norm(found[0]), s.norm(found[0] + 1)} or s.longest(found[0], _LENS)
    if s.norm(i) == "black" and s.is_word(found[0]) and colors_something(s, found[0]) and not of_pictures:
        return None
    return Piece(i, found[0], Role.MEANING, "tag", ImageFilter(tag=TagFilter(any=("black and white",))))


def _panorama(s: Sentence, i: int) -> Piece | None:
    if (found := s.longest(i, _PANORAMA)) is None:
        return None
    return Piece(i, found[0], Role.MEANING, "aspect", ImageFilter(size=SizeFilter(aspect=Range(min=2))))


def _ratio(s: Sentence, i: int) -> Piece | None:
    """`16:9` `3 by 2`: of the sides, upright or lying as it is said."""
    sides = s.number(i)
    other = s.number(i + 2) if sides and s.norm(i + 1) in _TO else None
    if sides is None or other is None or (sides[0], other[0]) not in _RATIOS or s.before(i) in ("at", "from", "after"):
        return None
    exact = sides[0] / other[0]
    close = Range(min=round(exact * (1 - _SLACK), 3), max=round(exact * (1 + _SLACK), 3))
    end = s.after(other[1], "aspect ratio", "aspect", "ratio", "format") or other[1]
    return Piece(i, end, Role.MEANING, "aspect", ImageFilter(size=SizeFilter(aspect=close)))


def _size_word(s: Sentence, i: int) -> Piece | None:
    if found := s.longest(i, _RESOLUTIONS):
        return Piece(i, found[0], Role.MEANING, "size word", ImageFilter(size_word=SetFilter(any=found[1])))
    word = SIZE_WORDS.get(s.norm(i))
    is_format = s.norm(i + 1).removesuffix("s") in FORMATS
    if word is None or not (s.norm(i + 1) in _SIZE_NOUNS or is_format):
        return None
    end = i + 1 + (s.norm(i + 1) not in PHOTO and not is_format)
    return Piece(i, end, Role.MEANING, "size word", ImageFilter(size_word=SetFilter(any=(word,))))


def _measure(s: Sentence, i: int) -> Piece | None:
    """`over 10 megapixels` `bigger than 5 MB` `at least 4000 pixels wide` `4k`."""
    if (at := s.after(i, *_MEGAPIXELS)) and (found := quantity(s, at)) and not found.exact:
        return Piece(i, found.end, Role.MEANING, "megapixels", ImageFilter(size=SizeFilter(megapixels=found.range())))
    if (found := quantity(s, i, unit=lambda s, j: s.after(j, *_MEGAPIXELS))) and found.unit:
        return Piece(i, found.end, Role.MEANING, "megapixels", ImageFilter(size=SizeFilter(megapixels=found.range())))
    found = quantity(s, i, unit=unit_in(_BYTES))
    if found and found.unit:
        scale = next(x[1] for j in range(i, found.end) if (x := s.longest(j, _BYTES)))
        low, high = found.low, found.high
        asked = Range(min=None if low is None else low * scale, max=None if high is None else high * scale)
        return Piece(i, found.end, Role.MEANING, "bytes", ImageFilter(size=SizeFilter(bytes=asked)))
    found = quantity(s, i, unit=lambda s, j: s.after(j, *_PIXELS))
    if found and found.unit:
        side, end = "width", found.end
        if end_ := s.after(end, "wide", "width", "in width", "across"):
            end = end_
        elif end_ := s.after(end, "high", "tall", "height", "in height"):
            side, end = "height", end_
        return Piece(i, end, Role.MEANING, side, ImageFilter(size=SizeFilter.model_validate({side: found.range()})))
    return None


def _format(s: Sentence, i: int) -> Piece | None:
    word, end = s.norm(i), i + 1
    if word == "." and i + 1 < len(s) and s.tokens[i + 1].glued:
        word, end = s.norm(i + 1), i + 2
    if word.isalpha() and s.norm(end).isdigit() and s.tokens[end].glued:
        word, end = word + s.norm(end), end + 1
    name = FORMATS.get(word) or FORMATS.get(word.removesuffix("s"))
    if name is None or (word == "raw" and s.is_word(end) and s.tokens[end].pos == "NOUN" and not _of_files(s, end)):
        return None
    return Piece(i, end, Role.MEANING, "format", ImageFilter(format=SetFilter(any=(name,))))


def _of_files(s: Sentence, i: int) -> bool:
    return s.norm(i) in PHOTO | {"format", "formats"}
