"""The face expression network of @vladmandic/face-api (MIT): its files hold weights only, so the network is rebuilt.

Four dense blocks of four depthwise-separable convolutions whose outputs are summed, a 7x7 average, one dense layer and
a softmax, as published in face-api's FaceFeatureExtractor and FaceExpressionNet.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
from numpy.typing import NDArray

from inference.convert.graph import Graph
from inference.convert.tfjs import read_weights
from schema.errors import BadConfig

BLOCKS = 4


def convert(manifest: Path, weights: Path) -> onnx.ModelProto:
    """Input `images` (n, 3, 112, 112), output `emotions` (n, 7). Raises `BadConfig` if a weight is missing."""
    try:
        return _build(read_weights(json.loads(manifest.read_text("utf-8")), weights.read_bytes()))
    except (ValueError, KeyError, TypeError) as error:
        raise BadConfig(f"{weights.name} cannot be converted ({error}); fetch the model again.") from None


def _separable(graph: Graph, value: str, weights: Mapping[str, NDArray[Any]], name: str, stride: int) -> str:
    depth = weights[f"{name}/depthwise_filter"]  # (h, w, channels, 1)
    value = graph.conv(value, depth.transpose(2, 3, 0, 1), stride=stride, group=depth.shape[2])
    return graph.conv(value, weights[f"{name}/pointwise_filter"].transpose(3, 2, 0, 1), weights[f"{name}/bias"])


def _build(weights: Mapping[str, NDArray[Any]]) -> onnx.ModelProto:
    graph = Graph("face-expression")
    value = graph.input("images", ["n", 3, 112, 112])
    for block in range(BLOCKS):
        name = f"dense{block}/conv"
        if block == 0:
            first = weights[f"{name}0/filters"].transpose(3, 2, 0, 1)
            value = graph.conv(value, first, weights[f"{name}0/bias"], stride=2)
        else:
            value = _separable(graph, value, weights, f"{name}0", stride=2)
        total = value = graph.add("Relu", value)
        for k in (1, 2, 3):
            total = graph.add("Add", total, _separable(graph, value, weights, f"{name}{k}", stride=1))
            value = graph.add("Relu", total)
    value = graph.add("AveragePool", value, kernel_shape=[7, 7], strides=[2, 2])
    value = graph.add("Flatten", value, axis=1)
    dense = weights["fc/weights"]
    value = graph.add("Gemm", value, graph.constant(dense), graph.constant(weights["fc/bias"]))
    graph.output(graph.add("Softmax", value, axis=-1), "emotions", ["n", dense.shape[1]])
    return graph.model()
