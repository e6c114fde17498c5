"""Models of a few bytes that behave as asked, and cards for them."""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx import TensorProto, helper

from inference.digest import file_digest
from schema.settings import Settings

SIDE = 8


def mean_model(path: Path, *nodes: onnx.NodeProto, classes: int = 2) -> Path:
    """`nodes` turn `mean` (n, 1), the mean of the picture's pixels, into `scores` (n, classes)."""
    picture = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", classes])
    average = helper.make_node("ReduceMean", ["images"], ["all"], axes=[1, 2, 3], keepdims=1)
    flat = helper.make_node("Flatten", ["all"], ["mean"], axis=1)
    graph = helper.make_graph([average, flat, *nodes], "small", [picture], [scores])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))
    return path


def number(
    name: str, *values: float, kind: int = TensorProto.FLOAT, shape: tuple[int, ...] | None = None
) -> onnx.NodeProto:
    tensor = helper.make_tensor(name, kind, shape if shape is not None else [len(values)], values)
    return helper.make_node("Constant", [], [name], value=tensor)


def plain(path: Path) -> Path:
    """Scores (mean, 255 - mean), over 255."""
    return mean_model(
        path,
        number("white", 255.0),
        helper.make_node("Sub", ["white", "mean"], ["dark"]),
        helper.make_node("Concat", ["mean", "dark"], ["both"], axis=1),
        helper.make_node("Div", ["both", "white"], ["scores"]),
    )


def nan_when_dark(path: Path) -> Path:
    return mean_model(
        path,
        number("ten", 10.0),
        helper.make_node("Sub", ["mean", "ten"], ["above"]),
        helper.make_node("Log", ["above"], ["log"]),
        helper.make_node("Concat", ["log", "log"], ["scores"], axis=1),
    )


def breaks_when_bright(path: Path) -> Path:
    """Looks up a table at an index that lies outside for a bright picture: the runtime refuses the whole batch."""
    return mean_model(
        path,
        number("table", *([0.5] * 256), shape=(128, 2)),
        number("one", 1, kind=TensorProto.INT64),
        helper.make_node("Cast", ["mean"], ["index"], to=TensorProto.INT64),
        helper.make_node("Squeeze", ["index", "one"], ["flat"]),
        helper.make_node("Gather", ["table", "flat"], ["scores"], axis=0),
    )


CARD = """
name = "{name}"
task = "nsfw"
title = "A small model"
release = "1"
licence = "MIT"
[source]
{place}
[[source.files]]
path = "{path}"
sha256 = "{sha256}"
[input]
width = {width}
height = {width}
[decoder]
kind = "unsafe"
unsafe = [1]
"""


def card(
    settings: Settings, name: str, model: Path, place: str = "", sha256: str = "", path: str = "", width: int = SIDE
) -> str:
    """Writes a user's card for an NSFW model; returns its name."""
    text = CARD.format(
        name=name,
        place=place or f'file = "{model}"',
        path=path or model.name,
        sha256=sha256 or file_digest(model),
        width=width,
    )
    folder = settings.home / "models.d"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toml").write_text(text, "utf-8")
    return name
