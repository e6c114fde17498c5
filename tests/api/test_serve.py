"""`pigallery serve` as a whole: queue, worker, server; started, asked, disturbed, stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from api.lock import is_served, running_server
from tests.api.conftest import photo_bytes


@dataclass
class Running:
    home: Path
    photos: Path
    process: subprocess.Popen[str]
    address: str

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = {"query": query, "variables": variables}
        answer: dict[str, Any] = httpx.post(f"{self.address}/graphql", json=body, timeout=30).json()
        return answer

    def worker(self) -> psutil.Process | None:
        alive = (c for c in psutil.Process(self.process.pid).children() if c.status() != psutil.STATUS_ZOMBIE)
        return next((child for child in alive if "api.workers" in " ".join(child.cmdline())), None)


def until(true: Callable[[], Any], timeout_s: float = 90) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def command(home: Path, *arguments: str | Path) -> tuple[list[str], dict[str, str]]:
    environment = os.environ | {"PIGALLERY_HOME": str(home), "PIGALLERY_MODELS": "none"}
    return [sys.executable, "-m", "api.cli", *map(str, arguments)], environment


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Iterator[Running]:
    base = tmp_path_factory.mktemp("serve")
    home, photos = base / "home", base / "photos"
    home.mkdir()
    photos.mkdir()
    (home / "data").symlink_to(data)
    for number in range(3):
        (photos / f"{number}.jpg").write_bytes(photo_bytes(number))
    (photos / "cut off.jpg").write_bytes(photo_bytes(9)[:200])
    arguments, environment = command(home, "serve", "--port", "0", photos)
    process = subprocess.Popen(arguments, env=environment, stderr=subprocess.PIPE, text=True)
    until(lambda: process.poll() is not None or running_server(home).get("address"))
    found = Running(home, photos, process, str(running_server(home).get("address")))
    yield found
    if process.poll() is None:
        process.kill()
        process.wait()


def test_the_folder_is_imported(running: Running) -> None:
    count = "{images(first: 0) {totalCount} ingest {running failed phase}}"
    until(lambda: running.ask(count)["data"]["images"]["totalCount"] == 3)
    until(lambda: not running.ask(count)["data"]["ingest"]["running"])
    failures = running.ask("{ingest {failures {path reason}}}")["data"]["ingest"]["failures"]
    assert [failure["path"] for failure in failures] == [str(running.photos / "cut off.jpg")]
    image = running.ask("{images(first: 1) {nodes {smallUrl}}}")["data"]["images"]["nodes"][0]
    assert httpx.get(running.address + image["smallUrl"]).headers["content-type"] == "image/jpeg"
    assert httpx.get(running.address).status_code == 200


def test_progress_and_new_folders_by_graphql(running: Running, tmp_path: Path) -> None:
    (tmp_path / "new.jpg").write_bytes(photo_bytes(20))
    socket_address = running.address.replace("http", "ws") + "/graphql"
    with connect(socket_address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        socket.send(json.dumps({"type": "connection_init"}))
        socket.recv(5)
        query = "subscription {ingest {running total done}}"
        socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
        assert json.loads(socket.recv(5))["payload"]["data"]["ingest"]["total"] == 4
        start = "mutation($f: [String!]) {startIngest(folders: $f) {running}}"
        refused = running.ask(start, f=["photos"])["errors"][0]
        assert refused["extensions"]["code"] == "BAD_CONFIG" and "whole path" in refused["message"]
        assert "errors" not in running.ask(start, f=[str(tmp_path)])
        until(lambda: json.loads(socket.recv(30))["payload"]["data"]["ingest"]["done"] == 5)


def test_a_second_start_and_a_question_from_the_terminal(running: Running) -> None:
    arguments, environment = command(running.home, "serve")
    second = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert f"already runs on {running.home} at {running.address}" in second.stderr
    arguments, environment = command(running.home, "search", "photos", "--json")
    found = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(found.stdout)["search"]["totalCount"] >= 3


def test_a_worker_that_dies_is_started_again(running: Running) -> None:
    worker = running.worker()
    assert worker is not None
    worker.kill()
    until(lambda: (now := running.worker()) is not None and now.pid != worker.pid)
    (running.photos / "later.jpg").write_bytes(photo_bytes(21))
    until(lambda: running.ask('{images(filter:{path:{name:["later"]}}){totalCount}}')["data"]["images"]["totalCount"])


def test_it_ends_with_all_its_processes(running: Running) -> None:
    children = psutil.Process(running.process.pid).children(recursive=True)
    assert children
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(60) == 0
    assert running.process.stderr is not None
    assert "Everything is saved" in running.process.stderr.read()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive
    assert not is_served(running.home)


def test_a_killed_server_takes_its_workers_along(tmp_path: Path, data: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "data").symlink_to(data)
    arguments, environment = command(home, "serve", "--port", "0")
    process = subprocess.Popen(arguments, env=environment, stderr=subprocess.DEVNULL)
    until(lambda: running_server(home).get("address"))
    until(lambda: "api.workers" in str([child.cmdline() for child in psutil.Process(process.pid).children()]))
    workers = [child for child in psutil.Process(process.pid).children() if "api.workers" in str(child.cmdline())]
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(workers, timeout=40)
    assert not alive
    # The queue was left behind; the next start takes it over and ends it.
    again = subprocess.Popen(arguments, env=environment, stderr=subprocess.DEVNULL)
    until(lambda: running_server(home).get("pid") == again.pid and running_server(home).get("address"))
    again.send_signal(signal.SIGINT)
    assert again.wait(60) == 0
