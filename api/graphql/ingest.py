"""How imports stand, as GraphQL; `ingest.control` does the work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import strawberry

from api.graphql.context import Context, Info
from api.graphql.fields import field
from api.graphql.limits import clamp
from schema.errors import StoreUnavailable
from schema.patience import answered_within
from schema.policy import Capability, Viewer
from schema.visibility import sees_everything

if TYPE_CHECKING:
    from ingest import control


@strawberry.type(description="How many files are in one state of one stage.")
class StageCount:
    stage: str
    state: str
    count: int


@strawberry.type(description="A file that could not be imported, and why.")
class Failure:
    file_id: int
    path: str
    stage: str
    reason: str
    attempts: int


@strawberry.type(description="How the import stands.")
class IngestStatus:
    running: bool
    phase: str
    total: int
    done: int
    failed: int
    rate_per_s: float | None = strawberry.field(description="Files per second.")
    seconds_left: float | None
    stages: list[StageCount]
    whereabouts: strawberry.Private[tuple[str, tuple[str, ...]]]

    @field
    def current(self, info: Info) -> str | None:
        """The folder being looked through or the file being imported. Needs the right `import`."""
        return printable(self.whereabouts[0]) if info.context.view.viewer.may(Capability.IMPORT) else None

    @field
    def errors(self, info: Info) -> list[str]:
        """What could not be looked through, one sentence each. Needs the right `import`."""
        may = info.context.view.viewer.may(Capability.IMPORT)
        return [printable(sentence) for sentence in self.whereabouts[1]] if may else []

    @field
    async def failures(self, info: Info, first: int = 50) -> list[Failure]:
        """Files with a failed stage. Needs the right `import`."""
        found = await info.context.view.failed_files(clamp(first))
        return [
            Failure(file_id=f.file_id, path=printable(f.path), stage=f.stage, reason=f.reason, attempts=f.attempts)
            for f in found
        ]


def printable(path: str) -> str:
    """A path for people: bytes that are not UTF-8 as \ufffd."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def shown_status(status: control.IngestStatus) -> IngestStatus:
    return IngestStatus(
        running=status.running,
        phase=status.phase,
        total=status.total,
        done=status.done,
        failed=status.failed,
        rate_per_s=status.rate_per_s,
        seconds_left=status.seconds_left,
        stages=[StageCount(stage=c.stage, state=c.state, count=c.count) for c in status.stages],
        whereabouts=(status.current, status.errors),
    )


def queue_of(context: Context) -> Any:
    """The queue, for a viewer who may import."""
    context.view.viewer.require(Capability.IMPORT)
    if context.queue is None:
        raise StoreUnavailable(
            "Imports cannot be started here because the queue is not running; start `pigallery serve`."
        )
    return context.queue


def may_know(viewer: Viewer) -> bool:
    """The numbers of an import tell how much there is: only to who sees everything. Raises LoginNeeded, Refused."""
    viewer.require(Capability.READ)
    return sees_everything(viewer)


async def ingest_status(context: Context) -> IngestStatus:
    from ingest import control

    if not may_know(context.view.viewer):
        return shown_status(control.IngestStatus())
    return shown_status(await control.status(context.library.store, context.queue))


async def ingest_progress(context: Context) -> AsyncIterator[IngestStatus]:
    """The status now, then whenever it changes."""
    from ingest import control

    if not may_know(context.view.viewer):
        yield shown_status(control.IngestStatus())
        return
    async with answered_within(context.settings.query_timeout):
        status = await control.status(context.library.store, context.queue)
    yield shown_status(status)
    if context.queue is not None:
        async for newer in control.watch_progress(context.queue):
            if newer != status:
                status = newer
                yield shown_status(status)
