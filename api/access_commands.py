"""`pigallery accounts` and `pigallery token`: who may come in, and which programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.options import Config, Home, absolute

accounts_app = typer.Typer(help="Who may log in.", no_args_is_help=True, rich_markup_mode=None)
token_app = typer.Typer(help="Personal tokens, for scripts.", no_args_is_help=True, rich_markup_mode=None)

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

    roots = tuple(str(folder) for folder in absolute(root) or ())
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
