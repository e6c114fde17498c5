"""`pigallery models`: list, fetch and check, told for people."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn
from rich.table import Table

from schema.settings import Settings

if TYPE_CHECKING:
    from inference.fetch import ModelStatus
    from inference.fetch import Progress as Step


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
    Console(width=None if sys.stdout.isatty() else 160).print(table)


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


def check_models(settings: Settings) -> None:
    """Exit code 1 when one is missing or broken."""
    from inference.fetch import check

    models = check(settings)
    for model in models:
        print(f"{model.name}: {_state(model)}")
    _judge(models)


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
