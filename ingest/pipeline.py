"""A batch of files into the graph: decode threads, one run of the models, one transaction.

Every file ends with its stages told, whatever it holds. Doing a batch twice changes nothing: thumbnails are named by
content, and the store merges.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import cv2

from ingest.examine import PIXELS_DETAIL, Examined, Workshop, examine, identified, thumbnail_picture
from ingest.journal import MAX_CRASHES, Journal
from ingest.models import Models
from ingest.probe import find_culprits
from ingest.thumbnails import have_thumbnails
from schema.errors import BadConfig, PiGalleryError, StoreUnavailable
from schema.gazetteer import Gazetteer
from schema.graph import AssetFile, Image, Stage, StageRecord, StageState
from schema.media import media_version
from schema.settings import Settings
from schema.store import GraphStore, Imported

if TYPE_CHECKING:
    from inference.analyzer import Analysis

log = logging.getLogger("pigallery.ingest")

PATIENCE_S = 180.0
"""No picture takes so long to decode; a thread that does is given up."""
SPARE_THREADS = 3

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BatchReport:
    done: int
    failed: int
    seconds: float


class Pipeline:
    """Of one process; batches may run side by side, so that one decodes while another is analyzed."""

    def __init__(self, settings: Settings, store: GraphStore) -> None:
        self.models = Models(settings)
        self.stuck = 0
        """Decode threads that never came back; a process with `SPARE_THREADS` of them should be replaced."""
        self._settings = settings
        self._store = store
        self._journal = Journal(settings.queue)
        self._shop = Workshop(settings.thumbnails, settings.max_pixels, None)
        self._threads = ThreadPoolExecutor(settings.threads + SPARE_THREADS, "decode")
        self._turn = asyncio.Semaphore(settings.threads)

    async def open(self) -> None:
        """Everything but the models, which are loaded with the first picture."""
        cv2.setNumThreads(1)  # every core has a decode thread already
        self._journal.open()
        gazetteer = await asyncio.to_thread(self._gazetteer)
        self._shop = Workshop(self._settings.thumbnails, self._settings.max_pixels, gazetteer)

    def close(self) -> None:
        self._threads.shutdown(wait=not self.stuck, cancel_futures=True)
        self._journal.close()
        if self._shop.gazetteer is not None:
            self._shop.gazetteer.close()

    def _gazetteer(self) -> Gazetteer | None:
        try:
            return Gazetteer.open(self._settings.data, self._settings.packages)
        except BadConfig as error:
            log.warning("Pictures get no places: %s", error)
            return None

    async def run(self, files: Sequence[AssetFile]) -> BatchReport:
        """Import these files. Raises StoreUnavailable when database or disk cannot take them: all stay pending."""
        started = perf_counter()
        await self.models.open()
        suspects = self._journal.suspects()
        accused = [file for file in files if file.id in suspects]
        failed = 0
        if accused:
            failed += await self._carefully(accused, suspects)
        trusted = [file for file in files if file.id not in suspects]
        with self._journal.holding(file.id for file in trusted):
            failed += await self._import(trusted)
        return BatchReport(len(files), failed, perf_counter() - started)

    async def _carefully(self, files: Sequence[AssetFile], suspects: dict[int, int]) -> int:
        """Each tried in a process of its own first; those that were there twice are then imported one by one."""
        hopeless = {
            file.id: f"The program ended {MAX_CRASHES} times while it had this file open; retry it to try again."
            for file in files
            if suspects[file.id] >= MAX_CRASHES
        }
        culprits = hopeless | await find_culprits([f for f in files if f.id not in hopeless], self._settings.max_pixels)
        await self._store.write_imported(
            [Imported(file, None, _failed_pixels(culprits[file.id])) for file in files if file.id in culprits]
        )
        left = [file for file in files if file.id not in culprits]
        twice = [file for file in left if suspects[file.id] > 1]
        failed = len(culprits)
        for some in ([file for file in left if file not in twice], *([file] for file in twice)):
            with self._journal.holding(file.id for file in some):
                failed += await self._import(some)
        self._journal.acquit(file.id for file in files)
        return failed

    async def _import(self, files: Sequence[AssetFile]) -> int:
        try:
            return await self._import_together(files)
        except (StoreUnavailable, asyncio.CancelledError):
            raise
        except Exception as error:
            log.exception("A batch failed unexpectedly")
            if len(files) > 1:
                return sum([await self._import([file]) for file in files])
            reason = f"Importing the file failed unexpectedly ({type(error).__name__}); the worker's log tells more."
            record = StageRecord(Stage.IDENTIFY, StageState.FAILED, reason)
            await self._store.write_imported([Imported(file, None, (record,)) for file in files])
            return 1

    async def _import_together(self, files: Sequence[AssetFile]) -> int:
        examined = await _all([self._examine(file) for file in files])
        records = await self._analyze(examined)
        if records:
            await self._store.write_imported(records)
        return sum(any(stage.state is StageState.FAILED for stage in record.stages) for record in records)

    # -- one file
    async def _examine(self, file: AssetFile) -> Examined:
        async with self._turn:
            only_models = pending_stages(file) == {Stage.ANALYSIS} and file.content_hash
            if only_models and (again := await self._from_thumbnail(file)) is not None:
                return again
            source = await self._in_thread(file, identified, file)
            if isinstance(source, Examined):
                return source
            known = await self._known(source.digest)
            copies = [f for f in known.files if f.path != file.path and f.present] if known is not None else []
            decode = not self._has_pixels(known, source.digest)
            work = partial(examine, decode=decode)
            found = await self._in_thread(source.file, work, source, copies, self._shop)
            return found if found.image is None else await self._for_models(found, known)

    async def _in_thread(
        self, file: AssetFile, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T | Examined:
        """Run it in a decode thread; one that does not come back is this file's failure."""
        future = asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *args, **kwargs))
        try:
            return await asyncio.wait_for(future, PATIENCE_S)
        except TimeoutError:
            self.stuck += 1
            reason = f"Reading the file takes longer than {PATIENCE_S:.0f} s; it is left alone."
        except PiGalleryError:
            raise
        except Exception as error:
            log.exception("Unexpected error with %r", file.path)
            reason = f"Reading the file failed unexpectedly ({type(error).__name__}); the worker's log tells more."
        return Examined(file, None, _failed_pixels(reason))

    async def _known(self, digest: str) -> Image | None:
        """The image of these bytes, with its files, if the library has it."""
        ids = await self._store.find_by_hash([digest])
        if digest not in ids:
            return None
        return (await self._store.images([ids[digest]], frozenset({"files"})))[0]

    def _has_pixels(self, known: Image | None, digest: str) -> bool:
        return (
            known is not None
            and known.media_version == media_version(digest)
            and known.phash is not None
            and _has(known, Stage.PIXELS, PIXELS_DETAIL)
            and have_thumbnails(self._settings.thumbnails, digest)
        )

    async def _from_thumbnail(self, file: AssetFile) -> Examined | None:
        """Only the models are to run: the large thumbnail is all they need."""
        image = Image(content_hash=file.content_hash, name="", format="", file_size=0)
        try:
            picture = await asyncio.to_thread(thumbnail_picture, self._settings.thumbnails, file.content_hash)
        except (OSError, ValueError):
            return None
        return Examined(file, image, (), picture=picture)

    async def _for_models(self, found: Examined, known: Image | None) -> Examined:
        """With the picture the models are to see; without it when they have seen these bytes already."""
        detail = self.models.detail
        if not detail:
            return replace(found, picture=None)
        asked = Stage.ANALYSIS in pending_stages(found.file)
        if not asked and known is not None and _has(known, Stage.ANALYSIS, detail):
            record = StageRecord(Stage.ANALYSIS, StageState.DONE, detail=detail)
            return replace(found, picture=None, stages=(*found.stages, record))
        if found.picture is None:
            again = await self._from_thumbnail(found.file)
            return replace(found, picture=again.picture if again is not None else None)
        return found

    # -- the batch
    async def _analyze(self, examined: Sequence[Examined]) -> list[Imported]:
        """The models over all pictures of the batch at once."""
        pictures = {place: one.picture for place, one in enumerate(examined) if one.picture is not None}
        started = perf_counter()
        answers: list[Analysis | PiGalleryError] = []
        if self.models.detail:
            answers = await self.models.analyze(list(pictures.values()))
        ms = (perf_counter() - started) * 1000 / max(1, len(answers))
        analyses = dict(zip(pictures, answers, strict=False))
        return [self._record(one, analyses.get(place), ms) for place, one in enumerate(examined)]

    def _record(self, one: Examined, answer: Analysis | PiGalleryError | None, ms: float) -> Imported:
        image, stages, detail = one.image, one.stages, self.models.detail
        if image is None or any(record.stage is Stage.ANALYSIS for record in stages):
            pass
        elif (skipped := self.models.skipped()) is not None:
            stages = (*stages, skipped)
        elif answer is None or isinstance(answer, PiGalleryError):
            reason = str(answer or "The thumbnail to analyze cannot be read; retry the pixels of this file.")
            stages = (*stages, StageRecord(Stage.ANALYSIS, StageState.FAILED, reason, detail, ms))
        else:
            stages = (*stages, StageRecord(Stage.ANALYSIS, StageState.DONE, detail=detail, ms=ms))
            image = replace(
                image,
                tags=(*image.tags, *answer.tags),
                faces=answer.faces,
                texts=answer.texts,
                embedding=answer.embedding,
                embedding_model=answer.embedding_model,
                nsfw=answer.nsfw,
            )
        return Imported(one.file, image, stages, one.located.places)


def _failed_pixels(reason: str) -> tuple[StageRecord, ...]:
    return StageRecord(Stage.IDENTIFY, StageState.DONE), StageRecord(Stage.PIXELS, StageState.FAILED, reason)


def pending_stages(file: AssetFile) -> set[Stage]:
    return {record.stage for record in file.stages if record.state is StageState.PENDING}


def _has(image: Image, stage: Stage, detail: str) -> bool:
    """Whether this stage was done, by what runs now, for any file of the image."""
    return any(
        record.stage is stage and record.state is StageState.DONE and record.detail == detail
        for file in image.files
        for record in file.stages
    )


async def _all(work: Sequence[Awaitable[T]]) -> list[T]:
    """All results in order; the first StoreUnavailable, after everything has come to rest."""
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        if isinstance(result, StoreUnavailable):
            raise result
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]
