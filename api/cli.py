"""The command `pigallery`. What a command needs is imported when it runs: help and mistakes are answered at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from api.access_commands import accounts_app, token_app
from api.options import (
    Config,
    Device,
    Folders,
    Home,
    Host,
    LogLevel,
    Models,
    Port,
    PublicUrl,
    Redis,
    Threads,
    Watch,
    Workers,
    absolute,
)


class Commands(TyperGroup):
    """A PiGalleryError ends any command with its sentence and exit code 1; wrong usage gives 2, Ctrl-C 130."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
        except Exception as error:
            from schema.errors import PiGalleryError

            if isinstance(error, PiGalleryError):
                print(error, file=sys.stderr)
                raise typer.Exit(1) from None
            raise


app = typer.Typer(
    cls=Commands,
    help="A photo library that understands its pictures. Start with: pigallery serve FOLDER",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
models_app = typer.Typer(help="The models that analyze pictures.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(models_app, name="models")
app.add_typer(accounts_app, name="accounts")
app.add_typer(token_app, name="token")


@app.command()
def serve(
    folders: Folders = None,
    home: Home = None,
    config: Config = None,
    host: Host = None,
    port: Port = None,
    public_url: PublicUrl = None,
    workers: Workers = None,
    threads: Threads = None,
    models: Models = None,
    device: Device = None,
    redis_url: Redis = None,
    watch: Watch = None,
    fetch: Annotated[bool, typer.Option("--fetch", help="First fetch the models that are not here.")] = False,
    log_level: LogLevel = None,
) -> None:
    """Everything at one address: pages, api, queue and workers; imports the folders."""
    from api import serve as server
    from api.configuration import load_settings

    settings = load_settings(
        folders=absolute(folders),
        home=home,
        config=config,
        host=host,
        port=port,
        public_url=public_url,
        workers=workers,
        threads=threads,
        models=models,
        device=device,
        redis_url=redis_url,
        watch=watch,
        log_level=log_level,
    )
    if fetch:
        from api.models import fetch_missing

        fetch_missing(settings)
    server.run(settings)


@app.command()
def api(
    home: Home = None,
    config: Config = None,
    host: Host = None,
    port: Port = None,
    public_url: PublicUrl = None,
    redis_url: Redis = None,
    log_level: LogLevel = None,
) -> None:
    """The api alone, without pages and workers."""
    from api import serve as server
    from api.configuration import load_settings

    settings = load_settings(
        home=home,
        config=config,
        host=host,
        port=port,
        public_url=public_url,
        redis_url=redis_url,
        log_level=log_level,
    )
    server.run(settings, alone=True)


@app.command()
def worker(
    home: Home = None,
    config: Config = None,
    threads: Threads = None,
    models: Models = None,
    device: Device = None,
    redis_url: Redis = None,
    log_level: LogLevel = None,
) -> None:
    """One worker alone: imports what is pending until it is stopped."""
    from api.configuration import load_settings
    from ingest import worker as work

    settings = load_settings(
        home=home,
        config=config,
        threads=threads,
        models=models,
        device=device,
        redis_url=redis_url,
        log_level=log_level,
    )
    work.main(settings)


@app.command()
def web(
    api: Annotated[str, typer.Option(help="The address of the api, e.g. http://photos.local:8080")],
    home: Home = None,
    config: Config = None,
    host: Host = None,
    port: Port = None,
    public_url: PublicUrl = None,
) -> None:
    """The pages alone; everything else is asked of an api elsewhere."""
    from api import serve as server
    from api.configuration import load_settings

    server.run_web(load_settings(home=home, config=config, host=host, port=port, public_url=public_url), api)


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Folders or files to import.")],
    home: Home = None,
    config: Config = None,
    threads: Threads = None,
    models: Models = None,
    device: Device = None,
    redis_url: Redis = None,
    watch: Annotated[bool, typer.Option(help="Stay, and import what changes.")] = False,
) -> None:
    """Import photos here and now, with a progress bar."""
    from api.configuration import load_settings
    from ingest import foreground

    settings = load_settings(
        home=home,
        config=config,
        threads=threads,
        models=models,
        device=device,
        redis_url=redis_url,
    )
    foreground.run(settings, absolute(paths) or (), watch)


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="What to look for, in plain English.")],
    home: Home = None,
    config: Config = None,
    first: Annotated[int, typer.Option(min=1, max=200, help="How many to show.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Find photos by a sentence."""
    from api.asking import search as find
    from api.configuration import load_settings

    find(load_settings(home=home, config=config), text, first, as_json=json)


@app.command()
def status(home: Home = None, config: Config = None) -> None:
    """How many photos there are, how the import stands, what failed."""
    from api.asking import status as show
    from api.configuration import load_settings

    show(load_settings(home=home, config=config))


@app.command("export")
def export_library(
    file: Annotated[Path, typer.Argument(help="A .jsonl file to write.")], home: Home = None, config: Config = None
) -> None:
    """Write the whole library (not the photos) to a file.

    It holds everything that people said, their accounts with the hashes of their passwords, shares and apps; sessions
    stay behind. Nobody but you can read the file; keep it so.
    """
    from api.carrying import export_to
    from api.configuration import load_settings

    export_to(load_settings(home=home, config=config), file)


@app.command("import")
def import_library(
    file: Annotated[Path, typer.Argument(help="A .jsonl file written by export.")],
    home: Home = None,
    config: Config = None,
) -> None:
    """Read a library from a file into an empty home."""
    from api.carrying import import_from
    from api.configuration import load_settings

    import_from(load_settings(home=home, config=config), file)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist yet.")],
    home: Home = None,
    config: Config = None,
) -> None:
    """Write the library to a file safely, also while the gallery runs."""
    from api.carrying import backup_to
    from api.configuration import load_settings

    backup_to(load_settings(home=home, config=config), file)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file written by backup.")], home: Home = None, config: Config = None
) -> None:
    """Put a backup in place of the library; the one that was there is kept beside it."""
    from api.carrying import restore_from
    from api.configuration import load_settings

    restore_from(load_settings(home=home, config=config), file)


