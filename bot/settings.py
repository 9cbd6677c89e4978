"""What the environment, or a `.env` file in the working folder, says about this Duly."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from db.store import DEFAULT_URL
from governance.errors import BadConfiguration

SLACK_API = "https://slack.com/api/"


class Settings(BaseSettings):
    """One field a variable: `database_url` is DULY_DATABASE_URL. An empty variable is unset."""

    model_config = SettingsConfigDict(
        env_prefix="DULY_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
    )

    database_url: str = DEFAULT_URL
    """The store, where a command's --db does not name another."""
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    """Where `duly demo` listens; port 0 takes any free one."""
    tick_seconds: float = Field(default=30, gt=0)
    """How often the scheduler looks whether something is due."""
    log: Path | None = None
    """The file for the log of a command that ends by itself; `duly.log` where none is named."""


class SlackSettings(BaseSettings):
    """One field a variable: `bot_token` is SLACK_BOT_TOKEN. An empty variable is unset."""

    model_config = SettingsConfigDict(
        env_prefix="SLACK_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
    )

    bot_token: SecretStr | None = None
    app_token: SecretStr | None = None
    """Given: Socket Mode."""
    signing_secret: SecretStr | None = None
    """Given: HTTP mode, everything at POST /slack/events."""
    api_url: str = SLACK_API
    """The Web API's base, ending in /api/; used for every call."""
    client_id: str | None = None
    client_secret: SecretStr | None = None


def load_settings() -> Settings:
    """The settings as they stand now. Raises BadConfiguration naming the first bad variable."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "DULY_" + "_".join(str(part) for part in first["loc"]).upper()
        raise BadConfiguration(
            f"{name} is {first['input']!r}, which cannot be used: {first['msg']}."
        ) from None
