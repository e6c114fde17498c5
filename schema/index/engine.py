"""`ReadIndex`: the query engine in memory, beside any store."""

from __future__ import annotations

import json
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from schema.edited import Assigned
from schema.errors import BadFilter
from schema.facts import FactBatch
from schema.filter.nodes import Box, ImageFilter
from schema.filter.photo import Embed
from schema.graph import Album, Place
from schema.index import snapshot, summaries
from schema.index.answer import Answer
from schema.index.atlas import clusters
from schema.index.bitmaps import BitMap, RowArray, from_rows, to_array
from schema.index.editing import edited
from schema.index.names import Names
from schema.index.order import Order, Walk, keys_of
from schema.index.ranking import Ranking
from schema.index.table import Table
from schema.index.terms import Hypernyms
from schema.index.vectors import FILES
from schema.patience import still_wanted
from schema.query import Bucket, Cluster, FacetBy, FacetValue, Grid, Page, Sort, SortBy

_COMPUTED = frozenset({SortBy.RANDOM, SortBy.SIMILARITY, SortBy.RELEVANCE})
_DEAD = 20_000
"""So many dead rows are never worth clearing away."""
_REMEMBERED = 64
"""Answers kept while nothing changes: a page asks for count, months, facets and photos of one filter."""


@dataclass(frozen=True, slots=True)
class State:
    """What one question looks at. `answers` are forgotten at every change."""

    table: Table
    orders: dict[SortBy, Order]
    answers: OrderedDict[Any, BitMap]


