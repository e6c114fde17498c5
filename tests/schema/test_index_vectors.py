"""Nearest images by embeddings that may be anything: as exact as if every pair were computed in double precision."""

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from schema.filter.nodes import ImageFilter, SimilarFilter
from schema.index import ReadIndex
from schema.query import Sort, SortBy
from tests.bench.library import Recipe, batches
from tests.schema.strategies import LEXICON

IMAGES = 6000


def vectors(rng: np.random.Generator, shape: str) -> NDArray[np.float16]:
    found = rng.standard_normal((IMAGES, 96)).astype(np.float32)
    if shape == "one number stands out":
        found[:, 7] += 12
    if shape == "close together":
        found += rng.standard_normal(96).astype(np.float32) * 5
    if shape == "twice each":
        found[1::2] = found[::2]
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float16)


@pytest.mark.parametrize("shape", ["apart", "one number stands out", "close together", "twice each"])
def test_nearest_images_are_exact(shape: str) -> None:
    rng = np.random.default_rng(5)
    made = vectors(rng, shape)
    index = ReadIndex(LEXICON)
    for batch in batches(Recipe(IMAGES), 2000):
        some = made[batch.id.astype(int) - 1]
        index.apply(dataclasses.replace(batch, embedding=[vector.tobytes() for vector in some]))
    double = made.astype(np.float64)
    for image in rng.integers(1, IMAGES, 4).tolist():
        far = np.array([1 - double[image - 1] @ one for one in double])
        for limit in np.quantile(far, [0.0005, 0.01, 0.5]).tolist():
            asked = ImageFilter(similar=SimilarFilter(to=f"image:{image}", distance=limit))
            assert index.ids(asked).tolist() == (np.flatnonzero(far <= limit) + 1).tolist()
            first = index.page(asked, Sort(SortBy.SIMILARITY), 50)
            second = index.page(asked, Sort(SortBy.SIMILARITY), 50, after=first.cursors[-1])
            shown = np.array([*first.ids, *second.ids], dtype=np.int64)
            assert far[shown - 1].tolist() == np.sort(far[far <= limit])[:100].tolist()
            if second.cursors:
                back = index.page(asked, Sort(SortBy.SIMILARITY), 50, before=second.cursors[0])
                assert back.ids.tolist() == first.ids.tolist()
