"""The models, loaded when the first picture needs them; without them a library works, and says what is missing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from time import monotonic, perf_counter
from typing import TYPE_CHECKING

from ingest.opening import Pixels
from schema.errors import PiGalleryError
from schema.graph import Image, Stage, StageRecord, StageState
from schema.settings import Settings

if TYPE_CHECKING:
    from inference.analysis import Analysis, Known
    from inference.analyzer import Analyzer
    from inference.cards import Task

log = logging.getLogger("pigallery.models")

OFF = "Analysis is turned off in the settings (models = none)."
IDLE_S = 600.0
"""The models' memory is given back after so long without a picture."""


class Models:
    """One analyzer for a process. `analyze` runs one batch at a time: the sessions use all cores by themselves."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._analyzer: Analyzer | None = None
        self._detail = ""
        self._versions: dict[Task, str] = {}
        self._why_not = ""
        self._files: object = None
        self._used = monotonic()
        self._opening = asyncio.Lock()
        self._lock = asyncio.Lock()

    @property
    def detail(self) -> str:
        """Names and versions of what runs; '' while nothing does."""
        return self._detail

    async def open(self) -> None:
        """Load what is there; again when models have come or gone since."""
        async with self._opening:
            files = await asyncio.to_thread(self._here)
            if files != self._files:
                async with self._lock:
                    await asyncio.to_thread(self._open)
                self._files = files

    def _here(self) -> object:
        """Changes when models are fetched or cards are written."""
        found = []
        for folder, ending in ((self._settings.weights, ".onnx"), (self._settings.home / "models.d", ".toml")):
            try:
                found += [(path.name, path.stat().st_mtime_ns) for path in folder.iterdir() if path.suffix == ending]
            except OSError:  # not made yet, or a file that went just now
                continue
        return sorted(found)

    def _open(self) -> None:
        self._why_not, self._detail, self._versions, self._analyzer = "", "", {}, None
        if self._settings.models == ():
            self._why_not = OFF
            return
        try:
            self._analyzer = self._load()
            self._detail, self._versions = self._analyzer.detail, self._analyzer.versions
            self._used = monotonic()
        except PiGalleryError as error:
            self._why_not = str(error)
        except ImportError as error:
            self._why_not = f"The model runtime is not installed ({error.name}); run deploy/install."
        if self._why_not:
            log.warning("Pictures are not analyzed: %s", self._why_not)

    def _load(self) -> Analyzer:
        from inference.analyzer import Analyzer
        from schema.lexicon import Lexicon

        lexicon = Lexicon.open(self._settings.data, self._settings.packages)
        analyzer = Analyzer.open(self._settings, lexicon)
        analyzer.warm_up()
        return analyzer

    async def rest(self) -> None:
        """Give the models' memory back when no picture has come for a while."""
        if self._analyzer is None or self.busy or monotonic() - self._used < IDLE_S:
            return
        async with self._lock:
            from inference.runtime import close_sessions

            self._analyzer = None
            close_sessions()
            log.info("No picture has come for a while; the models will be loaded again with the next one")

    def skipped(self) -> StageRecord | None:
        """The record of a picture that is not analyzed; None when models run."""
        return None if self._detail else StageRecord(Stage.ANALYSIS, StageState.SKIPPED, self._why_not)

    @property
    def busy(self) -> bool:
        """Whether they look at a batch now."""
        return self._lock.locked()

    def lacking(self, detail: str) -> frozenset[Task]:
        """Tasks whose models have not seen a picture with this detail; none also when nobody has seen it at all, or
        when all have: then everything is done again."""
        done = set(detail.split())
        return frozenset(task for task, name in self._versions.items() if done and name not in done)

    def outdated(self, detail: str) -> bool:
        """Whether pictures that the models of `detail` have seen are to be seen by others."""
        return bool(self._detail) and bool({*self._detail.split()} - {*detail.split()})

    def known(self, tasks: frozenset[Task], image: Image | None) -> Known | None:
        """What is known of an image of which these tasks are to be done; None: do everything."""
        from inference.analysis import Known

        return Known(tasks, image.tags, image.faces) if tasks and image is not None else None

    def speaks_for(self, answer: Analysis) -> frozenset[str]:
        """Names of the models whose earlier edges an answer replaces."""
        return self._analyzer.speaks_for(answer.tasks) if self._analyzer is not None else frozenset()

    async def analyze(
        self, pictures: Sequence[Pixels], known: Sequence[Known | None] = ()
    ) -> tuple[list[Analysis | PiGalleryError], float]:
        """One answer per picture, in order; and milliseconds each."""
        if not self._detail or not pictures:
            return [], 0.0
        async with self._lock:
            started = perf_counter()
            try:
                if self._analyzer is None:
                    self._analyzer = await asyncio.to_thread(self._load)
                answers = await asyncio.to_thread(self._analyzer.analyze, pictures, known)
            except PiGalleryError as error:
                answers = [error] * len(pictures)
            except Exception as error:
                log.exception("The models failed")
                reason = f"The models failed unexpectedly ({type(error).__name__}); the worker's log tells more."
                answers = [PiGalleryError(reason)] * len(pictures)
            self._used = monotonic()
            return answers, (perf_counter() - started) * 1000 / len(pictures)
