"""`StoreEngine`: answers without an index in memory, by asking the server.

What EdgeQL says exactly is counted, ordered and grouped by the server. For everything else the server names the
images that may be meant, and the reference evaluator, which is the law, decides over those; so every answer is exact,
and the second kind takes time in proportion to what was narrowed down to: likeness by look, meaning, color, circles
and outlines, globs, "this day", orders by name, likeness, relevance or chance, and facets of tags, people, faces and
folders.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from schema.edgedb import statements
from schema.edgedb.facts import facts_of
from schema.edgedb.query.circumstances import in_box
from schema.edgedb.query.compile import Question, question
from schema.edgedb.query.conditions import Parameters
from schema.edgedb.query.ordering import ORDERED, Order
from schema.edgedb.rows import kept_of
from schema.edited import Assigned
from schema.facts import NO_TIME, FactBatch
from schema.filter.compose import conjoin
from schema.filter.nodes import Box, ImageFilter
from schema.filter.photo import Embed, Nouns, Photo, World, numbered
from schema.filter.reference import ReferenceLibrary, photos_of
from schema.graph import Album, Place
from schema.query import Bucket, Cluster, FacetBy, FacetValue, Grid, Page, Sort

_BATCH = 500
_EPOCH = datetime(1970, 1, 1)
_GROUPED: dict[FacetBy, tuple[str, str | None]] = {
    FacetBy.PLACE: (".place ?? ''", ".near_city ?? ''"),
    FacetBy.COUNTRY: (".place ?? ''", ".near_city ?? ''"),
    FacetBy.CAMERA: (".model", ".make"),
    FacetBy.LENS: (".lens", None),
    FacetBy.YEAR: (".month ?? ''", None),
    FacetBy.MONTH: (".month ?? ''", None),
    FacetBy.FORMAT: (".format", None),
    FacetBy.CONDITION: ("to_str(<json>.conditions) ?? ''", None),
    FacetBy.SIZE: (".size_word", None),
    FacetBy.RATING: ("<str>.rating ?? ''", None),
}
"""Facets that the server groups by: two texts of an image, from which its values follow."""


class Rows(Protocol):
    def rows(self, query: str, parameters: dict[str, Any]) -> list[Any]: ...


class StoreEngine:
    """A `QueryEngine` on the server. It holds names, but no images: it need not be fed with them."""

    def __init__(
        self,
        asking: Rows,
        lexicon: Nouns,
        *,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
        embed: Embed | None = None,
    ) -> None:
        self._asking = asking
        self._world = World(lexicon=lexicon, now=now, embed=embed)

    # -- fed as an index is

    def apply(self, batch: FactBatch) -> None:
        """Nothing is held."""

    def remove(self, ids: Sequence[int]) -> None:
        """Nothing is held."""

    def edit(self, assigned: Sequence[Assigned]) -> None:
        """Nothing is held."""

    def save(self, folder: Path, cursor: str) -> None:
        """Nothing is held."""

    def set_names(self, people: Mapping[int, str], places: Sequence[Place], albums: Sequence[Album]) -> None:
        world = self._world
        self._world = World(
            lexicon=world.lexicon, people=people, places=places, albums=albums, now=world.now, embed=world.embed
        )

    # -- QueryEngine

    def count(self, filter: ImageFilter) -> int:
        asked = self._question(filter)
        if not asked.exact:
            return self._law(filter, asked).count(filter)
        return self._number(asked, "select count(answer)")

    def ids(self, filter: ImageFilter) -> NDArray[np.uint32]:
        asked = self._question(filter)
        if not asked.exact:
            return self._law(filter, asked).ids(filter)
        return np.array(sorted(self._asking.rows(asked.ids, asked.parameters)), dtype=np.uint32)

    def visible(self, filter: ImageFilter, ids: Sequence[int]) -> list[bool]:
        chosen = ImageFilter(ids=tuple(f"image:{number}" for number in ids))
        found = set(self.ids(conjoin(chosen, filter)).tolist())
        return [int(number) in found for number in ids]

    def page(
        self, filter: ImageFilter, sort: Sort, limit: int, *, after: str | None = None, before: str | None = None
    ) -> Page:
        asked = self._question(filter)
        if not asked.exact or sort.by not in ORDERED:
            return self._law(filter, asked).page(filter, sort, limit, after=after, before=before)
        order = Order(sort)
        total = self._number(asked, "select count(answer)")
        start = 0 if after is None else self._before(asked, order, after, inclusive=True)
        stop = total if before is None else self._before(asked, order, before, inclusive=False)
        if before is not None and after is None:
            start = max(start, stop - limit)
        else:
            stop = min(stop, start + limit)
        select = (
            f"select answer {{ number, value := {order.value} }} order by {order.clause}"
            " offset <int64>$offset limit <int64>$limit"
        )
        parameters = {**asked.parameters, "offset": start, "limit": max(0, stop - start)}
        found = self._asking.rows(asked.query(select), parameters) if stop > start else []
        return Page(
            ids=np.array([row["number"] for row in found], dtype=np.uint32),
            cursors=[order.cursor(row["value"], row["number"]) for row in found],
            total=total,
            has_next=max(start, stop) < total,
            has_previous=start > 0,
        )

    def facets(self, filter: ImageFilter, by: FacetBy, limit: int) -> list[FacetValue]:
        asked = self._question(filter)
        if not asked.exact or by not in _GROUPED:
            return self._law(filter, asked).facets(filter, by, limit)
        one, other = _GROUPED[by]
        law = ReferenceLibrary((), self._world)
        counts = Counter[str]()
        labels: dict[str, str] = {}
        for first, second, images in self._groups(asked, one, other):
            for value, label in dict(law.facet_values(_like(by, first, second), by)).items():
                counts[value] += images
                labels[value] = label
        most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]
        return [FacetValue(value, labels[value], count) for value, count in most]

    def timeline(self, filter: ImageFilter) -> list[Bucket]:
        asked = self._question(filter)
        if not asked.exact:
            return self._law(filter, asked).timeline(filter)
        found = {first: images for first, _, images in self._groups(asked, ".month ?? ''", None)}
        undated = found.pop("", 0)
        months = [Bucket(month, found[month]) for month in sorted(found, reverse=True)]
        return [*months, Bucket("undated", undated)] if undated else months

    def grid(
        self, filter: ImageFilter, bucket: str | None, sort: Sort, *, offset: int = 0, limit: int | None = None
    ) -> Grid:
        asked = self._question(filter)
        if not asked.exact or sort.by not in ORDERED:
            return self._law(filter, asked).grid(filter, bucket, sort, offset=offset, limit=limit)
        parameters: dict[str, Any] = {**asked.parameters, "offset": offset}
        chosen = "answer"
        if bucket is not None:
            month = "not exists .month" if bucket == "undated" else "(.month = <str>$bucket) ?? false"
            chosen = f"(select answer filter {month})"
            parameters |= {} if bucket == "undated" else {"bucket": bucket}
        end = ""
        if limit is not None:
            end, parameters["limit"] = " limit <int64>$limit", limit
        select = (
            "select shown { number, aspect, taken_seconds, media_version, favorite, trashed_now := exists .trashed,"
            " offline := not exists (select .files filter .present), nsfw, thumbhash }"
            f" order by {Order(sort).clause} offset <int64>$offset{end}"
        )
        return _grid(self._asking.rows(asked.query(select, shown=chosen), parameters))

    def map_clusters(self, filter: ImageFilter, box: Box, zoom: int) -> list[Cluster]:
        asked = self._question(filter)
        if not asked.exact:
            return self._law(filter, asked).map_clusters(filter, box, zoom)
        given = Parameters()
        inside = in_box(given, box).text.replace("$p", "$box")
        parameters = {**asked.parameters, **{name.replace("p", "box"): held for name, held in given.values.items()}}
        select = f"select (select answer filter {inside}) {{ number, lat, lon }}"
        photos = [
            Photo(row["number"], "", "", 0.0, lat=float(row["lat"]), lon=float(row["lon"]))
            for row in self._asking.rows(asked.query(select), parameters)
        ]
        return ReferenceLibrary(photos, self._world).map_clusters(ImageFilter(), box, zoom)

    # -- asking

    def _question(self, asked: ImageFilter) -> Question:
        ReferenceLibrary((), self._world).count(asked)  # refuses what cannot be asked
        return question(asked, self._world)

    def _number(self, asked: Question, select: str, **parameters: Any) -> int:
        (number,) = self._asking.rows(asked.query(select), {**asked.parameters, **parameters})
        return int(number)

    def _before(self, asked: Question, order: Order, cursor: str, *, inclusive: bool) -> int:
        """How many stand before a cursor, or at it."""
        condition, parameters = order.before(cursor, inclusive=inclusive)
        return self._number(asked, f"select count((select answer filter {condition}))", **parameters)

    def _groups(self, asked: Question, one: str, other: str | None) -> Iterable[tuple[str, str, int]]:
        keys = {"one": one} if other is None else {"one": one, "other": other}
        using = ", ".join(f"{name} := {value}" for name, value in keys.items())
        told = ", ".join(f"{name} := .key.{name}" for name in keys)
        groups = f"(group answer using {using} by {', '.join(keys)})"
        select = f"select {groups} {{ {told}, images := count(.elements) }}"
        for row in self._asking.rows(asked.query(select), asked.parameters):
            yield row["one"] or "", row.get("other") or "", int(row["images"])

    def _law(self, filter: ImageFilter, asked: Question) -> ReferenceLibrary:
        """The law over all images that a filter may find, and those it compares them with."""
        numbers = set(self._asking.rows(asked.ids, asked.parameters)) | set(_compared(filter))
        wanted = sorted(numbers)
        photos: list[Photo] = []
        for start in range(0, len(wanted), _BATCH):
            found = self._asking.rows(statements.images(), {"keys": wanted[start : start + _BATCH]})
            kept = sorted(map(kept_of, found), key=lambda one: one.image.id)
            if kept:
                photos += photos_of(facts_of(kept))
        return ReferenceLibrary(photos, self._world)


def _compared(asked: ImageFilter) -> Iterable[int]:
    """Images that a filter names to compare others with."""
    for reference in (asked.similar and asked.similar.to, asked.semantic and asked.semantic.image):
        number = numbered("image", reference) if reference else None
        if number is not None and number < 2**62:
            yield number
    for part in (*asked.and_, *asked.or_, *([asked.not_] if asked.not_ is not None else [])):
        yield from _compared(part)


def _like(by: FacetBy, one: str, other: str) -> Photo:
    """A photo with what a group has in common."""
    match by:
        case FacetBy.PLACE | FacetBy.COUNTRY:
            return Photo(0, "", "", 0.0, place=one, near_city=other)
        case FacetBy.CAMERA:
            return Photo(0, "", "", 0.0, model=one, make=other)
        case FacetBy.LENS:
            return Photo(0, "", "", 0.0, lens=one)
        case FacetBy.YEAR | FacetBy.MONTH:
            return Photo(0, "", "", 0.0, taken=_first_second(one) if one else None)
        case FacetBy.FORMAT:
            return Photo(0, "", one, 0.0)
        case FacetBy.CONDITION:
            return Photo(0, "", "", 0.0, conditions=tuple(json.loads(one)) if one else ())
        case FacetBy.SIZE:
            return Photo(0, "", "", 0.0, size_word=one)
        case _:
            return Photo(0, "", "", 0.0, rating=float(one) if one else None)


def _first_second(month: str) -> int:
    year, number = month.split("-")
    return int((datetime(int(year), int(number), 1) - _EPOCH).total_seconds())


def _grid(found: Sequence[Mapping[str, Any]]) -> Grid:
    flags = [
        row["favorite"] + 2 * row["offline"] + 4 * ((row["nsfw"] or 0.0) > 0.5) + 8 * row["trashed_now"]
        for row in found
    ]
    taken = [NO_TIME if row["taken_seconds"] is None else row["taken_seconds"] for row in found]
    return Grid(
        id=np.array([row["number"] for row in found], dtype=np.uint32),
        aspect=np.array([row["aspect"] or 1.5 for row in found], dtype=np.float32),
        taken=np.array(taken, dtype=np.int64),
        version=np.array([row["media_version"] for row in found], dtype=np.int32),
        flags=np.array(flags, dtype=np.uint8),
        thumbhash=[b64decode(row["thumbhash"] or "") for row in found],
    )
