"""The command `pigallery`. What a command needs is imported when it runs: help and mistakes are answered at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup


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
accounts_app = typer.Typer(help="Who may log in.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(accounts_app, name="accounts")
token_app = typer.Typer(help="Personal tokens, for scripts.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(token_app, name="token")

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


def _absolute(folders: list[Path] | None) -> tuple[Path, ...] | None:
    return tuple(folder.expanduser().absolute() for folder in folders) if folders else None


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
    log_level: LogLevel = None,
) -> None:
    """Everything at one address: pages, api, queue and workers; imports the folders."""
    from api import serve as server
    from api.configuration import load_settings

    settings = load_settings(
        folders=_absolute(folders),
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
    foreground.run(settings, _absolute(paths) or (), watch)


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
    """Write the whole library (not the photos) to a file."""
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

    settings = load_settings(folders=_absolute(folders), home=home, config=config, host=host, port=port)
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


Name = Annotated[str, typer.Argument(help="The login name.")]
RoleName = Annotated[str, typer.Option(help="viewer, editor, admin or owner.")]


def _role(text: str) -> Any:
    from schema.errors import BadConfig
    from schema.policy import Role

    try:
        return Role(text.lower())
    except ValueError:
        raise BadConfig(f"There is no role '{text}'; there are {', '.join(Role)}.") from None


@accounts_app.command("add")
def accounts_add(
    name: Name,
    role: RoleName = "viewer",
    display: Annotated[str, typer.Option(help="How others read the name.")] = "",
    root: Annotated[list[Path] | None, typer.Option(help="A folder they may see; none: all.")] = None,
    home: Home = None,
    config: Config = None,
) -> None:
    """Make an account; the first is the owner. The password is asked for, or read from standard input."""
    from api import accounts
    from api.configuration import load_settings

    roots = tuple(str(folder) for folder in _absolute(root) or ())
    accounts.add(load_settings(home=home, config=config), name, _role(role), display, roots)


@accounts_app.command("list")
def accounts_list(home: Home = None, config: Config = None) -> None:
    """Everybody who may log in."""
    from api import accounts
    from api.configuration import load_settings

    accounts.show(load_settings(home=home, config=config))


@accounts_app.command("passwd")
def accounts_passwd(name: Name, home: Home = None, config: Config = None) -> None:
    """Set a new password; it is asked for, or read from standard input."""
    from api import accounts
    from api.configuration import load_settings

    accounts.set_password(load_settings(home=home, config=config), name)


@accounts_app.command("disable")
def accounts_disable(name: Name, home: Home = None, config: Config = None) -> None:
    """Out at once, and not in again."""
    from api import accounts
    from api.configuration import load_settings

    accounts.change(load_settings(home=home, config=config), name, disabled=True)


@accounts_app.command("enable")
def accounts_enable(name: Name, home: Home = None, config: Config = None) -> None:
    """May log in again."""
    from api import accounts
    from api.configuration import load_settings

    accounts.change(load_settings(home=home, config=config), name, disabled=False)


@accounts_app.command("role")
def accounts_role(
    name: Name,
    role: Annotated[str, typer.Argument(help="viewer, editor, admin or owner.")],
    home: Home = None,
    config: Config = None,
) -> None:
    """Say what they may do."""
    from api import accounts
    from api.configuration import load_settings

    accounts.change(load_settings(home=home, config=config), name, role=_role(role))


@accounts_app.command("remove")
def accounts_remove(name: Name, home: Home = None, config: Config = None) -> None:
    """Take an account away; pictures stay."""
    from api import accounts
    from api.configuration import load_settings

    accounts.remove(load_settings(home=home, config=config), name)


@token_app.command("add")
def token_add(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    right: Annotated[
        list[str] | None,
        typer.Option(help="Besides reading: names, location, camera, originals, edit, import or admin; several times."),
    ] = None,
    search: Annotated[str, typer.Option(help="Only photos that this sentence finds.")] = "",
    days: Annotated[int, typer.Option(min=0, max=3660, help="How long it is good; 0: without an end.")] = 90,
    account: Annotated[str, typer.Option(help="In whose name [default: the owner].")] = "",
    home: Home = None,
    config: Config = None,
) -> None:
    """Make a token, and print it: it is not shown again."""
    from api import tokens
    from api.configuration import load_settings

    tokens.add(load_settings(home=home, config=config), name, right or [], search, days or None, account)


@token_app.command("list")
def token_list(home: Home = None, config: Config = None) -> None:
    """Apps and tokens of everybody: what each may see, and when it was last used."""
    from api import tokens
    from api.configuration import load_settings

    tokens.show(load_settings(home=home, config=config))


@token_app.command("revoke")
def token_revoke(
    key: Annotated[str, typer.Argument(help="As `pigallery token list` shows it.")],
    home: Home = None,
    config: Config = None,
) -> None:
    """End an app's access, or a token, at once."""
    from api import tokens
    from api.configuration import load_settings

    tokens.revoke(load_settings(home=home, config=config), key)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
