"""Frees batch and size of an ONNX model that was exported with fixed ones, where its layers do not depend on them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import onnx
from onnx import numpy_helper


def free(model: onnx.ModelProto, dimensions: Collection[str]) -> onnx.ModelProto:
    """`dimensions`: `batch` and perhaps `size` (height and width of an NCHW input). The model itself is changed."""
    graph = model.graph
    constants = {item.name: item for item in graph.initializer}
    # Exporters of old list every weight as an input; only what is no weight is one.
    for item in [item for item in graph.input if item.name in constants]:
        graph.input.remove(item)
    for item in graph.input:
        sides = item.type.tensor_type.shape.dim
        sides[0].dim_param = "n"
        if "size" in dimensions:
            sides[2].dim_param, sides[3].dim_param = "height", "width"
    for node in graph.node:
        if node.op_type == "Reshape" and node.input[1] in constants:
            shape = numpy_helper.to_array(constants[node.input[1]]).copy()
            if len(shape) > 1 and shape[0] == 1 and -1 in shape[1:]:
                shape[0] = 0  # "as the input": the batch
                constants[node.input[1]].CopyFrom(numpy_helper.from_array(shape.astype(np.int64), node.input[1]))
    for item in graph.output:
        sides = item.type.tensor_type.shape.dim
        sides[0].dim_param = "n"
        if "size" in dimensions:
            for side in list(sides)[1:-1]:
                side.Clear()
    del graph.value_info[:]  # stale shapes
    onnx.checker.check_model(model)
    return model
