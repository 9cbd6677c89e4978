"""Tokens that Slack hands out: encrypted where they are kept, exchanged where they run out."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.slack.client import why
from bot.slack.settings import SlackSettings
from db.installations import Tokens
from governance.errors import BadConfiguration, DulyError

NO_KEY = (
    "DULY_TOKEN_KEY is not set, and Duly keeps the tokens of other workspaces only encrypted: "
    "make a key with duly slack key and set it, the same for invite and run."
)
TIMEOUT = 5
"""Seconds for one exchange."""

log = logging.getLogger("duly.slack.tokens")


class NotExchanged(DulyError):
    """Slack handed out no token; `word` is its own word for why, where it gave one."""

    def __init__(self, word: str) -> None:
        super().__init__(f"Slack did not hand over a token ({word}). Please try again.")
        self.word = word


class Vault:
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

    def locked(self, secret: str) -> str:
        return self._fernet.encrypt(secret.encode()).decode()

    def opened(self, kept: str) -> str:
        """Raises BadConfiguration for what another key has encrypted."""
        try:
            return self._fernet.decrypt(kept).decode()
        except InvalidToken:
            raise BadConfiguration(
                "The tokens in this store were encrypted with another DULY_TOKEN_KEY: set that "
                "one (after the new one and a comma, if it was changed)."
            ) from None


def new_key() -> str:
    """A key for DULY_TOKEN_KEY."""
    return Fernet.generate_key().decode()


class Exchange:
    """Asks `oauth.v2.access` for tokens, with the app's own id and secret."""

    def __init__(self, settings: SlackSettings, vault: Vault) -> None:
        assert settings.client_id is not None
        assert settings.client_secret is not None
        self.vault = vault
        self._named = {
            "client_id": settings.client_id,
            "client_secret": settings.client_secret.get_secret_value(),
        }
        self._client = WebClient(
            base_url=settings.api_url, timeout=TIMEOUT, retry_handlers=[], logger=log
        )

    def code(self, code: str, redirect: str | None) -> dict[str, Any]:
        """What Slack says of a new installation, its tokens in clear. Raises NotExchanged."""
        return self._ask(code=code, redirect_uri=redirect)

    def refresh(self, kept: str, now: datetime) -> Tokens:
        """New tokens for an encrypted refresh token, which is good once. Raises NotExchanged."""
        told = self._ask(grant_type="refresh_token", refresh_token=self.vault.opened(kept))
        return self.tokens(told, now)

    def tokens(self, told: dict[str, Any], now: datetime) -> Tokens:
        """The tokens of an answer, encrypted."""
        refresh, seconds = told.get("refresh_token"), told.get("expires_in")
        return Tokens(
            self.vault.locked(str(told["access_token"])),
            self.vault.locked(str(refresh)) if refresh else None,
            now + timedelta(seconds=int(seconds)) if seconds else None,
        )

    def _ask(self, **values: Any) -> dict[str, Any]:
        try:
            answer = self._client.oauth_v2_access(**self._named, **values)
        except (SlackApiError, SlackClientError, OSError) as error:
            log.warning("no token", extra={"reason": why(error)})
            raise NotExchanged(why(error)) from error
        told: Any = answer.data
        return dict(told)
