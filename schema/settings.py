"""Settings: flags over `PIGALLERY_*` environment over one TOML file over defaults. Defaults need no configuration."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


def default_home() -> Path:
    return Path(platformdirs.user_data_dir("pigallery", appauthor=False))


class OidcProvider(BaseModel):
    """An identity provider that people may log in with (`[[oidc]]` in the TOML file)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    """Part of addresses; the provider is told to come back to `/auth/oidc/KEY/callback`."""
    name: str
    """On the button."""
    issuer: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")]
    client_id: str
    client_secret: str = ""
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    create: Literal["", "viewer", "editor"] = ""
    """Role of the account made for somebody new; empty: only those who have an account may log in."""
    link_email: bool = False
    """Take somebody for the account with the same e-mail when the provider says that it is verified."""
    role_claim: str = ""
    """Claim of the id token that names roles or groups, e.g. `groups` or `realm_access.roles`."""
    roles: dict[str, Literal["viewer", "editor", "admin"]] = {}
    """Value of that claim -> role, renewed at each login; of several the highest. Who has none may not log in."""
    audience: str = ""
    """Access tokens (JWT) that the provider gave out for this audience are taken from programs; empty: none are. Never
    the client id, which id tokens are for."""
    token_rights: tuple[Literal["read", "names", "location", "camera", "originals", "edit"], ...] = ("read",)
    """What such a program may at most, of what its token's `scope` names."""

    @model_validator(mode="after")
    def _audience_is_its_own(self) -> OidcProvider:
        if self.audience and self.audience == self.client_id:
            raise ValueError("the audience is another than the client id")
        return self


class Settings(BaseSettings):
    """Everything an operator can set. `PIGALLERY_CONFIG` names another file than `$PIGALLERY_HOME/pigallery.toml`."""

    model_config = SettingsConfigDict(env_prefix="PIGALLERY_", extra="forbid", env_ignore_empty=True)

    home: Annotated[Path, Field(description="Database, thumbnails, queue, models and logs live here.")] = Field(
        default_factory=default_home
    )
    folders: Annotated[tuple[Path, ...], NoDecode] = ()
    """Locations to import (environment: separated by the system's path separator)."""
    exclude: Annotated[tuple[str, ...], NoDecode] = ("**/.*", "**/@eaDir/**", "**/Thumbs.db", "**/node_modules/**")
    """Glob patterns on the path inside a location that are never imported (environment: separated by ;)."""
    recursive: bool = True
    follow_links: bool = True
    watch: bool = True
    """Pick up changes in the locations by itself while serving."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """0 takes a free one."""
    public_url: str = ""
    """The address people use, when a proxy stands in front."""
    login: Literal["auto", "always", "never"] = "auto"
    """auto: a gallery without accounts is open on its own machine; always: never without an account; never: everybody
    who reaches it is its owner."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ("127.0.0.1", "::1")
    """Addresses whose X-Forwarded-For and X-Forwarded-Proto are believed (environment: separated by commas)."""
    query_timeout: Annotated[float, Field(gt=0)] = 2.0
    """Seconds after which a question is stopped."""
    budget: Annotated[int, Field(ge=0)] = 600_000
    """Cost units that an account, an app or a visitor may ask for in a minute (60,000 are about a second of work); an
    address that nobody has logged in from a tenth of it; 0: any number."""
    introspection: Literal["auto", "on", "off"] = "auto"
    """Whether the GraphQL schema is told to those who ask. `auto`: not to visitors of links and to nobody unknown."""
    oidc: tuple[OidcProvider, ...] = ()
    """Identity providers (environment: a JSON list)."""
    webhook_networks: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = ()
    """Private networks and addresses that webhooks may call, e.g. 192.168.1.0/24 (environment: separated by commas)."""
    tls_certificate: Path | None = None
    """A PEM file with the certificate and its chain; with `tls_key` the gallery speaks HTTPS itself."""
    tls_key: Path | None = None
    redis_url: str = ""
    """Empty: an embedded Valkey on a unix socket below home."""
    edgedb_dsn: str = ""
    """Empty: the embedded SQLite store."""
    query: Literal["index", "store"] = "index"
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Worker processes."""
    threads: Annotated[int, Field(ge=1, le=256)] = max(1, os.cpu_count() or 1)
    """Decode threads per worker, and threads of the model runtime when there is one worker."""
    batch: Annotated[int, Field(ge=1, le=512)] = 16
    """Pictures per batch."""
    models: Annotated[tuple[str, ...], NoDecode] | None = None
    """Model cards to run (environment: separated by commas; `none` for no analysis). Unset: those on by default."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    providers: Annotated[tuple[str, ...], NoDecode] = ()
    """Execution providers of ONNX Runtime to try in this order, in place of CUDA: tensorrt, cuda, openvino, ...
    (environment: separated by commas)."""
    ocr: Literal["auto", "on", "off"] = "auto"
    """Whether text in pictures is read. `auto`: where there is a GPU; a CPU takes several times as long for it as for
    everything else."""
    packages: Path = Path(__file__).resolve().parents[1] / "node_modules"
    """Where the npm packages with data and browser libraries lie."""
    max_pixels: int = 400_000_000
    """Larger pictures are refused before they are decoded."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("folders", mode="before")
    @classmethod
    def _split_folders(cls, value: object) -> object:
        return tuple(part for part in value.split(os.pathsep) if part) if isinstance(value, str) else value

    @field_validator("exclude", mode="before")
    @classmethod
    def _split_exclude(cls, value: object) -> object:
        return tuple(part for part in value.split(";") if part) if isinstance(value, str) else value

    @field_validator("trusted_proxies", "webhook_networks", "providers", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("models", mode="before")
    @classmethod
    def _split_models(cls, value: object) -> object:
        if isinstance(value, str):
            return () if value.strip().lower() == "none" else tuple(p.strip() for p in value.split(",") if p.strip())
        return value

    @field_validator("home", mode="after")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        home = Path(os.environ.get("PIGALLERY_HOME") or default_home())
        file = Path(os.environ.get("PIGALLERY_CONFIG") or home / "pigallery.toml")
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)

    @property
    def database(self) -> Path:
        return self.home / "library.sqlite"

    @property
    def thumbnails(self) -> Path:
        return self.home / "thumbnails"

    @property
    def weights(self) -> Path:
        """Converted model files."""
        return self.home / "models"

    @property
    def data(self) -> Path:
        """Lexicon and gazetteer, built once from packages."""
        return self.home / "data"

    @property
    def queue(self) -> Path:
        return self.home / "queue"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def snapshot(self) -> Path:
        """The read index at rest."""
        return self.home / "index"
