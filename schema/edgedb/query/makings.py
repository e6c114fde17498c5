"""How a picture was made and what it looks like: camera, size, color; its texts and where its files lie."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

from schema import color
from schema.edgedb.query.conditions import (
    NEVER,
    PERHAPS,
    Condition,
    Parameters,
    every,
    is_,
    known,
    some,
    within,
)
from schema.edgedb.values import searchable, text
from schema.filter.nodes import (
    CameraFilter,
    ColorFilter,
    DuplicateKind,
    Orientation,
    PathFilter,
    Range,
    SemanticFilter,
    SimilarBy,
    SimilarFilter,
    SizeFilter,
    TextField,
    TextFilter,
)
from schema.words import fold, query_words, words

_WORDS = {
    TextField.OCR: ".ocr_words",
    TextField.TITLE: ".title_words",
    TextField.CAPTION: ".caption_words",
}
_SHAPES = {
    Orientation.LANDSCAPE: ".upright_width > .upright_height",
    Orientation.PORTRAIT: ".upright_width < .upright_height",
    Orientation.SQUARE: ".upright_width = .upright_height",
}
_COMPARED = {
    SimilarBy.LOOK: "(exists .embedding)",
    SimilarBy.HASH: "(exists .phash)",
    SimilarBy.FACES: "(exists .faces)",
    SimilarBy.DESCRIPTION: "(exists .tags)",
}
_WILD = re.compile(r"\[!?\]?[^\]/]*\]|[*?]")
"""What in a glob does not stand for itself."""
_ODD = re.compile(r"[iIkKsS]|[^ -~]+")
"""Characters that are the same as others when case does not matter, in one way or another."""


def camera(given: Parameters, asked: CameraFilter) -> Condition:
    parts: list[Condition] = []
    for wanted, held in (
        (asked.make, ".make_words"),
        (asked.model, ".model_words"),
        (asked.lens, ".lens_words_of_name"),
        (asked.software, ".software_words"),
    ):
        if wanted:
            parts.append(some(_says(given, held, words(text(name))) for name in wanted))
    for bounds, value in (
        (asked.iso, ".iso"),
        (asked.aperture, ".aperture"),
        (asked.exposure, ".exposure"),
        (asked.focal, ".focal35"),
    ):
        if bounds is not None:
            parts.append(within(given, value, bounds))
    if asked.flash is not None:
        parts.append(known(f".flash = {given.add('bool', asked.flash)}"))
    if asked.known is not None:
        parts.append(is_(Condition("(.make != '' or .model != '')"), asked.known))
    return every(parts)


def _says(given: Parameters, held: str, phrase: Sequence[str]) -> Condition:
    return Condition(f"contains({held}, {given.text(_spaced(phrase))})") if phrase else NEVER


def _spaced(phrase: Sequence[str]) -> str:
    return f" {' '.join(phrase)} "


def size(given: Parameters, asked: SizeFilter) -> Condition:
    parts: list[Condition] = []
    for bounds, value, single in (
        (asked.megapixels, "(.pixels / 1048576.0)", False),
        (asked.width, ".upright_width", True),
        (asked.height, ".upright_height", True),
        (asked.bytes, "(<float64>.file_size)", False),
        (asked.aspect, ".aspect", False),
    ):
        if bounds is not None:
            parts.append(within(given, value, bounds, single=single))
    if asked.orientation:
        parts.append(some(known(_SHAPES[shape]) for shape in asked.orientation))
    return every(parts)


def rating(given: Parameters, asked: Range) -> Condition:
    return within(given, "(<float64>.rating)", asked)


def nsfw(given: Parameters, asked: Range) -> Condition:
    return within(given, "(.nsfw ?? 0.0)", asked)


def palette(given: Parameters, asked: ColorFilter) -> Condition:
    """Images that have a shade near enough; how much of the picture they cover is added up by the law."""
    near = (color.shade_differences(asked.near) <= asked.distance).nonzero()[0]
    if not len(near):
        return NEVER
    return Condition(f"(any(array_unpack(.shades) in {given.numbers(near.tolist())}))", exact=False)


def similar(asked: SimilarFilter) -> Condition:
    return Condition(_COMPARED[asked.by], exact=False)


def semantic(asked: SemanticFilter) -> Condition:
    return Condition("(exists .meaning)", exact=False) if asked.text or asked.image else Condition("true")


def duplicates(asked: Sequence[DuplicateKind]) -> Condition:
    kinds = {
        DuplicateKind.SAME_BYTES: Condition("(count((select .files filter .present)) > 1)"),
        DuplicateKind.SAME_PICTURE: Condition("(exists .duplicate_of or exists .twins)"),
        DuplicateKind.BURST: Condition("(exists .burst_of or exists .shots)"),
    }
    return some(kinds.get(kind, NEVER) for kind in asked)


def texts(given: Parameters, asked: TextFilter) -> Condition:
    fields = asked.fields or tuple(TextField)
    parts: list[Condition] = []
    for word in query_words(text(asked.words)):
        part = f" {word[:-1]}" if word.endswith("*") else f" {word} "
        parts.append(some(_has(given, field, part) for field in fields))
    phrase = words(text(asked.phrase))
    if phrase:
        parts.append(some(_has(given, field, _spaced(phrase)) for field in fields))
    return every(parts)


def _has(given: Parameters, field: TextField, part: str) -> Condition:
    wanted = given.text(part)
    match field:
        case TextField.KEYWORDS:
            return Condition(f"(exists (select .tags filter contains(.tag.words, {wanted})))")
        case TextField.PATH:
            return Condition(f"(exists (select .files filter .shown and contains(.words, {wanted})))")
        case _:
            return Condition(f"contains({_WORDS[field]}, {wanted})")


def path(given: Parameters, asked: PathFilter) -> Condition:
    """One path meets all three."""
    lists: list[tuple[Sequence[str], Callable[[Parameters, str], Condition]]] = [
        (asked.under, _under),
        (asked.glob, _like),
        (asked.name, _called),
    ]
    meets = every(some(one(given, item) for item in items) for items, one in lists if items)
    return Condition(f"(exists (select .files filter .shown and {meets}))", meets.exact)


def _under(given: Parameters, folder: str) -> Condition:
    if folder.startswith("/"):
        try:
            start = os.fsencode(folder.rstrip("/") + "/")
        except UnicodeEncodeError:
            return NEVER
        low, high = given.add("bytes", start), given.add("bytes", start[:-1] + b"0")  # what follows "/"
        return Condition(f"(.path >= {low} and .path < {high})")
    parts = searchable(folder.strip("/")).casefold()
    return Condition(f"contains(.path_folded, {given.text(f'/{parts}/')})") if _can_be(parts) else NEVER


def _called(given: Parameters, name: str) -> Condition:
    part = fold(searchable(name))
    if not part:
        return Condition("true")
    return Condition(f"contains(.name_folded, {given.text(part)})") if _can_be(part) else NEVER


def _can_be(part: str) -> bool:
    """Whether it can be part of a path."""
    return bool(part) and "\0" not in part


def _like(given: Parameters, glob: str) -> Condition:
    """The law matches patterns; here, the longest part that stands for itself must be there."""
    pieces = [piece.strip("/") for plain in _WILD.split(glob) for piece in _ODD.split(plain)]
    longest = max(pieces, key=len, default="").casefold()
    if len(longest) < 2 or "[" in glob:
        return PERHAPS
    return Condition(f"contains(.path_folded, {given.text(longest)})", exact=False)
