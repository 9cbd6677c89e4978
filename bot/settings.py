"""What the environment, or a `.env` file in the working folder, says about this Duly."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from db.store import DEFAULT_URL
from governance.errors import BadConfiguration

SLACK_API = "https://slack.com/api/"


def on_loopback(url: str) -> bool:
    """Whether an address is this machine's own."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_web(url: str) -> bool:
    """Whether this is an address that can be asked for over HTTP."""
    parts = urlsplit(url)
    try:
        parts.port  # noqa: B018  # raises where it is no number
    except ValueError:
        return False
    spaced = any(char.isspace() or not char.isprintable() for char in url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not spaced


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
    """Where `duly run` and `duly demo` listen; port 0 takes any free one."""
    tick_seconds: float = Field(default=30, gt=0)
    """How often the scheduler looks whether something is due."""
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
    """Where the world finds this Duly, for the links of `duly slack invite`."""
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, ge=0, le=65535)
    """Where `duly run` answers GET /metrics; nowhere while no port is named."""
    heartbeat_url: str | None = None
    """Asked for after a good tick, at most once a minute."""

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

    @field_validator("api_url")
    @classmethod
    def _base(cls, url: str) -> str:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ValueError("it must begin with https://, and end in /api/")
        return url if url.endswith("/") else f"{url}/"

    @property
    def several(self) -> bool:
        """Whether Duly can be installed in several workspaces, by OAuth."""
        return self.client_id is not None and self.client_secret is not None

    @property
    def transports(self) -> tuple[str, ...]:
        """How Slack reaches Duly, in words; none where no token says."""
        ways = {"Socket Mode": self.app_token, "HTTP": self.signing_secret}
        return tuple(way for way, given in ways.items() if given is not None)

    @property
    def given(self) -> bool:
        """Whether anything is said about Slack."""
        ids = (self.client_id, self.client_secret)
        return self.bot_token is not None or bool(self.transports) or None not in ids

    def missing(self) -> str | None:
        """What has to be set before Duly is on Slack, in one sentence; None when nothing is."""
        if self.bot_token is None and self.several and self.transports:
            return None
        if self.bot_token is None and not self.transports:
            return (
                "No platform is configured: for Slack set SLACK_BOT_TOKEN, and SLACK_APP_TOKEN "
                "(Socket Mode) or SLACK_SIGNING_SECRET (HTTP mode), in the environment or in a "
                "file .env; docs/slack.md says where to find them."
            )
        if self.bot_token is None:
            given = " and ".join(
                name
                for name, value in (
                    ("SLACK_APP_TOKEN", self.app_token),
                    ("SLACK_SIGNING_SECRET", self.signing_secret),
                )
                if value is not None
            )
            return (
                f"{given} is set and SLACK_BOT_TOKEN is not: set it to the token that begins with "
                "xoxb- (OAuth & Permissions on the app's page at api.slack.com)."
            )
        if not self.transports:
            return (
                "SLACK_BOT_TOKEN is set, but Slack has no way to reach Duly: set SLACK_APP_TOKEN "
                "(Socket Mode), or SLACK_SIGNING_SECRET (HTTP mode, at a public address)."
            )
        return None


class TeamsSettings(BaseSettings):
    """One field a variable: `client_id` is TEAMS_CLIENT_ID. An empty variable is unset."""

    model_config = SettingsConfigDict(
        env_prefix="TEAMS_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
    )

    client_id: str | None = None
    """The id of the app registration; Teams is served at POST /api/messages where it is given."""
    client_secret: SecretStr | None = None
    tenant_id: str | None = None
    """The directory (tenant) whose people are answered; nobody of another is."""
    development: bool = False
    """Requests are not authenticated: for a Teams on this machine, such as Microsoft's own local
    client. Everything sent and received then stays on loopback."""

    @property
    def given(self) -> bool:
        """Whether anything is said about Teams."""
        values = (self.client_id, self.client_secret, self.tenant_id)
        return self.development or any(value is not None for value in values)

    def missing(self) -> str | None:
        """What has to be set before Duly is in Teams, in one sentence; None when nothing is."""
        wanted: list[tuple[str, object]] = [("TEAMS_CLIENT_ID", self.client_id)]
        if not self.development:
            wanted.append(("TEAMS_CLIENT_SECRET", self.client_secret))
            wanted.append(("TEAMS_TENANT_ID", self.tenant_id))
        lacking = [name for name, value in wanted if value is None]
        if not lacking or not self.given:
            return None
        verb = "is" if len(lacking) == 1 else "are"
        return (
            f"Duly is not in Teams, because {' and '.join(lacking)} {verb} not set: docs/teams.md "
            "says where to find them."
        )


NOTHING = (
    "No platform is configured: for Slack set SLACK_BOT_TOKEN, and SLACK_APP_TOKEN (Socket Mode) "
    "or SLACK_SIGNING_SECRET (HTTP mode), for Teams TEAMS_CLIENT_ID, TEAMS_CLIENT_SECRET and "
    "TEAMS_TENANT_ID, in the environment or in a file .env; docs/slack.md and docs/teams.md say "
    "where to find them."
)


def missing(slack: SlackSettings, teams: TeamsSettings) -> str | None:
    """What has to be set before Duly is anywhere, in one sentence; None when nothing is."""
    if not slack.given and not teams.given:
        return NOTHING
    return (slack.missing() if slack.given else None) or teams.missing()


def load_settings() -> Settings:
    """The settings as they stand now. Raises BadConfiguration naming the first bad variable."""
    return _load(Settings)


def load_slack_settings() -> SlackSettings:
    """As `load_settings`, of what begins with SLACK_."""
    return _load(SlackSettings)


def load_teams_settings() -> TeamsSettings:
    """As `load_settings`, of what begins with TEAMS_."""
    return _load(TeamsSettings)


Kind = TypeVar("Kind", bound=BaseSettings)


def _load(kind: type[Kind]) -> Kind:
    try:
        return kind()
    except ValidationError as error:
        first = error.errors()[0]
        prefix = kind.model_config.get("env_prefix", "")
        name = prefix + "_".join(str(part) for part in first["loc"]).upper()
        why = first["msg"].removeprefix("Value error, ")
        raise BadConfiguration(
            f"{name} is {first['input']!r}, which cannot be used: {why}."
        ) from None
