"""Fetched weights to one checked ONNX file: deterministic, without torch or TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from inference.cards import Card
from inference.convert import dynamic, efficientnet, expression, tfjs
from inference.runtime import available
from schema.errors import BadConfig


def convert(card: Card, files: Sequence[Path]) -> onnx.ModelProto:
    """`files` in the order of the card's source. Raises `BadConfig` when they are not what the card says."""
    kind = card.conversion.kind
    if kind == "efficientnet-lite":
        return efficientnet.convert(files[0], card.input.width, card.input.height)
    if kind == "tfjs":
        return tfjs.convert(files[0], files[1:], card.conversion.outputs)
    if kind == "face-expression":
        return expression.convert(files[0], files[1])
    model = onnx.load(str(files[0]))
    return dynamic.free(model, card.conversion.dynamic) if kind == "dynamic-shape" else model


def probe(shape: Sequence[int], low: float, high: float) -> NDArray[np.float32]:
    """The same numbers everywhere and for ever, spread evenly over low..high (Knuth's multiplicative hashing)."""
    index = np.arange(int(np.prod(shape)), dtype=np.uint64)
    spread = ((index * np.uint64(2654435761)) & np.uint64(0xFFFFFFFF)) >> np.uint64(8)
    return (low + (high - low) * (spread.astype(np.float64) / (1 << 24))).astype(np.float32).reshape(shape)


def self_check(card: Card, path: Path) -> None:
    """Runs the model once and compares with what its source framework gives. Raises `BadConfig` on a difference."""
    if not card.conversion.check or not available():
        return
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    tensor = probe(card.conversion.probe, *card.conversion.probe_range)
    for check in card.conversion.check:
        (output,) = session.run([check.output], {session.get_inputs()[0].name: tensor})
        worst = float(np.abs(output.ravel()[list(check.at)] - np.array(check.values)).max())
        if not worst <= check.tolerance:
            raise BadConfig(
                f"Model {card.name} does not give the numbers of its source after conversion "
                f"({check.output} is off by {worst:.2g}); it is not used. Fetch it again, or report this."
            )
