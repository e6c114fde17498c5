"""What is imported next: what somebody looks at, then what cannot be seen yet, then what waits for the models only."""

from __future__ import annotations

import time
from collections.abc import Sequence

from arq.connections import ArqRedis

from ingest import control
from ingest.claims import Claims
from ingest.pipeline import pending_stages
from schema.graph import AssetFile, Stage
from schema.store import GraphStore

_PAGE = 128
_LOOK_BACK_S = 60.0


class Order:
    """Of one process. Others may take from the same store: what is taken is claimed."""

    def __init__(self, store: GraphStore, pool: ArqRedis, claims: Claims) -> None:
        self._store = store
        self._pool = pool
        self._claims = claims
        self._seen_to = 0
        """Up to this id everything that is pending can be seen; looked at again from time to time."""
        self._look_back = 0.0

    async def take(self, size: int) -> list[AssetFile]:
        """Up to `size` pending files that nobody else has; to be given back. Empty when nothing is left."""
        first = await control.first_ids(self._pool)
        if first and (files := await self._claim(await self._store.pending_files(size, 0, first), size, first)):
            return files
        return await self._take_unseen(size) or await self._take_any(size)

    def give_back(self, files: Sequence[AssetFile]) -> None:
        self._claims.release_files(file.id for file in files)

    async def _take_unseen(self, size: int) -> list[AssetFile]:
        now = time.monotonic()
        if now >= self._look_back:
            self._seen_to, self._look_back = 0, now + _LOOK_BACK_S
        after = self._seen_to
        held = False
        while page := await self._store.pending_files(max(_PAGE, 4 * size), after):
            unseen = [file for file in page if not _is_seen(file)]
            if files := await self._claim(unseen, size):
                return files
            held = held or bool(unseen)  # by others, who may not come to their end
            after = page[-1].id
            if not held:
                self._seen_to = after
        return []

    async def _take_any(self, size: int) -> list[AssetFile]:
        after = 0
        while page := await self._store.pending_files(max(_PAGE, 4 * size), after):
            if files := await self._claim(page, size):
                return files
            after = page[-1].id
        return []

    async def _claim(self, files: Sequence[AssetFile], size: int, first: Sequence[int] = ()) -> list[AssetFile]:
        taken = self._claims.take_files((file.id for file in files), size)
        if not taken:
            return []
        # Between reading and claiming, another worker may have finished some.
        page = max(_PAGE, 4 * size)
        now = await self._store.pending_files(page, 0 if first else min(taken) - 1, first)
        still = {file.id: file for file in now}
        self._claims.release_files(file_id for file_id in taken if file_id not in still)
        return [still[file_id] for file_id in taken if file_id in still]


def _is_seen(file: AssetFile) -> bool:
    return pending_stages(file) == {Stage.ANALYSIS}
