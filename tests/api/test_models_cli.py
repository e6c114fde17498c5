"""`pigallery models add | bench | compare`: a card is all that a model needs, and what is wrong with one is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import helper
from PIL import Image
from typer.testing import CliRunner, Result

from api.cli import app
from inference.analysis import Analysis
from inference.analyzer import Analyzer
from inference.cards import load_cards
from inference.digest import file_digest
from schema.errors import PiGalleryError
from schema.lexicon import Lexicon
from schema.settings import Settings
from tests.inference.small_models import SIDE, mean_model, nan_when_dark, number, plain

CARD = """
name = "{name}"
task = "nsfw"
title = "A small model"
release = "1"
licence = "MIT"
[source]
file = "{file}"
[[source.files]]
path = "model.onnx"
sha256 = "{sha256}"
[input]
width = {width}
height = {width}
[decoder]
kind = "unsafe"
{unsafe}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["models", *arguments, "--home", str(home)])


def said(result: Result) -> str:
    """What a person reads, errors in one sentence."""
    if isinstance(result.exception, PiGalleryError):
        return str(result.exception)
    return result.output


def card(folder: Path, model: Path, *, sha256: str = "", width: int = SIDE, unsafe: str = "unsafe = [1]") -> str:
    text = CARD.format(name=model.stem, file=model, sha256=sha256 or file_digest(model), width=width, unsafe=unsafe)
    place = folder / f"{abs(hash(text))}.toml"
    place.write_text(text, "utf-8")
    return str(place)


def five_classes(path: Path) -> Path:
    """As nsfwjs has them: drawing, hentai, neutral, porn, sexy; bright pictures are 3 parts porn and 1 part hentai."""
    return mean_model(
        path,
        number("slopes", 0.0, 0.0625, -0.0625, 0.0725, 0.0, shape=(1, 5)),
        helper.make_node("MatMul", ["mean", "slopes"], ["scores"]),
        classes=5,
    )


def test_a_model_with_other_classes_needs_a_card_and_nothing_else(home: Path, tmp_path: Path, lexicon: Lexicon) -> None:
    place = card(tmp_path, five_classes(tmp_path / "five.onnx"), unsafe='unsafe = [1, 3]\nactivation = "softmax"')
    assert "five: ready" in said(run(home, "add", place))
    assert "five" in said(run(home, "list"))
    settings = Settings(home=home, threads=1, models=("five",))
    pictures = [np.full((9, 9, 3), shade, np.uint8) for shade in (255, 0)]
    bright, dark = Analyzer.open(settings, lexicon).analyze(pictures)
    assert isinstance(bright, Analysis) and isinstance(dark, Analysis)
    assert bright.nsfw is not None and bright.nsfw > 0.99 and dark.nsfw == pytest.approx(0.4)


def test_what_is_wrong_with_a_card_is_one_sentence_and_nothing_is_kept(home: Path, tmp_path: Path) -> None:
    model = plain(tmp_path / "plain.onnx")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a model")
    wordy = tmp_path / "wordy.toml"
    wordy.write_text('name = "wordy"\ntask = "divine"\n', "utf-8")
    for place, words in (
        (card(tmp_path, model, sha256="0" * 64), "is not the file its card names (its sha256 differs)"),
        (card(tmp_path, model, width=16), "correct width, height or layout"),
        (card(tmp_path, model, unsafe='output = "nowhere"'), "has no output nowhere, only scores; correct its decoder"),
        (card(tmp_path, broken), "cannot be loaded"),
        (str(wordy), "wordy.toml: task:"),
        (str(tmp_path / "nowhere.toml"), "There is no card"),
    ):
        told = said(run(home, "add", place))
        assert words in told and "\n" not in told.strip() and "Traceback" not in told
        assert not [*(home / "models.d").glob("*.toml")]
    assert "plain: ready" in said(run(home, "add", card(tmp_path, model)))
    assert "sha256 differs" in said(run(home, "add", card(tmp_path, model, sha256="1" * 64)))
    assert load_cards(Settings(home=home))["plain"].source.files[0].sha256 == file_digest(model), "the good one stays"


def test_models_are_timed_and_compared(home: Path, tmp_path: Path) -> None:
    for model in (plain(tmp_path / "plain.onnx"), nan_when_dark(tmp_path / "nan.onnx")):
        assert run(home, "add", card(tmp_path, model)).exit_code == 0
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("RGB", (20, 10), "white").save(folder / "bright.png")
    Image.new("RGB", (20, 10), "black").save(folder / "dark.jpg")
    (folder / "notes.txt").write_text("no picture", "utf-8")
    told = said(run(home, "compare", str(folder), "plain", "nan"))
    bright, dark = (line for line in told.splitlines() if line.startswith(("bright", "dark")))
    assert "safe 0.00" in bright and "unsafe 1.00" in bright and "unsafe 1.00" in dark and "no usable numbers" in dark
    assert "agrees with plain" in told and "notes" not in told
    timed = said(run(home, "bench", "plain"))
    assert "nsfw" in timed and "cpu" in timed
    assert "one and the same task" in said(run(home, "compare", str(folder), "plain", "yunet"))
