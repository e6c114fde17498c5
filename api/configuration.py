"""Settings from flags, environment and file, with every mistake said in one sentence."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from schema.errors import BadConfig
from schema.settings import Settings


def load_settings(**flags: Any) -> Settings:
    """Flags that were given (not None, not empty) go over everything else. `config` names the TOML file."""
    given = {name: value for name, value in flags.items() if value is not None and value != () and value != []}
    config = given.pop("config", None)
    if config is not None:
        if not Path(config).is_file():
            raise BadConfig(f"There is no settings file '{config}'; check the path after --config.")
        os.environ["PIGALLERY_CONFIG"] = str(config)
    if "home" in given:
        given["home"] = Path(given["home"]).expanduser().absolute()
        os.environ["PIGALLERY_HOME"] = str(given["home"])  # its pigallery.toml is the one to read
    try:
        return Settings(**given)
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"The settings file is not valid TOML ({error}); correct it and start again.") from None
    except SettingsError as error:
        raise BadConfig(f"A PIGALLERY_ environment variable cannot be read ({error}); correct it.") from None
    except ValidationError as error:
        raise BadConfig(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = ", ".join(sorted(Settings.model_fields))
        return f"There is no setting '{name}'; the settings are {known}."
    reason = first["msg"].removeprefix("Value error, ")
    return f"The setting '{name}' cannot be {first['input']!r}: {reason}; correct it in flags, environment or file."
