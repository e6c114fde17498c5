"""Meaning: pictures by their tags beside texts, and by towers that know pictures and texts together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper
from PIL import Image
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from inference.analysis import Analysis
from inference.analyzer import Analyzer
from inference.digest import file_digest
from inference.fetch import ModelState, fetch
from inference.meaning import TextMeanings
from schema.errors import BadConfig, BadFilter
from schema.lexicon import Lexicon
from schema.settings import Settings
from tests.inference.small_models import SIDE

TOWERS = """
name = "{name}"
task = "{task}"
title = "A tower of a few bytes"
release = "1"
licence = "MIT"
space = "tiny"
[source]
file = "{file}"
[[source.files]]
path = "{name}.onnx"
sha256 = "{sha256}"
{rest}
"""


def saved(path: Path, nodes: Sequence[onnx.NodeProto], *ends: onnx.ValueInfoProto) -> Path:
    graph = helper.make_graph(list(nodes), "tower", list(ends[:-1]), [ends[-1]])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))
    return path


def towers(tmp_path: Path) -> Settings:
    """An image tower that gives a picture's mean color, and a text tower that knows three words as colors."""
    home = tmp_path / "home"
    cards = home / "models.d"
    cards.mkdir(parents=True)
    picture = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])
    vectors = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", 3])
    image = saved(
        tmp_path / "eyes.onnx",
        [helper.make_node("ReduceMean", ["pixels"], ["vectors"], axes=[2, 3], keepdims=0)],
        picture,
        vectors,
    )
    table = np.array([[0.1, 0.1, 0.1], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    numbers = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", 4])
    weights = helper.make_tensor("table", TensorProto.FLOAT, table.shape, table.tobytes(), raw=True)
    text = saved(
        tmp_path / "ears.onnx",
        [
            helper.make_node("Constant", [], ["table"], value=weights),
            helper.make_node("Gather", ["table", "input_ids"], ["each"], axis=0),
            helper.make_node("ReduceMean", ["each"], ["vectors"], axes=[1], keepdims=0),
        ],
        numbers,
        vectors,
    )
    words = Tokenizer(WordLevel({"[UNK]": 0, "red": 1, "green": 2, "blue": 3}, unk_token="[UNK]"))
    words.pre_tokenizer = Whitespace()
    words.save(str(tmp_path / "words.json"))
    tokens = tmp_path / "words.json"
    shape = f'[input]\nwidth = {SIDE}\nheight = {SIDE}\nviews = ["crop"]\n[decoder]\nkind = "vector"'
    reads = (
        f'[tokenizer]\nfile = "{tokens}"\n[[tokenizer.files]]\npath = "words.json"\nsha256 = "{file_digest(tokens)}"\n'
        '[decoder]\nkind = "sentences"\ntokens = 4\nfill = true\ncutoff = 0.6'
    )
    for name, task, file, rest in (("eyes", "image-embed", image, shape), ("ears", "text-embed", text, reads)):
        told = TOWERS.format(name=name, task=task, file=file, sha256=file_digest(file), rest=rest)
        (cards / f"{name}.toml").write_text(told, "utf-8")
    return Settings(home=home, threads=1, models=("eyes", "ears"))


def color(red: int, green: int, blue: int) -> NDArray[np.uint8]:
    return np.full((9, 13, 3), (red, green, blue), np.uint8)


def test_towers_by_card_bring_pictures_and_words_together(tmp_path: Path, lexicon: Lexicon) -> None:
    settings = towers(tmp_path)
    assert all(model.state is ModelState.READY for model in fetch(settings))
    found = Analyzer.open(settings, lexicon).analyze([color(250, 5, 5), color(5, 5, 250)])
    red, blue = (np.frombuffer(one.meaning, "<f2") for one in found if isinstance(one, Analysis))
    means = TextMeanings(settings)("red")
    assert means.cutoff == 0.6 and red @ means.vector > 0.9 > 0.6 > blue @ means.vector
    assert isinstance(found[0], Analysis) and found[0].meaning_model.startswith("eyes@1+")


def test_a_lost_tokenizer_is_told(tmp_path: Path, lexicon: Lexicon) -> None:
    settings = towers(tmp_path)
    fetch(settings)
    next(settings.weights.glob("*.tokens.json")).write_text("{}", "utf-8")
    with pytest.raises(BadConfig, match="ears were changed on disk; run: pigallery models fetch"):
        Analyzer.open(settings, lexicon)
    with pytest.raises(BadFilter, match="changed on disk"):
        TextMeanings(settings)("red")


def test_without_a_model_words_mean_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadFilter, match=r"semantic\.text: .*pigallery models fetch"):
        TextMeanings(Settings(home=tmp_path))("a calm evening")


def test_pictures_mean_what_their_tags_mean(analyzer: Analyzer, weights: Settings, samples: Path) -> None:
    names = ("Cars4.jpg", "BlueAngels.jpg", "Bulldog.jpg", "Girls2.jpg")
    pictures = []
    for name in names:
        with Image.open(samples / "photos" / name) as image:
            image.thumbnail((1440, 1440))
            pictures.append(np.asarray(image.convert("RGB")))
    vectors = [np.frombuffer(one.meaning, "<f2") for one in analyzer.analyze(pictures) if isinstance(one, Analysis)]
    means = TextMeanings(weights)
    for text, name in (("sports cars", "Cars4.jpg"), ("airplanes", "BlueAngels.jpg"), ("a dog at home", "Bulldog.jpg")):
        told = means(text)
        scores = dict(zip(names, (float(vector @ told.vector) for vector in vectors), strict=True))
        assert max(scores, key=lambda one: scores[one]) == name and scores[name] >= told.cutoff, (text, scores)
    told = means("tax declaration forms")
    assert all(float(vector @ told.vector) < told.cutoff for vector in vectors), "nothing is better than everything"
