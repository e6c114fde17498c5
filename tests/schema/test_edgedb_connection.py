"""What a person is told of an EdgeDB server that cannot be used. Nothing here needs one."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import gel
import pytest

from schema.edgedb import EdgeStore, connection, statements
from schema.edgedb.connection import Connection, backoff, explanation, migration
from schema.errors import BadConfig, StoreUnavailable
from schema.library import Library
from schema.settings import Settings
from schema.stores import open_store


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


async def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "AVAILABLE_S", 1)
    store = EdgeStore(f"edgedb://edgedb@127.0.0.1:{free_port()}/main?tls_security=insecure")
    with pytest.raises(StoreUnavailable, match=r"does not answer .* start it"):
        await store.open()
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.people()
    await store.close()


async def test_something_else_listens_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "AVAILABLE_S", 1)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises((StoreUnavailable, BadConfig)):
            await EdgeStore(f"edgedb://edgedb@127.0.0.1:{port}/main?tls_security=insecure").open()


@pytest.mark.parametrize("dsn", ["nonsense", "http://example.org", "edgedb://host:port/main"])
async def test_no_dsn(dsn: str) -> None:
    with pytest.raises(BadConfig, match="PIGALLERY_EDGEDB_DSN"):
        await EdgeStore(dsn).open()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (gel.ClientConnectionClosedError("lost"), StoreUnavailable),
        (gel.errors.BackendUnavailableError("starting"), StoreUnavailable),
        (ConnectionResetError("reset"), StoreUnavailable),
        (gel.TransactionSerializationError("conflict"), StoreUnavailable),
        (gel.AuthenticationError("no"), BadConfig),
        (gel.errors.QueryError("ours"), gel.errors.QueryError),
    ],
)
def test_failures_are_told_in_a_sentence(error: Exception, kind: type[Exception]) -> None:
    assert type(explanation(error)) is kind


def test_attempts_are_further_and_further_apart() -> None:
    assert all(backoff(attempt) <= connection.LONGEST_S for attempt in range(50))
    assert backoff(0) < backoff(4) < backoff(30)


class Answers:
    """What a server of some kind says to the first questions."""

    def __init__(self, **said: Any) -> None:
        self._said = said
        self.executed: list[str] = []

    async def ensure_connected(self) -> None: ...

    async def aclose(self) -> None: ...

    def with_retry_options(self, options: gel.RetryOptions) -> Answers:
        return self

    async def query_json(self, query: str, **parameters: Any) -> str:
        names = {statements.VERSION: "version", statements.IS_OURS: "ours", statements.IS_USED: "used"}
        return json.dumps([self._said[names[query]]] if query in names else self._said["library"])

    async def execute(self, commands: str, **parameters: Any) -> None:
        self.executed.append(commands)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"version": 4}, "version 4, PiGallery needs 5"),
        ({"version": 5, "ours": False, "used": True}, "something else than a PiGallery library"),
        ({"version": 7, "ours": True, "library": [{"schema_version": 99, "schema_digest": ""}]}, "newer PiGallery"),
    ],
)
async def test_databases_that_are_not_ours(
    said: dict[str, Any], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers(**said)
    monkeypatch.setattr(gel, "create_async_client", lambda *_, **__: answers)
    with pytest.raises(BadConfig, match=sentence):
        await Connection("edgedb://somewhere").open()
    assert not answers.executed


async def test_the_schema_is_declared_when_it_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    for said in (
        {"version": 5, "ours": False, "used": False},
        {"version": 7, "ours": True, "library": [{"schema_version": 1, "schema_digest": "older"}]},
    ):
        answers = Answers(**said)
        monkeypatch.setattr(gel, "create_async_client", lambda *_, answers=answers, **__: answers)
        await Connection("edgedb://somewhere").open()
        declared = migration(connection.SCHEMA.read_text(encoding="utf-8"))
        assert answers.executed[0] == declared and declared.endswith("POPULATE MIGRATION;\nCOMMIT MIGRATION;")


async def test_a_store_that_answers_by_itself_is_a_server(tmp_path: Path) -> None:
    assert isinstance(open_store(Settings(home=tmp_path, edgedb_dsn="edgedb://somewhere")), EdgeStore)
    with pytest.raises(BadConfig, match="PIGALLERY_QUERY=store needs"):
        await Library.open(Settings(home=tmp_path, query="store"))
