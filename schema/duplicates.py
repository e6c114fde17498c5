"""What is kept of duplicates beside the graph: pairs of pictures that somebody wants to keep, both, for ever."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from schema.entries import Entry

KEPT = "duplicates.kept"
"""Kind of entries: one for each pair of images, and one for each image whose several files are to stay."""


def kept_entries(image_ids: Iterable[int]) -> list[Entry]:
    """All pairs among these images; of a single one, its files."""
    ids = sorted(set(image_ids))
    if len(ids) == 1:
        return [Entry(KEPT, str(ids[0]), {"images": ids})]
    return [Entry(KEPT, f"{a}-{b}", {"images": [a, b]}) for a, b in combinations(ids, 2)]


def kept_pairs(entries: Iterable[Entry]) -> set[tuple[int, int]]:
    """Pairs of images, the lower id first."""
    pairs = (entry.body["images"] for entry in entries)
    return {(int(ids[0]), int(ids[1])) for ids in pairs if len(ids) == 2}


def kept_files(entries: Iterable[Entry]) -> set[int]:
    """Images of which all files are to stay."""
    return {int(entry.body["images"][0]) for entry in entries if len(entry.body["images"]) == 1}
