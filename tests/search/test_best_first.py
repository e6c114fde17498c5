"""Best matches first, and words that are looked for by what they mean: a real library, through the View of a viewer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest

from api.search import Edit, How, ask
from schema.errors import BadFilter
from schema.filter.nodes import ImageFilter, PathFilter
from schema.filter.photo import Meaning
from schema.gazetteer import Gazetteer
from schema.graph import Image, TagEdge, TagKind
from schema.index import ReadIndex
from schema.lexicon import Lexicon
from schema.library import Library
from schema.policy import OWNER, Capability, Viewer
from schema.query import Sort, SortBy
from schema.sqlite import SqliteStore
from tests.schema.libraries import imported

TODAY = date(2026, 11, 22)
COSY, LOUD = np.eye(2, dtype=np.float32)


def embed(text: str) -> Meaning:
    """Two meanings are known."""
    vectors = {"snuggly": COSY, "snuggly raucous": COSY, "raucous": LOUD}
    if text not in vectors:
        raise BadFilter(f"nothing is known of {text}", "semantic.text")
    return Meaning(vectors[text], 0.7)


def shown(name: str, score: float) -> TagEdge:
    return TagEdge(name, TagKind.CONCEPT, score, model="classes")


@pytest.fixture
async def library(tmp_path: Path, lexicon: Lexicon, gazetteer: Gazetteer) -> AsyncIterator[Library]:
    """Twenty dogs and two birds, but in the folder `birds` one dog and five birds; two of them cosy."""
    store = SqliteStore(tmp_path / "library.sqlite")
    await store.open()
    dogs = [
        imported(
            n, tags=(shown("dog.n.01", 0.91 + n / 500),), taken=datetime(2000 + n, 5, 1), path=f"/photos/d/{n}.jpg"
        )
        for n in range(1, 21)
    ]
    birds = [imported(30 + n, tags=(shown("crane.n.05", 0.75),), path=f"/photos/birds/{n}.jpg") for n in range(5)]
    beside = imported(40, tags=(shown("dog.n.01", 0.8),), path="/photos/birds/dog.jpg")
    sure = imported(41, tags=(shown("dog.n.01", 0.45),), taken=datetime(2025, 1, 1), path="/photos/d/unsure.jpg")
    meanings = [
        imported(50, meaning=(0.96 * COSY + 0.28 * LOUD).astype(np.float16).tobytes(), taken=datetime(2026, 1, 1)),
        imported(51, meaning=COSY.astype(np.float16).tobytes(), taken=datetime(2001, 1, 1)),
        imported(52, meaning=LOUD.astype(np.float16).tobytes()),
    ]
    await store.write_imported([*dogs, *birds, beside, sure, *meanings])
    library = Library(store, lambda: ReadIndex(lexicon, text_embedder=embed), lexicon, gazetteer, embed=embed)
    await library.start(follow=False)
    yield library
    await library.close()


async def best(library: Library, sentence: str, viewer: Viewer = OWNER) -> list[int]:
    view = library.view(viewer)
    found = await ask(view, sentence, TODAY)
    page, _ = await view.page(found.filter, Sort(SortBy.RELEVANCE), 100)
    return [int(number) for number in page.ids]


async def test_the_rarer_match_comes_first_then_the_newest_of_as_good_ones(library: Library) -> None:
    order = await best(library, "dogs or cranes")
    keys = {image.id: int(image.name[:6]) for image in await seen(library, order)}
    named = [keys[number] for number in order]
    assert set(named[:5]) == {30, 31, 32, 33, 34}
    assert named[5:25] == [*range(20, 0, -1)]  # .912 to .95 are as good
    assert named[25:] == [40, 41]


async def test_rarity_is_that_of_what_one_may_see(library: Library) -> None:
    below = ImageFilter(path=PathFilter(under=("/photos/birds",)))
    visitor = Viewer("guest", below, frozenset({Capability.READ}))
    order = await best(library, "dogs or cranes", visitor)
    assert len(order) == 6
    assert (await seen(library, order[:1]))[0].name == "000040.jpg"


async def seen(library: Library, ids: list[int]) -> list[Image]:
    return [image for image in await library.view(OWNER).images(ids) if image is not None]


async def test_an_unknown_word_is_looked_for_as_text_and_by_meaning(library: Library) -> None:
    view = library.view(OWNER)
    found = await ask(view, "snuggly raucous", TODAY)
    assert found.unknown == ("snuggly raucous",)
    (chip,) = found.chips
    assert chip.kind == "unknown" and "text or meaning" in chip.description
    assert [image.name[:6] for image in await seen(library, await best(library, "snuggly raucous"))] == [
        "000051",
        "000050",
    ]
    only = await ask(view, "snuggly raucous", TODAY, edits=[Edit(0, How.OTHER, 0)])
    assert only.filter == ImageFilter.model_validate({"text": {"words": "snuggly raucous"}})


async def test_what_has_no_meaning_here_is_text_alone(library: Library) -> None:
    found = await ask(library.view(OWNER), "xqzzt", TODAY)
    assert found.filter == ImageFilter.model_validate({"text": {"words": "xqzzt"}})
    assert found.chips[0].description.endswith("searched as text")
    library.embed = None
    assert (await ask(library.view(OWNER), "snuggly", TODAY)).filter.semantic is None
