"""The store on a database in memory: everything but the server itself, where none can be had."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection
from types import TracebackType
from typing import Any

import gel

from schema.edgedb import EdgeStore
from schema.edgedb.connection import Connection
from tests.schema.edgeql_memory import Memory
from tests.schema.edgeql_values import NotUniqueError


class Client:
    """Speaks as the driver does. Transactions come one after the other."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self._turn = asyncio.Lock()

    def with_transaction_options(self, options: gel.TransactionOptions) -> Client:
        return self

    def with_retry_options(self, options: gel.RetryOptions) -> Client:
        return self

    async def aclose(self) -> None: ...

    async def query_json(self, query: str, **given: Any) -> str:
        async with self._turn:
            return self.memory.run(query, given)

    async def execute(self, commands: str, **given: Any) -> None:
        async for transaction in self.transaction():
            async with transaction:
                await transaction.execute(commands, **given)

    async def transaction(self) -> AsyncIterator[Transaction]:
        yield Transaction(self.memory, self._turn)


class Transaction:
    def __init__(self, memory: Memory, turn: asyncio.Lock) -> None:
        self._memory = memory
        self._turn = turn

    async def __aenter__(self) -> Transaction:
        await self._turn.acquire()
        self._back = self._memory.kept()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        if kind is not None:
            self._back()
        self._turn.release()

    async def query_json(self, query: str, **given: Any) -> str:
        try:
            return self._memory.run(query, given)
        except NotUniqueError as error:
            raise gel.ConstraintViolationError(str(error)) from error

    async def execute(self, commands: str, **given: Any) -> None:
        await self.query_json(commands, **given)


class MemoryConnection(Connection):
    def __init__(self, memory: Memory) -> None:
        super().__init__("")
        self._memory = memory

    async def connect(self) -> int:
        self._client = Client(self._memory)
        return 7


class Asking:
    """Questions of an engine that has the store answer."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def rows(self, query: str, parameters: dict[str, Any]) -> list[Any]:
        found: list[Any] = json.loads(self._memory.run(query, parameters))
        return found


def store_in(memory: Memory, ancestors: Callable[[str], Collection[str]] = lambda name: ()) -> EdgeStore:
    """Not opened."""
    store = EdgeStore("", ancestors)
    store.connection = MemoryConnection(memory)
    return store
