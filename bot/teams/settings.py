"""Settings of Teams."""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.settings import PlatformSettings


class TeamsSettings(PlatformSettings):
    """Settings of Teams: `client_id` is TEAMS_CLIENT_ID."""

    model_config = SettingsConfigDict(env_prefix="TEAMS_")
    needs = "for Teams TEAMS_CLIENT_ID, TEAMS_CLIENT_SECRET and TEAMS_TENANT_ID"
    page = "docs/teams.md"

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
        values = (self.client_id, self.client_secret, self.tenant_id)
        return self.development or any(value is not None for value in values)

    @property
    def local(self) -> bool:
        return self.development

    @property
    def summary(self) -> str:
        return "Teams on this machine" if self.development else "Teams"

    def missing(self) -> str | None:
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
