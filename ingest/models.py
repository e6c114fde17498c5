"""The models, loaded when the first picture needs them; without them a library works, and says what is missing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from ingest.opening import Pixels
from schema.errors import PiGalleryError
from schema.graph import Stage, StageRecord, StageState
from schema.settings import Settings

if TYPE_CHECKING:
    from inference.analyzer import Analysis, Analyzer

log = logging.getLogger("pigallery.models")

OFF = "Analysis is turned off in the settings (models = none)."


class Models:
    """One analyzer for a process. `analyze` runs one batch at a time: the sessions use all cores by themselves."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._analyzer: Analyzer | None = None
        self._why_not = ""
        self._opened = False
        self._opening = asyncio.Lock()
        self._lock = asyncio.Lock()

    @property
    def detail(self) -> str:
        """Names and versions of what runs; '' while nothing does."""
        return self._analyzer.detail if self._analyzer is not None else ""

    async def open(self) -> None:
        async with self._opening:
            if not self._opened:
                await asyncio.to_thread(self._open)
                self._opened = True

    def _open(self) -> None:
        if self._settings.models == ():
            self._why_not = OFF
            return
        try:
            from inference.analyzer import Analyzer
            from schema.lexicon import Lexicon

            lexicon = Lexicon.open(self._settings.data, self._settings.packages)
            self._analyzer = Analyzer.open(self._settings, lexicon)
        except PiGalleryError as error:
            self._why_not = str(error)
        except ImportError as error:
            self._why_not = f"The model runtime is not installed ({error.name}); run deploy/install."
        if self._why_not:
            log.warning("Pictures are not analyzed: %s", self._why_not)

    def skipped(self) -> StageRecord | None:
        """The record of a picture that is not analyzed; None when models run."""
        if self._analyzer is not None:
            return None
        return StageRecord(Stage.ANALYSIS, StageState.SKIPPED, self._why_not)

    @property
    def busy(self) -> bool:
        """Whether they look at a batch now."""
        return self._lock.locked()

    async def analyze(self, pictures: Sequence[Pixels]) -> tuple[list[Analysis | PiGalleryError], float]:
        """One answer per picture, in order; and milliseconds each."""
        analyzer = self._analyzer
        if analyzer is None or not pictures:
            return [], 0.0
        async with self._lock:
            started = perf_counter()
            try:
                answers = await asyncio.to_thread(analyzer.analyze, pictures)
            except Exception as error:
                log.exception("The models failed")
                reason = f"The models failed unexpectedly ({type(error).__name__}); the worker's log tells more."
                answers = [PiGalleryError(reason)] * len(pictures)
            return answers, (perf_counter() - started) * 1000 / len(pictures)
