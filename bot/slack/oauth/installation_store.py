"""Installation store: the bot token of each workspace, encrypted at rest, rotated before it runs
out, and forgotten when Duly is removed there."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError, SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation import TokenRotator

from bot.slack.channels import ACTOR, PLATFORM
from bot.slack.client import why
from bot.slack.settings import SlackSettings
from db import installations as rows
from db.installations import Tokens
from db.store import Store
from db.tables import Installation
from governance.errors import BadConfiguration, DulyError

NO_KEY = (
    "DULY_TOKEN_KEY is not set, and Duly keeps the tokens of other workspaces only encrypted: "
    "make a key with duly slack key and set it, the same for invite and run."
)
ROTATE_BEFORE = timedelta(minutes=10)
"""A token that runs out sooner than this is rotated before it is used."""
EXCHANGE_SECONDS = 5
ROTATION_SECONDS = 30
"""Lease of a rotation: so long one process may take before another tries."""
_NO_ANSWER = (SlackApiError, SlackClientError, OSError)
_ALWAYS = 10**6
"""Minutes: whether a token is rotated is decided here, by the store's clock."""

log = logging.getLogger("duly.slack.tokens")


class TokenCipher:
    """Encrypts and decrypts with DULY_TOKEN_KEY: several, with commas between, decrypt with any
    of them and encrypt with the first, so that a key can be changed."""

    def __init__(self, key: SecretStr) -> None:
        keys = [part.strip() for part in key.get_secret_value().split(",")]
        try:
            self._fernet = MultiFernet([Fernet(part) for part in keys])
        except ValueError:
            raise BadConfiguration(
                "DULY_TOKEN_KEY is no key: it is 44 characters, as duly slack key prints them."
            ) from None

    def encrypt(self, token: str) -> str:
        return self._fernet.encrypt(token.encode()).decode()

    def decrypt(self, encrypted: str) -> str:
        """Raises BadConfiguration for what another key has encrypted."""
        try:
            return self._fernet.decrypt(encrypted).decode()
        except InvalidToken:
            raise BadConfiguration(
                "The tokens in this store were encrypted with another DULY_TOKEN_KEY: set that "
                "one (after the new one and a comma, if it was changed)."
            ) from None

    def encrypt_tokens(self, bot: Bot) -> Tokens:
        refresh, expires_at = bot.bot_refresh_token, bot.bot_token_expires_at
        return Tokens(
            self.encrypt(bot.bot_token),
            self.encrypt(refresh) if refresh else None,
            datetime.fromtimestamp(expires_at, UTC) if expires_at else None,
        )


def new_key() -> str:
    """A key for DULY_TOKEN_KEY."""
    return Fernet.generate_key().decode()


class InstalledBot(Bot):
    """Duly in one workspace, of one organisation, with the token in clear."""

    def __init__(self, row: Installation, token: str) -> None:
        super().__init__(
            team_id=row.team,
            team_name=row.name,
            bot_id="",
            bot_user_id=row.bot,
            bot_token=token,
            bot_token_expires_at=row.expires_at,
            installed_at=row.installed_at,
        )
        self.organisation = row.organisation


class NotInstalled(DulyError):
    """Somebody did not allow it, or Slack handed out nothing that can be used."""


