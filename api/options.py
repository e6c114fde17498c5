"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[Path | None, typer.Option(help="Where database, thumbnails, queue and models live.")]
Config = Annotated[Path | None, typer.Option(help="A TOML file of settings [default: HOME/pigallery.toml].")]
Host = Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 for all.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; 0 for any free one.")]
PublicUrl = Annotated[str | None, typer.Option(help="The address people use, behind a proxy.")]
Workers = Annotated[int | None, typer.Option(help="Worker processes.")]
Threads = Annotated[int | None, typer.Option(help="Threads of each worker.")]
Models = Annotated[str | None, typer.Option(help="Model cards to run, separated by commas, or none.")]
Device = Annotated[str | None, typer.Option(help="auto, cpu or cuda.")]
Redis = Annotated[str | None, typer.Option(help="A Redis or Valkey server instead of the embedded one.")]
Watch = Annotated[bool | None, typer.Option("--watch/--no-watch", help="Pick up changed files by itself.")]
LogLevel = Annotated[str | None, typer.Option(help="debug, info, warning or error.")]
Folders = Annotated[list[Path] | None, typer.Argument(help="Folders of photos.", show_default=False)]


def absolute(folders: list[Path] | None) -> tuple[Path, ...] | None:
    return tuple(folder.expanduser().absolute() for folder in folders) if folders else None
