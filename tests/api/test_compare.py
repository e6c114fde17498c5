"""Models side by side on pictures of the library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from inference.fetch import fetch
from tests.api.conftest import Gallery, served
from tests.inference.small_models import card, nan_when_dark, plain

COMPARE = """subscription($models: [String!]!, $filter: ImageFilter, $first: Int!) {
  compareModels(models: $models, filter: $filter, first: $first) {
    done total task models { name ms agreement }
    pictures { imageKey name url agreement answers { words scores ms error } }
  }
}"""


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, data: Path, packages: Path) -> Iterator[Gallery]:
    base = tmp_path_factory.mktemp("compare")
    with served(base, data, packages) as running:
        for name, make in (("plain", plain), ("twin", plain), ("broken", nan_when_dark)):
            card(running.settings, name, make(base / f"{name}.onnx"))
        fetch(running.settings, ["plain", "twin", "broken"])
        yield running


def compare(gallery: Gallery, **variables: Any) -> list[dict[str, Any]]:
    """Everything the subscription says, until it ends."""
    address = gallery.address.replace("http", "ws") + "/graphql"
    protocol = Subprotocol("graphql-transport-ws")
    said = []
    with connect(address, subprotocols=[protocol], origin=Origin(gallery.address)) as socket:
        socket.send('{"type": "connection_init"}')
        socket.recv(10)
        payload = {"query": COMPARE, "variables": {"first": 5, **variables}}
        socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        while (message := json.loads(socket.recv(30)))["type"] != "complete":
            said.append(message["payload"])
            if message["type"] == "error":
                break
    return said


def test_models_are_run_on_what_a_filter_finds_with_progress_times_and_agreement(gallery: Gallery) -> None:
    steps = [
        step["data"]["compareModels"]
        for step in compare(gallery, models=["plain", "twin"], filter={"tag": {"any": ["gown.n.01"]}})
    ]
    assert [step["done"] for step in steps] == [0, 1, 2, 3, 4, 5]
    last = steps[-1]
    assert last["task"] == "nsfw" and len(last["pictures"]) == 5
    assert [model["agreement"] for model in last["models"]] == [[1, 1], [1, 1]]
    assert all(model["ms"] > 0 for model in last["models"])
    picture = last["pictures"][0]
    assert picture["agreement"] == 1 and picture["answers"][0]["words"] == picture["answers"][1]["words"]
    assert gallery.client.get(picture["url"]).status_code == 200


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"models": ["nobody"]}, "There is no model card named nobody"),
        ({"models": []}, "Compare 1 to 4 models"),
        ({"models": ["plain"], "first": 51}, "0 to 50 entries"),
        ({"models": ["plain"], "filter": {"ids": []}}, "No picture to compare on"),
        ({"models": ["yunet"]}, "pigallery models fetch"),
        ({"models": ["plain", "yunet"]}, "one and the same task"),
    ],
)
def test_what_cannot_be_compared_is_told_in_one_sentence(gallery: Gallery, asked: Any, sentence: str) -> None:
    (only,) = [step for step in compare(gallery, **asked) if "errors" in step or isinstance(step, list)]
    errors = only if isinstance(only, list) else only["errors"]
    assert sentence in errors[0]["message"]
