"""What follows from where files lie and what took them: a name, and words of path, ending, year, camera, software."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator

from ingest.metadata import Metadata
from ingest.walk import shown
from schema.filter.nodes import Origin
from schema.graph import AssetFile, Image, TagEdge, TagKind
from schema.words import label_key

MAX_WORDS = 60
_SHORTEST = 3
_LONGEST = 40
_PART = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|(?:19|20)\d\d(?!\d)")
_CAMEL = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])")
_COUNTERS = {"img", "dsc", "dscn", "dscf", "dcim", "pict", "pxl", "mvimg", "cimg", "imgp", "sam", "the", "and"}
"""Words that cameras, not people, put into names."""


def describe(image: Image) -> tuple[str, tuple[TagEdge, ...]]:
    """Name and WORD tags of an image by its present files. The name it has stays while one of them bears it."""
    files = [file for file in image.files if file.present]
    names = [shown_name(file.path) for file in files]
    return image.name if image.name in names else names[0], rule_tags(files, image)


def shown_name(path: str) -> str:
    """The file's name for people: invalid bytes replaced, no control characters."""
    return shown(path.rpartition("/")[2])


def rule_tags(files: Iterable[AssetFile], metadata: Metadata | Image) -> tuple[TagEdge, ...]:
    """WORD tags of an image from all its files, each once, in order of telling."""
    found: dict[str, str] = {}
    for label in _labels(files, metadata):
        found.setdefault(label_key(label), label)
        if len(found) == MAX_WORDS:
            break
    return tuple(TagEdge(label, TagKind.WORD, origin=Origin.RULE) for key, label in found.items() if key)


def _labels(files: Iterable[AssetFile], metadata: Metadata | Image) -> Iterator[str]:
    if metadata.taken is not None:
        yield str(metadata.taken.year)
    yield from (label for label in (metadata.make, metadata.model, metadata.software) if _fits(label))
    for file in files:
        inside = _normal(os.path.relpath(file.path, file.root))
        stem, _, ending = inside.rpartition(".")
        if ending.isalnum():
            yield ending.lower()
        yield from path_words(stem or inside)


def path_words(path: str) -> Iterator[str]:
    """Words of folder and file names: `Croatia 2019/KeyWest_1.jpg` -> croatia, 2019, key, west."""
    for part in _PART.findall(_CAMEL.sub(" ", path)):
        word = part.lower()
        if _SHORTEST <= len(word) <= _LONGEST and word not in _COUNTERS:
            yield word


def _fits(label: str) -> bool:
    return 0 < len(label) <= _LONGEST and any(letter.isalpha() for letter in label)


def _normal(path: str) -> str:
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return unicodedata.normalize("NFC", text)
