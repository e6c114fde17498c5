"""Text in pictures: lines that Pillow wrote are read where they stand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inference.analysis import Analysis
from inference.analyzer import Analyzer
from inference.cards import chosen, load_cards
from inference.decoders.settings import Characters, TextMap
from inference.decoders.texts import characters, reading_order, text_map
from inference.fetch import ModelState, fetch
from inference.preprocess import Placement
from schema.lexicon import Lexicon
from schema.settings import Settings

READERS = ("ppocr-text-detect", "ppocr-text-read")


@pytest.fixture(scope="module")
def reader(weights: Settings, lexicon: Lexicon) -> Analyzer:
    lacking = [model for model in fetch(weights, READERS) if model.state is not ModelState.READY]
    if lacking:
        pytest.skip(f"no weights: {lacking[0].reason}")
    return Analyzer.open(weights.model_copy(update={"models": READERS}), lexicon)


def page(turn: float = 0.0) -> NDArray[np.uint8]:
    image = Image.new("RGB", (900, 600), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(36)
    draw.text((60, 80), "The quick brown fox jumps", fill="black", font=font)
    draw.text((60, 180), "over the lazy dog, 1234.56 EUR", fill="black", font=font)
    draw.text((520, 420), "Ferry to Hvar", fill="#a01010", font=font)
    return np.asarray(image.rotate(turn, expand=True, fillcolor="white", resample=Image.Resampling.BICUBIC))


@pytest.mark.parametrize("turn", [0.0, 8.0])
def test_lines_are_read_in_order(reader: Analyzer, turn: float) -> None:
    (found,) = reader.analyze([page(turn)])
    assert isinstance(found, Analysis)
    assert [line.text for line in found.texts] == [
        "The quick brown fox jumps", "over the lazy dog, 1234.56 EUR", "Ferry to Hvar",
    ]  # fmt: skip
    assert all(line.score > 0.9 and line.model == "ppocr-text-read" and line.made for line in found.texts)
    if not turn:
        x0, y0, x1, y1 = found.texts[2].box
        assert 0.55 < x0 < 0.59 and 0.68 < y0 < 0.72 and 0.76 < x1 < 0.86 and 0.74 < y1 < 0.8


def test_signs_in_photos_are_read(reader: Analyzer, samples: Path) -> None:
    with Image.open(samples / "photos" / "Glasses.jpg") as image:
        image.thumbnail((1440, 1440))
        (found,) = reader.analyze([np.asarray(image.convert("RGB"))])
    assert isinstance(found, Analysis) and "NAPA VALLEY" in {line.text for line in found.texts}


def test_an_empty_page_says_nothing(reader: Analyzer) -> None:
    for picture in (np.full((300, 400, 3), 255, np.uint8), np.zeros((1, 1, 3), np.uint8)):
        (found,) = reader.analyze([picture])
        assert isinstance(found, Analysis) and found.texts == ()


def test_reading_is_one_switch_away() -> None:
    for switch, on in (("off", False), ("on", True), ("auto", False)):
        settings = Settings(ocr=switch, device="cpu")  # type: ignore[arg-type]
        names = {card.name for card in chosen(load_cards(settings), settings)}
        assert names.issuperset(READERS) is on and names.isdisjoint(READERS) is not on


def test_a_map_becomes_turned_rectangles() -> None:
    likely = np.zeros((1, 64, 128), np.float32)
    likely[0, 20:28, 10:90] = 0.9
    likely[0, 50:53, 100:103] = 0.4  # not sure enough
    lines = text_map({"map": likely}, TextMap(kind="text-map"), Placement(128, 64))
    assert len(lines) == 1 and lines.scores[0] == pytest.approx(0.9)
    left, top = lines.corners[0].min(axis=0) * [128, 64]
    assert left < 10 and top < 20, "grown to the letters' own size"


def test_repeated_characters_need_a_gap() -> None:
    steps = np.full((7, 4), 0.01, np.float32)
    for step, character in enumerate([1, 1, 0, 1, 2, 2, 3]):
        steps[step, character] = 0.97
    told = characters({"c": steps}, Characters(kind="characters"), ["a", "b", " "])
    assert told is not None and told[0] == "aab" and told[1] == pytest.approx(0.97)
    assert characters({"c": steps * 0.5}, Characters(kind="characters"), ["a", "b", " "]) is None


def test_two_columns_are_read_row_by_row() -> None:
    def line(x: float, y: float) -> NDArray[np.float32]:
        return np.array([[x, y], [x + 0.3, y], [x + 0.3, y + 0.05], [x, y + 0.05]], np.float32)

    assert reading_order([line(0.5, 0.11), line(0.1, 0.5), line(0.1, 0.1)]) == [2, 0, 1]


def test_pictures_of_any_shape_are_read(reader: Analyzer) -> None:
    shapes = ((100, 6000), (6000, 100), (5, 5), (40, 41))
    found = reader.analyze([np.full((*shape, 3), 200, np.uint8) for shape in shapes])
    assert all(isinstance(one, Analysis) and one.texts == () for one in found)
