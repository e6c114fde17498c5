"""Answers summed up: facets and months."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schema.graph import PlaceLevel
from schema.index.bitmaps import BitMap, to_array, to_mask
from schema.index.clock import NO_MONTH
from schema.index.columns import Coded
from schema.index.names import Names
from schema.index.table import Table
from schema.query import Bucket, FacetBy, FacetValue

UNDATED = "undated"
_FEW = 64
"""Of so few values the sets are cut with the rows, of more the values of the rows are counted."""


def timeline(table: Table, rows: BitMap, count: int) -> list[Bucket]:
    """Newest month first, undated last."""
    counts = _per_code(table.taken.day, rows, count)
    there = np.flatnonzero(counts)
    months, of = np.unique(table.taken.months()[there], return_inverse=True)
    sizes = np.bincount(of, counts[there]).astype(np.int64)
    found = list(zip(months.tolist(), sizes.tolist(), strict=True))[::-1]
    buckets = [Bucket(month_key(month), size) for month, size in found if month != NO_MONTH]
    return [*buckets, *(Bucket(UNDATED, size) for month, size in found if month == NO_MONTH)]


def month_key(month: int) -> str:
    """`2019-08`, of months since 1970-01."""
    return f"{month // 12 + 1970:04}-{month % 12 + 1:02}"


def facets(table: Table, names: Names, rows: BitMap, count: int, by: FacetBy, limit: int) -> list[FacetValue]:
    """Most frequent first, then by value."""
    terms, paths = table.tags.terms, table.paths
    match by:
        case FacetBy.TAG:
            counts = table.tags.counts(rows, count, limit)
            return _most(counts, lambda group: (terms.groups[group], terms.label(group)), limit)
        case FacetBy.FOLDER:
            above = paths.above_names
            counts = paths.counts(to_mask(rows, count))
            return _most(counts, lambda number: (above[number], above[number].rpartition("/")[2]), limit)
        case FacetBy.PERSON:
            faces = table.faces
            people = list(faces.people)
            shown = np.array([rows.intersection_cardinality(of) for of in faces.rows_of[: len(people)]], dtype=np.int64)
            return _most(shown, lambda code: (f"person:{people[code]}", names.people.get(people[code], "")), limit)
        case FacetBy.PLACE | FacetBy.COUNTRY:
            per_code = _per_code(table.place, rows, count)
            keys, counts = names.counted(table.place.values, per_code)
            if by is FacetBy.COUNTRY:
                countries = {key: number for number, key in enumerate(keys) if _is_country(names, key)}
                for (_, near), size in zip(table.place.values, per_code.tolist(), strict=False):
                    if near in countries:  # a city by its level, whatever its key says
                        counts[countries[near]] -= size
                counts[[number for number, key in enumerate(keys) if key not in countries]] = 0
            return _most(counts, lambda number: (keys[number], _place_name(names, keys[number])), limit)
        case _:
            found = _few_values(table, names, rows, count, by)
            ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:limit]
            return [FacetValue(value, label, size) for (value, label), size in ranked]


def _most(counts: NDArray[np.int64], named: Callable[[int], tuple[str, str]], limit: int) -> list[FacetValue]:
    """Of many counts the greatest, named."""
    there = np.flatnonzero(counts)
    if limit < len(there):
        least = np.partition(counts[there], len(there) - limit)[len(there) - limit] if limit else 0
        there = there[counts[there] >= least]
    found = [FacetValue(*named(number), int(counts[number])) for number in there.tolist()]
    return sorted(found, key=lambda facet: (-facet.count, facet.value))[:limit]


def _few_values(table: Table, names: Names, rows: BitMap, count: int, by: FacetBy) -> Counter[tuple[str, str]]:
    """(value, label) -> images, of a facet that has not many values."""
    match by:
        case FacetBy.FACES:
            per_row = table.faces.per_row.values[to_array(rows)]
            return _plain({str(faces): size for faces, size in enumerate(np.bincount(per_row).tolist()) if size})
        case FacetBy.CAMERA:
            return _cameras(table, rows, count)
        case FacetBy.LENS | FacetBy.SIZE:
            column = table.words["lens" if by is FacetBy.LENS else "size_word"]
            return _values(column, rows, count, lambda text: [(text, text)] if text else [])
        case FacetBy.FORMAT:
            return _values(table.words["format"], rows, count, lambda text: [(text, text)])
        case FacetBy.CONDITION:
            return _values(table.words["conditions"], rows, count, lambda words: [(w, w) for w in dict.fromkeys(words)])
        case FacetBy.YEAR | FacetBy.MONTH:
            dated = (bucket for bucket in timeline(table, rows, count) if bucket.key != UNDATED)
            parts = Counter[str]()
            for bucket in dated:
                parts[str(int(bucket.key.split("-")[by is FacetBy.MONTH]))] += bucket.count
            return _plain(parts)
        case FacetBy.RATING:
            rating = table.number("rating")[to_array(rows)]
            values, sizes = np.unique(rating[~np.isnan(rating)], return_counts=True)
            ratings = Counter[str]()
            for value, size in zip(values.tolist(), sizes.tolist(), strict=True):
                ratings[f"{value:.0f}"] += size
            return _plain(ratings)
    raise AssertionError(by)


def _per_code(column: Coded[Any], rows: BitMap, count: int) -> NDArray[np.intp]:
    """How many of the rows have each code."""
    if len(column.values) <= _FEW:
        return np.array([rows.intersection_cardinality(of) for of in column.bitmaps], dtype=np.intp)
    return column.counts(rows, count)


def _values(
    column: Coded[Any], rows: BitMap, count: int, values: Callable[[Any], list[tuple[str, str]]]
) -> Counter[tuple[str, str]]:
    """Counts of the (value, label) pairs that a coded value stands for."""
    found = Counter[tuple[str, str]]()
    for code, size in enumerate(_per_code(column, rows, count).tolist()):
        if size:
            for pair in values(column.values[code]):
                found[pair] += size
    return found


def _plain(counts: dict[str, int]) -> Counter[tuple[str, str]]:
    return Counter({(value, value): size for value, size in counts.items()})


def _is_country(names: Names, key: str) -> bool:
    return key in names.places and names.places[key].level is PlaceLevel.COUNTRY


def _place_name(names: Names, key: str) -> str:
    return names.places[key].name if key in names.places else key


def _cameras(table: Table, rows: BitMap, count: int) -> Counter[tuple[str, str]]:
    models, makes = table.words["model"], table.words["make"]
    found = _values(models, rows, count, lambda model: [(model, model)] if model else [])
    if "" in models.code_of:
        found += _values(makes, rows & models.bitmaps[models.code_of[""]], count, lambda m: [(m, m)] if m else [])
    return found
