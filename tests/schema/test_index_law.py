"""The read index agrees with the law on random libraries and questions, however its rows came to be there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.filter.nodes import EVERYTHING, Box, ImageFilter
from schema.filter.reference import ReferenceLibrary
from schema.index import ReadIndex
from schema.query import FacetBy, Sort, SortBy
from tests.schema.strategies import LEXICON, NOW, Drawn, facts_of, filters, libraries, sorts

CASES = 25_000 if os.environ.get("PIGALLERY_LONG") else 500
"""Of each of the four laws: 2,000 every time, 100,000 in the long mode (an hour or so)."""
LAW = settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))


def built(drawn: Drawn) -> ReadIndex:
    index = ReadIndex(LEXICON, now=lambda: NOW)
    index.set_names(drawn.people, drawn.places, drawn.albums)
    for batch in drawn.batches:
        index.apply(batch)
    return index


def reborn(index: ReadIndex) -> ReadIndex:
    """The same index, saved and loaded."""
    with tempfile.TemporaryDirectory() as folder:
        index.save(Path(folder), "12")
        loaded = ReadIndex.load(Path(folder), LEXICON)
        assert loaded is not None
        assert loaded[1] == "12"
        loaded[0].now = index.now
        loaded[0].set_names(index.names.people, list(index.names.places.values()), list(index.names.albums.values()))
        return loaded[0]


def found(engine: ReadIndex | ReferenceLibrary, asked: ImageFilter) -> list[int]:
    return sorted(engine.page(asked, Sort(SortBy.ADDED), 100).ids.tolist())


@LAW
@given(libraries(), st.lists(filters(), min_size=1, max_size=4))
def test_every_filter(drawn: Drawn, asked: list[ImageFilter]) -> None:
    index, reference = built(drawn), drawn.reference()
    for one in asked:
        expected = [photo.id for photo in reference.found(one)]
        assert found(index, one) == expected
        assert index.count(one) == len(expected)
        ids = [*range(1, 25)]
        assert index.visible(one, ids) == reference.visible(one, ids)


@LAW
@given(libraries(), filters(depth=1), sorts, st.integers(1, 5), st.data())
def test_pages(drawn: Drawn, asked: ImageFilter, sort: Sort, limit: int, data: st.DataObject) -> None:
    index, reference = built(drawn), drawn.reference()
    for question in (asked, EVERYTHING, replace_similar(asked)):
        after = before = ours_after = ours_before = None
        for _ in range(4):
            ours = index.page(question, sort, limit, after=ours_after, before=ours_before)
            law = reference.page(question, sort, limit, after=after, before=before)
            assert ours.ids.tolist() == law.ids.tolist()
            assert (ours.total, ours.has_next, ours.has_previous) == (law.total, law.has_next, law.has_previous)
            if not len(law.ids):
                break
            place = data.draw(st.integers(0, len(law.ids) - 1))
            if data.draw(st.booleans()):
                after, ours_after, before, ours_before = law.cursors[place], ours.cursors[place], None, None
            else:
                after, ours_after, before, ours_before = None, None, law.cursors[place], ours.cursors[place]


def replace_similar(asked: ImageFilter) -> ImageFilter:
    """Anything near or far, in the same order."""
    if asked.similar is None:
        return asked
    return ImageFilter(similar=asked.similar.model_copy(update={"distance": 64.0}))


@LAW
@given(libraries(), filters(depth=1), sorts, st.integers(0, 4), st.none() | st.integers(0, 4))
def test_sums(drawn: Drawn, asked: ImageFilter, sort: Sort, offset: int, limit: int | None) -> None:
    index, reference = built(drawn), drawn.reference()
    for by in FacetBy:
        ours = [(facet.value, facet.count) for facet in index.facets(asked, by, 1000)]
        assert ours == [(facet.value, facet.count) for facet in reference.facets(asked, by, 1000)]
        first = index.facets(asked, by, 2)
        assert [(facet.value, facet.count) for facet in first] == ours[:2]
    months = reference.timeline(asked)
    assert index.timeline(asked) == months
    for bucket in (None, *(month.key for month in months)):
        got, law = (engine.grid(asked, bucket, sort, offset=offset, limit=limit) for engine in (index, reference))
        assert got.thumbhash == law.thumbhash
        for name in ("id", "aspect", "taken", "version", "flags"):
            np.testing.assert_array_equal(getattr(got, name), getattr(law, name))
            assert getattr(got, name).dtype == getattr(law, name).dtype
    for box in (Box(south=-90, west=-180, north=90, east=180), Box(south=40, west=10, north=50, east=20)):
        for zoom in (0, 5, 20):
            clusters, lawful = (engine.map_clusters(asked, box, zoom) for engine in (index, reference))
            assert sum(cluster.count for cluster in clusters) == sum(cluster.count for cluster in lawful)
            if zoom == 20:
                assert sorted(c.image_id for c in clusters) == sorted(c.image_id for c in lawful)


@LAW
@given(libraries(), libraries(), st.sets(st.integers(1, 24)), filters(), sorts)
def test_images_come_change_and_go(
    drawn: Drawn, changed: Drawn, gone: set[int], asked: ImageFilter, sort: Sort
) -> None:
    index = built(drawn)
    index.count(asked)
    cursor_page = index.page(EVERYTHING, sort, 2)
    photos = {photo.id: photo for photo in drawn.photos}
    for photo in changed.photos:
        index.apply(facts_of([photo]))
        photos[photo.id] = photo
    index.remove(sorted(gone))
    left = replace(drawn, photos=tuple(photos[number] for number in sorted(photos.keys() - gone)))
    reference = left.reference()
    check(index, reference, [asked, EVERYTHING], sort)
    again = reborn(index)
    check(again, reference, [asked, EVERYTHING], sort)
    index.compact()
    check(index, reference, [asked, EVERYTHING], sort)
    if cursor_page.cursors and sort.by not in (SortBy.SIMILARITY, SortBy.RELEVANCE):
        page = index.page(EVERYTHING, sort, 100, after=cursor_page.cursors[-1])
        kept = [n for n in page.ids.tolist() if photos[n] in drawn.photos]
        before = built(drawn).page(EVERYTHING, sort, 100, after=cursor_page.cursors[-1]).ids.tolist()
        assert kept == [n for n in before if n not in gone and photos[n] in drawn.photos]
    for engine, batches in ((again, drawn.batches), (index, [facts_of([photo]) for photo in drawn.photos])):
        for batch in batches:
            engine.apply(batch)
        engine.remove([number for number in photos if number not in {photo.id for photo in drawn.photos}])
        check(engine, drawn.reference(), [asked], sort)


def check(index: ReadIndex, reference: ReferenceLibrary, asked: Sequence[ImageFilter], sort: Sort) -> None:
    for one in asked:
        assert index.count(one) == reference.count(one)
        page, law = (engine.page(one, sort, 100) for engine in (index, reference))
        assert page.ids.tolist() == law.ids.tolist()
        assert index.timeline(one) == reference.timeline(one)
        for by in (FacetBy.TAG, FacetBy.FOLDER, FacetBy.PLACE, FacetBy.PERSON):
            ours = [(facet.value, facet.count) for facet in index.facets(one, by, 1000)]
            assert ours == [(facet.value, facet.count) for facet in reference.facets(one, by, 1000)]


def test_a_large_library_walks_its_orders() -> None:
    """More images than are sorted one by one, so that cursors walk the order of all; in three batches with changes."""
    from tests.bench.library import Recipe, batches

    drawn = list(batches(Recipe(images=3000, seed=5), size=700))
    reference = ReferenceLibrary.from_facts(drawn, LEXICON)
    index = ReadIndex(LEXICON)
    for batch in drawn:
        index.apply(batch)
        index.page(EVERYTHING, Sort(), 1)
        index.page(EVERYTHING, Sort(SortBy.NAME), 1)
    for by in SortBy:
        for descending in (True, False):
            sort = Sort(by, descending)
            after = law_after = None
            for _ in range(3):
                page = index.page(EVERYTHING, sort, 170, after=after)
                law = reference.page(EVERYTHING, sort, 170, after=law_after)
                assert page.ids.tolist() == law.ids.tolist(), sort
                assert (page.has_next, page.has_previous) == (law.has_next, law.has_previous)
                after, law_after = page.cursors[-1], law.cursors[-1]
            page = index.page(EVERYTHING, sort, 100, before=after)
            law = reference.page(EVERYTHING, sort, 100, before=law_after)
            assert page.ids.tolist() == law.ids.tolist()


@pytest.mark.parametrize("size", [1, 100, 4096, 4097, 65535, 65536, 65537, 200_000])
def test_sets_of_rows_in_all_their_forms(size: int) -> None:
    from schema.index import bitmaps

    rng = np.random.default_rng(size)
    for share in (0.001, 0.03, 0.5, 1.0):
        mask = rng.random(size) < share
        rows = np.flatnonzero(mask)
        made = [bitmaps.from_mask(mask), bitmaps.from_rows(rows), bitmaps.BitMap(rows.tolist())]
        made.append(made[0] | bitmaps.BitMap(range(int(mask.sum()) and size // 2)) & made[0])
        for one in made:
            assert one == made[2]
            assert bitmaps.to_array(one).tolist() == rows.tolist()
            np.testing.assert_array_equal(bitmaps.to_mask(one, size), mask)
        np.testing.assert_array_equal(bitmaps.to_mask(bitmaps.BitMap(range(size)), size), np.ones(size, bool))
