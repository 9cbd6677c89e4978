"""Settings of Slack."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from bot.settings import PlatformSettings, on_loopback

SLACK_API = "https://slack.com/api/"


class SlackSettings(PlatformSettings):
    """Settings of Slack: `bot_token` is SLACK_BOT_TOKEN."""

    model_config = SettingsConfigDict(env_prefix="SLACK_")
    needs = (
        "for Slack set SLACK_BOT_TOKEN, and SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET "
        "(HTTP mode)"
    )
    page = "docs/slack.md"

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
        if urlsplit(url).scheme == "http" and not on_loopback(url):
            raise ValueError("over http:// the token could be read on its way; use https://")
        return url if url.endswith("/") else f"{url}/"

    @property
    def several(self) -> bool:
        """True where Duly can be installed in several workspaces, by OAuth."""
        return self.client_id is not None and self.client_secret is not None

    @property
    def transports(self) -> tuple[str, ...]:
        """Slack's ways to Duly, in words; none where no token says."""
        ways = {"Socket Mode": self.app_token, "HTTP": self.signing_secret}
        return tuple(way for way, given in ways.items() if given is not None)

    @property
    def given(self) -> bool:
        ids = (self.client_id, self.client_secret)
        return self.bot_token is not None or bool(self.transports) or None not in ids

    @property
    def local(self) -> bool:
        return on_loopback(self.api_url)

    @property
    def summary(self) -> str:
        where = f", at {self.api_url}" if self.local else ""
        return f"Slack by {' and '.join(self.transports)}{where}"

    def missing(self) -> str | None:
        if self.bot_token is None and self.several and self.transports:
            return None
        if self.bot_token is None and not self.transports:
            return (
                f"No platform is configured: {self.needs}, in the environment or in a file .env; "
                f"{self.page} says where to find them."
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
