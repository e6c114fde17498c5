"""A thin, deterministic builder of ONNX graphs: values get numbered names, weights are stored once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8
"""Read by every runtime since ONNX Runtime 1.12."""


class Graph:
    """Nodes in the order they are added. Methods return the name of the value they make."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, onnx.TensorProto] = {}
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []
        self._made = 0

    def input(self, name: str, shape: Sequence[int | str]) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)))
        return name

    def constant(self, values: NDArray[Any] | Sequence[int] | Sequence[float] | float, dtype: str = "float32") -> str:
        name = f"w{len(self.weights)}"
        array = np.ascontiguousarray(np.asarray(values, dtype=dtype))
        self.weights[name] = numpy_helper.from_array(array, name)
        return name

    def add(self, op: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        if not output:
            output = f"v{self._made}"
            self._made += 1
        self.nodes.append(helper.make_node(op, list(inputs), [output], **attributes))
        return output

    def split(self, value: str, sizes: Sequence[int], axis: int) -> list[str]:
        names = [f"v{self._made + k}" for k in range(len(sizes))]
        self._made += len(sizes)
        self.nodes.append(helper.make_node("Split", [value, self.constant(sizes, "int64")], names, axis=axis))
        return names

    def relu6(self, value: str) -> str:
        return self.add("Clip", value, self.constant(0.0), self.constant(6.0))

    def conv(
        self,
        value: str,
        weight: NDArray[Any],
        bias: NDArray[Any] | None = None,
        stride: int | Sequence[int] = 1,
        padding: str = "SAME_UPPER",
        dilation: Sequence[int] = (1, 1),
        group: int = 1,
    ) -> str:
        """`weight` (out, in / group, h, w); `padding` as ONNX's auto_pad."""
        inputs = [value, self.constant(weight)] + ([] if bias is None else [self.constant(bias)])
        strides = [stride, stride] if isinstance(stride, int) else list(stride)
        return self.add(
            "Conv", *inputs, kernel_shape=list(weight.shape[2:]), strides=strides, dilations=list(dilation),
            group=group, auto_pad=padding,
        )  # fmt: skip

    def output(self, value: str, name: str, shape: Sequence[int | str] | None = None) -> None:
        """`shape` None: left to shape inference."""
        self.add("Identity", value, output=name)
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def model(self) -> onnx.ModelProto:
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, list(self.weights.values()))
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="pigallery", ir_version=IR_VERSION
        )
        model = onnx.shape_inference.infer_shapes(model)
        del model.graph.value_info[:]  # the runtime infers them again
        onnx.checker.check_model(model)
        return model