@app.command()
def doctor(
    folders: Folders = None, home: Home = None, config: Config = None, host: Host = None, port: Port = None
) -> None:
    """Say in plain words what is missing or misconfigured."""
    from api.configuration import load_settings
    from api.doctor import Verdict, examine

    settings = load_settings(folders=absolute(folders), home=home, config=config, host=host, port=port)
    marks = {Verdict.GOOD: "ok  ", Verdict.NOTE: "note", Verdict.BAD: "BAD "}
    worst = False
    for finding in examine(settings):
        print(f"{marks[finding.verdict]}  {finding.what:<13} {finding.sentence}", flush=True)
        worst = worst or finding.verdict is Verdict.BAD
    if worst:
        raise typer.Exit(1)


@models_app.command("list")
def models_list(home: Home = None, config: Config = None) -> None:
    """The models, which are on, and whether they are here."""
    from api.configuration import load_settings
    from api.models import show_models

    show_models(load_settings(home=home, config=config))


@models_app.command("fetch")
def models_fetch(
    names: Annotated[list[str] | None, typer.Argument(help="Names; without any, those switched on.")] = None,
    home: Home = None,
    config: Config = None,
) -> None:
    """Download and prepare models."""
    from api.configuration import load_settings
    from api.models import fetch_models

    fetch_models(load_settings(home=home, config=config), names or [])


@models_app.command("check")
def models_check(home: Home = None, config: Config = None) -> None:
    """Verify that the models on disk are whole."""
    from api.configuration import load_settings
    from api.models import check_models

    check_models(load_settings(home=home, config=config))


@models_app.command("add")
def models_add(
    card: Annotated[Path, typer.Argument(help="A model card (TOML), with its label map beside it.")],
    home: Home = None,
    config: Config = None,
) -> None:
    """Take in a model card of your own, fetch its weights and try it."""
    from api.configuration import load_settings
    from api.models import add_model

    add_model(load_settings(home=home, config=config), card)


@models_app.command("bench")
def models_bench(
    names: Annotated[list[str] | None, typer.Argument(help="Models; without any, all that are here.")] = None,
    home: Home = None,
    config: Config = None,
) -> None:
    """How fast the models are on this machine."""
    from api.configuration import load_settings
    from api.models import bench_models

    bench_models(load_settings(home=home, config=config), names or [])


@models_app.command("compare")
def models_compare(
    folder: Annotated[Path, typer.Argument(help="Pictures.")],
    names: Annotated[
        list[str] | None, typer.Argument(help="Models of one task; without any, the detectors that are here.")
    ] = None,
    home: Home = None,
    config: Config = None,
) -> None:
    """Models side by side on the same pictures."""
    from api.configuration import load_settings
    from api.models import compare_models

    compare_models(load_settings(home=home, config=config), folder, names or [])


def main() -> None:
    app()


if __name__ == "__main__":
    main()
