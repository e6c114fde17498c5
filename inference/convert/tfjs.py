"""TensorFlow.js graph models as ONNX.

A graph model is `model.json` (a TensorFlow GraphDef as JSON and a list of weights) and binary shards. Only the nodes
that the wanted outputs need are visited. Values keep TensorFlow's NHWC meaning; convolutions, pools and resizes are
wrapped in transposes, neighboring pairs of which cancel here already.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from inference.convert.graph import Graph
from schema.errors import BadConfig

Node = Mapping[str, Any]
_DTYPES = {"float32": "<f4", "int32": "<i4", "bool": "|u1"}


def read_weights(groups: Sequence[Mapping[str, Any]], data: bytes) -> dict[str, NDArray[Any]]:
    """Name -> array, de-quantized. Affine quantization: value = stored * scale + min."""
    weights, at = {}, 0
    for entry in (entry for group in groups for entry in group["weights"]):
        quantization = entry.get("quantization")
        stored = np.dtype(
            {"float16": "<f2", "uint8": "|u1", "uint16": "<u2"}[quantization["dtype"]]
            if quantization
            else _DTYPES[entry["dtype"]]
        )
        shape = tuple(entry["shape"])
        size = int(np.prod(shape, dtype=np.int64)) * stored.itemsize
        if at + size > len(data):
            raise ValueError("the weights end early")
        array: NDArray[Any] = np.frombuffer(data, stored, offset=at, count=size // stored.itemsize).reshape(shape)
        if quantization:
            array = array.astype(np.float32)
            if "scale" in quantization:
                array = (array * quantization["scale"] + quantization["min"]).astype(np.float32)
        weights[entry["name"]] = array
        at += size
    return weights


def convert(model: Path, shards: Sequence[Path], outputs: Mapping[str, str]) -> onnx.ModelProto:
    """`outputs`: name in the ONNX model -> node of the graph. Raises `BadConfig` when something is not understood."""
    try:
        document = json.loads(model.read_text("utf-8"))
        weights = read_weights(document["weightsManifest"], b"".join(shard.read_bytes() for shard in shards))
        return _Translator(document["modelTopology"]["node"], weights, model.stem).run(outputs)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise BadConfig(f"{model.name} cannot be converted ({error}); fetch the model again or fix its card.") from None


def _plain_name(reference: str) -> str:
    """`name` for the first output, `name:1` for the second."""
    return reference.removeprefix("^").removesuffix(":0")


def _ints(node: Node, name: str) -> list[int]:
    return [int(i) for i in node["attr"][name]["list"].get("i", [])]


def _flag(node: Node, name: str) -> bool:
    return bool(node["attr"].get(name, {}).get("b", False))


def _text(value: str) -> str:
    return base64.b64decode(value).decode("ascii")


class _Translator:
    def __init__(self, nodes: Sequence[Node], weights: Mapping[str, NDArray[Any]], name: str) -> None:
        self.nodes = {node["name"]: node for node in nodes}
        self.weights = weights
        self.graph = Graph(name)
        self.made: dict[str, str] = {}
        self.channels_first: dict[str, str] = {}
        """NHWC value -> the same in NCHW, where it exists."""
        self.ops: dict[str, Callable[[Node], str]] = {
            "Placeholder": self._placeholder,
            "Conv2D": self._conv,
            "_FusedConv2D": self._conv,
            "DepthwiseConv2dNative": self._conv,
            "FusedDepthwiseConv2dNative": self._conv,
            "_FusedMatMul": self._matmul,
            "MatMul": self._matmul,
            "MaxPool": self._max_pool,
            "Transpose": self._transpose,
            "Reshape": self._reshape,
            "Pad": self._pad,
            "PadV2": self._pad,
            "SplitV": self._split,
            "LeakyRelu": lambda node: self.graph.add(
                "LeakyRelu", self.value(node["input"][0]), alpha=float(node["attr"]["alpha"]["f"])
            ),
            "ResizeBilinear": self._resize,
            "Mean": self._mean,
            "ConcatV2": self._concat,
            "Equal": self._equal,
            "Cast": lambda node: self.value(node["input"][0]),
            "Identity": lambda node: self.value(node["input"][0]),
            "Relu6": lambda node: self.graph.relu6(self.value(node["input"][0])),
            "Relu": self._plain("Relu"),
            "Sigmoid": self._plain("Sigmoid"),
            "Softmax": self._plain("Softmax", axis=-1),
            "Add": self._plain("Add"),
            "AddV2": self._plain("Add"),
            "Sub": self._plain("Sub"),
            "Mul": self._plain("Mul"),
            "Minimum": self._plain("Min"),
            "Maximum": self._plain("Max"),
        }

    def run(self, outputs: Mapping[str, str]) -> onnx.ModelProto:
        for name, source in outputs.items():
            self.graph.output(self.value(source), name)
        return self.graph.model()

    def value(self, reference: str) -> str:
        """The ONNX value of a node. Depth first without recursion: graphs are deeper than Python's stack."""
        wanted = _plain_name(reference)
        waiting = [wanted.partition(":")[0]]
        while waiting:
            name = waiting[-1]
            node = self.nodes[name]
            if name in self.made:
                waiting.pop()
            elif node["op"] == "Const":
                self.made[name] = self.graph.constant(self.weights[name].astype(np.float32))
                waiting.pop()
            elif missing := [name for name in self._inputs(node) if name not in self.made]:
                waiting.extend(missing)
            else:
                if node["op"] not in self.ops:
                    raise ValueError(f"operation {node['op']} is not known")
                self.made[name] = self.ops[node["op"]](node)
                waiting.pop()
        return self.made[wanted]

    def _inputs(self, node: Node) -> list[str]:
        """Names of the inputs that are values: those that an operation reads as numbers are left out."""
        names = [ref.partition(":")[0] for ref in node.get("input", []) if not ref.startswith("^")]
        return [name for name in names if node["op"] in _ARITHMETIC or not self._is_number(name)]

    def _is_number(self, name: str) -> bool:
        node = self.nodes[name]
        if node["op"] in ("AddV2", "SparseToDense"):
            return all(self._is_number(ref.partition(":")[0]) for ref in node["input"])
        return bool(node["op"] == "Const")

    def _number(self, name: str) -> NDArray[Any]:
        """A weight, or what is computed from weights alone (shapes, mostly)."""
        node = self.nodes[name]
        if node["op"] == "AddV2":
            return np.asarray(self._weight(node, 0) + self._weight(node, 1))
        if node["op"] == "SparseToDense":
            dense = np.full(self._weight(node, 1).astype(int), self._weight(node, 3))
            dense[tuple(self._weight(node, 0).T)] = self._weight(node, 2)
            return dense
        return self.weights[name]

    def _weight(self, node: Node, index: int) -> NDArray[Any]:
        return self._number(_plain_name(node["input"][index]))

    def _plain(self, op: str, **attributes: Any) -> Callable[[Node], str]:
        return lambda node: self.graph.add(op, *(self.value(ref) for ref in node["input"]), **attributes)

    def _placeholder(self, node: Node) -> str:
        sides = [int(dim["size"]) for dim in node["attr"]["shape"]["shape"]["dim"]]
        return self.graph.input("images", ["n", *sides[1:]])

    def _to_nchw(self, value: str) -> str:
        if value not in self.channels_first:
            self.channels_first[value] = self.graph.add("Transpose", value, perm=[0, 3, 1, 2])
        return self.channels_first[value]

    def _to_nhwc(self, value: str) -> str:
        back = self.graph.add("Transpose", value, perm=[0, 2, 3, 1])
        self.channels_first[back] = value
        return back

    def _activated(self, node: Node, value: str) -> str:
        fused = [_text(name) for name in node["attr"].get("fused_ops", {}).get("list", {}).get("s", [])]
        for name in fused:
            if name == "Relu":
                value = self.graph.add("Relu", value)
            elif name == "Relu6":
                value = self.graph.relu6(value)
            elif name != "BiasAdd":
                raise ValueError(f"fused {name} is not known")
        return value

    def _conv(self, node: Node) -> str:
        kernel = self._weight(node, 1)
        h, w, into, out = kernel.shape
        if "epthwise" in node["op"]:  # (h, w, c, m): each channel has its own m kernels
            weight, group = kernel.reshape(h, w, 1, into * out).transpose(3, 2, 0, 1), into
        else:
            weight, group = kernel.transpose(3, 2, 0, 1), 1
        bias = self._weight(node, 2) if len(node["input"]) > 2 else None
        value = self.graph.conv(
            self._to_nchw(self.value(node["input"][0])),
            np.ascontiguousarray(weight),
            bias,
            stride=_ints(node, "strides")[1:3],
            padding=self._padding(node),
            dilation=_ints(node, "dilations")[1:3] or [1, 1],
            group=group,
        )
        return self._to_nhwc(self._activated(node, value))

    def _padding(self, node: Node) -> str:
        return {"SAME": "SAME_UPPER", "VALID": "VALID"}[_text(node["attr"]["padding"]["s"])]

    def _matmul(self, node: Node) -> str:
        if _flag(node, "transpose_a") or _flag(node, "transpose_b"):
            raise ValueError("transposed MatMul is not known")
        value = self.graph.add("MatMul", self.value(node["input"][0]), self.graph.constant(self._weight(node, 1)))
        if len(node["input"]) > 2:
            value = self.graph.add("Add", value, self.graph.constant(self._weight(node, 2)))
        return self._activated(node, value)

    def _max_pool(self, node: Node) -> str:
        value = self.graph.add(
            "MaxPool",
            self._to_nchw(self.value(node["input"][0])),
            kernel_shape=_ints(node, "ksize")[1:3],
            strides=_ints(node, "strides")[1:3],
            auto_pad=self._padding(node),
        )
        return self._to_nhwc(value)

    def _resize(self, node: Node) -> str:
        if _flag(node, "align_corners"):
            mode = "align_corners"
        else:
            mode = "half_pixel" if _flag(node, "half_pixel_centers") else "asymmetric"
        height, width = (int(side) for side in self._weight(node, 1))
        value = self._to_nchw(self.value(node["input"][0]))
        # The batch and the channels are not known here, so sizes are spliced behind what the value itself has.
        kept = self.graph.add("Slice", self.graph.add("Shape", value), self.graph.constant([0], "int64"),
                              self.graph.constant([2], "int64"))  # fmt: skip
        sizes = self.graph.add("Concat", kept, self.graph.constant([height, width], "int64"), axis=0)
        value = self.graph.add("Resize", value, "", "", sizes, mode="linear", coordinate_transformation_mode=mode)
        return self._to_nhwc(value)

    def _mean(self, node: Node) -> str:
        axes = [int(axis) for axis in self._weight(node, 1).ravel()]
        keep = int(_flag(node, "keep_dims"))
        value = self.value(node["input"][0])
        if value in self.channels_first and sorted(axes) == [1, 2] and keep:
            return self._to_nhwc(self.graph.add("GlobalAveragePool", self.channels_first[value]))
        return self.graph.add("ReduceMean", value, axes=axes, keepdims=keep)

    def _concat(self, node: Node) -> str:
        axis = int(self._weight(node, -1))
        return self.graph.add("Concat", *(self.value(ref) for ref in node["input"][:-1]), axis=axis)

    def _transpose(self, node: Node) -> str:
        value, order = self.value(node["input"][0]), [int(axis) for axis in self._weight(node, 1)]
        if order == [0, 3, 1, 2]:
            return self._to_nchw(value)
        if order == [0, 2, 3, 1]:
            return self._to_nhwc(value)
        return self.graph.add("Transpose", value, perm=order)

    def _reshape(self, node: Node) -> str:
        shape = [int(side) for side in self._weight(node, 1)]
        if shape[0] == 1:
            shape[0] = 0  # "as the input": the batch
        return self.graph.add("Reshape", self.value(node["input"][0]), self.graph.constant(shape, "int64"))

    def _pad(self, node: Node) -> str:
        sides = self._weight(node, 1).astype(int).T.ravel()  # all the befores, then all the afters
        fill = float(self._weight(node, 2)) if len(node["input"]) > 2 else 0.0
        value = self.value(node["input"][0])
        return self.graph.add("Pad", value, self.graph.constant(sides, "int64"), self.graph.constant(fill))

    def _split(self, node: Node) -> str:
        sizes, axis = self._weight(node, 1).astype(int), int(self._weight(node, 2))
        parts = self.graph.split(self.value(node["input"][0]), sizes.tolist(), axis)
        for index, part in enumerate(parts[1:], 1):
            self.made[f"{node['name']}:{index}"] = part
        return parts[0]

    def _equal(self, node: Node) -> str:
        """1 where equal, else 0: what a graph does with it next is to multiply."""
        same = self.graph.add("Equal", *(self.value(ref) for ref in node["input"]))
        return self.graph.add("Cast", same, to=onnx.TensorProto.FLOAT)


_ARITHMETIC = frozenset({"Add", "AddV2", "Sub", "Mul", "Minimum", "Maximum", "Equal"})
