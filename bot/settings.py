"""Settings, from the environment or a `.env` file in the working folder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from ipaddress import ip_address
from pathlib import Path
from typing import ClassVar, TypeVar, get_args
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from db.store import DEFAULT_URL
from governance.errors import BadConfiguration

ENV_FILE = ".env"
"""The file of settings in the working folder; the environment goes before it."""


def on_loopback(url: str) -> bool:
    """True if a URL's host is this machine."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_web(url: str) -> bool:
    """True for a URL that can be requested over HTTP."""
    parts = urlsplit(url)
    try:
        parts.port  # noqa: B018  # raises where it is no number
    except ValueError:
        return False
    spaced = any(char.isspace() or not char.isprintable() for char in url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not spaced


class EnvironmentSettings(BaseSettings):
    """Settings of which each field is one variable; an empty variable is unset."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore"
    )


class Settings(EnvironmentSettings):
    """Settings of the process: `database_url` is DULY_DATABASE_URL."""

    model_config = SettingsConfigDict(env_prefix="DULY_")

    database_url: str = DEFAULT_URL
    """The store, where a command's --db does not name another."""
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    """The address at which `duly run` and `duly demo` listen; port 0 takes any free one."""
    tick_seconds: float = Field(default=30, gt=0)
    """Seconds between two ticks of the scheduler."""
    claim_seconds: float = Field(default=120, ge=4, le=600)
    """After so long a message that a dead process had claimed may be taken over by another."""
    log: Path | None = None
    """The file for the log of a command that ends by itself; `duly.log` where none is named."""
    organisation: Path | None = None
    """The organisation file that `duly run` applies at its start."""
    token_key: SecretStr | None = None
    """Encrypts the tokens of workspaces that were joined by OAuth."""
    audit_key: SecretStr | None = None
    """Seals the history, so that who edits it behind Duly's back is noticed."""
    audit_key_old: SecretStr | None = None
    """The key that `duly audit rekey` replaces by `audit_key`; nothing else asks for it."""
    public_url: str | None = None
    """The public address of this Duly, for the links of `duly slack invite`."""
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, ge=0, le=65535)
    """The address of GET /metrics in `duly run`; there is none while no port is named."""
    heartbeat_url: str | None = None
    """The URL that is pinged after a good tick, at most once a minute."""

    @property
    def audit_bytes(self) -> bytes | None:
        """The audit key as it is used; None where none is given."""
        return self.audit_key.get_secret_value().encode() if self.audit_key is not None else None

    @property
    def former_audit_bytes(self) -> bytes | None:
        """The key to be replaced, as it is used; None where none is given."""
        old = self.audit_key_old
        return old.get_secret_value().encode() if old is not None else None

    @field_validator("public_url", "heartbeat_url")
    @classmethod
    def _web(cls, url: str | None) -> str | None:
        if url is not None and not _is_web(url):
            raise ValueError("it must begin with https://")
        return url


class PlatformSettings(EnvironmentSettings, ABC):
    """Settings of one chat platform, as the registry of platforms asks them."""

    needs: ClassVar[str]
    """The variables that have to be set at least, in words: "for Slack set SLACK_BOT_TOKEN"."""
    page: ClassVar[str]
    """The page of the documentation that says where to find it."""

    @property
    @abstractmethod
    def given(self) -> bool:
        """True if any variable is set."""

    @abstractmethod
    def missing(self) -> str | None:
        """The sentence about what has to be set to be on the platform; None for nothing."""

    @property
    @abstractmethod
    def summary(self) -> str:
        """The platform and how it is reached, in words: "Slack by Socket Mode"."""

    @property
    @abstractmethod
    def local(self) -> bool:
        """True if all that is sent stays on this machine."""


Loaded = TypeVar("Loaded", bound=EnvironmentSettings)


def load_settings() -> Settings:
    """The settings of the process as they stand now. Raises BadConfiguration as `load` does."""
    return load(Settings)


def load(kind: type[Loaded]) -> Loaded:
    """Settings as they stand now. Raises BadConfiguration naming the first bad variable."""
    try:
        return kind()
    except ValidationError as error:
        first = error.errors()[0]
        prefix = kind.model_config.get("env_prefix", "")
        name = prefix + "_".join(str(part) for part in first["loc"]).upper()
        why = first["msg"].removeprefix("Value error, ")
        raise BadConfiguration(f"{name} {_shown(kind, first)} cannot be used: {why}.") from None


def _shown(kind: type[EnvironmentSettings], error: ErrorDetails) -> str:
    """The value of a bad setting, where it may be shown: an address may hold a password, or be as
    good as one, and what is secret is not even begun."""
    field = kind.model_fields.get(str(error["loc"][0])) if error["loc"] else None
    secret = field is None or SecretStr in get_args(field.annotation)
    if secret or "://" in str(error["input"]):
        return "is set, but"
    return f"is {error['input']!r}, which"