class InstallationStore:
    """The workspaces of every organisation in `store`; each row is read as its own organisation."""

    def __init__(self, store: Store, settings: SlackSettings, cipher: TokenCipher) -> None:
        assert settings.client_id is not None
        assert settings.client_secret is not None
        self.store = store
        self.cipher = cipher
        self._app = {
            "client_id": settings.client_id,
            "client_secret": settings.client_secret.get_secret_value(),
        }
        # Not the async client, whose exchange warns of what aiohttp is about to drop.
        self._client = WebClient(
            base_url=settings.api_url, timeout=EXCHANGE_SECONDS, retry_handlers=[], logger=log
        )
        self._rotator = TokenRotator(**self._app, client=self._client)

    def find(self, team: str) -> InstalledBot | None:
        """The bot of a workspace, its token rotated when it runs out soon.

        Where Slack does not answer, or another process is at it, the token there is. Raises
        BadConfiguration for a token that another key has encrypted.
        """
        bot = self.read(team)
        return self._rotate(bot) if bot is not None and self.runs_out(bot) else bot

    def runs_out(self, bot: InstalledBot) -> bool:
        """The token runs out within 10 minutes: finding the bot then asks Slack."""
        soon = self.store.clock.machine() + ROTATE_BEFORE
        return (bot.bot_token_expires_at or soon.timestamp()) < soon.timestamp()

    def read(self, team: str) -> InstalledBot | None:
        """The bot of a workspace as it is kept. Raises as `find`."""
        with self.store.read() as reading:
            organisation = rows.belongs_to(reading, PLATFORM, team)
        if organisation is None:
            return None
        with self.store.of(organisation).read() as reading:
            row = rows.installation(reading, PLATFORM, team)
        if row is None or row.token is None:
            return None
        return InstalledBot(row, self.cipher.decrypt(row.token))

    def exchange(self, code: str, redirect_uri: str | None) -> Bot:
        """The bot of a new installation, for the code of Slack's page. Raises NotInstalled."""
        try:
            response = self._client.oauth_v2_access(
                **self._app, code=code, redirect_uri=redirect_uri
            )
        except _NO_ANSWER as error:
            log.warning("no token", extra={"reason": why(error)})
            raise NotInstalled(
                f"Slack did not hand over a token ({why(error)}). Please try again."
            ) from error
        team = response.get("team") or {}
        if (
            response.get("is_enterprise_install")
            or not team.get("id")
            or not response.get("bot_user_id")
        ):
            raise NotInstalled(
                "Nothing was installed: Duly is installed in one workspace at a time, "
                "not in a whole organisation on Slack."
            )
        seconds = response.get("expires_in")
        return Bot(
            team_id=str(team["id"]),
            team_name=str(team.get("name") or team["id"]),
            bot_id="",
            bot_user_id=str(response["bot_user_id"]),
            bot_token=str(response["access_token"]),
            bot_refresh_token=response.get("refresh_token"),
            bot_token_expires_in=int(seconds) if seconds else None,
            installed_at=self.store.clock.machine(),
        )

    def save(self, organisation: int, invitation: int, bot: Bot) -> None:
        """Keep a new installation, and use up the invitation. Raises TakenWorkspace, NotInvited."""
        with self.store.of(organisation).write(ACTOR) as writing:
            rows.install(
                writing,
                invitation,
                PLATFORM,
                bot.team_id or "",
                name=bot.team_name or "",
                bot=bot.bot_user_id,
                tokens=self.cipher.encrypt_tokens(bot),
            )

    def teams(self, organisation: int) -> list[str]:
        """The organisation's workspaces, removed ones too; the first is its own one's."""
        with self.store.of(organisation).read() as reading:
            return [row.team for row in rows.installations(reading, PLATFORM)]

    def _rotate(self, bot: InstalledBot) -> InstalledBot | None:
        store, team = self.store.of(bot.organisation), bot.team_id or ""
        until = store.clock.machine() + timedelta(seconds=ROTATION_SECONDS)
        with store.write(ACTOR) as writing:
            encrypted = rows.take_refresh(writing, PLATFORM, team, until)
        if encrypted is None:
            return self.read(team)
        bot.bot_refresh_token = self.cipher.decrypt(encrypted)
        try:
            rotated = self._rotator.perform_bot_token_rotation(
                bot=bot, minutes_before_expiration=_ALWAYS
            )
        except (SlackTokenRotationError, *_NO_ANSWER) as error:
            cause = error.api_error if isinstance(error, SlackTokenRotationError) else error
            log.warning("no token", extra={"team": team, "reason": why(cause)})
            return bot
        if rotated is None:
            return bot
        tokens = self.cipher.encrypt_tokens(rotated)
        with store.write(ACTOR) as writing:
            rows.renew(writing, PLATFORM, team, encrypted, tokens)
        log.info("token refreshed", extra={"team": team})
        return self.read(team)

    def delete(self, team: str, at: datetime | None) -> None:
        """Forget the tokens of a workspace from which Duly was removed, as Slack says, `at`."""
        with self.store.read() as reading:
            organisation = rows.belongs_to(reading, PLATFORM, team)
        if organisation is None:
            return
        with self.store.of(organisation).write(ACTOR) as writing:
            gone = rows.uninstall(writing, PLATFORM, team, at)
        if gone:
            log.warning("removed from a workspace", extra={"team": team})
