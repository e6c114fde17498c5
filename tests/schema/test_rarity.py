"""What is rare counts for more: the weights, and the order they give below a viewer's scope."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schema.filter.nodes import ImageFilter, TagFilter
from schema.rarity import STEPS, concepts_named, idf, weighed

counts = st.integers(0, 1_000_000)


@given(st.lists(counts, min_size=1, max_size=8), counts)
def test_the_rarer_weighs_no_less(shown: list[int], more: int) -> None:
    total = max(shown) + more
    weights = [weight for _, weight in weighed([str(k) for k in range(len(shown))], shown, total)]
    assert max(weights) == 1 and min(weights) >= 1 / STEPS
    for n, weight in zip(shown, weights, strict=True):
        assert idf(n, total) > 0
        assert all(weight >= other for m, other in zip(shown, weights, strict=True) if n <= m)


def test_concepts_that_are_denied_rank_nothing() -> None:
    asked = ImageFilter(
        tag=TagFilter(any=("dog",), none=("cat",)),
        not_=ImageFilter(tag=TagFilter(any=("car",))),
        or_=(ImageFilter(tag=TagFilter(all=("boat", "dog"))), ImageFilter(favorite=True)),
    )
    assert concepts_named(asked) == ("dog", "boat")
