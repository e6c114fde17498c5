"""Tags of images: terms, the WordNet concepts above them, and every edge with its score."""

from __future__ import annotations

import array
from heapq import heappush, heappushpop
from itertools import accumulate, chain

import numpy as np
from numpy.typing import NDArray

from schema.color import difference, is_hex
from schema.facts import FactBatch
from schema.filter.nodes import TAG_COLOR_DISTANCE, TagFilter
from schema.index.bitmaps import BitMap, Survivors, from_any_rows, from_rows, to_array, union
from schema.index.columns import Column, runs
from schema.index.postings import Edges, Postings, Segment
from schema.index.terms import Hypernyms, Numbers, Terms

REPEATED = np.uint32(1 << 31)
"""Set on an edge whose facet value the same image already has by an earlier edge."""
_SPARSE = 16
"""Below one row in so many, the tags of each row are counted, else the rows of each tag."""


class Tags:
    """A term is a (kind, name) that tags bear. Per synset there is the bitmap of the images below it."""

    def __init__(self, lexicon: Hypernyms) -> None:
        self.terms = Terms(lexicon)
        self.node_rows: list[BitMap] = []
        """Per node of `terms`, images with a term below it."""
        self.own_rows: dict[int, tuple[tuple[Segment, ...], BitMap]] = {}
        """Images of a facet group whose nodes have more below them, and the edges that were looked at for it."""
        self.marks: list[tuple[int, str]] = []
        """(count, origin) of edges."""
        self.mark_of: dict[tuple[int, str], int] = {}
        self.edges = Postings(score=np.float32, mark=np.uint16)
        self.boxed = Postings(score=np.float32, mark=np.uint16, color=np.uint32)
        """One entry per color of an edge's boxes."""
        self.forward = Column(np.uint32)
        """Terms of all edges by row, REPEATED or not."""
        self.ends = Column(np.uint32)
        """Where the edges of each row end in `forward`."""
        self.total = Column(np.float64)
        """Sum over the facet groups of each row of its best score."""
        self.described = BitMap()
        """Rows with an edge that is in a facet group."""

    # -- in

    def append(self, batch: FactBatch, first: int) -> None:
        pairs = list(zip(batch.tag_kind, batch.tag_name, strict=True))
        self.terms.add(pairs)
        order = np.argsort(batch.tag_row, kind="stable")
        terms = np.fromiter(map(self.terms.number_of.__getitem__, pairs), dtype=np.uint32, count=len(pairs))[order]
        row = batch.tag_row[order].astype(np.uint32) + np.uint32(first)
        marks = list(zip(batch.tag_count.tolist(), batch.tag_origin, strict=True))
        for made in dict.fromkeys(marks):
            if made not in self.mark_of:
                self.mark_of[made] = len(self.marks)
                self.marks.append(made)
        mark = np.fromiter(map(self.mark_of.__getitem__, marks), dtype=np.uint16, count=len(marks))[order]
        score = batch.tag_score[order]
        self.edges.append(terms, {"row": row, "score": score, "mark": mark})
        self._append_colors(batch, order, terms, row, score, mark)

        groups = self.terms.group.values[terms].astype(np.int64)
        once = self._append_totals(row.astype(np.int64), groups, score, range(first, first + len(batch)))
        self.forward.append(np.where(once & (groups >= 0), terms, terms | REPEATED))
        lengths = np.bincount(batch.tag_row, minlength=len(batch))
        start = int(self.ends.values[-1]) if len(self.ends) else 0
        self.ends.append((np.cumsum(lengths) + start).astype(np.uint32))
        self._append_bitmaps(terms, row)

    def kept(self, survivors: Survivors) -> Tags:
        found = Tags(self.terms.lexicon)
        found.terms, found.marks, found.mark_of = self.terms, self.marks, self.mark_of
        found.node_rows = [survivors.of(rows) for rows in self.node_rows]
        found.edges, found.boxed = self.edges.kept(survivors), self.boxed.kept(survivors)
        found.forward = Column(np.uint32, self.forward.values[self.forward_edges(survivors.rows)])
        lengths = np.diff(self.ends.values.astype(np.int64), prepend=0)[survivors.rows]
        found.ends = Column(np.uint32, np.cumsum(lengths).astype(np.uint32))
        found.total, found.described = self.total.kept(survivors.rows), survivors.of(self.described)
        return found

    def _append_totals(
        self, row: NDArray[np.int64], groups: NDArray[np.int64], score: NDArray[np.float32], rows: range
    ) -> NDArray[np.bool_]:
        """Returns which edges are the first of their group in their row."""
        key = row << 32 | (groups & 0xFFFFFFFF)
        order = np.argsort(key, kind="stable")
        key = key[order]
        first = np.concatenate(([True], key[1:] != key[:-1])) if len(key) else np.zeros(0, np.bool_)
        once = np.zeros(len(row), dtype=np.bool_)
        once[order[first]] = True
        total = np.zeros(len(rows), dtype=np.float64)
        if len(key):
            starts = np.flatnonzero(first)
            best = np.maximum.reduceat(score[order], starts).astype(np.float64)
            counted = groups[order[starts]] >= 0
            at = row[order[starts]][counted]
            total[:] = np.bincount(at - rows.start, best[counted], minlength=len(rows))
            self.described |= from_rows(np.unique(at))
        self.total.append(total)
        return once

    def _append_colors(
        self,
        batch: FactBatch,
        order: NDArray[np.intp],
        terms: Numbers,
        row: NDArray[np.uint32],
        score: NDArray[np.float32],
        mark: NDArray[np.uint16],
    ) -> None:
        colored = [
            (at, int(color[1:], 16))
            for at, edge in enumerate(order.tolist())
            for color in batch.tag_colors[edge]
            if is_hex(color)
        ]
        if not colored:
            return
        at, color = np.array([at for at, _ in colored]), np.array([color for _, color in colored], dtype=np.uint32)
        self.boxed.append(terms[at], {"row": row[at], "score": score[at], "mark": mark[at], "color": color})

    def _append_bitmaps(self, terms: Numbers, row: NDArray[np.uint32]) -> None:
        """The new rows of each term go into the bitmap of every node above it."""
        self.node_rows += [BitMap() for _ in range(len(self.terms.below) - len(self.node_rows))]
        ends = self.terms.node_ends.values.astype(np.int64)
        lengths = np.diff(ends, prepend=0)[terms]
        starts = ends[terms] - lengths
        at = np.arange(int(lengths.sum())) + np.repeat(starts - np.cumsum(lengths) + lengths, lengths)
        nodes, rows = self.terms.nodes.values[at], np.repeat(row, lengths)
        order = np.argsort(nodes.astype(np.uint16) if len(self.node_rows) <= 65536 else nodes, kind="stable")
        nodes, rows = nodes[order], rows[order]
        for start, end in runs(nodes):
            self.node_rows[int(nodes[start])].update(array.array("I", rows[start:end].tobytes()))

    # -- what a concept names

    def tagged_with(self, concept: str, asked: TagFilter, count: int) -> BitMap:
        """Rows with an edge that meets the filter and is the concept."""
        if asked.narrower and is_plain(asked):
            return union(self.node_rows[node] for node in self.terms.nodes_of(concept))
        return from_any_rows(
            self.passing(asked, self.terms.named(concept, narrower=asked.narrower), "row")["row"], count
        )

    def passing(self, asked: TagFilter, terms: Numbers, *columns: str) -> Edges:
        """Columns of the edges of some terms that the filter looks at."""
        more = (("mark",) if asked.min_count > 1 or asked.origin else ()) + (("color",) if asked.color else ())
        wanted = tuple(dict.fromkeys((*columns, *more)))
        edges = (self.edges if asked.color is None else self.boxed).find(terms, *wanted, least=asked.min_score)
        if not more:
            return edges
        meets = np.ones(len(edges[wanted[0]]), dtype=np.bool_)
        if "mark" in more:
            good = [n >= asked.min_count and (not asked.origin or o in asked.origin) for n, o in list(self.marks)]
            meets &= np.array(good, dtype=np.bool_)[edges["mark"]]
        if asked.color is not None:
            colors, which = np.unique(edges["color"][meets], return_inverse=True)
            near = np.zeros(len(colors), dtype=np.bool_)
            if len(colors):
                near = difference(asked.color, [f"#{color:06x}" for color in colors.tolist()]) <= TAG_COLOR_DISTANCE
            meets[np.flatnonzero(meets)] = near[which]
        return {name: edges[name][meets] for name in columns}

    def with_others(self, asked: TagFilter, among: BitMap, count: int) -> BitMap:
        """Of some rows those that have an edge the filter looks at, which is none of its `only`."""
        others = np.zeros(len(self.terms), dtype=np.bool_)
        others[self.forward.values[self.forward_edges(to_array(among))] & ~REPEATED] = True
        for concept in asked.only:
            others[self.terms.named(concept, narrower=asked.narrower)] = False
        return from_any_rows(self.passing(asked, np.flatnonzero(others).astype(np.uint32), "row")["row"], count) & among

    # -- by row

    def forward_edges(self, rows: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Positions in `forward` of the edges of some rows."""
        ends = self.ends.values.astype(np.int64, copy=False)
        stops = ends[rows]
        starts = np.where(rows > 0, ends[rows.astype(np.int64) - 1], 0)
        lengths = stops - starts
        return np.arange(int(lengths.sum())) + np.repeat(starts - np.cumsum(lengths) + lengths, lengths)

    def counts(self, rows: BitMap, count: int, most: int) -> NDArray[np.int64]:
        """Images per facet group; only of the groups that have the `most` images, and of those with as many."""
        if len(rows) * _SPARSE > count:
            return self._frequent(rows, most)
        terms = self.forward.values[self.forward_edges(to_array(rows))]
        per_term = np.bincount(terms[terms < REPEATED])
        groups = self.terms.group.values[: len(per_term)]
        kept = groups >= 0
        return np.bincount(groups[kept], per_term[kept]).astype(np.int64)

    def _frequent(self, rows: BitMap, most: int) -> NDArray[np.int64]:
        """Group by group, those that are on most images of the library first, until no other can be on enough."""
        nodes = self.terms.group_nodes
        found = np.zeros(len(nodes), dtype=np.int64)
        if not nodes or not most:
            return found
        sizes = np.fromiter(map(len, self.node_rows), dtype=np.int64, count=len(self.node_rows))
        starts = np.fromiter(accumulate(map(len, nodes), initial=0), dtype=np.int64)[:-1]
        bounds = np.add.reduceat(sizes[np.fromiter(chain.from_iterable(nodes), dtype=np.int64)], starts)
        best: list[int] = []
        for group in np.argsort(-bounds, kind="stable").tolist():
            if len(best) == most and bounds[group] < best[0]:
                break
            size = rows.intersection_cardinality(self.of_group(group))
            found[group] = size
            (heappush if len(best) < most else heappushpop)(best, size)
        return found

    def of_group(self, group: int) -> BitMap:
        """Rows with an edge of a facet group, and perhaps some that come later. Not to be changed."""
        terms, nodes = self.terms.of_group(group), self.terms.group_nodes[group]
        if sum(len(self.terms.below[node]) for node in nodes) == len(terms):
            return self.node_rows[nodes[0]] if len(nodes) == 1 else union(self.node_rows[node] for node in nodes)
        segments = self.edges.segments
        known, found = self.own_rows.get(group, ((), BitMap()))
        if known is not segments:
            rows = self.edges.since(known).find(terms, "row")["row"]
            found = found | from_any_rows(rows, int(rows.max(initial=0)) + 1)
            self.own_rows[group] = segments, found
        return found

    def weights(self, row: int) -> dict[int, float]:
        """Best score per facet group of one image."""
        found: dict[int, float] = {}
        terms = np.unique(self.forward.values[self.forward_edges(np.array([row], dtype=np.uint32))] & ~REPEATED)
        for term in terms.tolist():
            group = int(self.terms.group.values[term])
            if group >= 0:
                edges = self.edges.find(np.array([term]), "row", "score")
                best = float(edges["score"][edges["row"] == row].max())
                found[group] = max(found.get(group, 0.0), best)
        return found


def is_plain(asked: TagFilter) -> bool:
    """Every edge counts."""
    return asked.min_score == 0 and asked.min_count == 1 and not asked.origin and asked.color is None
