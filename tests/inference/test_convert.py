"""Conversions: they agree with their source frameworks, give the same bytes each time, and refuse what is hostile."""

from __future__ import annotations

import io
import json
import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from inference.cards import load_cards
from inference.convert import dynamic, probe, self_check, tfjs
from inference.convert.graph import Graph
from inference.convert.torchfile import MAGIC, read_state
from schema.errors import BadConfig
from schema.settings import Settings


def run(model: object, value: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString())  # type: ignore[attr-defined]
    return np.asarray(session.run(None, {session.get_inputs()[0].name: value})[0])


def test_every_installed_model_gives_the_numbers_of_its_source(weights: Settings) -> None:
    checked = 0
    for card in load_cards(weights).values():
        path = weights.weights / card.file_name
        if path.is_file() and card.conversion.check:
            self_check(card, path)
            checked += 1
    assert checked >= 6


def test_a_model_with_other_numbers_is_refused(weights: Settings) -> None:
    card = load_cards(weights)["faceres"]
    first = card.conversion.check[0]
    wrong = first.model_copy(update={"values": tuple(value + 0.01 for value in first.values)})
    other = card.model_copy(update={"conversion": card.conversion.model_copy(update={"check": (wrong,)})})
    with pytest.raises(BadConfig, match="does not give the numbers of its source"):
        self_check(other, weights.weights / card.file_name)


def test_the_probe_is_fixed_for_ever() -> None:
    values = probe((2, 3), 0, 255)
    assert values.dtype == np.float32
    assert values.ravel()[:4].tolist() == pytest.approx([0.0, 157.599, 60.198, 217.797], abs=1e-3)


def graph_model(folder: Path, nodes: list[dict[str, object]], weights: dict[str, np.ndarray]) -> tuple[Path, Path]:
    manifest, data = [], b""
    for name, array in weights.items():
        manifest.append(
            {"name": name, "shape": list(array.shape), "dtype": "int32" if array.dtype == np.int32 else "float32"}
        )
        data += array.tobytes()
        nodes.append({"name": name, "op": "Const", "attr": {}})
    document = {"modelTopology": {"node": nodes}, "weightsManifest": [{"paths": ["w.bin"], "weights": manifest}]}
    (folder / "m.json").write_text(json.dumps(document))
    (folder / "w.bin").write_bytes(data)
    return folder / "m.json", folder / "w.bin"


def placeholder(*shape: int) -> dict[str, object]:
    return {"name": "x", "op": "Placeholder", "attr": {"shape": {"shape": {"dim": [{"size": str(s)} for s in shape]}}}}


def test_tfjs_depthwise_convolution_with_same_padding(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(3, 3, 2, 1)).astype(np.float32)
    node = {
        "name": "y", "op": "DepthwiseConv2dNative", "input": ["x", "k"],
        "attr": {"strides": {"list": {"i": ["1", "2", "2", "1"]}}, "dilations": {"list": {"i": ["1", "1", "1", "1"]}},
                 "padding": {"s": "U0FNRQ=="}},
    }  # fmt: skip
    model, shard = graph_model(tmp_path, [placeholder(-1, 6, 6, 2), node], {"k": kernel})
    picture = rng.normal(size=(2, 6, 6, 2)).astype(np.float32)
    result = run(tfjs.convert(model, [shard], {"y": "y"}), picture)
    # TensorFlow pads an even side at its end only.
    padded = np.pad(picture, ((0, 0), (0, 1), (0, 1), (0, 0)))
    want = np.zeros((2, 3, 3, 2))
    for i in range(3):
        for j in range(3):
            want[:, i, j] = (padded[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] * kernel[..., 0]).sum(axis=(1, 2))
    assert result == pytest.approx(want, abs=1e-5)


def test_tfjs_conversion_is_the_same_bytes_twice(tmp_path: Path) -> None:
    node = {"name": "y", "op": "Mul", "input": ["x", "k"], "attr": {}}
    model, shard = graph_model(tmp_path, [placeholder(-1, 4), node], {"k": np.float32([2, 3, 4, 5])})
    first, second = (tfjs.convert(model, [shard], {"y": "y"}).SerializeToString() for _ in range(2))
    assert first == second


def test_tfjs_quantized_weights_are_scaled_back() -> None:
    groups = [{"weights": [{"name": "w", "shape": [2], "dtype": "float32",
                            "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1.0}}]}]  # fmt: skip
    assert tfjs.read_weights(groups, bytes([0, 4]))["w"].tolist() == [-1.0, 1.0]


@pytest.mark.parametrize("damage", ["operation", "weights", "text"])
def test_a_damaged_graph_model_is_one_sentence(tmp_path: Path, damage: str) -> None:
    node = {"name": "y", "op": "Elu9000" if damage == "operation" else "Mul", "input": ["x", "k"], "attr": {}}
    model, shard = graph_model(tmp_path, [placeholder(-1, 4), node], {"k": np.float32([2, 3, 4, 5])})
    if damage == "weights":
        shard.write_bytes(b"12")
    if damage == "text":
        model.write_text("{")
    with pytest.raises(BadConfig, match=r"m\.json cannot be converted"):
        tfjs.convert(model, [shard], {"y": "y"})


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("was-here",)


def checkpoint(path: Path, state: object) -> Path:
    stream = io.BytesIO()
    for item in (MAGIC, 1001, {}, state, []):
        pickle.dump(item, stream, protocol=2)
    path.write_bytes(stream.getvalue())
    return path


@pytest.mark.parametrize("state", [Evil(), OrderedDict(a=Evil()), 7, [1]])
def test_a_checkpoint_that_holds_code_is_refused_before_it_runs(
    tmp_path: Path, state: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadConfig, match="cannot be read"):
        read_state(checkpoint(tmp_path / "evil.pth", state))
    assert not Path("was-here").exists()


@pytest.mark.parametrize("content", [b"", b"\x80\x02", b"PK\x03\x04zip", bytes(range(256))])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.pth"
    path.write_bytes(content)
    with pytest.raises(BadConfig):
        read_state(path)


def test_freeing_the_batch_keeps_the_answers() -> None:
    graph = Graph("fixed")
    value = graph.input("x", [1, 2, 4, 4])
    value = graph.add("Reshape", value, graph.constant([1, -1, 4], "int64"))
    graph.output(value, "y", [1, 8, 4])
    fixed = graph.model()
    pictures = np.random.default_rng(0).normal(size=(3, 2, 4, 4)).astype(np.float32)
    single = [run(fixed, picture[None])[0] for picture in pictures]
    assert run(dynamic.free(fixed, ["batch", "size"]), pictures) == pytest.approx(np.array(single))