class ReadIndex:
    """Answers every `ImageFilter` exactly. One thread may change it while others ask: a question sees one state.

    `now` gives the wall clock with its zone; `text_embedder` a text's vector for `semantic`, where there is a model.
    """

    def __init__(
        self,
        lexicon: Hypernyms,
        *,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
        text_embedder: Embed | None = None,
    ) -> None:
        self.lexicon = lexicon
        self.now = now
        self.text_embedder = text_embedder
        self.names = Names()
        self.state = _state_of(Table(lexicon))
        self._changing = threading.RLock()

    def __len__(self) -> int:
        return len(self.state.table)

    # -- changes

    def apply(self, batch: FactBatch) -> None:
        """Insert images, or replace all that is known of them."""
        with self._changing:
            self.state.table.append(batch)
            self._changed()

    def remove(self, ids: Iterable[int]) -> None:
        """Forget images; unknown ids are no error."""
        with self._changing:
            self.state.table.remove(np.array(sorted({*ids}), dtype=np.uint32))
            self._changed()

    def edit(self, assigned: Sequence[Assigned]) -> None:
        """Set values of very many images, at once."""
        with self._changing:
            state = self.state
            orders = dict(state.orders)
            if any(one.field == "rating" for one in assigned):
                orders[SortBy.RATING] = Order(SortBy.RATING)
            self.state = State(edited(state.table, assigned), orders, OrderedDict())

    def set_names(
        self, people: Mapping[int, str] | None = None, places: Sequence[Place] = (), albums: Sequence[Album] = ()
    ) -> None:
        """What references by name mean, which place lies in which, and what smart albums ask."""
        self.names = Names(people, places, albums)
        self._forget()

    def compact(self) -> None:
        """Clear away the rows of what has changed and gone. Done by itself when they are many."""
        with self._changing:
            self.state = _state_of(self.state.table.compacted())

    # -- on disk

    def save(self, folder: Path, cursor: str) -> None:
        """All but the names and many dead rows, at once or not at all. `cursor`: of the change feed, up to which the
        index has come."""
        with self._changing:
            if self._dead() > max(_DEAD, len(self) // 8):
                self.compact()
            state = self.state
            for by in (SortBy.TAKEN, SortBy.NAME):
                state.orders[by].current(state.table, state.table.count)
            folder.mkdir(parents=True, exist_ok=True)
            used = [name for vectors in state.table.vectors for name in vectors.store(folder)]
            snapshot.write(folder, (state.table, state.orders, cursor))
        snapshot.sweep(folder, FILES, used)

    @classmethod
    def load(cls, folder: Path, lexicon: Hypernyms, text_embedder: Embed | None = None) -> tuple[Self, str] | None:
        """The index and its cursor; None where there is no snapshot, or one of another version. Names are to be set."""
        found = snapshot.read(folder)
        if found is None:
            return None
        table, orders, cursor = found
        try:
            for vectors in table.vectors:
                vectors.fetch(folder)
        except (OSError, ValueError):
            return None
        table.tags.terms.use(lexicon)
        index = cls(lexicon, text_embedder=text_embedder)
        index.state = State(table, orders, OrderedDict())
        return index, cursor

    def _changed(self) -> None:
        if self._dead() > max(_DEAD, len(self) // 2):
            self.compact()
        else:
            self._forget()

    def _dead(self) -> int:
        """Rows of what has changed or gone."""
        return self.state.table.count - len(self)

    def _forget(self) -> None:
        self.state = State(self.state.table, self.state.orders, OrderedDict())

    # -- QueryEngine

    def count(self, filter: ImageFilter) -> int:
        return len(self._asked(filter)[2])

    def ids(self, filter: ImageFilter) -> NDArray[np.uint32]:
        _, answer, hits = self._asked(filter)
        return np.sort(answer.table.ids_of(to_array(hits)))

    def page(
        self, filter: ImageFilter, sort: Sort, limit: int, *, after: str | None = None, before: str | None = None
    ) -> Page:
        start, stop = _key_of(after, sort), _key_of(before, sort)
        state, answer, hits = self._asked(filter)
        try:
            if sort.by in _COMPUTED:
                ranking = Ranking(filter, sort, answer, hits)
                rows, behind, ahead = ranking.page(limit, start, stop)
                keys: Sequence[Any] = ranking.keys_of(rows)
            else:
                rows, behind, ahead = _walk(state, sort, answer, hits).page(limit, start, stop)
                keys = keys_of(sort.by, answer.table, rows)
        except (TypeError, IndexError, OverflowError) as error:
            raise BadFilter("this is not a cursor of this library; start from the first page") from error
        return Page(
            ids=answer.table.ids_of(np.array(rows, dtype=np.uint32)),
            cursors=[_cursor_of(key, sort) for key in keys],
            total=len(hits),
            has_next=behind,
            has_previous=ahead,
        )

    def facets(self, filter: ImageFilter, by: FacetBy, limit: int) -> list[FacetValue]:
        _, answer, hits = self._asked(filter)
        return summaries.facets(answer.table, self.names, hits, answer.count, by, limit)

    def timeline(self, filter: ImageFilter) -> list[Bucket]:
        _, answer, hits = self._asked(filter)
        return summaries.timeline(answer.table, hits, answer.count)

    def grid(
        self, filter: ImageFilter, bucket: str | None, sort: Sort, *, offset: int = 0, limit: int | None = None
    ) -> Grid:
        state, answer, hits = self._asked(filter)
        table = answer.table
        if bucket is not None:
            hits = hits & table.taken.in_month(_month_of(bucket))
        ordered = Ranking(filter, sort, answer, hits) if sort.by in _COMPUTED else _walk(state, sort, answer, hits)
        rows = ordered.rows()[offset : None if limit is None else offset + limit]
        width, height = table.numbers["width"].values[rows], table.numbers["height"].values[rows]
        known = (width > 0) & (height > 0)
        aspect = np.full(len(rows), 1.5, dtype=np.float64)
        np.divide(width, height, out=aspect, where=known, dtype=np.float64)
        return Grid(
            id=table.ids_of(rows),
            aspect=aspect.astype(np.float32),
            taken=table.taken.seconds.values[rows],
            version=table.numbers["media_version"].values[rows],
            flags=self._flags(table, rows),
            thumbhash=table.thumbhash.many(rows),
        )

    def map_clusters(self, filter: ImageFilter, box: Box, zoom: int) -> list[Cluster]:
        _, answer, hits = self._asked(filter)
        return clusters(answer.table, hits, answer.count, box, zoom)

    def visible(self, filter: ImageFilter, ids: Sequence[int]) -> list[bool]:
        _, answer, hits = self._asked(filter)
        known = [number if 0 <= number < 2**32 else None for number in ids]
        rows = answer.table.rows_of_ids(np.array([number or 0 for number in known], dtype=np.uint32))
        return [n is not None and row >= 0 and row in hits for n, row in zip(known, rows.tolist(), strict=True)]

    # --

    def _asked(self, filter: ImageFilter) -> tuple[State, Answer, BitMap]:
        """The state of the library now, and the rows that match."""
        still_wanted()
        state, now = self.state, self.now()
        answers = state.answers
        answer = Answer(state.table, self.names, now, self.text_embedder)
        key = (filter, now) if self.names.smart or _asks_for_now(filter) else filter
        hits = answers.get(key)
        if hits is None:
            hits = answers[key] = answer.find(filter)
            if len(answers) > _REMEMBERED:
                answers.popitem(last=False)
        return state, answer, hits

    @staticmethod
    def _flags(table: Table, rows: RowArray) -> Any:
        flags, shown = np.zeros(len(rows), dtype=np.uint8), from_rows(np.sort(rows))
        for bit, name in ((1, "favorite"), (2, "offline"), (8, "trashed")):
            flagged = to_array(table.flags[name] & shown)
            flags |= np.isin(rows, flagged).astype(np.uint8) * np.uint8(bit)
        return flags | (table.numbers["nsfw"].values[rows] > 0.5).astype(np.uint8) * 4


def _state_of(table: Table) -> State:
    return State(table, {by: Order(by) for by in SortBy if by not in _COMPUTED}, OrderedDict())


def _walk(state: State, sort: Sort, answer: Answer, hits: BitMap) -> Walk:
    return Walk(state.orders[sort.by], answer.table, hits, answer.count, descending=sort.descending)


def _asks_for_now(asked: ImageFilter) -> bool:
    for time in (asked.taken, asked.added):
        if time is not None and (time.ago is not None or time.this_day is not None):
            return True
    parts = (*asked.and_, *asked.or_, *([asked.not_] if asked.not_ is not None else []))
    return any(map(_asks_for_now, parts))


def _month_of(bucket: str) -> int | None:
    """Months since 1970-01, None for undated. Raises BadFilter."""
    if bucket == summaries.UNDATED:
        return None
    year, dash, month = bucket.partition("-")
    if not (dash and year.isdecimal() and month.isdecimal() and 1 <= int(month) <= 12):
        raise BadFilter(f"'{bucket}' is not a bucket; write a month such as 2019-08, or 'undated'", "bucket")
    return (int(year) - 1970) * 12 + int(month) - 1


def _cursor_of(key: Sequence[Any], sort: Sort) -> str:
    return urlsafe_b64encode(json.dumps([sort.by, sort.descending, sort.seed, *key]).encode()).decode()


def _key_of(cursor: str | None, sort: Sort) -> Any:
    if cursor is None:
        return None
    try:
        by, descending, seed, *key = json.loads(urlsafe_b64decode(cursor))
    except (ValueError, TypeError) as error:
        raise BadFilter("this is not a cursor of this library; start from the first page") from error
    if (by, descending, seed) != (sort.by, sort.descending, sort.seed):
        raise BadFilter("this cursor belongs to another order; start from the first page")
    return tuple(key)
