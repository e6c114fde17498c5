"""The library that search is tested on, and spaCy with and without its model."""

from __future__ import annotations

from datetime import date

import pytest

from api.search.tokens import English, blank, english
from api.search.vocabulary import Vocabulary
from schema.lexicon import Lexicon
from tests.search.gold import vocabulary as read_vocabulary


@pytest.fixture(scope="session")
def asked_of(lexicon: Lexicon) -> tuple[Vocabulary, date]:
    return read_vocabulary(lexicon)


@pytest.fixture(scope="session")
def vocabulary(asked_of: tuple[Vocabulary, date]) -> Vocabulary:
    return asked_of[0]


@pytest.fixture(scope="session")
def today(asked_of: tuple[Vocabulary, date]) -> date:
    return asked_of[1]


@pytest.fixture(scope="session", params=["model", "blank"])
def pipeline(request: pytest.FixtureRequest) -> English:
    if request.param == "blank":
        return blank()
    if not english().tags:
        pytest.skip("no English model is installed")
    return english()
