"""What a person is told of an EdgeDB server that cannot be used, and what is left then. Nothing here needs one."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gel
import pytest

from schema.edgedb import EdgeStore, connection, statements
from schema.edgedb.connection import Connection, backoff, explanation, migration
from schema.errors import BadConfig, StoreUnavailable
from schema.library import Library
from schema.settings import Settings
from schema.stores import open_store
from tests.schema import edgeql_server
from tests.schema.edgeql_memory import Memory
from tests.schema.edgeql_server import Client
from tests.schema.libraries import digest, face, imported, tag


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


def test_a_turn_is_waited_for_longer_than_a_server() -> None:
    options: Any = connection.retries()
    turn = options.get_rule_for_exception(gel.TransactionSerializationError())
    away = options.get_rule_for_exception(gel.ClientConnectionClosedError())
    assert (turn.attempts, away.attempts) == (connection.TURNS, connection.ATTEMPTS)
    assert turn.backoff(50) <= connection.LONGEST_TURN_S < away.backoff(50)


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


class Losing(Client):
    """Loses its connection after so many more statements of a transaction."""

    left = 10**9

    async def transaction(self) -> AsyncIterator[Any]:
        async for transaction in super().transaction():
            inner = transaction._memory.run

            def run(query: str, given: Any, inner: Any = inner) -> str:
                self.left -= 1
                if self.left < 0:
                    raise gel.ClientConnectionClosedError("connection reset")
                return str(inner(query, given))

            transaction._memory = SimpleNamespace(run=run, kept=self.memory.kept)
            yield transaction


async def test_a_connection_that_is_lost_anywhere_in_a_batch_leaves_nothing_of_it() -> None:
    memory = Memory()
    store = edgeql_server.store_in(memory)
    await store.open()
    client = Losing(memory)
    store.connection._client = client
    batch = [imported(1, tags=(tag("cat.n.01"),), faces=(face(0.1),)), imported(2)]
    head = await store.head()
    lost = 0
    while lost < 100:
        client.left = lost
        try:
            ids = await store.write_imported(batch)
            break
        except StoreUnavailable as error:
            assert "nothing is lost" in str(error)
            client.left = 10**9
            assert await store.head() == head and await store.find_by_hash([digest(1), digest(2)]) == {}
            lost += 1
    assert lost > 10 and ids == [1, 2]
    (image, _) = await store.images([1, 2])
    assert image is not None and len(image.tags) == len(image.faces) == len(image.files) == 1


async def test_an_import_whose_file_was_read_to_the_end_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    store = edgeql_server.store_in(Memory())
    await store.open()
    await store.write_imported([imported(1)])
    records = [record async for record in store.export()]
    write = Connection.write

    async def lost_at_first(self: Connection, work: Any) -> Any:
        async def lost(asks: Any) -> None:
            await work(asks)
            raise gel.ClientConnectionClosedError("connection reset")

        with pytest.raises(StoreUnavailable):
            await write(self, lost)
        return await write(self, work)

    monkeypatch.setattr(Connection, "write", lost_at_first)
    for given, kept in ((iter(records), False), (records, True)):
        other = edgeql_server.store_in(Memory())
        await other.open()
        if kept:
            assert await other.import_records(given) == len(records) - 2
        else:
            with pytest.raises(StoreUnavailable, match="import again"):
                await other.import_records(given)
        assert (await other.find_by_hash([digest(1)]) != {}) is kept
