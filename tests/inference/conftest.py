"""The real weights, fetched once into a folder that outlives the run; without network a skip says that they lack."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inference import runtime
from inference.analyzer import Analyzer
from inference.fetch import ModelState, fetch
from schema.lexicon import Lexicon
from schema.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(os.environ.get("PIGALLERY_TEST_HOME") or ROOT / ".deploy" / "test-home")


@pytest.fixture(scope="session")
def weights() -> Settings:
    """Settings whose home holds the default models."""
    if not runtime.available():
        pytest.skip("ONNX Runtime is not installed")
    settings = Settings(home=HOME, threads=2)
    missing = [model for model in fetch(settings) if model.state is not ModelState.READY]
    if missing:
        pytest.skip(f"no weights: {missing[0].reason}")
    return settings


@pytest.fixture(scope="session")
def analyzer(weights: Settings, lexicon: Lexicon) -> Analyzer:
    return Analyzer.open(weights, lexicon)
