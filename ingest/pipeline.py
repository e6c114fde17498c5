"""A batch of files into the graph: decode threads, one run of the models, one transaction.

Every file ends with its stages told, whatever it holds. Doing a batch twice changes nothing: thumbnails are named by
content, and the store merges.
"""

from __future__ import annotations

import asyncio
import logging
import os
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
from ingest.quality import Quality
from ingest.rule_tags import describe
from ingest.thumbnails import have_thumbnails
from ingest.walk import Found
from schema.errors import BadConfig, PiGalleryError, StoreUnavailable
from schema.gazetteer import Gazetteer
from schema.graph import AssetFile, Image, Stage, StageRecord, StageState
from schema.media import LARGE, media_version, thumbnail_path
from schema.settings import Settings
from schema.store import GraphStore, Imported

if TYPE_CHECKING:
    from inference.analysis import Analysis, Known

log = logging.getLogger("pigallery.ingest")

PATIENCE_S = 180.0
"""No picture takes so long to decode; a thread that does is given up."""
SPARE_THREADS = 3
REST_S = 0.4
"""Files that change while they are read are given some time to come to rest."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BatchReport:
    done: int
    """Files with nothing left to do, those that failed too."""
    failed: int
    seconds: float = 0.0

    def __add__(self, other: BatchReport) -> BatchReport:
        return BatchReport(self.done + other.done, self.failed + other.failed, self.seconds + other.seconds)


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
        self._turn = asyncio.Semaphore(settings.threads + 1)  # while one asks the store, the others decode

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
        report = BatchReport(0, 0)
        if accused:
            report += await self._carefully(accused, suspects)
        trusted = [file for file in files if file.id not in suspects]
        with self._journal.holding(file.id for file in trusted):
            report += await self._import(trusted)
        return replace(report, seconds=perf_counter() - started)

    async def _carefully(self, files: Sequence[AssetFile], suspects: dict[int, int]) -> BatchReport:
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
        report = BatchReport(len(culprits), len(culprits))
        for some in ([file for file in left if file not in twice], *([file] for file in twice)):
            with self._journal.holding(file.id for file in some):
                report += await self._import(some)
        self._journal.acquit(file.id for file in files)
        return report

    async def _import(self, files: Sequence[AssetFile]) -> BatchReport:
        try:
            return await self._import_together(files)
        except (StoreUnavailable, asyncio.CancelledError):
            raise
        except Exception as error:
            log.exception("A batch failed unexpectedly")
            if len(files) > 1:
                return sum([await self._import([file]) for file in files], BatchReport(0, 0))
            reason = f"Importing the file failed unexpectedly ({type(error).__name__}); the worker's log tells more."
            record = StageRecord(Stage.IDENTIFY, StageState.FAILED, reason)
            await self._store.write_imported([Imported(file, None, (record,)) for file in files])
            return BatchReport(1, 1)

    async def _import_together(self, files: Sequence[AssetFile]) -> BatchReport:
        """What can be seen is written first; the models may take a hundred times as long.

        While they are busy with another batch, this one is left for later: its files stay pending, and the next
        pictures become visible meanwhile.
        """
        examined = await _all([self._examine(file) for file in files])
        records = [
            # No model has been asked yet: what was found in these bytes before holds.
            Imported(one.file, one.image, one.stages, one.located.places, models=frozenset(), regions=one.regions)
            for one in examined
            if one.stages
        ]
        if records:
            await self._write(records)
        free = not self.models.busy
        analyzed = await self._analyze(
            [one for one in examined if one.picture is not None and (free or not one.stages)]
        )
        if analyzed:
            await self._store.write_imported(analyzed)
        told = {record.file.id: record.stages for record in (*records, *analyzed)}
        return BatchReport(
            sum(all(stage.state is not StageState.PENDING for stage in stages) for stages in told.values()),
            sum(any(stage.state is StageState.FAILED for stage in stages) for stages in told.values()),
        )

    async def _write(self, records: Sequence[Imported]) -> None:
        """Then see whether all is as it was read: it may have changed since."""
        await self._store.write_imported(records, describe)
        if await asyncio.to_thread(_changed, read := [record.file for record in records]):
            await asyncio.sleep(REST_S)
            await self._store.discover(await asyncio.to_thread(_changed, read))

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
            decode = not self._has_pixels(known, source.digest)
            work = partial(examine, decode=decode, measured=_measured(known))
            found = await self._in_thread(source.file, work, source, self._shop)
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
        """Only the models are to run: the large thumbnail is all they need. None when it has to be made again."""
        image = Image(content_hash=file.content_hash, name="", format="", file_size=0)
        if (skipped := self.models.skipped()) is not None:
            return Examined(file, image, (skipped,))
        try:
            picture = await asyncio.to_thread(thumbnail_picture, self._settings.thumbnails, file.content_hash)
        except (OSError, ValueError):
            thumbnail_path(self._settings.thumbnails, file.content_hash, LARGE).unlink(missing_ok=True)
            return None
        return Examined(file, image, (), picture=picture, before=_analyzed_by(file))

    async def _for_models(self, found: Examined, known: Image | None) -> Examined:
        """With the picture the models are to see; without it when they have seen these bytes already."""
        if (skipped := self.models.skipped()) is not None:
            return replace(found, picture=None, stages=(*found.stages, skipped))
        asked = Stage.ANALYSIS in pending_stages(found.file)
        if not asked and known is not None and _has(known, Stage.ANALYSIS, self.models.detail):
            record = StageRecord(Stage.ANALYSIS, StageState.DONE, detail=self.models.detail)
            return replace(found, picture=None, stages=(*found.stages, record))
        picture = found.picture
        if picture is None and (again := await self._from_thumbnail(found.file)) is not None:
            picture = again.picture
        if picture is None:
            reason = "The thumbnail that the models look at was damaged; retry this file to make it again."
            record = StageRecord(Stage.ANALYSIS, StageState.FAILED, reason)
        else:
            record = StageRecord(Stage.ANALYSIS, StageState.PENDING, detail=_analyzed_by(found.file), attempts=0)
        return replace(found, picture=picture, stages=(*found.stages, record), before=record.detail)

    async def _analyze(self, examined: Sequence[Examined]) -> list[Imported]:
        """The models over all pictures at once."""
        pictures = [one.picture for one in examined if one.picture is not None]
        answers, ms = await self.models.analyze(pictures, await self._known_of(examined))
        return [self._analyzed(one, answer, ms) for one, answer in zip(examined, answers, strict=True)]

    async def _known_of(self, examined: Sequence[Examined]) -> list[Known | None]:
        """For pictures that other models have seen: which tasks are new, and what was found before."""
        tasks = [self.models.lacking(one.before) for one in examined]
        ids = [one.file.image_id for one, new in zip(examined, tasks, strict=True) if new and one.file.image_id]
        if not ids:
            return []
        found = await self._store.images([key for key in ids if key], frozenset({"tags", "faces"}))
        images = {image.id: image for image in found if image is not None}
        return [
            self.models.known(new, images.get(one.file.image_id or 0)) for one, new in zip(examined, tasks, strict=True)
        ]

    def _analyzed(self, one: Examined, answer: Analysis | PiGalleryError, ms: float) -> Imported:
        detail = self.models.detail
        image = Image(content_hash=one.file.content_hash, name="", format="", file_size=0)
        if isinstance(answer, PiGalleryError):
            failed = StageRecord(Stage.ANALYSIS, StageState.FAILED, str(answer), ms=ms)
            return Imported(one.file, image, (failed,))
        image = replace(
            image,
            tags=answer.tags,
            faces=answer.faces,
            texts=answer.texts,
            embedding=answer.embedding,
            embedding_model=answer.embedding_model,
            meaning=answer.meaning,
            meaning_model=answer.meaning_model,
            nsfw=answer.nsfw,
        )
        record = StageRecord(Stage.ANALYSIS, StageState.DONE, detail=detail, ms=ms)
        return Imported(one.file, image, (record,), models=self.models.speaks_for(answer))


def _analyzed_by(file: AssetFile) -> str:
    """Names and versions of the models that have seen the file."""
    return next((record.detail for record in file.stages if record.stage is Stage.ANALYSIS), "")


def _measured(image: Image | None) -> Quality | None:
    """As it was when its pixels were last looked at."""
    if image is None or image.brightness is None or image.contrast is None:
        return None
    return Quality(image.sharpness, image.brightness, image.contrast)


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


def _changed(files: Sequence[AssetFile]) -> list[AssetFile]:
    """Those whose content is not what was read any more, as they are now."""
    changed = []
    for file in files:
        now = Found.at(os.fsencode(file.path))
        if now is not None and (now.file_size, now.mtime_ns) != (file.file_size, file.mtime_ns):
            changed.append(now.in_root(file.root))
    return changed


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
