"""The analyzer: real models on real photos where they are, and small ones that misbehave."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from inference import runtime
from inference.analysis import Analysis
from inference.analyzer import Analyzer
from inference.cards import load_cards
from inference.fetch import fetch
from inference.model import Model
from inference.runtime import open_session
from schema.errors import BadConfig, PiGalleryError
from schema.filter.nodes import Gender
from schema.lexicon import Lexicon
from schema.seen import merged
from schema.settings import Settings
from tests.bench.bench_models import classifier, detector
from tests.inference.small_models import breaks_when_bright, card, nan_when_dark, plain


def read(path: Path) -> NDArray[np.uint8]:
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    image.thumbnail((1440, 1440))
    return np.asarray(image)


def analyze(analyzer: Analyzer, *pictures: NDArray[np.uint8]) -> list[Analysis]:
    results = analyzer.analyze(pictures)
    assert all(isinstance(result, Analysis) for result in results), results
    return [result for result in results if isinstance(result, Analysis)]


def flat(value: int, shape: tuple[int, int] = (12, 16)) -> NDArray[np.uint8]:
    return np.full((*shape, 3), value, np.uint8)


def small(tmp_path: Path, lexicon: Lexicon, *models: Path) -> Analyzer:
    settings = Settings(home=tmp_path / "home", threads=1)
    names = tuple(card(settings, model.stem, model) for model in models)
    fetch(settings, names)
    return Analyzer.open(settings.model_copy(update={"models": names}), lexicon)


def test_a_picture_that_gives_nan_fails_alone(tmp_path: Path, lexicon: Lexicon) -> None:
    analyzer = small(tmp_path, lexicon, nan_when_dark(tmp_path / "nan.onnx"))
    results = analyzer.analyze([flat(100), flat(3), flat(200)])
    assert isinstance(results[1], PiGalleryError) and "no usable numbers" in str(results[1])
    assert isinstance(results[0], Analysis) and isinstance(results[2], Analysis)


def test_a_picture_that_breaks_a_model_fails_alone(tmp_path: Path, lexicon: Lexicon) -> None:
    analyzer = small(tmp_path, lexicon, breaks_when_bright(tmp_path / "index.onnx"))
    results = analyzer.analyze([flat(100), flat(250), flat(90), np.zeros((3, 3), np.uint8)])
    assert [isinstance(result, PiGalleryError) for result in results] == [False, True, False, True]
    assert "Model index" in str(results[1]) and "\n" not in str(results[1])


def test_a_card_alone_brings_a_model_in(tmp_path: Path, lexicon: Lexicon) -> None:
    analyzer = small(tmp_path, lexicon, plain(tmp_path / "plain.onnx"))
    (result,) = analyze(analyzer, flat(51))
    assert result.nsfw == pytest.approx(0.8)
    assert analyzer.versions.keys() == {"nsfw"} and analyzer.detail.startswith("plain@1+")


def test_an_embedder_is_a_card_too(tmp_path: Path, lexicon: Lexicon) -> None:
    settings = Settings(home=tmp_path / "home", threads=1, models=("vector",))
    card(settings, "vector", plain(tmp_path / "vector.onnx"))
    path = settings.home / "models.d" / "vector.toml"
    text = path.read_text("utf-8").replace('"nsfw"', '"image-embed"').replace('"unsafe"\nunsafe = [1]', '"vector"')
    path.write_text(text, "utf-8")
    fetch(settings)
    (result,) = analyze(Analyzer.open(settings, lexicon), flat(153))
    assert np.frombuffer(result.embedding, "<f2") == pytest.approx(np.array([0.6, 0.4]) / np.hypot(0.6, 0.4), abs=1e-3)
    assert result.embedding_model.startswith("vector@1+")


def test_two_models_for_one_task_are_refused(tmp_path: Path, lexicon: Lexicon) -> None:
    with pytest.raises(BadConfig, match="both do nsfw"):
        small(tmp_path, lexicon, plain(tmp_path / "one.onnx"), plain(tmp_path / "two.onnx"))


def test_without_weights_the_sentence_says_what_to_run(tmp_path: Path, lexicon: Lexicon) -> None:
    with pytest.raises(BadConfig, match="pigallery models fetch"):
        Analyzer.open(Settings(home=tmp_path), lexicon)
    with pytest.raises(BadConfig, match="set to none"):
        Analyzer.open(Settings(home=tmp_path, models=()), lexicon)
    with pytest.raises(BadConfig, match="yunet are not there"):
        Analyzer.open(Settings(home=tmp_path, models=("yunet",)), lexicon)


def test_without_the_runtime_it_says_so(tmp_path: Path, lexicon: Lexicon, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path / "home", models=("plain",))
    card(settings, "plain", plain(tmp_path / "plain.onnx"))
    fetch(settings)
    monkeypatch.setattr(runtime, "available", lambda: False)
    with pytest.raises(BadConfig, match=r"pip install -e '\.\[cpu\]'"):
        Analyzer.open(settings, lexicon)


def test_out_of_memory_halves_the_batch_and_goes_on() -> None:
    class Scarce:
        def __init__(self) -> None:
            self.sizes: list[int] = []

        def run(self, names: list[str], feed: dict[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
            (batch,) = feed.values()
            self.sizes.append(len(batch))
            if len(batch) > 2:
                raise RuntimeError("Failed to allocate memory for requested buffer of size 1")
            return [batch * 2]

    scarce = Scarce()
    session = runtime.Session(Path("m.onnx"), "cpu", ("x",), ("y",), ("n", 1), scarce, batch=8)
    values = np.arange(7, dtype=np.float32)[:, None]
    assert session.run(values)["y"].ravel().tolist() == [0, 2, 4, 6, 8, 10, 12]
    assert scarce.sizes == [7, 3, 1, 1, 1, 1, 1, 1, 1], "halved until it fits, and kept so"


def test_a_lost_gpu_is_replaced_by_the_processor() -> None:
    class Lost:
        def run(self, names: list[str], feed: dict[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
            raise RuntimeError("CUDA failure 719: unspecified launch failure")

    class Processor:
        def run(self, names: list[str], feed: dict[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
            return [next(iter(feed.values())) + 1]

    session = runtime.Session(Path("m.onnx"), "cuda", ("x",), ("y",), ("n", 1), Lost(), spare=Processor)
    assert session.run(np.zeros((3, 1), np.float32))["y"].ravel().tolist() == [1, 1, 1]
    assert session.device == "cpu" and not session.on_gpu
    together = runtime.Session(Path("m.onnx"), "cuda", ("x",), ("y",), ("n", 1), Lost(), spare=Processor)
    with ThreadPoolExecutor(4) as lanes:
        answers = list(lanes.map(lambda _: together.run(np.zeros((2, 1), np.float32))["y"].sum(), range(16)))
    assert answers == [2] * 16, "also when several lanes meet it at once"
    alone = runtime.Session(Path("m.onnx"), "cpu", ("x",), ("y",), ("n", 1), Lost())
    with pytest.raises(runtime.ModelFailed, match="Model m failed: CUDA failure"):
        alone.run(np.zeros((3, 1), np.float32))


def test_providers_are_those_of_the_settings(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", models=("plain",))
    card(settings, "plain", plain(tmp_path / "plain.onnx"))
    fetch(settings)
    (weights,) = settings.weights.glob("*.onnx")
    session = open_session(weights, settings.model_copy(update={"providers": ("CPUExecutionProvider",)}))
    assert session.device == "cpu" and session.spare is None
    with pytest.raises(BadConfig, match=r"providers names warp, but this ONNX Runtime has only .*cpu"):
        open_session(weights, settings.model_copy(update={"providers": ("warp",)}))


def test_the_runtime_is_loaded_only_when_a_model_is_opened() -> None:
    code = "import sys, inference.analyzer, inference.fetch; sys.exit('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_pictures_of_any_shape_are_analyzed(analyzer: Analyzer) -> None:
    results = analyze(analyzer, flat(0, (1, 1)), flat(128, (100, 30000)), flat(255, (30000, 100)), flat(9, (2, 3)))
    for result in results:
        assert result.nsfw is not None and 0 <= result.nsfw <= 1 and all(edge.made for edge in result.tags)
        assert np.isfinite(np.frombuffer(result.embedding, "<f2")).all()


def test_a_batch_says_the_same_as_single_pictures(analyzer: Analyzer, samples: Path) -> None:
    pictures = [read(path) for path in sorted((samples / "photos").glob("Me*.jpg"))[:4]]
    together = analyze(analyzer, *pictures)
    for picture, batched in zip(pictures, together, strict=True):
        (alone,) = analyze(analyzer, picture)
        assert [(edge.tag, edge.count) for edge in alone.tags] == [(edge.tag, edge.count) for edge in batched.tags]
        assert [edge.score for edge in alone.tags] == pytest.approx([edge.score for edge in batched.tags], abs=1e-4)
        assert [face.box for face in alone.faces] == [pytest.approx(face.box, abs=1e-4) for face in batched.faces]


def test_photos_are_understood(analyzer: Analyzer, samples: Path, lexicon: Lexicon) -> None:
    photos = samples / "photos"
    names = ("Girls1.jpg", "Glasses.jpg", "Cars3.jpg")
    girls, glasses, cars = analyze(analyzer, *(read(photos / name) for name in names))
    assert len(girls.faces) == 4
    assert all(face.gender is Gender.FEMALE and 15 < (face.age or 0) < 40 for face in girls.faces)
    assert all(0 <= v <= 1 for face in girls.faces for v in face.box) and len(girls.faces[0].landmarks) == 5
    right, left = girls.faces[0].landmarks[:2]
    assert right[0] < left[0], "the person's right eye is on the picture's left"
    tags = {edge.tag: edge for edge in merged(glasses.tags)}
    assert tags["wineglass.n.01"].count == 3 == len(tags["wineglass.n.01"].boxes)
    car = next(edge for edge in merged(cars.tags) if edge.tag == "car.n.01")
    red = int(car.colors[0][1:3], 16)
    assert red > 2 * int(car.colors[0][3:5], 16), "the car in front is red"
    embedding = np.frombuffer(girls.embedding, "<f2").astype(np.float32)
    assert embedding.shape == (1280,) and np.linalg.norm(embedding) == pytest.approx(1, abs=1e-2)
    assert all(lexicon.synset(edge.tag) for result in (girls, glasses, cars) for edge in result.tags)
    assert {edge.model for edge in glasses.tags} <= {"centernet-mobilenetv3", "efficientnet-lite2"}


def test_one_man_is_one_man(analyzer: Analyzer, samples: Path) -> None:
    """Ten photos of him (sunglasses, hat, profile) among two dozen other people: one cluster, nobody else in it."""
    paths = [*sorted((samples / "photos").glob("Me*.jpg")), *sorted((samples / "photos").glob("Girls*.jpg"))]
    if len(paths) < 12:
        pytest.skip("not these samples")
    owners, vectors = [], []
    for path in paths:
        for face in analyze(analyzer, read(path))[0].faces:
            if face.embedding and face.score >= 0.8:
                owners.append(path.name)
                vectors.append(np.frombuffer(face.embedding, "<f4"))
    alike = np.array(vectors) @ np.array(vectors).T
    cluster = {int(alike[owners.index("Me (10).jpg")].argmax())}
    while grown := {int(i) for i in np.flatnonzero(alike[sorted(cluster)].max(axis=0) >= 0.42)} - cluster:
        cluster |= grown
    assert len(cluster) >= 10
    assert len({owners[i] for i in cluster}) == len(cluster), "never two of him in one photo"
    outside = sorted(set(range(len(owners))) - cluster)
    assert alike[np.ix_(sorted(cluster), outside)].max() < 0.4, "far from everyone else"


def test_quality_is_near_what_was_measured(
    analyzer: Analyzer, weights: Settings, lexicon: Lexicon, samples: Path
) -> None:
    """On a part of the samples; the whole is measured in tests/bench/bench_models.py."""
    cards = load_cards(weights)
    figures = classifier(Model.open(cards["efficientnet-lite2"], weights), lexicon, samples)
    assert figures["top-1"] >= 0.86 and figures["top-5"] >= 0.97 and figures["of which right"] >= 0.95
    assert detector(Model.open(cards["centernet-mobilenetv3"], weights), samples)["AP50"] >= 0.58
