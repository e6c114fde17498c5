"""Questions put to the server from the index thread, one after the other."""

from __future__ import annotations

import json
from typing import Any

import gel

from schema.edgedb.connection import AVAILABLE_S, explanation, retries


class Asking:
    """One connection, made when the first question comes."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._client: Any = None

    def rows(self, query: str, parameters: dict[str, Any]) -> list[Any]:
        """What a query finds, as JSON has it. Raises StoreUnavailable."""
        try:
            found: list[Any] = json.loads(self._connected().query_json(query, **parameters))
        except (gel.EdgeDBError, OSError) as error:
            raise explanation(error) from error
        return found

    def _connected(self) -> Any:
        if self._client is None:
            client = gel.create_client(self._dsn, max_concurrency=1, wait_until_available=AVAILABLE_S)
            self._client = client.with_retry_options(retries())
        return self._client
