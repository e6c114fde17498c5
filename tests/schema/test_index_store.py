"""From a real store into the index and back out: what is odd but can be stored neither stops it nor bends an answer."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from schema.filter.nodes import EVERYTHING, ImageFilter
from schema.filter.reference import ReferenceLibrary
from schema.index import ReadIndex
from schema.query import FacetBy, Sort, SortBy
from schema.sqlite import SqliteStore
from schema.store import Imported
from tests.bench.library import Recipe
from tests.bench.library import batches as made_up
from tests.schema.libraries import batches
from tests.schema.strategies import LEXICON


@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(batches())
def test_whatever_is_stored_is_found(records: list[Imported]) -> None:
    async def facts() -> list[object]:
        with tempfile.TemporaryDirectory() as folder:
            store = SqliteStore(Path(folder) / "library.sqlite")
            await store.open()
            await store.write_imported(records)
            found = [batch async for batch in store.facts()]
            await store.close()
            return list(found)

    stored = asyncio.run(facts())
    index, reference = ReadIndex(LEXICON), ReferenceLibrary.from_facts(stored, LEXICON)  # type: ignore[arg-type]
    for batch in stored:
        index.apply(batch)  # type: ignore[arg-type]
    for by in (SortBy.TAKEN, SortBy.ADDED, SortBy.NAME, SortBy.BYTES, SortBy.RATING, SortBy.RANDOM):
        page, law = (engine.page(EVERYTHING, Sort(by), 50) for engine in (index, reference))
        assert page.ids.tolist() == law.ids.tolist()
    for by in (FacetBy.FOLDER, FacetBy.TAG, FacetBy.CAMERA, FacetBy.PLACE, FacetBy.YEAR):
        ours = [(facet.value, facet.count) for facet in index.facets(EVERYTHING, by, 99)]
        assert ours == [(facet.value, facet.count) for facet in reference.facets(EVERYTHING, by, 99)]
    assert index.timeline(EVERYTHING) == reference.timeline(EVERYTHING)
    red = ImageFilter.model_validate({"or": [{"color": {"near": "red"}}, {"tag": {"any": ["a"], "color": "red"}}]})
    assert index.count(red) <= index.count(EVERYTHING) == len(reference.photos)
    with tempfile.TemporaryDirectory() as folder:
        index.save(Path(folder), "1")
        loaded = ReadIndex.load(Path(folder), LEXICON)
        assert loaded is not None
        assert loaded[0].count(red) == index.count(red)


def test_a_snapshot_that_is_cut_short_or_of_another_kind_is_not_loaded(tmp_path: Path) -> None:
    assert ReadIndex.load(tmp_path, LEXICON) is None
    index = ReadIndex(LEXICON)
    for batch in made_up(Recipe(images=500)):
        index.apply(batch)
    index.save(tmp_path, "7:12")
    whole = (tmp_path / "index.snapshot").read_bytes()
    assert [file.name for file in tmp_path.iterdir()] == ["index.snapshot"]
    for broken in (whole[:-9], whole[: len(whole) // 2], b"", b"PGINDEX0" + whole[8:], whole[:40] + whole[48:]):
        (tmp_path / "index.snapshot").write_bytes(broken)
        assert ReadIndex.load(tmp_path, LEXICON) is None
    (tmp_path / "index.snapshot").write_bytes(whole)
    loaded = ReadIndex.load(tmp_path, LEXICON)
    assert loaded is not None
    assert (loaded[1], len(loaded[0])) == ("7:12", 500)


def test_a_loaded_index_can_be_saved_over_the_file_it_uses(tmp_path: Path) -> None:
    index = ReadIndex(LEXICON)
    drawn = list(made_up(Recipe(images=900, vector=8), size=300))
    index.apply(drawn[0])
    for number, batch in enumerate(drawn[1:]):
        index.save(tmp_path, str(number))
        loaded = ReadIndex.load(tmp_path, LEXICON)
        assert loaded is not None
        index = loaded[0]
        index.apply(batch)
    fresh = ReadIndex(LEXICON)
    for batch in drawn:
        fresh.apply(batch)
    pages = [one.page(EVERYTHING, Sort(SortBy.NAME), 900) for one in (index, fresh)]
    assert pages[0].ids.tolist() == pages[1].ids.tolist()
    alike = ImageFilter.model_validate({"similar": {"to": "1", "distance": 2}})
    pages = [one.page(alike, Sort(SortBy.SIMILARITY), 900) for one in (index, fresh)]
    assert pages[0].ids.tolist() == pages[1].ids.tolist()
    assert len(pages[0].ids) == 900


def test_vectors_are_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schema.index.vectors._BLOCK", 256)
    index, fresh = ReadIndex(LEXICON), ReadIndex(LEXICON)
    written: set[str] = set()
    for number, batch in enumerate(made_up(Recipe(images=1500, vector=16), size=500)):
        index.apply(batch)
        fresh.apply(batch)
        index.save(tmp_path, str(number))
        files = {file.name for file in tmp_path.glob("vectors-*")}
        assert files >= written
        assert len(files) == (number + 1) * 500 // 256
        written = files
        loaded = ReadIndex.load(tmp_path, LEXICON)
        assert loaded is not None
        index = loaded[0]
    alike = ImageFilter.model_validate({"similar": {"to": "7", "distance": 2}})
    pages = [one.page(alike, Sort(SortBy.SIMILARITY), 1500) for one in (index, fresh)]
    assert pages[0].ids.tolist() == pages[1].ids.tolist()
    (tmp_path / max(written)).unlink()
    assert ReadIndex.load(tmp_path, LEXICON) is None
    index.save(tmp_path, "4")
    loaded = ReadIndex.load(tmp_path, LEXICON)
    assert loaded is not None
    assert loaded[0].page(alike, Sort(SortBy.SIMILARITY), 1500).ids.tolist() == pages[0].ids.tolist()


def test_images_that_change_for_ever_do_not_fill_the_memory() -> None:
    index = ReadIndex(LEXICON)
    first = next(made_up(Recipe(images=20_000)))
    index.apply(first)
    for _ in range(2):
        index.apply(first)
    for _ in range(6):
        index.apply(first)
        assert index.count(EVERYTHING) == 20_000
        assert index.state.table.count <= 60_000
    page = index.page(EVERYTHING, Sort(), 20_000)
    assert len(np.unique(page.ids)) == 20_000
