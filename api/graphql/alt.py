"""A picture in one sentence, made of what the graph knows; nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from schema.filter.nodes import Origin
from schema.graph import Image, TagEdge, TagKind

MAX_TAGS = 4


def _people(count: int) -> str:
    return "" if not count else "one person" if count == 1 else f"{count} people"


def _subjects(tags: Sequence[TagEdge], label: Callable[[str], str]) -> list[str]:
    """The surest concepts first: what a person said, then boxes, then scenes."""
    concepts = [tag for tag in tags if tag.kind is TagKind.CONCEPT or tag.origin is Origin.USER]
    concepts.sort(key=lambda tag: (tag.origin is not Origin.USER, not tag.boxes, -tag.score))
    words = (label(tag.tag) if tag.kind is TagKind.CONCEPT else tag.tag for tag in concepts)
    return list(dict.fromkeys(words))[:MAX_TAGS]


def alt_text(image: Image, places: Sequence[str], label: Callable[[str], str]) -> str:
    """`places`: names from the most exact place upwards."""
    if image.caption or image.title:
        return image.caption or image.title
    subjects = [part for part in (_people(len(image.faces)), *_subjects(image.tags, label)) if part]
    parts = ["Photo of " + ", ".join(subjects) if subjects else "Photo"]
    if places:
        parts.append("in " + ", ".join(dict.fromkeys((places[0], *places[1:][-2:-1]))))
    if image.taken is not None:
        parts.append(f"{image.taken:%B} {image.taken.year}")
    return ", ".join(parts)
