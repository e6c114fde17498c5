"""The way to the server: connected, checked, migrated; tried again when it fails; failures told in one sentence."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol, TypeVar

import gel

from schema.edgedb import statements
from schema.errors import BadConfig, StoreUnavailable

SCHEMA = Path(__file__).with_name("default.esdl")
SCHEMA_VERSION = 1
"""Raised with every change of the schema that an older program cannot work with."""
OLDEST_SERVER = 5
AVAILABLE_S = 15
"""How long a connection may take, with all attempts to make it."""
ATTEMPTS = 12
"""So often a transaction is tried that lost its connection."""
TURNS = 100
"""So often one is tried that another one got in the way of. Writers of other processes wait for the same row, one gets
it, and the others begin anew: of eight that write all the time, one in a million gives up."""
AGAIN_S, LONGEST_S, LONGEST_TURN_S = 0.05, 3.0, 0.4
"""Wait before the second attempt, doubled for each further one; the longest; and the longest for a turn."""

T = TypeVar("T")


class Asks(Protocol):
    """A client or a transaction."""

    async def query_json(self, query: str, **parameters: Any) -> str: ...

    async def execute(self, commands: str, **parameters: Any) -> None: ...


class Connection:
    """A pool of connections to one database."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._client: Any = None
        self._turn = asyncio.Lock()
        """Writers of one process wait here, so that they do not get in each other's way on the server."""

    async def open(self) -> None:
        """Connect, and bring the schema up to date. Raises as `connect` does."""
        await self.connect()
        try:
            await self._prepare()
        except BaseException:
            await self.close()
            raise

    async def connect(self) -> int:
        """Connect, and look at the server; nothing is changed. Returns its major version.

        Raises:
            BadConfig: the DSN is wrong, or leads to a server or database that cannot be used.
            StoreUnavailable: nobody answers there.
        """
        try:
            self._client = gel.create_async_client(
                self._dsn, wait_until_available=AVAILABLE_S, timeout=AVAILABLE_S
            ).with_retry_options(retries())
            await self._client.ensure_connected()
        except (TimeoutError, gel.ClientConnectionError, OSError) as error:
            await self.close()
            raise unreachable(error) from error
        except (gel.EdgeDBError, ValueError, TypeError, RuntimeError) as error:
            await self.close()
            raise BadConfig(
                f"PIGALLERY_EDGEDB_DSN does not lead to a database that can be opened ({first_line(error)}): "
                "check address, user, password, branch and TLS."
            ) from error
        try:
            (version,) = await self.query(statements.VERSION)
            if version < OLDEST_SERVER:
                raise BadConfig(
                    f"The EdgeDB server is of version {version}, PiGallery needs {OLDEST_SERVER} at least: update it."
                )
        except BaseException:
            await self.close()
            raise
        return int(version)

    async def close(self) -> None:
        """Closing again does nothing."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(gel.EdgeDBError, OSError, asyncio.TimeoutError):
                await asyncio.wait_for(client.aclose(), AVAILABLE_S)

    async def query(self, query: str, **parameters: Any) -> list[Any]:
        """The rows of one reading statement, from one moment."""
        return await rows(self, query, **parameters)

    async def query_json(self, query: str, **parameters: Any) -> str:
        found: str = await explained(self._opened().query_json(query, **parameters))
        return found

    async def execute(self, commands: str, **parameters: Any) -> None:
        await explained(self._opened().execute(commands, **parameters))

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Asks]:
        """Reads of one moment. They are not tried again: what was read may have been passed on already."""
        client = self._opened().with_transaction_options(gel.TransactionOptions(readonly=True))
        async for transaction in client.with_retry_options(gel.RetryOptions(attempts=1)).transaction():
            async with transaction:
                yield _Explained(transaction)

    async def write(self, work: Callable[[Asks], Awaitable[T]]) -> T:
        """The result of work inside one transaction: all of it is kept, or nothing. The work is done again from its
        beginning when another writer or the network came in between."""
        client = self._opened()

        async def attempts() -> T:
            async for transaction in client.transaction():
                async with transaction:
                    await transaction.execute(statements.TAKE_TURN)
                    result = await work(transaction)
            return result

        async with self._turn:
            return await explained(attempts())

    def _opened(self) -> Any:
        if self._client is None:
            raise StoreUnavailable("The library is closed: open it again.")
        return self._client

    # -- schema

    async def _prepare(self) -> None:
        script = SCHEMA.read_text(encoding="utf-8")
        digest = sha256(script.encode()).hexdigest()
        (ours,) = await self.query(statements.IS_OURS)
        if ours:
            found = await self.query(statements.LIBRARY)
            if found and found[0]["schema_version"] > SCHEMA_VERSION:
                raise BadConfig(
                    f"The library on the EdgeDB server was written by a newer PiGallery (version "
                    f"{found[0]['schema_version']} of its schema; this program knows up to {SCHEMA_VERSION}): "
                    "update PiGallery, or name another branch in PIGALLERY_EDGEDB_DSN."
                )
            if found and found[0]["schema_digest"] == digest:
                return
        else:
            (used,) = await self.query(statements.IS_USED)
            if used:
                raise BadConfig(
                    "The database that PIGALLERY_EDGEDB_DSN names holds something else than a PiGallery library: "
                    "name an empty branch."
                )
        await self._migrate(script)
        await self.execute(statements.FIRST_LIBRARY, epoch=secrets.token_hex(6), version=SCHEMA_VERSION, digest=digest)
        await self.execute(statements.MARK_SCHEMA, version=SCHEMA_VERSION, digest=digest)

    async def _migrate(self, script: str) -> None:
        """Declare the schema; the server works out what to change. Of several processes that do so at once one
        succeeds, and the others find it done."""
        for attempt in range(ATTEMPTS):
            try:
                await self._opened().execute(migration(script))
                return
            except gel.ClientConnectionError as error:
                raise unreachable(error) from error
            except gel.EdgeDBError as error:
                if isinstance(error, gel.TransactionError) and attempt + 1 < ATTEMPTS:
                    await asyncio.sleep(backoff(attempt))
                    continue
                raise BadConfig(
                    f"The schema of the library cannot be brought up to date ({first_line(error)}); nothing was "
                    "changed: export the library with the earlier PiGallery and import it into an empty branch."
                ) from error


class _Explained:
    """A transaction whose failures are told in one sentence."""

    def __init__(self, asks: Asks) -> None:
        self._asks = asks

    async def query_json(self, query: str, **parameters: Any) -> str:
        return await explained(self._asks.query_json(query, **parameters))

    async def execute(self, commands: str, **parameters: Any) -> None:
        await explained(self._asks.execute(commands, **parameters))


def migration(script: str) -> str:
    """The script that makes a database be as a schema says, to be executed at once."""
    return f"START MIGRATION TO {{\n{script}\n}};\nPOPULATE MIGRATION;\nCOMMIT MIGRATION;"


async def rows(asks: Asks, query: str, **parameters: Any) -> list[Any]:
    """What a statement finds, as JSON has it."""
    found: list[Any] = json.loads(await asks.query_json(query, **parameters))
    return found


def retries() -> gel.RetryOptions:
    """How often what failed for a while is tried again, and after what wait."""
    options: Any = gel.RetryOptions(attempts=ATTEMPTS, backoff=backoff)
    turns: gel.RetryOptions = options.with_rule(
        gel.RetryCondition.TransactionConflict, attempts=TURNS, backoff=lambda attempt: backoff(attempt, LONGEST_TURN_S)
    )
    return turns


def backoff(attempt: int, longest: float = LONGEST_S) -> float:
    """Seconds to wait before another attempt; not the same for everybody who waits."""
    return float(min(AGAIN_S * 2**attempt, longest) * random.uniform(0.5, 1.0))


async def explained(work: Awaitable[T]) -> T:
    """Its result, or its failure in one sentence. What only a mistake of ours can cause comes as it is."""
    try:
        return await work
    except (TimeoutError, gel.EdgeDBError, OSError) as error:
        raise explanation(error) from error


def explanation(error: Exception) -> Exception:
    """What to tell a person about a failure; the failure itself where there is nothing to tell."""
    match error:
        case gel.ClientConnectionError() | gel.AvailabilityError() | OSError() | asyncio.TimeoutError():
            return unreachable(error)
        case gel.TransactionError():
            return StoreUnavailable("Other processes are writing to the library all the time: try again.")
        case gel.AccessError():
            return BadConfig(
                f"The EdgeDB server refuses this ({first_line(error)}): check the rights of the user in "
                "PIGALLERY_EDGEDB_DSN."
            )
        case gel.InterfaceError() if "clos" in str(error).lower():
            return unreachable(error)
    return error


def unreachable(error: BaseException) -> StoreUnavailable:
    return StoreUnavailable(
        f"The EdgeDB server does not answer ({first_line(error)}): start it, or check PIGALLERY_EDGEDB_DSN; "
        "nothing is lost, and it is tried again."
    )


def first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
