"""`pigallery models`: list, fetch, check, add, bench and compare, told for people."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn
from rich.table import Table

from schema.errors import BadConfig, PiGalleryError
from schema.settings import Settings

if TYPE_CHECKING:
    from inference.comparing import Said
    from inference.fetch import ModelStatus
    from inference.fetch import Progress as Step
    from ingest.opening import Pixels


def missing_models(settings: Settings) -> list[str]:
    """Names of the models that are switched on and not on disk."""
    from inference.fetch import ModelState, list_models

    return [model.name for model in list_models(settings) if model.chosen and model.state is not ModelState.READY]


def show_models(settings: Settings) -> None:
    from inference.fetch import list_models

    table = Table(box=None, pad_edge=False)
    for column in ("model", "task", "on", "state", "licence", "from"):
        table.add_column(column, no_wrap=column in ("model", "task", "on", "state"))
    for model in list_models(settings):
        on = "yes" if model.chosen else "-"
        table.add_row(model.name, model.task, on, _state(model), model.licence, model.source)
    _console().print(table)


def fetch_models(settings: Settings, names: list[str]) -> None:
    """Exit code 1 when one could not be had; the others are there all the same."""
    from inference.fetch import Phase, fetch

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def report(step: Step) -> None:
            if step.model not in tasks:
                tasks[step.model] = bars.add_task(step.model, total=step.total)
            task = tasks[step.model]
            bars.update(task, description=f"{step.model}: {step.phase.value}")
            if step.phase is Phase.DOWNLOAD:
                bars.update(task, completed=step.done, total=step.total)
            elif not console.is_terminal and step.phase in (Phase.CONVERT, Phase.DONE):
                console.print(f"{step.model}: {step.phase.value}", highlight=False)

        _judge(fetch(settings, names, report))


def fetch_missing(settings: Settings) -> None:
    """The chosen models that are not here; what cannot be had is told, and the gallery does without it."""
    try:
        if missing := missing_models(settings):
            fetch_models(settings, missing)
    except (PiGalleryError, typer.Exit) as error:
        if isinstance(error, PiGalleryError):
            print(error, file=sys.stderr)
        print("The gallery starts without them; fetch them later with: pigallery models fetch", file=sys.stderr)


def check_models(settings: Settings) -> None:
    """Exit code 1 when one is missing or broken."""
    from inference.fetch import check

    models = check(settings)
    for model in models:
        print(f"{model.name}: {_state(model)}")
    _judge(models)


def add_model(settings: Settings, card: Path) -> None:
    """Takes a card in, with its weights. Raises `BadConfig` with what is wrong."""
    from inference.adding import add_card

    status = add_card(settings, card)
    print(f"{status.name}: {_state(status)}, for {status.task}; run it with PIGALLERY_MODELS={status.name},...")


def bench_models(settings: Settings, names: list[str]) -> None:
    """Times the named models, or all that are here. Exit code 1 when one could not be opened."""
    from inference.cards import load_cards
    from inference.comparing import speed
    from inference.fetch import pick
    from inference.model import Model

    cards = pick(settings, names) if names else list(load_cards(settings).values())
    table = _table("model", "task", "device", "batch", "ms each", "a second")
    wrong = []
    for card in cards:
        if not names and not (settings.weights / card.file_name).is_file():
            continue
        try:
            one = speed(Model.open(card, settings), settings)
        except PiGalleryError as error:
            wrong.append(str(error))
            continue
        table.add_row(one.model, one.task, one.device, str(one.batch), f"{one.ms:.1f}", f"{1000 / one.ms:.1f}")
    _console().print(table)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    if wrong:
        raise typer.Exit(1)


def compare_models(settings: Settings, folder: Path, names: list[str]) -> None:
    """What models of one task say of the pictures in a folder, how fast, and how often the same."""
    from inference.comparing import compare, same_task
    from schema.lexicon import Lexicon

    if not folder.is_dir():
        raise BadConfig(f"There is no folder {folder}; give one with pictures.")
    cards = same_task(settings, names)
    found = compare(settings, cards, _pictures(settings, folder), Lexicon.open(settings.data, settings.packages))
    if not found.said:
        raise BadConfig(f"No picture in {folder} can be opened; give another folder.")
    table = _table("picture", *found.models)
    for name, row in found.said.items():
        table.add_row(name, *map(_told, row))
    _console().print(table)
    figures = _table("model", "ms each", *(f"agrees with {name}" for name in found.models))
    for k, name in enumerate(found.models):
        shares = (f"{found.agreement(k, other):.0%}" for other in range(len(found.models)))
        figures.add_row(name, f"{found.ms(k):.1f}", *shares)
    _console().print(figures)


def _told(said: Said) -> str:
    if said.error:
        return said.error
    return ", ".join(f"{word} {score:.2f}" for word, score in zip(said.words[:4], said.scores, strict=False)) or "-"


def _pictures(settings: Settings, folder: Path) -> Iterator[tuple[str, Pixels]]:
    """Those of a folder and below that can be opened, by name."""
    from ingest.identify import identify
    from ingest.opening import open_picture
    from ingest.pixels import decode
    from ingest.upright import upright
    from schema.graph import AssetFile

    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        try:
            opened = open_picture(identify(AssetFile(str(path), str(folder), 0, 0, 0, 0)), settings.max_pixels)
            yield str(path.relative_to(folder)), upright(decode(opened), opened.turn)
        except PiGalleryError:
            continue  # no picture, or a broken one


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column)
    return table


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 160)


def _state(model: ModelStatus) -> str:
    size = f" ({model.file_size / 1e6:.1f} MB)" if model.file_size else ""
    return f"{model.state.value}{size}"


def _judge(models: list[ModelStatus]) -> None:
    from inference.fetch import ModelState

    wrong = [model for model in models if model.state is not ModelState.READY]
    for model in wrong:
        sentence = model.reason or f"{model.name} is not here; run: pigallery models fetch {model.name}."
        print(sentence, file=sys.stderr)
    if wrong:
        raise typer.Exit(1)
